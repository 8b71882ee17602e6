-- Series, signals and backtests, each against a second opinion written in SQL.
SET timezone TO 'UTC';
SET datestyle TO 'ISO';
\pset null '-'
BEGIN;
SELECT test_store_bars('WAVE', 1500), test_store_bars('OTHER', 1600, salt => 31);

-- Numbers against window functions: how many bars, how many unknown at the start, how many differ.
CREATE TEMP TABLE bar AS
SELECT row_number() OVER (ORDER BY ts) - 1 AS i, * FROM evolve.market_bars WHERE symbol = 'WAVE';
CREATE FUNCTION pg_temp.compare(expression text, known_after int, reference text)
RETURNS TABLE(bars bigint, unknown bigint, differing bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT count(*), count(*) FILTER (WHERE e.value IS NULL),
        count(*) FILTER (WHERE CASE WHEN r.i < %1$s THEN e.value IS NOT NULL ELSE e.value IS NULL OR abs(e.value - r.value) > 1e-9 * greatest(1, abs(r.value)) END)
        FROM evolve_series(%2$L, ''WAVE'') AS e
        JOIN (SELECT i, ts, %3$s AS value FROM bar WINDOW w AS (ORDER BY i)) AS r USING (ts)', known_after, expression, reference);
END
$$;
SELECT expression, c.* FROM (VALUES
    (1, 'close', 0, 'close'),
    (2, 'hlc3', 0, '(high + low + close) / 3'),
    (3, 'ohlc4', 0, '(open + high + low + close) / 4'),
    (4, 'close[5]', 5, 'lag(close, 5) OVER w'),
    (5, 'sma(close, 20)', 19, 'avg(close) OVER (ORDER BY i ROWS 19 PRECEDING)'),
    (6, 'sma(20)', 19, 'avg(close) OVER (ORDER BY i ROWS 19 PRECEDING)'),
    (7, 'sma(volume, 7)', 6, 'avg(volume) OVER (ORDER BY i ROWS 6 PRECEDING)'),
    (8, 'sma(high - low, 50)', 49, 'avg(high - low) OVER (ORDER BY i ROWS 49 PRECEDING)'),
    (9, 'sma(close[3], 10)[2]', 14, 'avg(close) OVER (ORDER BY i ROWS BETWEEN 14 PRECEDING AND 5 PRECEDING)'),
    (10, 'highest(high, 55)', 54, 'max(high) OVER (ORDER BY i ROWS 54 PRECEDING)'),
    (11, 'lowest(low, 10)', 9, 'min(low) OVER (ORDER BY i ROWS 9 PRECEDING)'),
    (12, 'donchian(20).upper', 20, 'max(high) OVER (ORDER BY i ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)'),
    (13, 'stddev(close, 20, 1)', 19, 'stddev_pop(close) OVER (ORDER BY i ROWS 19 PRECEDING)'),
    (14, 'bbands(close, 20, 2, 3).lower', 19, 'avg(close) OVER (ORDER BY i ROWS 19 PRECEDING) - 3 * stddev_pop(close) OVER (ORDER BY i ROWS 19 PRECEDING)'),
    (15, 'mom(close, 10)', 10, 'close - lag(close, 10) OVER w'),
    (16, 'roc(close, 10)', 10, '100 * (close / lag(close, 10) OVER w - 1)'),
    (17, 'trange()', 1, 'greatest(high, lag(close) OVER w) - least(low, lag(close) OVER w)'),
    (18, 'linearreg(close, 14)', 13, 'regr_intercept(close, i) OVER (ORDER BY i ROWS 13 PRECEDING) + i * regr_slope(close, i) OVER (ORDER BY i ROWS 13 PRECEDING)'),
    (19, 'willr(14)', 13, '-100 * (max(high) OVER (ORDER BY i ROWS 13 PRECEDING) - close) / (max(high) OVER (ORDER BY i ROWS 13 PRECEDING) - min(low) OVER (ORDER BY i ROWS 13 PRECEDING))'),
    (20, '-close + 2 * (high - low) / 4', 0, '-close + 2 * (high - low) / 4'),
    (21, 'abs(close - open)', 0, 'abs(close - open)'),
    (22, 'close / close[1] - 1', 1, 'close / lag(close) OVER w - 1'),
    (23, 'vwap()', 0, 'sum((high + low + close) / 3 * volume) OVER w / sum(volume) OVER w')
) AS listed(n, expression, known_after, reference)
CROSS JOIN LATERAL pg_temp.compare(expression, known_after, reference) AS c ORDER BY n;

-- Recursive ones by a loop: ema is seeded with the simple average, rsi and atr with the averages of Wilder.
CREATE FUNCTION pg_temp.ema(x float8[], n int) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
    result float8[];
    value float8;
BEGIN
    FOR i IN 1 .. array_length(x, 1) LOOP
        value := CASE WHEN i < n THEN NULL WHEN i = n THEN (SELECT avg(v) FROM unnest(x[1:n]) AS v)
                      ELSE value + (x[i] - value) * 2 / (n + 1) END;
        result[i] := value;
    END LOOP;
    RETURN result;
END
$$;
CREATE FUNCTION pg_temp.wilder(x float8[], n int) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
    result float8[];
    value float8;
BEGIN
    -- x[1] belongs to no move; the first value is the average of x[2 .. n + 1].
    FOR i IN 1 .. array_length(x, 1) LOOP
        value := CASE WHEN i <= n THEN NULL WHEN i = n + 1 THEN (SELECT avg(v) FROM unnest(x[2:n + 1]) AS v)
                      ELSE value + (x[i] - value) / n END;
        result[i] := value;
    END LOOP;
    RETURN result;
END
$$;
WITH columns AS (
    SELECT array_agg(close ORDER BY i) AS c,
           array_agg(greatest(0, move) ORDER BY i) AS gains, array_agg(greatest(0, -move) ORDER BY i) AS losses,
           array_agg(range ORDER BY i) AS ranges
    FROM (SELECT i, close, close - lag(close) OVER w AS move, greatest(high, lag(close) OVER w) - least(low, lag(close) OVER w) AS range
          FROM bar WINDOW w AS (ORDER BY i)) AS moves
), reference AS (
    SELECT 'ema(close, 12)' AS expression, i, value FROM columns, unnest(pg_temp.ema(c, 12)) WITH ORDINALITY AS r(value, i)
    UNION ALL
    SELECT 'atr(14)', i, value FROM columns, unnest(pg_temp.wilder(ranges, 14)) WITH ORDINALITY AS r(value, i)
    UNION ALL
    SELECT 'rsi(close, 14)', g.i, 100 * g.value / (g.value + l.value)
    FROM columns, unnest(pg_temp.wilder(gains, 14)) WITH ORDINALITY AS g(value, i), unnest(pg_temp.wilder(losses, 14)) WITH ORDINALITY AS l(value, i)
    WHERE g.i = l.i
)
SELECT listed.expression, count(*) AS bars, count(*) FILTER (WHERE series.value IS NULL) AS unknown,
       count(*) FILTER (WHERE (series.value IS NULL) <> (reference.value IS NULL)
                           OR abs(series.value - reference.value) > 1e-9 * abs(reference.value)) AS differing
FROM unnest(ARRAY['ema(close, 12)', 'rsi(close, 14)', 'atr(14)']) WITH ORDINALITY AS listed(expression, n)
CROSS JOIN LATERAL (SELECT row_number() OVER (ORDER BY ts) AS i, value FROM evolve_series(expression, 'WAVE')) AS series
JOIN reference ON reference.expression = listed.expression AND reference.i = series.i
GROUP BY n, listed.expression ORDER BY n;
-- macd is the difference of two averages once their seeds are forgotten, its histogram exactly macd - signal.
SELECT count(*) AS bars, max(abs(m.value - (f.value - s.value))) < 1e-6 AS macd, max(abs(h.value - (m.value - g.value))) < 1e-12 AS histogram
FROM evolve_series('macd(close, 12, 26, 9)', 'WAVE') AS m
JOIN evolve_series('macd(close, 12, 26, 9).signal', 'WAVE') AS g USING (ts)
JOIN evolve_series('macd(close, 12, 26, 9).histogram', 'WAVE') AS h USING (ts)
JOIN evolve_series('ema(close, 12)', 'WAVE') AS f USING (ts)
JOIN evolve_series('ema(close, 26)', 'WAVE') AS s USING (ts)
WHERE ts > (SELECT ts FROM bar WHERE i = 300);

-- Every indicator can be called with nothing but its defaults, each of its lines is known at the end, oscillators keep to 0 .. 100.
SELECT count(*) >= 40 AS many_lines, count(*) FILTER (WHERE line.known = 0 OR NOT line.last_known) AS dead,
       count(*) FILTER (WHERE unit = 'oscillator' AND (line.least < 0 OR line.most > 100)) AS out_of_bounds
FROM evolve_indicators() AS indicator
CROSS JOIN LATERAL unnest(outputs) AS output
CROSS JOIN LATERAL (SELECT count(value) AS known, min(value) AS least, max(value) AS most,
                           bool_or(value IS NOT NULL AND ts = (SELECT max(ts) FROM bar)) AS last_known
                    FROM evolve_series(format('%s().%s', indicator.name, output), 'WAVE')) AS line;

-- Signals against the same comparisons in SQL; unknown is NULL and follows the logic of SQL.
CREATE FUNCTION pg_temp.compare_truth(condition text, reference text)
RETURNS TABLE(yes bigint, no bigint, unknown bigint, differing bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT count(*) FILTER (WHERE e.value), count(*) FILTER (WHERE NOT e.value),
        count(*) FILTER (WHERE e.value IS NULL), count(*) FILTER (WHERE e.value IS DISTINCT FROM r.value)
        FROM evolve_signals(%L, ''WAVE'') AS e
        JOIN (SELECT ts, %s AS value FROM known WINDOW w AS (ORDER BY i)) AS r USING (ts)', condition, reference);
END
$$;
CREATE TEMP TABLE known AS
SELECT i, ts, open, high, low, close, volume,
       CASE WHEN i >= 9 THEN avg(close) OVER (ORDER BY i ROWS 9 PRECEDING) END AS fast,
       CASE WHEN i >= 29 THEN avg(close) OVER (ORDER BY i ROWS 29 PRECEDING) END AS slow FROM bar;
SELECT condition, c.* FROM (VALUES
    (1, 'close > open', 'close > open'),
    (2, 'close >= close', 'true'),
    (3, 'close <> close', 'false'),
    (4, 'close > 1e308', 'false'),
    (5, 'sma(close, 10) > sma(close, 30)', 'fast > slow'),
    (6, 'not (sma(close, 10) > sma(close, 30))', 'NOT fast > slow'),
    (7, 'sma(close, 10) crosses above sma(close, 30)', 'fast > slow AND lag(fast) OVER w <= lag(slow) OVER w'),
    (8, 'sma(close, 10) crosses below sma(close, 30)', 'fast < slow AND lag(fast) OVER w >= lag(slow) OVER w'),
    (9, 'close crosses above 110', 'CASE WHEN i > 0 THEN close > 110 AND lag(close) OVER w <= 110 WHEN close <= 110 THEN false END'),
    (10, 'sma(close, 10) > sma(close, 30) or close > 0', 'fast > slow OR close > 0'),
    (11, 'sma(close, 10) > sma(close, 30) and close < 0', 'fast > slow AND close < 0'),
    (12, 'sma(close, 10) > sma(close, 30) and close > 0', 'fast > slow AND close > 0'),
    (13, 'close between 100 and 110', 'close BETWEEN 100 AND 110'),
    (14, 'close rising 2', 'close > lag(close) OVER w AND lag(close) OVER w > lag(close, 2) OVER w'),
    (15, 'close falling 1', 'close < lag(close) OVER w'),
    (16, 'all_of(close > open, 3)', 'close > open AND lag(close > open) OVER w AND lag(close > open, 2) OVER w'),
    (17, 'any_of(close > open, 3)', 'close > open OR lag(close > open) OVER w OR lag(close > open, 2) OVER w'),
    (18, '(close > open)[2]', 'lag(close > open, 2) OVER w'),
    (19, 'not all_of(not (close > sma(close, 10)), 2)', 'close > fast OR lag(close > fast) OVER w'),
    (20, '(close - low) / (high - low) > 0.8', '(close - low) / nullif(high - low, 0) > 0.8'),
    (21, 'close / (close - close) > 0', 'NULL::boolean'),
    (22, 'close > open and close > close[1] or volume < 1100 and not close = open', 'close > open AND close > lag(close) OVER w OR volume < 1100 AND NOT close = open')
) AS listed(n, condition, reference)
CROSS JOIN LATERAL pg_temp.compare_truth(condition, reference) AS c ORDER BY n;

-- Trades against a loop over the bars that knows nothing of bitmaps: all in, orders at the next open, levels from the
-- fill price and live from the entry bar on, stop before target.
CREATE FUNCTION pg_temp.reference_trades(entry text, exit text, stop float8, target float8, fee float8)
RETURNS TABLE(entry_ts timestamptz, entry_price float8, exit_ts timestamptz, exit_price float8, size float8, pnl float8,
              return_fraction float8, fees float8, bars_held int, exit_reason text) LANGUAGE plpgsql AS $$
DECLARE
    b record;
    cash float8 := 10000;
    holding boolean := false;
    enter boolean := false;
    leave boolean := false;
    leave_price float8;
BEGIN
    FOR b IN SELECT bar.*, coalesce(e.value, false) AS wants_in, coalesce(x.value, false) AS wants_out
             FROM bar JOIN evolve_signals(entry, 'WAVE') AS e USING (ts) JOIN evolve_signals(exit, 'WAVE') AS x USING (ts) ORDER BY bar.i
    LOOP
        leave_price := NULL;
        IF holding AND leave THEN
            leave_price := b.open; exit_reason := 'signal';
        ELSIF NOT holding AND enter THEN
            holding := true; entry_ts := b.ts; entry_price := b.open; bars_held := b.i;
            size := cash / (entry_price * (1 + fee)); fees := size * entry_price * fee;
        END IF;
        IF holding AND leave_price IS NULL AND b.low <= entry_price * (1 - stop) THEN
            leave_price := least(b.open, entry_price * (1 - stop)); exit_reason := 'stop_loss';
        ELSIF holding AND leave_price IS NULL AND b.high >= entry_price * (1 + target) THEN
            leave_price := greatest(b.open, entry_price * (1 + target)); exit_reason := 'take_profit';
        END IF;
        IF leave_price IS NOT NULL THEN
            holding := false; exit_ts := b.ts; exit_price := leave_price; bars_held := b.i - bars_held;
            pnl := size * (exit_price - entry_price) - fees - size * exit_price * fee;
            fees := fees + size * exit_price * fee;
            return_fraction := pnl / (size * entry_price);
            cash := cash + pnl;
            RETURN NEXT;
        END IF;
        enter := b.wants_in AND NOT holding;
        leave := b.wants_out AND holding;
    END LOOP;
    IF holding THEN
        exit_ts := NULL; exit_price := NULL; exit_reason := NULL; bars_held := (SELECT max(i) FROM bar) - bars_held;
        pnl := size * ((SELECT close FROM bar ORDER BY i DESC LIMIT 1) - entry_price) - fees;
        return_fraction := pnl / (size * entry_price);
        RETURN NEXT;
    END IF;
END
$$;
CREATE FUNCTION pg_temp.compare_trades(entry text, exit text, stop float8, target float8, fee float8)
RETURNS TABLE(trades bigint, signals bigint, stops bigint, targets bigint, open bigint, differing bigint) LANGUAGE sql AS $$
    WITH engine AS MATERIALIZED (
        SELECT * FROM evolve_trades(jsonb_strip_nulls(jsonb_build_object('entry', entry, 'exit', exit,
            'stop_loss', CASE WHEN stop < 1 THEN jsonb_build_object('pct', 100 * stop) END,
            'take_profit', CASE WHEN target < 10 THEN jsonb_build_object('pct', 100 * target) END)), 'WAVE',
            options => jsonb_build_object('fee_rate', fee))
    ), reference AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY entry_ts) AS trade_no, r.* FROM pg_temp.reference_trades(entry, exit, stop, target, fee) AS r
    )
    SELECT count(e.trade_no), count(*) FILTER (WHERE e.exit_reason = 'signal'), count(*) FILTER (WHERE e.exit_reason = 'stop_loss'),
           count(*) FILTER (WHERE e.exit_reason = 'take_profit'), count(*) FILTER (WHERE e.trade_no IS NOT NULL AND e.exit_ts IS NULL),
           count(*) FILTER (WHERE NOT coalesce(e.side = 'long' AND e.entry_ts = r.entry_ts AND e.exit_ts IS NOT DISTINCT FROM r.exit_ts
               AND e.bars_held = r.bars_held AND e.exit_reason IS NOT DISTINCT FROM r.exit_reason
               AND abs(e.entry_price - r.entry_price) < 1e-9 AND coalesce(abs(e.exit_price - r.exit_price) < 1e-9, r.exit_price IS NULL AND e.exit_price IS NULL)
               AND abs(e.size - r.size) < 1e-9 * r.size AND abs(e.pnl - r.pnl) < 1e-6 AND abs(e.fees - r.fees) < 1e-9 * (1 + r.fees)
               AND abs(e.return_fraction - r.return_fraction) < 1e-9, false))
    FROM engine AS e FULL JOIN reference AS r ON r.trade_no = e.trade_no
