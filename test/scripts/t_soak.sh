#!/usr/bin/env bash
# Everything at once for a long time: a cycle every ten seconds, the other jobs, the queue. No slot is missed, the memory of
# the processes does not grow, nothing bloats, the log stays clean.
# EVOLVE_SOAK_SECONDS=N: for so long; two minutes when not given.
# runs first, because it takes the longest.
#
# The engine takes what memory evolve.work_mem allows when rules become more and more different: little is allowed here, so
# that what grows beside it would be seen.
. "$(dirname "$0")/tap.sh"
seconds=${EVOLVE_SOAK_SECONDS:-120}
new_server "shared_preload_libraries = '$(library_name)'" "evolve.databases = 'evolve'" "evolve.worker_role = 'evolver'" \
    "evolve.naptime = 1" "fsync = on" "synchronous_commit = off" "log_min_messages = warning" "log_autovacuum_min_duration = -1"
database evolve
load_demo
# The first cycles test all of the demo; what is measured begins after them.
run_sql "CREATE EXTENSION pgstattuple" "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" \
    "ALTER ROLE evolver SET evolve.work_mem = '32MB'" "SELECT count(*) FROM evolve_pack_bars()" "SELECT count(evolve_cycle()) FROM generate_series(1, 2)" \
    "UPDATE evolve.jobs SET every = CASE name WHEN 'evolution' THEN interval '10 seconds' ELSE '30 seconds' END" > /dev/null
run_dir=$(run_dir)/check/$tap_script
postmaster=$(head -n 1 "$run_dir/data/postmaster.pid")
ticks=$(getconf CLK_TCK)

log_size=$(stat -c %s "$run_dir/log")

# Memory of our own of a process, in kB; nothing when it is gone.
own_memory() { sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2> /dev/null || true; }
# of_type TYPE: the server's processes of that backend type.
of_type() { pgrep -P "$postmaster" -f "pg_evolve $1" || true; }
# largest FILE FROM TO: the largest memory noted from one second to another.
largest() { awk -v from="$2" -v to="$3" '$1 >= from && $1 < to && $2 > most { most = $2 } END { print most + 0 }' "$1"; }

# A client that stays connected works off the queue beside the workers.
mkfifo "$tap_scratch/client"
PGAPPNAME=client PGUSER=evolver psql -XqAt -v ON_ERROR_STOP=1 < "$tap_scratch/client" > "$tap_scratch/client.out" 2>&1 &
exec 8> "$tap_scratch/client"
echo "SELECT 1;" >&8
wait_for "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'client')"
client=$(run_sql "SELECT pid FROM pg_stat_activity WHERE application_name = 'client'")

queued=0
for ((start = SECONDS, round = 0; SECONDS - start < seconds; round++)); do
    passed=$((SECONDS - start))
    for pid in $(of_type worker); do own_memory "$pid" | sed "s/^/$passed /"; done >> "$tap_scratch/worker"
    if ((round % 10 == 0)); then
        own_memory "$(of_type launcher)" | sed "s/^/$passed /" >> "$tap_scratch/launcher"
        own_memory "$client" | sed "s/^/$passed /" >> "$tap_scratch/client.memory"
    fi
    if ((round % 20 == 0)); then
        run_sql "SELECT count(evolve_backtest_async('{\"entry\": \"rsi(3) < 20\", \"exit\": \"rsi(3) > 60\"}', 'SP500')) FROM generate_series(1, 5)" > /dev/null
        echo "CALL evolve_work(3);" >&8
        queued=$((queued + 5))
    fi
    sleep 0.2
done
run_sql "UPDATE evolve.jobs SET is_enabled = false"
exec 8>&-
wait_for "SELECT NOT EXISTS (SELECT FROM evolve.job_runs WHERE outcome = 'running') AND NOT EXISTS (SELECT FROM evolve.queue WHERE status IN ('queued', 'running'))" 60 || true
wait || true

