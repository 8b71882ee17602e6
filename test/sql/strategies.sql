-- Strategies: uploads, the guards of their table, changes of status, loading.
SET timezone TO 'UTC';
\pset null '-'
BEGIN;
\set alice '''aaaaaaaa-0000-0000-0000-000000000001'''
\set bob '''bbbbbbbb-0000-0000-0000-000000000002'''

-- An upload is a plain INSERT; what it leaves out is filled in.
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset)
VALUES ('00000000-0000-0000-0000-000000000001', :alice, 'Dip', '{"entry": "30 > rsi(close, $n)", "exit": "rsi($n) > 70", "stop_loss": {"pct": 5}, "params": {"n": {"value": 14, "min": 2, "max": 30, "step": 2}}}');
\x on
SELECT name, parameters, ruleset, asset_type, status, status_reason, duplicate_of, score, last_backtest_at, evolution_attempts, is_active, is_proposable,
       generalized, explanation_human, risk_note, fingerprint = evolve_fingerprint(ruleset) AS fingerprint_fits, ruleset = evolve_ruleset(ruleset) AS canonical,
       created_at BETWEEN now() AND clock_timestamp() AS created_now, updated_at BETWEEN now() AND clock_timestamp() AS updated_now
FROM evolve.user_strategies;
\x off
-- Values in parameters are put into the ruleset.
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset, parameters, asset_type)
VALUES ('00000000-0000-0000-0000-000000000002', :bob, 'Dip of two', '{"entry": "rsi(close, $n) < 30", "params": {"n": {"value": 14, "min": 2, "max": 30, "step": 2}}}', '{"n": 2}', 'CRYPTO');
SELECT name, parameters, ruleset -> 'params' AS params, asset_type FROM evolve.user_strategies WHERE id = '00000000-0000-0000-0000-000000000002';

-- Bad rules are not stored; the error is the language's own.
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES (gen_random_uuid(), 'bad', '{"entry": "rsi(14) > close"}')$$);
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES (gen_random_uuid(), 'bad', '{}')$$);
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset, parameters) VALUES (gen_random_uuid(), 'bad', '{"entry": "close > open"}', '{"n": 2}')$$);
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset, parameters) VALUES (gen_random_uuid(), 'bad', '{"entry": "close > open"}', '[]')$$);
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES (gen_random_uuid(), '', '{"entry": "close > open"}')$$) ~ 'user_strategies_name' AS name_refused;
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name) VALUES (gen_random_uuid(), 'bad')$$) ~ '^23502|^PE' AS without_rules_refused;
SELECT test_error($$INSERT INTO evolve.user_strategies (name, ruleset) VALUES ('bad', '{"entry": "close > open"}')$$) ~ '^23502' AS without_user_refused;
SELECT test_error(format('INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES (gen_random_uuid(), %L, %L)', repeat('n', 256), '{"entry": "close > open"}'));
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset, asset_type) VALUES (gen_random_uuid(), 'bad', '{"entry": "close > open"}', 'BOND')$$);

-- Nothing can be forged by an upload.
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset, status) VALUES (gen_random_uuid(), 'forged', '{"entry": "close > open"}', 'proposable')$$);
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset, status) VALUES (gen_random_uuid(), 'forged', '{"entry": "close > open"}', 'experiment')$$);
SELECT test_error($$INSERT INTO evolve.user_strategies (user_id, name, ruleset, status, is_active) VALUES (gen_random_uuid(), 'forged', '{"entry": "close > open"}', 'discarded', false)$$);
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset, score, last_backtest_at, last_backtest_results, train_metrics, test_metrics, evolution_attempts, is_proposable,
    generalized, per_symbol_performance, robustness, explanation_human, risk_note, fingerprint, status_reason, duplicate_of, created_at, updated_at)
VALUES ('00000000-0000-0000-0000-000000000003', :bob, 'Forged', '{"entry": "close > open"}', 1, '2020-01-01', '{"metrics": {"win_rate": 1}}', '{"win_rate": 1}', '{"win_rate": 1}', 99, true,
    true, '{"A": {}}', '{"score": 100}', 'makes you rich', 'no risk at all', repeat('0', 64), 'because', '00000000-0000-0000-0000-000000000001', '1970-01-01', '1970-01-01');