$$;
SELECT n, c.* FROM (VALUES
    (1, 'sma(close, 10) crosses above sma(close, 30)', 'sma(close, 10) crosses below sma(close, 30)', 1, 10, 0.001),
    (2, 'sma(close, 10) crosses above sma(close, 30)', 'sma(close, 10) crosses below sma(close, 30)', 0.01, 10, 0.001),
    (3, 'sma(close, 10) crosses above sma(close, 30)', 'sma(close, 10) crosses below sma(close, 30)', 0.01, 0.02, 0),
    (4, 'rsi(close, 2) < 15', 'rsi(close, 2) > 70', 0.03, 0.01, 0.002),
    (5, 'close > open', 'close < open', 0.004, 0.004, 0.0005),
    (6, 'close > 0', 'close < 0', 1, 10, 0.001),
    (7, 'close > 0', 'close < 0', 0.005, 0.005, 0.001)
) AS listed(n, entry, exit, stop, target, fee)
CROSS JOIN LATERAL pg_temp.compare_trades(entry, exit, stop, target, fee) AS c ORDER BY n;

-- One backtest to look at: no bar is skipped, equity and metrics follow from the trades.
CREATE TEMP TABLE rules AS SELECT '{"entry": "sma(close, 10) crosses above sma(close, 30)", "exit": "sma(close, 10) crosses below sma(close, 30)", "stop_loss": {"pct": 4}}'::jsonb AS ruleset;
SELECT trade_no, side, entry_ts::date, entry_price, exit_ts::date, round(exit_price::numeric, 4) AS exit_price, round(size::numeric, 6) AS size,
       round(pnl::numeric, 4) AS pnl, round(return_fraction::numeric, 6) AS return_fraction, round(fees::numeric, 4) AS fees, bars_held, exit_reason
