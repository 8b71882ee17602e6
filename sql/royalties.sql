-- Royalties: what a trade owes, by which policy, rate, shares and plans.

CREATE FUNCTION _evolve_royalty_amount(profit numeric, rate int, decimals int) RETURNS numeric
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_royalty_amount(numeric, int, int) IS 'profit * rate (parts of a million), rounded to decimals, halves up; 0 for a loss.';

CREATE FUNCTION _evolve_tier_rate(kind text, parameters jsonb, mutations int, similarity float8) RETURNS int
LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_tier_rate(text, jsonb, int, float8) IS 'Rate of a similarity policy at some distance from the original, in parts of a million.';

CREATE FUNCTION _evolve_royalty_lines(royalty numeric, decimals int, share_set bytea, fee_rates int[], event text)
RETURNS TABLE(person uuid, share int, level int, gross numeric, fee numeric, net numeric)
LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_royalty_lines(numeric, int, bytea, int[], text) IS 'Divides a royalty by a share set and takes the fees.';

CREATE FUNCTION _evolve_reversal_lines(amount numeric, decimals int, persons uuid[], gross numeric[], fees numeric[], event text)
RETURNS TABLE(person uuid, gross numeric, fee numeric, net numeric)
LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_reversal_lines(numeric, int, uuid[], numeric[], numeric[], text) IS 'Divides what is taken back by what is left to each.';

CREATE FUNCTION _evolve_is_accountant() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT has_function_privilege('@extschema@.evolve_settle_trade(text, uuid, numeric, text, uuid, timestamptz, jsonb)', 'execute')
$function$;
COMMENT ON FUNCTION _evolve_is_accountant() IS 'Whether the current role may settle trades: who may, sees the whole ledger.';

CREATE FUNCTION _evolve_mutation_distance(strategy uuid, OUT mutations int, OUT similarity float8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    origin uuid;
BEGIN
    SELECT max(line.step), (array_agg(line.strategy_id ORDER BY line.step))[1] INTO mutations, origin
    FROM @extschema@.evolve_lineage_path(strategy) AS line;
    SELECT alike.overall INTO similarity
    FROM evolve.user_strategies AS first_one, evolve.user_strategies AS this_one,
         @extschema@.evolve_similarity(first_one.ruleset, this_one.ruleset) AS alike
    WHERE first_one.id = origin AND this_one.id = strategy;
END
$function$;
COMMENT ON FUNCTION _evolve_mutation_distance(uuid) IS 'Steps of evolve_lineage_path() from the original, and how alike the two are.';

CREATE FUNCTION _evolve_royalty_options(options jsonb, known text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    unknown text;
BEGIN
    IF options IS NULL OR jsonb_typeof(options) <> 'object' THEN
        RAISE EXCEPTION 'options must be a JSON object' USING ERRCODE = 'PE007';
    END IF;
    SELECT key INTO unknown FROM jsonb_object_keys(options) AS key WHERE key <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'unknown option "%"', unknown
            USING ERRCODE = 'PE007', HINT = 'Options: ' || array_to_string(known, ', ') || '.';
    END IF;
    SELECT option.key INTO unknown FROM jsonb_each(options) AS option
    WHERE jsonb_typeof(option.value) NOT IN ('string', 'null') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'option "%" must be a text', unknown USING ERRCODE = 'PE007';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_royalty_options(jsonb, text[]) IS 'Refuses options that are not known or not texts.';

CREATE FUNCTION _evolve_announce() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', '_evolve_announce';
COMMENT ON FUNCTION _evolve_announce() IS 'Trigger: tells all sessions to forget the rows of the table that they keep. Arguments: columns that matter in an UPDATE; none for all.';
REVOKE EXECUTE ON FUNCTION _evolve_announce() FROM PUBLIC;

CREATE FUNCTION _evolve_lock_royalty_mark(trader uuid, strategy uuid, currency text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(format('royalty mark %s %s %s', trader, strategy, currency), 0));
END
$function$;
COMMENT ON FUNCTION _evolve_lock_royalty_mark(uuid, uuid, text) IS 'Waits for other trades of a trader with a strategy under a high-water mark, until the end of the transaction.';
REVOKE EXECUTE ON FUNCTION _evolve_lock_royalty_mark(uuid, uuid, text) FROM PUBLIC;

CREATE FUNCTION _evolve_royalty_mark(trader uuid, strategy uuid, currency text, before_event bigint DEFAULT NULL,
    OUT cumulative_profit numeric, OUT high_water_mark numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    SELECT event.cumulative_profit, event.high_water_mark INTO cumulative_profit, high_water_mark
    FROM evolve.royalty_events AS event
    WHERE event.traded_by = trader AND event.strategy_id = strategy AND event.currency = _evolve_royalty_mark.currency
      AND event.cumulative_profit IS NOT NULL AND (before_event IS NULL OR event.event_id < before_event)
    ORDER BY event.event_id DESC LIMIT 1;
    IF NOT FOUND THEN
        cumulative_profit := 0;
        high_water_mark := 0;
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_royalty_mark(uuid, uuid, text, bigint) IS 'Running profit and high-water mark of a trader with a strategy: now, or before an event.';
REVOKE EXECUTE ON FUNCTION _evolve_royalty_mark(uuid, uuid, text, bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_royalty_preview(strategy_id uuid, profit numeric, currency text, traded_by uuid, closed_at timestamptz,
                                        policy text, trade_id text)
RETURNS TABLE(beneficiary uuid, role text, level int, share numeric, gross numeric, fee numeric, net numeric)
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_royalty_preview(uuid, numeric, text, uuid, timestamptz, text, text) IS
    'What evolve_settle_trade() would post to whom; a notice says why it is nothing.';
REVOKE EXECUTE ON FUNCTION _evolve_royalty_preview(uuid, numeric, text, uuid, timestamptz, text, text) FROM PUBLIC;

CREATE FUNCTION _evolve_royalty(strategy_id uuid, profit numeric, currency text, options jsonb)
RETURNS TABLE(beneficiary uuid, role text, level int, share numeric, gross numeric, fee numeric, net numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    PERFORM @extschema@._evolve_royalty_options($4, '{policy,traded_by,closed_at,trade_id}');
    RETURN QUERY
        SELECT line.* FROM @extschema@._evolve_royalty_preview(
            $1, $2, $3, ($4 ->> 'traded_by')::uuid, coalesce(($4 ->> 'closed_at')::timestamptz, now()), $4 ->> 'policy',
            coalesce($4 ->> 'trade_id', '')) AS line
        ORDER BY line.gross DESC, line.beneficiary;
END
$function$;
COMMENT ON FUNCTION _evolve_royalty(uuid, numeric, text, jsonb) IS 'What evolve_royalty() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_royalty(uuid, numeric, text, jsonb) FROM PUBLIC;

CREATE FUNCTION evolve_royalty(strategy_id uuid, profit numeric, currency text DEFAULT 'USD', options jsonb DEFAULT '{}')
RETURNS TABLE(beneficiary uuid, role text, level int, share numeric, gross numeric, fee numeric, net numeric)
LANGUAGE c STABLE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_royalty(uuid, numeric, text, jsonb) IS
    'Who would get what of a trade''s profit; nothing is posted. Options: policy, traded_by, closed_at, trade_id (which decides among equals). No row, and a notice why, when nothing is owed.';
REVOKE EXECUTE ON FUNCTION evolve_royalty(uuid, numeric, text, jsonb) FROM PUBLIC;
