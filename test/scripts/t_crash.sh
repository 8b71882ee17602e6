#!/usr/bin/env bash
# kill -9 in the middle of a cycle: nothing half-written, and the next cycle works.
. "$(dirname "$0")/tap.sh"
new_server
database evolve

make_bars AAA 1200
load_strategies "$evolve_top"/demo/strategies/*.json > /dev/null
run_sql "SELECT evolve_cycle(seed => 1)" > /dev/null

# stop_at TABLE EVENT: the next such statement waits for advisory lock 42.
stop_at() {
    run_sql "CREATE OR REPLACE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS \$\$
             BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END \$\$" \
        "CREATE TRIGGER stop_here AFTER $2 ON evolve.$1 FOR EACH STATEMENT EXECUTE FUNCTION stop_here()"
}

# The places: trials are written first, then results and status, children and their lineage, the log last.
for place in 'strategy_backtests INSERT' 'user_strategies UPDATE' 'strategy_lineage INSERT' 'cycles UPDATE'; do
    read -r table event <<< "$place"
    stop_at "$table" "$event"
    rows > "$tap_scratch/before"
    hold_lock
    background cycle "SELECT evolve_cycle(seed => 2)"
    wait_for_lock cycle
    crash cycle
    rows > "$tap_scratch/after"
    ok "killed at $event of $table: no row is half-written" diff "$tap_scratch/before" "$tap_scratch/after"
    run_sql "DROP TRIGGER stop_here ON evolve.$table"
done
is "$(run_sql "SELECT cycle_id IS NOT NULL FROM evolve_cycle(seed => 2)")" t 'the next cycle runs'
is "$(run_sql "SELECT count(*) FROM evolve.cycles")" 2 'and the log has the two that finished'
is "$(run_sql "SELECT count(*) FROM evolve.trials AS trial LEFT JOIN evolve.cycles AS cycle USING (cycle_id) WHERE cycle.cycle_id IS NULL")" \
    0 'every trial belongs to a finished cycle'
finish
