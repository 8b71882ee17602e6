-- Packed bars show what the rows show, whatever has happened to the rows.
\set QUIET on
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO';
-- What is counted are rows read: by index, also when autovacuum has just looked at the table.
SET enable_seqscan = off;
SELECT test_store_bars('P', 500, '1h', '2015-06-01 00:00:00+00');
SELECT test_store_bars('Q', 200, '1d');

CREATE FUNCTION test_bars_read() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT pg_stat_get_xact_tuples_returned('evolve.market_bars'::regclass) + pg_stat_get_xact_tuples_fetched('evolve.market_bars'::regclass)
         + pg_stat_get_xact_tuples_fetched('evolve.market_bars_pkey'::regclass)
$$;
-- How often what the engine reads and what the table shows differ.
CREATE FUNCTION test_bars_differ(symbol text, timeframe text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM (
        SELECT ts, o.value, h.value, l.value, c.value, v.value
        FROM evolve_series('open', symbol, timeframe) AS o JOIN evolve_series('high', symbol, timeframe) AS h USING (ts)
        JOIN evolve_series('low', symbol, timeframe) AS l USING (ts) JOIN evolve_series('close', symbol, timeframe) AS c USING (ts)
        JOIN evolve_series('volume', symbol, timeframe) AS v USING (ts)) AS ours(ts, open, high, low, close, volume)
    FULL JOIN (SELECT * FROM evolve.market_bars AS bar WHERE bar.symbol = $1 AND bar.timeframe = $2) AS theirs USING (ts)
    WHERE (ours.open, ours.high, ours.low, ours.close, ours.volume)
          IS DISTINCT FROM (theirs.open, theirs.high, theirs.low, theirs.close, theirs.volume)
$$;
-- Where a series is read from, and whether that is right.
CREATE FUNCTION test_read(symbol text DEFAULT 'P', timeframe text DEFAULT '1h') RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    before bigint := test_bars_read();
    bars bigint := _evolve_load_bars(symbol, timeframe);
    rows bigint := test_bars_read() - before;
BEGIN
    RETURN CASE WHEN rows < 10 THEN 'packs' WHEN rows < bars THEN 'packs and rows' ELSE 'rows' END
        || CASE WHEN test_bars_differ(symbol, timeframe) = 0 THEN ', right' ELSE ', WRONG' END;
END
$$;
CREATE VIEW test_packs AS
    SELECT s.symbol, s.timeframe, s.bars, count(*) AS packs, sum(cardinality(p.ts)) AS in_packs, min(p.from_ts) AS from_ts, max(p.to_ts) AS to_ts
    FROM evolve.packed_series AS s JOIN evolve.packed_bars AS p USING (series) GROUP BY s.symbol, s.timeframe, s.bars;

-- Pack, and pack what has changed.
SELECT test_read();
SELECT * FROM evolve_pack_bars('P');
SELECT test_read(), * FROM test_packs;
SELECT * FROM evolve_pack_bars('P', '60m', '');
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
    SELECT 'P', '1h', max(ts) + interval '1 hour', 1, 2, 1, 2, 3 FROM evolve.market_bars WHERE symbol = 'P';
SELECT test_read();
SELECT * FROM evolve_pack_bars('P');
SELECT test_read();
UPDATE evolve.market_bars SET volume = volume + 1 WHERE symbol = 'P' AND ts = '2015-06-10 00:00:00+00';
SELECT test_read();
DELETE FROM evolve.market_bars WHERE symbol = 'P' AND ts BETWEEN '2015-06-03 00:00:00+00' AND '2015-06-11 00:00:00+00';
SELECT test_read();
SELECT * FROM evolve_pack_bars('P');
SELECT test_read(), * FROM test_packs;
-- A whole pack deleted, then filled again; before the first bar; and a change of key.
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
    SELECT 'P', '1h', made.* FROM test_make_bars(700, '1h', '2015-05-20 00:00:00+00', 9) AS made
    ON CONFLICT (exchange, symbol, timeframe, ts) DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close
    WHERE market_bars.ts > '2015-06-12 00:00:00+00';
SELECT test_read();
SELECT packed FROM evolve_pack_bars('P');
SELECT test_read();
UPDATE evolve.market_bars SET ts = ts - interval '10 days' - interval '1 minute' WHERE symbol = 'P' AND ts = (SELECT max(ts) FROM evolve.market_bars WHERE symbol = 'P');
UPDATE evolve.market_bars SET symbol = 'Q', timeframe = '1d' WHERE symbol = 'P' AND ts = '2015-05-22 00:00:00+00';
SELECT test_read(), test_read('Q', '1d');
SELECT symbol, packed FROM evolve_pack_bars() WHERE symbol IN ('P', 'Q');
SELECT test_read(), test_read('Q', '1d');
MERGE INTO evolve.market_bars AS bar USING (VALUES (timestamptz '2015-05-25 00:00:00+00'), ('2015-05-25 00:30:00+00')) AS new(ts)
    ON bar.symbol = 'P' AND bar.ts = new.ts
    WHEN MATCHED THEN DELETE
    WHEN NOT MATCHED THEN INSERT (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('P', '1h', new.ts, 1, 1, 1, 1, 1);
SELECT test_read();
COPY evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) FROM stdin;
P	1h	2015-05-25 00:00:00+00	1	1	1	1	1
P	1h	2016-05-25 00:00:00+00	1	1	1	1	1
Q	1d	2016-05-26 00:00:00+00	1	1	1	1	1
\.
SELECT test_read(), test_read('Q', '1d');
WITH gone AS (DELETE FROM evolve.market_bars WHERE symbol = 'P' AND ts = '2016-05-25 00:00:00+00' RETURNING 1)
    SELECT count(*) FROM gone;
SELECT test_read();
SELECT symbol, packed > 0 AS packed FROM evolve_pack_bars('P');

-- Spans begin and end inside packs.
SELECT bool_and(_evolve_load_bars('P', '1h', f, t) = (SELECT count(*) FROM evolve.market_bars WHERE symbol = 'P' AND timeframe = '1h' AND ts >= f AND ts < t))
FROM generate_series(timestamptz '2015-05-19 00:00:00+00', '2015-06-25 00:00:00+00', interval '31 hours') AS f,
     generate_series(timestamptz '2015-05-19 00:30:00+00', '2015-06-25 00:00:00+00', interval '33 hours') AS t WHERE f <= t;
-- Coarser bars are made of packed ones.
BEGIN;
SELECT test_bars_read() AS before \gset
SELECT _evolve_load_bars('P', '4h') > 100, test_bars_read() - :before < 10 AS no_rows;
COMMIT;

-- In one transaction: savepoints, and reads in the midst of a statement.
BEGIN;
SAVEPOINT a;
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SELECT test_read();
ROLLBACK TO a;
SELECT test_read();
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SAVEPOINT b;
SELECT packed > 0 AS packed FROM evolve_pack_bars('P');
SELECT test_read();
ROLLBACK TO b;
SELECT test_read();
SELECT packed > 0 AS packed FROM evolve_pack_bars('P');
ROLLBACK;
SELECT test_read();
-- Which row comes first is the server's business.
SELECT left(test_error('UPDATE evolve.market_bars SET close = high * 2 WHERE symbol = ''P'''), 60), test_read();
BEGIN;
CREATE TEMP TABLE seen (place text, answer text);
-- A volatile function sees what the statement around it has done so far; triggers of other names fire before and after ours.
CREATE FUNCTION test_look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen VALUES (TG_NAME, test_read());
    RETURN NEW;
END $$;
CREATE TRIGGER a_before BEFORE UPDATE ON evolve.market_bars FOR EACH ROW EXECUTE FUNCTION test_look();
CREATE TRIGGER a_after AFTER UPDATE ON evolve.market_bars FOR EACH STATEMENT EXECUTE FUNCTION test_look();
CREATE TRIGGER z_row AFTER UPDATE ON evolve.market_bars FOR EACH ROW EXECUTE FUNCTION test_look();
CREATE TRIGGER z_after AFTER UPDATE ON evolve.market_bars FOR EACH STATEMENT EXECUTE FUNCTION test_look();
UPDATE evolve.market_bars SET close = low, volume = volume + 1
WHERE symbol = 'P' AND ts IN ('2015-06-02 00:00:00+00', '2015-06-02 01:00:00+00', '2015-06-02 02:00:00+00');
SELECT place, answer, count(*) FROM seen GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;
-- A cursor keeps its snapshot: opened before the change it shows packs, rightly.
BEGIN;
DECLARE early CURSOR FOR SELECT test_bars_differ('P', '1h');
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
FETCH early;
ROLLBACK;

-- Truncated, emptied, rewritten.
BEGIN;
TRUNCATE evolve.market_bars;
SELECT test_error('SELECT _evolve_load_bars(''P'', ''1h'')');
SELECT test_store_bars('P', 300, '1h', '2015-06-01 00:00:00+00', 5);
SELECT test_read();
SELECT packed FROM evolve_pack_bars('P');
SELECT test_read();
-- Within one transaction a second TRUNCATE keeps the file of the table.
TRUNCATE evolve.market_bars;
SELECT test_store_bars('P', 300, '1h', '2015-06-01 00:00:00+00', 6);
SELECT test_read();
ROLLBACK;
SELECT test_read();
BEGIN;
DELETE FROM evolve.market_bars WHERE symbol = 'Q';
SELECT test_error('SELECT _evolve_load_bars(''Q'', ''1d'')');
SELECT count(*) FROM evolve_pack_bars() WHERE symbol = 'Q';
SELECT count(*) FROM test_packs WHERE symbol = 'Q';
ROLLBACK;
BEGIN;
ALTER TABLE evolve.market_bars ALTER COLUMN volume TYPE float8 USING volume * 2;
SELECT test_read();
SELECT packed > 0 AS packed FROM evolve_pack_bars('P');
SELECT test_read();
ROLLBACK;
BEGIN;
ALTER TABLE evolve.market_bars DROP COLUMN volume, ADD COLUMN volume float8 NOT NULL DEFAULT 7;
SELECT test_read();
ROLLBACK;
BEGIN;
ALTER TABLE evolve.market_bars RENAME COLUMN open TO was_open;
ALTER TABLE evolve.market_bars RENAME COLUMN close TO open;
ALTER TABLE evolve.market_bars RENAME COLUMN was_open TO close;
SELECT test_read();
ROLLBACK;
-- Children show in the table.
BEGIN;
CREATE TABLE evolve.more_bars (CHECK (symbol = 'P')) INHERITS (evolve.market_bars);
INSERT INTO evolve.more_bars SELECT * FROM evolve.market_bars WHERE false;
SELECT test_read();
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''P'')');
ROLLBACK;
BEGIN;
ALTER TABLE evolve.market_bars SET UNLOGGED;
SELECT test_read();
ROLLBACK;
SELECT test_read();

