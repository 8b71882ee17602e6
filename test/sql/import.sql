-- evolve_import_bars: what is clean is stored, what is not is reported. Whole dirty files are the business of the unit tests.
SET timezone TO 'UTC';
SET datestyle TO 'ISO';
\pset format unaligned
\pset null '-'
BEGIN;
-- A clean file.
SELECT * FROM evolve_import_bars($csv$ts,open,high,low,close,volume
2020-01-06T00:00:00Z,10,12,9,11,100
2020-01-07T00:00:00Z,11,13,10,12,200
2020-01-08T00:00:00Z,12,12.5,11,11.5,150
$csv$, 'CLEAN', '1d');
SELECT exchange, symbol, timeframe, ts, open, high, low, close, volume FROM evolve.market_bars ORDER BY ts;
-- Again: nothing new. With other values: the stored bar stays unless told otherwise.
SELECT * FROM evolve_import_bars(E'ts,open,high,low,close,volume\n2020-01-08,12,12.5,11,11.5,150\n2020-01-09,1,1,1,1,1\n', 'CLEAN', 'daily');
SELECT * FROM evolve_import_bars(E'ts,open,high,low,close,volume\n2020-01-08,12,12.5,11,11.75,150\n', 'CLEAN', '1D');
SELECT close FROM evolve.market_bars WHERE ts = '2020-01-08';
SELECT * FROM evolve_import_bars(E'ts,open,high,low,close,volume\n2020-01-08,12,12.5,11,11.75,150\n', 'CLEAN', '1d', options => '{"on_conflict": "replace"}');
SELECT close FROM evolve.market_bars WHERE ts = '2020-01-08';
-- The exchange is a part of the key.
SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n2020-01-08,12,12.5,11,11.75\n', 'CLEAN', '1d', 'NYSE');
SELECT exchange, count(*) FROM evolve.market_bars GROUP BY 1 ORDER BY 1;

-- A file as it is found: banner, odd names, newest first, every kind of bad row.
SELECT kind, line, detail, rows FROM evolve_import_bars($csv$https://example.com/data
Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT
1577923200,2020-01-02 00:00:00,BTC/USDT,7200.77,7212.5,6924.74,6965.71,31951.48,225982341.3
1577836800,2020-01-01 00:00:00,BTC/USDT,7195.24,7255,7175.15,7200.85,16792.38,121214452.1
1577836800,2020-01-01 00:00:00,BTC/USDT,7195.24,7255,7175.15,7200.85,16792.38,121214452.1
1577836800,2020-01-01 00:00:00,BTC/USDT,7195.24,7255,7175.15,7200.85,16792.99,121214452.1
1577750400,2019-12-31 00:00:00,BTC/USDT,7246,7320,7145.01,,25954.45,188056450.1
1577664000,2019-12-30 00:00:00,BTC/USDT,7388.43,7388.43,7220,abc,26883.37,196151750.3
1577577600,2019-12-29 00:00:00,BTC/USDT,7317.3,7300,7288,7388.24,23780.22,174632137.4
1577491200,2019-12-28 00:00:00,BTC/USDT,0,7365.01,7238.67,7317.09,26848.98,196137117.3
1577404800,2019-12-27 00:00:00,BTC/USDT,7202,7275.86,7076.42,7254.77,-5,235882148.9
yesterday,2019-12-26 00:00:00,BTC/USDT,7205.01,7435,7157.12,7202,36604.26,265981287.2
1577232000,2019-12-25 00:00:00,BTC/USDT,inf,7262,7128.86,7204.63,24163.0,174169013.1
1577145600,2019-12-24 00:00:00
1577059200,2019-12-23 00:00:00,BTC/USDT,7508,7656.19,7326,7500,48490.2,363822153.1
$csv$, 'BTC', '1d');
SELECT ts, open, high, low, close, volume FROM evolve.market_bars WHERE symbol = 'BTC' ORDER BY ts;

-- Other delimiters, day first, a zone, columns by name and by number, no header, Windows line ends.
SELECT * FROM evolve_import_bars(E'Datum;Eröffnung;Hoch;Tief;Schluss\r\n13.02.2020 09:00;1;2;0.5;1.5\r\n14.02.2020 09:00;1.5;2;1;1.25\r\n', 'EU', '1d',
    options => '{"columns": {"ts": "Datum", "open": "Eröffnung", "high": "Hoch", "low": "Tief", "close": "Schluss"}, "timezone_offset_minutes": 60}');
SELECT ts, open, high, low, close, volume FROM evolve.market_bars WHERE symbol = 'EU' ORDER BY ts;
SELECT * FROM evolve_import_bars(E'2020-02-13\t1\t2\t0.5\t1.5\n2020-02-14\t1.5\t2\t1\t1.25\n', 'BARE', '1d',
    options => '{"columns": {"ts": 1, "open": 2, "high": 3, "low": 4, "close": 5}}');
