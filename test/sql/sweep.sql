-- Sweeps over the parameters of one ruleset.
\set QUIET on
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT test_store_bars('S', 600, '1d');
CREATE FUNCTION test_sweep_rules() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT '{"entry": "sma(close, $fast) crosses above sma(close, $slow)", "exit": "sma(close, $fast) crosses below sma(close, $slow)",
             "stop_loss": {"pct": {"param": "stop"}}, "params": {"fast": {"value": 5, "min": 2, "max": 20, "step": 6}, "slow": 30, "stop": {"value": 5, "min": 1, "max": 9, "step": 4}}}'::jsonb
$$;

-- The order of points: by name, the last parameter fastest, values as they are listed.
SELECT params, total_trades > 0 AS traded, bars FROM evolve_sweep(test_sweep_rules(), 'S', grid => '{"slow": [50, 20], "fast": {"from": 3, "to": 10, "step": 3}}');
-- Without a grid: every parameter that has a range.
SELECT string_agg(params::text, ' ') FROM evolve_sweep(test_sweep_rules(), 'S');
-- Decimals as they are meant.
SELECT string_agg(params ->> 'stop', ' ') FROM evolve_sweep(test_sweep_rules(), 'S', grid => '{"stop": {"from": 1.1, "to": 2, "step": 0.1}}');
SELECT string_agg(params ->> 'stop', ' ') FROM evolve_sweep(test_sweep_rules(), 'S', grid => '{"stop": {"from": 5, "to": 5, "step": 1}}');
-- Every point is the backtest of the ruleset with its values.
WITH swept AS (
    SELECT row_number() OVER () AS ordinal, s.* FROM evolve_sweep(test_sweep_rules(), 'S', '1d', '2010-06-01', '2012-01-01',
        grid => '{"fast": [2, 5, 8], "slow": [20, 40], "stop": [1, 9]}', options => '{"fee_rate": 0.002, "benchmark": "S"}') AS s
), one_by_one AS (
    SELECT swept.ordinal, many.* FROM swept CROSS JOIN LATERAL evolve_backtest(
        jsonb_set(jsonb_set(jsonb_set(test_sweep_rules(), '{params,fast,value}', params -> 'fast'), '{params,slow}', params -> 'slow'), '{params,stop,value}', params -> 'stop'),
        'S', '1d', '2010-06-01', '2012-01-01', options => '{"fee_rate": 0.002, "benchmark": "S"}') AS many
)
SELECT count(*), count(DISTINCT swept.total_return), bool_and(to_jsonb(swept) - 'params' = to_jsonb(one_by_one)) FROM swept JOIN one_by_one USING (ordinal);
-- More points than one slice; the same on two threads.
SET evolve.max_threads = 1;
CREATE TEMP TABLE one_thread AS SELECT row_number() OVER () AS point, s.* FROM evolve_sweep(test_sweep_rules(), 'S', "to" => '2011-01-01', grid => '{"fast": {"from": 2, "to": 20, "step": 1}, "slow": {"from": 21, "to": 100, "step": 1}}') AS s;
SET evolve.max_threads = 2;
SELECT count(*) FROM one_thread;
SELECT count(*) FROM (SELECT row_number() OVER () AS point, s.* FROM evolve_sweep(test_sweep_rules(), 'S', "to" => '2011-01-01', grid => '{"fast": {"from": 2, "to": 20, "step": 1}, "slow": {"from": 21, "to": 100, "step": 1}}') AS s EXCEPT SELECT * FROM one_thread) AS differing;
RESET evolve.max_threads;
SELECT params, max_drawdown IS NOT NULL FROM evolve_sweep(test_sweep_rules(), 'S', grid => '{"slow": [20, 40]}') ORDER BY sharpe_ratio DESC NULLS LAST LIMIT 1;
-- A sweep is no trial of a strategy and writes nothing.
SELECT count(*) FROM evolve.trials;

