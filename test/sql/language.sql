-- The ruleset language: two forms, one canonical form, one fingerprint; and what it says of faults.
\pset format unaligned
\pset tuples_only on
\pset null '-'

-- Canonical form: defaults spelled out, constants on the right, operands in order.
SELECT evolve_ruleset('{"entry": "rsi() < 30", "exit": "70 < rsi(14)"}');
SELECT evolve_ruleset('{"entry": "rsi() < 30 AND close > SMA(close, 50)", "exit": "not (rsi(14) <= 70)"}');
SELECT evolve_ruleset('{"entry": {"op": ">", "args": ["close", {"op": "sma", "args": ["close", {"param": "slow"}]}]}, "params": {"slow": {"value": 50, "min": 10, "max": 100, "step": 10}}}');
SELECT evolve_ruleset('{"entry": "close > $level", "params": {"level": 3}, "stop_loss": {"pct": 2}, "take_profit": {"atr": 3}, "trailing_stop": {"atr": 2, "period": 20}, "max_bars": 10, "cooldown_bars": 2, "sizing": {"fraction": 0.5}, "symbols": ["B", "A"], "timeframe": "daily", "direction": "long"}');
SELECT evolve_ruleset('{"short": {"entry": "macd(close, 12, 26, 9).histogram crosses below 0", "exit": "(close > open)[1]"}}');
-- The same as text, the form that people write.
SELECT evolve_ruleset_text('{"entry": {"op": "crosses_above", "args": [{"op": "sma", "args": ["close", {"param": "fast"}]}, {"op": "sma", "args": ["close", 50]}]}, "params": {"fast": 10}}');

-- Tree and text of the same rule: three ways to one canonical form, and back again.
CREATE TEMP TABLE pair (n int, text_form text, tree_form jsonb);
INSERT INTO pair VALUES
    (1, 'close > 10', '{"op": "gt", "args": ["close", 10]}'),
    (2, 'close >= open', '{"op": ">=", "args": ["close", "open"]}'),
    (3, 'sma(close, 10) crosses above sma(close, 30)', '{"op": "crosses_above", "args": [{"op": "sma", "args": ["close", 10]}, {"op": "sma", "args": ["close", 30]}]}'),
    (4, 'macd(close, 12, 26, 9).signal < 0', '{"op": "lt", "args": [{"op": "macd", "args": ["close", 12, 26, 9], "output": "signal"}, 0]}'),
    (5, 'close[3] < low[1]', '{"op": "lt", "args": [{"op": "lag", "args": ["close", 3]}, {"op": "lag", "args": ["low", 1]}]}'),
    (6, '(close > open)[2]', '{"op": "lag", "args": [{"op": "gt", "args": ["close", "open"]}, 2]}'),
    (7, '-close + 2 * high / 3 - abs(low - open) > 1e-3', '{"op": "gt", "args": [{"op": "sub", "args": [{"op": "add", "args": [{"op": "neg", "args": ["close"]}, {"op": "div", "args": [{"op": "mul", "args": [2, "high"]}, 3]}]}, {"op": "abs", "args": [{"op": "sub", "args": ["low", "open"]}]}]}, 0.001]}'),
    (8, 'rsi(close, 14) between 30 and 70', '{"op": "between", "args": [{"op": "rsi", "args": ["close", 14]}, 30, 70]}'),
    (9, 'close rising 3 or close falling 2', '{"op": "or", "args": [{"op": "rising", "args": ["close", 3]}, {"op": "falling", "args": ["close", 2]}]}'),
    (10, 'all_of(close > open, 3) and not any_of(volume = 0, 5)', '{"op": "and", "args": [{"op": "all_of", "args": [{"op": "gt", "args": ["close", "open"]}, 3]}, {"op": "not", "args": [{"op": "any_of", "args": [{"op": "eq", "args": ["volume", 0]}, 5]}]}]}'),
    (11, 'bbands(close, 20, 2, 2, ema).lower > close', '{"op": "gt", "args": [{"op": "bbands", "args": ["close", 20, 2, 2, "ema"], "output": "lower"}, "close"]}'),
    (12, 'close <> hlc3 and (open > 1 or high > 2) and low > 3', '{"op": "and", "args": [{"op": "ne", "args": ["close", "hlc3"]}, {"op": "or", "args": [{"op": "gt", "args": ["open", 1]}, {"op": "gt", "args": ["high", 2]}]}, {"op": "gt", "args": ["low", 3]}]}'),
    (13, 'stoch(5, 3, 3).k crosses below $level', '{"op": "crosses_below", "args": [{"op": "stoch", "args": [5, 3, 3], "output": "k"}, {"param": "level"}]}'),
    (14, 'sma(highest(high, 5) - lowest(low, 5), 10) > 0', '{"op": "gt", "args": [{"op": "sma", "args": [{"op": "sub", "args": [{"op": "max", "args": ["high", 5]}, {"op": "min", "args": ["low", 5]}]}, 10]}, 0]}');
