-- The ledger of royalties: settlements, reversals and payouts, posted once; statements.

CREATE FUNCTION _evolve_event_digest(event jsonb) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    -- Not in SQL: this plan is kept.
    RETURN sha256(convert_to(jsonb_build_array(
        event -> 'event_key', event -> 'kind', event -> 'trade_id', event -> 'strategy_id', event -> 'traded_by',
        event -> 'user_id', event -> 'currency', event -> 'decimals', event -> 'profit', event -> 'closed_at',
        event -> 'policy_id', event -> 'royalty_base', event -> 'royalty_rate', event -> 'share_set_id',
        event -> 'fee_plans', event -> 'fee_rates', event -> 'amount', event -> 'cumulative_profit',
        event -> 'high_water_mark', event -> 'reverses', event -> 'reason', event -> 'created_at', event -> 'created_by')::text,
        'UTF8'));
END
$function$;
COMMENT ON FUNCTION _evolve_event_digest(jsonb) IS 'SHA-256 of an event''s columns, as to_jsonb() gives them with timezone UTC.';

CREATE FUNCTION _evolve_settlement_postings(event_id bigint)
RETURNS TABLE(account text, user_id uuid, currency text, amount numeric, strategy_id uuid, trade_id text, trade_profit numeric,
              role text, level int, share numeric, royalty_amount numeric, royalty_rate numeric, plan_code text,
              platform_fee_rate numeric, platform_fee numeric, net_amount numeric, created_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH event AS MATERIALIZED (
            SELECT known.*, round(known.royalty_rate / 1e6::numeric, 6) AS rate FROM evolve.royalty_events AS known
            WHERE known.event_id = $1 AND known.amount > 0
        ), line AS MATERIALIZED (
            SELECT part.person, part.share, part.level, part.gross, part.fee, part.net, event.fee_plans[part.place] AS plan,
                   event.fee_rates[part.place] AS fee_rate
            FROM event
            JOIN evolve.share_sets AS share_set ON share_set.share_set_id = event.share_set_id
            CROSS JOIN @extschema@._evolve_royalty_lines(event.amount, event.decimals, share_set.content, event.fee_rates, event.trade_id)
                       WITH ORDINALITY AS part(person, share, level, gross, fee, net, place)
        ), posting AS (
            SELECT 'beneficiary' AS account, line.person, line.net AS amount,
                   CASE line.level WHEN 1 THEN 'uploader' ELSE 'creator' END AS role, line.level, round(line.share / 1e9::numeric, 9) AS share,
                   line.gross, line.plan, round(line.fee_rate / 1e6::numeric, 6) AS fee_rate, line.fee, line.net
            FROM line WHERE line.gross > 0
            UNION ALL
            SELECT 'platform', '00000000-0000-0000-0000-000000000000'::uuid, sum(line.fee), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM line HAVING sum(line.fee) > 0
            UNION ALL
            SELECT 'trader', event.traded_by, -event.amount, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM event
        )
        SELECT posting.account, posting.person, event.currency, posting.amount, event.strategy_id, event.trade_id, event.profit,
               posting.role, posting.level, posting.share, posting.gross, event.rate, posting.plan, posting.fee_rate, posting.fee,
               posting.net, event.created_at
        FROM event CROSS JOIN posting;
END
$function$;
COMMENT ON FUNCTION _evolve_settlement_postings(bigint) IS 'The postings that follow from a settlement.';
REVOKE EXECUTE ON FUNCTION _evolve_settlement_postings(bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_reversal_postings(event_id bigint)
RETURNS TABLE(account text, user_id uuid, currency text, amount numeric, strategy_id uuid, trade_id text, trade_profit numeric,
              role text, level int, share numeric, royalty_amount numeric, royalty_rate numeric, plan_code text,
              platform_fee_rate numeric, platform_fee numeric, net_amount numeric, created_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH event AS MATERIALIZED (
            SELECT known.*, round(known.royalty_rate / 1e6::numeric, 6) AS rate FROM evolve.royalty_events AS known
            WHERE known.event_id = $1 AND known.amount > 0
        ), left_over AS MATERIALIZED (
            -- What a person has of the settlement is the same in all its postings.
            SELECT entry.user_id AS person, sum(entry.royalty_amount) AS gross, sum(entry.platform_fee) AS fee,
                   min(entry.role) AS role, min(entry.level) AS level, min(entry.share) AS share, min(entry.plan_code) AS plan,
                   min(entry.platform_fee_rate) AS fee_rate
            FROM event
            JOIN evolve.royalty_events AS earlier
              ON earlier.event_id = event.reverses OR earlier.reverses = event.reverses AND earlier.event_id < event.event_id
            JOIN evolve.royalty_ledger AS entry ON entry.event_id = earlier.event_id AND entry.account = 'beneficiary'
            GROUP BY entry.user_id
        ), line AS MATERIALIZED (
            SELECT part.person, part.gross, part.fee, part.net, left_over.role, left_over.level, left_over.share, left_over.plan,
                   left_over.fee_rate
            FROM event
            CROSS JOIN (SELECT array_agg(known.person ORDER BY known.person) AS persons, array_agg(known.gross ORDER BY known.person) AS gross,
                               array_agg(known.fee ORDER BY known.person) AS fees FROM left_over AS known HAVING count(*) > 0) AS arrays
            CROSS JOIN @extschema@._evolve_reversal_lines(event.amount, event.decimals, arrays.persons, arrays.gross, arrays.fees,
                                                          event.event_key) AS part
            JOIN left_over ON left_over.person = part.person
        ), posting AS (
            SELECT 'beneficiary' AS account, line.person, -line.net AS amount, line.role, line.level, line.share, -line.gross AS gross,
                   line.plan, line.fee_rate, -line.fee AS fee, -line.net AS net
            FROM line WHERE line.gross > 0
            UNION ALL
            SELECT 'platform', '00000000-0000-0000-0000-000000000000'::uuid, -sum(line.fee), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM line HAVING sum(line.fee) > 0
            UNION ALL
            SELECT 'trader', event.traded_by, event.amount, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM event
        )
        SELECT posting.account, posting.person, event.currency, posting.amount, event.strategy_id, event.trade_id, event.profit,
               posting.role, posting.level, posting.share, posting.gross, event.rate, posting.plan, posting.fee_rate, posting.fee,
               posting.net, event.created_at
        FROM event CROSS JOIN posting;
END
$function$;
COMMENT ON FUNCTION _evolve_reversal_postings(bigint) IS 'The postings that follow from a reversal and the postings before it.';
REVOKE EXECUTE ON FUNCTION _evolve_reversal_postings(bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_postings(event_id bigint)
RETURNS TABLE(account text, user_id uuid, currency text, amount numeric, strategy_id uuid, trade_id text, trade_profit numeric,
              role text, level int, share numeric, royalty_amount numeric, royalty_rate numeric, plan_code text,
              platform_fee_rate numeric, platform_fee numeric, net_amount numeric, created_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    event record;
BEGIN
    SELECT known.* INTO event FROM evolve.royalty_events AS known WHERE known.event_id = $1;
    IF event.kind = 'settlement' THEN
        RETURN QUERY SELECT * FROM @extschema@._evolve_settlement_postings($1);
    ELSIF event.kind = 'reversal' THEN
        RETURN QUERY SELECT * FROM @extschema@._evolve_reversal_postings($1);
    ELSE
        RETURN QUERY
            SELECT side.account, event.user_id, event.currency, side.amount, NULL::uuid, NULL, NULL::numeric, NULL, NULL::int,
                   NULL::numeric, NULL::numeric, NULL::numeric, NULL, NULL::numeric, NULL::numeric, NULL::numeric, event.created_at
            FROM (VALUES ('beneficiary', -event.amount), ('payout', event.amount)) AS side(account, amount);
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_postings(bigint) IS 'All postings that follow from an event: what is posted, and what evolve_verify() compares with.';
REVOKE EXECUTE ON FUNCTION _evolve_postings(bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_post_event(event jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' AS $function$
#variable_conflict use_column
DECLARE
    content jsonb := event || jsonb_build_object('created_at', clock_timestamp(), 'created_by', session_user);
    posted bigint;
BEGIN
    -- The key first: whoever posts the same at the same time waits here, and then finds it done.
    INSERT INTO evolve.royalty_events
        (event_key, kind, trade_id, strategy_id, traded_by, user_id, currency, decimals, profit, closed_at, policy_id, royalty_base,
         royalty_rate, share_set_id, fee_plans, fee_rates, amount, cumulative_profit, high_water_mark, reverses, reason, created_at,
         created_by, digest)
    SELECT new.*, @extschema@._evolve_event_digest(content)
    FROM jsonb_to_record(content) AS new(
        event_key text, kind text, trade_id text, strategy_id uuid, traded_by uuid, user_id uuid, currency text, decimals smallint,
        profit numeric, closed_at timestamptz, policy_id int, royalty_base numeric, royalty_rate int, share_set_id bytea, fee_plans text[],
        fee_rates int[], amount numeric, cumulative_profit numeric, high_water_mark numeric, reverses bigint, reason text,
        created_at timestamptz, created_by text)
    ON CONFLICT (event_key) DO NOTHING
    RETURNING royalty_events.event_id INTO posted;
    IF posted IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO evolve.royalty_ledger
        (event_id, account, user_id, currency, amount, strategy_id, trade_id, trade_profit, role, level, share, royalty_amount,
         royalty_rate, plan_code, platform_fee_rate, platform_fee, net_amount, created_at)
    SELECT posted, posting.* FROM @extschema@._evolve_postings(posted) AS posting;
    RETURN posted;
END
$function$;
COMMENT ON FUNCTION _evolve_post_event(jsonb) IS 'Writes a reversal or payout and its postings and returns its event_id; NULL when its key is there already.';
REVOKE EXECUTE ON FUNCTION _evolve_post_event(jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_require_id(id text, what text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF coalesce(btrim(id), '') = '' OR length(id) > 200 THEN
        RAISE EXCEPTION '% must be a text of 1 to 200 characters', what USING ERRCODE = 'PE007',
            HINT = 'It makes a repeated call do nothing.';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_require_id(text, text) IS 'Refuses an empty or very long id.';

CREATE FUNCTION _evolve_settled_trade(trade_id text, strategy_id uuid, profit numeric, currency text, traded_by uuid,
    closed_at timestamptz, options jsonb, OUT event_id bigint, OUT settled boolean, OUT royalty numeric, OUT platform_fee numeric,
    OUT net_amount numeric, OUT reason text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    known record;
    different text;
BEGIN
    SELECT event.*, policy.name AS policy INTO known
    FROM evolve.royalty_events AS event
    LEFT JOIN evolve.royalty_policies AS policy ON policy.policy_id = event.policy_id
    WHERE event.event_key = 'trade ' || $1;
    different := CASE WHEN known.strategy_id IS DISTINCT FROM $2 THEN 'strategy_id' WHEN known.profit IS DISTINCT FROM $3 THEN 'profit'
                      WHEN known.currency IS DISTINCT FROM $4 THEN 'currency' WHEN known.traded_by <> $5 THEN 'traded_by'
                      WHEN known.closed_at <> $6 THEN 'closed_at' WHEN known.policy <> $7 ->> 'policy' THEN 'policy' END;
    IF different IS NOT NULL THEN
        RAISE EXCEPTION 'trade "%" is settled already, with another %', $1, different
            USING ERRCODE = 'PE012', HINT = 'Take the settlement back with evolve_reverse_settlement() and settle the right one under another trade_id.';
    END IF;
    event_id := known.event_id;
    settled := false;
    royalty := known.amount;
    reason := known.reason;
    SELECT coalesce(sum(entry.platform_fee), 0), coalesce(sum(entry.net_amount), 0) INTO platform_fee, net_amount
    FROM evolve.royalty_ledger AS entry WHERE entry.event_id = known.event_id;
END
$function$;
COMMENT ON FUNCTION _evolve_settled_trade(text, uuid, numeric, text, uuid, timestamptz, jsonb) IS
    'The settlement of a trade that is there already, for who settles it again; an error when it is another one.';
REVOKE EXECUTE ON FUNCTION _evolve_settled_trade(text, uuid, numeric, text, uuid, timestamptz, jsonb) FROM PUBLIC;

CREATE FUNCTION evolve_settle_trade(trade_id text, strategy_id uuid, profit numeric, currency text, traded_by uuid,
    closed_at timestamptz DEFAULT NULL, options jsonb DEFAULT '{}', OUT event_id bigint, OUT settled boolean, OUT royalty numeric,
    OUT platform_fee numeric, OUT net_amount numeric, OUT reason text)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_settle_trade(text, uuid, numeric, text, uuid, timestamptz, jsonb) IS
    'Posts what a closed trade owes, once: called again with the same trade_id it returns the settlement that is there (settled is false), with other content it is an error. Option: policy. reason says why nothing is owed.';
REVOKE EXECUTE ON FUNCTION evolve_settle_trade(text, uuid, numeric, text, uuid, timestamptz, jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_reverse_settlement(trade_id text, reversal_id text, amount numeric, reason text,
    OUT event_id bigint, OUT reversed numeric, OUT remaining numeric)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    original record;
    known record;
    mark record;
    reversal_key text := 'reversal ' || $2;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    PERFORM @extschema@._evolve_require_id($2, 'reversal_id');
    -- Reversals of one settlement go one after the other.
    SELECT event.* INTO original FROM evolve.royalty_events AS event WHERE event.event_key = 'trade ' || $1 FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'trade "%" is not settled', $1 USING ERRCODE = 'PE009';
    END IF;
    SELECT original.amount - coalesce(sum(event.amount), 0) INTO remaining
    FROM evolve.royalty_events AS event WHERE event.reverses = original.event_id;
    SELECT event.* INTO known FROM evolve.royalty_events AS event WHERE event.event_key = reversal_key;
    IF FOUND THEN
        IF known.reverses <> original.event_id OR known.amount <> $3 THEN
            RAISE EXCEPTION 'reversal "%" was made already, with another %', $2,
                CASE WHEN known.reverses <> original.event_id THEN 'trade' ELSE 'amount' END USING ERRCODE = 'PE012';
        END IF;
        event_id := known.event_id;
        reversed := known.amount;
        RETURN;
    END IF;
    reversed := coalesce($3, remaining);
    IF remaining = 0 AND original.cumulative_profit IS NULL OR reversed > remaining OR reversed < 0
       OR reversed = 0 AND remaining > 0 THEN
        RAISE EXCEPTION 'cannot take back % of trade "%"', coalesce($3::text, 'anything'), $1 USING ERRCODE = 'PE004',
            DETAIL = format('Of its royalty of %s %s, %s is left.', original.amount, original.currency, remaining);
    END IF;
    IF reversed <> round(reversed, original.decimals) THEN
        RAISE EXCEPTION 'amount % is finer than the currency''s minor unit', reversed USING ERRCODE = 'PE004';
    END IF;
    reversed := round(reversed, original.decimals);
    IF original.cumulative_profit IS NOT NULL THEN
        PERFORM @extschema@._evolve_lock_royalty_mark(original.traded_by, original.strategy_id, original.currency);
        mark := @extschema@._evolve_royalty_mark(original.traded_by, original.strategy_id, original.currency);
        IF remaining = 0 AND EXISTS (SELECT FROM evolve.royalty_events AS event WHERE event.reverses = original.event_id) THEN
            RAISE EXCEPTION 'trade "%" is taken back already', $1 USING ERRCODE = 'PE004';
        END IF;
        -- With the last of its royalty the trade itself is gone, and with it its profit and what it added to the mark.
        IF reversed = remaining THEN
            mark.cumulative_profit := mark.cumulative_profit - original.profit;
            mark.high_water_mark := mark.high_water_mark - original.royalty_base;
        END IF;
    ELSE
        SELECT NULL::numeric AS cumulative_profit, NULL::numeric AS high_water_mark INTO mark;
    END IF;
    event_id := @extschema@._evolve_post_event(jsonb_build_object(
        'event_key', reversal_key, 'kind', 'reversal', 'trade_id', $1, 'strategy_id', original.strategy_id,
        'traded_by', original.traded_by, 'currency', original.currency, 'decimals', original.decimals,
        'profit', original.profit, 'policy_id', original.policy_id, 'royalty_rate', original.royalty_rate,
        'amount', reversed, 'cumulative_profit', mark.cumulative_profit, 'high_water_mark', mark.high_water_mark,
        'reverses', original.event_id, 'reason', $4));
    IF event_id IS NULL THEN
        RAISE EXCEPTION 'reversal "%" is being made by another session', $2 USING ERRCODE = 'PE012';
    END IF;
    remaining := remaining - reversed;
END
$function$;
COMMENT ON FUNCTION _evolve_reverse_settlement(text, text, numeric, text) IS 'What evolve_reverse_settlement() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_reverse_settlement(text, text, numeric, text) FROM PUBLIC;

CREATE FUNCTION evolve_reverse_settlement(trade_id text, reversal_id text, amount numeric DEFAULT NULL, reason text DEFAULT NULL,
    OUT event_id bigint, OUT reversed numeric, OUT remaining numeric)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_reverse_settlement(text, text, numeric, text) IS
    'Takes back a part of a trade''s royalty (NULL: all that is left), from each by what is left to him, with its fees; once for each reversal_id.';
REVOKE EXECUTE ON FUNCTION evolve_reverse_settlement(text, text, numeric, text) FROM PUBLIC;

CREATE FUNCTION _evolve_record_payout(payout_id text, user_id uuid, currency text, amount numeric, reason text,
    OUT event_id bigint, OUT balance numeric)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    known record;
    account record;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    PERFORM @extschema@._evolve_require_id($1, 'payout_id');
    -- Payouts to one person go one after the other, so that no two of them spend the same balance.
    PERFORM pg_advisory_xact_lock(hashtextextended(format('royalty payout %s %s', $2, $3), 0));
    SELECT event.* INTO known FROM evolve.royalty_events AS event WHERE event.event_key = 'payout ' || $1;
    IF FOUND AND (known.user_id, known.currency, known.amount) IS DISTINCT FROM ($2, $3, $4) THEN
        RAISE EXCEPTION 'payout "%" is recorded already, with another person, currency or amount', $1 USING ERRCODE = 'PE012';
    END IF;
    SELECT book.balance, book.payable, used.decimals INTO account
    FROM evolve.royalty_balances AS book JOIN evolve.currencies AS used ON used.currency = book.currency
    WHERE book.account = 'beneficiary' AND book.user_id = $2 AND book.currency = $3;
    event_id := known.event_id;
    balance := account.balance;
    IF event_id IS NOT NULL THEN
        RETURN;
    END IF;
    IF $4 IS NULL OR $4 <= 0 OR $4 > coalesce(account.payable, 0) OR $4 <> trunc($4, account.decimals) THEN
        RAISE EXCEPTION 'cannot pay out % %', $4, $3 USING ERRCODE = 'PE004',
            DETAIL = format('%s can be paid out to %s.', coalesce(account.payable, 0), $2);
    END IF;
    event_id := @extschema@._evolve_post_event(jsonb_build_object(
        'event_key', 'payout ' || $1, 'kind', 'payout', 'user_id', $2, 'currency', $3, 'decimals', account.decimals,
        'amount', round($4, account.decimals), 'reason', $5));
    IF event_id IS NULL THEN
        RAISE EXCEPTION 'payout "%" is being recorded by another session', $1 USING ERRCODE = 'PE012';
    END IF;
    balance := account.balance - $4;
END
$function$;
COMMENT ON FUNCTION _evolve_record_payout(text, uuid, text, numeric, text) IS 'What evolve_record_payout() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_record_payout(text, uuid, text, numeric, text) FROM PUBLIC;

CREATE FUNCTION evolve_record_payout(payout_id text, user_id uuid, currency text, amount numeric, reason text DEFAULT NULL,
    OUT event_id bigint, OUT balance numeric)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_record_payout(text, uuid, text, numeric, text) IS
    'Records that a person was paid, once for each payout_id and never more than the balance; returns what is left.';
REVOKE EXECUTE ON FUNCTION evolve_record_payout(text, uuid, text, numeric, text) FROM PUBLIC;

CREATE FUNCTION evolve_statement(user_id uuid DEFAULT NULL, from_ts timestamptz DEFAULT '-infinity', to_ts timestamptz DEFAULT 'infinity')
RETURNS TABLE(event_id bigint, created_at timestamptz, account text, kind text, trade_id text, strategy_id uuid, trade_profit numeric,
              royalty_amount numeric, platform_fee numeric, currency text, amount numeric, balance numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    person uuid := coalesce(evolve_statement.user_id, @extschema@.evolve_current_user());
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF person IS NULL THEN
        RAISE EXCEPTION 'whose statement?' USING ERRCODE = 'PE007', HINT = 'Give a user_id, or be a user: evolve_current_user().';
    END IF;
    RETURN QUERY
        SELECT * FROM (
            SELECT entry.event_id, entry.created_at, entry.account,
                   CASE WHEN entry.account = 'payout' OR entry.trade_id IS NULL THEN 'payout'
                        WHEN entry.account = 'trader' AND entry.amount > 0 OR entry.royalty_amount < 0 THEN 'reversal'
                        ELSE 'settlement' END AS kind,
                   entry.trade_id, entry.strategy_id, entry.trade_profit, entry.royalty_amount, entry.platform_fee, entry.currency,
                   entry.amount,
                   sum(entry.amount) OVER (PARTITION BY entry.account, entry.currency ORDER BY entry.event_id, entry.entry_id) AS balance
            FROM evolve.royalty_ledger AS entry
            WHERE entry.user_id = person AND entry.account IN ('beneficiary', 'trader')) AS line
        WHERE line.created_at >= $2 AND line.created_at < $3
        ORDER BY line.currency, line.account, line.event_id;
END
$function$;
COMMENT ON FUNCTION evolve_statement(uuid, timestamptz, timestamptz) IS
    'Postings of a person (NULL: the current user) from a time to before another, with the running balance of each account and currency.';
