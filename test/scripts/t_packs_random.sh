#!/usr/bin/env bash
# Sessions at random: they change bars in every way, pack, unpack, and compare what the engine reads with what the table
# shows, in transactions of every kind. One difference in any snapshot ends it.
. "$(dirname "$0")/tap.sh"
new_server "autovacuum_naptime = 1s" "log_min_error_statement = panic"
database evolve

# A statement that waited for TRUNCATE may find the table empty; then there is no series either.
run_sql "CREATE FUNCTION differ(symbol text) RETURNS bigint LANGUAGE sql STABLE AS \$\$
             SELECT CASE WHEN NOT EXISTS (SELECT FROM evolve.market_bars AS bar WHERE bar.symbol = \$1) THEN 0 ELSE (
             SELECT count(*) FROM (SELECT ts, c.value, v.value FROM evolve_series('close', symbol, '1h') AS c
                                   JOIN evolve_series('volume', symbol, '1h') AS v USING (ts)) AS ours(ts, close, volume)
             FULL JOIN (SELECT ts, close, volume FROM evolve.market_bars AS bar WHERE bar.symbol = \$1) AS theirs USING (ts)
             WHERE (ours.close, ours.volume) IS DISTINCT FROM (theirs.close, theirs.volume)) END \$\$" \
    "CREATE FUNCTION compare(symbol text) RETURNS void LANGUAGE plpgsql AS \$\$
         DECLARE different bigint := differ(symbol);
         BEGIN
             IF different > 0 THEN
                 RAISE EXCEPTION 'packs are stale: % bars of %', different, symbol;
             END IF;
         END \$\$" \
    "CREATE FUNCTION hour_of(n int) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS \$\$
         SELECT '2020-01-01 00:00:00+00'::timestamptz + n * interval '1 hour' \$\$" \
    "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
         SELECT symbol, '1h', hour_of(n), 10, 11, 9, 10, 0 FROM generate_series(-1, 1000) AS n, (VALUES ('S1'), ('S2'), ('S3')) AS s(symbol)" \
    "SELECT * FROM evolve_pack_bars('S1')" > /dev/null

