-- What a hostile user would try. Every line must end in an error that says what is wrong, or in a sane result; none in
-- SQLSTATE XX (internal error), a crash or a long wait.
SET timezone TO 'UTC';
\pset format unaligned
\pset tuples_only on
\pset null '-'
SET statement_timeout = '20s';
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT test_store_bars('H', 50);

-- Broken JSON does not reach us; what is no ruleset object does.
SELECT test_ruleset_error('{"entry": ');
SELECT test_ruleset_error('{entry: 1}');
SELECT test_ruleset_error('');
SELECT test_ruleset_error('{"entry": NaN}');
SELECT test_ruleset_error('null');
SELECT test_ruleset_error('[]');
SELECT test_ruleset_error('"close > open"');
SELECT test_ruleset_error('5');
SELECT test_ruleset_error('true');
SELECT test_ruleset_error('{}');
SELECT test_ruleset_error('[{"entry": "close > open"}]');

-- Sizes and depths.
SELECT test_ruleset_error(format('{"entry": "close > open%s"}', repeat(' ', 10 * 1024 * 1024)));
SELECT test_ruleset_error(format('{"entry": "close > open", "%s": 1}', repeat('x', 60000)));
SELECT test_ruleset_error(format('{"entry": "%s > open"}', repeat('x', 60000)));
SELECT test_ruleset_error(format('{"entry": "%sclose > open%s"}', repeat('(', 30000), repeat(')', 30000)));
SELECT test_error(format('SELECT * FROM evolve_signals(%L, ''H'')', repeat('(', 100000) || 'close > open' || repeat(')', 100000)));
SELECT test_ruleset_error(format('{"entry": "%sclose > open"}', repeat('not ', 15000)));
SELECT test_ruleset_error(format('{"entry": "%sclose > open"}', repeat('-', 60000)));
SELECT test_ruleset_error(format('{"entry": "close%s > open"}', repeat('[1]', 20000)));
SELECT test_ruleset_error(format('{"entry": "%sclose%s > open"}', repeat('sma(', 10000), repeat(', 2)', 10000)));
SELECT test_ruleset_error(format('{"entry": "close > open%s"}', repeat(' and close > open', 3000)));
SELECT test_ruleset_error(format('{"entry": "close > 1%s"}', repeat(' + 1', 15000)));
-- A tree of depth 10^5: PostgreSQL's own parser may refuse it first; so may ours; neither may overflow the stack.
SELECT test_ruleset_error('{"entry": ' || repeat('{"op": "not", "args": [', 100000) || '"close > open"' || repeat(']}', 100000) || '}') ~ '^(54001|PE005)' AS refused;
SELECT test_ruleset_error('{"entry": ' || repeat('{"op": "not", "args": [', 2000) || '"close > open"' || repeat(']}', 2000) || '}');
SELECT test_ruleset_error('{"entry": ' || repeat('{"op": "not", "args": [', 40) || '"close > open"' || repeat(']}', 40) || '}');
SELECT test_ruleset_error('{"entry": ' || repeat('[', 3000) || repeat(']', 3000) || '}');
SELECT test_ruleset_error(format('{"entry": {"op": "and", "args": [%s]}}', (SELECT string_agg('"close > open"', ', ') FROM generate_series(1, 2000))));
SELECT test_ruleset_error(format('{"entry": "close > open", "symbols": [%s]}', (SELECT string_agg(format('"S%s"', n), ', ') FROM generate_series(1, 2000) AS n)));
SELECT test_ruleset_error(format('{"entry": "close > open", "params": {%s}}', (SELECT string_agg(format('"p%s": 1', n), ', ') FROM generate_series(1, 5000) AS n)));
-- evolve_check_ruleset lists no more problems than a person can read.
SELECT count(*) BETWEEN 1 AND 101 AS bounded FROM evolve_check_ruleset((SELECT jsonb_build_object('entry', jsonb_build_object('op', 'and', 'args', jsonb_agg('x > y'::text))) FROM generate_series(1, 400)));

