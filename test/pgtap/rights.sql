-- What an ordinary role can do without a grant, and what a grant of one function gives.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
BEGIN;
SELECT plan(28);
CREATE ROLE evolve_test_nobody;
INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume) VALUES ('S', '1d', '2020-01-01', 1, 1, 1, 1, 1);
SET LOCAL ROLE evolve_test_nobody;

-- The language is for everybody.
SELECT is(evolve_ruleset_text('{"entry": "open < close"}') ->> 'entry', 'close > open', 'the language can be used');
SELECT is(length(evolve_fingerprint('{"entry": "open < close"}')), 64, 'so can fingerprints');
SELECT lives_ok($$SELECT evolve_explain('{"entry": "open < close"}')$$, 'and explanations');
SELECT lives_ok($$SELECT * FROM evolve_indicators()$$, 'and the list of indicators');
-- Reading a limit from the settings must not fail for those who may not read the table.
SELECT lives_ok($$SELECT evolve_ruleset('{"entry": "open < close"}')$$, 'a ruleset can be checked');
SELECT lives_ok($$SELECT * FROM evolve_check_ruleset('{"entry": "open < close"}')$$, 'and all its problems listed');

-- Data and state are not.
SELECT throws_ok($$SELECT * FROM evolve.user_strategies$$, '42501', NULL, 'strategies cannot be read');
SELECT throws_ok($$SELECT * FROM evolve_series('close', 'S')$$, '42501', NULL, 'nor bars through a function');
SELECT throws_ok($$SELECT * FROM evolve_cycle()$$, '42501', NULL, 'no cycle');
SELECT throws_ok($$SELECT * FROM evolve_monitor()$$, '42501', NULL, 'no monitoring');
SELECT throws_ok('CALL evolve_run(1)', '42501', NULL, 'no run');
SELECT throws_ok('CALL evolve_resume(1)', '42501', NULL, 'and none that goes on');
SELECT throws_ok('CALL evolve_work()', '42501', NULL, 'no work on the queue');
SELECT throws_ok('SELECT * FROM evolve_queue_status()', '42501', NULL, 'nor a look at it');
SELECT throws_ok($$SELECT evolve_backtest_async('{"entry": "close > open"}', 'S')$$, '42501', NULL, 'nothing queued');
SELECT throws_ok('SELECT _evolve_stop_holder(1702259055, 1)', '42501', NULL, 'nobody stopped');
SELECT throws_ok($$SELECT * FROM evolve_migrate()$$, '42501', NULL, 'no migration');
SELECT throws_ok($$SELECT * FROM evolve_load_strategies('[]')$$, '42501', NULL, 'no loading of strategies');
SELECT throws_ok($$SELECT * FROM evolve_import_bars('', 'S', '1d')$$, '42501', NULL, 'no loading of bars');
SELECT throws_ok($$SELECT evolve_pack_bars()$$, '42501', NULL, 'no packing of bars');
SELECT throws_ok($$SELECT _evolve_pack_market('', 'S', '1d', true)$$, '42501', NULL, 'nor of one series');
SELECT throws_ok($$SELECT evolve_sweep('{"entry": "close > $x", "params": {"x": 1}}', 'S', '1d', grid => '{"x": [1]}')$$, '42501', NULL, 'no bars through a sweep');
SELECT throws_ok($$SELECT evolve_set_status(gen_random_uuid(), 'candidate', 'x')$$, '42501', NULL, 'no change of status');
SELECT throws_ok($$SELECT _evolve_engine_writes(true)$$, '42501', NULL, 'the guards cannot be opened');
SELECT throws_ok($$SET evolve.engine_writes = on$$, NULL, NULL, 'nor their setting changed');
SELECT throws_ok($$SELECT _evolve_attach()$$, '42501', NULL, 'no triggers');
SELECT throws_ok($$SELECT _evolve_run_cycle('{}')$$, '42501', NULL, 'no inner function of a cycle');
RESET ROLE;
SELECT ok(NOT has_schema_privilege('public', 'evolve', 'CREATE'), 'nobody can put objects into schema evolve');

SELECT * FROM finish();
ROLLBACK;
