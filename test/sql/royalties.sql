-- Royalties: shares at birth, what a trade owes by every policy, posting, reversal, payout, statements, tampering.
\pset null -
\set SHOW_CONTEXT never
-- An id for people: u('ann').
CREATE FUNCTION u(name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE name WHEN 'ann' THEN 'aaaaaaaa-0000-4000-8000-000000000001'::uuid WHEN 'bob' THEN 'aaaaaaaa-0000-4000-8000-000000000002'
        WHEN 'cleo' THEN 'aaaaaaaa-0000-4000-8000-000000000003' WHEN 'dan' THEN 'aaaaaaaa-0000-4000-8000-000000000004'
        WHEN 'trader' THEN 'aaaaaaaa-0000-4000-8000-000000000009' END $$;
CREATE FUNCTION who(id uuid) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT name FROM unnest('{ann,bob,cleo,dan,trader}'::text[]) AS name WHERE u(name) = id), 'platform') $$;
CREATE FUNCTION s(number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('bbbbbbbb-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
CREATE FUNCTION breed(child int, parents int[], creator text DEFAULT NULL, child_percent numeric DEFAULT NULL, weights int[] DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type, creator_user_id, royalty_percent_child, royalty_weight)
    SELECT s(parents[place]), s(child), 'test', u(creator), child_percent, coalesce(weights[place], 1)
    FROM generate_subscripts(parents, 1) AS place $$;
CREATE FUNCTION shares(number int, policy text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s (%s %s)', who(beneficiary), share, role, level), ', ' ORDER BY who(beneficiary)) FROM evolve_shares(s(number), policy) $$;

BEGIN;
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset)
SELECT s(number), u(owner), 'S' || number, jsonb_build_object('entry', format('rsi(close, %s) < 30', 1 + number), 'exit', 'rsi(close, 14) > 70')
FROM (VALUES (1, 'ann'), (2, 'ann'), (3, 'ann'), (4, 'bob'), (5, 'ann'), (6, 'ann'), (7, 'dan')) AS made(number, owner);
SELECT breed(2, '{1}', 'bob', 25);
SELECT breed(3, '{2}', 'cleo', 10);
SELECT breed(5, '{3,4}');
SELECT breed(6, '{5,4}', 'ann', 50, '{3,1}');
SELECT number, policy, shares(number, policy)
FROM generate_series(1, 7) AS number, unnest('{owner,edges,generations,similarity}'::text[]) AS policy ORDER BY 2, 1;
SELECT who(user_id), share, originals FROM evolve_original_uploaders(s(6));

-- A parent that comes late counts, for those who descend from the child too.
\set ON_ERROR_ROLLBACK on
SAVEPOINT late;
SELECT breed(3, '{1}', 'dan', 50);
SELECT number, shares(number, 'edges') FROM generate_series(3, 6) AS number;
SELECT part, wrong FROM evolve_verify() WHERE wrong IS NOT NULL;
ROLLBACK TO late;

-- What cannot be.
SELECT breed(7, '{1}', 'dan', 101);
INSERT INTO evolve.strategy_lineage (parent_strategy_id, child_strategy_id, mutation_type, royalty_percent_parent, royalty_percent_child)
VALUES (s(1), s(7), 'test', 60, 41);
UPDATE evolve.strategy_lineage SET royalty_percent_child = 99 WHERE child_strategy_id = s(2);
UPDATE evolve.royalty_policies SET royalty_percent = 1;
INSERT INTO evolve.royalty_policies (name, kind) VALUES ('mine', 'best');
INSERT INTO evolve.royalty_policies (name, kind, parameters) VALUES ('mine', 'generations', '{"percent": [50]}');
INSERT INTO evolve.royalty_policies (name, kind, parameters) VALUES ('mine', 'generations', '{"percents": [0, 100]}');
SELECT * FROM evolve_shares(s(1), 'mine');

-- The fee is by the plan that the recipient had on the day.
INSERT INTO evolve.user_plans (user_id, plan_code, valid_from) VALUES
    (u('ann'), 'starter', '2020-01-01'), (u('ann'), 'creator', '2025-01-01'), (u('bob'), 'pro', '2020-01-01');
SELECT day, who(beneficiary), role, level, share, gross, fee, net
FROM unnest('{2019-06-01,2024-12-31,2025-01-01}'::text[]) AS day,
     evolve_royalty(s(1), 100, 'USD', jsonb_build_object('closed_at', day)) ORDER BY day;
SELECT policy, who(beneficiary), role, level, share, gross, fee, net
FROM unnest('{owner,edges,generations,similarity}'::text[]) AS policy,
     evolve_royalty(s(6), 1234.56, 'USD', jsonb_build_object('policy', policy)) ORDER BY 1, 2;
-- 99.99 at 75 and 25 percent, by a policy that passes all of a profit on.
INSERT INTO evolve.royalty_policies (name, kind, royalty_percent) VALUES ('all', 'edges', 100);
SELECT who(beneficiary), gross FROM evolve_royalty(s(2), 99.99, 'USD', '{"policy": "all"}');
-- The rate falls with the distance from the original.
SELECT mutations, similarity, _evolve_tier_rate('similarity', parameters, mutations, similarity / 100.0) / 10000.0 AS percent
FROM evolve.royalty_policies,
     (VALUES (0, 100), (2, 71), (2, 70), (1, 50), (1, 49), (1, 40), (1, 39), (3, 90), (3, 20), (4, 99)) AS at(mutations, similarity)
WHERE name = 'similarity';
SELECT * FROM _evolve_mutation_distance(s(3));

-- Nothing is owed, and the call says why.
SELECT * FROM evolve_royalty(s(1), 0);
SELECT * FROM evolve_royalty(s(1), -100);
SELECT * FROM evolve_royalty(s(1), 0.09);
SELECT * FROM evolve_royalty(s(1), 100, 'USD', jsonb_build_object('traded_by', u('ann')));
SELECT * FROM evolve_royalty(NULL, 100);
-- Large and small amounts, and currencies of other scales.
SELECT gross, fee, net FROM evolve_royalty(s(1), 1e30);
SELECT gross, fee, net FROM evolve_royalty(s(1), 1234567, 'JPY');
SELECT gross, fee, net FROM evolve_royalty(s(1), 0.000000123456789, 'ETH');
SELECT gross FROM evolve_royalty(s(1), 0.1);
-- Bad calls.
SELECT * FROM evolve_royalty(s(1), 1e38);
SELECT * FROM evolve_royalty(s(1), 'NaN');
SELECT * FROM evolve_royalty(s(1), NULL);
SELECT * FROM evolve_royalty(s(1), 1e-40);
SELECT * FROM evolve_royalty(s(1), 100, 'ZZZ');
SELECT * FROM evolve_royalty(s(99), 100);
SELECT * FROM evolve_royalty(s(1), 100, 'USD', '{"polcy": "owner"}');
SELECT * FROM evolve_royalty(s(1), 100, 'USD', '{"policy": "best"}');
SELECT * FROM evolve_royalty(s(1), 100, 'USD', '{"policy": 1}');
SELECT * FROM evolve_royalty(s(1), 100, 'USD', '[]');
SELECT evolve_split(5, ARRAY[u('ann'), u('bob'), u('cleo'), u('dan')], '{100,101,100,100}');
SELECT evolve_split(5, ARRAY[u('ann'), u('ann')], '{1,1}');
SELECT evolve_split(5, ARRAY[u('ann')], '{1,1}');
SELECT evolve_split(0.5, ARRAY[u('ann')], '{1}');
SELECT evolve_split(-1, ARRAY[u('ann')], '{1}');
SELECT evolve_split(5, ARRAY[u('ann'), NULL], '{1,1}');

-- Posting: once, whatever is repeated.
SELECT settled, royalty, platform_fee, net_amount, reason FROM evolve_settle_trade('T1', s(1), 100, 'USD', u('trader'), '2024-03-01 12:00+00');
SELECT settled, royalty, platform_fee, net_amount, reason FROM evolve_settle_trade('T1', s(1), 100.00, 'USD', u('trader'), '2024-03-01 12:00+00');
SELECT settled FROM evolve_settle_trade('T1', s(1), 100, 'USD', u('trader'));
SELECT evolve_settle_trade('T1', s(1), 100.01, 'USD', u('trader'));
SELECT evolve_settle_trade('T1', s(2), 100, 'USD', u('trader'));
SELECT evolve_settle_trade('T1', s(1), 100, 'EUR', u('trader'));
SELECT evolve_settle_trade('T1', s(1), 100, 'USD', u('dan'));
SELECT evolve_settle_trade('T1', s(1), 100, 'USD', u('trader'), '2024-03-02');
SELECT evolve_settle_trade('T1', s(1), 100, 'USD', u('trader'), NULL, '{"policy": "edges"}');
SELECT evolve_settle_trade('', s(1), 100, 'USD', u('trader'));
SELECT evolve_settle_trade('T2', s(1), 100, 'USD', NULL);
SELECT evolve_settle_trade('T2', s(1), NULL, 'USD', u('trader'));
SELECT settled, royalty, platform_fee, net_amount, reason FROM evolve_settle_trade('T2', s(6), 1234.56, 'USD', u('trader'), '2024-03-01', '{"policy": "edges"}');
SELECT settled, royalty, reason FROM evolve_settle_trade('T3', s(1), -20, 'USD', u('trader'));
SELECT settled, royalty, reason FROM evolve_settle_trade('T4', NULL, 20, 'USD', u('trader'));
SELECT settled, royalty, reason FROM evolve_settle_trade('T5', s(1), 20, 'USD', u('ann'));
SELECT trade_id, account, who(user_id), amount, strategy_id, trade_profit, role, level, share, royalty_amount, royalty_rate, plan_code,
       platform_fee_rate, platform_fee, net_amount, currency
FROM evolve.royalty_ledger ORDER BY trade_id, account, who(user_id);

-- Taken back in parts, by what is left to each.
SELECT reversed, remaining FROM evolve_reverse_settlement('T2', 'R1', 10.01, 'half of it was an error');
SELECT reversed, remaining FROM evolve_reverse_settlement('T2', 'R1', 10.01);
SELECT evolve_reverse_settlement('T2', 'R1', 10);
SELECT evolve_reverse_settlement('T1', 'R1');
SELECT evolve_reverse_settlement('T2', 'R2', 60);
SELECT evolve_reverse_settlement('T2', 'R2', -1);
SELECT evolve_reverse_settlement('T2', 'R2', 0);
SELECT evolve_reverse_settlement('T2', 'R2', 0.001);
SELECT evolve_reverse_settlement('T99', 'R2');
SELECT evolve_reverse_settlement('T3', 'R2');
SELECT evolve_reverse_settlement('T2', NULL);
SELECT who(user_id), account, amount, royalty_amount, platform_fee FROM evolve.royalty_ledger
WHERE trade_id = 'T2' AND amount <> 0 ORDER BY entry_id;
SELECT part, wrong FROM evolve_verify();
SELECT blocks, events FROM evolve_seal_ledger();
SELECT reversed, remaining FROM evolve_reverse_settlement('T2', 'R2');
SELECT who(user_id), account, sum(amount), sum(royalty_amount), sum(platform_fee) FROM evolve.royalty_ledger
WHERE trade_id = 'T2' GROUP BY 1, 2 ORDER BY 1, 2;

-- Paid out, never more than there is.
SELECT account, who(user_id), currency, balance, payable FROM evolve.royalty_balances ORDER BY 1, 2;
SELECT evolve_record_payout('P1', u('ann'), 'USD', 5);
SELECT balance FROM evolve_record_payout('P1', u('ann'), 'USD', 4.60, 'bank transfer');
SELECT balance FROM evolve_record_payout('P1', u('ann'), 'USD', 4.60);
SELECT evolve_record_payout('P1', u('ann'), 'USD', 1);
SELECT evolve_record_payout('P2', u('ann'), 'USD', 0.06);
SELECT evolve_record_payout('P2', u('ann'), 'USD', -1);
SELECT evolve_record_payout('P2', u('dan'), 'USD', 1);
SELECT evolve_record_payout('P2', NULL, 'USD', 1);
SELECT blocks, events FROM evolve_seal_ledger();
SELECT blocks, events FROM evolve_seal_ledger();
SELECT account, who(user_id), currency, balance, payable FROM evolve.royalty_balances ORDER BY 1, 2;
SELECT account, kind, trade_id, trade_profit, royalty_amount, platform_fee, amount, balance FROM evolve_statement(u('ann'));
SELECT account, kind, trade_id, amount, balance FROM evolve_statement(u('trader'));
SELECT count(*) FROM evolve_statement(u('ann'), '2000-01-01', '2001-01-01');
SELECT * FROM evolve_statement();
SET LOCAL evolve.user_id = 'aaaaaaaa-0000-4000-8000-000000000001';
SELECT count(*) FROM evolve_statement();
RESET evolve.user_id;

-- Above the high-water mark only.
INSERT INTO evolve.royalty_policies (name, kind, royalty_percent, high_water_mark) VALUES ('peak', 'owner', 10, true);
SELECT trade, profit, royalty, reason
FROM (VALUES ('H1', 100), ('H2', -50), ('H3', 30), ('H4', 40)) AS made(trade, profit),
     evolve_settle_trade(trade, s(1), profit, 'USD', u('trader'), NULL, '{"policy": "peak"}');
SELECT reversed, remaining FROM evolve_reverse_settlement('H4', 'RH4');
SELECT royalty FROM evolve_settle_trade('H5', s(1), 45, 'USD', u('trader'), NULL, '{"policy": "peak"}');
SELECT reversed, remaining FROM evolve_reverse_settlement('H1', 'RH1', 4);
SELECT reversed, remaining FROM evolve_reverse_settlement('H2', 'RH2');
SELECT reversed, remaining FROM evolve_reverse_settlement('H2', 'RH2b');
SELECT kind, trade_id, profit, royalty_base, amount, cumulative_profit, high_water_mark
FROM evolve.royalty_events WHERE cumulative_profit IS NOT NULL ORDER BY event_id;

-- A policy that comes later counts for strategies that are there, and a new version for trades from then on.
INSERT INTO evolve.royalty_policies (name, kind, parameters) VALUES ('half', 'edges', '{"creator_percent": 50}');
SELECT shares(5, 'half');
INSERT INTO evolve.royalty_policies (name, kind, royalty_percent) VALUES ('half', 'owner', 2);
SELECT version, kind, share_rule FROM evolve.royalty_policies WHERE name = 'half' ORDER BY 1;
SELECT who(beneficiary), gross FROM evolve_royalty(s(1), 100, 'USD', '{"policy": "half"}');
-- A strategy that was traded gets no further parent, nor do those that it descends from.
SELECT breed(5, '{7}');
SELECT breed(7, '{1}');
SELECT royalty FROM evolve_settle_trade('T7', s(7), 10, 'USD', u('trader'));
SELECT breed(7, '{4}');

-- Rows are only added.
UPDATE evolve.royalty_ledger SET amount = 0;
DELETE FROM evolve.royalty_events;
TRUNCATE evolve.royalty_blocks CASCADE;
UPDATE evolve.share_sets SET content = content;
DELETE FROM evolve.user_plans;
UPDATE evolve.currencies SET decimals = 3;
DELETE FROM evolve.royalty_payees;
-- But for the person: that row is emptied.
INSERT INTO evolve.royalty_payees (user_id, display_name, email) VALUES (u('ann'), 'Ann', 'ann@example.org');
SELECT evolve_erase_person(u('ann'));
SELECT display_name, email, erased_at IS NOT NULL AS erased FROM evolve.royalty_payees;
SELECT evolve_erase_person(NULL);
SELECT part, wrong FROM evolve_verify();

-- Whatever is changed behind the triggers' back is found.
CREATE FUNCTION tampered(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL session_replication_role = replica;
    EXECUTE change;
    RETURN QUERY SELECT part || ': ' || regexp_replace(wrong, '(entry|event) [0-9]+', '\1 N', 'g') FROM evolve_verify() WHERE wrong IS NOT NULL;
    RAISE EXCEPTION USING ERRCODE = 'PX999', MESSAGE = 'undo';
EXCEPTION WHEN SQLSTATE 'PX999' THEN
    RETURN;
END $$;
SELECT tampered('UPDATE evolve.royalty_ledger SET amount = amount + 1 WHERE trade_id = ''T1'' AND account = ''beneficiary''');
SELECT tampered('DELETE FROM evolve.royalty_ledger WHERE trade_id = ''T7'' AND account = ''platform''');
SELECT tampered('UPDATE evolve.royalty_events SET profit = 90 WHERE trade_id = ''T7''');
SELECT tampered('UPDATE evolve.strategy_generations SET generation = 9 WHERE strategy_id = s(6)');
SELECT tampered('UPDATE evolve.strategy_shares SET share_set_id = (SELECT share_set_id FROM evolve.share_sets ORDER BY 1 DESC LIMIT 1) WHERE strategy_id = s(6) AND share_rule = ''owner''');
SELECT tampered('DELETE FROM evolve.strategy_shares WHERE strategy_id = s(6) AND share_rule = ''owner''');
SELECT tampered('DELETE FROM evolve.share_sets WHERE share_set_id = (SELECT share_set_id FROM evolve.strategy_shares WHERE strategy_id = s(6) AND share_rule = ''generations 500000 300000 200000'')');
SELECT tampered('UPDATE evolve.royalty_snapshots SET balance = balance + 1 WHERE account = ''platform'' AND block_no = 1');
SELECT tampered('UPDATE evolve.royalty_blocks SET last_event = last_event - 1 WHERE block_no = 1');
SELECT tampered('DELETE FROM evolve.royalty_blocks WHERE block_no = 1');
-- The digest of an event is that of its row, whatever the session shows: zones, signs, endless times, other plans.
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'German';
SET bytea_output = 'escape';
SELECT count(*) FILTER (WHERE done.settled), count(done.reason)
FROM unnest(ARRAY[E'a "b" \\ \t', E'line\nbreak \u0001', 'Zürich €', '  spaced  ', repeat('ü', 200)]) WITH ORDINALITY AS trade(id, n),
     unnest('{2024-03-01 12:00:00.5+02,2024-07-01 00:00:00.000001+00,infinity,-infinity,0044-03-15 12:00:00+00 BC}'::timestamptz[]) WITH ORDINALITY AS closed(at, m),
     LATERAL evolve_settle_trade(trade.id || repeat('x', (m - 1)::int * (1 - n / 5)::int), CASE WHEN n <> 3 THEN s(n::int) END, (n * 10.010)::numeric, 'USD', u('trader'), closed.at) AS done
WHERE n < 5 OR m = 1;
SELECT part, wrong FROM evolve_verify() WHERE wrong IS NOT NULL;
SELECT evolve_settle_trade(repeat('ü', 201), s(1), 1, 'USD', u('trader'));
ROLLBACK;
DROP FUNCTION u, who, s, breed, shares;
