#!/usr/bin/env bash
# Packed bars where bars come in by other ways than statements: logical replication, restored dumps, a standby.
. "$(dirname "$0")/tap.sh"
new_server "wal_level = logical" "max_wal_senders = 5" "max_replication_slots = 5"

prepare() {
    database "$1"
    run_sql "CREATE FUNCTION differ() RETURNS bigint LANGUAGE sql STABLE AS \$\$
                 SELECT count(*) FROM (SELECT ts, c.value, v.value FROM evolve_series('close', 'A') AS c
                                       JOIN evolve_series('volume', 'A') AS v USING (ts)) AS ours(ts, close, volume)
                 FULL JOIN (SELECT ts, close, volume FROM evolve.market_bars) AS theirs USING (ts)
                 WHERE (ours.close, ours.volume) IS DISTINCT FROM (theirs.close, theirs.volume) \$\$" \
        "CREATE FUNCTION bars_read() RETURNS bigint LANGUAGE sql VOLATILE AS \$\$
                 SELECT pg_stat_get_xact_tuples_returned(r) + pg_stat_get_xact_tuples_fetched(r) + pg_stat_get_xact_tuples_fetched('evolve.market_bars_pkey'::regclass)
                 FROM CAST('evolve.market_bars'::regclass AS oid) AS r \$\$" \
        "CREATE FUNCTION read_from() RETURNS text LANGUAGE plpgsql SET enable_seqscan = off AS \$\$
             DECLARE before bigint := bars_read(); bars bigint := _evolve_load_bars('A', '1d'); rows bigint := bars_read() - before;
             BEGIN RETURN CASE WHEN rows < 10 THEN 'packs' WHEN rows < bars THEN 'packs and rows' ELSE 'rows' END; END \$\$"
}
pack() { run_sql "SELECT packed > 0 FROM evolve_pack_bars()"; }

# Logical replication, between two databases of one server.
prepare publisher
make_bars A 800
run_sql "CREATE PUBLICATION bars FOR TABLE evolve.market_bars" \
    "SELECT pg_create_logical_replication_slot('bars', 'pgoutput')" > /dev/null
prepare subscriber
run_sql "CREATE SUBSCRIPTION bars CONNECTION 'host=$PGHOST port=$PGPORT dbname=publisher user=postgres' PUBLICATION bars
         WITH (create_slot = false, slot_name = 'bars')"
wait_for "SELECT count(*) = 800 FROM evolve.market_bars" || die "the bars were not copied"
wait_for "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel" || die "replication did not begin"
is "$(pack)" t 'the subscriber packs'
is "$(run_sql "SELECT read_from()")" packs 'and reads packs'
publish() {
    PGDATABASE=publisher run_sql "$@"
    wait_for "SELECT (SELECT sum(volume) FROM evolve.market_bars) IS NOT DISTINCT FROM $(PGDATABASE=publisher run_sql \
        "SELECT coalesce(sum(volume)::text, 'NULL') FROM evolve.market_bars")" || die "the change did not arrive"
}
for change in "UPDATE evolve.market_bars SET volume = volume + 1 WHERE ts = '2000-03-01 00:00:00+00'" \
    "DELETE FROM evolve.market_bars WHERE ts BETWEEN '2001-01-01' AND '2001-01-05'" \
    "INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('A', '1d', '2010-01-01', 1, 1, 1, 1, 5)" \
    "UPDATE evolve.market_bars SET ts = '2010-01-02', volume = 9 WHERE ts = '2000-02-01 00:00:00+00'"; do
    publish "$change"
    is "$(run_sql "SELECT read_from()") $(run_sql "SELECT differ()")" 'packs and rows 0' "replicated and read rightly: ${change:0:30}"
    pack > /dev/null
done
publish "TRUNCATE evolve.market_bars; INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
         SELECT 'A', '1d', '2010-01-01'::timestamptz + n * interval '1 day', 1, 1, 1, 1, n FROM generate_series(1, 300) AS n"
