-- The queue: what is refused, whose turn it is, what becomes of failures, who sees what. kill -9 is in test/scripts/t_queue.sh.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\pset null '-'
SELECT test_store_bars('Q', 300, '1d', '2015-01-01 00:00:00+00');
\set alice '''aaaaaaaa-0000-0000-0000-000000000001'''
\set bob '''bbbbbbbb-0000-0000-0000-000000000002'''

-- What is wrong is told at once.
SELECT test_error(format('SELECT evolve_backtest_async(%s)', arguments)) FROM (VALUES
    (1, 'NULL, ''Q'''), (2, $$'{"entry": "rsi(3) <"}', 'Q'$$), (3, $$'{"entry": "rsi(3) < close"}', 'Q'$$), (4, $$'{"entry": "rsi(3) < 30"}', 'NOPE'$$),
    (5, $$'{"entry": "rsi(3) < 30"}', 'Q', '2d'$$), (6, $$'{"entry": "rsi(3) < 30"}', 'Q', options => '{"fee": 1}'$$),
    (7, $$'{"entry": "rsi(3) < 30"}', 'Q', options => '{"benchmark": "NOPE"}'$$), (8, $$'[]', 'Q'$$)) AS listed(n, arguments) ORDER BY n;
SELECT count(*) FROM evolve.queue;
CALL evolve_work(0);
CALL evolve_work(lease => '0 s');
BEGIN;
CALL evolve_work();
ROLLBACK;
CALL evolve_work();

-- Done: the result is what evolve_backtest() says, and the channel tells it.
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30", "exit": "rsi(3) > 60"}', 'Q', "from" => '2015-03-01 00:00:00+00', options => '{"fee_rate": 0.01}') AS first \gset
SELECT status, attempts, kind, owner, queued_by = session_user, worker, started_at, finished_at FROM evolve.queue WHERE id = :first;
SET application_name = 'caller';
CALL evolve_work();
SHOW application_name;
SELECT status, attempts, worker IS NOT NULL, error, fencing_token IS NOT NULL, lease_until, started_at >= created_at, finished_at >= started_at,
       result = to_jsonb(evolve_backtest('{"entry": "rsi(3) < 30", "exit": "rsi(3) > 60"}', 'Q', "from" => '2015-03-01 00:00:00+00', options => '{"fee_rate": 0.01}'))
FROM evolve.queue WHERE id = :first;
SELECT evolve_queue_cancel(:first);
SELECT evolve_queue_cancel(NULL);
SELECT evolve_queue_cancel(0);

-- A block that CALLs it goes on with its own search_path.
DO $$ BEGIN CALL evolve_work(); RAISE NOTICE '%', current_setting('search_path'); END $$;
-- Turns: who has least at work, then who has waited longest; at most queue_max_running at work.
DELETE FROM evolve.queue;
UPDATE evolve.settings SET value = '2' WHERE name = 'queue_max_running';
CREATE TEMP TABLE item (name text, id bigint);
SET evolve.user_id = :alice;
INSERT INTO item SELECT 'alice ' || n, evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') FROM generate_series(1, 4) AS n;
SET evolve.user_id = :bob;
INSERT INTO item SELECT 'bob ' || n, evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') FROM generate_series(1, 2) AS n;
SELECT count(*), count(DISTINCT owner) FROM evolve.queue;
CREATE FUNCTION claimed() RETURNS text LANGUAGE sql AS $$ SELECT (SELECT name FROM item WHERE item.id = claim.id) FROM _evolve_queue_claim('1 minute') AS claim $$;
SELECT claimed();
SELECT claimed();
SELECT claimed();
SELECT claimed();
SELECT claimed();
SELECT queued, due, running, stuck, owners FROM evolve_queue_status();
-- This session holds their locks. Without them they are stuck, and the next worker takes them back.
SELECT pg_advisory_unlock_all();
SELECT queued, due, running, stuck, owners FROM evolve_queue_status();
CALL evolve_work();
SELECT status, attempts, count(*) FROM evolve.queue GROUP BY 1, 2 ORDER BY 1, 2;
SELECT queued, due, running, stuck, done, failed, dead, cancelled, owners, oldest_due_seconds, longest_running_seconds, done_last_hour, mean_wait_seconds > 0, mean_work_seconds > 0 FROM evolve_queue_status();

-- A finish with an older token is refused.
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') AS twice \gset
SELECT token AS old_token FROM _evolve_queue_claim('1 second') \gset
UPDATE evolve.queue SET lease_until = clock_timestamp() - interval '1 second' WHERE id = :twice;
SELECT id = :twice AS same_item, token > :old_token AS later, token AS new_token FROM _evolve_queue_claim('1 minute') \gset
SELECT :'same_item', :'later';
SELECT _evolve_queue_perform(:twice, :old_token), _evolve_queue_failed(:twice, :old_token, 'XX000', 'too late');
SELECT status, result FROM evolve.queue WHERE id = :twice;
SELECT _evolve_queue_perform(:twice, :new_token);
SELECT _evolve_queue_perform(:twice, :new_token);
SELECT status, attempts, result IS NOT NULL FROM evolve.queue WHERE id = :twice;
SELECT pg_advisory_unlock_all();

