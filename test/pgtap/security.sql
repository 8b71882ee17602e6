-- Who sees and changes what: every role, table and verb, own rows and others'; then what an attacker would try.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only true
BEGIN;
-- The matrix has a row for each table, verb and role; the rest are counted.
SELECT plan((SELECT 5 * sum(CASE relkind WHEN 'v' THEN 1 ELSE 3 END) FROM pg_class
             WHERE relnamespace = 'evolve'::regnamespace AND relkind IN ('r', 'v', 'p'))::int + 109);

CREATE ROLE evolve_test_nobody;
CREATE ROLE evolve_test_reader;
CREATE ROLE evolve_test_author;
CREATE ROLE evolve_test_operator;
CREATE ROLE evolve_test_accountant;
SELECT is(count(*) > 5, true, 'a reader''s grants') FROM evolve_grant('evolve_test_reader', 'reader');
SELECT is(count(*) > 10, true, 'an author''s grants') FROM evolve_grant('evolve_test_author', 'author');
SELECT is(count(*) > 10, true, 'an operator''s grants') FROM evolve_grant('evolve_test_operator', 'operator');
SELECT is(count(*) > 10, true, 'an accountant''s grants') FROM evolve_grant('evolve_test_accountant', 'accountant');

-- Alice and Bob are users of one application: one role of the database, two subjects of its tokens.
\set alice '{"sub": "aaaaaaaa-0000-0000-0000-000000000001", "role": "authenticated"}'
\set bob '{"sub": "bbbbbbbb-0000-0000-0000-000000000002", "role": "authenticated"}'

INSERT INTO evolve.market_bars (symbol, timeframe, ts, open, high, low, close, volume)
SELECT 'S', '1d', '2020-01-01 00:00:00+00'::timestamptz + i * interval '1 day', c, c + 2, c - 2, c + sin(i), 1
FROM (SELECT i, 100 + 10 * sin(i / 9.0) AS c FROM generate_series(0, 599) AS i) AS made;
INSERT INTO evolve.bar_sources (symbol, timeframe, relation) VALUES ('MAPPED', '1d', 'evolve.market_bars');
SELECT count(*) FROM evolve_load_strategies('[{"name": "Of Alice", "ruleset": {"entry": "close < sma(close, 10)", "exit": "close > sma(close, 10)"}},
    {"name": "Of Alice too", "ruleset": {"entry": "rsi(5) < 40", "exit": "rsi(5) > 60"}}]', 'aaaaaaaa-0000-0000-0000-000000000001') \g /dev/null
SELECT count(*) FROM evolve_load_strategies('[{"name": "Secret of Bob", "ruleset": {"entry": "close < sma(close, 12)", "exit": "close > sma(close, 12)"}},
    {"name": "Open of Bob", "ruleset": {"entry": "rsi(7) < 40", "exit": "rsi(7) > 60"}}]', 'bbbbbbbb-0000-0000-0000-000000000002') \g /dev/null
UPDATE evolve.user_strategies SET is_published = true WHERE name = 'Open of Bob';
SELECT evaluated FROM evolve_cycle(seed => 1) \g /dev/null
SELECT evaluated FROM evolve_cycle(seed => 2) \g /dev/null

