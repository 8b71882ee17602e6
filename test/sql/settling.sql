-- Settlements are written without statements; whatever a user added to the tables of the ledger holds all the same.
\pset null -
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE FUNCTION p(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('cccccccc-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
CREATE FUNCTION settle(trade text, profit numeric DEFAULT 100) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s %s %s %s', settled, royalty, platform_fee, net_amount)
    FROM evolve_settle_trade(trade, p(1), profit, 'USD', p(9), '2024-01-01') $$;
-- What is stored of a trade; one command wrote all of it where no statement did.
CREATE FUNCTION stored(trade text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s, %s postings%s%s', CASE count(DISTINCT event.event_id) WHEN 0 THEN 'no event' ELSE 'event' END, count(entry_id),
                  ', sum ' || sum(entry.amount), CASE WHEN bool_and(event.cmin = entry.cmin) THEN ', directly' WHEN count(entry_id) > 0 THEN ', by statements' END)
    FROM evolve.royalty_events AS event LEFT JOIN evolve.royalty_ledger AS entry ON entry.event_id = event.event_id WHERE event.trade_id = trade $$;

BEGIN;
INSERT INTO evolve.user_strategies (id, user_id, name, ruleset) VALUES (p(1), p(2), 'S', '{"entry": "close > 1", "exit": "close < 1"}');
SELECT settle('D1'), settle('D1'), settle('D2', 0.05), settle('D3', -5);
SELECT trade, stored(trade) FROM unnest('{D1,D2,D3}'::text[]) AS trade;
SELECT account, amount, royalty_rate, share, royalty_amount, platform_fee_rate, platform_fee, net_amount FROM evolve.royalty_ledger
WHERE trade_id = 'D1' ORDER BY entry_id;
SELECT amount, decimals, royalty_base, royalty_rate, fee_plans, fee_rates, reverses, created_by = session_user AS by_me FROM evolve.royalty_events
WHERE trade_id = 'D1';

-- A savepoint takes a settlement back; the next one is the first.
SAVEPOINT taken_back;
SELECT settle('D4');
ROLLBACK TO taken_back;
SELECT settle('D4');

-- Triggers of users, for each row and for the statement.
SAVEPOINT triggers;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.plan_code := 'noted'; RETURN NEW; END $$;
CREATE FUNCTION add_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% rows sum to %', (SELECT count(*) FROM new), (SELECT sum(amount) FROM new); RETURN NULL; END $$;
CREATE TRIGGER note BEFORE INSERT ON evolve.royalty_ledger FOR EACH ROW WHEN (NEW.account = 'trader') EXECUTE FUNCTION note();
CREATE TRIGGER add_up AFTER INSERT ON evolve.royalty_ledger REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION add_up();
SELECT settle('T1');
SELECT stored('T1'), string_agg(plan_code, ',') AS noted FROM evolve.royalty_ledger WHERE trade_id = 'T1';
DROP TRIGGER note ON evolve.royalty_ledger;
DROP TRIGGER add_up ON evolve.royalty_ledger;
SELECT settle('T2');
SELECT stored('T2');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON evolve.royalty_events FOR EACH ROW EXECUTE FUNCTION refuse();
\set ON_ERROR_ROLLBACK on
SELECT settle('T3');
ROLLBACK TO triggers;

-- Columns that users added: filled by their defaults, or empty.
SAVEPOINT columns;
ALTER TABLE evolve.royalty_ledger ADD COLUMN remark text;
SELECT settle('C1');
SELECT stored('C1');
ALTER TABLE evolve.royalty_events ADD COLUMN shop text DEFAULT 'here';
ALTER TABLE evolve.royalty_ledger ADD COLUMN doubled numeric GENERATED ALWAYS AS (amount * 2) STORED;
SELECT settle('C2');
ALTER TABLE evolve.royalty_ledger DROP COLUMN remark, DROP COLUMN doubled;
ALTER TABLE evolve.royalty_events ALTER COLUMN shop DROP DEFAULT;
SELECT settle('C3');
SELECT stored('C2'), stored('C3'), string_agg(DISTINCT shop, ',') AS shops FROM evolve.royalty_events WHERE trade_id LIKE 'C%';
ALTER TABLE evolve.royalty_ledger ADD COLUMN clerk text NOT NULL DEFAULT 'x';
ALTER TABLE evolve.royalty_ledger ALTER COLUMN clerk DROP DEFAULT;
SELECT settle('C4');
SELECT stored('C4');
ROLLBACK TO columns;

-- Conditions: of ours, of constants, of functions that change. The event is gone with the postings that are refused.
SAVEPOINT conditions;
ALTER TABLE evolve.royalty_ledger ADD CONSTRAINT small CHECK (abs(amount) < 10);
SELECT settle('K1');
SELECT settle('K2', 1000);
SELECT stored('K1'), stored('K2');
CREATE FUNCTION most() RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 100.0';
ALTER TABLE evolve.royalty_ledger DROP CONSTRAINT small, ADD CONSTRAINT small CHECK (abs(amount) < most());
SELECT settle('K2', 1000);
CREATE OR REPLACE FUNCTION most() RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 10.0';
SELECT settle('K3', 1000);
ROLLBACK TO conditions;

-- Indexes and references of users.
SAVEPOINT indexes;
CREATE INDEX by_length ON evolve.royalty_ledger (length(trade_id), amount) WHERE amount > 0;
CREATE UNIQUE INDEX one_a_time ON evolve.royalty_events (currency, profit) WHERE profit > 500;
SELECT settle('I1', 600);
SELECT settle('I2', 600);
SELECT settle('I3', 700);
SET LOCAL enable_seqscan = off;
SELECT stored('I1'), stored('I2'), stored('I3'), count(*) FROM evolve.royalty_ledger WHERE length(trade_id) = 2 AND amount > 0 AND trade_id LIKE 'I%';
RESET enable_seqscan;
ALTER TABLE evolve.royalty_ledger ADD FOREIGN KEY (event_id) REFERENCES evolve.royalty_events (event_id);
SELECT settle('I4', 800);
SELECT stored('I4');
ROLLBACK TO indexes;

-- Rules, policies that bind the owner too, and reading only.
SAVEPOINT others;
CREATE RULE nothing AS ON INSERT TO evolve.royalty_ledger WHERE NEW.account = 'platform' DO INSTEAD NOTHING;
SELECT settle('O1');
SELECT stored('O1');
DROP RULE nothing ON evolve.royalty_ledger;
CREATE ROLE evolve_test_owner;
GRANT USAGE, CREATE ON SCHEMA evolve TO evolve_test_owner;
DO $$ BEGIN
    EXECUTE (SELECT string_agg(format('ALTER TABLE evolve.%I OWNER TO evolve_test_owner', relname), ';') FROM pg_class WHERE relnamespace = 'evolve'::regnamespace AND relkind IN ('r', 'p'));
END $$;
SELECT settle('O2');
ALTER TABLE evolve.royalty_ledger FORCE ROW LEVEL SECURITY;
SELECT settle('O3');
ALTER TABLE evolve.royalty_ledger NO FORCE ROW LEVEL SECURITY;
REVOKE INSERT ON evolve.royalty_events FROM evolve_test_owner;
SELECT settle('O4');
SELECT stored('O2'), stored('O3'), stored('O4');
ROLLBACK TO others;
SELECT settle('D5');
SELECT stored('D5');
SELECT part, wrong FROM evolve_verify() WHERE wrong IS NOT NULL;
ROLLBACK;
\unset ON_ERROR_ROLLBACK
BEGIN READ ONLY;
SELECT evolve_settle_trade('D6', NULL, 100, 'USD', p(9));
ROLLBACK;
DROP FUNCTION stored, settle, p;
