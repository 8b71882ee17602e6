-- Strategies, their backtests, their history and who descends from whom.

CREATE TYPE evolve.asset_type AS ENUM ('STOCK', 'CRYPTO', 'FOREX', 'OTHER');
COMMENT ON TYPE evolve.asset_type IS 'Kind of instrument that a strategy is made for.';
CREATE TYPE evolve.strategy_status AS ENUM
    ('pending_review', 'experiment', 'candidate', 'proposable', 'discarded', 'duplicate', 'rejected');
COMMENT ON TYPE evolve.strategy_status IS 'Where a strategy is in its life.';

CREATE TABLE evolve.user_strategies (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                uuid NOT NULL,
    name                   varchar(255) NOT NULL,
    description            text,
    parameters             jsonb NOT NULL DEFAULT '{}',
    ruleset                jsonb NOT NULL,
    asset_type             evolve.asset_type NOT NULL DEFAULT 'STOCK',
    status                 evolve.strategy_status NOT NULL DEFAULT 'pending_review',
    status_reason          text,
    duplicate_of           uuid REFERENCES evolve.user_strategies (id) ON DELETE SET NULL,
    score                  float8,
    last_backtest_at       timestamptz,
    last_backtest_results  jsonb,
    train_metrics          jsonb,
    test_metrics           jsonb,
    evolution_attempts     int NOT NULL DEFAULT 0,
    is_active              boolean NOT NULL DEFAULT true,
    is_proposable          boolean NOT NULL DEFAULT false,
    generalized            boolean NOT NULL DEFAULT false,
    per_symbol_performance jsonb,
    robustness             jsonb,
    explanation_human      text,
    risk_note              text,
    fingerprint            text NOT NULL,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_strategies_name CHECK (name <> ''),
    CONSTRAINT user_strategies_score CHECK (score BETWEEN 0 AND 1),
    CONSTRAINT user_strategies_attempts CHECK (evolution_attempts >= 0),
    CONSTRAINT user_strategies_proposable CHECK (is_proposable = (status = 'proposable')),
    CONSTRAINT user_strategies_active CHECK (NOT (is_active AND status IN ('discarded', 'duplicate', 'rejected'))),
    CONSTRAINT user_strategies_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    CONSTRAINT user_strategies_parameters CHECK (jsonb_typeof(parameters) = 'object')
);
COMMENT ON TABLE evolve.user_strategies IS 'Trading strategies: uploaded, loaded or bred. A plain INSERT of user_id, name and ruleset is an upload.';
COMMENT ON COLUMN evolve.user_strategies.id IS 'Identity of the strategy.';
COMMENT ON COLUMN evolve.user_strategies.user_id IS 'The original uploader; never changes, children inherit it.';
COMMENT ON COLUMN evolve.user_strategies.name IS 'Name for people; need not be unique.';
COMMENT ON COLUMN evolve.user_strategies.description IS 'What its author says of it.';
COMMENT ON COLUMN evolve.user_strategies.parameters IS 'Values of the ruleset''s named parameters; kept equal to those in the ruleset.';
COMMENT ON COLUMN evolve.user_strategies.ruleset IS 'The rules, in canonical form; see docs/ruleset.md.';
COMMENT ON COLUMN evolve.user_strategies.asset_type IS 'Kind of instrument it is made for.';
COMMENT ON COLUMN evolve.user_strategies.status IS 'Where it is in its life; people change it with evolve_set_status().';
COMMENT ON COLUMN evolve.user_strategies.status_reason IS 'Why it has this status, in words.';
COMMENT ON COLUMN evolve.user_strategies.duplicate_of IS 'The strategy that means the same, when status is duplicate.';
COMMENT ON COLUMN evolve.user_strategies.score IS 'Score of the last evaluation, 0 to 1; NULL until scored.';
COMMENT ON COLUMN evolve.user_strategies.last_backtest_at IS 'When a cycle last evaluated it, or tried to.';
COMMENT ON COLUMN evolve.user_strategies.last_backtest_results IS 'Metrics of the last evaluation over all its series, with walk-forward, Monte Carlo and score components.';
COMMENT ON COLUMN evolve.user_strategies.train_metrics IS 'Metrics of the training part of the last evaluation.';
COMMENT ON COLUMN evolve.user_strategies.test_metrics IS 'Metrics of the test part of the last evaluation.';
COMMENT ON COLUMN evolve.user_strategies.evolution_attempts IS 'Evaluated cycles so far; 0 in a fresh child.';
COMMENT ON COLUMN evolve.user_strategies.is_active IS 'Takes part in cycles; false when discarded, duplicate or rejected.';
COMMENT ON COLUMN evolve.user_strategies.is_proposable IS 'True exactly when status is proposable.';
COMMENT ON COLUMN evolve.user_strategies.generalized IS 'True when it is profitable on more than two symbols.';
COMMENT ON COLUMN evolve.user_strategies.per_symbol_performance IS 'Metrics by symbol of the last evaluation.';
COMMENT ON COLUMN evolve.user_strategies.robustness IS 'Result of the last robustness check, 0 to 100, with its parts.';
COMMENT ON COLUMN evolve.user_strategies.explanation_human IS 'The rules in plain English; made from the ruleset.';
COMMENT ON COLUMN evolve.user_strategies.risk_note IS 'The measured risk in plain English.';
COMMENT ON COLUMN evolve.user_strategies.fingerprint IS 'Hash of what the ruleset means; equal for rulesets that mean the same.';
COMMENT ON COLUMN evolve.user_strategies.created_at IS 'When it was uploaded or bred.';
COMMENT ON COLUMN evolve.user_strategies.updated_at IS 'When the row last changed.';