read -r runs slots last_is_late worst <<< "$(run_sql "SELECT count(*) || ' ' || extract(epoch FROM max(slot) - min(slot))::int / 10 + 1 || ' '
        || (clock_timestamp() - max(slot) > interval '1 minute') || ' ' || round(extract(epoch FROM max(started_at - slot)), 1)
    FROM evolve.job_runs JOIN evolve.jobs USING (job_id) WHERE name = 'evolution'")"
echo "# $seconds s, $runs cycles by the workers, the latest $worst s after its slot"
is "$runs $last_is_late" "$slots false" 'no slot of the evolution was missed'
ok 'and there were as many as the time holds' test "$runs" -ge $((seconds / 10 - 2))
is "$(run_sql "SELECT count(*) FROM evolve.job_runs WHERE outcome <> 'succeeded' OR attempt > 1")" 0 'every run of every job succeeded at once'
is "$(run_sql "SELECT count(*) FROM evolve.cycles WHERE kind = 'evolution'")" $((runs + 2)) 'each run was a cycle, none found another at work'
is "$(run_sql "SELECT status, count(*) FROM evolve.queue GROUP BY status")" "done|$queued" 'the queue is worked off'
is "$(cat "$tap_scratch/client.out")" 1 'the client saw no error'
is "$(run_sql "SELECT count(*) FROM evolve_dead_man()")" 0 'no job is dead'
complaints=$(tail -c "+$((log_size + 1))" "$run_dir/log" | grep -E 'ERROR|FATAL|PANIC|WARNING' | grep -v 'canceling autovacuum task' || true)
is "$complaints" '' 'the log has no error and no warning'

# --- Memory: the second half beside the first. ---------------------------------------------------------------------------
# Launcher and client stay for all the time. A worker is a new process at each look: what is measured is where it was when
# somebody looked, and how much there was to do. In two minutes that is seen a few times only.
for process in worker:$((seconds < 1800 ? 50 : 10)) launcher:10 client.memory:10; do
    percent=${process#*:} process=${process%:*}
    first=$(largest "$tap_scratch/$process" 0 $((seconds / 2))) second=$(largest "$tap_scratch/$process" $((seconds / 2)) $((seconds + 1)))
    echo "# memory of a ${process%.*}: at most $first kB in the first half, $second kB in the second"
    ok "memory of the ${process%.*} is flat ($percent % and 1 MB)" test "$first" -gt 0 -a "$second" -le $((first * (100 + percent) / 100 + 1024))
done
echo "# processor time of the launcher: $(awk -v ticks="$ticks" -v s="$seconds" '{ printf "%.1f s, %.0f s an hour", ($14 + $15) / ticks, ($14 + $15) / ticks / s * 3600 }' \
    "/proc/$(of_type launcher)/stat")"

# --- Bloat: in tables of more than 4 MB, at most half is dead or free. ------------------------------------------------------------
run_sql "SELECT format('# %s: %s rows, %s kB, %s %% of it dead or free', relation.oid::regclass, measured.tuple_count, measured.table_len / 1024,
                round(measured.dead_tuple_percent + measured.free_percent))
         FROM pg_class AS relation CROSS JOIN LATERAL pgstattuple(relation.oid) AS measured
         WHERE relation.relnamespace = 'evolve'::regnamespace AND relation.relkind = 'r' AND measured.table_len > 1000000 ORDER BY measured.table_len DESC"
bloated=$(run_sql "SELECT relation.oid::regclass, measured.table_len, measured.dead_tuple_percent, measured.free_percent
    FROM pg_class AS own JOIN pg_class AS relation ON relation.oid IN (own.oid, own.reltoastrelid)
    CROSS JOIN LATERAL pgstattuple(relation.oid) AS measured
    WHERE own.relnamespace = 'evolve'::regnamespace AND own.relkind = 'r' AND measured.table_len > 4 * 1024 * 1024
      AND measured.dead_tuple_percent + measured.free_percent > 50")
is "$bloated" '' 'no table is bloated: of more than 4 MB, at most half is dead or free'
echo "# the database has $(run_sql "SELECT pg_database_size('evolve') / 1024 / 1024") MB, $(run_sql "SELECT count(*) FROM evolve.user_strategies") strategies"
finish
