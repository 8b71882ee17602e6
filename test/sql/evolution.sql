-- Evolution and monitoring: what a cycle writes, against a second opinion where there is one. No clock, no random id.
SET timezone TO 'UTC';
\pset null '-'
-- Nothing to do is done without a fuss.
BEGIN;
SELECT cycle_id IS NOT NULL AS ran, evaluated, promoted, demoted, bred, discarded, duration >= '0' AS took_time FROM evolve_cycle(seed => 1);
SELECT reviewed, accepted, rejected, duplicates, robustness_checked, promoted, discarded, duration >= '0' AS took_time FROM evolve_monitor();
SELECT kind, policy, evaluated, promoted, demoted, bred, discarded, report ? 'version' AS has_version, duration > '0' AS took_time FROM evolve.cycle_log;
-- Strategies without bars are left as they are.
SELECT name, action FROM evolve_load_strategies('[{"name": "Alone", "ruleset": {"entry": "close > open"}}]');
SELECT evaluated, promoted, demoted, bred, discarded FROM evolve_cycle(seed => 1);
SELECT name, status, status_reason, score, evolution_attempts, last_backtest_at = now() AS tried_now FROM evolve.user_strategies;
ROLLBACK;

BEGIN;
SELECT test_store_bars('AAA', 900), test_store_bars('BBB', 1000, salt => 17), test_store_bars('CCC', 800, salt => 40);
SELECT name, action FROM evolve_load_strategies('[
    {"name": "Cross", "ruleset": {"entry": "sma(close, $fast) crosses above sma(close, $slow)", "exit": "sma(close, $fast) crosses below sma(close, $slow)",
        "params": {"fast": {"value": 5, "min": 2, "max": 20, "step": 1}, "slow": {"value": 20, "min": 10, "max": 60, "step": 2}}}},
    {"name": "Dip", "ruleset": {"entry": "rsi(close, $n) < $low", "exit": "rsi(close, $n) > 60", "stop_loss": {"pct": 5}, "params": {"n": {"value": 3, "min": 2, "max": 10, "step": 1}, "low": {"value": 25, "min": 5, "max": 45, "step": 5}}}},
    {"name": "Target", "ruleset": {"entry": "close < sma(close, 10)", "take_profit": {"pct": 1}, "stop_loss": {"pct": 15}}},
    {"name": "Push", "ruleset": {"entry": "close > sma(close, 5) * 1.01", "max_bars": 2}},
    {"name": "Idle", "ruleset": {"entry": "close > 1e9"}},
    {"name": "Breakout", "ruleset": {"entry": "close > donchian($n).upper", "exit": "close < donchian(10).lower", "params": {"n": {"value": 20, "min": 5, "max": 60, "step": 5}}}},
    {"name": "Only BBB", "ruleset": {"entry": "close crosses above ema(close, 20)", "exit": "close crosses below ema(close, 20)", "symbols": ["BBB"]}},
    {"name": "Weekly", "ruleset": {"entry": "close > sma(close, 4)", "exit": "close < sma(close, 4)", "timeframe": "1w"}}
]', 'aaaaaaaa-0000-0000-0000-000000000001');

-- The same seed gives the same cycle, whatever the number of threads; another seed breeds other children from equal evaluations.
CREATE FUNCTION pg_temp.digest(with_children boolean) RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(concat_ws(' ', name, fingerprint, status, score, evolution_attempts, generalized, last_backtest_results, train_metrics, test_metrics, per_symbol_performance, risk_note),
                          E'\n' ORDER BY fingerprint)) FROM evolve.user_strategies WHERE with_children OR last_backtest_at IS NOT NULL