-- Numbers.
SELECT test_ruleset_error('{"entry": "close > NaN"}');
SELECT test_ruleset_error('{"entry": "close > Infinity"}');
SELECT test_ruleset_error('{"entry": "close > -inf"}');
SELECT test_ruleset_error('{"entry": "close > 1e999"}');
SELECT test_ruleset_error('{"entry": "close > 1e-999"}');
SELECT test_ruleset_error('{"entry": {"op": "gt", "args": ["close", 1e999]}}');
SELECT test_ruleset_error('{"entry": {"op": "gt", "args": ["close", 1e308]}}');
SELECT test_ruleset_error('{"entry": "close > 10 ^ 308"}');
SELECT test_ruleset_error('{"entry": "close > 1e308 * 10"}');
SELECT test_ruleset_error('{"entry": "close > 1 / 0"}');
SELECT rule, evolve_ruleset_text(r) ->> 'entry' AS text, evolve_fingerprint(r) = evolve_fingerprint(evolve_ruleset(r)) AS stable, evolve_explain(r)
FROM unnest(ARRAY['close > 1e308 * 10', 'close > 1 / 0', 'close > 0 / 0', 'close > -1e308 - 1e308', 'close > 1e-300 * 1e-300', 'close > -0', 'close > 0.1 + 0.2']) WITH ORDINALITY AS rules(rule, n), jsonb_build_object('entry', rule) AS r ORDER BY n;
SELECT test_ruleset_error('{"entry": {"op": "gt", "args": ["close", 99999999999999999999999999999999999999]}}');
SELECT test_ruleset_error('{"entry": "close > 0x10"}');
SELECT test_ruleset_error('{"entry": "close > 1.2.3"}');
SELECT test_ruleset_error('{"entry": "close > 1_000"}');
SELECT test_ruleset_error('{"entry": "close > ٣"}');

-- Periods and counts.
SELECT test_ruleset_error('{"entry": "sma(close, -5) > 1"}');
SELECT test_ruleset_error('{"entry": "sma(close, 0) > 1"}');
SELECT test_ruleset_error('{"entry": "sma(close, 2.5) > 1"}');
SELECT test_ruleset_error('{"entry": "sma(close, 1e9) > 1"}');
SELECT test_ruleset_error('{"entry": "sma(close, 1e300) > 1"}');
SELECT test_ruleset_error('{"entry": "sma(close, 5000) > sma(sma(close, 9000), 9000)"}');
SELECT test_ruleset_error('{"entry": "sma(close, \"5\") > 1"}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": ["close", "5"]}}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": ["close", null]}}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": ["close", [5]]}}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": ["close", true]}}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": {"0": "close"}}}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": ["close", 5, 6, 7, 8, 9]}}');
SELECT test_ruleset_error('{"entry": "close[0] > 1"}');
SELECT test_ruleset_error('{"entry": "close[-1] > 1"}');
SELECT test_ruleset_error('{"entry": "close[1.5] > 1"}');
SELECT test_ruleset_error('{"entry": "close[99999999999] > 1"}');
SELECT test_ruleset_error('{"entry": {"op": "lag", "args": [{"op": "gt", "args": ["close", 1]}, -1]}}');
SELECT test_ruleset_error('{"entry": "close rising 0"}');
SELECT test_ruleset_error('{"entry": "all_of(close > 1, 0)"}');
SELECT test_ruleset_error('{"entry": "all_of(close > 1, close)"}');
SELECT test_ruleset_error('{"entry": "bbands(close, 20, -1, 2).upper > 1"}');

-- Names.
SELECT test_ruleset_error('{"entry": "eval(close) > 1"}');
SELECT test_ruleset_error('{"entry": "close > open; DROP TABLE evolve.user_strategies"}');
SELECT test_ruleset_error('{"entry": "close > open -- comment"}');
SELECT test_ruleset_error('{"entry": "close > ''open''"}');
SELECT test_ruleset_error('{"entry": "pg_sleep(100) > 1"}');
SELECT test_ruleset_error('{"entry": {"op": "gt''; DROP TABLE x; --", "args": []}}');
SELECT test_ruleset_error('{"entry": {"op": "sma", "args": ["close", 5], "output": "lower"}}');
SELECT test_ruleset_error('{"entry": {"op": "gt", "args": ["close", 5], "output": "lower"}}');
SELECT test_ruleset_error('{"entry": {"op": "gt", "args": ["close", 5], "extra": 1}}');
SELECT test_ruleset_error('{"entry": {"op": 5, "args": ["close", 5]}}');
SELECT test_ruleset_error('{"entry": {"args": ["close", 5]}}');
SELECT test_ruleset_error('{"entry": {"param": 5}}');
SELECT test_ruleset_error('{"entry": {"param": "x", "op": "gt"}}');
SELECT test_ruleset_error('{"entry": "$ > 1"}');
SELECT test_ruleset_error('{"entry": "close > $Big", "params": {"Big": 1}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"a b": 1}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"": 1}}');
SELECT test_ruleset_error('{"ENTRY": "close > open"}');
SELECT test_ruleset_error('{"entry": "close > open", "entry ": "close < open"}');
SELECT test_ruleset_error('{"entry": "close > open", "__proto__": {}}');

