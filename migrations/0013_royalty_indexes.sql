-- Faster settlements and births. Fewer indexes of the ledger: each settlement writes eight entries instead of thirteen.

-- The postings of an event are looked for by the event, and lie side by side.
ALTER TABLE evolve.royalty_ledger DROP CONSTRAINT royalty_ledger_pkey;
ALTER TABLE evolve.royalty_ledger ADD CONSTRAINT royalty_ledger_pkey PRIMARY KEY (event_id, entry_id);
DROP INDEX IF EXISTS evolve.royalty_ledger_event_idx;
ALTER TABLE evolve.royalty_ledger ALTER COLUMN entry_id SET CACHE 30;
COMMENT ON COLUMN evolve.royalty_ledger.entry_id IS 'Order of the postings of an event; sessions take thirty numbers at a time.';

-- Statements are of persons; the postings of the platform, the most of any account, are only ever summed.
CREATE INDEX royalty_ledger_person_idx ON evolve.royalty_ledger (user_id, event_id) WHERE account <> 'platform';
DROP INDEX IF EXISTS evolve.royalty_ledger_user_idx;

-- Events of a strategy, and those of a trader with it.
CREATE INDEX royalty_events_strategy_trader_idx ON evolve.royalty_events (strategy_id, traded_by, event_id);
DROP INDEX IF EXISTS evolve.royalty_events_strategy_idx;
DROP INDEX IF EXISTS evolve.royalty_events_traded_by_idx;

-- One function writes a child's shares and the set that they name, and no set is ever taken away: evolve_verify() looks for
-- one that is not there, and births are a fifth faster.
ALTER TABLE evolve.strategy_shares DROP CONSTRAINT IF EXISTS strategy_shares_share_set_id_fkey;
DROP INDEX IF EXISTS evolve.strategy_shares_share_set_idx;