\x on
SELECT score, last_backtest_at, last_backtest_results, train_metrics, test_metrics, evolution_attempts, is_proposable, generalized, per_symbol_performance, robustness, explanation_human,
       risk_note, fingerprint = evolve_fingerprint(ruleset) AS fingerprint_fits, status_reason, duplicate_of, created_at BETWEEN now() AND clock_timestamp() AS created_now, updated_at BETWEEN now() AND clock_timestamp() AS updated_now
FROM evolve.user_strategies WHERE name = 'Forged';
\x off

-- Nor by an UPDATE.
CREATE FUNCTION pg_temp.update(assignment text) RETURNS text LANGUAGE sql AS $$
    SELECT assignment || ': ' || test_error('UPDATE evolve.user_strategies SET ' || assignment || ' WHERE name = ''Dip''')
$$;
SELECT pg_temp.update(assignment) FROM unnest(ARRAY['user_id = gen_random_uuid()', 'id = gen_random_uuid()', 'created_at = ''1970-01-01''', 'status = ''candidate''', 'status = ''discarded''',
    'score = 1', 'last_backtest_at = now()', 'last_backtest_results = ''{}''', 'train_metrics = ''{}''', 'test_metrics = ''{}''', 'evolution_attempts = 5', 'generalized = true',
    'per_symbol_performance = ''{}''', 'robustness = ''{}''', 'duplicate_of = id', 'status_reason = ''x''', 'risk_note = ''none''']) WITH ORDINALITY AS a(assignment, n) ORDER BY n;
-- These are computed, whatever is written.
UPDATE evolve.user_strategies SET fingerprint = repeat('0', 64), is_proposable = true, updated_at = '1970-01-01' WHERE name = 'Dip';
UPDATE evolve.user_strategies SET explanation_human = 'makes you rich' WHERE name = 'Dip';
SELECT fingerprint = evolve_fingerprint(ruleset) AS fingerprint_fits, is_proposable, updated_at BETWEEN now() AND clock_timestamp() AS updated_now, explanation_human = evolve_explain(ruleset) AS explanation_fits FROM evolve.user_strategies WHERE name = 'Dip';
-- Name, description and kind are the owner's to change.
UPDATE evolve.user_strategies SET name = 'Dip buyer', description = 'new words', asset_type = 'FOREX' WHERE name = 'Dip';
SELECT name, description, asset_type, status FROM evolve.user_strategies WHERE name = 'Dip buyer';
-- The internal setting cannot be reached.
SELECT test_error($$SET evolve.engine_writes = on$$);
SELECT test_error($$SELECT set_config('evolve.engine_writes', 'on', false)$$);

-- evolve_set_status is the door for people; every change is in the history, and the state machine has the last word.
CREATE FUNCTION pg_temp.set_status(strategy text, status text, reason text DEFAULT 'test') RETURNS text LANGUAGE sql AS $$
    SELECT test_error(format('SELECT evolve_set_status((SELECT id FROM evolve.user_strategies WHERE name = %L), %L, %L)', strategy, status, reason))