-- Triggers that do not fire.
BEGIN;
ALTER TABLE evolve.market_bars DISABLE TRIGGER evolve_pack_update;
SELECT test_read();
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SELECT test_read();
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''P'')');
ALTER TABLE evolve.market_bars ENABLE ALWAYS TRIGGER evolve_pack_update;
SELECT test_read();
SELECT packed > 400 AS all_packed_again FROM evolve_pack_bars('P');
-- The UPDATE of this transaction never told its end, so it goes on with rows.
SELECT test_read();
ROLLBACK;
-- As a data-only restore does it: afterwards no packs are used until evolve_migrate() has tied the triggers again.
BEGIN;
ALTER TABLE evolve.market_bars DISABLE TRIGGER ALL;
DELETE FROM evolve.market_bars WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
ALTER TABLE evolve.market_bars ENABLE TRIGGER ALL;
SELECT test_read();
SELECT count(*) FROM evolve_migrate();
SELECT packed > 400 AS all_packed_again FROM evolve_pack_bars('P');
SELECT test_read();
ROLLBACK;
BEGIN;
DROP TRIGGER evolve_pack_row ON evolve.market_bars;
SELECT test_read();
SELECT count(*) FROM evolve_migrate();
SELECT test_read();
ROLLBACK;
-- Roles of replication: statements in a session that replicates, and set in the midst of a statement.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SELECT test_read();
SELECT count(*) FROM evolve.packed_changes WHERE symbol = 'P';
DELETE FROM evolve.market_bars WHERE symbol = 'P' AND ts = '2015-06-03 00:00:00+00';
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('P', '1h', '2014-01-01', 1, 1, 1, 1, 1);
SELECT test_read();
ROLLBACK;
BEGIN;
UPDATE evolve.market_bars SET close = low, volume = length(set_config('session_replication_role', 'replica', true))
WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SELECT test_read();
ROLLBACK;
-- Without the statement's trigger, as where replication applies changes, the rows' own does it.
BEGIN;
SET LOCAL session_replication_role = replica;
ALTER TABLE evolve.market_bars DISABLE TRIGGER evolve_pack_begin, DISABLE TRIGGER evolve_pack_update, DISABLE TRIGGER evolve_pack_delete, DISABLE TRIGGER evolve_pack_insert;
UPDATE evolve.market_bars SET ts = ts + interval '1 minute' WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
DELETE FROM evolve.market_bars WHERE symbol = 'P' AND ts = '2015-06-03 00:00:00+00';
SELECT first_ts AT TIME ZONE 'UTC', last_ts AT TIME ZONE 'UTC' FROM evolve.packed_changes WHERE symbol = 'P' ORDER BY first_ts;
ROLLBACK;

