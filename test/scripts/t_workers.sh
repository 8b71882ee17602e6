#!/usr/bin/env bash
# The launcher and its workers: preloaded, and begun by evolve_start(); as whom they run; what can be dropped meanwhile.
. "$(dirname "$0")/tap.sh"
new_server "shared_preload_libraries = '$(library_name)'" "evolve.databases = 'evolve, other'" "evolve.naptime = 1" \
    "max_worker_processes = 12" "log_min_messages = warning"
log=$(run_dir)/check/$tap_script/log
database evolve
run_sql "CREATE ROLE evolver LOGIN" "CREATE ROLE stranger LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" \
    "UPDATE evolve.jobs SET is_enabled = false" \
    "INSERT INTO evolve.jobs (name, command, every) VALUES ('who', 'SELECT current_user || '' '' || session_user', '1 second')" > /dev/null

# A run of the job "who" in a database that is not older than this moment.
runs_in() {
    local since
    since=$(psql -XqAt -d "$1" -c 'SELECT clock_timestamp()')
    PGDATABASE=$1 wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs WHERE outcome = 'succeeded' AND started_at > '$since')"
}
set_role() {
    run_sql "ALTER SYSTEM SET evolve.worker_role = '$1'" "SELECT pg_reload_conf()" > /dev/null
}

ok 'the launcher is there' wait_for "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pg_evolve launcher'"
is "$(run_sql "SELECT datname IS NULL FROM pg_stat_activity WHERE backend_type = 'pg_evolve launcher'")" t 'and connected to no database'
sleep 2
is "$(run_sql "SELECT count(*) FROM evolve.job_runs")" 0 'without evolve.worker_role nothing runs'
set_role postgres
ok 'and the log says that no superuser runs jobs' wait_for "SELECT pg_read_file('$log') LIKE '%runs no jobs in database \"evolve\": the role that is to run them is a superuser%'"
is "$(run_sql "SELECT count(*) FROM evolve.job_runs")" 0 'and none does'
set_role evolver
ok 'with a role it runs what is due' runs_in evolve
is "$(run_sql "SELECT DISTINCT message, scheduler FROM evolve.job_runs WHERE outcome = 'succeeded'")" 'evolver evolver|launcher' 'as that role'

make_bars AAA 300
item=$(run_sql "SELECT evolve_backtest_async('{\"entry\": \"rsi(3) < 20\", \"exit\": \"rsi(3) > 60\"}', 'AAA')")
ok 'it works off the queue too' wait_for "SELECT status = 'done' FROM evolve.queue WHERE id = $item"

# Idle workers hold no database open: neither as a template nor for dropping.
dropped=0
for _ in $(seq 20); do
    run_sql "CREATE DATABASE other TEMPLATE evolve"
    runs_in other || break
    run_sql "DROP DATABASE other" && dropped=$((dropped + 1))
done
is "$dropped" 20 'a database whose jobs run is copied and dropped 20 times of 20'

# A worker that is busy is ended when its database is dropped.
run_sql "CREATE DATABASE busy TEMPLATE evolve"
PGDATABASE=busy run_sql "INSERT INTO evolve.jobs (name, command, every, created_at) VALUES ('long', 'SELECT pg_sleep(600)', '100 days', '1970-01-01')"
is_busy="SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = 'other' AND backend_type = 'pg_evolve worker' AND wait_event = 'PgSleep')"
dropped=0
for _ in $(seq 20); do
    run_sql "CREATE DATABASE other TEMPLATE busy"
    wait_for "$is_busy" || break
    run_sql "DROP DATABASE other" && dropped=$((dropped + 1))
done
is "$dropped" 20 'a database with a busy worker is dropped 20 times of 20'
like "$(cat "$log")" 'pg_evolve ends its worker in database "other"' 'and the log says who ended'
run_sql "CREATE DATABASE other TEMPLATE busy"
ok 'a long job begins' wait_for "$is_busy"
like "$(run_sql "SELECT query FROM pg_stat_activity WHERE datname = 'other' AND backend_type = 'pg_evolve worker'")" \
    "^CALL public.evolve_run_due_jobs" 'and pg_stat_activity shows it'
ok 'it does not keep its database from being renamed' run_sql "ALTER DATABASE other RENAME TO another"
run_sql "ALTER DATABASE another RENAME TO other"
ok 'the job begins again' wait_for "$is_busy"
ok 'DROP DATABASE … WITH (FORCE) ends its worker' run_sql "DROP DATABASE other WITH (FORCE)"
ok 'and the launcher goes on' runs_in evolve

# Without the extension there is nothing to do; with it again the jobs go on.
run_sql "DROP EXTENSION pg_evolve CASCADE" 2> /dev/null
errors=$(grep -c 'ERROR\|FATAL' "$log" || true)
sleep 3
is "$(grep -c 'ERROR\|FATAL' "$log" || true)" "$errors" 'after DROP EXTENSION the workers are quiet'
run_sql "CREATE EXTENSION pg_evolve" "SELECT count(*) FROM evolve_migrate()" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" > /dev/null
ok 'after CREATE EXTENSION and evolve_migrate() they go on' runs_in evolve

# A launcher for one database, begun by hand.
run_sql "CREATE DATABASE third TEMPLATE evolve"
export PGDATABASE=third
fails "SELECT evolve_start()" '42501: jobs are not run by a superuser' 'evolve_start() begins none as a superuser'
fails "SELECT evolve_start('nobody')" '42704' 'nor as a role that is not there'
like "$(PGUSER=stranger run_sql "SELECT evolve_start('evolver')" 2>&1 || true)" '42501' 'a stranger may not call it'
like "$(PGUSER=evolver run_sql "SELECT evolve_start('stranger')" 2>&1 || true)" '42501: you are no member of role "stranger"' \
    'nor an operator name a role that it is no member of'
is "$(PGUSER=evolver run_sql "SELECT evolve_start()")" t 'an operator begins a launcher'
like "$(PGUSER=evolver run_sql "SELECT evolve_start()" 2>&1)" 'a launcher runs already' 'a second is not begun'
ok 'it runs what is due' runs_in third
run_sql "INSERT INTO evolve.jobs (name, command, every, created_at) VALUES ('long', 'SELECT pg_sleep(3)', '100 days', '1970-01-01')"
ok 'a job of three seconds begins' wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'long')"
is "$(PGUSER=evolver run_sql "SELECT evolve_stop()")" t 'evolve_stop() ends the launcher'
is "$(run_sql "SELECT outcome FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'long'")" succeeded 'after the job that was running'
before=$(run_sql "SELECT count(*) FROM evolve.job_runs")
sleep 2
is "$(run_sql "SELECT count(*) FROM evolve.job_runs")" "$before" 'and nothing runs any more'
like "$(run_sql "SELECT evolve_stop()" 2>&1)" 'no launcher' 'a second evolve_stop() says that there is none'
is "$(PGUSER=evolver run_sql "SELECT evolve_start()")" t 'it begins again'
ok 'and runs' runs_in third
PGDATABASE=postgres run_sql "ALTER DATABASE third RENAME TO fourth"
export PGDATABASE=fourth
ok 'a database that is renamed keeps its launcher' runs_in fourth
export PGDATABASE=evolve
ok 'a database with a launcher can be dropped' run_sql "DROP DATABASE fourth"
ok 'and its launcher ends' wait_for "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pg_evolve launcher'"
run_sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'pg_evolve launcher'" > /dev/null
ok 'a preloaded launcher that is ended comes back' wait_for "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pg_evolve launcher'"
ok 'and its jobs go on' runs_in evolve
finish
