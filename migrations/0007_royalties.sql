-- Royalties: who has a share of a strategy, what a trade owes, and the ledger of it.

-- --- What amounts and rates go by ------------------------------------------------------------------------------------
CREATE TABLE evolve.currencies (
    currency        text PRIMARY KEY,
    name            text NOT NULL,
    decimals        smallint NOT NULL,
    payout_decimals smallint NOT NULL,
    CONSTRAINT currencies_currency CHECK (currency ~ '^[A-Z0-9]{2,12}$'),
    CONSTRAINT currencies_decimals CHECK (decimals BETWEEN 0 AND 18),
    CONSTRAINT currencies_payout_decimals CHECK (payout_decimals BETWEEN 0 AND decimals)
);
COMMENT ON TABLE evolve.currencies IS 'Currencies of royalties. Amounts are whole numbers of the minor unit; a row never changes.';
COMMENT ON COLUMN evolve.currencies.currency IS 'Code, e.g. USD.';
COMMENT ON COLUMN evolve.currencies.name IS 'Name for people.';
COMMENT ON COLUMN evolve.currencies.decimals IS 'Digits after the point in the ledger: 2 means that the minor unit is a hundredth.';
COMMENT ON COLUMN evolve.currencies.payout_decimals IS 'Digits after the point that can be paid out; the rest stays in the balance.';

CREATE TABLE evolve.subscription_plans (
    plan_code               text PRIMARY KEY,
    name                    text NOT NULL,
    price_monthly           bigint NOT NULL,
    default_royalty_percent numeric(7, 4) NOT NULL DEFAULT 5,
    platform_fee_percent    numeric(7, 4) NOT NULL,
    performance_fee_percent numeric(7, 4) NOT NULL DEFAULT 0,
    is_creator_plan         boolean NOT NULL DEFAULT false,
    is_active               boolean NOT NULL DEFAULT true,
    CONSTRAINT subscription_plans_price CHECK (price_monthly >= 0),
    CONSTRAINT subscription_plans_royalty CHECK (default_royalty_percent BETWEEN 0 AND 100),
    CONSTRAINT subscription_plans_platform_fee CHECK (platform_fee_percent BETWEEN 0 AND 100),
    CONSTRAINT subscription_plans_performance_fee CHECK (performance_fee_percent BETWEEN 0 AND 100)
);
COMMENT ON TABLE evolve.subscription_plans IS 'Plans that users subscribe to. What a settlement used is recorded with it: a change of a row concerns later trades only.';
COMMENT ON COLUMN evolve.subscription_plans.plan_code IS 'Code of the plan.';
COMMENT ON COLUMN evolve.subscription_plans.name IS 'Name for people.';
COMMENT ON COLUMN evolve.subscription_plans.price_monthly IS 'Price of a month, in cents.';
COMMENT ON COLUMN evolve.subscription_plans.default_royalty_percent IS 'Royalty on profits made with strategies of users of this plan, in percent, where the policy names no rate.';
COMMENT ON COLUMN evolve.subscription_plans.platform_fee_percent IS 'Share of a royalty that the platform keeps when a user of this plan receives it, in percent.';
COMMENT ON COLUMN evolve.subscription_plans.performance_fee_percent IS 'For the application: no royalty depends on it.';
COMMENT ON COLUMN evolve.subscription_plans.is_creator_plan IS 'Whether the plan is meant for authors.';
COMMENT ON COLUMN evolve.subscription_plans.is_active IS 'Whether new users can choose it; those who have it keep its rates.';

CREATE TABLE evolve.user_plans (
    user_id    uuid NOT NULL,
    plan_code  text NOT NULL REFERENCES evolve.subscription_plans (plan_code),
    valid_from timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, valid_from)
);
COMMENT ON TABLE evolve.user_plans IS 'Which user has had which plan since when; rows are only added. The newest that began before a trade closed counts.';
COMMENT ON COLUMN evolve.user_plans.user_id IS 'The user.';
COMMENT ON COLUMN evolve.user_plans.plan_code IS 'The plan.';
COMMENT ON COLUMN evolve.user_plans.valid_from IS 'Since when.';
CREATE INDEX user_plans_plan_code_idx ON evolve.user_plans (plan_code);