# Bar -1 stays, so that the series is always there.
step() {
    cat > "$tap_scratch/$1.sql"
    chmod 644 "$tap_scratch/$1.sql"
}
variables='\set s random(1, 3)
\set n random(0, 1000)
\set m random(0, 200)
\set v random(1, 1000000)'
insert="INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) SELECT 'S' || :s, '1h', hour_of(n), 10, 11, 9, 10, :v FROM generate_series(:n, :n + :m) AS n ON CONFLICT"
update="UPDATE evolve.market_bars SET volume = :v WHERE symbol = 'S' || :s AND ts IN (hour_of(:n), hour_of(:n + :m))"
delete="DELETE FROM evolve.market_bars WHERE symbol = 'S' || :s AND ts BETWEEN hour_of(:n) AND hour_of(:n + :m)"
compare="SELECT compare('S' || :s);"
step insert <<< "$variables
$insert DO NOTHING;"
step upsert <<< "$variables
$insert (exchange, symbol, timeframe, ts) DO UPDATE SET volume = excluded.volume;"
step update <<< "$variables
$update;"
step delete <<< "$variables
$delete;"
step move <<< "$variables
UPDATE evolve.market_bars SET symbol = 'S' || (1 + :s % 3) WHERE symbol = 'S' || :s AND ts BETWEEN hour_of(:n) AND hour_of(:n + 5)
AND NOT EXISTS (SELECT FROM evolve.market_bars AS other WHERE other.symbol = 'S' || (1 + :s % 3) AND other.ts BETWEEN hour_of(:n) AND hour_of(:n + 5));"
step long <<< "$variables
BEGIN;
$update;
SELECT pg_sleep(:m / 20000.0);
$delete;
$compare
COMMIT;"
step undone <<< "$variables
BEGIN;
SAVEPOINT a;
$delete;
$compare
ROLLBACK TO a;
$compare
$update;
$compare
ROLLBACK;"
step strict <<< "$variables
BEGIN ISOLATION LEVEL REPEATABLE READ;
$compare
SELECT pg_sleep(:m / 10000.0);
$compare
$update;
$compare
COMMIT;"
step serial <<< "$variables
BEGIN ISOLATION LEVEL SERIALIZABLE;
$compare
$update;
COMMIT;"
step truncate <<< "$variables
BEGIN;
TRUNCATE evolve.market_bars;
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
SELECT symbol, '1h', hour_of(n), 10, 11, 9, 10, :v FROM generate_series(-1, :n) AS n, (VALUES ('S1'), ('S2'), ('S3')) AS s(symbol);
$compare
COMMIT;"
step compare <<< "$variables
$compare"
step pack <<< "$variables
SELECT count(*) FROM evolve_pack_bars('S' || :s);"
step packing <<< "$variables
BEGIN;
SELECT count(*) FROM evolve_pack_bars('S' || :s);
SELECT pg_sleep(:m / 20000.0);
$compare
COMMIT;"
step packed_and_changed <<< "$variables
BEGIN;
$update;
SELECT count(*) FROM evolve_pack_bars('S' || :s);
$compare
$delete;
$compare
COMMIT;"
step unpack <<< "$variables
DELETE FROM evolve.packed_series WHERE symbol = 'S' || :s;"
step replica <<< "$variables
BEGIN;
SET LOCAL session_replication_role = replica;
$update;
$delete;
$compare
COMMIT;"
step disabled <<< "$variables
BEGIN;
ALTER TABLE evolve.market_bars DISABLE TRIGGER USER;
$update;
ALTER TABLE evolve.market_bars ENABLE TRIGGER USER;
SELECT count(*) FROM evolve_migrate();
COMMIT;"

# Deadlocks and failures to serialise are part of the game and tried again; anything else ends a client and the test.
seconds=${PACKS_RANDOM_SECONDS:-12}
ok "eight sessions at random for $seconds seconds see no difference (seed ${PACKS_RANDOM_SEED:=$(date +%s)})" \
    pgbench -n -c 8 -j 2 -T "$seconds" --random-seed="$PACKS_RANDOM_SEED" --max-tries=0 --failures-detailed -r \
    -f "$tap_scratch/insert.sql@6" -f "$tap_scratch/upsert.sql@4" -f "$tap_scratch/update.sql@6" -f "$tap_scratch/delete.sql@4" \
    -f "$tap_scratch/move.sql@3" -f "$tap_scratch/long.sql@3" -f "$tap_scratch/undone.sql@3" -f "$tap_scratch/strict.sql@6" \
    -f "$tap_scratch/serial.sql@2" -f "$tap_scratch/truncate.sql@1" -f "$tap_scratch/compare.sql@8" -f "$tap_scratch/pack.sql@6" \
    -f "$tap_scratch/packing.sql@4" -f "$tap_scratch/packed_and_changed.sql@3" -f "$tap_scratch/unpack.sql@1" \
    -f "$tap_scratch/replica.sql@1" -f "$tap_scratch/disabled.sql@1"
cp "$tap_scratch/ok" "$tap_scratch/pgbench"
like "$(sed -n 's/.*number of transactions actually processed: //p' "$tap_scratch/pgbench")" '^[0-9]{3,}' 'many transactions ran'
run_sql "SELECT count(*) FROM evolve_pack_bars()" > /dev/null
is "$(run_sql "SELECT differ('S1') + differ('S2') + differ('S3')")" 0 'all packed in the end, nothing differs'
is "$(run_sql "SELECT count(*) FROM evolve.packed_changes")" 0 'and no mark is left'
grep -m 2 -E 'transactions actually processed|transactions retried' "$tap_scratch/pgbench" | sed 's/^/# /'
finish
