#!/usr/bin/env bash
# pg_cron runs cycles, or what is due of evolve.jobs, with the one line each that the documentation gives.
. "$(dirname "$0")/tap.sh"
new_server "shared_preload_libraries = 'pg_cron'" "cron.database_name = 'evolve'" "cron.use_background_workers = on"
database evolve

make_bars AAA 800
load_strategies "$evolve_top"/demo/strategies/*.json > /dev/null
run_sql "CREATE EXTENSION pg_cron" "SELECT cron.schedule('evolution', '* * * * *', 'SELECT evolve_cycle()')" \
    "UPDATE evolve.jobs SET is_enabled = false" \
    "INSERT INTO evolve.jobs (name, command, every, created_at)
     SELECT 'job ' || i, 'SELECT ' || i, '1000 days', '1970-01-01' FROM generate_series(1, 3) AS i" \
    "SELECT cron.schedule('jobs', '* * * * *', 'CALL evolve_run_due_jobs(''pg_cron'')')" \
    "SELECT cron.schedule('jobs again', '* * * * *', 'CALL evolve_run_due_jobs(''pg_cron'')')" > /dev/null
# The next full minute comes within 60 seconds.
ok 'a scheduled cycle runs and succeeds' \
    wait_for "SELECT EXISTS (SELECT FROM cron.job_run_details WHERE status = 'succeeded' AND end_time IS NOT NULL AND command LIKE '%evolve_cycle%')" 90
ok 'and what is due is run' wait_for "SELECT count(*) = 2 FROM cron.job_run_details WHERE status = 'succeeded' AND end_time IS NOT NULL AND command LIKE 'CALL%'"
is "$(run_sql "SELECT count(*) FROM cron.job_run_details WHERE status = 'failed'")" 0 'no run of pg_cron has failed'
is "$(run_sql "SELECT string_agg(message, ' ' ORDER BY message), count(*), min(outcome), max(attempt) FROM evolve.job_runs WHERE scheduler = 'pg_cron'")" \
    '1 2 3|3|succeeded|1' 'each job once, though two of its jobs called at the same minute'
is "$(run_sql "SELECT cycle_id, evaluated > 0 FROM evolve.cycles ORDER BY cycle_id LIMIT 1")" '1|t' 'and it is in evolve.cycles'
finish