-- Characters: control characters, broken and foreign ones, those that only look like ours.
SELECT test_ruleset_error('{"entry": "close > open \u0001"}');
SELECT test_ruleset_error('{"entry": "close \u000b> open"}');
SELECT test_ruleset_error('{"entry": "close > open\u0000"}');
SELECT test_ruleset_error('{"entry": "close > open \ud800"}');
SELECT test_ruleset_error('{"entry": "сlose > open"}');
SELECT test_ruleset_error('{"entry": "close ＞ open"}');
SELECT test_ruleset_error('{"entry": "close > open 🚀"}');
SELECT test_ruleset_error('{"entry": "close\u00a0> open"}');
SELECT test_ruleset_error('{"entry": "close > open\u202e"}');
SELECT test_ruleset_error('{"entry": "\ufeffclose > open"}');
SELECT test_ruleset_error('{"entry": "close > open", "\u0007": 1}');
SELECT test_ruleset_error('{"entry": "close > open", "symbols": ["A\u0001"]}');
SELECT test_error($$SELECT evolve_ruleset(convert_from('\x7b22656e747279223a2022636c6f7365203e20ff227d', 'UTF8')::jsonb)$$);
SELECT test_ruleset_error('{"entry": "close >\n\t open\r\n"}');

-- Parts of a ruleset.
SELECT test_ruleset_error('{"entry": null}');
SELECT test_ruleset_error('{"entry": ""}');
SELECT test_ruleset_error('{"entry": " "}');
SELECT test_ruleset_error('{"entry": []}');
SELECT test_ruleset_error('{"entry": {}}');
SELECT test_ruleset_error('{"entry": true}');
SELECT test_ruleset_error('{"entry": 1}');
SELECT test_ruleset_error('{"entry": "1"}');
SELECT test_ruleset_error('{"entry": "1 > 0"}');
SELECT test_ruleset_error('{"entry": "close > open", "exit": "close"}');
SELECT test_ruleset_error('{"entry": "close > open", "short": "close < open"}');
SELECT test_ruleset_error('{"entry": "close > open", "short": {"enter": "close < open"}}');
SELECT test_ruleset_error('{"entry": "close > open", "direction": "sideways"}');
SELECT test_ruleset_error('{"entry": "close > open", "direction": "short"}');
SELECT test_ruleset_error('{"entry": "close > open", "direction": 1}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": 5}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"pct": 0}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"pct": -2}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"pct": 100}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"pct": "2%"}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"pct": null}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"pct": 2, "atr": 3}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"atr": 3, "period": 0}}');
SELECT test_ruleset_error('{"entry": "close > open", "stop_loss": {"atr": 1e300}}');
SELECT test_ruleset_error('{"entry": "close > open", "take_profit": {"pct": 1e300}}');
SELECT test_ruleset_error('{"entry": "close > open", "trailing_stop": {"pct": 150}}');
SELECT test_ruleset_error('{"entry": "close > open", "max_bars": 0}');
SELECT test_ruleset_error('{"entry": "close > open", "max_bars": 1e30}');
SELECT test_ruleset_error('{"entry": "close > open", "max_bars": "ten"}');
SELECT test_ruleset_error('{"entry": "close > open", "cooldown_bars": -1}');
SELECT test_ruleset_error('{"entry": "close > open", "sizing": {"fraction": 2}}');
SELECT test_ruleset_error('{"entry": "close > open", "sizing": {"fraction": 0}}');
SELECT test_ruleset_error('{"entry": "close > open", "sizing": {"units": -1}}');
SELECT test_ruleset_error('{"entry": "close > open", "sizing": "everything"}');
SELECT test_ruleset_error('{"entry": "close > open", "timeframe": "7m"}');
SELECT test_ruleset_error('{"entry": "close > open", "timeframe": 1}');
SELECT test_ruleset_error('{"entry": "close > open", "symbols": "A"}');
SELECT test_ruleset_error('{"entry": "close > open", "symbols": [1]}');
SELECT test_ruleset_error('{"entry": "close > open", "symbols": []}');
SELECT test_ruleset_error('{"entry": "close > open", "symbols": [""]}');
SELECT test_ruleset_error(format('{"entry": "close > open", "symbols": ["%s"]}', repeat('s', 65)));
SELECT test_ruleset_error('{"entry": "close > open", "params": []}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": null}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {}}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {"value": 5, "min": 1, "max": 9, "step": 0}}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {"value": 5, "min": 1, "max": 9, "step": -1}}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {"value": 5, "min": 9, "max": 1, "step": 1}}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {"value": 50, "min": 1, "max": 9, "step": 1}}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {"value": 5, "min": 1}}}');
SELECT test_ruleset_error('{"entry": "close > open", "params": {"n": {"value": "5"}}}');
SELECT test_ruleset_error('{"entry": "sma(close, $n) > 1", "params": {"n": {"value": 5, "min": 0, "max": 9, "step": 1}}}');
SELECT test_ruleset_error('{"entry": "sma(close, $n) > 1", "params": {"n": {"value": 5, "min": 1, "max": 9, "step": 0.5}}}');
SELECT test_ruleset_error('{"entry": "sma(close, $n) > 1", "params": {"n": {"value": 5, "min": 1, "max": 100000, "step": 1}}}');
SELECT test_ruleset_error('{"entry": "close > open", "max_bars": "$n", "params": {"n": 2.5}}');
-- jsonb keeps the last of two equal keys; ours are the rules that it kept.
SELECT evolve_ruleset_text('{"entry": "close > open", "entry": "close < open"}');
-- A key that is null is one that is not there.
SELECT evolve_ruleset_text('{"entry": "close > open", "exit": null, "stop_loss": null, "params": null, "symbols": null, "timeframe": null, "sizing": null, "direction": null, "max_bars": null, "short": null}');

