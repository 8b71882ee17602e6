#!/usr/bin/env bash
# Reading a million ordered bars costs little more than PostgreSQL's own pass over them, and a fifth of it from packs.
# How machines compare in this differs, and others may be at work on them: the test fails only where a figure is far from
# its goal, the benchmarks print both.
# runs alone, because it measures time.
. "$(dirname "$0")/tap.sh"
new_server "shared_buffers = 1GB" "max_parallel_workers_per_gather = 0" "jit = off"
database evolve

run_sql "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
         SELECT 'MILLION', '1m', '2010-01-01 00:00:00+00'::timestamptz + i * interval '1 minute', c, c + 0.1, c - 0.1, c, i % 1000
         FROM (SELECT i, 100 + 20 * sin(i / 40000.0) AS c FROM generate_series(1, 1000000) AS i) AS made" \
    "VACUUM ANALYZE evolve.market_bars"
is "$(run_sql "SELECT _evolve_load_bars('MILLION', '1m')")" 1000000 'a million bars are read'

# best_of SQL: the least milliseconds of seven runs in one session.
best_of() {
    local arguments=(-c '\timing on') _
    for _ in 1 2 3 4 5 6 7; do arguments+=(-c "$1"); done
    psql -XqAt "${arguments[@]}" | sed -n 's/^Time: \([0-9]*\).*/\1/p' | sort -n | head -n 1
}
plain=$(best_of "SELECT sum(close) FROM evolve.market_bars WHERE exchange = '' AND symbol = 'MILLION' AND timeframe = '1m'")
ours=$(best_of "SELECT _evolve_load_bars('MILLION', '1m')")
is "$(run_sql "SELECT packed FROM evolve_pack_bars('MILLION')")" 1000000 'and packed'
packed=$(best_of "SELECT _evolve_load_bars('MILLION', '1m')")
# goal WHAT FIGURE GOAL LIMIT: parts of the time that PostgreSQL's own pass takes, in percent.
goal() {
    local percent=$(($2 * 100 / plain))
    echo "# $1: $2 ms beside $plain ms, $percent % (<= $3 % $([ "$percent" -le "$3" ] && echo met || echo MISSED))"
    ok "$1 take at most $4 % of SELECT sum(close) over the same rows ($percent %)" test "$percent" -le "$4"
}
goal '1,000,000 bars from rows' "$ours" 200 400
goal '1,000,000 bars from packs' "$packed" 20 60
finish
