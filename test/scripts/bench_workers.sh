#!/usr/bin/env bash
# What the launcher and its workers cost while nothing is due: processor seconds an hour, for one database.
# BENCH_SECONDS=N: measured for so long.
. "$(dirname "$0")/tap.sh"
seconds=${BENCH_SECONDS:-60}
new_server "shared_preload_libraries = '$(library_name)'" "evolve.databases = 'idle'" "evolve.worker_role = 'evolver'" "autovacuum = off"
database idle
run_sql "CREATE ROLE evolver LOGIN" "SELECT count(*) FROM evolve_grant('evolver', 'operator')" "UPDATE evolve.jobs SET every = '1000 days', created_at = now()" > /dev/null
postmaster=$(head -n 1 "$(run_dir)/check/$tap_script/data/postmaster.pid")
ticks=$(getconf CLK_TCK)

# Processor ticks of the processes that have ended, and of the launcher.
ended() { awk '{ print $16 + $17 }' "/proc/$postmaster/stat"; }
launcher() { awk '{ print $14 + $15 }' "/proc/$(pgrep -P "$postmaster" -f 'pg_evolve launcher')/stat"; }
for naptime in 10 1; do
    run_sql "ALTER SYSTEM SET evolve.naptime = $naptime" "SELECT pg_reload_conf()" > /dev/null
    sleep 3
    ended_before=$(ended) launcher_before=$(launcher)
    sleep "$seconds"
    awk -v ended="$(($(ended) - ended_before))" -v launcher="$(($(launcher) - launcher_before))" -v ticks="$ticks" -v s="$seconds" -v nap="$naptime" 'BEGIN {
        printf "a look each %2d s: %.1f processor seconds an hour (launcher %.1f, workers %.1f)\n",
            nap, (ended + launcher) / ticks / s * 3600, launcher / ticks / s * 3600, ended / ticks / s * 3600 }'
done
