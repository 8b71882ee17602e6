-- Faster births: the shares of a child are written without looking for the child once more.

-- Whoever derives shares has the strategy's row locked: by the edges of the family, which refer to it, or by itself. The
-- trigger evolve_forget takes away the shares of strategies that are deleted.
ALTER TABLE evolve.strategy_shares DROP CONSTRAINT IF EXISTS strategy_shares_strategy_id_fkey;
