-- The engine: series, signals, backtests. Fractions, not percents; undefined is NULL.
-- The market: symbol and timeframe default to the ruleset's own, else to the only ones stored; the span is half-open.

CREATE TYPE evolve_metrics AS (
    first_ts timestamptz, last_ts timestamptz, bars bigint, final_equity float8, total_return float8,
    cagr float8, volatility float8, sharpe_ratio float8, sortino_ratio float8, calmar_ratio float8,
    omega_ratio float8, max_drawdown float8, max_drawdown_bars bigint, ulcer_index float8, total_trades
    bigint, winning_trades bigint, losing_trades bigint, win_rate float8, profit_factor float8,
    expectancy float8, avg_win float8, avg_loss float8, payoff_ratio float8, sqn float8, kelly_fraction
    float8, var_95 float8, cvar_95 float8, tail_ratio float8, skewness float8, kurtosis float8, t_stat
    float8, p_value float8, recovery_factor float8, exposure float8, turnover float8, fees_paid float8,
    alpha float8, beta float8, information_ratio float8
);
COMMENT ON TYPE evolve_metrics IS 'Performance of a backtest; every column is defined in docs/metrics.md.';

CREATE FUNCTION evolve_series(
    expression text, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '')
RETURNS TABLE(ts timestamptz, value float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_series(text, text, text, timestamptz, timestamptz, text) IS
    'Values of a numeric expression of the ruleset language on stored bars, e.g. ''macd(close, 12, 26, 9).signal''; NULL where not known.';

CREATE FUNCTION evolve_signals(
    condition text, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '')
RETURNS TABLE(ts timestamptz, value boolean)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_signals(text, text, text, timestamptz, timestamptz, text) IS
    'Truth of a condition of the ruleset language at each bar''s close; NULL where not known.';

CREATE FUNCTION evolve_backtest(
    ruleset jsonb, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS evolve_metrics
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_backtest(jsonb, text, text, timestamptz, timestamptz, text, jsonb) IS
    'Backtests a ruleset on one series: one row of metrics.';

CREATE FUNCTION evolve_trades(
    ruleset jsonb, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS TABLE(trade_no int, side text, entry_ts timestamptz, entry_price float8, exit_ts timestamptz, exit_price float8,
    size float8, pnl float8, return_fraction float8, fees float8, bars_held int, exit_reason text)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_trades(jsonb, text, text, timestamptz, timestamptz, text, jsonb) IS
    'The trades of a backtest, in order of entry; an open trade has no exit.';

CREATE FUNCTION evolve_equity(
    ruleset jsonb, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS TABLE(ts timestamptz, equity float8, drawdown float8, "position" float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_equity(jsonb, text, text, timestamptz, timestamptz, text, jsonb) IS
    'Equity (money), drawdown (fraction, at most 0) and position (units) of a backtest at each close.';

CREATE FUNCTION evolve_backtest_many(
    rulesets jsonb[], symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS TABLE(ordinal int,
    first_ts timestamptz, last_ts timestamptz, bars bigint, final_equity float8, total_return float8,
    cagr float8, volatility float8, sharpe_ratio float8, sortino_ratio float8, calmar_ratio float8,
    omega_ratio float8, max_drawdown float8, max_drawdown_bars bigint, ulcer_index float8, total_trades
    bigint, winning_trades bigint, losing_trades bigint, win_rate float8, profit_factor float8,
    expectancy float8, avg_win float8, avg_loss float8, payoff_ratio float8, sqn float8, kelly_fraction
    float8, var_95 float8, cvar_95 float8, tail_ratio float8, skewness float8, kurtosis float8, t_stat
    float8, p_value float8, recovery_factor float8, exposure float8, turnover float8, fees_paid float8,
    alpha float8, beta float8, information_ratio float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_backtest_many(jsonb[], text, text, timestamptz, timestamptz, text, jsonb) IS
    'Backtests many rulesets on one series, compiled together: one row of metrics each, numbered as in the array.';

CREATE FUNCTION evolve_sweep(
    ruleset jsonb, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '', grid jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE(params jsonb,
    first_ts timestamptz, last_ts timestamptz, bars bigint, final_equity float8, total_return float8,
    cagr float8, volatility float8, sharpe_ratio float8, sortino_ratio float8, calmar_ratio float8,
    omega_ratio float8, max_drawdown float8, max_drawdown_bars bigint, ulcer_index float8, total_trades
    bigint, winning_trades bigint, losing_trades bigint, win_rate float8, profit_factor float8,
    expectancy float8, avg_win float8, avg_loss float8, payoff_ratio float8, sqn float8, kelly_fraction
    float8, var_95 float8, cvar_95 float8, tail_ratio float8, skewness float8, kurtosis float8, t_stat
    float8, p_value float8, recovery_factor float8, exposure float8, turnover float8, fees_paid float8,
    alpha float8, beta float8, information_ratio float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_sweep(jsonb, text, text, timestamptz, timestamptz, text, jsonb, jsonb) IS
    'Backtests a ruleset at every point of a grid of parameters, compiled together: one row of metrics a point. grid: name to list of values or {from, to, step}; left out: every parameter over its own range.';