FROM rules, evolve_trades(ruleset, 'WAVE') ORDER BY trade_no LIMIT 5;
CREATE TEMP TABLE equity AS
SELECT row_number() OVER (ORDER BY ts) - 1 AS i, e.*, equity / coalesce(lag(equity) OVER (ORDER BY ts), 10000) - 1 AS r FROM rules, evolve_equity(ruleset, 'WAVE') AS e;
CREATE TEMP TABLE trade AS SELECT t.* FROM rules, evolve_trades(ruleset, 'WAVE') AS t;
CREATE TEMP TABLE metrics AS SELECT (evolve_backtest(ruleset, 'WAVE')).* FROM rules;
SELECT first_ts, last_ts, bars, round(final_equity::numeric, 4) AS final_equity, total_trades, winning_trades, losing_trades, max_drawdown_bars FROM metrics;
-- Equity of every bar: cash of the trades closed so far, plus the open position at the close.
WITH marked AS (
    SELECT equity.i, equity.equity, equity.position, 10000 + coalesce(sum(CASE
        WHEN trade.exit_ts <= bar.ts THEN trade.pnl
        WHEN trade.entry_ts <= bar.ts THEN trade.size * (bar.close - trade.entry_price) - trade.size * trade.entry_price * 0.001 END), 0) AS expected,
        coalesce(sum(trade.size) FILTER (WHERE trade.entry_ts <= bar.ts AND coalesce(trade.exit_ts > bar.ts, true)), 0) AS held
    FROM equity JOIN bar USING (i) LEFT JOIN trade ON trade.entry_ts <= bar.ts GROUP BY equity.i, equity.equity, equity.position
)
SELECT count(*) AS bars, count(*) FILTER (WHERE abs(equity - expected) > 1e-6 OR abs(position - held) > 1e-9) AS differing FROM marked;
SELECT count(*) AS bars, count(*) FILTER (WHERE abs(drawdown - (equity / peak - 1)) > 1e-12) AS differing, bool_and(drawdown <= 0) AS never_positive
FROM (SELECT equity, drawdown, greatest(10000, max(equity) OVER (ORDER BY i)) AS peak FROM equity) AS peaks;
WITH t AS (
    SELECT count(*) AS n, count(*) FILTER (WHERE pnl > 0) AS won, sum(pnl) FILTER (WHERE pnl > 0) AS wins, sum(pnl) FILTER (WHERE pnl < 0) AS losses,
           avg(pnl) AS mean, stddev_samp(pnl) AS deviation, avg(pnl) FILTER (WHERE pnl > 0) AS avg_win, avg(pnl) FILTER (WHERE pnl < 0) AS avg_loss
    FROM trade WHERE exit_ts IS NOT NULL
), r AS (
    SELECT count(*) AS n, avg(r) AS mean, stddev_samp(r) AS deviation, sqrt(avg(least(r, 0) ^ 2)) AS downside, sum(greatest(r, 0)) AS up, sum(greatest(-r, 0)) AS down,
           -percentile_cont(0.05) WITHIN GROUP (ORDER BY r) AS var, percentile_cont(0.95) WITHIN GROUP (ORDER BY r) AS high,
           stddev_pop(r) AS deviation_pop
    FROM equity WHERE i > 0
), moments AS (
    SELECT avg((equity.r - r.mean) ^ 3) / r.deviation_pop ^ 3 AS skewness, avg((equity.r - r.mean) ^ 4) / r.deviation_pop ^ 4 AS kurtosis
    FROM equity, r WHERE i > 0 GROUP BY r.deviation_pop
), worst AS (
    SELECT -avg(r) AS cvar FROM (SELECT r FROM equity WHERE i > 0 ORDER BY r LIMIT (SELECT floor((n - 1) * 0.05)::int + 1 FROM r)) AS tail
), own AS (
    SELECT min(drawdown) AS depth, avg((position <> 0)::int) AS held FROM equity
), final AS (SELECT equity AS final FROM equity ORDER BY i DESC LIMIT 1)
SELECT name, round(got::numeric, 8) AS got, abs(got - want) <= 1e-8 * greatest(1, abs(want)) AS agrees
FROM metrics AS m, t, r, own, final, moments, worst, LATERAL (VALUES
    (1, 'total_return', m.total_return, final.final / 10000 - 1),
    (2, 'cagr', m.cagr, (final.final / 10000) ^ (252.0 / r.n) - 1),
    (3, 'volatility', m.volatility, r.deviation * sqrt(252)),
    (4, 'sharpe_ratio', m.sharpe_ratio, r.mean / r.deviation * sqrt(252)),
    (5, 'sortino_ratio', m.sortino_ratio, r.mean * 252 / (r.downside * sqrt(252))),
    (6, 'calmar_ratio', m.calmar_ratio, m.cagr / -own.depth),
    (7, 'omega_ratio', m.omega_ratio, r.up / r.down),
    (8, 'max_drawdown', m.max_drawdown, own.depth),
    (9, 'win_rate', m.win_rate, t.won::float8 / t.n),
    (10, 'profit_factor', m.profit_factor, t.wins / -t.losses),
    (11, 'expectancy', m.expectancy, t.mean),
    (12, 'avg_win', m.avg_win, t.avg_win),
    (13, 'avg_loss', m.avg_loss, t.avg_loss),
    (14, 'payoff_ratio', m.payoff_ratio, t.avg_win / -t.avg_loss),
    (15, 'kelly_fraction', m.kelly_fraction, t.won::float8 / t.n - (1 - t.won::float8 / t.n) / (t.avg_win / -t.avg_loss)),
    (16, 'sqn', m.sqn, sqrt(least(t.n, 100)) * t.mean / t.deviation),
    (17, 'var_95', m.var_95, r.var),
    (18, 'cvar_95', m.cvar_95, worst.cvar),
    (19, 'tail_ratio', m.tail_ratio, abs(r.high) / abs(r.var)),
    (20, 't_stat', m.t_stat, r.mean / (r.deviation / sqrt(r.n))),
    (21, 'fees_paid', m.fees_paid, (SELECT sum(fees) FROM trade)),
    (22, 'exposure', m.exposure, own.held)
) AS listed(n, name, got, want) ORDER BY listed.n;

