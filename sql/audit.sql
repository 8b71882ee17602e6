-- The ledger under watch: sealed in blocks, and derived again from what it rests on.

CREATE FUNCTION _evolve_block_content(first_event bigint, last_event bigint) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' AS $function$
BEGIN
    RETURN sha256(convert_to(coalesce((
        SELECT string_agg(event.event_id || ' ' || encode(@extschema@._evolve_event_digest(to_jsonb(event)), 'hex') || ' '
                          || encode(event.digest, 'hex') || ' ' || coalesce(postings.content, '') || E'\n', '' ORDER BY event.event_id)
        FROM evolve.royalty_events AS event
        LEFT JOIN LATERAL (
            SELECT string_agg(jsonb_build_array(
                entry.entry_id, entry.account, entry.user_id, entry.currency, entry.amount, entry.strategy_id, entry.trade_id,
                entry.trade_profit, entry.role, entry.level, entry.share, entry.royalty_amount, entry.royalty_rate, entry.plan_code,
                entry.platform_fee_rate, entry.platform_fee, entry.net_amount, entry.created_at)::text, '' ORDER BY entry.entry_id) AS content
            FROM evolve.royalty_ledger AS entry WHERE entry.event_id = event.event_id) AS postings ON true
        WHERE event.event_id BETWEEN _evolve_block_content.first_event AND _evolve_block_content.last_event), ''), 'UTF8'));
