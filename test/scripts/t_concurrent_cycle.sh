#!/usr/bin/env bash
# Two sessions start a cycle: the second returns at once, with a NOTICE, and has done nothing.
. "$(dirname "$0")/tap.sh"
new_server
database evolve

make_bars AAA 800
load_strategies "$evolve_top"/demo/strategies/*.json > /dev/null
run_sql "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS \$\$
         BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END \$\$" \
    "CREATE TRIGGER stop_here AFTER INSERT ON evolve.cycles FOR EACH STATEMENT EXECUTE FUNCTION stop_here()"

hold_lock
background first_session "SELECT cycle_id FROM evolve_cycle(seed => 1)"
wait_for_lock first_session
second=$(run_sql "SET statement_timeout = '2s'" "SELECT coalesce(cycle_id::text, 'none'), evaluated IS NULL FROM evolve_cycle(seed => 2)" 2>&1)
like "$second" '^none\|t$' 'the second cycle returns while the first one runs, with cycle_id NULL'
like "$second" 'NOTICE: .*another cycle is running' 'and a NOTICE says why'
monitor=$(run_sql "SET statement_timeout = '2s'" "SELECT reviewed IS NULL FROM evolve_monitor()" 2>&1)
like "$monitor" '^t$' 'so does a monitoring cycle'
release_lock
wait || true
is "$(cat "$tap_scratch/first_session")" 1 'the first cycle finishes'
is "$(run_sql "SELECT count(*), min(seed) FROM evolve.cycles")" '1|1' 'and is the only one'
run_sql "DROP TRIGGER stop_here ON evolve.cycles"
is "$(run_sql "SELECT cycle_id IS NOT NULL FROM evolve_cycle(seed => 3)")" t 'afterwards the next one runs'
finish