-- A population gives what each gives alone, whatever the threads and the memory; order and repetition are kept.
CREATE TEMP TABLE population AS
SELECT array_agg(jsonb_build_object('entry', format('sma(close, %s) crosses above sma(close, %s)', 3 + n % 17, 21 + n), 'exit', format('rsi(close, %s) > %s', 2 + n % 5, 60 + n % 30),
       'stop_loss', jsonb_build_object('pct', 2 + n % 4)) ORDER BY n) AS rulesets FROM generate_series(1, 40) AS n;
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(m::text, E'\n' ORDER BY ordinal)) FROM population, evolve_backtest_many(rulesets || rulesets[1:2], 'WAVE') AS m
$$;
SET LOCAL evolve.max_threads = 1;
CREATE TEMP TABLE digest AS SELECT pg_temp.digest() AS one_thread;
SET LOCAL evolve.max_threads = 4;
SELECT pg_temp.digest() = one_thread AS same_with_threads FROM digest;
SET LOCAL evolve.work_mem = '1MB';
SELECT pg_temp.digest() = one_thread AS same_with_little_memory FROM digest;
RESET evolve.work_mem;
RESET evolve.max_threads;
SELECT count(*) AS rows, min(ordinal), max(ordinal), count(*) FILTER (WHERE (to_jsonb(many) - 'ordinal') <> to_jsonb(single)) AS differing, count(DISTINCT many.final_equity) > 20 AS they_differ
FROM population, evolve_backtest_many(rulesets, 'WAVE') AS many
CROSS JOIN LATERAL evolve_backtest(rulesets[many.ordinal], 'WAVE') AS single;

