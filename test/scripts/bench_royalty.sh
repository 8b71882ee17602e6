#!/usr/bin/env bash
# Benchmarks of lineage and royalties: a family of a million edges, and settlements beside a bare INSERT of two rows.
. "$(dirname "$0")/tap.sh"
new_server "shared_buffers = 1GB" "max_wal_size = 16GB" "jit = off" "autovacuum = off"
database bench
children=${BENCH_CHILDREN:-500000} uploaders=${BENCH_UPLOADERS:-20}

# time_of SQL: milliseconds, the least of five.
time_of() {
    local arguments=() _
    for _ in 1 2 3 4 5; do arguments+=(-c '\timing on' -c "$1" -c '\timing off'); done
    psql -XqAt -v ON_ERROR_STOP=1 "${arguments[@]}" | sed -n 's/^Time: \([0-9.]*\).*/\1/p' | sort -n | head -n 1
}
# goal FIGURE UNIT GOAL TEXT
goal() {
    awk -v a="$1" -v unit="$2" -v goal="$3" -v text="$4" 'BEGIN {
        printf "%-72s %10.3f %-3s  <= %s %s\n", text, a, unit, goal, (a <= goal ? "met" : "MISSED") }'
}

# Two parents a child, chosen among the 2,000 before it: some 500 generations. BENCH_CHILDREN and
# BENCH_UPLOADERS say how many strategies and people.
run_sql "CREATE FUNCTION s(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS \$\$ SELECT md5('strategy ' || n)::uuid \$\$" \
    "CREATE UNLOGGED TABLE family (n int PRIMARY KEY, id uuid, parent_1 int, parent_2 int, generation int)" \
    "SELECT setseed(0.5)" \
    "DO \$\$
     DECLARE generations int[] := array_fill(0, ARRAY[1000]); a int; b int;
     BEGIN
         FOR n IN 1001..$children + 1000 LOOP
             a := greatest(1, n - 1 - trunc(random() * 2000)::int); b := greatest(1, n - 1 - trunc(random() * 2000)::int);
             IF a = b THEN b := CASE a WHEN 1 THEN 2 ELSE a - 1 END; END IF;
             generations[n] := 1 + greatest(generations[a], generations[b]);
             INSERT INTO family VALUES (n, s(n), a, b, generations[n]);
         END LOOP;
     END \$\$" > /dev/null
run_sql "BEGIN; SET LOCAL session_replication_role = replica;
         INSERT INTO evolve.user_strategies (id, user_id, name, ruleset, fingerprint)
             SELECT s(n), md5('user ' || n % $uploaders)::uuid, 'S' || n, '{\"entry\": \"close > open\", \"exit\": \"close < open\"}', repeat('0', 64)
             FROM generate_series(1, $children + 1000) AS n;
         INSERT INTO evolve.strategy_generations SELECT s(n), 0 FROM generate_series(1, 1000) AS n UNION ALL SELECT s(n), generation FROM family;
         INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, parent_generation, child_generation, mutation_type, royalty_percent_parent, royalty_percent_child)
             SELECT s(parent), s(family.n), coalesce(above.generation, 0), family.generation, 'crossover', 95, 5
             FROM family CROSS JOIN LATERAL (VALUES (parent_1), (parent_2)) AS edge(parent) LEFT JOIN family AS above ON above.n = parent ORDER BY family.n;
         COMMIT" "VACUUM ANALYZE"
run_sql "DELETE FROM evolve.strategy_shares"
start=$(date +%s.%N)
# The processor's time as well: what else the machine does is not in it.
processor=$(psql -XqAt -v ON_ERROR_STOP=1 << 'SQL'
SELECT pg_backend_pid() AS backend \gset
\setenv BACKEND :backend
SELECT _evolve_derive_shares('owner', children) FROM (SELECT generation, array_agg(id) AS children FROM family GROUP BY generation) AS one ORDER BY generation \g /dev/null
\! cut -d ' ' -f 1 /proc/$BACKEND/schedstat
SQL
)
derived=$(awk -v a="$start" -v b="$(date +%s.%N)" -v n="$children" 'BEGIN { print (b - a) / n * 1e6 }')
run_sql "VACUUM ANALYZE"
read -r edges depth owners <<< "$(run_sql "SELECT (SELECT count(*) FROM evolve.strategy_lineage) || ' ' || (SELECT max(generation) FROM evolve.strategy_generations)
    || ' ' || (SELECT max(length(content) / 24) FROM evolve.share_sets)")"