CREATE INDEX user_strategies_status_idx ON evolve.user_strategies (status);
CREATE INDEX user_strategies_last_backtest_at_idx ON evolve.user_strategies (last_backtest_at);
CREATE INDEX user_strategies_user_id_idx ON evolve.user_strategies (user_id);
CREATE INDEX user_strategies_fingerprint_idx ON evolve.user_strategies (fingerprint);
CREATE INDEX user_strategies_duplicate_of_idx ON evolve.user_strategies (duplicate_of) WHERE duplicate_of IS NOT NULL;
-- Two living strategies never mean the same, whoever inserts at the same time.
CREATE UNIQUE INDEX user_strategies_living_fingerprint_idx ON evolve.user_strategies (fingerprint)
    WHERE status IN ('experiment', 'candidate', 'proposable');

CREATE TABLE evolve.strategy_status_history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    strategy_id uuid NOT NULL REFERENCES evolve.user_strategies (id) ON DELETE CASCADE,
    old_status  evolve.strategy_status,
    new_status  evolve.strategy_status NOT NULL,
    reason      text,
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE evolve.strategy_status_history IS 'Every change of status ever made; rows are only added.';
COMMENT ON COLUMN evolve.strategy_status_history.id IS 'Order of the changes.';
COMMENT ON COLUMN evolve.strategy_status_history.strategy_id IS 'The strategy.';
COMMENT ON COLUMN evolve.strategy_status_history.old_status IS 'Status before; NULL at its birth.';
COMMENT ON COLUMN evolve.strategy_status_history.new_status IS 'Status after.';
COMMENT ON COLUMN evolve.strategy_status_history.reason IS 'Why, in words.';
COMMENT ON COLUMN evolve.strategy_status_history.changed_by IS 'Database role, and user of the application where one is known.';
COMMENT ON COLUMN evolve.strategy_status_history.changed_at IS 'When.';
CREATE INDEX strategy_status_history_strategy_idx ON evolve.strategy_status_history (strategy_id, id);

