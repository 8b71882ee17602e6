#!/usr/bin/env bash
# A run that is broken off by immediate shutdowns, kill -9 and a cancel ends as one that was not, to the last byte.
# EVOLVE_CRASHES=N: N immediate shutdowns and N kill -9, at random moments.
. "$(dirname "$0")/tap.sh"
new_server

crashes=${EVOLVE_CRASHES:-3}
generations=$((8 + 5 * crashes))
RANDOM=${EVOLVE_SEED:-4711}

# What every run begins with.
prepare() {
    database "$1"
    load_demo
}

# written [COLUMN]: all that a run writes, but for a column. Times differ; ids made by sequences differ after a crash, but
# not their order.
written() {
    local table key
    for table in user_strategies:id strategy_lineage:id strategy_generations:strategy_id strategy_backtests:id strategy_status_history:id \
        trials:id cycles:cycle_id share_sets:share_set_id strategy_shares:strategy_id runs:run_id; do
        key=${table#*:} table=${table%:*}
        run_sql "SELECT md5(string_agg(content, E'\n' ORDER BY content)), count(*) FROM (
                     SELECT (to_jsonb(stored) - '{created_at,updated_at,last_backtest_at,changed_at,started_at,duration,resumed_at,resumed_generations,finished_at,${1:-finished_at}}'::text[]
                             - CASE WHEN pg_typeof(stored.$key) = 'bigint'::regtype THEN 'id' ELSE '' END
                             || CASE WHEN pg_typeof(stored.$key) = 'bigint'::regtype
                                     THEN jsonb_build_object('position', row_number() OVER (ORDER BY stored.$key)) ELSE '{}' END)::text AS content
                     FROM evolve.$table AS stored) AS contents" | sed "s/^/$table /"
    done
}

alive="SELECT coalesce(bool_or(is_alive), false) FROM evolve.progress WHERE run_id IS NOT NULL"

prepare undisturbed
begin=$(date +%s%N)
run_sql "CALL evolve_run($generations, 30, 7)"
generation_ms=$((($(date +%s%N) - begin) / 1000000 / generations))
echo "# $generations generations, $generation_ms ms each"
written > "$tap_scratch/undisturbed"
is "$(run_sql "SELECT status, done, total, is_alive, eta IS NULL FROM evolve.progress WHERE run_id IS NOT NULL")" "finished|$generations|$generations|f|t" 'a run runs to its end'
is "$(run_sql "SELECT count(*), count(DISTINCT seed), min(report ->> 'run_id'), max((report ->> 'generation')::int) FROM evolve.cycles")" \
    "$generations|$generations|1|$generations" 'each generation is a cycle with a seed of its own'

prepare disturbed
call="CALL evolve_run($generations, 30, 7)"
hit=0

# Starts the run or takes it up again, and comes back somewhere in its next one and a half generations.
go_on() {
    background run "$call"
    call="CALL evolve_resume(1)"
    wait_for "$alive" || die "the run does not begin: $(cat "$tap_scratch/run")"
    sleep "$(printf '%d.%03d' $((RANDOM % 1500 * generation_ms / 1000 / 1000)) $((RANDOM % 1500 * generation_ms / 1000 % 1000)))"
}

for ((i = 0; i < crashes; i++)); do
    go_on
    [ "$(run_sql "$alive")" = t ] && hit=$((hit + 1))
    server_stop check "$tap_script" immediate
    wait || true
    server_start check "$tap_script"
    export PGDATABASE=disturbed
    go_on
    [ "$(run_sql "$alive")" = t ] && hit=$((hit + 1))
    pid=$(run_sql "SELECT pid FROM evolve.progress WHERE run_id IS NOT NULL AND is_alive")
    kill -9 "$pid"
    wait || true
    # Its row is there until the server has begun anew.
    wait_for "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)" || die "the server did not come back"
done
is "$hit" "$((2 * crashes))" 'immediate shutdowns and kill -9 hit it each time'
is "$(run_sql "SELECT status, phase, is_alive, done < total FROM evolve.progress WHERE run_id IS NOT NULL")" 'running|interrupted|f|t' 'broken off, it says so'

