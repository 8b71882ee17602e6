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

-- Everything that a settlement follows from. For one that is posted, the share set of an original is stored, and trades
-- under a high-water mark go one after the other: each starts from the mark of the one before.
CREATE FUNCTION _evolve_royalty_terms(strategy_id uuid, profit numeric, currency text, traded_by uuid, closed_at timestamptz,
    policy text, posting boolean, OUT decimals int, OUT policy_id int, OUT royalty_base numeric, OUT royalty_rate int, OUT share_set bytea,
    OUT fee_plans text[], OUT fee_rates int[], OUT amount numeric, OUT cumulative_profit numeric, OUT high_water_mark numeric,
    OUT reason text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_variable
DECLARE
    chosen record;
    strategy record;
    mark record;
BEGIN
    IF profit IS NULL THEN
        RAISE EXCEPTION 'a trade needs a profit' USING ERRCODE = 'PE007', HINT = 'In money; negative for a loss.';
    END IF;
    SELECT known.decimals INTO decimals FROM evolve.currencies AS known WHERE known.currency = _evolve_royalty_terms.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown currency "%"', currency
            USING ERRCODE = 'PE002', HINT = 'Add a row to evolve.currencies.';
    END IF;
    royalty_base := profit;
    amount := @extschema@._evolve_royalty_amount(profit, 0, decimals);
    IF strategy_id IS NULL THEN
        reason := 'the trade was made without a strategy';
        RETURN;
    END IF;
    chosen := @extschema@._evolve_royalty_policy(policy);
    policy_id := chosen.policy_id;
    SELECT known.user_id, share_set.content INTO strategy
    FROM evolve.user_strategies AS known
    LEFT JOIN evolve.strategy_shares AS stored ON stored.strategy_id = known.id AND stored.share_rule = chosen.share_rule
    LEFT JOIN evolve.share_sets AS share_set ON share_set.share_set_id = stored.share_set_id
    WHERE known.id = _evolve_royalty_terms.strategy_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no strategy %', strategy_id USING ERRCODE = 'PE009';
    END IF;
    IF traded_by = strategy.user_id AND NOT chosen.pays_own_trades THEN
        reason := 'the uploader''s own trade';
        RETURN;
    END IF;

    IF chosen.high_water_mark AND traded_by IS NOT NULL THEN
        IF posting THEN
            PERFORM @extschema@._evolve_lock_royalty_mark(traded_by, strategy_id, currency);
        END IF;
        mark := @extschema@._evolve_royalty_mark(traded_by, strategy_id, currency);
        cumulative_profit := mark.cumulative_profit + profit;
        royalty_base := greatest(cumulative_profit - mark.high_water_mark, 0);
        high_water_mark := mark.high_water_mark + royalty_base;
    END IF;
    IF profit <= 0 THEN
        reason := 'no profit';
        RETURN;
    ELSIF royalty_base = 0 THEN
        reason := 'not above the high-water mark';
        RETURN;
    END IF;

    share_set := coalesce(strategy.content, @extschema@._evolve_sole_share(strategy.user_id));
    IF posting AND strategy.content IS NULL THEN
        INSERT INTO evolve.share_sets (share_set_id, content) VALUES (sha256(share_set), share_set) ON CONFLICT DO NOTHING;
    END IF;
    IF chosen.kind = 'similarity' THEN
        SELECT @extschema@._evolve_tier_rate(chosen.kind, chosen.parameters, distance.mutations, distance.similarity)
        INTO royalty_rate FROM @extschema@._evolve_mutation_distance(strategy_id) AS distance;
    ELSE
        SELECT (10000 * coalesce(chosen.royalty_percent, (
            SELECT plan.default_royalty_percent
            FROM evolve.user_plans AS had JOIN evolve.subscription_plans AS plan ON plan.plan_code = had.plan_code
            WHERE had.user_id = strategy.user_id AND had.valid_from <= closed_at
            ORDER BY had.valid_from DESC LIMIT 1),
            (SELECT setting.value #>> '{}' FROM evolve.settings AS setting WHERE setting.name = 'royalty_percent')::numeric))::int INTO royalty_rate;
    END IF;
    amount := @extschema@._evolve_royalty_amount(royalty_base, royalty_rate, decimals);
    IF amount = 0 THEN
        reason := CASE royalty_rate WHEN 0 THEN 'the rate is zero' ELSE 'less than the smallest unit' END;
    END IF;
    SELECT array_agg(plan.plan_code ORDER BY part.place),
           array_agg((10000 * coalesce(plan.platform_fee_percent, (
                         SELECT setting.value #>> '{}' FROM evolve.settings AS setting WHERE setting.name = 'platform_fee_percent')::numeric))::int
                     ORDER BY part.place)
    INTO fee_plans, fee_rates
    FROM @extschema@._evolve_read_shares(share_set) WITH ORDINALITY AS part(person, share, level, place)
    LEFT JOIN LATERAL (
        SELECT known.plan_code, known.platform_fee_percent
        FROM evolve.user_plans AS had JOIN evolve.subscription_plans AS known ON known.plan_code = had.plan_code
        WHERE had.user_id = part.person AND had.valid_from <= closed_at
        ORDER BY had.valid_from DESC LIMIT 1) AS plan ON true;
END
$function$;
COMMENT ON FUNCTION _evolve_royalty_terms(uuid, numeric, text, uuid, timestamptz, text, boolean) IS
    'What a trade owes and by which policy, rate, shares and plans; reason says why it is nothing.';
REVOKE EXECUTE ON FUNCTION _evolve_royalty_terms(uuid, numeric, text, uuid, timestamptz, text, boolean) FROM PUBLIC;

CREATE FUNCTION _evolve_royalty(strategy_id uuid, profit numeric, currency text, options jsonb)
RETURNS TABLE(beneficiary uuid, role text, level int, share numeric, gross numeric, fee numeric, net numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    terms record;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    PERFORM @extschema@._evolve_royalty_options($4, '{policy,traded_by,closed_at,trade_id}');
    terms := @extschema@._evolve_royalty_terms($1, $2, $3, ($4 ->> 'traded_by')::uuid,
                                               coalesce(($4 ->> 'closed_at')::timestamptz, now()), $4 ->> 'policy', false);
    IF terms.reason IS NOT NULL THEN
        RAISE NOTICE 'no royalty: %', terms.reason;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT line.person, CASE line.level WHEN 1 THEN 'uploader' ELSE 'creator' END, line.level,
               round(line.share / 1e9::numeric, 9), line.gross, line.fee, line.net
        FROM @extschema@._evolve_royalty_lines(terms.amount, terms.decimals, terms.share_set, terms.fee_rates,
                                               coalesce($4 ->> 'trade_id', '')) AS line
        ORDER BY line.gross DESC, line.person;
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