CREATE TABLE evolve.strategy_generations (
    strategy_id uuid PRIMARY KEY REFERENCES evolve.user_strategies (id) ON DELETE CASCADE,
    generation  int NOT NULL,
    UNIQUE (strategy_id, generation),
    CONSTRAINT strategy_generations_generation CHECK (generation >= 0)
);
COMMENT ON TABLE evolve.strategy_generations IS 'Generation of each strategy that has a parent or a child: 0 for an original, else 1 + the largest of its parents''.';
COMMENT ON COLUMN evolve.strategy_generations.strategy_id IS 'The strategy.';
COMMENT ON COLUMN evolve.strategy_generations.generation IS 'Length of the longest path from an original.';

-- Generations rise along every edge and each strategy has one: a cycle cannot be stored.
CREATE TABLE evolve.strategy_lineage (
    id                      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_strategy_id      uuid NOT NULL,
    child_strategy_id       uuid NOT NULL,
    parent_generation       int NOT NULL,
    child_generation        int NOT NULL,
    mutation_type           text NOT NULL,
    mutation_params         jsonb NOT NULL DEFAULT '{}',
    similarity_score        float8,
    creator_user_id         uuid,
    royalty_percent_parent  numeric(7, 4),
    royalty_percent_child   numeric(7, 4),
    relationship_type       text NOT NULL DEFAULT 'mutation',
    evolution_reason        text,
    change_impact           jsonb,
    performance_improvement float8,
    risk_change             float8,
    created_at              timestamptz NOT NULL DEFAULT now(),
    UNIQUE (child_strategy_id, parent_strategy_id),
    FOREIGN KEY (parent_strategy_id) REFERENCES evolve.user_strategies (id),
    FOREIGN KEY (child_strategy_id) REFERENCES evolve.user_strategies (id) ON DELETE CASCADE,
    FOREIGN KEY (parent_strategy_id, parent_generation) REFERENCES evolve.strategy_generations (strategy_id, generation),
    FOREIGN KEY (child_strategy_id, child_generation) REFERENCES evolve.strategy_generations (strategy_id, generation)
        ON DELETE CASCADE,
    CONSTRAINT strategy_lineage_acyclic CHECK (parent_generation < child_generation),
    CONSTRAINT strategy_lineage_similarity CHECK (similarity_score BETWEEN 0 AND 1),
    CONSTRAINT strategy_lineage_relationship CHECK (relationship_type IN ('mutation', 'crossover', 'copy', 'other')),
    CONSTRAINT strategy_lineage_royalties CHECK (
        royalty_percent_parent >= 0 AND royalty_percent_parent <= 100 AND royalty_percent_child >= 0 AND royalty_percent_child <= 100)
);
COMMENT ON TABLE evolve.strategy_lineage IS 'Who descends from whom: one row for each parent and child.';
COMMENT ON COLUMN evolve.strategy_lineage.id IS 'Order of the births.';
COMMENT ON COLUMN evolve.strategy_lineage.parent_strategy_id IS 'The parent; a strategy with children cannot be deleted.';
COMMENT ON COLUMN evolve.strategy_lineage.child_strategy_id IS 'The child.';
COMMENT ON COLUMN evolve.strategy_lineage.parent_generation IS 'Generation of the parent; filled by the database.';
COMMENT ON COLUMN evolve.strategy_lineage.child_generation IS 'Generation of the child; filled by the database.';
COMMENT ON COLUMN evolve.strategy_lineage.mutation_type IS 'How the child was made, e.g. parameter_tweak or crossover.';
COMMENT ON COLUMN evolve.strategy_lineage.mutation_params IS 'What exactly changed.';
COMMENT ON COLUMN evolve.strategy_lineage.similarity_score IS 'How alike the two rulesets are, 0 to 1.';
COMMENT ON COLUMN evolve.strategy_lineage.creator_user_id IS 'Who made the change; NULL for an evolution cycle.';
COMMENT ON COLUMN evolve.strategy_lineage.royalty_percent_parent IS 'Share of this edge''s royalty that goes to the parent''s line, in percent; NULL: by policy.';
COMMENT ON COLUMN evolve.strategy_lineage.royalty_percent_child IS 'Share of this edge''s royalty that goes to the child''s creator, in percent; NULL: by policy.';
COMMENT ON COLUMN evolve.strategy_lineage.relationship_type IS 'mutation, crossover, copy or other.';
COMMENT ON COLUMN evolve.strategy_lineage.evolution_reason IS 'Why the child was bred, in words.';
COMMENT ON COLUMN evolve.strategy_lineage.change_impact IS 'Measured effect of the change, when known.';
COMMENT ON COLUMN evolve.strategy_lineage.performance_improvement IS 'Score of the child minus score of the parent at the child''s first evaluation.';
COMMENT ON COLUMN evolve.strategy_lineage.risk_change IS 'Drawdown of the child minus drawdown of the parent (fractions; positive: less deep) at the child''s first evaluation.';
COMMENT ON COLUMN evolve.strategy_lineage.created_at IS 'When the child was born.';
CREATE INDEX strategy_lineage_parent_idx ON evolve.strategy_lineage (parent_strategy_id);
CREATE INDEX strategy_lineage_parent_generation_idx ON evolve.strategy_lineage (parent_strategy_id, parent_generation);
CREATE INDEX strategy_lineage_child_generation_idx ON evolve.strategy_lineage (child_strategy_id, child_generation);