-- No look-ahead: cutting the future off changes no trade that was over before.
SELECT count(*) AS cuts, sum(common) AS trades_compared, sum(differing) AS differing
FROM generate_series(100, 1500, 100) AS cut
CROSS JOIN LATERAL (
    SELECT count(*) AS common, count(*) FILTER (WHERE whole IS DISTINCT FROM part) AS differing
    FROM rules, evolve_trades(ruleset, 'WAVE', "to" => (SELECT ts FROM bar WHERE i = cut - 1)) AS part
    LEFT JOIN LATERAL (SELECT * FROM evolve_trades(ruleset, 'WAVE')) AS whole ON whole.trade_no = part.trade_no
    WHERE part.exit_ts IS NOT NULL
) AS compared;

-- Options.
CREATE FUNCTION pg_temp.first_trade(options jsonb, ruleset jsonb DEFAULT '{"entry": "close > open", "exit": "close < open"}')
RETURNS TABLE(side text, entry_ts date, entry_price numeric, exit_price numeric, size numeric, pnl numeric, fees numeric) LANGUAGE sql AS $$
    SELECT side, entry_ts::date, round(entry_price::numeric, 6), round(exit_price::numeric, 6), round(size::numeric, 6), round(pnl::numeric, 6), round(fees::numeric, 6)
    FROM evolve_trades($2, 'WAVE', options => $1) LIMIT 1
