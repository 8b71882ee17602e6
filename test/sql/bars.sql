-- The store of bars: no bad bar passes, mapped relations, resampling.
SET timezone TO 'UTC';
SET datestyle TO 'ISO';
\set ON_ERROR_ROLLBACK on
BEGIN;

-- A good bar, then every kind of bad one.
CREATE FUNCTION pg_temp.put(ts text, o text, h text, l text, c text, v text, symbol text DEFAULT 'X', timeframe text DEFAULT '1d')
RETURNS text LANGUAGE sql AS $$
    SELECT split_part(test_error(format('INSERT INTO evolve.market_bars VALUES ('''', %L, %L, %L, %L, %L, %L, %L, %L)',
                                        symbol, timeframe, ts, o, h, l, c, v)), ' | ', 1)
$$;
SELECT what, pg_temp.put(ts, o, h, l, c, v, symbol, timeframe) AS result FROM (VALUES
    (1, 'good', '2020-01-01', '10', '12', '9', '11', '100', 'X', '1d'),
    (2, 'good: all prices equal, no volume', '2020-01-02', '10', '10', '10', '10', '0', 'X', '1d'),
    (3, 'good: smallest and largest', '2020-01-03', '1e-300', '1e15', '1e-300', '1e15', '1e18', 'X', '1d'),
    (4, 'duplicate key', '2020-01-01', '10', '12', '9', '11', '100', 'X', '1d'),
    (5, 'NaN open', '2020-02-01', 'NaN', '12', '9', '11', '100', 'X', '1d'),
    (6, 'NaN high', '2020-02-01', '10', 'NaN', '9', '11', '100', 'X', '1d'),
    (7, 'NaN low', '2020-02-01', '10', '12', 'NaN', '11', '100', 'X', '1d'),
    (8, 'NaN close', '2020-02-01', '10', '12', '9', 'NaN', '100', 'X', '1d'),
    (9, 'NaN volume', '2020-02-01', '10', '12', '9', '11', 'NaN', 'X', '1d'),
    (10, 'NaN everywhere', '2020-02-01', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'X', '1d'),
    (11, 'infinite open', '2020-02-01', 'Infinity', '12', '9', '11', '100', 'X', '1d'),
    (12, 'infinite high', '2020-02-01', '10', 'Infinity', '9', '11', '100', 'X', '1d'),
    (13, 'infinite prices', '2020-02-01', 'Infinity', 'Infinity', 'Infinity', 'Infinity', '100', 'X', '1d'),
    (14, 'minus infinite low', '2020-02-01', '10', '12', '-Infinity', '11', '100', 'X', '1d'),
    (15, 'infinite volume', '2020-02-01', '10', '12', '9', '11', 'Infinity', 'X', '1d'),
    (16, 'high under low', '2020-02-01', '10', '8', '9', '10', '100', 'X', '1d'),
    (17, 'high under open', '2020-02-01', '13', '12', '9', '11', '100', 'X', '1d'),
    (18, 'high under close', '2020-02-01', '10', '12', '9', '12.01', '100', 'X', '1d'),
    (19, 'low over open', '2020-02-01', '8.99', '12', '9', '11', '100', 'X', '1d'),
    (20, 'low over close', '2020-02-01', '10', '12', '9', '8.99', '100', 'X', '1d'),
    (21, 'zero low', '2020-02-01', '10', '12', '0', '11', '100', 'X', '1d'),
    (22, 'minus zero', '2020-02-01', '10', '12', '-0', '11', '100', 'X', '1d'),
    (23, 'negative prices', '2020-02-01', '-10', '-9', '-12', '-11', '100', 'X', '1d'),
    (24, 'negative volume', '2020-02-01', '10', '12', '9', '11', '-1', 'X', '1d'),
    (25, 'price too large', '2020-02-01', '10', '1.1e15', '9', '11', '100', 'X', '1d'),
    (26, 'volume too large', '2020-02-01', '10', '12', '9', '11', '1.1e18', 'X', '1d'),
    (27, 'infinite time', 'infinity', '10', '12', '9', '11', '100', 'X', '1d'),
    (28, 'minus infinite time', '-infinity', '10', '12', '9', '11', '100', 'X', '1d'),
    (29, 'time before 1900', '1899-12-31 23:59:59+00', '10', '12', '9', '11', '100', 'X', '1d'),
    (30, 'time after 2200', '2201-01-01 00:00:00+00', '10', '12', '9', '11', '100', 'X', '1d'),
    (31, 'unknown timeframe', '2020-02-01', '10', '12', '9', '11', '100', 'X', '2d'),
    (32, 'timeframe in capitals', '2020-02-01', '10', '12', '9', '11', '100', 'X', '1D'),
    (33, 'empty symbol', '2020-02-01', '10', '12', '9', '11', '100', '', '1d'),
    (34, 'symbol too long', '2020-02-01', '10', '12', '9', '11', '100', repeat('x', 65), '1d'),
    (35, 'NULL price', '2020-02-01', NULL, '12', '9', '11', '100', 'X', '1d'),
    (36, 'NULL time', NULL, '10', '12', '9', '11', '100', 'X', '1d'),
    (37, 'no number', '2020-02-01', 'ten', '12', '9', '11', '100', 'X', '1d')
) AS attempts(n, what, ts, o, h, l, c, v, symbol, timeframe) ORDER BY n;
SELECT count(*) AS stored FROM evolve.market_bars;
-- An UPDATE meets the same door.
SELECT split_part(test_error($$UPDATE evolve.market_bars SET close = 'NaN' WHERE ts = '2020-01-01'$$), ' | ', 1);
SELECT split_part(test_error($$UPDATE evolve.market_bars SET high = low - 1 WHERE ts = '2020-01-01'$$), ' | ', 1);
DELETE FROM evolve.market_bars;

-- COPY fills the store; a bad line stores nothing at all.
COPY evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) FROM stdin WITH (FORMAT csv);
COPIED,1h,2020-01-01T00:00:00Z,1,2,0.5,1.5,10
COPIED,1h,2020-01-01T01:00:00Z,1.5,2,1,1.25,0
COPIED,1h,2020-01-01T02:00:00Z,1.25,3,1.25,3,7.5
\.
SELECT symbol, ts, open, high, low, close, volume FROM evolve.market_bars ORDER BY ts;
COPY evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) FROM stdin WITH (FORMAT csv);
COPIED,1h,2020-01-01T03:00:00Z,1,2,0.5,1.5,10
COPIED,1h,2020-01-01T04:00:00Z,1,2,0.5,nan,10
\.
SELECT count(*) FROM evolve.market_bars;
DELETE FROM evolve.market_bars;

-- The list of series has one row each, whatever their number of bars.
SELECT count(*) FROM evolve.series;
SELECT test_store_bars('AAA', 30), test_store_bars('BBB', 20), test_store_bars('BBB', 48, '1h');
SELECT symbol, timeframe, first_ts, last_ts, source FROM evolve.series ORDER BY symbol, timeframe;

-- A bar of another relation is read through evolve.bar_sources: odd names are quoted, other types cast.
CREATE SCHEMA "Odd ""Schema""";
CREATE TABLE "Odd ""Schema""".raw ("Time" timestamp, "o pen" numeric, "h""igh" real, low text, "select" float8, "Ticker" text);
INSERT INTO "Odd ""Schema""".raw
SELECT ts AT TIME ZONE 'UTC', open, high + 1, low::text, close, 'x''y' FROM evolve.market_bars WHERE symbol = 'AAA';
INSERT INTO "Odd ""Schema""".raw SELECT "Time", 1, 1, '1', 1, 'other' FROM "Odd ""Schema""".raw;
CREATE VIEW "Odd ""Schema"""."The; View" AS SELECT "Time", "o pen", "h""igh", low::numeric, "select", "Ticker" FROM "Odd ""Schema""".raw;
INSERT INTO evolve.bar_sources VALUES
    ('', 'MAPPED', '1d', '"Odd ""Schema"""."The; View"', 'Time', 'o pen', 'h"igh', 'low', 'select', NULL, 'Ticker', 'x''y');
SELECT symbol, timeframe, first_ts, last_ts, source FROM evolve.series ORDER BY symbol, timeframe;
SELECT count(*) AS bars, bool_and(mapped.value = stored.close) AS same_closes
FROM evolve_series('close', 'MAPPED') AS mapped
JOIN evolve.market_bars AS stored ON stored.symbol = 'AAA' AND stored.ts = mapped.ts;
SELECT sum(value) AS volume FROM evolve_series('volume', 'MAPPED');
-- The span is passed on to the relation.
SELECT min(ts), max(ts), count(*) FROM evolve_series('close', 'MAPPED', "from" => '2010-01-06', "to" => '2010-01-13');
-- A time without a zone is UTC, whatever the session's zone.
SET timezone TO 'America/New_York';
SELECT min(ts) AT TIME ZONE 'UTC' AS first, max(ts) AT TIME ZONE 'UTC' AS last, count(*) FROM evolve_series('close', 'MAPPED', "from" => '2010-01-06 00:00:00+00', "to" => '2010-01-13 00:00:00+00');
SELECT count(*) AS weeks FROM evolve_series('close', 'MAPPED', '1w');
SET timezone TO 'UTC';
-- It is resampled like any other.
SELECT count(*) AS weeks FROM evolve_series('close', 'MAPPED', '1w');
-- A mapping comes before bars of the same name and timeframe.
INSERT INTO evolve.bar_sources VALUES
    ('', 'BBB', '1d', '"Odd ""Schema""".raw', 'Time', 'o pen', 'h"igh', 'low', 'select', NULL, 'Ticker', 'x''y');
SELECT count(*) AS bars FROM evolve_series('close', 'BBB', '1d');
SELECT timeframe, source FROM evolve.series WHERE symbol = 'BBB' ORDER BY timeframe;
DELETE FROM evolve.bar_sources WHERE symbol = 'BBB';
-- Bad bars of a relation are refused when they are read.
UPDATE "Odd ""Schema""".raw SET low = '1000' WHERE "Time" = '2010-01-07' AND "Ticker" = 'x''y';
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'MAPPED')$$);
UPDATE "Odd ""Schema""".raw SET low = 'NaN' WHERE "Time" = '2010-01-07' AND "Ticker" = 'x''y';
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'MAPPED')$$);
UPDATE "Odd ""Schema""".raw SET low = NULL WHERE "Time" = '2010-01-07' AND "Ticker" = 'x''y';
SELECT regexp_replace(test_error($$SELECT count(*) FROM evolve_series('close', 'MAPPED')$$), 'timestamp [^|]*\.', 'TS.');
UPDATE "Odd ""Schema""".raw SET low = '50', "Time" = '2010-01-06' WHERE "Time" = '2010-01-07' AND "Ticker" = 'x''y';
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'MAPPED')$$);
-- A mapping must lead somewhere.
SELECT test_error($$INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('M', '1d', 'nowhere')$$);
SELECT test_error($$INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('M', '1d', 'evolve.settings')$$);
SELECT test_error($$INSERT INTO evolve.bar_sources (symbol, timeframe, relation, volume_column) VALUES ('M', '1d', 'evolve.market_bars', 'ctid; DROP TABLE evolve.trials')$$);
SELECT test_error($$INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('M', '1d', 'evolve.market_bars; DROP TABLE evolve.trials')$$);
SELECT test_error($$INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('M', '2d', 'evolve.market_bars')$$);
DROP VIEW "Odd ""Schema"""."The; View";
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'MAPPED')$$);
DELETE FROM evolve.bar_sources;
ROLLBACK;

-- Rows in whatever order: turned, as a scan that joins another gives them; turned with a gap; backwards; shuffled.
BEGIN;
SELECT test_store_bars('AAA', 700);
CREATE VIEW in_order AS SELECT ts, open, high, low, close, volume, row_number() OVER (ORDER BY ts) AS n FROM evolve.market_bars WHERE symbol = 'AAA';
CREATE VIEW turned AS SELECT * FROM in_order ORDER BY n < 300, n;
CREATE VIEW turned_once_more AS SELECT * FROM in_order ORDER BY n < 300, n < 500, n;
CREATE VIEW backwards AS SELECT * FROM in_order ORDER BY n DESC;
CREATE VIEW shuffled AS SELECT * FROM in_order ORDER BY md5(n::text);
INSERT INTO evolve.bar_sources (symbol, timeframe, relation)
SELECT name, '1d', 'public.' || name FROM unnest('{in_order,turned,turned_once_more,backwards,shuffled}'::text[]) AS name;
CREATE FUNCTION pg_temp.whole(name text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(md5(values), ' ') FROM (
        SELECT (SELECT string_agg(ts::text || value, ',') FROM evolve_series(expression, name)) AS values
        FROM unnest('{open + 2 * high + 3 * low + 4 * close,volume}'::text[]) AS expression) AS both_of_them
$$;
SELECT name, bars, pg_temp.whole(name) = pg_temp.whole('AAA') AS same
FROM unnest('{in_order,turned,turned_once_more,backwards,shuffled}'::text[]) AS name CROSS JOIN LATERAL evolve_backtest('{"entry": "close > open"}', name) ORDER BY name;
ROLLBACK;
