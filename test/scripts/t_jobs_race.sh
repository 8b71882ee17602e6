#!/usr/bin/env bash
# Sixteen schedulers race for 200 slots: exactly 200 runs. Then one of them dies in the middle. No library is preloaded.
. "$(dirname "$0")/tap.sh"
new_server "evolve.naptime = 1"
database evolve

run_sql "UPDATE evolve.jobs SET is_enabled = false" \
    "CREATE TABLE public.effect (job int, at timestamptz DEFAULT clock_timestamp())" \
    "INSERT INTO evolve.jobs (name, command, every, created_at)
     SELECT 'race ' || i, format('INSERT INTO public.effect (job) SELECT %s FROM pg_sleep(0.002)', i), '1000 days', '1970-01-01'
     FROM generate_series(1, 200) AS i"
for scheduler in $(seq 16); do
    background "race_$scheduler" "CALL evolve_run_due_jobs('race $scheduler')" "CALL evolve_run_due_jobs('race $scheduler')"
done
wait
is "$(cat "$tap_scratch"/race_*)" '' 'sixteen schedulers end and say nothing'
is "$(run_sql "SELECT count(*), count(DISTINCT job) FROM public.effect")" '200|200' 'each of 200 slots has its effect once'
is "$(run_sql "SELECT count(*), count(DISTINCT job_id), min(outcome), max(outcome), max(attempt) FROM evolve.job_runs")" \
    '200|200|succeeded|succeeded|1' 'and one run that succeeded'
is "$(run_sql "SELECT count(DISTINCT scheduler) > 1 FROM evolve.job_runs")" t 'more than one scheduler had a part in it'
is "$(run_sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" 0 'no lock is left'

# A run that waits inside its command while its process is killed.
run_sql "INSERT INTO evolve.jobs (name, command, every, created_at)
         VALUES ('slow', 'INSERT INTO public.effect (job) VALUES (0); SELECT pg_advisory_xact_lock(42)', '1000 days', '1970-01-01')"
hold_lock
background first_try "CALL evolve_run_due_jobs('first')"
wait_for_lock first_try
is "$(run_sql "CALL evolve_run_due_jobs('second')" "SELECT scheduler, attempt, outcome FROM evolve.job_runs WHERE scheduler IN ('first', 'second')")" \
    'first|1|running' 'a job that runs is left alone'
crash first_try
is "$(run_sql "SELECT count(*) FROM public.effect WHERE job = 0")" 0 'what a killed process had done is undone'
run_sql "CALL evolve_run_due_jobs('second')"
is "$(run_sql "SELECT attempt, outcome, message FROM evolve.job_runs WHERE scheduler = 'first'" "SELECT failures, not_before > now() FROM evolve.jobs WHERE name = 'slow'")" \
    $'1|interrupted|its process ended in the middle\n1|t' 'the next scheduler sees it, counts a failure and waits a little'
sleep 2
run_sql "CALL evolve_run_due_jobs('second')"
is "$(run_sql "SELECT attempt, outcome, scheduler FROM evolve.job_runs AS run JOIN evolve.jobs USING (job_id) WHERE name = 'slow'")" \
    '2|succeeded|second' 'then it runs the same slot again'
is "$(run_sql "SELECT count(*) FROM public.effect WHERE job = 0" "SELECT failures, not_before FROM evolve.jobs WHERE name = 'slow'")" $'1\n0|' \
    'and the effect is there once'

# Cancelling the CALL is not a failure that goes on to the next job.
run_sql "INSERT INTO evolve.jobs (name, command, every, created_at)
         VALUES ('cancelled', 'SELECT pg_sleep(600)', '1000 days', '1970-01-01'), ('after it', 'SELECT 1', '1000 days', '1970-01-01')"
background to_cancel "CALL evolve_run_due_jobs('cancel')"
wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs WHERE scheduler = 'cancel')" || die 'the job did not begin'
run_sql "SELECT pg_cancel_backend($(backend_of to_cancel))" > /dev/null
wait || true
like "$(cat "$tap_scratch/to_cancel")" '57014: canceling statement due to user request' 'cancelling ends the CALL'
is "$(run_sql "SELECT name, outcome, message FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE scheduler = 'cancel'")" \
    'cancelled|failed|canceling statement due to user request' 'its job has failed and the next did not begin'

# A launcher without preloading, which a crash of the server does not end.
run_sql "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" "UPDATE evolve.jobs SET is_enabled = false" \
    "INSERT INTO evolve.jobs (name, command, every) VALUES ('tick', 'SELECT 1', '1 second')" > /dev/null
is "$(run_sql "SELECT evolve_start('evolver')")" t 'evolve_start() needs no preloading'
ticks="SELECT count(*) > 1 FROM evolve.job_runs WHERE scheduler = 'launcher' AND outcome = 'succeeded'"
ok 'its jobs run' wait_for "$ticks"
background idle "SELECT pg_sleep(600)"
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'idle')" || die 'no session'
crash idle
run_sql "DELETE FROM evolve.job_runs"
ok 'after a crash of the server they go on' wait_for "$ticks"
is "$(run_sql "SELECT evolve_stop()")" t 'evolve_stop() ends it'
finish