$$;
SELECT i, ts::date, open, close, close > open AS rose FROM bar WHERE i < 6 ORDER BY i;
SELECT o.options, t.* FROM (VALUES (1, '{}'), (2, '{"fee_rate": 0}'), (3, '{"initial_capital": 500, "fee_rate": 0}'), (4, '{"slippage": 0.01, "fee_rate": 0}'),
    (5, '{"fill": "close", "fee_rate": 0}'), (6, '{"sizing": {"units": 3}, "fee_rate": 0}'), (7, '{"sizing": {"fraction": 0.5}, "fee_rate": 0}'), (8, '{"sizing": "all_in", "fee_rate": 0}')) AS o(n, options)
CROSS JOIN LATERAL pg_temp.first_trade(o.options::jsonb) AS t ORDER BY n;
-- The option wins over the ruleset's own sizing.
SELECT t.* FROM pg_temp.first_trade('{"fee_rate": 0}', '{"entry": "close > open", "exit": "close < open", "sizing": {"units": 7}}') AS t;
SELECT t.* FROM pg_temp.first_trade('{"fee_rate": 0, "sizing": {"units": 3}}', '{"entry": "close > open", "exit": "close < open", "sizing": {"units": 7}}') AS t;
-- A short gains where a long loses.
SELECT l.pnl AS long, s.side, s.pnl AS short FROM pg_temp.first_trade('{"fee_rate": 0, "sizing": {"units": 1}}') AS l,
    pg_temp.first_trade('{"fee_rate": 0, "sizing": {"units": 1}}', '{"short": {"entry": "close > open", "exit": "close < open"}}') AS s;
