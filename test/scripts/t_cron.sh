#!/usr/bin/env bash
# pg_cron runs cycles with the one line that the documentation gives.
. "$(dirname "$0")/tap.sh"
new_server "shared_preload_libraries = 'pg_cron'" "cron.database_name = 'evolve'" "cron.use_background_workers = on"
database evolve

make_bars AAA 800
load_strategies "$evolve_top"/demo/strategies/*.json > /dev/null
run_sql "CREATE EXTENSION pg_cron" "SELECT cron.schedule('evolution', '* * * * *', 'SELECT evolve_cycle()')" > /dev/null
# The next full minute comes within 60 seconds.
ok 'a scheduled cycle runs and succeeds' \
    wait_for "SELECT EXISTS (SELECT FROM cron.job_run_details WHERE status = 'succeeded' AND end_time IS NOT NULL)" 90
is "$(run_sql "SELECT status FROM cron.job_run_details ORDER BY runid LIMIT 1")" 'succeeded' 'so does the first run of all'
is "$(run_sql "SELECT cycle_id, evaluated > 0 FROM evolve.cycles ORDER BY cycle_id LIMIT 1")" '1|t' 'and it is in evolve.cycles'
finish