-- Runs a statement as a role and a user of the application, undoes it, and says what became of it: "rows N" or the SQLSTATE.
CREATE FUNCTION pg_temp.outcome(role name, claims text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    n bigint;
BEGIN
    BEGIN
        PERFORM set_config('request.jwt.claims', claims, true);
        EXECUTE format('SET LOCAL ROLE %I', role);
        EXECUTE statement;
        GET DIAGNOSTICS n = ROW_COUNT;
        RESET ROLE;
        RAISE EXCEPTION USING ERRCODE = 'ZZ999', MESSAGE = 'rows ' || n;
    EXCEPTION WHEN OTHERS THEN
        result := CASE SQLSTATE WHEN 'ZZ999' THEN SQLERRM ELSE SQLSTATE END;
    END;
    RETURN result;
END $$;

CREATE TEMP TABLE tables AS
SELECT relation.relname::text AS name, relation.relkind = 'v' AS is_view
FROM pg_class AS relation
WHERE relation.relnamespace = 'evolve'::regnamespace AND relation.relkind IN ('r', 'v', 'p');
CREATE TEMP TABLE shared AS SELECT unnest('{market_bars,bar_sources,series,settings,policies,cycles,cycle_log,runs,progress,queue,currencies,subscription_plans,royalty_policies,royalty_blocks}'::text[]) AS name;
CREATE TEMP TABLE owned AS
SELECT unnest('{user_strategies,strategy_backtests,strategy_generations,strategy_lineage,strategy_status_history,status_history,trials,leaderboard}'::text[]) AS name;
CREATE TEMP TABLE money AS
SELECT unnest('{strategy_shares,share_sets,user_plans,royalty_events,royalty_ledger,royalty_snapshots,royalty_balances,royalty_payees}'::text[]) AS name;

-- Nobody without a grant touches anything; readers read what belongs to nobody; only authors read strategies; authors and
-- accountants read royalties; nobody but an author on user_strategies and an accountant on plans writes; nobody deletes.
SELECT is(CASE WHEN pg_temp.outcome('evolve_test_' || role, :'alice', statement) = '42501' THEN 'refused' ELSE 'let through' END,
          CASE WHEN verb = 'SELECT' AND role <> 'nobody' AND tables.name IN (TABLE shared) THEN 'let through'
               WHEN verb = 'SELECT' AND role = 'author' AND tables.name IN (TABLE owned) THEN 'let through'
               WHEN verb = 'SELECT' AND role = 'author' AND tables.name IN (TABLE money) THEN 'let through'
               WHEN verb = 'SELECT' AND role = 'accountant' AND tables.name IN (TABLE money) AND tables.name NOT LIKE '%share%' THEN 'let through'
               WHEN verb = 'SELECT' AND role = 'operator' AND tables.name IN ('jobs', 'job_runs') THEN 'let through'
               WHEN verb = 'UPDATE' AND role = 'author' AND tables.name = 'user_strategies' THEN 'let through'
               WHEN verb = 'UPDATE' AND role = 'accountant' AND tables.name = 'subscription_plans' THEN 'let through'
               ELSE 'refused' END,
          format('%s: %s %s', role, verb, tables.name))
FROM tables
CROSS JOIN unnest('{nobody,reader,author,operator,accountant}'::text[]) AS role
CROSS JOIN LATERAL (VALUES
    ('SELECT', format('SELECT * FROM evolve.%I', tables.name)),
    ('UPDATE', CASE tables.name WHEN 'user_strategies' THEN 'UPDATE evolve.user_strategies SET description = name'
                    ELSE (SELECT format('UPDATE evolve.%I SET %I = %2$I', tables.name, attribute.attname)
                          FROM pg_attribute AS attribute WHERE attribute.attrelid = ('evolve.' || tables.name)::regclass AND attribute.attnum > 0 AND attribute.attidentity = '' ORDER BY attribute.attnum LIMIT 1) END),
    ('DELETE', format('DELETE FROM evolve.%I', tables.name))) AS tried(verb, statement)
WHERE NOT (tables.is_view AND verb <> 'SELECT')
ORDER BY tables.name, role, verb;

-- Alice sees her own and what is published, and changes only her own.
CREATE FUNCTION pg_temp.seen(claims text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('request.jwt.claims', claims, true);
    SET LOCAL ROLE evolve_test_author;
    EXECUTE statement INTO result;
    RESET ROLE;
    RETURN result;
END $$;
SELECT is(pg_temp.seen(:'alice', $$SELECT string_agg(DISTINCT split_part(name, ' #', 1), ', ' ORDER BY split_part(name, ' #', 1)) FROM evolve.user_strategies$$),
          'Of Alice, Of Alice too, Open of Bob', 'own and published strategies');
SELECT is(pg_temp.seen('{"sub": "cccccccc-0000-0000-0000-000000000003"}', 'SELECT string_agg(name, '','') FROM evolve.user_strategies'), 'Open of Bob', 'a stranger sees what is published');
SELECT is(pg_temp.seen('', 'SELECT string_agg(name, '','') FROM evolve.user_strategies'), 'Open of Bob', 'so does who is nobody');
SELECT is(pg_temp.seen('{"role": "anon"}', 'SELECT string_agg(name, '','') FROM evolve.user_strategies'), 'Open of Bob', 'and a token without a subject');
SELECT is(pg_temp.seen(:'alice', format($$SELECT count(*) FILTER (WHERE s.user_id IS NULL OR NOT s.is_published AND s.user_id <> 'aaaaaaaa-0000-0000-0000-000000000001') FROM evolve.%I AS r LEFT JOIN evolve.user_strategies AS s ON s.id = r.%I$$, name, key)), '0', 'no row of others in ' || name)
FROM (VALUES ('strategy_backtests', 'strategy_id'), ('strategy_generations', 'strategy_id'), ('strategy_lineage', 'child_strategy_id'), ('strategy_status_history', 'strategy_id'), ('status_history', 'strategy_id'), ('trials', 'strategy_id'), ('leaderboard', 'strategy_id')) AS listed(name, key);
SELECT is(pg_temp.seen(:'alice', format('SELECT count(*) > 0 FROM evolve.%I', name)), 'true', 'but rows of her own in ' || name)
FROM unnest('{strategy_backtests,strategy_status_history,status_history,trials,leaderboard}'::text[]) AS name;
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$UPDATE evolve.user_strategies SET description = 'x' WHERE name = 'Of Alice'$$), 'rows 1', 'her own can be described');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$UPDATE evolve.user_strategies SET description = 'x' WHERE name LIKE '%Bob'$$), 'rows 0', 'others'' cannot, published or not');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 'n', '{"entry": "rsi(9) < 30"}')$$), 'rows 1', 'an upload under her own name');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$INSERT INTO evolve.user_strategies (name, ruleset) VALUES ('n', '{"entry": "rsi(9) < 30"}')$$), 'rows 1', 'and without a name');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES ('bbbbbbbb-0000-0000-0000-000000000002', 'n', '{"entry": "rsi(9) < 30"}')$$), '42501', 'not under another''s');
SELECT is(pg_temp.outcome('evolve_test_author', '', $$INSERT INTO evolve.user_strategies (user_id, name, ruleset) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 'n', '{"entry": "rsi(9) < 30"}')$$), '42501', 'nor by nobody');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$INSERT INTO evolve.user_strategies (name, ruleset, status) VALUES ('n', '{"entry": "rsi(9) < 30"}', 'proposable')$$), '42501', 'a status cannot be given');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', 'UPDATE evolve.user_strategies SET score = 1'), '42501', 'nor a score');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$UPDATE evolve.user_strategies SET user_id = 'bbbbbbbb-0000-0000-0000-000000000002'$$), '42501', 'nor an owner');