-- Calls of the engine.
SELECT test_error($$SELECT * FROM evolve_series('close > open', 'H')$$);
SELECT test_error($$SELECT * FROM evolve_signals('close', 'H')$$);
SELECT test_error($$SELECT * FROM evolve_series('', 'H')$$);
SELECT test_error($$SELECT * FROM evolve_series('$n', 'H')$$);
SELECT test_error($$SELECT * FROM evolve_series('sma(close, 20000)', 'H')$$);
SELECT count(*), count(value) FROM evolve_series('sma(close, 51)', 'H');
SELECT count(*), count(value) FROM evolve_series('close[50]', 'H');
SELECT count(*), count(value) FROM evolve_series('1e308 * close', 'H');
SELECT count(*), count(value) FROM evolve_series('5', 'H');
SELECT count(*), count(value) FROM evolve_signals('close / 0 > 1', 'H');
SELECT test_error($$SELECT * FROM evolve_series('close', 'H', "from" => '2020-01-01', "to" => '2010-01-01')$$);
SELECT count(*) FROM evolve_series('close', 'H', "from" => '2010-01-05', "to" => '2010-01-05');
SELECT count(*) FROM evolve_series('close', 'H', "from" => '4714-11-24 BC', "to" => '294276-12-31');
SELECT test_error($$SELECT * FROM evolve_series('close', 'H''; DROP TABLE evolve.trials; --')$$);
SELECT test_error($$SELECT * FROM evolve_series('close', '')$$);
SELECT left(test_error($$SELECT * FROM evolve_series('close', repeat('H', 100000))$$), 60);
SELECT test_error($$SELECT * FROM evolve_series('close', 'H', '1d; DROP TABLE evolve.trials')$$);
SELECT left(test_error($$SELECT * FROM evolve_series('close', 'H', exchange => repeat('E', 1000))$$), 60);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '[]')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '5')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"fee": 0.1}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"fee_rate": "free"}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"fee_rate": -0.1}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"fee_rate": 1}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"slippage": 1e999}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"initial_capital": 0}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"initial_capital": 1e300}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"fill": "yesterday"}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"stop_on_entry_bar": 1}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"sizing": {"fraction": 1.5}}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"sizing": {"units": 1, "fraction": 1}}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"periods_per_year": 0}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"risk_free": -1}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}', 'H', options => '{"benchmark": 5}')$$);
SELECT test_error($$SELECT * FROM evolve_backtest_many(ARRAY[NULL]::jsonb[], 'H')$$);
SELECT test_error($$SELECT * FROM evolve_backtest_many(ARRAY['{"entry": "close > open"}', '{"entry": "close >"}']::jsonb[], 'H')$$);
SELECT count(*), max(ordinal) FROM evolve_backtest_many(ARRAY[ARRAY['{"entry": "close > open"}', '{"entry": "close < open"}'], ARRAY['{"entry": "close > open"}', '{"entry": "close < open"}']]::jsonb[], 'H');
SELECT count(*), max(ordinal), count(DISTINCT final_equity) FROM evolve_backtest_many(array_fill('{"entry": "close > open"}'::jsonb, ARRAY[20000]), 'H');
SELECT test_error($$SELECT evolve_backtest('{"entry": "sma(close, $n) > open", "params": {"n": 1e18}}', 'H')$$);
SELECT test_error($$SELECT evolve_score('[]')$$);
SELECT test_error($$SELECT evolve_score('{"win_rate": "high"}')$$);
SELECT evolve_score('{"win_rate": 1e308, "max_drawdown": -1e308}') BETWEEN 0 AND 1;