$$;
CREATE TEMP TABLE digest (run text, evaluated text, everything text);
SAVEPOINT fresh;
SET LOCAL evolve.max_threads = 1;
CREATE TEMP TABLE counts AS SELECT evaluated, promoted, demoted, bred, discarded FROM evolve_cycle(seed => 7);
SELECT pg_temp.digest(false) AS one_evaluated, pg_temp.digest(true) AS one_everything, (SELECT counts::text FROM counts) AS one_counts \gset
ROLLBACK TO fresh;
SET LOCAL evolve.max_threads = 4;
CREATE TEMP TABLE counts AS SELECT evaluated, promoted, demoted, bred, discarded FROM evolve_cycle(seed => 7);
SELECT pg_temp.digest(false) = :'one_evaluated' AS same_evaluations, pg_temp.digest(true) = :'one_everything' AS same_children, (SELECT counts::text FROM counts) = :'one_counts' AS same_counts;
ROLLBACK TO fresh;
CREATE TEMP TABLE counts AS SELECT evaluated, promoted, demoted, bred, discarded FROM evolve_cycle(seed => 8);
SELECT string_agg(name, ', ' ORDER BY name) AS evaluated FROM evolve.user_strategies WHERE last_backtest_at IS NOT NULL;
SELECT pg_temp.digest(true) = :'one_everything' AS same_children, (SELECT counts::text FROM counts) = :'one_counts' AS same_counts;
ROLLBACK TO fresh;

-- One cycle in detail.
SELECT evaluated, promoted, demoted, bred, discarded FROM evolve_cycle(seed => 7);
SELECT name, status, status_reason, round(score::numeric, 6) AS score, evolution_attempts, generalized, is_active, last_backtest_at = now() AS now
FROM evolve.user_strategies WHERE last_backtest_at IS NOT NULL ORDER BY name;
SELECT name, risk_note FROM evolve.user_strategies WHERE name IN ('Dip', 'Idle') ORDER BY name;
-- A backtest is recorded for each strategy and series: the same as evolve_backtest gives with the options of the settings.
SELECT strategy.name, ran.symbol, ran.timeframe, ran.total_trades FROM evolve.strategy_backtests AS ran JOIN evolve.user_strategies AS strategy ON strategy.id = ran.strategy_id
WHERE strategy.name IN ('Only BBB', 'Weekly', 'Dip') ORDER BY 1, 2;
SELECT count(*) AS backtests, count(*) FILTER (WHERE alone.final_equity IS DISTINCT FROM (ran.results ->> 'final_equity')::float8 OR alone.sharpe_ratio IS DISTINCT FROM ran.sharpe_ratio
    OR alone.total_return IS DISTINCT FROM ran.total_return OR alone.max_drawdown IS DISTINCT FROM ran.max_drawdown OR alone.win_rate IS DISTINCT FROM ran.win_rate
    OR alone.expectancy IS DISTINCT FROM ran.avg_pnl OR alone.total_trades IS DISTINCT FROM ran.total_trades OR alone.first_ts IS DISTINCT FROM ran.start_date OR alone.last_ts IS DISTINCT FROM ran.end_date
    OR strategy.per_symbol_performance -> ran.symbol IS DISTINCT FROM ran.results) AS differing
FROM evolve.strategy_backtests AS ran JOIN evolve.user_strategies AS strategy ON strategy.id = ran.strategy_id
CROSS JOIN LATERAL evolve_backtest(strategy.ruleset, ran.symbol, ran.timeframe) AS alone;
-- On one series the whole is that series.
SELECT last_backtest_results -> 'metrics' -> 'total_trades' = per_symbol_performance -> 'BBB' -> 'total_trades' AS trades,
       last_backtest_results -> 'metrics' -> 'sharpe_ratio' = per_symbol_performance -> 'BBB' -> 'sharpe_ratio' AS sharpe FROM evolve.user_strategies WHERE name = 'Only BBB';
