-- Rights: whose row a row is decides who sees it. The policies call a function of the extension and are tied by
-- evolve_migrate(); until then nobody but the owner sees a row.

ALTER TABLE evolve.user_strategies ADD COLUMN is_published boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN evolve.user_strategies.is_published IS 'Whether everybody who may read the table sees this strategy with its rules; its owner decides.';

ALTER TABLE evolve.schema_migrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.market_bars ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.bar_sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.cycles ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.user_strategies ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.strategy_backtests ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.strategy_generations ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.strategy_lineage ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.strategy_status_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.trials ENABLE ROW LEVEL SECURITY;

-- A view shows what who asks may see, not what its owner may.
ALTER VIEW evolve.series SET (security_invoker = true);
ALTER VIEW evolve.cycle_log SET (security_invoker = true);
ALTER VIEW evolve.status_history SET (security_invoker = true);
ALTER VIEW evolve.leaderboard SET (security_invoker = true);

-- Made from the bars, for the functions of the extension.
ALTER TABLE evolve.packed_series ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.packed_bars ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.packed_changes ENABLE ROW LEVEL SECURITY;
