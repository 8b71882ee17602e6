-- Records that results can be checked against are only added to: also by the owner, also by TRUNCATE.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
BEGIN;
SELECT plan(13);

INSERT INTO evolve.user_strategies (id, user_id, name, ruleset) VALUES
    ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000aa', 'one', '{"entry": "close > open"}'),
    ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-0000000000aa', 'two', '{"entry": "close < open"}');
INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type) VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'x');
INSERT INTO evolve.trials (fingerprint, kind, symbol, timeframe, bars) VALUES (repeat('0', 64), 'evaluation', 'S', '1d', 10);

SELECT isnt_empty('SELECT 1 FROM evolve.strategy_status_history', 'a new strategy has a history');
SELECT throws_ok($$UPDATE evolve.strategy_status_history SET reason = 'x'$$, 'PE012', NULL, 'history: no UPDATE');
SELECT throws_ok($$DELETE FROM evolve.strategy_status_history$$, 'PE012', NULL, 'history: no DELETE');
SELECT throws_ok($$TRUNCATE evolve.strategy_status_history$$, 'PE012', NULL, 'history: no TRUNCATE');
SELECT throws_ok($$UPDATE evolve.trials SET bars = 1$$, 'PE012', NULL, 'trials: no UPDATE');
SELECT throws_ok($$DELETE FROM evolve.trials$$, 'PE012', NULL, 'trials: no DELETE');
SELECT throws_ok($$TRUNCATE evolve.trials$$, 'PE012', NULL, 'trials: no TRUNCATE');
SELECT throws_ok($$UPDATE evolve.strategy_generations SET generation = 7$$, 'PE012', NULL, 'generations: no UPDATE');
SELECT throws_ok($$UPDATE evolve.strategy_lineage SET parent_generation = 7, child_generation = 8$$, 'PE012', NULL, 'lineage: parent and child stay');
SELECT lives_ok($$UPDATE evolve.strategy_lineage SET change_impact = '{}'$$, 'lineage: what is measured later may be written');
SELECT lives_ok($$DELETE FROM evolve.user_strategies WHERE name = 'two'$$, 'a strategy takes its own history with it');
SELECT is((SELECT count(*) FROM evolve.strategy_status_history), 1::bigint, 'and no other');
SELECT isnt_empty('SELECT 1 FROM evolve.trials', 'trials outlive strategies');

SELECT * FROM finish();
ROLLBACK;