-- On the entry bar a stop lives or does not.
SELECT count(*) FILTER (WHERE bars_held = 0) > 0 AS on_entry_bar FROM evolve_trades('{"entry": "close > open", "stop_loss": {"pct": 0.3}}', 'WAVE');
SELECT count(*) FILTER (WHERE bars_held = 0) > 0 AS on_entry_bar FROM evolve_trades('{"entry": "close > open", "stop_loss": {"pct": 0.3}}', 'WAVE', options => '{"stop_on_entry_bar": false}');
-- Against itself a bought-and-held benchmark has beta 1 and alpha near 0; without one they are unknown.
SELECT round(beta::numeric, 3) AS beta, abs(alpha) < 0.001 AS no_alpha FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', options => '{"benchmark": "WAVE", "fee_rate": 0}');
SELECT alpha, beta, information_ratio FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE');
SELECT beta IS NOT NULL AND abs(beta) < 1 AS has_beta FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', options => '{"benchmark": "OTHER"}');
-- Periods a year scale what is annual, and nothing else.
SELECT round((b.sharpe_ratio / a.sharpe_ratio)::numeric, 9) AS sharpe, round((b.volatility / a.volatility)::numeric, 9) AS volatility, b.max_drawdown = a.max_drawdown AS same_drawdown
FROM rules, evolve_backtest(ruleset, 'WAVE') AS a, evolve_backtest(ruleset, 'WAVE', options => '{"periods_per_year": 1008}') AS b;
-- A null option is one that is not given.
SELECT evolve_backtest(ruleset, 'WAVE', options => '{"fee_rate": null, "benchmark": null}') = evolve_backtest(ruleset, 'WAVE') AS same FROM rules;

-- max_bars, cooldown_bars, reversal, trailing stop.
SELECT min(bars_held), max(bars_held), count(*) > 100 AS many, array_agg(DISTINCT exit_reason) FROM evolve_trades('{"entry": "close > 0", "max_bars": 7}', 'WAVE') WHERE exit_ts IS NOT NULL;
SELECT min(following.i - leaving.i) AS bars_between FROM (SELECT *, lead(entry_ts) OVER (ORDER BY trade_no) AS next FROM evolve_trades('{"entry": "close > 0", "max_bars": 7, "cooldown_bars": 5}', 'WAVE')) AS t
JOIN bar AS leaving ON leaving.ts = t.exit_ts JOIN bar AS following ON following.ts = t.next;
SELECT count(*) > 20 AS many, bool_and(exit_reason = 'reversal') AS all_reversals, bool_and(side <> before) AS sides_alternate, bool_and(entry_ts = last_exit AND entry_price = last_price) AS at_once
FROM (SELECT *, lag(side) OVER w AS before, lag(exit_ts) OVER w AS last_exit, lag(exit_price) OVER w AS last_price
      FROM evolve_trades('{"entry": "sma(close, 5) crosses above sma(close, 20)", "short": {"entry": "sma(close, 5) crosses below sma(close, 20)"}}', 'WAVE') WINDOW w AS (ORDER BY trade_no)) AS t WHERE exit_ts IS NOT NULL;