-- Failures: what is wrong stays wrong; what may pass is tried again, later each time, then given up.
CREATE FUNCTION broken() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / 0 > 0; END $$;
CREATE TABLE good_or_bad (bad boolean);
CREATE VIEW flaky AS SELECT ts, open, high, low, close, volume FROM evolve.market_bars WHERE symbol = 'Q' AND CASE WHEN (SELECT bad FROM good_or_bad) THEN broken() ELSE true END;
INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('FLAKY', '1d', 'public.flaky');
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'FLAKY') AS given_up \gset
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'FLAKY') AS recovers \gset
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q', '1d', '2016-12-01 00:00:00+00') AS empty_span \gset
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') AS wrong \gset
UPDATE evolve.queue SET payload = payload || '{"symbol": "GONE"}' WHERE id = :wrong;
INSERT INTO good_or_bad VALUES (true);
CALL evolve_work();
SELECT id = :wrong AS wrong, id = :empty_span AS empty_span, status, attempts, error, run_after > finished_at + interval '0.4 s' AS later FROM evolve.queue WHERE id IN (:wrong, :empty_span) ORDER BY id;
SELECT status, attempts, error, finished_at, run_after BETWEEN started_at + interval '0.5 s' AND clock_timestamp() + interval '1.5 s' AS later FROM evolve.queue WHERE id IN (:given_up, :recovers);
UPDATE evolve.queue SET run_after = now() WHERE status = 'queued';
CALL evolve_work();
SELECT status, attempts, run_after BETWEEN started_at + interval '1 s' AND clock_timestamp() + interval '3 s' AS still_later FROM evolve.queue WHERE id IN (:given_up, :recovers);
UPDATE evolve.queue SET run_after = now() WHERE id = :given_up;
CALL evolve_work();
DELETE FROM good_or_bad;
UPDATE evolve.queue SET run_after = now() WHERE status = 'queued';
CALL evolve_work();
SELECT id = :given_up AS given_up, status, attempts, error, finished_at IS NOT NULL FROM evolve.queue WHERE id IN (:given_up, :recovers) ORDER BY id;
SELECT failed, dead FROM evolve_queue_status();
SELECT state, message FROM evolve_status() WHERE job = '(queue)';
SELECT name, labels, value FROM evolve_counters() WHERE name ~ '^evolve_queue';

-- Limits and rights.
DELETE FROM evolve.queue;
UPDATE evolve.settings SET value = '2' WHERE name = 'queue_max_per_owner';
CREATE ROLE test_queuer;
CREATE ROLE test_worker;
SELECT count(*) > 5 FROM evolve_grant('test_queuer', 'reader');
SELECT count(*) > 5 FROM evolve_grant('test_worker', 'operator');
SELECT evolve_backtest_async('{"entry": "rsi(3) < 31"}', 'Q') AS of_bob \gset
UPDATE evolve.settings SET value = '1' WHERE name = 'queue_max_per_minute';
SELECT test_error($$SELECT evolve_backtest_async('{"entry": "rsi(3) < 32"}', 'Q')$$);
UPDATE evolve.settings SET value = '600' WHERE name = 'queue_max_per_minute';
SET ROLE test_queuer;
SET evolve.user_id = :alice;
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') > 0, evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') > 0;
SELECT test_error($$SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q')$$);
SELECT owner, queued_by, status FROM evolve.queue;
SELECT evolve_queue_cancel(:of_bob);
SELECT test_error(statement) FROM unnest(ARRAY[$$UPDATE evolve.queue SET status = 'done'$$, 'DELETE FROM evolve.queue', 'SELECT * FROM evolve_queue_status()', $$SELECT _evolve_queue_claim('1 minute')$$]) AS statement;
CALL evolve_work();
SET evolve.user_id = '';
SELECT count(*) FROM evolve.queue;
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q') AS of_role \gset
SELECT owner, queued_by, status, id = :of_role FROM evolve.queue;
SELECT evolve_queue_cancel(:of_role);
-- A mapped relation is read only for those who may read it, by symbol, by the ruleset, as a benchmark.
SELECT test_error($$SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'FLAKY')$$);
SELECT test_error($$SELECT evolve_backtest_async('{"entry": "rsi(3) < 30", "symbols": ["FLAKY"]}')$$);
SELECT test_error($$SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'Q', options => '{"benchmark": "FLAKY"}')$$);
SELECT test_error($$SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', timeframe => '1d')$$);
RESET ROLE;
GRANT SELECT ON flaky TO test_queuer;
SET ROLE test_queuer;
SELECT evolve_backtest_async('{"entry": "rsi(3) < 30"}', 'FLAKY') AS taken_away \gset
RESET ROLE;
REVOKE SELECT ON flaky FROM test_queuer;
SET ROLE test_worker;
CALL evolve_work();
SELECT count(*) FROM evolve.queue;
SELECT done, failed, cancelled FROM evolve_queue_status();
RESET ROLE;
SELECT status, error FROM evolve.queue WHERE id = :taken_away;
RESET evolve.user_id;
SELECT pg_notification_queue_usage() < 1;

DELETE FROM evolve.queue;
UPDATE evolve.settings SET value = CASE name WHEN 'queue_max_running' THEN '4' WHEN 'queue_max_per_minute' THEN '600' ELSE '1000' END::jsonb WHERE name LIKE 'queue%';
SELECT count(*) > 5 FROM evolve_revoke('test_queuer', 'reader');
SELECT count(*) > 5 FROM evolve_revoke('test_worker', 'operator');
DROP ROLE test_queuer, test_worker;
DELETE FROM evolve.bar_sources WHERE symbol = 'FLAKY';
DROP VIEW flaky;
DROP TABLE good_or_bad;
DROP FUNCTION broken(), claimed();
DELETE FROM evolve.market_bars WHERE symbol = 'Q';