-- The history of an author's upload is written, by the owner of the tables, in the author's name.
SELECT set_config('request.jwt.claims', :'alice', true) \g /dev/null
SET LOCAL ROLE evolve_test_author;
INSERT INTO evolve.user_strategies (name, ruleset) VALUES ('Fresh', '{"entry": "rsi(9) < 30", "exit": "rsi(9) > 70"}');
RESET ROLE;
SELECT is((SELECT changed_by FROM evolve.status_history WHERE name = 'Fresh'), 'evolve_test_author for aaaaaaaa-0000-0000-0000-000000000001', 'an upload''s history names who uploaded');

-- Operators run the functions and need no right on any table.
SELECT is(pg_temp.outcome('evolve_test_operator', '', 'SELECT * FROM evolve_cycle(seed => 3)'), 'rows 1', 'an operator runs a cycle');
SELECT is(pg_temp.outcome('evolve_test_operator', '', 'SELECT evolve_monitor()'), 'rows 1', 'and a review');
SELECT is(pg_temp.outcome('evolve_test_operator', '', $$SELECT * FROM evolve_import_bars(E'ts,open,high,low,close\n2020-01-08,12,12.5,11,11.5\n', 'NEW', '1d')$$), 'rows 3', 'and an import');
SELECT is(pg_temp.outcome('evolve_test_operator', '', $$SELECT * FROM evolve_load_strategies('[{"name": "x", "ruleset": {"entry": "rsi(3) < 9"}}]')$$), 'rows 1', 'and loads strategies');
SELECT is(pg_temp.outcome('evolve_test_operator', '', $$SELECT evolve_set_status((SELECT strategy_id FROM evolve_leaderboard(1)), 'discarded', 'test')$$), 'rows 1', 'and changes a status');
SELECT is(pg_temp.outcome('evolve_test_operator', '', 'SELECT * FROM evolve.user_strategies'), '42501', 'without seeing a strategy');
SELECT is(pg_temp.outcome(role, :'alice', call), '42501', format('%s: %s', role, call))
FROM unnest('{evolve_test_nobody,evolve_test_reader,evolve_test_author}'::name[]) AS role
CROSS JOIN unnest('{SELECT evolve_cycle(),SELECT evolve_monitor(),"SELECT evolve_set_status(gen_random_uuid(), ''candidate'', ''x'')",SELECT evolve_load_strategies(''[]''),SELECT evolve_migrate(),"SELECT evolve_grant(''evolve_test_nobody'', ''owner'')"}'::text[]) AS call
ORDER BY 1;
-- The inner functions are for nobody: not even an operator opens the guards, or writes history that did not happen.
SELECT is(pg_temp.outcome('evolve_test_operator', '', call), '42501', 'operator: ' || call)
FROM unnest('{SELECT _evolve_engine_writes(true),SELECT _evolve_cycle(),SELECT _evolve_monitor(),"SELECT _evolve_status_changed(gen_random_uuid(), null, ''candidate'', ''x'', ''y'')",SELECT _evolve_attach()}'::text[]) AS call;
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', 'CREATE TEMP TABLE forged (id uuid, status text, status_reason text); CREATE TRIGGER t AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION _evolve_record_status()'), '42501', 'nor is the trigger for another table');

