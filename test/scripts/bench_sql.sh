#!/usr/bin/env bash
# Benchmarks that need a server: backtests end to end in SQL beside a loop written by hand, reading of bars beside
# PostgreSQL's own pass over them, and what the triggers of packed bars cost who writes. Results are compared first.
# Times are the least of several runs in turns, with one thread.
. "$(dirname "$0")/tap.sh"
new_server "shared_buffers = 1GB" "max_parallel_workers_per_gather = 0" "jit = off" "autovacuum = off" "max_wal_size = 16GB"
database bench
cmake -S "$evolve_top" -B "$evolve_build/unit" -G Ninja > /dev/null
cmake --build "$evolve_build/unit" -j2 --target oscillators > /dev/null
hand=$evolve_build/unit/oscillators
chmod 755 "$tap_scratch"
"$hand" "$tap_scratch"

# time_of SETUP SQL: milliseconds of SQL, five times in one session, each after SETUP; the least.
time_of() {
    local arguments=() _
    for _ in 1 2 3 4 5; do arguments+=(-c "$1" -c '\timing on' -c "$2" -c '\timing off'); done
    psql -XqAt -v ON_ERROR_STOP=1 "${arguments[@]}" | sed -n 's/^Time: \([0-9.]*\).*/\1/p' | sort -n | head -n 1
}
least() {
    printf '%s\n' "$@" | sort -n | head -n 1
}
# ratio A B GOAL TEXT: a line of the table.
ratio() {
    awk -v a="$1" -v b="$2" -v goal="$3" -v text="$4" 'BEGIN {
        printf "%-66s %9.1f ms %9.1f ms %6.2f  %s\n", text, a, b, a / b,
               goal == "" ? "" : sprintf("<= %.2f %s", goal, a / b <= goal ? "met" : "MISSED") }'
}

psql -Xq -v ON_ERROR_STOP=1 << SQL
CREATE UNLOGGED TABLE raw (t int, open float8, high float8, low float8, close float8, volume float8);
\copy raw FROM '$tap_scratch/bars.csv' (FORMAT csv)
CREATE TABLE strategies (ordinal int PRIMARY KEY, ruleset jsonb);
\copy strategies FROM '$tap_scratch/rulesets.csv' (FORMAT csv, DELIMITER '|', QUOTE E'\b')
CREATE TABLE hand (ordinal int PRIMARY KEY, final_equity float8, volatility float8, sharpe_ratio float8, sortino_ratio float8, max_drawdown float8, exposure float8, win_rate float8, profit_factor float8, expectancy float8, fees_paid float8, total_trades bigint);
\copy hand FROM '$tap_scratch/hand.csv' (FORMAT csv)
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
SELECT 'BENCH', '1m', '2010-01-01 00:00:00+00'::timestamptz + t * interval '1 minute', open, high, low, close, volume FROM raw ORDER BY t;
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
SELECT 'MILLION', '1m', '2010-01-01 00:00:00+00'::timestamptz + (n * 100000 + t) * interval '1 minute', open, high, low, close, volume
FROM generate_series(0, 9) AS n, raw ORDER BY n, t;
CREATE TABLE results AS SELECT * FROM evolve_backtest_many('{}', 'BENCH', '1m');
VACUUM ANALYZE;
SQL

many="evolve_backtest_many((SELECT array_agg(ruleset ORDER BY ordinal) FROM strategies), 'BENCH', '1m', options => '{\"periods_per_year\": 252, \"metrics\": \"basic\"}')"
settings="SET evolve.max_threads = 1"
write="INSERT INTO results SELECT * FROM $many"
run_sql "$settings" "$write"
metrics="final_equity volatility sharpe_ratio sortino_ratio max_drawdown exposure win_rate profit_factor expectancy fees_paid total_trades"
differences=$(for metric in $metrics; do printf 'abs(ours.%s - hand.%s) / greatest(1, abs(hand.%s)), ' "$metric" "$metric" "$metric"; done)
read -r strategies trades difference <<< "$(run_sql "SELECT count(*) || ' ' || sum(hand.total_trades) || ' '
    || max(greatest(${differences%, })) FROM results AS ours JOIN hand USING (ordinal)")"
echo "compared with the loop by hand: $strategies strategies, $trades trades, greatest difference $difference"
awk -v n="$strategies" -v d="$difference" 'BEGIN { exit !(n == 100 && d <= 1e-9) }' ||
    die "the results differ from those of the loop"