CREATE FUNCTION pg_temp.wrap(rule jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('entry', rule) || CASE WHEN rule::text LIKE '%level%' THEN '{"params": {"level": 20}}' ELSE '{}' END::jsonb
$$;
SELECT n, canonical = evolve_ruleset(pg_temp.wrap(tree_form)) AS tree, canonical = evolve_ruleset(canonical) AS again,
       canonical = evolve_ruleset(evolve_ruleset_text(canonical)) AS through_text, evolve_ruleset_text(canonical) = evolve_ruleset_text(evolve_ruleset_text(canonical)) AS text_again,
       evolve_fingerprint(canonical) = evolve_fingerprint(pg_temp.wrap(tree_form)) AS fingerprint, evolve_ruleset_text(canonical) ->> 'entry' AS text
FROM pair CROSS JOIN LATERAL evolve_ruleset(pg_temp.wrap(to_jsonb(text_form))) AS canonical ORDER BY n;

-- Fingerprints: 64 hex digits, equal within a class, different between classes.
CREATE TEMP TABLE meaning (class int, ruleset jsonb);
INSERT INTO meaning VALUES
    (1, '{"entry": "close > open"}'), (1, '{"entry": "open < close"}'), (1, '{"entry": "CLOSE > (open)"}'), (1, '{"entry": "not (close <= open)"}'), (1, '{"entry": "not not (close > open)"}'),
    (1, '{"entry": "close > open and close > open"}'), (1, '{"direction": "long", "entry": {"args": ["close", "open"], "op": "greater_than"}}'),
    (1, '{"entry": "close > open", "short": {"entry": "close < 0"}, "direction": "long"}'), (1, '{"entry": "close > open", "params": {"unused": 3}}'),
    (2, '{"entry": "close >= open"}'), (2, '{"entry": "open <= close"}'),
    (3, '{"entry": "close < open"}'),
    (4, '{"entry": "rsi(14) < 30"}'), (4, '{"entry": "rsi() < 30"}'), (4, '{"entry": "rsi(close, 14) < 30.0"}'), (4, '{"entry": "30 > rsi(close)"}'), (4, '{"entry": "RSI(14) < 3e1"}'),
    (4, '{"entry": "rsi(close, $n) < $low", "params": {"n": 14, "low": 30}}'), (4, '{"entry": "rsi(close, $a) < $b", "params": {"a": {"value": 14, "min": 2, "max": 20, "step": 1}, "b": 30}}'),
    (5, '{"entry": "rsi(close, $n) < $low", "params": {"n": 15, "low": 30}}'),
    (6, '{"entry": "rsi(14) < 30", "exit": "rsi(14) > 70"}'), (6, '{"exit": "rsi(14) > 70", "entry": "rsi(14) < 30"}'),
    (7, '{"entry": "rsi(14) < 30", "stop_loss": {"pct": 2}}'), (7, '{"entry": "rsi(14) < 30", "stop_loss": {"pct": 2.00}}'), (7, '{"entry": "rsi(14) < 30", "stop_loss": {"pct": "$p"}, "params": {"p": 2}}'),
    (8, '{"entry": "rsi(14) < 30", "stop_loss": {"pct": 3}}'),
    (9, '{"entry": "rsi(14) < 30", "take_profit": {"pct": 2}}'),
    (10, '{"entry": "rsi(14) < 30", "trailing_stop": {"pct": 2}}'),
    (11, '{"entry": "rsi(14) < 30", "stop_loss": {"atr": 2}}'), (11, '{"entry": "rsi(14) < 30", "stop_loss": {"atr": 2, "period": 14}}'),
    (12, '{"entry": "rsi(14) < 30", "stop_loss": {"atr": 2, "period": 15}}'),
    (13, '{"entry": "rsi(14) < 30", "max_bars": 5}'), (14, '{"entry": "rsi(14) < 30", "cooldown_bars": 5}'), (4, '{"entry": "rsi(14) < 30", "cooldown_bars": 0}'),
    (15, '{"entry": "rsi(14) < 30", "symbols": ["A", "B"]}'), (15, '{"entry": "rsi(14) < 30", "symbols": ["B", "A"]}'), (16, '{"entry": "rsi(14) < 30", "symbols": ["A"]}'),
    (17, '{"entry": "rsi(14) < 30", "timeframe": "1d"}'), (17, '{"entry": "rsi(14) < 30", "timeframe": "daily"}'), (18, '{"entry": "rsi(14) < 30", "timeframe": "1h"}'),
    (19, '{"entry": "rsi(14) < 30", "sizing": {"fraction": 0.5}}'), (20, '{"entry": "rsi(14) < 30", "sizing": {"units": 0.5}}'),
    (21, '{"short": {"entry": "rsi(14) < 30"}}'), (21, '{"short": {"entry": "rsi(14) < 30"}, "direction": "short"}'),
    (22, '{"entry": "rsi(14) < 30", "short": {"entry": "rsi(14) > 70"}}'), (22, '{"entry": "rsi(14) < 30", "short": {"entry": "rsi(14) > 70"}, "direction": "both"}'),
    (23, '{"entry": "close > 1 and open > 2 and high > 3"}'), (23, '{"entry": "high > 3 and (open > 2 and close > 1)"}'), (24, '{"entry": "close > 1 and open > 2 or high > 3"}'),
    (25, '{"entry": "rsi(14) between 20 and 30"}'), (25, '{"entry": "rsi(14) >= 20 and rsi(14) <= 30"}'),
    (26, '{"entry": "close rising 3"}'), (26, '{"entry": "all_of(close > close[1], 3)"}'), (26, '{"entry": "rising(close, 3)"}'), (27, '{"entry": "close rising 4"}'),
    (28, '{"entry": "close > sma(close, 20) * 1.02"}'), (28, '{"entry": "close > 1.02 * sma(20)"}'), (28, '{"entry": "close > sma(close, 20) * (1 + 0.02)"}'),
    (29, '{"entry": "close[1][2] > open"}'), (29, '{"entry": "close[3] > open"}'), (30, '{"entry": "(close > open)[1]"}'),
    (31, '{"entry": "sma(close, 5) crosses above sma(close, 9)"}'), (31, '{"entry": "sma(close, 9) crosses below sma(close, 5)"}'), (32, '{"entry": "sma(close, 5) crosses below sma(close, 9)"}'),
    (33, '{"entry": "macd(close, 12, 26, 9) > 0"}'), (33, '{"entry": "macd().macd > 0"}'), (34, '{"entry": "macd().signal > 0"}'),
    (35, '{"entry": "highest(high, 20) > 5"}'), (35, '{"entry": "max(high, 20) > 5"}'), (36, '{"entry": "ema(high, 20) > 5"}');
SELECT count(*) AS rulesets, count(DISTINCT class) AS classes, bool_and(evolve_fingerprint(ruleset) ~ '^[0-9a-f]{64}$') AS well_formed FROM meaning;
SELECT a.class, a.ruleset, b.class, b.ruleset, 'one class, two fingerprints' FROM meaning AS a JOIN meaning AS b ON a.class = b.class AND a.ruleset::text < b.ruleset::text
WHERE evolve_fingerprint(a.ruleset) <> evolve_fingerprint(b.ruleset) ORDER BY 1, 2, 4;
SELECT a.class, a.ruleset, b.class, b.ruleset, 'two classes, one fingerprint' FROM meaning AS a JOIN meaning AS b ON a.class < b.class
WHERE evolve_fingerprint(a.ruleset) = evolve_fingerprint(b.ruleset) ORDER BY 1, 3, 2, 4;
SELECT ruleset AS canonical_form_has_another_fingerprint FROM meaning WHERE evolve_fingerprint(evolve_ruleset(ruleset)) <> evolve_fingerprint(ruleset)
    OR evolve_fingerprint(evolve_ruleset_text(ruleset)) <> evolve_fingerprint(ruleset) ORDER BY 1;

-- Plain English.
SELECT evolve_explain('{"entry": "sma(close, 50) crosses above sma(close, 200)", "exit": "sma(close, 50) crosses below sma(close, 200)", "stop_loss": {"pct": 10}}');
SELECT evolve_explain('{"entry": "rsi(close, $n) < 30 and close > sma(close, 200)", "take_profit": {"atr": 2, "period": 20}, "max_bars": 10, "cooldown_bars": 3, "params": {"n": 2}, "sizing": {"fraction": 0.5}, "symbols": ["AAPL"], "timeframe": "1d"}');
SELECT evolve_explain('{"entry": "close > donchian(20).upper", "short": {"entry": "close < donchian(20).lower"}, "trailing_stop": {"pct": 8}}');

-- Faults name their place; all of them at once.
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{"entry": "close > open", "exit": "close < open"}');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{"entry": "close > open"}');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{"entry": "rsi(14) > close", "exit": "smaa(close, 5) > close", "stop_loss": {"pct": -1}, "take_profit": {"percent": 5}, "max_bars": 0.5, "nonsense": 1, "params": {"n": {"value": 5, "min": 6, "max": 10}}, "timeframe": "2d"}');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{"entry": {"op": "and", "args": [{"op": "gt", "args": ["close", {"op": "sma", "args": ["close", 0]}]}, {"op": "gt", "args": ["clsoe", 1]}, {"op": "foo", "args": []}]}, "exit": "close > 1", "params": {"unused": 1}}');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{"entry": "rsi(14) > 100", "short": {"entry": "close < 0"}, "direction": "long", "exit": "close > 1"}');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{"entry": "close > open", "exit": "close < open", "params": {"unused": 1}}');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('[]');
SELECT severity, path, message, hint, sqlstate FROM evolve_check_ruleset('{}');
SELECT test_ruleset_error('{"entry": "rsi(14) > close"}');
SELECT test_ruleset_error('{"entry": "smaa(close, 5) > close"}');
SELECT test_ruleset_error('{"entry": "rsi < 30"}');
SELECT test_ruleset_error('{"entry": "close > "}');
SELECT test_ruleset_error('{"entry": "close crosses open"}');
SELECT test_ruleset_error('{"entry": "close > open > high"}');
SELECT test_ruleset_error('{"entry": "close + volume > 1"}');
SELECT test_ruleset_error('{"entry": "close and open"}');
SELECT test_ruleset_error('{"entry": "sma(close > 1, 5) > 2"}');
SELECT test_ruleset_error('{"entry": "sma(close, close) > 2"}');
SELECT test_ruleset_error('{"entry": "close > macd().signel"}');
SELECT test_ruleset_error('{"entry": "close > $nix"}');
SELECT test_ruleset_error('{"entry": "close"}');
SELECT test_ruleset_error('{"entry": "macd(close, 26, 12, 9) > 0"}');
SELECT test_ruleset_error('{"exit": "close > 1"}');