-- Royalties: each sees his own postings, an accountant all; only accountants post, and no accountant sees a strategy.
CREATE FUNCTION pg_temp.seen_by(role name, claims text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('request.jwt.claims', claims, true);
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement INTO result;
    RESET ROLE;
    RETURN result;
END $$;
SELECT id AS of_alice FROM evolve.user_strategies WHERE name = 'Of Alice' \gset
SELECT id AS of_bob FROM evolve.user_strategies WHERE name = 'Secret of Bob' \gset
SELECT is(pg_temp.outcome(role, :'alice', format($$SELECT evolve_settle_trade('T0', '%s', 100, 'USD', 'cccccccc-0000-0000-0000-000000000003')$$, :'of_alice')),
          CASE role WHEN 'evolve_test_accountant' THEN 'rows 1' ELSE '42501' END, role || ': evolve_settle_trade')
FROM unnest('{evolve_test_nobody,evolve_test_reader,evolve_test_author,evolve_test_operator,evolve_test_accountant}'::name[]) AS role;
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', call), '42501', 'author: ' || call)
FROM unnest('{"SELECT * FROM evolve_royalty(gen_random_uuid(), 1)","SELECT evolve_reverse_settlement(''T1'', ''R'')","SELECT evolve_record_payout(''P'', gen_random_uuid(), ''USD'', 1)",SELECT evolve_seal_ledger(),SELECT * FROM evolve_verify(),SELECT evolve_erase_person(gen_random_uuid()),"SELECT _evolve_post_event(''{}'')","SELECT _evolve_derive_missing_shares()"}'::text[]) AS call;
SET LOCAL ROLE evolve_test_accountant;
SELECT count(*) FROM evolve_settle_trade('T1', :'of_alice', 100, 'USD', 'bbbbbbbb-0000-0000-0000-000000000002') \g /dev/null
SELECT count(*) FROM evolve_settle_trade('T2', :'of_bob', 200, 'USD', 'cccccccc-0000-0000-0000-000000000003') \g /dev/null
SELECT count(*) FROM evolve_seal_ledger() \g /dev/null
SELECT count(*) FROM evolve_settle_trade('T3', :'of_bob', 400, 'USD', 'cccccccc-0000-0000-0000-000000000003') \g /dev/null
INSERT INTO evolve.user_plans (user_id, plan_code) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 'pro'), ('bbbbbbbb-0000-0000-0000-000000000002', 'creator');
RESET ROLE;
INSERT INTO evolve.royalty_payees (user_id, email) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 'alice@example.org'), ('bbbbbbbb-0000-0000-0000-000000000002', 'bob@example.org');
SELECT is(pg_temp.seen_by(role, claims, 'SELECT string_agg(trade_id || '' '' || account, '', '' ORDER BY entry_id) FROM evolve.royalty_ledger'), expected, role || ' sees in the ledger: ' || expected)
FROM (VALUES ('evolve_test_author'::name, :'alice', 'T1 beneficiary'), ('evolve_test_author', :'bob', 'T1 trader, T2 beneficiary, T3 beneficiary'),
             ('evolve_test_accountant', '', 'T1 beneficiary, T1 platform, T1 trader, T2 beneficiary, T2 platform, T2 trader, T3 beneficiary, T3 platform, T3 trader')) AS listed(role, claims, expected);
