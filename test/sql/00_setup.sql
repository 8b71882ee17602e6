-- The tables of schema evolve, and what the other tests use. This file sorts first and runs first.
SELECT bool_and(applied) AS applied, count(*) = max(step) AS without_a_hole FROM evolve_migrate();
SELECT count(*) FILTER (WHERE applied) AS applied_again FROM evolve_migrate();

-- What a statement that must fail says, on one line: SQLSTATE, message, detail and hint.
CREATE FUNCTION test_error(statement text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END
$function$;

-- The same for a ruleset.
CREATE FUNCTION test_ruleset_error(ruleset text) RETURNS text LANGUAGE sql AS $function$
    SELECT test_error(format('SELECT evolve_ruleset(%L)', ruleset))
$function$;

-- A number between -1 and 1 that looks random and is the same everywhere.
CREATE FUNCTION test_noise(i bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $function$
    SELECT ((i * 7919 + i * i * 104729 + salt * 15485863) % 2003) / 1001.0 - 1
$function$;

-- Bars made of formulas: a slow wave on a slow rise, with noise. Prices are rounded to cents, so that no platform's
-- last digit shows. Daily bars leave out the weekends.
CREATE FUNCTION test_make_bars(bars int, timeframe text, first_ts timestamptz, salt bigint DEFAULT 0)
RETURNS TABLE(ts timestamptz, open float8, high float8, low float8, close float8, volume float8)
LANGUAGE sql STABLE AS $function$
    WITH times AS (
        SELECT t, row_number() OVER (ORDER BY t) AS i
        FROM generate_series(0, 2 * bars) AS n
        CROSS JOIN LATERAL (SELECT first_ts + n * CASE timeframe WHEN '1h' THEN interval '1 hour' ELSE interval '24 hours' END AS t) AS time
        WHERE timeframe <> '1d' OR extract(isodow FROM t AT TIME ZONE 'UTC') < 6
        ORDER BY t LIMIT bars
    ), closes AS (
        SELECT t, i, round((100 * exp(0.0004 * i + 0.06 * sin((i + salt) / 29.0) + 0.02 * sin((i + salt) / 3.7)
                                      + 0.008 * test_noise(i, salt)))::numeric, 2) AS c
        FROM times
    ), opens AS (
        SELECT t, i, c, round(coalesce(lag(c) OVER (ORDER BY i), c) * (1 + 0.002 * test_noise(i, salt + 1))::numeric, 2) AS o
        FROM closes
    )
    SELECT t, o, round(greatest(o, c) * (1 + 0.003 * (1 + test_noise(i, salt + 2)))::numeric, 2),
           round(least(o, c) * (1 - 0.003 * (1 + test_noise(i, salt + 3)))::numeric, 2), c, 1000 + (i * 7919) % 500
    FROM opens ORDER BY i
$function$;

CREATE FUNCTION test_store_bars(symbol text, bars int, timeframe text DEFAULT '1d', first_ts timestamptz DEFAULT '2010-01-04 00:00:00+00',
                                salt bigint DEFAULT 0) RETURNS void LANGUAGE sql AS $function$
    INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
    SELECT symbol, timeframe, made.* FROM test_make_bars(bars, timeframe, first_ts, salt) AS made
$function$;

-- The formulas make good bars, and move enough for rules to act on.
SELECT count(*), min(ts) AT TIME ZONE 'UTC' AS first, max(ts) AT TIME ZONE 'UTC' AS last,
       bool_and(high >= greatest(open, close) AND low <= least(open, close)) AS good
FROM test_make_bars(1000, '1d', '2010-01-04 00:00:00+00');
SELECT ts AT TIME ZONE 'UTC' AS ts, open, high, low, close, volume FROM test_make_bars(4, '1h', '2015-06-01 00:00:00+00', 5);