-- NULL for every argument of every function: an error or NULL, never a crash.
CREATE TEMP TABLE attempt AS
SELECT p.proname AS name, test_error(format('SELECT * FROM %s(%s)', p.proname,
    (SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n)))) AS result
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND p.prorettype <> 'trigger'::regtype AND p.pronargs > 0
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_evolve');
SELECT count(*) > 25 AS many FROM attempt;
SELECT * FROM attempt WHERE name ~ '^_evolve' AND result !~ '^(no error|PE0|42501|23502)' ORDER BY name COLLATE "C";
SELECT * FROM attempt WHERE name ~ '^evolve' AND result <> 'no error' ORDER BY name COLLATE "C";
-- Functions that return sets stand in the SELECT list too.
SELECT count(*) FROM (SELECT evolve_series('close', 'H')) AS s;
SELECT count(*) FROM (SELECT evolve_series('close', 'H') LIMIT 3) AS s;

-- A call that takes long can be stopped, also where no SQL runs.
SELECT test_store_bars('LONG', 40000, '1h', '2000-01-01 00:00:00+00');
CREATE TEMP TABLE population AS SELECT array_agg(jsonb_build_object('entry', format('sma(close, %s) > ema(close, %s)', n, n + 1), 'trailing_stop', '{"pct": 50}'::jsonb)) AS rulesets FROM generate_series(2, 3000) AS n;
SAVEPOINT before;
SET LOCAL statement_timeout = '200ms';
SELECT count(*) FROM population, evolve_backtest_many(rulesets, 'LONG') AS m;
ROLLBACK TO before;
SHOW statement_timeout;

-- A database that was not migrated says so.
SET LOCAL client_min_messages = warning;
DROP SCHEMA evolve CASCADE;
SELECT test_error($$SELECT * FROM evolve_series('close', 'H')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > open"}')$$);
SELECT test_error($$SELECT * FROM evolve_cycle()$$);
SELECT test_error($$SELECT * FROM evolve_monitor()$$);
SELECT test_error($$SELECT * FROM evolve_load_strategies('[]')$$);
SELECT test_error($$SELECT evolve_set_status(gen_random_uuid(), 'candidate', 'x')$$);
SELECT test_error($$SELECT evolve_generation(gen_random_uuid())$$);
SELECT test_error($$SELECT * FROM evolve_import_bars('', 'S', '1d')$$);
-- The language needs no tables.
SELECT evolve_ruleset_text(evolve_ruleset('{"entry": "close > open"}'));
ROLLBACK;