CREATE TABLE evolve.royalty_policies (
    policy_id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL,
    version         int NOT NULL,
    kind            text NOT NULL,
    royalty_percent numeric(7, 4),
    parameters      jsonb NOT NULL DEFAULT '{}',
    pays_own_trades boolean NOT NULL DEFAULT false,
    high_water_mark boolean NOT NULL DEFAULT false,
    share_rule      text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, version),
    CONSTRAINT royalty_policies_name CHECK (name <> ''),
    CONSTRAINT royalty_policies_percent CHECK (royalty_percent BETWEEN 0 AND 100)
);
COMMENT ON TABLE evolve.royalty_policies IS 'How royalties are figured. Rows are only added: a row with a name that exists is its next version, which counts from then on.';
COMMENT ON COLUMN evolve.royalty_policies.policy_id IS 'Identity, recorded with every settlement.';
COMMENT ON COLUMN evolve.royalty_policies.name IS 'Name; the setting "royalty_policy" chooses one.';
COMMENT ON COLUMN evolve.royalty_policies.version IS 'Filled by the database: 1, 2, ... for each name.';
COMMENT ON COLUMN evolve.royalty_policies.kind IS 'owner, edges, generations or similarity.';
COMMENT ON COLUMN evolve.royalty_policies.royalty_percent IS 'Share of the profit, in percent; NULL: by the uploader''s plan, else by the setting "royalty_percent".';
COMMENT ON COLUMN evolve.royalty_policies.parameters IS 'Of the kind: see docs/royalties.md.';
COMMENT ON COLUMN evolve.royalty_policies.pays_own_trades IS 'Whether the uploader''s own trades owe a royalty.';
COMMENT ON COLUMN evolve.royalty_policies.high_water_mark IS 'Whether a trader owes only on profit above all that was made before with the strategy.';
COMMENT ON COLUMN evolve.royalty_policies.share_rule IS 'Filled by the database: how shares pass from parents to children.';
COMMENT ON COLUMN evolve.royalty_policies.created_at IS 'Since when it counts.';

-- --- Who has which share ---------------------------------------------------------------------------------------------
ALTER TABLE evolve.strategy_lineage ADD COLUMN royalty_weight int NOT NULL DEFAULT 1;
ALTER TABLE evolve.strategy_lineage ADD CONSTRAINT strategy_lineage_royalty_weight CHECK (royalty_weight BETWEEN 1 AND 1000000);
COMMENT ON COLUMN evolve.strategy_lineage.royalty_weight IS 'Weight of this parent among the parents of the child, for royalties.';

CREATE TABLE evolve.share_sets (
    share_set_id bytea PRIMARY KEY,
    content      bytea NOT NULL,
    CONSTRAINT share_sets_id CHECK (share_set_id = sha256(content))
);
COMMENT ON TABLE evolve.share_sets IS 'Sets of shares, each stored once, however many strategies have it; rows are only added. evolve_shares() reads them.';
COMMENT ON COLUMN evolve.share_sets.share_set_id IS 'SHA-256 of the content.';
COMMENT ON COLUMN evolve.share_sets.content IS 'For each person, ascending: uuid (16 bytes), share in parts of 10^9 and level (4 bytes each, big-endian).';

CREATE TABLE evolve.strategy_shares (
    strategy_id  uuid NOT NULL REFERENCES evolve.user_strategies (id) ON DELETE CASCADE,
    share_rule   text NOT NULL,
    share_set_id bytea NOT NULL REFERENCES evolve.share_sets (share_set_id),
    PRIMARY KEY (strategy_id, share_rule)
);
COMMENT ON TABLE evolve.strategy_shares IS 'Share set of each strategy that has parents, by rule; an original belongs to its uploader. Filled when it is born.';
COMMENT ON COLUMN evolve.strategy_shares.strategy_id IS 'The strategy.';
COMMENT ON COLUMN evolve.strategy_shares.share_rule IS 'The rule, as in evolve.royalty_policies.';
COMMENT ON COLUMN evolve.strategy_shares.share_set_id IS 'The shares.';
CREATE INDEX strategy_shares_share_set_idx ON evolve.strategy_shares (share_set_id);