is "$(run_sql "SELECT read_from()") $(run_sql "SELECT differ()")" 'rows 0' 'TRUNCATE is replicated and read rightly'
is "$(pack)" t 'and packed again'
is "$(run_sql "SELECT read_from()") $(run_sql "SELECT differ()")" 'packs 0' 'and read from packs'
run_sql "ALTER SUBSCRIPTION bars DISABLE" "ALTER SUBSCRIPTION bars SET (slot_name = NONE)" "DROP SUBSCRIPTION bars"

# A dump restored: its packs belong to another database. Parts of it restored into the same one: they are copies.
pg_dump -Fc -f "$tap_scratch/bars.dump"
psql -Xq -d postgres -c "CREATE DATABASE restored"
pg_restore -d restored "$tap_scratch/bars.dump"
is "$(PGDATABASE=restored run_sql "SELECT count(*) > 0, read_from() FROM evolve.packed_bars")" 't|rows' 'restored packs are there and not read'
is "$(PGDATABASE=restored pack)" t 'and made again'
is "$(PGDATABASE=restored run_sql "SELECT read_from()") $(PGDATABASE=restored run_sql "SELECT differ()")" 'packs 0' 'and then read'
run_sql "UPDATE evolve.market_bars SET volume = volume + 1"
run_sql "DELETE FROM evolve.packed_series"
run_sql "DELETE FROM evolve.packed_changes"
pg_restore --data-only --disable-triggers -t packed_series -t packed_bars -d subscriber "$tap_scratch/bars.dump"
is "$(run_sql "SELECT count(*) > 0, read_from() FROM evolve.packed_bars")" 't|rows' 'old packs restored beside newer bars are not read'
is "$(run_sql "SELECT differ()")" 0 'nothing differs'
pack > /dev/null
is "$(run_sql "SELECT read_from()")" packs 'packed again'
run_sql "TRUNCATE evolve.market_bars"
pg_restore --data-only --disable-triggers -t market_bars -d subscriber "$tap_scratch/bars.dump"
is "$(run_sql "SELECT read_from()") $(run_sql "SELECT differ()")" 'rows 0' 'bars restored with the triggers off are read from rows'
like "$(run_sql "SELECT count(*) FROM evolve_pack_bars()" 2>&1)" 'PE010.*triggers' 'packing says that the triggers are not as they must be'
run_sql "SELECT count(*) FROM evolve_migrate()" > /dev/null
is "$(pack)" t 'after evolve_migrate() they are'
is "$(run_sql "SELECT read_from()") $(run_sql "SELECT differ()")" 'packs 0' 'and packs are read'
psql -Xq -d postgres -c "CREATE DATABASE copied TEMPLATE subscriber"
is "$(PGDATABASE=copied run_sql "SELECT read_from()")" rows 'a copied database reads rows'

# A standby reads packs, and what is changed under it from rows.
standby=$(run_dir)/check/${tap_script}_standby
server_remove check "${tap_script}_standby"
mkdir -p "$standby" && chown "$(server_user)" "$standby"
as_server "$(pg_bin pg_basebackup)" -h "$PGHOST" -p "$PGPORT" -U postgres -D "$standby/data" -R -c fast
make_socket_dir "$standby"
echo "unix_socket_directories = '$(readlink -f "$standby/sock")'" >> "$standby/data/postgresql.conf"
as_server "$(pg_bin pg_ctl)" -D "$standby/data" -l "$standby/data/log" -w start > /dev/null
on_standby() { PGHOST=$(readlink -f "$standby/sock") run_sql "$@"; }
is "$(on_standby "SELECT pg_is_in_recovery(), read_from(), differ()")" 't|packs|0' 'a standby reads packs'
run_sql "UPDATE evolve.market_bars SET volume = 77 WHERE ts = '2010-01-10 00:00:00+00'"
primary_host=$PGHOST
PGHOST=$(readlink -f "$standby/sock")
wait_for "SELECT EXISTS (SELECT FROM evolve.market_bars WHERE volume = 77)" || die "the standby does not follow"
PGHOST=$primary_host
is "$(on_standby "SELECT read_from(), differ()")" 'packs and rows|0' 'a change arrives with its mark'
server_remove check "${tap_script}_standby"
finish
