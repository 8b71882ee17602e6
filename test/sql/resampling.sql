-- Coarser timeframes are made from the finest that divides them: compared with date_bin and date_trunc.
SET timezone TO 'America/New_York';  -- must not matter
SET datestyle TO 'ISO';
BEGIN;
-- The first and the last bar of every coarser timeframe are partial ones; there are holes of an hour, a day and a week.
SELECT test_store_bars('HOURS', 2000, '1h', '2015-06-03 05:00:00+00', 11);
DELETE FROM evolve.market_bars WHERE symbol = 'HOURS'
    AND (ts = '2015-06-04 13:00:00+00' OR ts >= '2015-06-10 00:00:00+00' AND ts < '2015-06-11 00:00:00+00'
         OR ts >= '2015-07-06 00:00:00+00' AND ts < '2015-07-13 00:00:00+00');

CREATE FUNCTION pg_temp.slow(frame text) RETURNS TABLE(ts timestamptz, open float8, high float8, low float8, close float8, volume float8)
LANGUAGE sql AS $$
    SELECT coarse.ts, (array_agg(bar.open ORDER BY bar.ts))[1], max(bar.high), min(bar.low),
           (array_agg(bar.close ORDER BY bar.ts DESC))[1], sum(bar.volume ORDER BY bar.ts)
    FROM evolve.market_bars AS bar
    CROSS JOIN LATERAL (SELECT CASE frame
        WHEN '1h' THEN bar.ts
        WHEN '4h' THEN date_bin('4 hours', bar.ts, '2000-01-01 00:00:00+00')
        ELSE date_trunc(CASE frame WHEN '1d' THEN 'day' WHEN '1w' THEN 'week' ELSE 'month' END, bar.ts, 'UTC') END AS ts) AS coarse
    WHERE bar.symbol = 'HOURS' GROUP BY coarse.ts
$$;
CREATE FUNCTION pg_temp.fast(frame text) RETURNS TABLE(ts timestamptz, open float8, high float8, low float8, close float8, volume float8)
LANGUAGE sql AS $$
    SELECT o.ts, o.value, h.value, l.value, c.value, v.value
    FROM evolve_series('open', 'HOURS', frame) AS o
    JOIN evolve_series('high', 'HOURS', frame) AS h USING (ts)
    JOIN evolve_series('low', 'HOURS', frame) AS l USING (ts)
    JOIN evolve_series('close', 'HOURS', frame) AS c USING (ts)
    JOIN evolve_series('volume', 'HOURS', frame) AS v USING (ts)
$$;
SELECT timeframe, fast.bars, fast.bars = slow.bars AS as_many, differing.bars AS differing
FROM unnest(ARRAY['1h', '4h', '1d', '1w', '1mo']) WITH ORDINALITY AS frames(timeframe, n)
CROSS JOIN LATERAL (SELECT count(*) AS bars FROM pg_temp.fast(timeframe)) AS fast
CROSS JOIN LATERAL (SELECT count(*) AS bars FROM pg_temp.slow(timeframe)) AS slow
CROSS JOIN LATERAL (SELECT count(*) AS bars FROM (SELECT * FROM pg_temp.fast(timeframe) EXCEPT SELECT * FROM pg_temp.slow(timeframe)) AS d) AS differing
ORDER BY n;
SET timezone TO 'UTC';
-- Edges, to be checked by eye: Wednesday 05:00 begins in the 4 hours from 04:00, the week from Monday, the month from the 1st.
SELECT timeframe, edge.ts, edge.close FROM unnest(ARRAY['4h', '1d', '1w', '1mo']) WITH ORDINALITY AS frames(timeframe, n)
CROSS JOIN LATERAL (SELECT ts, value AS close FROM evolve_series('close', 'HOURS', timeframe) ORDER BY ts LIMIT 1) AS edge ORDER BY n;
SELECT timeframe, edge.ts, edge.close FROM unnest(ARRAY['4h', '1d', '1w', '1mo']) WITH ORDINALITY AS frames(timeframe, n)
CROSS JOIN LATERAL (SELECT ts, value AS close FROM evolve_series('close', 'HOURS', timeframe) ORDER BY ts DESC LIMIT 1) AS edge ORDER BY n;
SELECT max(ts), (array_agg(close ORDER BY ts DESC))[1] AS close FROM evolve.market_bars WHERE symbol = 'HOURS';

-- The span cuts the stored bars before they are put together: half-open, so that two spans make the whole.
SELECT ts, value AS volume FROM evolve_series('volume', 'HOURS', '1d', '2015-06-04 10:00:00+00', '2015-06-05 02:00:00+00');
SELECT sum(volume) FILTER (WHERE ts < '2015-06-05') AS of_4th, sum(volume) FILTER (WHERE ts >= '2015-06-05') AS of_5th
FROM evolve.market_bars WHERE symbol = 'HOURS' AND ts >= '2015-06-04 10:00:00+00' AND ts < '2015-06-05 02:00:00+00';
SELECT count(*) AS in_both FROM evolve_series('close', 'HOURS', '1h', NULL, '2015-07-01') AS before
JOIN evolve_series('close', 'HOURS', '1h', '2015-07-01') AS after USING (ts);

-- Stored bars of the timeframe itself win over finer ones.
SELECT test_store_bars('HOURS', 10, '1d', '2015-06-03 00:00:00+00', 12);
SELECT count(*) AS days FROM evolve_series('close', 'HOURS', '1d');
-- A timeframe of several stored ones must be named; there is none to guess.
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'HOURS')$$);
-- Without them, the finest that divides: weeks are no part of months, and nothing finer than an hour can be made.
DELETE FROM evolve.market_bars WHERE timeframe = '1h';
INSERT INTO evolve.market_bars SELECT exchange, symbol, '1w', ts + interval '4 days', open, high, low, close, volume
FROM evolve.market_bars WHERE ts = '2015-06-03 00:00:00+00';
SELECT count(*) AS months FROM evolve_series('close', 'HOURS', '1mo');
DELETE FROM evolve.market_bars WHERE timeframe = '1d';
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'HOURS', '1mo')$$);
SELECT test_error($$SELECT count(*) FROM evolve_series('close', 'HOURS', '30m')$$);
-- Spellings of timeframes.
SELECT word, _evolve_timeframe(word) FROM unnest(ARRAY['1m', '1min', 'M15', '60m', '240min', 'daily', '1D', 'weekly', '1M', '1mo', 'monthly']) AS word;
SELECT test_error($$SELECT _evolve_timeframe('2d')$$);
SELECT test_error($$SELECT _evolve_timeframe('m')$$);
SELECT test_error($$SELECT _evolve_timeframe('')$$);
ROLLBACK;
