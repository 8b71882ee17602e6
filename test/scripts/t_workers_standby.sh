#!/usr/bin/env bash
# A standby runs no jobs; once it is promoted it does.
. "$(dirname "$0")/tap.sh"
new_server "shared_preload_libraries = '$(library_name)'" "evolve.databases = 'evolve'" "evolve.naptime = 1" \
    "evolve.worker_role = 'evolver'" "max_wal_senders = 5"
database evolve
run_sql "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" "UPDATE evolve.jobs SET is_enabled = false" \
    "INSERT INTO evolve.jobs (name, command, every) VALUES ('tick', 'SELECT 1', '1 second')" > /dev/null

standby=$(run_dir)/check/${tap_script}_standby
server_remove check "${tap_script}_standby"
mkdir -p "$standby" && chown "$(server_user)" "$standby"
as_server "$(pg_bin pg_basebackup)" -h "$PGHOST" -p "$PGPORT" -U postgres -D "$standby/data" -R -c fast
make_socket_dir "$standby"
echo "unix_socket_directories = '$(readlink -f "$standby/sock")'" >> "$standby/data/postgresql.conf"
as_server "$(pg_bin pg_ctl)" -D "$standby/data" -l "$standby/data/log" -w start > /dev/null
primary_host=$PGHOST
PGHOST=$(readlink -f "$standby/sock")

ok 'the runs of the primary arrive' wait_for "SELECT pg_is_in_recovery() AND count(*) > 1 FROM evolve.job_runs WHERE outcome = 'succeeded'"
is "$(run_sql "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'pg_evolve%'")" 0 'a standby has no launcher'
is "$(grep -c 'LOG: *pg_evolve ' "$standby/data/log" || true)" 0 'and none began there'
like "$(run_sql "CALL evolve_run_due_jobs()" 2>&1)" 'NOTICE: .*a standby runs no jobs' 'a call there does nothing and says so'

PGHOST=$primary_host
server_stop check "$tap_script" immediate
PGHOST=$(readlink -f "$standby/sock")
last=$(run_sql "SELECT max(run_id) FROM evolve.job_runs")
started=$SECONDS
as_server "$(pg_bin pg_ctl)" -D "$standby/data" -w promote > /dev/null
ok 'promoted it runs jobs' wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs WHERE run_id > $last AND outcome = 'succeeded')"
took=$((SECONDS - started))
ok "within 10 seconds ($took)" test "$took" -le 10
is "$(run_sql "SELECT count(*) FROM (SELECT slot FROM evolve.job_runs WHERE job_id = (SELECT job_id FROM evolve.jobs WHERE name = 'tick')
    GROUP BY slot HAVING count(*) > 1) AS twice")" 0 'no slot twice'
ok 'no run stays open' wait_for "SELECT count(*) = 0 FROM evolve.job_runs WHERE outcome = 'running' AND started_at < now() - interval '5 seconds'"
server_remove check "${tap_script}_standby"
finish