-- Indicators: the table that everything else reads.
SELECT name, args, outputs, unit, family FROM evolve_indicators() WHERE name IN ('atr', 'bbands', 'macd', 'sma') ORDER BY name;
SELECT count(*) >= 30 AS enough, count(DISTINCT name) = count(*) AS distinct_names, bool_and(name ~ '^[a-z][a-z0-9_]*$') AS lower_case,
       bool_and(description ~ '\.$') AS described, bool_and(cardinality(outputs) > 0) AS with_output FROM evolve_indicators();
SELECT array_agg(name ORDER BY n) = array_agg(name ORDER BY name COLLATE "C") AS in_order FROM evolve_indicators() WITH ORDINALITY AS i(name, args, outputs, unit, family, description, n);
SELECT name, argument FROM evolve_indicators(), jsonb_array_elements(args) AS argument
WHERE NOT coalesce(argument ->> 'name' <> '' AND argument ->> 'kind' IN ('series', 'integer', 'real', 'choice')
    AND CASE argument ->> 'kind' WHEN 'series' THEN true WHEN 'choice' THEN jsonb_array_length(argument -> 'choices') > 1
             ELSE (argument ->> 'default')::float8 BETWEEN (argument ->> 'min')::float8 AND (argument ->> 'max')::float8 END, false);
