-- Settings of the database and of the session: checked at the door, and obeyed.
\pset format unaligned
\pset null '-'
BEGIN;
SELECT name, value, unit, minimum, maximum FROM evolve.settings ORDER BY name;
CREATE FUNCTION pg_temp.set(name text, value text) RETURNS text LANGUAGE sql AS $$
    SELECT name || ' = ' || value || ': ' || split_part(test_error(format('UPDATE evolve.settings SET value = %L WHERE name = %L', value, name)), ' | ', 1)
$$;
SELECT pg_temp.set(name, value) FROM (VALUES
    (1, 'ruleset_max_bytes', '99'), (2, 'ruleset_max_bytes', '1048577'), (3, 'ruleset_max_bytes', '1000.5'), (4, 'ruleset_max_bytes', '"many"'), (5, 'ruleset_max_bytes', 'null'),
    (6, 'ruleset_max_bytes', '{}'), (7, 'ruleset_max_depth', '0'), (8, 'ruleset_max_depth', '101'), (9, 'fee_rate', '-0.1'), (10, 'fee_rate', '0.6'), (11, 'fee_rate', '1e999'),
    (12, 'policy', '5'), (13, 'initial_capital', '0'), (14, 'fee_rate', '0.002'), (15, 'policy', '"mine"')) AS s(n, name, value) ORDER BY n;
UPDATE evolve.settings SET value = '"classic"' WHERE name = 'policy';
-- A missing value is an error of its own.
SELECT split_part(test_error($$UPDATE evolve.settings SET value = NULL$$), ' | ', 1);

-- The limits of rulesets are obeyed at once.
UPDATE evolve.settings SET value = '200' WHERE name = 'ruleset_max_bytes';
SELECT test_ruleset_error(format('{"entry": "close > open%s"}', repeat(' ', 200)));
UPDATE evolve.settings SET value = '65536' WHERE name = 'ruleset_max_bytes';
UPDATE evolve.settings SET value = '5' WHERE name = 'ruleset_max_nodes';
SELECT test_ruleset_error('{"entry": "close > open"}');
SELECT test_ruleset_error('{"entry": "close > open and open > low"}');
UPDATE evolve.settings SET value = '500' WHERE name = 'ruleset_max_nodes';
UPDATE evolve.settings SET value = '3' WHERE name = 'ruleset_max_depth';
SELECT test_ruleset_error('{"entry": "close > sma(close, 5)"}');
SELECT test_ruleset_error('{"entry": "not (close > sma(close, 5))"}');
UPDATE evolve.settings SET value = '32' WHERE name = 'ruleset_max_depth';
UPDATE evolve.settings SET value = '100' WHERE name = 'ruleset_max_lookback';
SELECT test_ruleset_error('{"entry": "close > sma(close, 100)"}');
SELECT test_ruleset_error('{"entry": "close > sma(close, 90)[20]"}');
SELECT test_ruleset_error('{"entry": "close > sma(close, $n)", "params": {"n": {"value": 50, "min": 10, "max": 150, "step": 10}}}');
-- A strategy that is stored already can be explained under any limit.
SELECT evolve_explain('{"entry": "close > sma(close, 200)"}');

-- Settings of the session.
SELECT name, setting, unit, vartype, context, min_val, max_val FROM pg_settings WHERE name IN ('evolve.user_id', 'evolve.work_mem') ORDER BY name COLLATE "C";
SELECT name, setting::int >= 1 AS at_least_one, vartype, context, min_val FROM pg_settings WHERE name = 'evolve.max_threads';
SELECT test_error('SET evolve.max_threads = 0');
SELECT test_error('SET evolve.max_threads = 2000');
SELECT test_error('SET evolve.max_threads = many');
SELECT split_part(test_error('SET evolve.work_mem = ''10kB'''), ' (', 1) AS test_error; -- the bounds have units since PostgreSQL 17
SELECT test_error('SET evolve.work_mem = ''64 apples''');
SELECT test_error('SET evolve.no_such_setting = 1');
SET LOCAL evolve.work_mem = '2GB';
SHOW evolve.work_mem;
SELECT test_error('SET evolve.engine_writes = on');
SELECT test_error('ALTER ROLE CURRENT_USER SET evolve.engine_writes = on');
-- The current user: the claim comes before the setting; nonsense is an error.
SELECT evolve_current_user();
SET LOCAL evolve.user_id = 'aaaaaaaa-0000-0000-0000-000000000001';
SELECT evolve_current_user();
SELECT set_config('request.jwt.claims', '{"sub": "bbbbbbbb-0000-0000-0000-000000000002"}', true);
SELECT evolve_current_user();
SELECT set_config('request.jwt.claims', '{"role": "anon"}', true);
SELECT evolve_current_user();
SELECT set_config('request.jwt.claims', '{"sub": "me"}', true);
SELECT test_error('SELECT evolve_current_user()');
SELECT set_config('request.jwt.claims', 'no json', true);
SELECT test_error('SELECT evolve_current_user()');
-- Little memory is an error with a way out, not a crash.
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
SELECT 'BIG', '1h', '1990-01-01 00:00:00+00'::timestamptz + n * interval '1 hour', p, p + 1, p - 1, p, 1 FROM generate_series(1, 100000) AS n CROSS JOIN LATERAL (SELECT 100 + (n * 37) % 23 AS p) AS price;
SET LOCAL evolve.work_mem = '1MB';
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "sma(close, 5) > sma(close, 6) and sma(close, 7) > sma(close, 8) and ema(close, 9) > ema(close, 10) and rsi(close, 5) > rsi(close, 6)"}', 'BIG')$$);
RESET evolve.work_mem;
SELECT bars FROM evolve_backtest('{"entry": "sma(close, 5) > sma(close, 6) and sma(close, 7) > sma(close, 8) and ema(close, 9) > ema(close, 10) and rsi(close, 5) > rsi(close, 6)"}', 'BIG');

-- Policies are rows: every threshold of the specification is there with its value.
SELECT name, value FROM evolve.policies WHERE policy = 'classic' ORDER BY name COLLATE "C";
-- Migration again: nothing to do; a changed step is noticed.
SELECT count(*) FILTER (WHERE applied) AS applied FROM evolve_migrate();
UPDATE evolve.schema_migrations SET checksum = 'edited' WHERE step = 2;
SELECT regexp_replace(test_error('SELECT * FROM evolve_migrate()'), '[0-9a-f]{64}', 'CHECKSUM');
UPDATE evolve.schema_migrations SET step = 9999 WHERE step = 2;
SELECT test_error('SELECT * FROM evolve_migrate()');
ROLLBACK;