-- --- The ledger ------------------------------------------------------------------------------------------------------
-- An event holds everything that its postings follow from. No foreign key leads to strategies, policies or share sets:
-- the ledger outlives them. Nor does one lead from postings to events: one function writes both, evolve_verify() looks
-- for postings without an event, and settlements are a third faster.
CREATE TABLE evolve.royalty_events (
    event_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_key         text NOT NULL UNIQUE,
    kind              text NOT NULL CHECK (kind IN ('settlement', 'reversal', 'payout')),
    trade_id          text,
    strategy_id       uuid,
    traded_by         uuid,
    user_id           uuid,
    currency          text NOT NULL,
    decimals          smallint NOT NULL,
    profit            numeric,
    closed_at         timestamptz,
    policy_id         int,
    royalty_base      numeric,
    royalty_rate      int,
    share_set_id      bytea,
    fee_plans         text[],
    fee_rates         int[],
    amount            numeric NOT NULL,
    cumulative_profit numeric,
    high_water_mark   numeric,
    reverses          bigint REFERENCES evolve.royalty_events (event_id),
    reason            text,
    created_at        timestamptz NOT NULL,
    created_by        text NOT NULL,
    digest            bytea NOT NULL,
    CONSTRAINT royalty_events_amount CHECK (amount >= 0)
);
COMMENT ON TABLE evolve.royalty_events IS 'Settlements of trades, reversals and payouts; rows are only added. Each holds all that its postings in evolve.royalty_ledger follow from.';
COMMENT ON COLUMN evolve.royalty_events.event_id IS 'Order of the events.';
COMMENT ON COLUMN evolve.royalty_events.event_key IS 'What makes it happen once: kind and the caller''s id.';
COMMENT ON COLUMN evolve.royalty_events.kind IS 'settlement, reversal or payout.';
COMMENT ON COLUMN evolve.royalty_events.trade_id IS 'The trade, as the application names it.';
COMMENT ON COLUMN evolve.royalty_events.strategy_id IS 'The strategy that it was made with.';
COMMENT ON COLUMN evolve.royalty_events.traded_by IS 'Who made the trade and owes the royalty.';
COMMENT ON COLUMN evolve.royalty_events.user_id IS 'Of a payout: who is paid.';
COMMENT ON COLUMN evolve.royalty_events.currency IS 'Currency of all amounts.';
COMMENT ON COLUMN evolve.royalty_events.decimals IS 'Decimals of the currency.';
COMMENT ON COLUMN evolve.royalty_events.profit IS 'Profit of the trade.';
COMMENT ON COLUMN evolve.royalty_events.closed_at IS 'When the trade was closed.';
COMMENT ON COLUMN evolve.royalty_events.policy_id IS 'Version of the policy that was used.';
COMMENT ON COLUMN evolve.royalty_events.royalty_base IS 'Profit that owes a royalty: all of it, or what is above the high-water mark.';
COMMENT ON COLUMN evolve.royalty_events.royalty_rate IS 'Rate, in parts of a million.';
COMMENT ON COLUMN evolve.royalty_events.share_set_id IS 'Who shares the royalty.';
COMMENT ON COLUMN evolve.royalty_events.fee_plans IS 'Plan of each person of the share set, in its order; NULL for none.';
COMMENT ON COLUMN evolve.royalty_events.fee_rates IS 'Platform fee of each, in parts of a million.';
COMMENT ON COLUMN evolve.royalty_events.amount IS 'The royalty; of a reversal, what is taken back; of a payout, what is paid.';
COMMENT ON COLUMN evolve.royalty_events.cumulative_profit IS 'Under a high-water mark: the trader''s profit with the strategy after this event.';
COMMENT ON COLUMN evolve.royalty_events.high_water_mark IS 'Under a high-water mark: the profit up to which royalties are paid, after this event.';
COMMENT ON COLUMN evolve.royalty_events.reverses IS 'Of a reversal: the settlement.';
COMMENT ON COLUMN evolve.royalty_events.reason IS 'Why there is no royalty, or why it is reversed.';
COMMENT ON COLUMN evolve.royalty_events.created_at IS 'When it was posted.';
COMMENT ON COLUMN evolve.royalty_events.created_by IS 'Database role that posted it.';
COMMENT ON COLUMN evolve.royalty_events.digest IS 'SHA-256 of the row.';
CREATE INDEX royalty_events_reverses_idx ON evolve.royalty_events (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX royalty_events_strategy_idx ON evolve.royalty_events (strategy_id);
CREATE INDEX royalty_events_traded_by_idx ON evolve.royalty_events (traded_by, strategy_id, event_id);

CREATE TABLE evolve.royalty_ledger (
    entry_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          bigint NOT NULL,
    account           text NOT NULL CHECK (account IN ('trader', 'beneficiary', 'platform', 'payout')),
    user_id           uuid NOT NULL,
    currency          text NOT NULL,
    amount            numeric NOT NULL,
    strategy_id       uuid,
    trade_id          text,
    trade_profit      numeric,
    role              text,
    level             int,
    share             numeric(10, 9),
    royalty_amount    numeric,
    royalty_rate      numeric(7, 6),
    plan_code         text,
    platform_fee_rate numeric(7, 6),
    platform_fee      numeric,
    net_amount        numeric,
    created_at        timestamptz NOT NULL
);
COMMENT ON TABLE evolve.royalty_ledger IS 'Double-entry ledger: the postings of an event sum to zero. Rows are only added; a correction is a reversal and a new settlement.';
COMMENT ON COLUMN evolve.royalty_ledger.entry_id IS 'Order of the postings.';
COMMENT ON COLUMN evolve.royalty_ledger.event_id IS 'The event.';
COMMENT ON COLUMN evolve.royalty_ledger.account IS 'trader (owes), beneficiary (is owed), platform (fees) or payout (paid out).';
COMMENT ON COLUMN evolve.royalty_ledger.user_id IS 'Whose account; all zeros for the platform''s.';
COMMENT ON COLUMN evolve.royalty_ledger.currency IS 'Currency of all amounts.';
COMMENT ON COLUMN evolve.royalty_ledger.amount IS 'What is posted to the account: positive is in favour of its holder.';
COMMENT ON COLUMN evolve.royalty_ledger.strategy_id IS 'The strategy.';
COMMENT ON COLUMN evolve.royalty_ledger.trade_id IS 'The trade.';
COMMENT ON COLUMN evolve.royalty_ledger.trade_profit IS 'Profit of the trade.';
COMMENT ON COLUMN evolve.royalty_ledger.role IS 'Of a beneficiary: uploader of an original, or creator of a change.';
COMMENT ON COLUMN evolve.royalty_ledger.level IS 'Of a beneficiary: level of the oldest strategy that the share comes from; 1 is an original.';
COMMENT ON COLUMN evolve.royalty_ledger.share IS 'Of a beneficiary: share of the royalty, 0 to 1.';
COMMENT ON COLUMN evolve.royalty_ledger.royalty_amount IS 'Royalty before the fee; negative in a reversal.';
COMMENT ON COLUMN evolve.royalty_ledger.royalty_rate IS 'Royalty as a fraction of the profit.';
COMMENT ON COLUMN evolve.royalty_ledger.plan_code IS 'Plan that decided the fee; NULL for none.';
COMMENT ON COLUMN evolve.royalty_ledger.platform_fee_rate IS 'Fee as a fraction of the royalty.';
COMMENT ON COLUMN evolve.royalty_ledger.platform_fee IS 'The fee.';
COMMENT ON COLUMN evolve.royalty_ledger.net_amount IS 'Royalty after the fee.';
COMMENT ON COLUMN evolve.royalty_ledger.created_at IS 'When it was posted.';
CREATE INDEX royalty_ledger_event_idx ON evolve.royalty_ledger (event_id);
CREATE INDEX royalty_ledger_user_idx ON evolve.royalty_ledger (user_id, event_id);

CREATE TABLE evolve.royalty_blocks (
    block_no      bigint PRIMARY KEY,
    first_event   bigint NOT NULL,
    last_event    bigint NOT NULL,
    events        bigint NOT NULL,
    content_hash  bytea NOT NULL,
    previous_hash bytea,
    block_hash    bytea NOT NULL,
    sealed_at     timestamptz NOT NULL,
    CONSTRAINT royalty_blocks_range CHECK (block_no > 0 AND first_event <= last_event)
);
COMMENT ON TABLE evolve.royalty_blocks IS 'Sealed ranges of events, each chained to the one before by its hash; made by evolve_seal_ledger().';
COMMENT ON COLUMN evolve.royalty_blocks.block_no IS '1, 2, ...';
COMMENT ON COLUMN evolve.royalty_blocks.first_event IS 'First event.';
COMMENT ON COLUMN evolve.royalty_blocks.last_event IS 'Last event.';
COMMENT ON COLUMN evolve.royalty_blocks.events IS 'How many there are.';
COMMENT ON COLUMN evolve.royalty_blocks.content_hash IS 'SHA-256 of the events and their postings.';
COMMENT ON COLUMN evolve.royalty_blocks.previous_hash IS 'Hash of the block before.';
COMMENT ON COLUMN evolve.royalty_blocks.block_hash IS 'SHA-256 of the hashes and numbers of this row. Kept elsewhere, the newest one proves all rows up to it.';
COMMENT ON COLUMN evolve.royalty_blocks.sealed_at IS 'When.';

CREATE TABLE evolve.royalty_snapshots (
    account  text NOT NULL,
    user_id  uuid NOT NULL,
    currency text NOT NULL,
    block_no bigint NOT NULL REFERENCES evolve.royalty_blocks (block_no),
    balance  numeric NOT NULL,
    PRIMARY KEY (account, user_id, currency, block_no)
);
COMMENT ON TABLE evolve.royalty_snapshots IS 'Balances of the accounts that a block moved, at its end: a balance is the newest of them and the postings since.';
COMMENT ON COLUMN evolve.royalty_snapshots.account IS 'Account, as in evolve.royalty_ledger.';
COMMENT ON COLUMN evolve.royalty_snapshots.user_id IS 'Whose account.';
COMMENT ON COLUMN evolve.royalty_snapshots.currency IS 'Currency.';
COMMENT ON COLUMN evolve.royalty_snapshots.block_no IS 'The block.';
COMMENT ON COLUMN evolve.royalty_snapshots.balance IS 'Sum of all postings up to the end of the block.';
CREATE INDEX royalty_snapshots_block_idx ON evolve.royalty_snapshots (block_no);

CREATE TABLE evolve.royalty_payees (
    user_id          uuid PRIMARY KEY,
    display_name     text,
    email            text,
    payout_reference text,
    updated_at       timestamptz NOT NULL DEFAULT now(),
    erased_at        timestamptz
);
COMMENT ON TABLE evolve.royalty_payees IS 'Personal data of those who are paid, and nowhere else: evolve_erase_person() empties a row, the ledger stays.';
COMMENT ON COLUMN evolve.royalty_payees.user_id IS 'The user.';
COMMENT ON COLUMN evolve.royalty_payees.display_name IS 'Name on statements.';
COMMENT ON COLUMN evolve.royalty_payees.email IS 'Where statements go.';
COMMENT ON COLUMN evolve.royalty_payees.payout_reference IS 'Where money goes: an account, a wallet.';
COMMENT ON COLUMN evolve.royalty_payees.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN evolve.royalty_payees.erased_at IS 'When the person was erased.';

CREATE VIEW evolve.royalty_balances WITH (security_invoker = true) AS
WITH parts AS (
    SELECT DISTINCT ON (account, user_id, currency) account, user_id, currency, balance
    FROM evolve.royalty_snapshots
    ORDER BY account, user_id, currency, block_no DESC
),
moves AS (
    SELECT account, user_id, currency, balance FROM parts
    UNION ALL
    SELECT account, user_id, currency, amount FROM evolve.royalty_ledger
    WHERE event_id > coalesce((SELECT max(last_event) FROM evolve.royalty_blocks), 0)
)
SELECT moves.account, moves.user_id, moves.currency, sum(moves.balance) AS balance,
       greatest(trunc(sum(moves.balance), min(known.payout_decimals)), 0) AS payable
FROM moves
JOIN evolve.currencies AS known ON known.currency = moves.currency
GROUP BY moves.account, moves.user_id, moves.currency;
COMMENT ON VIEW evolve.royalty_balances IS 'Balance of every account: the newest snapshot and the postings since.';
COMMENT ON COLUMN evolve.royalty_balances.account IS 'Account, as in evolve.royalty_ledger.';
COMMENT ON COLUMN evolve.royalty_balances.user_id IS 'Whose account.';
COMMENT ON COLUMN evolve.royalty_balances.currency IS 'Currency.';
COMMENT ON COLUMN evolve.royalty_balances.balance IS 'Sum of all postings.';
COMMENT ON COLUMN evolve.royalty_balances.payable IS 'What of it can be paid out.';

-- --- What is there from the start --------------------------------------------------------------------------------------
INSERT INTO evolve.settings (name, value, unit, minimum, maximum, description) VALUES
    ('royalty_policy', '"owner"', 'name', NULL, NULL, 'Policy of royalties: a name in evolve.royalty_policies.'),
    ('royalty_percent', '5', 'percent', 0, 100, 'Royalty on a profit where neither policy nor plan names a rate.'),
    ('platform_fee_percent', '5', 'percent', 0, 100, 'Share of a royalty that the platform keeps when its recipient has no plan.');

INSERT INTO evolve.currencies (currency, name, decimals, payout_decimals) VALUES
    ('USD', 'US dollar', 2, 2),
    ('EUR', 'Euro', 2, 2),
    ('GBP', 'Pound sterling', 2, 2),
    ('CHF', 'Swiss franc', 2, 2),
    ('JPY', 'Yen', 0, 0),
    ('USDT', 'Tether', 6, 6),
    ('USDC', 'USD Coin', 6, 6),
    ('BTC', 'Bitcoin', 8, 8),
    ('ETH', 'Ether', 18, 8);

INSERT INTO evolve.subscription_plans (plan_code, name, price_monthly, platform_fee_percent, is_creator_plan) VALUES
    ('starter', 'Starter', 0, 7, false),
    ('pro', 'Pro', 2900, 5, false),
    ('creator', 'Creator', 4900, 3, true);

INSERT INTO evolve.royalty_policies (created_at, name, version, kind, royalty_percent, parameters, share_rule) VALUES
    ('2000-01-01 00:00+00', 'owner', 1, 'owner', NULL, '{}', 'owner'),
    ('2000-01-01 00:00+00', 'edges', 1, 'edges', NULL, '{"creator_percent": 0}', 'edges 0'),
    ('2000-01-01 00:00+00', 'generations', 1, 'generations', NULL, '{"percents": [50, 30, 20]}', 'generations 500000 300000 200000'),
    ('2000-01-01 00:00+00', 'similarity', 1, 'similarity', NULL, '{"tiers": [
        {"royalty_percent": 5, "max_mutations": 2, "above_similarity_percent": 70},
        {"royalty_percent": 3, "max_mutations": 2, "min_similarity_percent": 50},
        {"royalty_percent": 1.5, "max_mutations": 2, "min_similarity_percent": 40},
        {"royalty_percent": 1.5, "min_mutations": 3, "max_mutations": 3}]}', 'owner');

ALTER TABLE evolve.currencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.subscription_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.user_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.royalty_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.share_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.strategy_shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.royalty_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.royalty_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.royalty_blocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.royalty_snapshots ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.royalty_payees ENABLE ROW LEVEL SECURITY;