END
$function$;
COMMENT ON FUNCTION _evolve_block_content(bigint, bigint) IS 'SHA-256 of a range of events and their postings.';
REVOKE EXECUTE ON FUNCTION _evolve_block_content(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_block_hash(block_no bigint, first_event bigint, last_event bigint, events bigint, content_hash bytea,
                                   previous_hash bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT sha256(convert_to(format('%s %s %s %s ', block_no, first_event, last_event, events), 'UTF8') || content_hash
                  || coalesce(previous_hash, ''))
$function$;
COMMENT ON FUNCTION _evolve_block_hash(bigint, bigint, bigint, bigint, bytea, bytea) IS 'Hash of a block: of its numbers, its content and the block before.';

CREATE FUNCTION _evolve_seal_ledger(OUT blocks int, OUT events bigint, OUT head text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $function$
#variable_conflict use_column
DECLARE
    block_events CONSTANT int := 10000;
    last_block record;
    next_block record;
    content bytea;
    hash bytea;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    PERFORM pg_advisory_xact_lock(1702259058, 2);
    -- Waits for the settlements that are being posted and keeps out new ones for the moment of sealing: an event that
    -- came later with a lower number would be in no block.
    LOCK TABLE evolve.royalty_events IN SHARE MODE;
    blocks := 0;
    events := 0;
    LOOP
        SELECT block.* INTO last_block FROM evolve.royalty_blocks AS block ORDER BY block.block_no DESC LIMIT 1;
        SELECT min(chosen.event_id) AS first_event, max(chosen.event_id) AS last_event, count(*) AS events INTO next_block
        FROM (SELECT event.event_id FROM evolve.royalty_events AS event
              WHERE event.event_id > coalesce(last_block.last_event, 0)
              ORDER BY event.event_id LIMIT block_events) AS chosen;
        IF next_block.events = 0 THEN
            head := encode(last_block.block_hash, 'hex');
            RETURN;
        END IF;
        content := @extschema@._evolve_block_content(next_block.first_event, next_block.last_event);
        hash := @extschema@._evolve_block_hash(coalesce(last_block.block_no, 0) + 1, next_block.first_event, next_block.last_event,
                                               next_block.events, content, last_block.block_hash);
        INSERT INTO evolve.royalty_blocks
            (block_no, first_event, last_event, events, content_hash, previous_hash, block_hash, sealed_at)
        VALUES (coalesce(last_block.block_no, 0) + 1, next_block.first_event, next_block.last_event, next_block.events, content,
                last_block.block_hash, hash, clock_timestamp());
        INSERT INTO evolve.royalty_snapshots (account, user_id, currency, block_no, balance)
        SELECT moved.account, moved.user_id, moved.currency, coalesce(last_block.block_no, 0) + 1, moved.amount + coalesce((
            SELECT before.balance FROM evolve.royalty_snapshots AS before
            WHERE before.account = moved.account AND before.user_id = moved.user_id AND before.currency = moved.currency
            ORDER BY before.block_no DESC LIMIT 1), 0)
        FROM (SELECT entry.account, entry.user_id, entry.currency, sum(entry.amount) AS amount
              FROM evolve.royalty_ledger AS entry
              WHERE entry.event_id BETWEEN next_block.first_event AND next_block.last_event
              GROUP BY entry.account, entry.user_id, entry.currency) AS moved;
        blocks := blocks + 1;
        events := events + next_block.events;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION _evolve_seal_ledger() IS 'What evolve_seal_ledger() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_seal_ledger() FROM PUBLIC;

CREATE FUNCTION evolve_seal_ledger(OUT blocks int, OUT events bigint, OUT head text)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_seal_ledger() IS
    'Chains all new events into blocks of at most 10,000 and takes the balances: for a job, say each hour. head is the newest hash; kept elsewhere it proves everything before it. Gives up after 2 seconds when a settlement stays open.';
REVOKE EXECUTE ON FUNCTION evolve_seal_ledger() FROM PUBLIC;

-- Each check: how many rows it looked at, and the first that is wrong.
CREATE FUNCTION _evolve_verify_lineage() RETURNS TABLE(part text, checked bigint, wrong text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT 'generations', count(*), min(format('strategy %s: generation %s, not %s', known.strategy_id, known.generation, derived.generation))
                                        FILTER (WHERE known.generation <> derived.generation)
        FROM evolve.strategy_generations AS known
        CROSS JOIN LATERAL (
            SELECT coalesce(max(parent.generation) + 1, 0) AS generation
            FROM evolve.strategy_lineage AS edge
            JOIN evolve.strategy_generations AS parent ON parent.strategy_id = edge.parent_strategy_id
            WHERE edge.child_strategy_id = known.strategy_id) AS derived;
    RETURN QUERY
        SELECT 'share sets', count(*), min(format('share set %s: its content is another', encode(known.share_set_id, 'hex')))
                                       FILTER (WHERE known.share_set_id <> sha256(known.content))
        FROM evolve.share_sets AS known;
    BEGIN
        RETURN QUERY
            WITH child AS (
                SELECT array_agg(DISTINCT edge.child_strategy_id) AS ids FROM evolve.strategy_lineage AS edge
            ), derived AS (
                SELECT rule.share_rule, family.strategy_id, sha256(family.content) AS share_set_id
                FROM child, (SELECT DISTINCT policy.share_rule FROM evolve.royalty_policies AS policy) AS rule,
                     @extschema@._evolve_family_shares(rule.share_rule, child.ids) AS family
            )
            SELECT 'strategy shares', count(*),
                   min(format('strategy %s: shares by rule "%s" are not those of its parents', coalesce(known.strategy_id, derived.strategy_id),
                              coalesce(known.share_rule, derived.share_rule)))
                   FILTER (WHERE known.share_set_id IS DISTINCT FROM derived.share_set_id
                              OR NOT EXISTS (SELECT FROM evolve.share_sets AS stored WHERE stored.share_set_id = known.share_set_id))
            FROM derived
            FULL JOIN evolve.strategy_shares AS known
                   ON known.strategy_id = derived.strategy_id AND known.share_rule = derived.share_rule;
    EXCEPTION WHEN OTHERS THEN
        RETURN QUERY SELECT 'strategy shares', 0::bigint, format('cannot be derived: %s', SQLERRM);
    END;
END
$function$;
COMMENT ON FUNCTION _evolve_verify_lineage() IS 'The part of evolve_verify() about lineage and shares.';
REVOKE EXECUTE ON FUNCTION _evolve_verify_lineage() FROM PUBLIC;

CREATE FUNCTION _evolve_event_fault(event_id bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' AS $function$
#variable_conflict use_column
DECLARE
    event record;
    before record;
    gone record;
    wrong record;
BEGIN
    SELECT known.* INTO event FROM evolve.royalty_events AS known WHERE known.event_id = $1;
    IF event.digest <> @extschema@._evolve_event_digest(to_jsonb(event)) THEN
        RETURN format('event %s was changed', $1);
    END IF;
    IF event.kind = 'settlement' AND event.royalty_rate IS NOT NULL
       AND event.amount <> @extschema@._evolve_royalty_amount(event.royalty_base, event.royalty_rate, event.decimals) THEN
        RETURN format('event %s: its royalty is not base times rate', $1);
    END IF;
    IF event.kind = 'settlement' AND event.amount > 0
       AND NOT EXISTS (SELECT FROM evolve.share_sets AS stored WHERE stored.share_set_id = event.share_set_id) THEN
        RETURN format('event %s: its share set is missing', $1);
    END IF;
    IF event.cumulative_profit IS NOT NULL THEN
        SELECT earlier.cumulative_profit AS profit, earlier.high_water_mark AS mark INTO before
        FROM @extschema@._evolve_royalty_mark(event.traded_by, event.strategy_id, event.currency, $1) AS earlier;
        -- A reversal that leaves nothing takes the trade's profit and base away again.
        SELECT coalesce(max(original.profit), 0) AS profit, coalesce(max(original.royalty_base), 0) AS base INTO gone
        FROM evolve.royalty_events AS original
        WHERE original.event_id = event.reverses
          AND original.amount = (SELECT sum(reversal.amount) FROM evolve.royalty_events AS reversal
                                 WHERE reversal.reverses = original.event_id AND reversal.event_id <= $1);
        IF event.kind = 'settlement' THEN
            before.profit := before.profit + event.profit;
            before.mark := greatest(before.mark, before.profit);
        END IF;
        IF (event.cumulative_profit, event.high_water_mark) <> (before.profit - gone.profit, before.mark - gone.base) THEN
            RETURN format('event %s: its high-water mark does not follow from the one before', $1);
        END IF;
    END IF;
    BEGIN
        SELECT coalesce(stored.entry_id::text, 'a missing posting') AS entry INTO wrong
        FROM (SELECT entry.*, row_number() OVER (PARTITION BY entry.account, entry.user_id ORDER BY entry.entry_id) AS place
              FROM evolve.royalty_ledger AS entry WHERE entry.event_id = $1) AS stored
        FULL JOIN (SELECT posting.*, 1::bigint AS place FROM @extschema@._evolve_postings($1) AS posting) AS derived
               ON derived.account = stored.account AND derived.user_id = stored.user_id AND derived.place = stored.place
        WHERE (stored.account, stored.user_id, stored.currency, stored.amount, stored.strategy_id, stored.trade_id, stored.trade_profit,
               stored.role, stored.level, stored.share, stored.royalty_amount, stored.royalty_rate, stored.plan_code,
               stored.platform_fee_rate, stored.platform_fee, stored.net_amount, stored.created_at)
              IS DISTINCT FROM
              (derived.account, derived.user_id, derived.currency, derived.amount, derived.strategy_id, derived.trade_id, derived.trade_profit,
               derived.role, derived.level, derived.share, derived.royalty_amount, derived.royalty_rate, derived.plan_code,
               derived.platform_fee_rate, derived.platform_fee, derived.net_amount, derived.created_at)
        ORDER BY stored.entry_id LIMIT 1;
        IF FOUND THEN
            RETURN format('event %s: its postings are not what follows from it (%s)', $1,
                          CASE wrong.entry WHEN 'a missing posting' THEN wrong.entry ELSE 'entry ' || wrong.entry END);
        END IF;
    EXCEPTION WHEN OTHERS THEN
        RETURN format('event %s: what follows from it cannot be derived (%s)', $1, SQLERRM);
    END;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION _evolve_event_fault(bigint) IS 'What is wrong with an event or its postings; NULL when nothing is.';
REVOKE EXECUTE ON FUNCTION _evolve_event_fault(bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_verify_ledger() RETURNS TABLE(part text, checked bigint, wrong text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT 'events', count(*), (array_agg(looked.fault ORDER BY looked.event_id) FILTER (WHERE looked.fault IS NOT NULL))[1]
        FROM (SELECT event.event_id, @extschema@._evolve_event_fault(event.event_id) AS fault
              FROM evolve.royalty_events AS event OFFSET 0) AS looked;
    RETURN QUERY
        SELECT 'postings', count(*), min(format('entry %s belongs to no event', entry.entry_id))
                                     FILTER (WHERE event.event_id IS NULL)
        FROM evolve.royalty_ledger AS entry
        LEFT JOIN evolve.royalty_events AS event ON event.event_id = entry.event_id;
    RETURN QUERY
        SELECT 'sums', count(*), min(format('the postings of event %s sum to %s', total.event_id, total.amount))
                                 FILTER (WHERE total.amount <> 0)
        FROM (SELECT entry.event_id, sum(entry.amount) AS amount FROM evolve.royalty_ledger AS entry GROUP BY entry.event_id) AS total;
    RETURN QUERY
        SELECT 'blocks', count(*), (array_agg(looked.fault ORDER BY looked.block_no) FILTER (WHERE looked.fault IS NOT NULL))[1]
        FROM (SELECT block.block_no,
                     CASE WHEN block.block_no <> coalesce(before.block_no, 0) + 1 THEN format('block %s is not the next one', block.block_no)
                          WHEN block.previous_hash IS DISTINCT FROM before.block_hash
                               THEN format('block %s does not follow from the block before', block.block_no)
                          WHEN block.first_event <= coalesce(before.last_event, 0)
                               THEN format('block %s overlaps the block before', block.block_no)
                          WHEN block.block_hash <> @extschema@._evolve_block_hash(block.block_no, block.first_event, block.last_event,
                                                                                   block.events, block.content_hash, block.previous_hash)
                               THEN format('block %s was changed', block.block_no)
                          WHEN block.content_hash <> @extschema@._evolve_block_content(coalesce(before.last_event, 0) + 1, block.last_event)
                               THEN format('an event or posting of block %s (events %s to %s) was changed, removed or added',
                                           block.block_no, block.first_event, block.last_event) END AS fault
              FROM evolve.royalty_blocks AS block
              LEFT JOIN LATERAL (SELECT earlier.* FROM evolve.royalty_blocks AS earlier
                                 WHERE earlier.block_no < block.block_no ORDER BY earlier.block_no DESC LIMIT 1) AS before ON true
              OFFSET 0) AS looked;
    RETURN QUERY
        SELECT 'snapshots', count(*),
               min(format('snapshot of block %s, account %s of %s: %s %s, not %s', coalesce(known.block_no, derived.block_no),
                          coalesce(known.account, derived.account), coalesce(known.user_id, derived.user_id), known.balance,
                          coalesce(known.currency, derived.currency), derived.balance))
               FILTER (WHERE known.balance IS DISTINCT FROM derived.balance)
        FROM evolve.royalty_snapshots AS known
        FULL JOIN (
            SELECT moved.account, moved.user_id, moved.currency, moved.block_no,
                   sum(moved.amount) OVER (PARTITION BY moved.account, moved.user_id, moved.currency ORDER BY moved.block_no) AS balance
            FROM (SELECT entry.account, entry.user_id, entry.currency, block.block_no, sum(entry.amount) AS amount
                  FROM evolve.royalty_blocks AS block
                  JOIN evolve.royalty_ledger AS entry ON entry.event_id BETWEEN block.first_event AND block.last_event
                  GROUP BY entry.account, entry.user_id, entry.currency, block.block_no) AS moved) AS derived
               ON derived.account = known.account AND derived.user_id = known.user_id AND derived.currency = known.currency
              AND derived.block_no = known.block_no;
END
$function$;
COMMENT ON FUNCTION _evolve_verify_ledger() IS 'The part of evolve_verify() about events, postings, blocks and balances.';
REVOKE EXECUTE ON FUNCTION _evolve_verify_ledger() FROM PUBLIC;

CREATE FUNCTION _evolve_verify() RETURNS TABLE(part text, checked bigint, wrong text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    RETURN QUERY SELECT * FROM @extschema@._evolve_verify_lineage();
    RETURN QUERY SELECT * FROM @extschema@._evolve_verify_ledger();
END
$function$;
COMMENT ON FUNCTION _evolve_verify() IS 'What evolve_verify() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_verify() FROM PUBLIC;

CREATE FUNCTION evolve_verify() RETURNS TABLE(part text, checked bigint, wrong text)
LANGUAGE c STABLE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_verify() IS
    'Derives generations, shares, postings, sums, blocks and balances again; for each, how many rows were looked at and the first that is wrong (NULL: none).';
REVOKE EXECUTE ON FUNCTION evolve_verify() FROM PUBLIC;

CREATE FUNCTION _evolve_erase_person(user_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'whom?' USING ERRCODE = 'PE007', HINT = 'Give a user_id.';
    END IF;
    INSERT INTO evolve.royalty_payees AS payee (user_id, updated_at, erased_at) VALUES ($1, now(), now())
    ON CONFLICT ON CONSTRAINT royalty_payees_pkey DO UPDATE
    SET display_name = NULL, email = NULL, payout_reference = NULL, updated_at = now(), erased_at = coalesce(payee.erased_at, now());
END
$function$;
COMMENT ON FUNCTION _evolve_erase_person(uuid) IS 'What evolve_erase_person() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_erase_person(uuid) FROM PUBLIC;

CREATE FUNCTION evolve_erase_person(user_id uuid) RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_erase_person(uuid) IS
    'Empties a person''s row in evolve.royalty_payees for ever. The ledger knows people by their user_id alone: sums and hashes stay.';
REVOKE EXECUTE ON FUNCTION evolve_erase_person(uuid) FROM PUBLIC;