echo "$edges edges, $depth generations, up to $owners people in a share set"
last=$((children + 1000))
goal "$(time_of "SELECT count(*) FROM evolve_ancestors(s($last), 3)")" ms 2 'ancestors, three generations'
echo "all $(run_sql "SELECT count(*) FROM evolve_ancestors(s($last))") ancestors, as a call: $(time_of "SELECT count(*) FROM evolve_ancestors(s($last))") ms (in memory: core_bench)"
lookup="SELECT length(content) FROM evolve.strategy_shares JOIN evolve.share_sets USING (share_set_id) WHERE strategy_id = s(%s) AND share_rule = 'owner'"
# shellcheck disable=SC2059 # the place of the strategy
goal "$(time_of "$(printf "$lookup" "$last")")" ms 0.2 'share lookup, one statement of psql'
goal "$derived" us 50 'birth: shares of a child, derived and stored in bulk, a child'
echo "of which processor time: $(awk -v t="$processor" -v n="$children" 'BEGIN { printf "%.1f", t / n / 1000 }') us"
run_sql "CREATE UNLOGGED TABLE parents AS SELECT content FROM evolve.share_sets ORDER BY length(content) DESC LIMIT 2"
per_call=$(time_of "SELECT count(_evolve_child_shares('owner', s(n), 500, contents, '{1,1}', ARRAY[s(1), s(1)], '{NULL,NULL}')) FROM generate_series(1, 10000) AS n, (SELECT array_agg(content) AS contents FROM parents) AS p")
goal "$(awk -v t="$per_call" 'BEGIN { print t / 10 }')" us 50 "birth: shares from two sets of the largest size, the computation alone"

# --- Settlements a second beside a bare transaction of two rows. ------------------------------------------------------------
run_sql "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, trade text NOT NULL, person uuid NOT NULL, amount numeric NOT NULL)" \
    "CREATE SEQUENCE trades"
cat > "$tap_scratch/bare.sql" << 'SQL'
INSERT INTO bare (trade, person, amount) VALUES ('T' || nextval('trades'), md5('a')::uuid, 4.75), ('T' || currval('trades'), md5('b')::uuid, -4.75);
SQL
cat > "$tap_scratch/settle.sql" << 'SQL'
SELECT evolve_settle_trade('T' || nextval('trades'), s(7), 100, 'USD', md5('t')::uuid, '2024-01-01');
SQL
postmaster=$(head -n 1 "$(run_dir)/check/$tap_script/data/postmaster.pid")
# Processor time of the sessions that have ended, in hundredths of a second.
sessions_time() { sed 's/.*) //' "/proc/$postmaster/stat" | awk '{ print $14 + $15 }'; }
# run_clients CLIENTS FILE: transactions a second, and microseconds of processor time of one, in the session and its client.
run_clients() {
    local before tps count
    before=$(sessions_time)
    TIMEFORMAT='%U %S'
    { time "$(pg_bin pgbench)" -n -c "$1" -j 2 -T 4 -M prepared -f "$2" bench > "$tap_scratch/pgbench" 2> /dev/null; } 2> "$tap_scratch/client_time"
    wait_for "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgbench')"
    sleep 0.3
    tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$tap_scratch/pgbench")
    count=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$tap_scratch/pgbench")
    awk -v tps="$tps" -v count="$count" -v sessions="$(($(sessions_time) - before))" \
        '{ print tps, ($1 + $2 + sessions / 100) / count * 1e6 }' "$tap_scratch/client_time"
}
# beside CLIENTS TEXT: five rounds, the two by turns, so that both have the same of a busy machine; the middle ratio counts.
beside() {
    local _
    for _ in 1 2 3 4 5; do
        echo "$(run_clients "$1" "$tap_scratch/bare.sql") $(run_clients "$1" "$tap_scratch/settle.sql")"
    done > "$tap_scratch/rounds"
    middle "$2" 'a second' 3 1 1 < "$tap_scratch/rounds"
    middle "$2: by processor time" 'us each' 4 2 -1 < "$tap_scratch/rounds"
}
# middle TEXT UNIT SETTLEMENT BARE SIGN: the middle of the ratios of two columns; -1: less is better.
middle() {
    awk -v settle="$3" -v bare="$4" -v sign="$5" '{ printf "%.4f %.1f %.1f\n", ($settle / $bare) ^ sign, $settle, $bare }' | sort -n |
        awk -v text="$1" -v unit="$2" '
            { ratio[NR] = $1; settle[NR] = $2; bare[NR] = $3 }
            END {
                middle = int((NR + 1) / 2)
                met = (ratio[middle] >= 0.5) ? "met" : "MISSED"
                printf "%-72s %10.2f      >= 0.5 %s (%.0f and %.0f %s; %d rounds: %.2f to %.2f)\n", text, ratio[middle],
                    met, settle[middle], bare[middle], unit, NR, ratio[1], ratio[NR] }'
}
# As PostgreSQL is set by default: a commit is on disk. What the disk can do bounds both.
run_sql "ALTER SYSTEM SET fsync = on" "SELECT pg_reload_conf()" > /dev/null
wait_for "SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') = 'on'"
beside 32 'settlements beside bare transactions, durable, 32 sessions'
run_sql "ALTER SYSTEM SET fsync = off" "SELECT pg_reload_conf()" > /dev/null
wait_for "SELECT current_setting('fsync') = 'off'"
beside 8 'the same without waiting for the disk, 8 sessions'