printf '%-66s %12s %12s %6s\n' 'work' 'here' 'beside' 'ratio'
rows='' packs='' loop='' compute=''
for _ in 1 2; do
    run_sql "DELETE FROM evolve.packed_series"
    loop="$loop $("$hand" time 5)"
    rows="$rows $(time_of "$settings; TRUNCATE results" "$write")"
    run_sql "SELECT evolve_pack_bars('BENCH')" > /dev/null
    loop="$loop $("$hand" time 5)"
    packs="$packs $(time_of "$settings; TRUNCATE results" "$write")"
    compute="$compute $(time_of "$settings" "SELECT _evolve_load_bars('BENCH', '1m')")"
done
# shellcheck disable=SC2086 # lists of numbers
{
    loop=$(least $loop)
    ratio "$(least $packs)" "$loop" 1.2 '(d) 100 strategies x 100,000 packed bars, written back; loop alone'
    ratio "$(least $rows)" "$loop" 2.5 '(d) the same from rows'
    echo "    of which reading the packs: $(least $compute) ms"
}

sum="SELECT sum(close) FROM evolve.market_bars WHERE exchange = '' AND symbol = 'MILLION' AND timeframe = '1m'"
load="SELECT _evolve_load_bars('MILLION', '1m')"
[ "$(run_sql "$load")" = 1000000 ] || die "not a million bars"
sums='' rows='' packs=''
for _ in 1 2; do
    run_sql "DELETE FROM evolve.packed_series"
    sums="$sums $(time_of '' "$sum")"
    rows="$rows $(time_of '' "$load")"
    run_sql "SELECT evolve_pack_bars('MILLION')" > /dev/null
    sums="$sums $(time_of '' "$sum")"
    packs="$packs $(time_of '' "$load")"
done
# shellcheck disable=SC2086
{
    ratio "$(least $rows)" "$(least $sums)" 2.0 '(e) 1,000,000 ordered bars into columns, from rows; sum(close)'
    ratio "$(least $packs)" "$(least $sums)" 0.2 '(e) the same from packs'
}

# What the triggers cost. The same COPY and the same single-row INSERTs with and without them.
run_sql "COPY (SELECT * FROM evolve.market_bars WHERE symbol = 'MILLION') TO '/tmp/evolve_bench_bars.$$.copy'"
copy="COPY evolve.market_bars FROM '/tmp/evolve_bench_bars.$$.copy'"
single="DO \$\$ BEGIN FOR i IN 1..20000 LOOP
    INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
    VALUES ('ONE', '1m', '2010-01-01 00:00:00+00'::timestamptz + i * interval '1 minute', 1, 1, 1, 1, 1); END LOOP; END \$\$"
empty="TRUNCATE evolve.market_bars; DELETE FROM evolve.packed_series; DELETE FROM evolve.packed_changes"
packed="$empty; INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('ONE', '1m', '2001-01-01', 1, 1, 1, 1, 1), ('MILLION', '1m', '2001-01-01', 1, 1, 1, 1, 1); SELECT count(*) FROM evolve_pack_bars()"
with='' without='' packed_with='' single_with='' single_without='' single_packed=''
for _ in 1 2; do
    run_sql "ALTER TABLE evolve.market_bars DISABLE TRIGGER USER"
    for trigger in insert update delete; do run_sql "DROP TRIGGER evolve_pack_$trigger ON evolve.market_bars"; done
    without="$without $(time_of "$empty" "$copy")"
    single_without="$single_without $(time_of "$empty" "$single")"
    run_sql "SELECT count(*) FROM evolve_migrate()" > /dev/null
    with="$with $(time_of "$empty" "$copy")"
    packed_with="$packed_with $(time_of "$packed" "$copy")"
    single_with="$single_with $(time_of "$empty" "$single")"
    single_packed="$single_packed $(time_of "$packed" "$single")"
done
rm -f "/tmp/evolve_bench_bars.$$.copy"
# shellcheck disable=SC2086
{
    ratio "$(least $with)" "$(least $without)" '' 'COPY of 1,000,000 bars; without the triggers of packed bars'
    ratio "$(least $packed_with)" "$(least $without)" '' 'the same into a packed series'
    ratio "$(least $single_with)" "$(least $single_without)" '' '20,000 INSERTs of one bar; without the triggers'
    ratio "$(least $single_packed)" "$(least $single_without)" '' 'the same into a packed series'
}