SELECT is(pg_temp.seen_by('evolve_test_author', claims, 'SELECT string_agg(format(''%s %s'', account, balance), '', '' ORDER BY account) FROM evolve.royalty_balances'), expected, 'balances: ' || expected)
FROM (VALUES (:'alice', 'beneficiary 4.75'), (:'bob', 'beneficiary 28.50, trader -5.00')) AS listed(claims, expected);
SELECT is(pg_temp.seen_by('evolve_test_author', :'bob', 'SELECT string_agg(trade_id, '','') FROM evolve.royalty_events'), 'T1', 'who traded is told of his own trades only');
SELECT is(pg_temp.seen_by('evolve_test_author', :'alice', 'SELECT string_agg(DISTINCT email, '','') FROM evolve.royalty_payees'), 'alice@example.org', 'personal data: one''s own');
SELECT is(pg_temp.seen_by('evolve_test_author', :'alice', 'SELECT string_agg(plan_code, '','') FROM evolve.user_plans'), 'pro', 'and one''s own plan');
SELECT is(pg_temp.seen_by('evolve_test_author', :'alice', 'SELECT count(*) FROM evolve_statement(''bbbbbbbb-0000-0000-0000-000000000002'')'), '0', 'no statement of another');
SELECT is(pg_temp.seen_by('evolve_test_author', :'alice', format('SELECT count(*) FROM evolve_shares(%L)', :'of_bob')), '0', 'no shares of another''s secret');
SELECT is(pg_temp.seen_by('evolve_test_accountant', '', 'SELECT count(*) FROM evolve_statement(''bbbbbbbb-0000-0000-0000-000000000002'')'), '3', 'an accountant reads every statement');
SELECT is(pg_temp.seen_by('evolve_test_accountant', '', 'SELECT count(wrong) FROM evolve_verify()'), '0', 'and verifies');
SELECT is(pg_temp.outcome('evolve_test_accountant', :'alice', 'SELECT * FROM evolve.user_strategies'), '42501', 'without seeing a strategy');
SELECT is(pg_temp.outcome('evolve_test_accountant', '', 'UPDATE evolve.subscription_plans SET platform_fee_percent = 6'), 'rows 3', 'an accountant changes plans');
SELECT is(pg_temp.outcome('evolve_test_accountant', '', 'INSERT INTO evolve.royalty_ledger (event_id) VALUES (1)'), '42501', 'but posts nothing by hand');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$INSERT INTO evolve.user_plans (user_id, plan_code) VALUES ('aaaaaaaa-0000-0000-0000-000000000001', 'creator')$$), '42501', 'an author cannot choose a plan');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$UPDATE evolve.royalty_payees SET payout_reference = 'mine'$$), 'rows 1', 'and says only of himself where money goes');
SELECT is(pg_temp.outcome('evolve_test_author', '{"sub": "cccccccc-0000-0000-0000-000000000003"}', $$INSERT INTO evolve.royalty_payees (user_id, email) VALUES ('dddddddd-0000-0000-0000-000000000004', 'x')$$), '42501', 'not of others');
SELECT count(*) FROM evolve_erase_person('aaaaaaaa-0000-0000-0000-000000000001') \g /dev/null
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$UPDATE evolve.royalty_payees SET email = 'back'$$), 'rows 0', 'who was erased stays erased');