-- A pack is good only as the row that the packer wrote.
BEGIN;
CREATE TEMP TABLE saved AS SELECT * FROM evolve.packed_bars;
DELETE FROM evolve.packed_bars;
SELECT test_read();
INSERT INTO evolve.packed_bars SELECT * FROM saved;
SELECT test_read();
SELECT packed > 400 AS all_packed_again FROM evolve_pack_bars('P');
SELECT test_read();
ROLLBACK;
-- Nonsense in the table is not read.
BEGIN;
UPDATE evolve.packed_bars SET sealed_by = pg_current_xact_id()::xid, ts = ts[2:];
SELECT test_read();
ROLLBACK;
BEGIN;
UPDATE evolve.packed_bars SET sealed_by = pg_current_xact_id()::xid, open = high, ts = (SELECT array_agg(t ORDER BY t DESC) FROM unnest(ts) AS t);
SELECT test_read();
ROLLBACK;
BEGIN;
UPDATE evolve.packed_bars SET to_ts = to_ts + interval '1 hour' WHERE to_ts < 'infinity';
SELECT test_read();
ROLLBACK;
-- Deleting a series unpacks it.
BEGIN;
DELETE FROM evolve.packed_series WHERE symbol = 'P';
SELECT count(*) FROM test_packs WHERE symbol = 'P';
SELECT test_read();
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SELECT count(*) AS marks FROM evolve.packed_changes WHERE symbol = 'P';
SELECT packed > 400 AS all_packed_again FROM evolve_pack_bars('P');
SELECT test_read();
ROLLBACK;