-- Train and test share the closed trades between them; the score comes from the metrics.
SELECT name, (train_metrics ->> 'total_trades')::int + (test_metrics ->> 'total_trades')::int = (last_backtest_results #>> '{metrics,total_trades}')::int AS all_trades,
       score = (last_backtest_results #>> '{score_components,score}')::float8 AS stored_score,
       abs(score - evolve_score((last_backtest_results -> 'metrics') || jsonb_build_object('walk_forward', last_backtest_results -> 'walk_forward', 'monte_carlo', last_backtest_results -> 'monte_carlo'))) < 1e-12 AS score_again
FROM evolve.user_strategies WHERE last_backtest_at IS NOT NULL ORDER BY name;
WITH m AS (SELECT score, last_backtest_results -> 'metrics' AS m, last_backtest_results -> 'walk_forward' AS w, last_backtest_results -> 'monte_carlo' AS c FROM evolve.user_strategies WHERE name = 'Dip'),
parts AS (SELECT score, (m ->> 'win_rate')::float8 AS win, least(1, greatest(0, (m ->> 'cagr')::float8 / (m ->> 'volatility')::float8 / 2 + 0.5)) AS risk, exp(2 * (m ->> 'max_drawdown')::float8) AS drawdown,
    CASE WHEN (m ->> 'sharpe_ratio')::float8 > 0 THEN exp(-1 / (m ->> 'sharpe_ratio')::float8) ELSE 0 END AS stability, least(1, greatest(0, (m ->> 'sortino_ratio')::float8 / 3 + 0.5)) AS sortino,
    (w ->> 'consistency')::float8 AS consistency, 1 / (1 + (c ->> 'std_return')::float8 / 0.5) * CASE WHEN (c ->> 'p05_return')::float8 < 0 THEN 0.7 ELSE 1 END AS monte_carlo FROM m)
SELECT abs(score - (0.3 * win + 0.2 * risk + 0.2 * drawdown + 0.15 * stability + 0.05 * sortino + 0.1 * consistency + 0.1 * monte_carlo) / 1.1) < 1e-12 AS score_by_hand FROM parts;
-- Every evaluation is in the ledger of trials.
SELECT count(*) = (SELECT count(*) FROM evolve.strategy_backtests) AS one_trial_a_backtest, bool_and(trial.fingerprint = strategy.fingerprint) AS fingerprints_fit, array_agg(DISTINCT trial.kind) AS kinds,
       bool_and(trial.cycle_id = (SELECT max(cycle_id) FROM evolve.cycles)) AS of_this_cycle FROM evolve.trials AS trial LEFT JOIN evolve.user_strategies AS strategy ON strategy.id = trial.strategy_id
WHERE trial.created_at = now();
SELECT evaluated = (SELECT count(*) FROM evolve.user_strategies WHERE last_backtest_at IS NOT NULL) AS evaluated, bred = (SELECT count(*) FROM evolve.user_strategies WHERE last_backtest_at IS NULL) AS bred,
       promoted = (SELECT count(*) FROM evolve.strategy_status_history WHERE old_status = 'experiment' AND new_status = 'candidate') AS promoted, seed, batch_size FROM evolve.cycle_log LIMIT 1;
-- Children: new experiments with a lineage, the parent's owner and a name that does not grow.
SELECT count(*) > 0 AS some, bool_and(child.status = 'experiment' AND child.score IS NULL AND child.evolution_attempts = 0 AND child.is_active) AS fresh, bool_and(child.user_id = 'aaaaaaaa-0000-0000-0000-000000000001') AS owner_inherited,
       bool_and(evolve_generation(child.id) = 1) AS first_generation, bool_and(child.fingerprint = evolve_fingerprint(child.ruleset) AND child.ruleset = evolve_ruleset(child.ruleset)) AS canonical,
       bool_and(length(child.name) < 60) AS short_names, count(DISTINCT child.fingerprint) = count(*) AS all_different, bool_and(child.status_reason ~ '^bred by cycle [0-9]+$') AS reasoned
FROM evolve.user_strategies AS child WHERE last_backtest_at IS NULL;
SELECT count(DISTINCT child_strategy_id) = (SELECT count(*) FROM evolve.user_strategies WHERE last_backtest_at IS NULL) AS all_have_parents, bool_and(similarity_score BETWEEN 0 AND 1) AS similarity, bool_and(mutation_params <> '{}') AS says_what_changed,
       bool_and(evolution_reason <> '') AS says_why, bool_and((relationship_type = 'crossover') = (SELECT count(*) > 1 FROM evolve.strategy_lineage AS other WHERE other.child_strategy_id = edge.child_strategy_id)) AS two_parents_are_a_crossover
FROM evolve.strategy_lineage AS edge;
SELECT count(*) AS with_parent FROM evolve.user_strategies AS s WHERE NOT EXISTS (SELECT FROM evolve_ancestors(s.id)) AND last_backtest_at IS NULL;
-- The board.
SELECT rank, name, status, round(score::numeric, 6) AS score, generation, total_trades, round(win_rate::numeric, 4) AS win_rate, evolution_attempts FROM evolve.leaderboard WHERE generation = 0 ORDER BY rank, name;
SELECT bool_and(rank = place) AS ranked, bool_and((status, score) <= (before_status, before)) AS best_first
FROM (SELECT rank, row_number() OVER () AS place, status, score, lag(status) OVER () AS before_status, lag(score) OVER () AS before FROM evolve.leaderboard) AS b;

-- The next cycles: the untested first, then those tested longest ago; a batch is a batch.
SELECT evaluated FROM evolve_cycle(3, 9);
SELECT count(*) FILTER (WHERE evolution_attempts = 2) AS twice, count(*) FILTER (WHERE evolution_attempts = 1 AND evolve_generation(id) > 0) > 0 AS children_first FROM evolve.user_strategies;
SELECT count(*) AS living FROM evolve.user_strategies WHERE is_active \gset
SELECT evaluated = :living AS everybody FROM evolve_cycle(1000, 10);
SELECT bool_and(performance_improvement IS NOT NULL AND risk_change IS NOT NULL) AS first_results_of_children FROM evolve.strategy_lineage AS edge JOIN evolve.user_strategies AS child ON child.id = child_strategy_id
WHERE child.score IS NOT NULL AND child.evolution_attempts > 0;
SELECT bool_and(_evolve_transition_allowed(old_status::text, new_status::text)) AS only_known_transitions, bool_and(reason <> '') AS all_reasoned FROM evolve.strategy_status_history WHERE old_status IS NOT NULL;
SELECT bool_and(parent_generation < child_generation) AS generations_rise, max(child_generation) >= 2 AS grandchildren FROM evolve.strategy_lineage;
SELECT count(*) - count(DISTINCT fingerprint) AS living_twins FROM evolve.user_strategies WHERE is_active;
SELECT count(*) FROM evolve.user_strategies WHERE is_active <> (status NOT IN ('discarded', 'duplicate', 'rejected')) OR is_proposable <> (status = 'proposable') OR NOT coalesce(score BETWEEN 0 AND 1, true);
SELECT max(length(name)) < 30 AS names_do_not_grow FROM evolve.user_strategies;

-- Arguments and policies.
SELECT test_error('SELECT * FROM evolve_cycle(0)');
SELECT test_error('SELECT * FROM evolve_cycle(-5, 1)');
SELECT evaluated FROM evolve_cycle(1, -9223372036854775808);
SELECT evaluated FROM evolve_cycle(1, 9223372036854775807);
SELECT seed FROM evolve.cycle_log LIMIT 2;
UPDATE evolve.settings SET value = '"mine"' WHERE name = 'policy';
SELECT test_error('SELECT * FROM evolve_cycle()');
SELECT test_error('SELECT * FROM evolve_monitor()');
INSERT INTO evolve.policies SELECT 'mine', name, value, minimum, maximum, description FROM evolve.policies WHERE policy = 'classic';
SELECT evaluated FROM evolve_cycle(1, 1);
SELECT policy FROM evolve.cycle_log LIMIT 1;
-- A threshold has a domain; a row that is none, or one that is missing, is noticed.
SELECT split_part(test_error(format('UPDATE evolve.policies SET value = %L WHERE policy = ''mine'' AND name = %L', value, name)), ' | ', 1) AS result, name, value
FROM (VALUES (1, 'discard_attempts', '"ten"'), (2, 'discard_attempts', '0'), (3, 'elite_share', '1.5'), (4, 'phases_enabled', '"yes"'), (5, 'discard_attempts', '12'), (6, 'phases_enabled', 'false')) AS v(n, name, value) ORDER BY n;
UPDATE evolve.policies SET value = '2.5' WHERE policy = 'mine' AND name = 'discard_attempts';
SELECT test_error('SELECT * FROM evolve_cycle()');
UPDATE evolve.policies SET value = '10' WHERE policy = 'mine' AND name = 'discard_attempts';
INSERT INTO evolve.policies VALUES ('mine', 'no_such_threshold', '1', 0, 1, 'nothing');
SELECT test_error('SELECT * FROM evolve_cycle()');
DELETE FROM evolve.policies WHERE policy = 'mine' AND name = 'no_such_threshold';
DELETE FROM evolve.settings WHERE name = 'fee_rate';
SELECT test_error('SELECT * FROM evolve_cycle()');
ROLLBACK;

-- Thresholds decide: each rule alone, with numbers from the results.
BEGIN;
SELECT test_store_bars('AAA', 700);
CREATE FUNCTION pg_temp.policy(changes jsonb) RETURNS void LANGUAGE sql AS $$
    UPDATE evolve.policies AS p SET value = c.value FROM jsonb_each(changes) AS c WHERE p.name = c.key AND p.policy = 'classic'
$$;
SELECT name, action FROM evolve_load_strategies('[
    {"name": "Winner", "ruleset": {"entry": "close < sma(close, 10)", "take_profit": {"pct": 1}, "stop_loss": {"pct": 30}}},
    {"name": "Loser", "ruleset": {"entry": "close < sma(close, 5) * 0.995", "max_bars": 1}}]');
SELECT pg_temp.policy('{"phases_enabled": false, "candidate_min_trades": 14, "breed_min_attempts": 1000, "breed_win_rate_below": 0, "mature_min_profitable_symbols": 1, "discard_sharpe_min_trades": 1000000, "elite_share": 0}');
SAVEPOINT start;
SELECT evaluated, promoted, demoted, bred, discarded FROM evolve_cycle(seed => 1);
SELECT name, status, status_reason, (last_backtest_results #>> '{metrics,total_trades}')::int AS trades, round((last_backtest_results #>> '{metrics,win_rate}')::numeric, 4) AS win_rate,
       round((last_backtest_results #>> '{metrics,max_drawdown}')::numeric, 4) AS max_drawdown, round((last_backtest_results #>> '{metrics,sharpe_ratio}')::numeric, 4) AS sharpe FROM evolve.user_strategies ORDER BY name;
-- Up to proposable when the thresholds allow, and down again, one step a cycle.
SELECT pg_temp.policy('{"proposable_min_trades": 10, "proposable_max_drawdown": 1, "proposable_min_profit_factor": 0, "proposable_min_score": 0, "proposable_min_test_win_rate": 0, "proposable_win_path_min_win_rate": 0.7, "proposable_win_path_min_sharpe": -5}');
SELECT evaluated, promoted, demoted, discarded FROM evolve_cycle(seed => 2);
SELECT status, is_proposable, status_reason FROM evolve.user_strategies WHERE name = 'Winner';
SELECT promoted, demoted, discarded FROM evolve_cycle(seed => 3);
SELECT status, is_proposable, status_reason FROM evolve.user_strategies WHERE name = 'Winner';
SELECT pg_temp.policy('{"proposable_win_path_min_sharpe": 100, "proposable_sharpe_path_min_sharpe": 100, "candidate_keep_max_drawdown": 0}');
SELECT promoted, demoted, discarded FROM evolve_cycle(seed => 4);
SELECT status, status_reason FROM evolve.user_strategies WHERE name = 'Winner';
ROLLBACK TO start;
-- Discards: by Sharpe ratio, by score, by attempts.
SELECT pg_temp.policy('{"discard_sharpe_min_trades": 50, "candidate_min_trades": 100000}');
SELECT discarded FROM evolve_cycle(seed => 1);
SELECT name, status, is_active, status_reason FROM evolve.user_strategies ORDER BY name;
ROLLBACK TO start;
SELECT pg_temp.policy('{"discard_score_attempts": 1, "discard_score_below": 1, "candidate_min_trades": 100000}');
SELECT discarded FROM evolve_cycle(seed => 1);
SELECT name, status, status_reason FROM evolve.user_strategies ORDER BY name;
ROLLBACK TO start;
SELECT pg_temp.policy('{"discard_attempts": 2, "candidate_min_trades": 100000}');
SELECT discarded FROM evolve_cycle(seed => 1);
SELECT discarded FROM evolve_cycle(seed => 2);
SELECT name, status, evolution_attempts, status_reason FROM evolve.user_strategies ORDER BY name;
-- The discarded are out of every later cycle.
SELECT evaluated FROM evolve_cycle(seed => 3);
ROLLBACK TO start;
-- The cap keeps the best.
SELECT pg_temp.policy('{"max_active": 1, "candidate_min_trades": 100000}');
SELECT discarded FROM evolve_cycle(seed => 1);
SELECT name, status, is_active, status_reason FROM evolve.user_strategies ORDER BY name;
ROLLBACK TO start;
-- Nothing is evaluated that is not active.
UPDATE evolve.user_strategies SET is_active = false WHERE name = 'Loser';
SELECT evaluated FROM evolve_cycle(seed => 1);
ROLLBACK;

-- Monitoring: duplicates, sanity, robustness.
BEGIN;
SELECT test_store_bars('AAA', 700);
SELECT name, action FROM evolve_load_strategies('[{"name": "Living", "ruleset": {"entry": "close < sma(close, 10)", "exit": "close > sma(close, 10)"}}]');
INSERT INTO evolve.user_strategies (user_id, name, ruleset, created_at) VALUES
    ('aaaaaaaa-0000-0000-0000-000000000001', 'Copy of living', '{"entry": "sma(10) > close", "exit": "sma(10) < close"}', now()),
    ('aaaaaaaa-0000-0000-0000-000000000001', 'Busy', '{"entry": "close > open", "exit": "close < open"}', now()),
    ('aaaaaaaa-0000-0000-0000-000000000001', 'Idle', '{"entry": "close > 1e9"}', now()),
    ('aaaaaaaa-0000-0000-0000-000000000001', 'Reckless', '{"short": {"entry": "close > open", "exit": "close < open"}, "sizing": {"units": 100000}}', now()),
    ('aaaaaaaa-0000-0000-0000-000000000001', 'No market', '{"entry": "close > open", "exit": "close < open", "symbols": ["NOSUCH"]}', now());
SELECT reviewed, accepted, rejected, duplicates, robustness_checked, promoted, discarded FROM evolve_monitor();
SELECT strategy.name, strategy.status, strategy.is_active, other.name AS duplicate_of, regexp_replace(strategy.status_reason, '[0-9a-f]{8}-[0-9a-f-]{27}', 'ID') AS reason
FROM evolve.user_strategies AS strategy LEFT JOIN evolve.user_strategies AS other ON other.id = strategy.duplicate_of ORDER BY 1;
-- The window of daily bars is the last six months; nothing is held when it begins.
SELECT total_trades, round(100 * max_drawdown::numeric, 1) AS drawdown
FROM evolve_backtest('{"entry": "close > open", "exit": "close < open"}', 'AAA', "from" => (SELECT max(ts) + interval '1 day' - interval '6 months' FROM evolve.market_bars));
SELECT kind, count(*) FROM evolve.trials WHERE created_at = now() GROUP BY 1 ORDER BY 1;
-- Once reviewed, not reviewed again; what has been evaluated is checked for robustness.
SELECT reviewed, accepted, rejected, duplicates, robustness_checked FROM evolve_monitor();
SELECT evaluated FROM evolve_cycle(seed => 1);
UPDATE evolve.policies SET value = '0' WHERE policy = 'classic' AND name IN ('proposable_min_profit_factor', 'proposable_min_score', 'proposable_min_test_win_rate', 'proposable_win_path_min_win_rate', 'robustness_promote');
SELECT reviewed, accepted, rejected, robustness_checked > 0 AS checked FROM evolve_monitor();
SELECT name, (robustness ->> 'score')::float8 BETWEEN 0 AND 100 AS robust FROM evolve.user_strategies WHERE robustness IS NOT NULL ORDER BY name;
SELECT bool_and(kind = 'monitoring') FROM (SELECT kind FROM evolve.cycle_log LIMIT 1) AS last;
ROLLBACK;

-- The score of metrics alone: what is missing is left out, and the others weigh more.
SELECT evolve_score('{}') AS of_nothing, evolve_score('{"win_rate": 0.6}') AS of_one, evolve_score('{"win_rate": 0.6, "total_trades": 0}') AS without_trades,
       round(evolve_score('{"win_rate": 0.8, "max_drawdown": -0.1, "total_trades": 20}')::numeric, 12) AS of_two, round(((0.3 * 0.8 + 0.2 * exp(-0.2)) / 0.5)::numeric, 12) AS by_hand,
       round(evolve_score('{"win_rate": 1, "max_drawdown": 0, "cagr": 9, "volatility": 0.1, "sharpe_ratio": 1e9, "sortino_ratio": 9, "total_trades": 9}')::numeric, 6) AS of_the_best;
SELECT evolve_score(NULL) AS of_null;

-- A policy of some rows: what it leaves out has the classic value, in both cycles.
BEGIN;
SELECT test_store_bars('AAA', 700);
INSERT INTO evolve.policies (policy, name, value, minimum, maximum, description)
SELECT 'short', name, '7', minimum, maximum, description FROM evolve.policies WHERE policy = 'classic' AND name = 'batch_size';
UPDATE evolve.settings SET value = '"short"' WHERE name = 'policy';
SELECT action, max(reason), count(*) FROM evolve_load_strategies((SELECT jsonb_agg(jsonb_build_object('name', 'Below ' || n, 'ruleset', jsonb_build_object('entry', 'close < sma(close, ' || n || ')', 'exit', 'close > sma(close, ' || n || ')'))) FROM generate_series(6, 15) AS n)) GROUP BY 1;
SELECT evaluated FROM evolve_cycle(seed => 1);
SELECT robustness_checked FROM evolve_monitor();
ROLLBACK;

-- Of equal uploads in one statement the first is the original.
BEGIN;
SELECT test_store_bars('AAA', 700);
INSERT INTO evolve.user_strategies (user_id, name, ruleset)
SELECT 'aaaaaaaa-0000-0000-0000-000000000001', n || spelling,
       jsonb_build_object('entry', CASE spelling WHEN 'a' THEN 'close < sma(' || n || ')' ELSE 'sma(close, ' || n || ') > close' END, 'exit', 'close > open')
FROM generate_series(2, 11) AS n, unnest('{a,b}'::text[]) AS spelling ORDER BY spelling;
SELECT duplicates FROM evolve_monitor();
SELECT right(name, 1) AS spelling, status, count(*) FROM evolve.user_strategies GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;