SELECT count(*) > 5 AS many, array_agg(DISTINCT exit_reason) AS reasons, bool_and(exit_price <= entry_price * 1.5) AS sane FROM evolve_trades('{"entry": "close > sma(close, 20)", "trailing_stop": {"pct": 5}}', 'WAVE') WHERE exit_ts IS NOT NULL;

-- Little data.
SELECT * FROM evolve_trades('{"entry": "close > 0"}', 'WAVE', "from" => '2100-01-01');
SELECT bars, first_ts, final_equity, total_return, sharpe_ratio, max_drawdown, total_trades, win_rate, exposure FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', "from" => '2100-01-01');
SELECT bars, first_ts, last_ts, final_equity, total_return, cagr, volatility, sharpe_ratio, max_drawdown, total_trades, win_rate, exposure FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', "to" => '2010-01-05');
SELECT bars, total_return, total_trades, fees_paid FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', "to" => '2010-01-06', options => '{"fee_rate": 0}');
SELECT bars, final_equity, total_return, volatility, sharpe_ratio, sortino_ratio, calmar_ratio, omega_ratio, max_drawdown, max_drawdown_bars, ulcer_index, total_trades, win_rate, profit_factor, expectancy, sqn, kelly_fraction, exposure, turnover, fees_paid
FROM evolve_backtest('{"entry": "close > 1e9"}', 'WAVE');
SELECT count(*) AS rows, count(value) AS known FROM evolve_series('sma(close, 2000)', 'WAVE');
SELECT count(*) FROM evolve_backtest_many('{}', 'WAVE');

-- Ruin: a short with borrowed size loses more than there is.
SELECT total_return, cagr, max_drawdown, final_equity < 0 AS in_debt FROM evolve_backtest('{"short": {"entry": "close > 0"}}', 'WAVE', options => '{"sizing": {"units": 1000}}');

-- Nothing is written: all of it runs where writing is forbidden.
SAVEPOINT read_only;
SET TRANSACTION READ ONLY;
SELECT test_error($$DELETE FROM evolve.market_bars$$);
SELECT count(*) FROM evolve_series('close', 'WAVE');
SELECT count(*) FILTER (WHERE value) FROM evolve_signals('close > open', 'WAVE');
SELECT total_trades, (SELECT count(*) FROM rules, evolve_trades(ruleset, 'WAVE') WHERE exit_ts IS NOT NULL) AS trades, (SELECT count(*) FROM rules, evolve_equity(ruleset, 'WAVE')) AS bars,
       (SELECT count(*) FROM population, evolve_backtest_many(rulesets, 'WAVE')) AS population FROM rules, evolve_backtest(ruleset, 'WAVE');
ROLLBACK TO read_only;
-- A prepared statement sees the bars of its execution, not of its preparation.
PREPARE closes AS SELECT count(*), max(ts) FROM evolve_series('close', 'WAVE');
EXECUTE closes;
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('WAVE', '1d', '2015-10-05 00:00:00+00', 1, 1, 1, 1, 1);
EXECUTE closes;
DELETE FROM evolve.market_bars WHERE ts = '2015-10-05 00:00:00+00' AND symbol = 'WAVE';
EXECUTE closes;
DEALLOCATE closes;
-- A call for each row of a query.
SELECT symbol, bars, total_trades > 0 AS traded FROM rules CROSS JOIN (VALUES ('WAVE'), ('OTHER')) AS listed(symbol) CROSS JOIN LATERAL evolve_backtest(ruleset, symbol) ORDER BY symbol;

-- The market: named, the ruleset's, or the only one.
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > 0"}')$$);
SELECT bars FROM evolve_backtest('{"entry": "close > 0", "symbols": ["OTHER"]}');
SELECT bars FROM evolve_backtest('{"entry": "close > 0", "symbols": ["OTHER"]}', 'WAVE');
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > 0", "symbols": ["WAVE", "OTHER"]}')$$);
SELECT bars FROM evolve_backtest('{"entry": "close > 0", "timeframe": "1w"}', 'WAVE');
SELECT bars FROM evolve_backtest('{"entry": "close > 0", "timeframe": "1w"}', 'WAVE', '1mo');
DELETE FROM evolve.market_bars WHERE symbol = 'OTHER';
SELECT bars FROM evolve_backtest('{"entry": "close > 0"}');
SELECT bars FROM evolve_backtest('{"entry": "close > 0"}', NULL, NULL, '-infinity', 'infinity');
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > 0"}', exchange => 'NYSE')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > 0"}', 'NOSUCH')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', '1h')$$);
SELECT test_error($$SELECT * FROM evolve_backtest('{"entry": "close > 0"}', 'WAVE', options => '{"benchmark": "NOSUCH"}')$$);
ROLLBACK;