-- Rights: packs show nothing that the rows do not, writers need none, and row-level security hides what it hides.
BEGIN;
CREATE ROLE test_reader;
GRANT USAGE ON SCHEMA evolve TO test_reader;
GRANT SELECT ON evolve.bar_sources, evolve.packed_series, evolve.packed_bars, evolve.packed_changes TO test_reader;
SET LOCAL ROLE test_reader;
SELECT test_error('SELECT _evolve_load_bars(''P'', ''1h'')');
RESET ROLE;
GRANT SELECT, UPDATE ON evolve.market_bars TO test_reader;
-- Who is under row-level security reads rows, which it filters.
SET LOCAL ROLE test_reader;
SELECT test_read();
RESET ROLE;
ALTER TABLE evolve.market_bars DISABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.packed_series DISABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.packed_bars DISABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.packed_changes DISABLE ROW LEVEL SECURITY;
SET LOCAL ROLE test_reader;
SELECT test_read();
RESET ROLE;
REVOKE SELECT ON evolve.packed_series FROM test_reader;
SET LOCAL ROLE test_reader;
SELECT test_read();
UPDATE evolve.market_bars SET close = low WHERE symbol = 'P' AND ts = '2015-06-02 00:00:00+00';
SELECT test_read(), current_user;
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''P'')');
RESET ROLE;
SELECT test_read();
GRANT SELECT ON evolve.packed_series, test_packs TO test_reader;
ALTER TABLE evolve.market_bars ENABLE ROW LEVEL SECURITY;
DROP POLICY evolve_select ON evolve.market_bars;
CREATE POLICY recent ON evolve.market_bars FOR SELECT TO test_reader USING (ts > '2015-06-05 00:00:00+00');
SET LOCAL ROLE test_reader;
SELECT test_bars_differ('P', '1h'), _evolve_load_bars('P', '1h') < (SELECT bars FROM test_packs WHERE symbol = 'P') AS fewer;
ROLLBACK;