$$;
SELECT pg_temp.set_status('Dip buyer', 'experiment', 'looks good');
SELECT pg_temp.set_status('Dip buyer', 'candidate');
SELECT pg_temp.set_status('Dip buyer', 'proposable');
SELECT is_proposable, is_active, status_reason FROM evolve.user_strategies WHERE name = 'Dip buyer';
SELECT pg_temp.set_status('Dip buyer', 'pending_review');
SELECT pg_temp.set_status('Dip buyer', 'candidate', 'too risky');
SELECT pg_temp.set_status('Dip buyer', 'discarded', 'no good');
SELECT is_proposable, is_active, status_reason FROM evolve.user_strategies WHERE name = 'Dip buyer';
SELECT pg_temp.set_status('Dip buyer', 'proposable');
SELECT pg_temp.set_status('Forged', 'no such status');
SELECT pg_temp.set_status('Forged', NULL);
SELECT pg_temp.set_status('Forged', 'experiment', '');
SELECT pg_temp.set_status('Forged', 'experiment', '   ');
SELECT pg_temp.set_status('Forged', 'experiment', NULL);
SELECT test_error($$SELECT evolve_set_status('00000000-0000-0000-0000-00000000dead', 'experiment', 'nobody')$$);
SELECT test_error($$UPDATE evolve.user_strategies SET status = 'candidate' WHERE name = 'Dip buyer'$$);
SELECT name, old_status, new_status, reason, changed_by = current_user AS by_me, changed_at = now() AS now FROM evolve.status_history ORDER BY id;
SET LOCAL evolve.user_id = 'cccccccc-0000-0000-0000-000000000003';
SELECT pg_temp.set_status('Forged', 'rejected', 'by the admin');
SELECT new_status, changed_by = current_user || ' for cccccccc-0000-0000-0000-000000000003' AS names_the_user FROM evolve.status_history ORDER BY id DESC LIMIT 1;
RESET evolve.user_id;
-- All changes that the state machine has.
SELECT old AS "from", string_agg(new::text, ', ' ORDER BY new) FILTER (WHERE _evolve_transition_allowed(old::text, new::text)) AS "to"
FROM unnest(enum_range(NULL::evolve.strategy_status)) AS old, unnest(enum_range(NULL::evolve.strategy_status)) AS new WHERE old <> new GROUP BY old ORDER BY old;
-- The history is only added to, and goes with its strategy.
SELECT test_error($$UPDATE evolve.strategy_status_history SET reason = 'x'$$);
SELECT test_error($$DELETE FROM evolve.strategy_status_history$$);
DELETE FROM evolve.user_strategies WHERE name = 'Forged';
SELECT count(*) FROM evolve.strategy_status_history WHERE strategy_id = '00000000-0000-0000-0000-000000000003';

-- Rules can be corrected until they are reviewed, and spelled in another way for ever; other rules are another strategy.
CREATE FUNCTION pg_temp.rules(strategy text, ruleset text) RETURNS text LANGUAGE sql AS $$
    SELECT test_error(format('UPDATE evolve.user_strategies SET ruleset = %L WHERE name = %L', ruleset, strategy))
$$;
SELECT pg_temp.rules('Dip of two', '{"entry": "rsi(close, 2) < 25"}');
SELECT status, parameters, ruleset, fingerprint = evolve_fingerprint('{"entry": "rsi(2) < 25"}') AS fingerprint_fits, explanation_human = evolve_explain(ruleset) AS explanation_fits FROM evolve.user_strategies WHERE name = 'Dip of two';
SELECT pg_temp.rules('Dip of two', '{"entry": "rsi(close, 2) < volume"}');
SELECT pg_temp.set_status('Dip of two', 'experiment');
SELECT pg_temp.rules('Dip of two', '{"entry": "$low > rsi(close, 2)", "params": {"low": 25}}');
SELECT status, parameters, ruleset FROM evolve.user_strategies WHERE name = 'Dip of two';
SELECT pg_temp.rules('Dip of two', '{"entry": "rsi(close, 2) < 24"}');
SELECT test_error($$UPDATE evolve.user_strategies SET parameters = '{"low": 24}' WHERE name = 'Dip of two'$$);
SELECT pg_temp.rules('Dip buyer', '{"entry": "rsi(close, 2) < 24"}');
DELETE FROM evolve.user_strategies;
-- Without a user_id it is the current user's; it needs one.
SET LOCAL evolve.user_id = 'cccccccc-0000-0000-0000-000000000003';
INSERT INTO evolve.user_strategies (name, ruleset) VALUES ('Mine', '{"entry": "close > open"}');
RESET evolve.user_id;
SELECT name, user_id FROM evolve.user_strategies;
DELETE FROM evolve.user_strategies;

