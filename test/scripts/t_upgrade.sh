#!/usr/bin/env bash
# ALTER EXTENSION UPDATE while jobs, a cycle and the queue are at work, and pg_upgrade: nothing is lost, and all goes on.
. "$(dirname "$0")/tap.sh"
settings=("shared_preload_libraries = '$(library_name)'" "evolve.databases = 'evolve'" "evolve.worker_role = 'evolver'" "evolve.naptime = 1")
new_server "${settings[@]}"
database evolve
load_demo
run_sql "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" \
    "UPDATE evolve.jobs SET every = CASE name WHEN 'evolution' THEN interval '2 seconds' ELSE '5 seconds' END" > /dev/null
failures="SELECT outcome, attempt, message FROM evolve.job_runs WHERE outcome NOT IN ('succeeded', 'running') OR attempt > 1"
runs_after() {
    local last
    last=$(run_sql "SELECT coalesce(max(run_id), 0) FROM evolve.job_runs")
    wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs JOIN evolve.jobs USING (job_id)
              WHERE run_id > $last AND name = 'evolution' AND outcome = 'succeeded')"
}

# --- ALTER EXTENSION UPDATE ---------------------------------------------------------------------------------------------
# The next version has every function anew; types and rights stay as they are. The server reads the script where this one
# is staged.
version=$(run_sql "SELECT extversion FROM pg_extension WHERE extname = 'pg_evolve'")
scripts=$(dirname "$(find "$(run_dir)/check/stage" "$("$PG_CONFIG" --sharedir)/extension" -name "pg_evolve--$version.sql" 2> /dev/null | head -n 1)")
next=$scripts/pg_evolve--$version--$version.next.sql
trap 'rm -f "$next"; tap_end' EXIT
awk '/^-- sql\/withdrawn_rights.sql$/ { exit }
     /^CREATE TYPE evolve_/ { skipping = 1 }
     !skipping { sub(/^CREATE FUNCTION/, "CREATE OR REPLACE FUNCTION"); sub(/^CREATE PROCEDURE/, "CREATE OR REPLACE PROCEDURE"); print }
     /^\);|^CREATE TYPE.*;$/ { skipping = 0 }' "$scripts/pg_evolve--$version.sql" > "$next"
definitions="SELECT md5(string_agg(pg_get_functiondef(objid), '' ORDER BY objid::regprocedure::text)) FROM pg_depend
             WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_extension'::regclass AND deptype = 'e'"
before=$(run_sql "$definitions")

run_sql "SELECT count(evolve_backtest_async(jsonb_build_object('entry', format('rsi(close, %s) < 30', n), 'exit', 'rsi(5) > 60'), 'SP500')) FROM generate_series(2, 101) AS n" > /dev/null
ok 'the jobs run' runs_after
background works "CALL evolve_work(1000)"
# A cycle waits in its middle, at its first result.
run_sql "CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END \$\$" \
    "CREATE TRIGGER wait_here BEFORE INSERT ON evolve.strategy_backtests FOR EACH ROW EXECUTE FUNCTION wait_here()"
hold_lock
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'pg_evolve worker' AND wait_event = 'advisory')" || die 'no cycle began'
ok 'the extension is updated while a cycle is in its middle' run_sql "ALTER EXTENSION pg_evolve UPDATE TO '$version.next'"
ok 'and the tables upgraded' run_sql "SELECT * FROM evolve_migrate()"
release_lock
ok 'the cycle is done to its end, and others after it' runs_after
run_sql "DROP TRIGGER wait_here ON evolve.strategy_backtests"
wait || true
is "$(run_sql "SELECT extversion FROM pg_extension WHERE extname = 'pg_evolve'" "$definitions")" "$version.next"$'\n'"$before" 'the next version is there, with the same functions'
is "$(run_sql "$failures")" '' 'no run of a job has failed or was begun twice'
wait_for "SELECT NOT EXISTS (SELECT FROM evolve.queue WHERE status IN ('queued', 'running'))" || true
is "$(run_sql "SELECT status, count(*), max(attempts) FROM evolve.queue GROUP BY status")" 'done|100|1' 'nor an item of the queue'

# --- pg_upgrade ---------------------------------------------------------------------------------------------------------
run_sql "UPDATE evolve.jobs SET is_enabled = false"
wait_for "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'pg_evolve worker')"
run_sql "UPDATE evolve.jobs SET is_enabled = name = 'evolution'" "INSERT INTO evolve.jobs (name, command, every) VALUES ('tick', 'SELECT 1', '1 second')"
old=$(run_dir)/check/$tap_script new=$(run_dir)/check/${tap_script}_new
# What is due while the server is down, or runs in pg_upgrade, would be seen.
server_stop check "$tap_script" fast
server_start check "$tap_script"
export PGDATABASE=evolve
wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'tick' AND outcome = 'succeeded' AND started_at > pg_postmaster_start_time())" ||
    die 'the jobs did not go on'
server_stop check "$tap_script" fast
contents() { rows | grep -v '^SET '; }
as_server "$(pg_bin pg_ctl)" -D "$old/data" -l "$old/log" -o "-c shared_preload_libraries=" -w start > /dev/null
contents > "$tap_scratch/before"
as_server "$(pg_bin pg_ctl)" -D "$old/data" -m fast -w stop > /dev/null
server_create check "${tap_script}_new" "${settings[@]}"
upgrade() (
    cd "$new" && chown "$(server_user)" . &&
        as_server sh -c 'cd "$1" && shift && exec "$@"' sh "$new" "$(pg_bin pg_upgrade)" -b "$("$PG_CONFIG" --bindir)" -B "$("$PG_CONFIG" --bindir)" \
            -d "$old/data" -D "$new/data" --socketdir "$(readlink -f "$new/sock")" -U postgres --retain
)
ok 'pg_upgrade goes through' upgrade
is "$(grep -rl 'pg_evolve launcher' "$new" 2> /dev/null || true)" '' 'no launcher ran in it'
as_server "$(pg_bin pg_ctl)" -D "$new/data" -l "$new/log" -o "-c shared_preload_libraries=" -w start > /dev/null
server_use check "${tap_script}_new"
export PGDATABASE=evolve
contents > "$tap_scratch/after"
ok 'every row is there, and no other' diff "$tap_scratch/before" "$tap_scratch/after"
as_server "$(pg_bin pg_ctl)" -D "$new/data" -m fast -w stop > /dev/null
server_start check "${tap_script}_new"
export PGDATABASE=evolve
ok 'the jobs go on' runs_after
is "$(run_sql "SELECT count(wrong) FROM evolve_verify()")" 0 'and nothing is wrong with lineage and ledger'
server_remove check "${tap_script}_new"
finish