-- What an attacker with an author's rights would try on Bob's secret.
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', 'COPY evolve.user_strategies TO ''/tmp/evolve_stolen'''), '42501', 'COPY to a file is refused');
SELECT is(pg_temp.seen(:'alice', $$SELECT count(*) FROM evolve.user_strategies WHERE name LIKE 'Secret%' OR ruleset::text LIKE '%12%' AND user_id::text LIKE 'b%'$$), '0', 'no filter finds it');
CREATE FUNCTION pg_temp.loud(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen %', $1; IF $1 LIKE 'Secret%' THEN RAISE EXCEPTION 'leaked'; END IF; RETURN true; END $$;
SELECT is(pg_temp.seen(:'alice', format('SELECT count(*) > 0 FROM evolve.user_strategies WHERE %s.loud(name)', (SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()))), 'true', 'a cheap function in the filter is not shown the row');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', 'UPDATE evolve.user_strategies SET name = name RETURNING 1/(name NOT LIKE ''Secret%'')::int'), 'rows ' || (SELECT count(*) FROM evolve.user_strategies WHERE user_id = 'aaaaaaaa-0000-0000-0000-000000000001'), 'RETURNING gives no row of others');
SELECT is(pg_temp.seen(:'alice', $$SELECT evolve_generation((SELECT strategy_id FROM evolve_leaderboard() WHERE name = 'Secret of Bob'))::text$$), NULL, 'its generation is not told');
SELECT is(pg_temp.seen(:'alice', $$SELECT count(*) FROM evolve_leaderboard() WHERE name = 'Secret of Bob'$$), '1', 'the shared leaderboard shows that it is there');
SELECT is((SELECT count(*) FROM pg_proc AS f WHERE f.proname = 'evolve_leaderboard' AND pg_get_function_result(f.oid) ~ '(ruleset|user_id|parameters)'), 0::bigint, 'but not its rules, nor whose it is');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', $$INSERT INTO evolve.user_strategies (id, name, ruleset) SELECT strategy_id, 'x', '{"entry": "rsi(9) < 30"}' FROM evolve_leaderboard() WHERE name = 'Secret of Bob'$$), '42501', 'its id cannot be taken');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', 'SET LOCAL evolve.user_id = ''bbbbbbbb-0000-0000-0000-000000000002''; SELECT 1/count(*) FROM evolve.user_strategies WHERE name LIKE ''Secret%'''), '22012', 'the setting does not outweigh the token');
SELECT is(pg_temp.seen(:'alice', $$SELECT status_reason FROM evolve.user_strategies WHERE status_reason LIKE '%Secret%'$$), NULL, 'no reason names it');

-- A duplicate of another's strategy is told which, not what it is called.
SET LOCAL ROLE evolve_test_author;
INSERT INTO evolve.user_strategies (name, ruleset) VALUES ('Guess', '{"entry": "sma(close, 12) > close", "exit": "close > sma(close, 12)"}');
RESET ROLE;
SELECT reviewed FROM evolve_monitor() \g /dev/null
SELECT is((SELECT status || ' ' || (status_reason ~ 'Secret') FROM evolve.user_strategies WHERE name = 'Guess'), 'duplicate false', 'a guess learns no name');

-- Taken back.
SELECT is(count(*) > 5, true, 'rights can be revoked') FROM evolve_revoke('evolve_test_author', 'author');
SELECT is(pg_temp.outcome('evolve_test_author', :'alice', 'SELECT 1 FROM evolve.user_strategies'), '42501', 'and are gone');
SELECT throws_ok($$SELECT evolve_grant('evolve_test_author', 'emperor')$$, 'PE007', NULL, 'a capability that does not exist');
SELECT throws_ok($$SELECT evolve_grant('evolve_test_missing', 'author')$$, 'PE007', NULL, 'a role that does not exist');

-- Every table is under row-level security, every policy asks for the user once a statement and not once a row.
SELECT is((SELECT string_agg(relname, ', ') FROM pg_class WHERE relnamespace = 'evolve'::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity), NULL, 'row-level security everywhere');
SELECT is((SELECT string_agg(relname, ', ') FROM pg_class WHERE relnamespace = 'evolve'::regnamespace AND relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)), NULL, 'no view shows more than its reader may see');

SELECT * FROM finish();
ROLLBACK;