# What happens while it runs: who looks, who wants to begin another one, who cancels.
background run "SET application_name = 'mine'" "$call" "SHOW application_name"
wait_for "$alive"
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name ~ '^pg_evolve run 1: generation [0-9]+ of $generations, [a-z]+ [0-9/]*')"
tap_ok 'its generation can be read in pg_stat_activity'
wait_for "SELECT phase ~ '^generation [0-9]+ of $generations, [a-z]+' AND eta > updated_at AND pid IS NOT NULL FROM evolve.progress WHERE run_id IS NOT NULL"
tap_ok 'and its progress, with the time of its end, in evolve.progress'
fails "CALL evolve_run(2)" 'PE011: run 1 is going on' 'another run is refused meanwhile'
fails "CALL evolve_resume(1)" 'PE011: run 1 is going on' 'and it cannot be resumed'
run_sql "SELECT pg_cancel_backend(pid) FROM evolve.progress WHERE run_id IS NOT NULL AND is_alive" > /dev/null
wait || true
like "$(cat "$tap_scratch/run")" '57014: canceling statement due to user request' 'a cancel ends it'
like "$(cat "$tap_scratch/run")" 'HINT: +CALL evolve_resume\(1\); goes on from there' 'and a hint says how it goes on'
is "$(run_sql "SELECT status, is_alive, message FROM evolve.progress WHERE run_id IS NOT NULL")" 'stopped|f|canceling statement due to user request' 'it is stopped'
is "$(run_sql "SET application_name = 'mine'" "SET statement_timeout = '1ms'" "CALL evolve_resume(1)" 2> /dev/null || true)" '' 'stopped in its first millisecond'
is "$(psql -XqAt 2> /dev/null << 'SQL'
SET application_name = 'mine';
SET statement_timeout = '200ms';
CALL evolve_resume(1);
SET statement_timeout = 0;
SHOW application_name;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
SQL
)" $'mine\n0' "after an error the session has its name again and no lock"

run_sql "CALL evolve_resume(1)"
written > "$tap_scratch/disturbed"
ok 'resumed to its end, it equals the undisturbed run to the last byte' diff "$tap_scratch/undisturbed" "$tap_scratch/disturbed"
is "$(run_sql "SELECT count(*) > 60 AND max(evolution_attempts) > 3 FROM evolve.user_strategies")" t 'they were generations with births and tests'
fails "CALL evolve_resume(1)" 'PE011: run 1 is finished' 'a finished run is not resumed'

# --- The same by workers, which are killed and stopped ---------------------------------------------------------------------
prepare workers
run_sql "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" "UPDATE evolve.jobs SET is_enabled = false" \
    "INSERT INTO evolve.jobs (name, command, every) VALUES ('tick', 'SELECT 1', '1 second')" \
    "ALTER SYSTEM SET evolve.naptime = 1" "SELECT pg_reload_conf()" > /dev/null
is "$(PGUSER=evolver run_sql "SELECT evolve_run_async($generations, 30, 7)")" 1 'an operator asks for a run'
start_workers() { wait_for "SELECT true" && PGUSER=evolver run_sql "SELECT evolve_start()" > /dev/null 2>&1; }
start_workers
for _ in 1 2; do
    before=$(run_sql "SELECT done FROM evolve.progress WHERE run_id IS NOT NULL")
    wait_for "SELECT done > $before AND is_alive FROM evolve.progress WHERE run_id IS NOT NULL" || die 'no worker goes on with the run'
    # Between two generations no process is at work.
    until pid=$(run_sql "SELECT pid FROM evolve.progress WHERE run_id IS NOT NULL") && [ -n "$pid" ] && kill -9 "$pid"; do sleep 0.05; done
    sleep 0.5
    start_workers
done
wait_for "$alive"
before=$(run_sql "SELECT done FROM evolve.progress WHERE run_id IS NOT NULL")
PGUSER=evolver run_sql "SELECT evolve_stop_run(1)" > /dev/null
wait_for "SELECT status = 'stopped' FROM evolve.progress WHERE run_id IS NOT NULL"
sleep 2
is "$(run_sql "SELECT status, is_alive, done - $before < 2 FROM evolve.progress WHERE run_id IS NOT NULL")" 'stopped|f|t' 'evolve_stop_run() stops it, and no worker takes it up'
run_sql "UPDATE evolve.runs SET status = 'waiting'"
ok 'workers do it to its end' wait_for "SELECT status = 'finished' FROM evolve.progress WHERE run_id IS NOT NULL" 120
is "$(run_sql "SELECT count(*) > 1 FROM evolve.job_runs WHERE outcome = 'succeeded'")" t 'with jobs between its generations'
PGUSER=evolver run_sql "SELECT evolve_stop()" > /dev/null
# But for who did it.
written changed_by | grep -v '^runs' > "$tap_scratch/workers"
PGDATABASE=undisturbed written changed_by | grep -v '^runs' > "$tap_scratch/undisturbed"
ok 'and it equals the undisturbed run to the last byte' diff "$tap_scratch/undisturbed" "$tap_scratch/workers"
finish
