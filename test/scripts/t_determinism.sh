#!/usr/bin/env bash
# The same seed, data and settings give the same cycles: on one thread and on several, in another database.
. "$(dirname "$0")/tap.sh"
new_server

# run_cycles DATABASE THREADS: the demo's data, five cycles and a review; prints all that they wrote, without times.
run_cycles() {
    local table
    database "$1"
    load_demo
    run_sql "SET evolve.max_threads = $2" "SELECT FROM evolve_cycle(seed => 11)" "SELECT FROM evolve_cycle(seed => 12)" \
        "SELECT FROM evolve_cycle(seed => 13)" "SELECT FROM evolve_cycle(seed => 14)" "SELECT FROM evolve_cycle(seed => 15)" \
        "SELECT FROM evolve_monitor()" > /dev/null
    for table in user_strategies strategy_lineage strategy_generations strategy_backtests strategy_status_history trials cycles; do
        run_sql "SELECT md5(string_agg(content, E'\n' ORDER BY content)), count(*) FROM (
                     SELECT (to_jsonb(row) - '{created_at,updated_at,last_backtest_at,changed_at,started_at,duration}'::text[])::text AS content
                     FROM evolve.$table AS row) AS rows" | sed "s/^/$table /"
    done
}

one=$(run_cycles one 1)
four=$(run_cycles four 4)
is "$four" "$one" 'five cycles and a review are equal to the last byte on one thread and on four'
is "$(PGDATABASE=one run_sql "SELECT count(*) > 60 AND max(evolution_attempts) > 1 FROM evolve.user_strategies")" t 'they were cycles with births and tests'
is "$(run_cycles other 2)" "$one" 'and once more in another database'
finish
