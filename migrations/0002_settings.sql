-- Settings of this database: changed by UPDATE, checked at the door.

CREATE TABLE evolve.settings (
    name        text PRIMARY KEY,
    value       jsonb NOT NULL,
    unit        text NOT NULL,
    minimum     numeric,
    maximum     numeric,
    description text NOT NULL,
    CONSTRAINT settings_value CHECK (
        CASE WHEN minimum IS NULL THEN jsonb_typeof(value) = 'string'
             ELSE jsonb_typeof(value) = 'number' AND (value #>> '{}')::numeric BETWEEN minimum AND maximum
                  AND (unit NOT IN ('bytes', 'count', 'bars') OR (value #>> '{}')::numeric % 1 = 0) END)
);
COMMENT ON TABLE evolve.settings IS 'Settings of this database. Change a value with UPDATE evolve.settings SET value = ... WHERE name = ....';
COMMENT ON COLUMN evolve.settings.name IS 'Name of the setting.';
COMMENT ON COLUMN evolve.settings.value IS 'Its value.';
COMMENT ON COLUMN evolve.settings.unit IS 'What the value counts.';
COMMENT ON COLUMN evolve.settings.minimum IS 'Smallest value allowed; NULL for texts.';
COMMENT ON COLUMN evolve.settings.maximum IS 'Largest value allowed; NULL for texts.';
COMMENT ON COLUMN evolve.settings.description IS 'What it does.';

INSERT INTO evolve.settings (name, value, unit, minimum, maximum, description) VALUES
    ('ruleset_max_bytes', '65536', 'bytes', 100, 1048576, 'Longest ruleset that is read.'),
    ('ruleset_max_nodes', '500', 'count', 1, 10000, 'Most nodes in all rules of a ruleset.'),
    ('ruleset_max_depth', '32', 'count', 1, 100, 'Deepest nesting of a rule.'),
    ('ruleset_max_lookback', '10000', 'bars', 1, 1000000, 'Longest history that a rule may need.'),
    ('policy', '"classic"', 'name', NULL, NULL, 'Policy of evolution and monitoring cycles: a name in evolve.policies.'),
    ('initial_capital', '10000', 'money', 0.01, 1e15, 'Capital at the start of the backtests of cycles.'),
    ('fee_rate', '0.001', 'fraction', 0, 0.5, 'Fee of each leg in the backtests of cycles, of the traded value.'),
    ('slippage', '0', 'fraction', 0, 0.5, 'Slippage of each leg in the backtests of cycles, of the price.'),
    ('risk_free', '0', 'fraction', -0.5, 1, 'Annual risk-free rate in the metrics of cycles.');