CREATE TABLE evolve.strategy_backtests (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    strategy_id   uuid NOT NULL REFERENCES evolve.user_strategies (id) ON DELETE CASCADE,
    exchange      text NOT NULL DEFAULT '',
    symbol        text NOT NULL,
    timeframe     text NOT NULL,
    start_date    timestamptz,
    end_date      timestamptz,
    total_return  float8,
    win_rate      float8,
    max_drawdown  float8,
    avg_pnl       float8,
    total_trades  bigint,
    sharpe_ratio  float8,
    results       jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE evolve.strategy_backtests IS 'Every backtest that a cycle ever recorded, one row for each strategy and series.';
COMMENT ON COLUMN evolve.strategy_backtests.id IS 'Order of the backtests.';
COMMENT ON COLUMN evolve.strategy_backtests.strategy_id IS 'The strategy.';
COMMENT ON COLUMN evolve.strategy_backtests.exchange IS 'Exchange of the series.';
COMMENT ON COLUMN evolve.strategy_backtests.symbol IS 'Symbol of the series.';
COMMENT ON COLUMN evolve.strategy_backtests.timeframe IS 'Timeframe of the series.';
COMMENT ON COLUMN evolve.strategy_backtests.start_date IS 'Start of the first bar.';
COMMENT ON COLUMN evolve.strategy_backtests.end_date IS 'Start of the last bar.';
COMMENT ON COLUMN evolve.strategy_backtests.total_return IS 'Return over the span, fraction.';
COMMENT ON COLUMN evolve.strategy_backtests.win_rate IS 'Share of closed trades that won, 0 to 1.';
COMMENT ON COLUMN evolve.strategy_backtests.max_drawdown IS 'Deepest fall from a peak, negative fraction.';
COMMENT ON COLUMN evolve.strategy_backtests.avg_pnl IS 'Mean profit of a closed trade, money.';
COMMENT ON COLUMN evolve.strategy_backtests.total_trades IS 'Closed trades.';
COMMENT ON COLUMN evolve.strategy_backtests.sharpe_ratio IS 'Sharpe ratio, annualised.';
COMMENT ON COLUMN evolve.strategy_backtests.results IS 'All metrics.';
COMMENT ON COLUMN evolve.strategy_backtests.created_at IS 'When it ran.';
CREATE INDEX strategy_backtests_strategy_idx ON evolve.strategy_backtests (strategy_id, created_at);