-- Only the metrics that are asked for; the span is always there.
SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_each(to_jsonb(evolve_backtest(test_sweep_rules(), 'S', options => '{"metrics": ["sharpe_ratio", "total_trades"]}'))) WHERE value <> 'null';
SELECT DISTINCT string_agg(key, ' ' ORDER BY key) FROM evolve_sweep(test_sweep_rules(), 'S', grid => '{"slow": [20, 40]}', options => '{"metrics": "basic"}') AS s, jsonb_each(to_jsonb(s)) WHERE value <> 'null' GROUP BY s.params;
SELECT count(*), bool_and(abs(basic.sharpe_ratio - whole.sharpe_ratio) < 1e-9 AND abs(basic.max_drawdown - whole.max_drawdown) < 1e-9 AND basic.total_return = whole.total_return
    AND basic.total_trades = whole.total_trades AND basic.profit_factor = whole.profit_factor AND basic.skewness IS NULL AND whole.skewness IS NOT NULL)
FROM evolve_backtest_many((SELECT array_agg(jsonb_set(test_sweep_rules(), '{params,slow}', to_jsonb(n))) FROM generate_series(20, 60, 5) AS n), 'S', options => '{"metrics": "basic"}') AS basic
JOIN evolve_backtest_many((SELECT array_agg(jsonb_set(test_sweep_rules(), '{params,slow}', to_jsonb(n))) FROM generate_series(20, 60, 5) AS n), 'S', options => '{"metrics": "all"}') AS whole USING (ordinal);
SELECT test_error(format('SELECT count(*) FROM evolve_sweep(test_sweep_rules(), ''S'', options => %L)', options)) FROM unnest(ARRAY['{"metrics": "some"}', '{"metrics": []}', '{"metrics": ["sharpe"]}', '{"metrics": [1], "fee": 1}', '{"metrics": "basic", "fee": 1}']) AS options;

CREATE FUNCTION test_sweep_error(grid text) RETURNS text LANGUAGE sql AS $$
    SELECT test_error(format('SELECT count(*) FROM evolve_sweep(test_sweep_rules(), ''S'', grid => %L)', grid))
$$;
SELECT test_sweep_error('{"fats": [1]}');
SELECT test_sweep_error('{"slow": [20, 20.5]}');
SELECT test_sweep_error('{"fast": [5, 21]}');
SELECT test_sweep_error('{"slow": [0]}');
SELECT test_sweep_error('{"slow": [20000]}');
SELECT test_sweep_error('{"slow": ["20"]}');
SELECT test_sweep_error('{"slow": []}');
SELECT test_sweep_error('{"slow": 20}');
SELECT test_sweep_error('{"slow": {"from": 20, "to": 30}}');
SELECT test_sweep_error('{"slow": {"from": 20, "to": 30, "by": 1}}');
SELECT test_sweep_error('{"slow": {"from": 20, "to": 30, "step": 0}}');
SELECT test_sweep_error('{"slow": {"from": 30, "to": 20, "step": 1}}');
SELECT test_sweep_error('{"slow": {"from": 1, "to": 1e300, "step": 1e-300}}');
SELECT test_sweep_error('{"slow": {"from": 1, "to": 10000, "step": 1}, "fast": [5, 6]}');
SELECT test_sweep_error('{}');
SELECT test_sweep_error('[1]');
SELECT test_sweep_error('{"slow": [1e400]}');
SELECT test_error($$SELECT count(*) FROM evolve_sweep('{"entry": "close > open"}', 'S')$$);
SELECT test_error($$SELECT count(*) FROM evolve_sweep(NULL, 'S')$$);
BEGIN;
UPDATE evolve.settings SET value = '4' WHERE name = 'sweep_max_points';
SELECT count(*) FROM evolve_sweep(test_sweep_rules(), 'S', grid => '{"slow": [20, 30], "fast": [2, 8]}');
SELECT test_sweep_error('{"slow": [20, 30], "fast": [2, 8, 14]}');
SELECT test_sweep_error('{"slow": [20, 30, 40, 50, 60]}');
ROLLBACK;
DELETE FROM evolve.market_bars WHERE symbol = 'S';