-- Where packing cannot be right it is refused.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''P'')');
ROLLBACK;
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''NONE'')');
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''P'', ''2h'')');
SELECT test_error('SELECT _evolve_bars_changed()');
-- A mapped relation is not packed.
BEGIN;
CREATE VIEW p_bars AS SELECT * FROM evolve.market_bars WHERE symbol = 'P';
INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('P', '1h', 'public.p_bars');
SELECT test_read();
SELECT test_error('SELECT count(*) FROM evolve_pack_bars(''P'')');
ROLLBACK;

-- The cycle packs what it used; the next one reads no rows.
BEGIN;
DELETE FROM evolve.packed_series;
SELECT count(*) FROM evolve_load_strategies('[{"name": "Packed", "ruleset": {"entry": "rsi(close, 3) < 20", "exit": "close > sma(close, 5)", "symbols": ["Q"], "timeframe": "1d"}}]');
SELECT evaluated FROM evolve_cycle(seed => 1);
SELECT symbol, timeframe FROM test_packs;
ANALYZE evolve.market_bars; -- so that the list of series is a few probes of the index
SET LOCAL enable_seqscan = off;
SELECT test_bars_read() AS before \gset
SELECT evaluated > 0 FROM evolve_cycle(seed => 2);
SELECT test_bars_read() - :before < 30 AS no_rows;
DELETE FROM evolve.packed_series;
UPDATE evolve.settings SET value = '0' WHERE name = 'cycle_packs_bars';
SELECT evaluated > 0 FROM evolve_cycle(seed => 3);
SELECT count(*) FROM test_packs;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM evolve_load_strategies('[{"name": "Packed", "ruleset": {"entry": "rsi(close, 3) < 20", "exit": "close > sma(close, 5)", "symbols": ["Q"], "timeframe": "1d"}}]');
SELECT evaluated FROM evolve_cycle(seed => 1);
ROLLBACK;
SELECT test_read(), test_read('Q', '1d');
RESET timezone;
RESET datestyle;
DROP VIEW test_packs;
DELETE FROM evolve.market_bars;
DELETE FROM evolve.packed_series;
DELETE FROM evolve.packed_changes;
