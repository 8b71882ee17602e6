-- Resampling of real hourly bars (with their holes) against date_bin and date_trunc.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
\getenv data EVOLVE_DATA_DIR
\if :{?data}
\else
\set data ../shared/data
\endif
\set file :data /bars/intraday/xrpusdt_1h_binance.csv.gz
\setenv EVOLVE_TEST_FILE :file
\set readable `test -r "$EVOLVE_TEST_FILE" && echo true || echo false`
BEGIN;
SELECT plan(6);
\if :readable
CREATE TEMP TABLE raw (ts timestamptz, open float8, high float8, low float8, close float8, volume float8);
\set content `gzip -dc "$EVOLVE_TEST_FILE"`
SELECT is((SELECT rows FROM evolve_import_bars(:'content', 'XRP', '1h') WHERE kind = 'stored') > 10000, true, 'the file is loaded');
CREATE FUNCTION pg_temp.differing(frame text) RETURNS text LANGUAGE sql AS $$
    WITH slow AS (
        SELECT coarse.ts, (array_agg(open ORDER BY bar.ts))[1] AS o, max(high) AS h, min(low) AS l, (array_agg(close ORDER BY bar.ts DESC))[1] AS c, sum(volume ORDER BY bar.ts) AS v
        FROM evolve.market_bars AS bar
        CROSS JOIN LATERAL (SELECT CASE frame WHEN '4h' THEN date_bin('4 hours', bar.ts, '1970-01-01 00:00:00+00')
            ELSE date_trunc(CASE frame WHEN '1d' THEN 'day' WHEN '1w' THEN 'week' ELSE 'month' END, bar.ts, 'UTC') END AS ts) AS coarse
        WHERE symbol = 'XRP' GROUP BY coarse.ts
    ), fast AS (
        SELECT ts, o.value AS o, h.value AS h, l.value AS l, c.value AS c, v.value AS v
        FROM evolve_series('open', 'XRP', frame) AS o JOIN evolve_series('high', 'XRP', frame) AS h USING (ts) JOIN evolve_series('low', 'XRP', frame) AS l USING (ts)
        JOIN evolve_series('close', 'XRP', frame) AS c USING (ts) JOIN evolve_series('volume', 'XRP', frame) AS v USING (ts)
    )
    SELECT format('%s missing, %s invented', (SELECT count(*) FROM (TABLE slow EXCEPT TABLE fast) AS d), (SELECT count(*) FROM (TABLE fast EXCEPT TABLE slow) AS d))
$$;
SELECT is(pg_temp.differing(frame), '0 missing, 0 invented', frame || ' made of 1h') FROM unnest(ARRAY['4h', '1d', '1w', '1mo']) AS frame;
SELECT is((SELECT count(*) FROM evolve_trades('{"entry": "close > 0", "timeframe": "1d"}', 'XRP')), 1::bigint, 'a backtest runs on a resampled series');
\else
SELECT skip('no data: ' || :'file' || ' cannot be read', 6);
\endif
SELECT * FROM finish();
ROLLBACK;