SELECT * FROM evolve_import_bars(E'date,open,high,low,close\n03/02/2020,1,2,0.5,1.5\n04/02/2020,1.5,2,1,1.25\n', 'AMBIGUOUS', '1d');
SELECT * FROM evolve_import_bars(E'date,open,high,low,close\n03/02/2020,1,2,0.5,1.5\n04/02/2020,1.5,2,1,1.25\n', 'AMBIGUOUS', '1d',
    options => '{"date_order": "day_first"}');
SELECT ts FROM evolve.market_bars WHERE symbol = 'AMBIGUOUS' ORDER BY ts;
-- Duplicates by rule; a limited number of details.
SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n2020-01-06,1,1,1,1\n2020-01-06,2,2,2,2\n2020-01-07,1,1,1,1\n', 'LAST', '1d', options => '{"on_duplicate": "last"}');
SELECT ts, close FROM evolve.market_bars WHERE symbol = 'LAST' ORDER BY ts;
SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n2020-01-06,1,1,1,1\n2020-01-06,2,2,2,2\n2020-01-07,1,1,1,1\n', 'DROP', '1d', options => '{"on_duplicate": "drop"}');
SELECT ts, close FROM evolve.market_bars WHERE symbol = 'DROP' ORDER BY ts;
SELECT kind, line, detail, rows FROM evolve_import_bars((SELECT 'ts,open,high,low,close' || E'\n' || string_agg('2020-01-06,x,1,1,1', E'\n') FROM generate_series(1, 1000)), 'MANY', '1d', options => '{"max_details": 2}');
-- A hole, and bars of another timeframe than the one named.
SELECT * FROM evolve_import_bars((SELECT E'ts,open,high,low,close\n' || string_agg(format('%s,%s,%s,%s,%2$s', ts, p, p + 1, p - 1), E'\n')
    FROM (SELECT '2020-01-06'::timestamp + n * interval '1 hour' AS ts, 100 + n % 7 AS p FROM generate_series(0, 24 * 14 - 1) AS n WHERE n NOT BETWEEN 30 AND 36) AS made), 'HOLE', '1h');
SELECT kind, detail, rows FROM evolve_import_bars((SELECT E'ts,open,high,low,close\n' || string_agg(format('%s,1,1,1,1', '2020-01-06'::timestamp + n * interval '1 hour'), E'\n') FROM generate_series(0, 47) AS n), 'HOURLY', '4h');

-- What cannot be used at all is an error, and stores nothing.
SELECT test_error($$SELECT * FROM evolve_import_bars('', 'E', '1d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'\n\n\n', 'E', '1d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars('no header here', 'E', '1d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low\n2020-01-01,1,1,1', 'E', '1d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '2d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"colums": {}}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"columns": {"tz": 1}}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"columns": {"ts": 0}}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"columns": {"ts": 1e300}}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"delimiter": "x"}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"timezone_offset_minutes": 10000}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '{"on_conflict": "merge"}')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n', 'E', '1d', options => '[]')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(NULL, 'E', '1d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n2020-01-01,1,1,1,1', NULL, '1d')$$);
SELECT test_error($$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n2020-01-01,1,1,1,1', '', '1d')$$);
SELECT count(*) FROM evolve.market_bars WHERE symbol IN ('E', '');
-- A stored series is looked over the same way, however it came there.
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
SELECT 'STORED', '1h', '2020-01-01 00:00:00+00'::timestamptz + i * interval '1 hour', c, c, c, c, 0
FROM (SELECT i, CASE WHEN i < 60 THEN 10 + i % 2 WHEN i < 80 THEN 100 ELSE 101 + i % 2 END AS c FROM generate_series(0, 119) AS i) AS made
WHERE i NOT IN (20, 21, 22, 40);
SELECT * FROM evolve_check_bars('STORED', '1h');
SELECT * FROM evolve_check_bars('STORED', '1h', max_details => 0);
SELECT * FROM evolve_check_bars('STORED', '1h', "from" => '2020-01-05');
SELECT * FROM evolve_check_bars('STORED', '1h', "from" => '2021-01-01');
SELECT test_error($$SELECT * FROM evolve_check_bars('NOPE', '1h')$$);
SELECT test_error($$SELECT * FROM evolve_check_bars('STORED', '1h', max_details => -1)$$);
SELECT test_error($$SELECT * FROM evolve_check_bars('STORED', '1h', max_details => NULL)$$);
SELECT test_error($$SELECT * FROM evolve_check_bars('STORED', '7h')$$);
ROLLBACK;
