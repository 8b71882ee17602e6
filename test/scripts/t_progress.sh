#!/usr/bin/env bash
# evolve.progress: what is at work and how far it is, read from another session while its transaction is open.
. "$(dirname "$0")/tap.sh"
new_server
database evolve
load_demo
# Many resamples, so that each strategy takes its time and parts can be seen.
run_sql "CREATE ROLE watcher LOGIN" "SELECT count(*) FROM evolve_grant('watcher', 'reader')" \
    "UPDATE evolve.policies SET value = '100000' WHERE name = 'monte_carlo_resamples'" > /dev/null

# seen CONDITION: whether the reader sees a row of progress like this before long.
seen() {
    PGUSER=watcher wait_for "SELECT EXISTS (SELECT FROM evolve.progress WHERE $1)" 60
}

is "$(run_sql "SELECT count(*) FROM evolve.progress")" 0 'nothing is at work'
background cycling "SELECT evolve_cycle()" "SHOW application_name"
ok 'a cycle is, tested one by one' seen "job = 'cycle 1' AND run_id IS NULL AND status = 'running' AND is_alive AND phase = format('testing %s of %s', done, total) AND done > 2 AND total > 20"
ok 'it says when that will be done' seen "job = 'cycle 1' AND eta > clock_timestamp()"
is "$(run_sql "SELECT pid = $(backend_of cycling), eta > updated_at, clock_timestamp() - updated_at < interval '20 seconds' FROM evolve.progress")" 't|t|t' \
    'which session it is, and that it is alive'
first=$(run_sql "SELECT done FROM evolve.progress")
ok 'it goes on' seen "done > $first"
like "$(run_sql "SELECT application_name FROM pg_stat_activity WHERE pid = $(backend_of cycling)")" '^pg_evolve cycle 1, testing [0-9]+/[0-9]+ [0-9]+s$' \
    'pg_stat_activity says it too'
run_sql "SELECT pg_cancel_backend(pid) FROM evolve.progress" > /dev/null
wait || true
like "$(cat "$tap_scratch/cycling")" '57014' 'its pid is what stops it'
is "$(run_sql "SELECT count(*) FROM evolve.progress")" 0 'and then nothing is at work'

# A block that catches the end of a cycle has its name back, though its transaction goes on.
background caught "DO \$\$ BEGIN PERFORM evolve_cycle(); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(600); END \$\$"
ok 'a cycle in a block' seen "phase LIKE 'testing%' AND done > 0"
run_sql "SELECT pg_cancel_backend($(backend_of caught))" > /dev/null
ok 'that is caught leaves the name of the session' wait_for "SELECT application_name = 'caught' FROM pg_stat_activity WHERE pid = $(backend_of caught)"
run_sql "SELECT pg_cancel_backend($(backend_of caught))" > /dev/null
wait || true

# Jobs go by their names, whatever they do.
run_sql "UPDATE evolve.jobs SET is_enabled = false" \
    "INSERT INTO evolve.jobs (name, command, every) VALUES ('my sleep, schön', 'SELECT pg_sleep(600)', '1 hour')" "SELECT evolve_run_job('my sleep, schön')" \
    "SELECT evolve_run_job('evolution')" > /dev/null
background jobs "CALL evolve_run_due_jobs()" "SHOW application_name"
ok 'the cycle of a job goes by its name' seen "job = 'evolution' AND phase LIKE 'testing % of %' AND eta IS NOT NULL"
run_sql "SELECT pg_cancel_backend(pid) FROM evolve.progress" > /dev/null
wait || true
background jobs "CALL evolve_run_due_jobs()" "SHOW application_name"
ok 'a command that says nothing works' seen "job = 'my sleep, sch??n' AND phase = 'working' AND done IS NULL AND eta IS NULL"
run_sql "SELECT pg_cancel_backend(pid) FROM evolve.progress" > /dev/null
wait || true
run_sql "UPDATE evolve.jobs SET is_enabled = false, run_requested_at = NULL, paused_reason = NULL, not_before = NULL" \
    "UPDATE evolve.jobs SET command = 'SELECT pg_sleep(0.5)' WHERE name LIKE 'my sleep%'" "SELECT evolve_run_job('my sleep, schön')" > /dev/null
is "$(PGAPPNAME=mine run_sql "CALL evolve_run_due_jobs()" "SHOW application_name")" mine 'and the caller has its own name back'

# A review counts strategies.
run_sql "UPDATE evolve.policies SET value = '1000' WHERE name = 'monte_carlo_resamples'" "SELECT evolve_cycle()" \
    "UPDATE evolve.policies SET value = '100000' WHERE name = 'monte_carlo_resamples'" > /dev/null
background reviewing "SELECT evolve_monitor()"
ok 'a review shows how far it is' seen "job LIKE 'review %' AND phase LIKE 'testing %' AND done > 0"
run_sql "SELECT pg_cancel_backend(pid) FROM evolve.progress" > /dev/null
wait || true
is "$(run_sql "SELECT count(*) FROM evolve.progress")" 0 'nothing is left'
# Whatever name a session gives itself, the view can be read.
for name in 'pg_evolve x, testing 999999999/999999999 999999999s' 'pg_evolve x, testing 99999999999/1 1s' 'pg_evolve , alive' 'pg_evolve x, alive 99999999999999' 'pg_evolve x, testing 1/0 1s'; do
    PGAPPNAME=$name run_sql "SELECT count(*) FROM evolve.progress" > /dev/null || echo "$name"
done > "$tap_scratch/names"
is "$(cat "$tap_scratch/names")" '' 'no name makes it fail'
finish
