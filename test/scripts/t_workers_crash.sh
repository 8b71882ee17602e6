#!/usr/bin/env bash
# Schedulers that are killed, servers that are stopped: nothing is lost, nothing is done twice.
# EVOLVE_KILLS=200 kills that often instead of 12 times. runs alone, because it measures time.
. "$(dirname "$0")/tap.sh"
kills=${EVOLVE_KILLS:-12}
new_server "shared_preload_libraries = '$(library_name)'" "evolve.databases = 'evolve'" "evolve.naptime = 1" \
    "evolve.worker_role = 'evolver'" "max_worker_processes = 12"
database evolve
run_sql "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" "UPDATE evolve.jobs SET is_enabled = false" \
    "CREATE TABLE public.effect (job int, by text DEFAULT current_setting('application_name'))" "GRANT INSERT ON public.effect TO evolver" > /dev/null

# Three schedulers beside the launcher: each calls again as soon as its call is over, whatever ended it.
schedule() {
    while kill -0 $$ 2> /dev/null && [ ! -e "$tap_scratch/enough" ]; do
        PGUSER=evolver psql -Xq -c "CALL evolve_run_due_jobs('$1')" > /dev/null 2>&1 || true
        sleep 0.1
    done
}
for scheduler in one two three; do schedule "$scheduler" & done

# Each job has one slot and one effect; crashes pause none of them.
jobs=$((60 * kills))
run_sql "INSERT INTO evolve.jobs (name, command, every, created_at, pause_after)
         SELECT 'work ' || i, format('INSERT INTO public.effect (job) SELECT %s; SELECT pg_sleep(0.08)', i), '1000 days', '1970-01-01', 0
         FROM generate_series(1, $jobs) AS i"

# What must hold at every moment: an effect for each run that succeeded, and for no other.
invariants="SELECT (SELECT count(*) FROM (SELECT job FROM public.effect GROUP BY job HAVING count(*) > 1) AS twice) || ' twice, '
    || (SELECT count(*) FROM public.effect AS done FULL JOIN (
            SELECT split_part(name, ' ', 2)::int AS job FROM evolve.jobs JOIN evolve.job_runs USING (job_id)
            WHERE outcome = 'succeeded' AND name LIKE 'work %') AS recorded USING (job)
        WHERE done.job IS NULL OR recorded.job IS NULL) || ' without their record'"
broken='' slowest=0 killed=0
while [ "$killed" -lt "$kills" ]; do
    sleep 0.$((RANDOM % 9 + 1))
    victim=$(run_sql "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL%' AND state = 'active' ORDER BY random() LIMIT 1")
    if [ -z "$victim" ]; then
        [ "$(run_sql "SELECT count(*) FROM public.effect")" -lt "$jobs" ] || die 'the work was done too soon'
        continue
    fi
    before=$(run_sql "SELECT count(*) FROM public.effect")
    started=$(date +%s%N)
    if [ $((killed % 5)) = 4 ]; then
        server_stop check "$tap_script" immediate
        server_start check "$tap_script"
        export PGDATABASE=evolve
    else
        kill -9 "$victim" 2> /dev/null || continue
        wait_for "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $victim)" || die 'the server did not come back'
    fi
    killed=$((killed + 1))
    wait_for "SELECT count(*) > $before OR count(*) = $jobs FROM public.effect" || die 'no job was done any more'
    took=$((($(date +%s%N) - started) / 1000000))
    [ "$took" -le "$slowest" ] || slowest=$took
    found=$(run_sql "$invariants")
    [ "$found" = '0 twice, 0 without their record' ] || broken="$broken $found;"
done
is "$killed$broken" "$kills" "killed $kills times, by kill -9 and by immediate stops: no effect twice, none without its record"
echo "# the longest pause until the next job was done: $slowest ms; $(run_sql "SELECT count(*) FROM public.effect") of $jobs done by then"
ok 'each time jobs went on within 10 seconds' test "$slowest" -lt 10000
ok 'in the end every job is done' wait_for "SELECT count(*) = $jobs FROM public.effect" $((120 + jobs / 10))
touch "$tap_scratch/enough"
wait
is "$(run_sql "$invariants")" '0 twice, 0 without their record' 'once each, and recorded'
is "$(run_sql "SELECT count(*), count(DISTINCT job_id), min(outcome), max(outcome) FROM evolve.job_runs")" "$jobs|$jobs|succeeded|succeeded" 'with one run each'
is "$(run_sql "SELECT max(attempt) > 1, count(DISTINCT scheduler) FROM evolve.job_runs")" 't|4' 'some needed more than one attempt, and all four schedulers took part'

# A fast stop while the engine works in a worker: within two seconds, and the run begins again after the start.
run_sql "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
         SELECT 'LONG', '1m', '2000-01-01 00:00:00+00'::timestamptz + i * interval '1 minute', c, c + 0.1, c - 0.1, c, i % 1000
         FROM (SELECT i, 100 + 20 * sin(i / 40000.0) + 6 * sin(i / 70.0) AS c FROM generate_series(1, 400000) AS i) AS made"
run_sql "SELECT count(*) FROM evolve_load_strategies((
             SELECT jsonb_agg(jsonb_build_object('name', 'minutes ' || n, 'ruleset', jsonb_build_object(
                 'entry', format('rsi(close, %s) crosses below 45', n), 'exit', format('sma(close, %s) crosses below sma(close, %s)', n, 3 * n),
                 'trailing_stop', jsonb_build_object('pct', 2), 'timeframe', '1m'))) FROM generate_series(5, 54) AS n))" > /dev/null
run_sql \
    "INSERT INTO evolve.jobs (name, command, every, created_at) VALUES ('heavy', 'SELECT public.evolve_cycle(seed => 1)', '1000 days', '1970-01-01')"
slowest=0
for _ in 1 2 3; do
    wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'heavy' AND outcome = 'running'
              AND started_at > pg_postmaster_start_time())" 60 || die 'the heavy job did not begin'
    sleep 0.3
    is "$(run_sql "SELECT count(*) FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'heavy' AND outcome = 'running'")" 1 'a cycle is in its middle'
    started=$(date +%s%N)
    server_stop check "$tap_script" fast
    took=$((($(date +%s%N) - started) / 1000000))
    [ "$took" -le "$slowest" ] || slowest=$took
    server_start check "$tap_script"
    export PGDATABASE=evolve
done
ok "the server stops within 2 seconds ($slowest ms)" test "$slowest" -le 2000
ok 'and after the last start the cycle is done to its end' wait_for "SELECT EXISTS (SELECT FROM evolve.job_runs JOIN evolve.jobs USING (job_id)
    WHERE name = 'heavy' AND outcome = 'succeeded')" 120
is "$(run_sql "SELECT attempt, failures FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'heavy'" "SELECT count(*) FROM evolve.cycles")" \
    $'4|0\n1' 'once, at the fourth attempt'
finish
