-- The ruleset language.

CREATE FUNCTION evolve_ruleset(ruleset jsonb) RETURNS jsonb
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_ruleset(jsonb) IS 'The ruleset in canonical form, or an error that says what is wrong, where, and what was expected.';

CREATE FUNCTION evolve_check_ruleset(ruleset jsonb)
RETURNS TABLE(severity text, path text, message text, hint text, sqlstate text)
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_check_ruleset(jsonb) IS 'Every problem of a ruleset at once, errors and warnings; no row means none.';

CREATE FUNCTION evolve_ruleset_text(ruleset jsonb) RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_ruleset_text(jsonb) IS 'The canonical ruleset with its conditions as text, the form that people read and write.';

CREATE FUNCTION evolve_explain(ruleset jsonb) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_explain(jsonb) IS 'What a ruleset does, in plain English.';

CREATE FUNCTION evolve_fingerprint(ruleset jsonb) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_fingerprint(jsonb) IS 'Hash (64 hex digits) of what a ruleset means: equal for rulesets that mean the same, whatever their spelling.';

CREATE FUNCTION evolve_indicators()
RETURNS TABLE(name text, args jsonb, outputs text[], unit text, family text, description text)
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_indicators() IS 'Every indicator of the language with its arguments, defaults, outputs and unit.';

CREATE FUNCTION _evolve_apply_parameters(ruleset jsonb, parameters jsonb) RETURNS jsonb
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_apply_parameters(jsonb, jsonb) IS 'Canonical ruleset with the given values put into its parameters.';

CREATE FUNCTION _evolve_parameter_values(ruleset jsonb) RETURNS jsonb
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_parameter_values(jsonb) IS 'Values of a ruleset''s parameters by name.';