-- Loading says what became of each.
SELECT name, action, reason, id IS NOT NULL AS has_id FROM evolve_load_strategies('[
    {"name": "One", "description": "the first", "asset_type": "stock", "ruleset": {"entry": "close > sma(close, $n)", "params": {"n": 20}}},
    {"name": "One again", "ruleset": {"entry": "sma(20) < close"}},
    {"name": "Another", "ruleset": {"entry": "close > sma(close, $n)", "params": {"n": 20}}, "parameters": {"n": 30}, "asset_type": "CRYPTO"},
    {"name": "Broken", "ruleset": {"entry": "close > smaa(close, 20)"}},
    {"name": "No rules"},
    {"name": "Text", "ruleset": "close > open"},
    {"name": "", "ruleset": {"entry": "close > open"}},
    {"name": 5, "ruleset": {"entry": "close > open"}},
    {"ruleset": {"entry": "close > open"}},
    {"name": "Wrong kind", "asset_type": "BOND", "ruleset": {"entry": "close > open"}},
    {"name": "Wrong parameter", "ruleset": {"entry": "close > open"}, "parameters": {"n": 1}},
    7, null, "text", []
]', 'aaaaaaaa-0000-0000-0000-000000000001');
SELECT name, description, asset_type, status, status_reason, user_id, parameters FROM evolve.user_strategies ORDER BY name;
-- Again: all duplicates. The ids are the same in every database.
SELECT name, action, regexp_replace(reason, '[0-9a-f-]{36}', 'ID') AS reason, id FROM evolve_load_strategies('[{"name": "Copy", "ruleset": {"entry": "close > sma(20)"}}]');
CREATE TEMP TABLE known AS SELECT id, name FROM evolve.user_strategies;
DELETE FROM evolve.user_strategies;
SELECT loaded.id = known.id AS same_id FROM evolve_load_strategies('[{"name": "Other name", "ruleset": {"entry": "close > sma(20)"}}]', 'aaaaaaaa-0000-0000-0000-000000000001') AS loaded, known WHERE known.name = 'One';
-- An upload that waits for review stands in the way as well; a dead strategy does not.
INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES (:alice, 'Waiting', '{"entry": "close > ema(20)"}');
SELECT name, action, regexp_replace(reason, '[0-9a-f-]{36}', 'ID') AS reason FROM evolve_load_strategies('[{"name": "Loaded", "ruleset": {"entry": "close > ema(20)"}}]');
SELECT pg_temp.set_status('Waiting', 'rejected');
SELECT name, action FROM evolve_load_strategies('[{"name": "Loaded", "ruleset": {"entry": "close > ema(20)"}}]');
-- Nobody named: the user of the session, else the nil user.
SELECT user_id FROM evolve.user_strategies WHERE name = 'Loaded';
SELECT set_config('request.jwt.claims', '{"sub": "dddddddd-0000-0000-0000-000000000004", "role": "authenticated"}', true);
SELECT evolve_current_user();
SELECT name, action FROM evolve_load_strategies('[{"name": "Claimed", "ruleset": {"entry": "close > ema(21)"}}]');
SELECT user_id FROM evolve.user_strategies WHERE name = 'Claimed';
SELECT set_config('request.jwt.claims', '', true);
SELECT action, reason FROM evolve_load_strategies('[]');
SELECT test_error($$SELECT * FROM evolve_load_strategies('{}')$$);
SELECT test_error($$SELECT * FROM evolve_load_strategies(NULL)$$);

-- The strategies of the demo: every file loads whole, nothing twice, every number in a rule that search may move has a range.
DELETE FROM evolve.user_strategies;
\getenv sources PG_ABS_SRCDIR
\setenv DEMO :sources/../demo/strategies
\set strategies `cat "$DEMO"/trend.json "$DEMO"/reversion.json "$DEMO"/breakout.json "$DEMO"/volatility.json "$DEMO"/momentum.json | tr -d '\n' | sed 's/\]\[/,/g'`
SELECT action, count(*) >= 24 AS enough, min(name) FILTER (WHERE action <> 'loaded') AS not_loaded, min(reason) AS reason FROM evolve_load_strategies(:'strategies') GROUP BY 1;
SELECT count(DISTINCT name) = count(*) AS distinct_names, bool_and(length(description) > 60) AS explained, bool_and(parameters <> '{}') AS all_can_be_tuned,
       bool_and(ruleset -> 'symbols' IS NULL AND ruleset -> 'timeframe' IS NULL) AS run_anywhere FROM evolve.user_strategies;
SELECT name, problem.message FROM evolve.user_strategies, evolve_check_ruleset(ruleset) AS problem;
SELECT name, parameter.key FROM evolve.user_strategies, jsonb_each(ruleset -> 'params') AS parameter WHERE NOT parameter.value ?& '{value,min,max,step}' OR jsonb_typeof(parameter.value) <> 'object';
ROLLBACK;