-- Each can stand in a rule by its name alone, in capitals too.
SELECT name FROM evolve_indicators() WHERE evolve_ruleset(jsonb_build_object('entry', format('%s() > %1$s()[1]', name)))
    <> evolve_ruleset(jsonb_build_object('entry', format('%s() > %1$s()[1]', upper(name))));

-- Parameters: values that a strategy carries apart from its rules.
SELECT _evolve_parameter_values('{"entry": "sma(close, $fast) > sma(close, $slow)", "params": {"slow": {"value": 50, "min": 20, "max": 100, "step": 5}, "fast": 10}}');
SELECT evolve_ruleset_text(_evolve_apply_parameters('{"entry": "sma(close, $fast) > sma(close, $slow)", "params": {"slow": {"value": 50, "min": 20, "max": 100, "step": 5}, "fast": 10}}', '{"slow": 60}'));
SELECT test_error($$SELECT _evolve_apply_parameters('{"entry": "close > $n", "params": {"n": 5}}', '{"m": 1}')$$);
SELECT test_error($$SELECT _evolve_apply_parameters('{"entry": "close > $n", "params": {"n": 5}}', '{"n": "six"}')$$);
SELECT test_error($$SELECT _evolve_apply_parameters('{"entry": "sma(close, $n) > 1", "params": {"n": 5}}', '{"n": 0.5}')$$);
SELECT test_error($$SELECT _evolve_apply_parameters('{"entry": "close > $n", "params": {"n": {"value": 5, "min": 1, "max": 9, "step": 1}}}', '{"n": 10}')$$);
