-- Who has which share of a strategy's royalties: derived when it is born, never again.

CREATE FUNCTION evolve_split(total numeric, persons uuid[], weights numeric[], event text DEFAULT '') RETURNS numeric[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_split(numeric, uuid[], numeric[], text) IS
    'Divides a whole amount in proportion to whole weights, so that the parts are its exact sum: largest remainders, among equals the smallest hash of event and person.';

CREATE FUNCTION _evolve_share_rule(kind text, parameters jsonb) RETURNS text
LANGUAGE c IMMUTABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_share_rule(text, jsonb) IS 'Checks a royalty policy and returns its share rule.';

CREATE FUNCTION _evolve_sole_share(person uuid) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_sole_share(uuid) IS 'Share set of a person alone: what an original has.';

CREATE FUNCTION _evolve_child_shares(share_rule text, child uuid, level int, parents bytea[], weights int[], creators uuid[],
                                     creator_parts int[]) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_child_shares(text, uuid, int, bytea[], int[], uuid[], int[]) IS
    'Share set of a child, from those of its parents; parts of a million that creators keep, NULL: by the rule.';

CREATE FUNCTION _evolve_read_shares(content bytea) RETURNS TABLE(person uuid, share int, level int)
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_read_shares(bytea) IS 'The persons of a share set with their parts of 10^9 and levels.';

-- By index, whatever the statistics say: these tables grow while their shares are derived, a generation a call, and a
-- plan that reads all of them each time would take hours for a large family. The arrays of a child have its parents in one
-- order, whichever it is: the shares are a sum.
CREATE FUNCTION _evolve_family_shares(share_rule text, children uuid[]) RETURNS TABLE(strategy_id uuid, content bytea)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT child.id,
               @extschema@._evolve_child_shares(
                   _evolve_family_shares.share_rule, child.id, min(edge.child_generation) + 1,
                   array_agg(coalesce((SELECT stored.content
                                       FROM evolve.strategy_shares AS known
                                       JOIN evolve.share_sets AS stored ON stored.share_set_id = known.share_set_id
                                       WHERE known.strategy_id = edge.parent_strategy_id
                                         AND known.share_rule = _evolve_family_shares.share_rule),
                                      @extschema@._evolve_sole_share((SELECT parent.user_id FROM evolve.user_strategies AS parent
                                                                      WHERE parent.id = edge.parent_strategy_id)))),
                   array_agg(edge.royalty_weight), array_agg(coalesce(edge.creator_user_id, child.user_id)),
                   array_agg((edge.royalty_percent_child * 10000)::int))
        FROM (SELECT DISTINCT unnest(children) AS id) AS listed
        JOIN evolve.user_strategies AS child ON child.id = listed.id
        JOIN evolve.strategy_lineage AS edge ON edge.child_strategy_id = child.id
        GROUP BY child.id;
END
$function$;
COMMENT ON FUNCTION _evolve_family_shares(text, uuid[]) IS 'What the shares of some children are by a rule, from the stored shares of their parents.';

-- The children have no shares by this rule, and nobody may delete them meanwhile: see evolve_forget.
CREATE FUNCTION _evolve_derive_shares(share_rule text, children uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $function$
#variable_conflict use_column
BEGIN
    WITH derived AS MATERIALIZED (
        SELECT family.strategy_id, family.content, sha256(family.content) AS share_set_id
        FROM @extschema@._evolve_family_shares(_evolve_derive_shares.share_rule, children) AS family
    ), stored AS (
        INSERT INTO evolve.share_sets (share_set_id, content)
        SELECT DISTINCT ON (derived.share_set_id) derived.share_set_id, derived.content FROM derived
        ON CONFLICT DO NOTHING
    )
    INSERT INTO evolve.strategy_shares (strategy_id, share_rule, share_set_id)
    SELECT derived.strategy_id, _evolve_derive_shares.share_rule, derived.share_set_id FROM derived;
END
$function$;
COMMENT ON FUNCTION _evolve_derive_shares(text, uuid[]) IS 'Stores the shares of some children, whose parents have theirs.';
REVOKE EXECUTE ON FUNCTION _evolve_derive_shares(text, uuid[]) FROM PUBLIC;

CREATE FUNCTION _evolve_derive_missing_shares() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    missing record;
    derived bigint := 0;
BEGIN
    -- Parents before children: generations rise along every edge.
    FOR missing IN
        SELECT rule.share_rule, known.generation, array_agg(known.strategy_id) AS children
        FROM evolve.strategy_generations AS known
        CROSS JOIN (SELECT DISTINCT policy.share_rule FROM evolve.royalty_policies AS policy) AS rule
        WHERE known.generation > 0
          AND NOT EXISTS (SELECT FROM evolve.strategy_shares AS done
                          WHERE done.strategy_id = known.strategy_id AND done.share_rule = rule.share_rule)
        GROUP BY rule.share_rule, known.generation
        ORDER BY rule.share_rule, known.generation
    LOOP
        PERFORM FROM evolve.user_strategies AS member WHERE member.id = ANY (missing.children) ORDER BY member.id FOR KEY SHARE;
        PERFORM @extschema@._evolve_derive_shares(missing.share_rule, missing.children);
        derived := derived + cardinality(missing.children);
    END LOOP;
    RETURN derived;
END
$function$;
COMMENT ON FUNCTION _evolve_derive_missing_shares() IS 'Derives the shares of all strategies that have none by some rule: those of before an upgrade, or of before a new policy. Returns how many.';
REVOKE EXECUTE ON FUNCTION _evolve_derive_missing_shares() FROM PUBLIC;

CREATE FUNCTION _evolve_shares_hold(children uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    family uuid[];
BEGIN
    family := array(
        SELECT known.strategy_id FROM evolve.strategy_generations AS known WHERE children IS NULL
        UNION
        SELECT unnest(children)
        UNION
        SELECT descendant.strategy_id
        FROM unnest(children) AS child(id) CROSS JOIN @extschema@.evolve_descendants(child.id) AS descendant);
    RETURN NOT EXISTS (
        SELECT
        FROM (SELECT DISTINCT policy.share_rule FROM evolve.royalty_policies AS policy) AS rule
        CROSS JOIN LATERAL @extschema@._evolve_family_shares(rule.share_rule, family) AS derived
        LEFT JOIN evolve.strategy_shares AS known
               ON known.strategy_id = derived.strategy_id AND known.share_rule = rule.share_rule
        WHERE known.share_set_id IS DISTINCT FROM sha256(derived.content));
END
$function$;
COMMENT ON FUNCTION _evolve_shares_hold(uuid[]) IS 'Whether the shares of some strategies, and of all who descend from them, are those of their parents; NULL: of all strategies.';

CREATE FUNCTION _evolve_shares_forgotten(strategies uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN NOT EXISTS (SELECT FROM evolve.strategy_shares AS known WHERE known.strategy_id = ANY (strategies));
END
$function$;
COMMENT ON FUNCTION _evolve_shares_forgotten(uuid[]) IS 'Whether none of some strategies has shares.';

CREATE FUNCTION _evolve_holds_now(condition regprocedure, strategies uuid[]) RETURNS boolean
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_holds_now(regprocedure, uuid[]) IS 'Whether a condition, a stable function of strategies, holds for what is committed by now, whatever snapshot the transaction goes by.';
REVOKE EXECUTE ON FUNCTION _evolve_holds_now(regprocedure, uuid[]) FROM PUBLIC;

-- A transaction that sees the past writes and deletes shares by what was: it fails when that is no longer so, as it would
-- where it writes a row that another one changed.
CREATE FUNCTION _evolve_require_now(condition regprocedure, strategies uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted')
       AND NOT @extschema@._evolve_holds_now(condition, strategies) THEN
        RAISE EXCEPTION 'could not serialize access due to a concurrent change of lineage or royalty policies'
            USING ERRCODE = 'serialization_failure', HINT = 'Run the transaction again.';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_require_now(regprocedure, uuid[]) IS 'Fails when a condition of shares does not hold since others changed something after the snapshot of this transaction.';
REVOKE EXECUTE ON FUNCTION _evolve_require_now(regprocedure, uuid[]) FROM PUBLIC;

-- The rows of the edges' parents and children in evolve.strategy_generations are locked by now: by foreign keys, so that
-- neither goes, and those of children that were there before by evolve_guard, so that nothing else happens to them.
CREATE FUNCTION _evolve_share_births() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    families uuid[];
    changed uuid[];
    descent uuid[];
    locked uuid[];
    traded uuid;
    batch record;
BEGIN
    SELECT array_agg(child.id), array_agg(child.id) FILTER (WHERE known.has_shares)
    INTO families, changed
    FROM (SELECT DISTINCT born.child_strategy_id AS id FROM born) AS child
    LEFT JOIN LATERAL (SELECT true AS has_shares FROM evolve.strategy_shares AS known WHERE known.strategy_id = child.id LIMIT 1)
        AS known ON true;
    IF changed IS NOT NULL THEN
        -- A parent that comes later changes the shares of its child and of all who descend from it: only as long as nobody
        -- was paid by them. Who waits for a lock may wait for another birth: until all are met. All sessions lock parents
        -- before children, so that they seldom wait for each other.
        LOOP
            descent := array(
                SELECT unnest(changed)
                UNION
                SELECT descendant.strategy_id
                FROM unnest(changed) AS child(id) CROSS JOIN @extschema@.evolve_descendants(child.id) AS descendant
                ORDER BY 1);
            EXIT WHEN descent = locked;
            PERFORM FROM evolve.strategy_generations AS member
            WHERE member.strategy_id = ANY (descent) ORDER BY member.generation, member.strategy_id FOR UPDATE;
            locked := descent;
        END LOOP;
        SELECT event.strategy_id INTO traded FROM evolve.royalty_events AS event WHERE event.strategy_id = ANY (descent) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'strategy % cannot get another parent', changed[1]
                USING ERRCODE = 'PE012', DETAIL = format('Royalties of strategy %s were paid by the shares that it has.', traded),
                      HINT = 'Store all parents of a strategy before it is traded.';
        END IF;
        DELETE FROM evolve.strategy_shares AS known WHERE known.strategy_id = ANY (descent);
        families := array(SELECT unnest(families) UNION SELECT unnest(descent));
    END IF;
    FOR batch IN
        SELECT rule.share_rule, known.generation, array_agg(known.strategy_id) AS children
        FROM unnest(families) AS member(id)
        JOIN evolve.strategy_generations AS known ON known.strategy_id = member.id
        CROSS JOIN (SELECT DISTINCT policy.share_rule FROM evolve.royalty_policies AS policy) AS rule
        GROUP BY rule.share_rule, known.generation
        ORDER BY known.generation
    LOOP
        PERFORM @extschema@._evolve_derive_shares(batch.share_rule, batch.children);
    END LOOP;
    PERFORM @extschema@._evolve_require_now('@extschema@._evolve_shares_hold(uuid[])', families);
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION _evolve_share_births() IS 'Trigger of evolve.strategy_lineage: derives the shares of the children that are born.';

CREATE FUNCTION _evolve_delete_shares(strategies uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    DELETE FROM evolve.strategy_shares AS known WHERE known.strategy_id = ANY (strategies);
    PERFORM @extschema@._evolve_require_now('@extschema@._evolve_shares_forgotten(uuid[])', strategies);
END
$function$;
COMMENT ON FUNCTION _evolve_delete_shares(uuid[]) IS 'Takes away the shares of strategies that are deleted.';
REVOKE EXECUTE ON FUNCTION _evolve_delete_shares(uuid[]) FROM PUBLIC;

CREATE FUNCTION _evolve_forget_shares() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_forget_shares() IS 'Trigger of evolve.user_strategies: takes away the shares of strategies that are deleted, as a foreign key would: as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_forget_shares() FROM PUBLIC;

CREATE FUNCTION _evolve_guard_royalty_policy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    NEW.share_rule := @extschema@._evolve_share_rule(NEW.kind, NEW.parameters);
    -- Two sessions that add a version at once: one of them waits here.
    PERFORM pg_advisory_xact_lock(1702259058, 1);
    SELECT coalesce(max(policy.version), 0) + 1 INTO NEW.version
    FROM evolve.royalty_policies AS policy WHERE policy.name = NEW.name;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION _evolve_guard_royalty_policy() IS 'Trigger of evolve.royalty_policies: checks a policy and numbers its version.';

CREATE FUNCTION _evolve_royalty_policy_added() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    -- No child may be born by the rules of before while the shares of the new one are derived.
    LOCK TABLE evolve.strategy_lineage IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._evolve_derive_missing_shares();
    PERFORM @extschema@._evolve_require_now('@extschema@._evolve_shares_hold(uuid[])', NULL);
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION _evolve_royalty_policy_added() IS 'Trigger of evolve.royalty_policies: derives the shares of all strategies by a new rule.';

CREATE FUNCTION _evolve_royalty_policy(policy text, OUT policy_id int, OUT name text, OUT kind text, OUT royalty_percent numeric,
    OUT parameters jsonb, OUT pays_own_trades boolean, OUT high_water_mark boolean, OUT share_rule text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    SELECT newest.policy_id, newest.name, newest.kind, newest.royalty_percent, newest.parameters, newest.pays_own_trades,
           newest.high_water_mark, newest.share_rule
    INTO policy_id, name, kind, royalty_percent, parameters, pays_own_trades, high_water_mark, share_rule
    FROM evolve.royalty_policies AS newest
    WHERE newest.name = coalesce(policy, (SELECT setting.value #>> '{}' FROM evolve.settings AS setting WHERE setting.name = 'royalty_policy'))
    ORDER BY newest.version DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no royalty policy "%"', coalesce(policy, @extschema@._evolve_setting('royalty_policy') #>> '{}')
            USING ERRCODE = 'PE002',
                  HINT = 'In evolve.royalty_policies: ' || (SELECT string_agg(DISTINCT known.name, ', ') FROM evolve.royalty_policies AS known) || '.';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_royalty_policy(text) IS 'The newest version of a royalty policy; NULL: of the one that the settings name.';

CREATE FUNCTION evolve_shares(strategy uuid, policy text DEFAULT NULL)
RETURNS TABLE(beneficiary uuid, role text, level int, share numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    rule text;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    rule := (@extschema@._evolve_royalty_policy($2)).share_rule;
    RETURN QUERY
        SELECT part.person, CASE part.level WHEN 1 THEN 'uploader' ELSE 'creator' END, part.level,
               round(part.share / 1e9::numeric, 9)
        FROM evolve.user_strategies AS known
        LEFT JOIN evolve.strategy_shares AS stored
               ON stored.strategy_id = known.id AND stored.share_rule = rule
        LEFT JOIN evolve.share_sets AS share_set ON share_set.share_set_id = stored.share_set_id
        CROSS JOIN @extschema@._evolve_read_shares(coalesce(share_set.content, @extschema@._evolve_sole_share(known.user_id))) AS part
        WHERE known.id = $1
        ORDER BY part.share DESC, part.person;
END
$function$;
COMMENT ON FUNCTION evolve_shares(uuid, text) IS 'Who has which share of a strategy''s royalties by a policy (NULL: the one of the settings), the largest first; the shares sum to 1.';

CREATE FUNCTION evolve_original_uploaders(strategy uuid)
RETURNS TABLE(user_id uuid, share numeric, originals uuid[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    RETURN QUERY
        WITH line AS (
            SELECT $1 AS id
            UNION
            SELECT ancestor.strategy_id FROM @extschema@.evolve_ancestors($1) AS ancestor
        ), roots AS (
            SELECT known.user_id, array_agg(known.id ORDER BY known.id) AS originals
            FROM line JOIN evolve.user_strategies AS known ON known.id = line.id
            WHERE NOT EXISTS (SELECT FROM evolve.strategy_lineage AS edge WHERE edge.child_strategy_id = known.id)
            GROUP BY known.user_id
        )
        SELECT part.beneficiary, part.share, roots.originals
        FROM @extschema@.evolve_shares($1, 'owner') AS part
        LEFT JOIN roots ON roots.user_id = part.beneficiary
        ORDER BY part.share DESC, part.beneficiary;
END
$function$;
COMMENT ON FUNCTION evolve_original_uploaders(uuid) IS 'Who uploaded the originals that a strategy descends from, with the share of its line that each has, and these originals.';
