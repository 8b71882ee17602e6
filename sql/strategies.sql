-- Strategies: the guards of their tables, loading, and changes of status.

CREATE FUNCTION _evolve_engine_writes(writing boolean) RETURNS boolean
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_engine_writes(boolean) IS 'Opens or closes the guards of evolve.user_strategies for the extension''s own functions, for this transaction at most.';
REVOKE EXECUTE ON FUNCTION _evolve_engine_writes(boolean) FROM PUBLIC;

CREATE FUNCTION _evolve_engine_is_writing() RETURNS boolean
LANGUAGE c STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_engine_is_writing() IS 'True while a function of the extension changes a strategy''s state.';

CREATE FUNCTION _evolve_transition_allowed(old_status text, new_status text) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_transition_allowed(text, text) IS 'Whether the state machine of strategies has this change of status.';

CREATE FUNCTION _evolve_require_text(said text) RETURNS void
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_require_text(text) IS 'An error when the text is not valid in UTF-8, which a database with encoding SQL_ASCII lets through.';

CREATE FUNCTION _evolve_require_migrated() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF to_regclass('evolve.trials') IS NULL THEN
        RAISE EXCEPTION 'the tables of schema evolve do not exist'
            USING ERRCODE = 'PE010', HINT = 'Run SELECT evolve_migrate(); once in this database.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'evolve.user_strategies'::regclass AND tgname = 'evolve_guard') THEN
        RAISE EXCEPTION 'the tables of schema evolve are not tied to the extension'
            USING ERRCODE = 'PE010', HINT = 'Run SELECT evolve_migrate(); the rows stay as they are.';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_require_migrated() IS 'An error with the way out when evolve_migrate() has not been run.';

CREATE FUNCTION _evolve_guard_strategy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    by_engine boolean := @extschema@._evolve_engine_is_writing();
    dead evolve.strategy_status[] := '{discarded,duplicate,rejected}';
    new_values boolean;
    new_rules boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT by_engine THEN
            IF NEW.status <> 'pending_review' THEN
                RAISE EXCEPTION 'a new strategy starts at pending_review, not %', NEW.status
                    USING ERRCODE = 'PE011', HINT = 'Leave status out; evolve_monitor() reviews it.';
            END IF;
            -- What only an evaluation can know starts empty, whatever the statement says.
            NEW.status_reason := NULL; NEW.duplicate_of := NULL; NEW.score := NULL; NEW.last_backtest_at := NULL;
            NEW.last_backtest_results := NULL; NEW.train_metrics := NULL; NEW.test_metrics := NULL;
            NEW.per_symbol_performance := NULL; NEW.robustness := NULL; NEW.risk_note := NULL;
            NEW.evolution_attempts := 0; NEW.generalized := false;
            -- Which of two uploads came first is decided by this, of two rows of one statement too.
            NEW.created_at := clock_timestamp(); NEW.updated_at := NEW.created_at;
            NEW.user_id := coalesce(NEW.user_id, @extschema@.evolve_current_user());
        END IF;
        new_values := NEW.parameters <> '{}';
        new_rules := true;
        PERFORM @extschema@._evolve_require_text(NEW.name || coalesce(NEW.description, ''));
    ELSE
        IF NEW.id <> OLD.id OR NEW.user_id <> OLD.user_id OR NEW.created_at <> OLD.created_at THEN
            RAISE EXCEPTION 'id, user_id and created_at of a strategy never change'
                USING ERRCODE = 'PE012', DETAIL = format('Strategy %s.', OLD.id),
                      HINT = 'The uploader is who royalties go to. Insert a new strategy instead.';
        END IF;
        IF NOT by_engine AND NEW.status <> OLD.status THEN
            RAISE EXCEPTION 'status is not changed by UPDATE'
                USING ERRCODE = 'PE011', HINT = 'Use evolve_set_status(strategy_id, status, reason).';
        END IF;
        IF NOT by_engine AND (NEW.score, NEW.last_backtest_at, NEW.last_backtest_results, NEW.train_metrics, NEW.test_metrics,
                              NEW.per_symbol_performance, NEW.robustness, NEW.evolution_attempts, NEW.generalized,
                              NEW.duplicate_of, NEW.status_reason, NEW.risk_note)
                             IS DISTINCT FROM
                             (OLD.score, OLD.last_backtest_at, OLD.last_backtest_results, OLD.train_metrics, OLD.test_metrics,
                              OLD.per_symbol_performance, OLD.robustness, OLD.evolution_attempts, OLD.generalized,
                              OLD.duplicate_of, OLD.status_reason, OLD.risk_note) THEN
            RAISE EXCEPTION 'results of a strategy are written by cycles only'
                USING ERRCODE = 'PE012', DETAIL = format('Strategy %s.', OLD.id);
        END IF;
        IF NEW.status <> OLD.status
           AND NOT @extschema@._evolve_transition_allowed(OLD.status::text, NEW.status::text) THEN
            RAISE EXCEPTION 'a strategy cannot go from % to %', OLD.status, NEW.status
                USING ERRCODE = 'PE011', DETAIL = format('Strategy %s.', OLD.id),
                      HINT = 'docs/evolution.md shows the changes of status that there are.';
        END IF;
        new_values := NEW.parameters <> OLD.parameters;
        new_rules := new_values OR NEW.ruleset <> OLD.ruleset;
        NEW.fingerprint := OLD.fingerprint;
        NEW.explanation_human := OLD.explanation_human;
        NEW.updated_at := now();
        IF NEW.name <> OLD.name THEN
            PERFORM @extschema@._evolve_require_text(NEW.name);
        END IF;
    END IF;

    IF new_rules THEN
        NEW.ruleset := CASE WHEN new_values THEN @extschema@._evolve_apply_parameters(NEW.ruleset, NEW.parameters)
                            ELSE @extschema@.evolve_ruleset(NEW.ruleset) END;
        NEW.parameters := @extschema@._evolve_parameter_values(NEW.ruleset);
        NEW.fingerprint := @extschema@.evolve_fingerprint(NEW.ruleset);
        NEW.explanation_human := @extschema@.evolve_explain(NEW.ruleset);
        IF TG_OP = 'UPDATE' AND NEW.fingerprint <> OLD.fingerprint AND OLD.status <> 'pending_review' THEN
            -- Other rules are another strategy: neither results nor descent of this one would be true of it.
            RAISE EXCEPTION 'the rules of a strategy do not change once it was reviewed'
                USING ERRCODE = 'PE012', DETAIL = format('Strategy %s has status %s.', OLD.id, OLD.status),
                      HINT = 'Insert the changed rules as a new strategy.';
        END IF;
    END IF;

    NEW.is_proposable := NEW.status = 'proposable';
    IF NEW.status = ANY (dead) THEN
        NEW.is_active := false;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = ANY (dead) THEN
        NEW.is_active := true;
    END IF;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION _evolve_guard_strategy() IS 'Trigger: validates and canonicalises the ruleset, fills fingerprint and explanation, keeps uploader, status and results from being forged.';

CREATE FUNCTION _evolve_status_changed(strategy_id uuid, old_status text, new_status text, reason text, changed_by text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    INSERT INTO evolve.strategy_status_history (strategy_id, old_status, new_status, reason, changed_by)
    VALUES ($1, $2::evolve.strategy_status, $3::evolve.strategy_status, $4,
            $5 || coalesce(' for ' || @extschema@.evolve_current_user()::text, ''));
    PERFORM pg_notify('evolve_status', json_build_object(
        'strategy_id', $1, 'old_status', $2, 'new_status', $3)::text);
END
$function$;
COMMENT ON FUNCTION _evolve_status_changed(uuid, text, text, text, text) IS 'Writes one row of history and a NOTIFY on channel evolve_status.';
REVOKE EXECUTE ON FUNCTION _evolve_status_changed(uuid, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION _evolve_record_status() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_record_status() IS 'Trigger: one row of history and a NOTIFY on channel evolve_status for each change of status, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_record_status() FROM PUBLIC;

CREATE FUNCTION _evolve_guard_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    -- Rows of a strategy that is deleted go with it.
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'strategy_status_history' THEN
        IF NOT EXISTS (SELECT FROM evolve.user_strategies AS strategy WHERE strategy.id = OLD.strategy_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of evolve.% are only added', TG_TABLE_NAME
        USING ERRCODE = 'PE012', HINT = 'They are the record that results can be checked against.';
END
$function$;
COMMENT ON FUNCTION _evolve_guard_append_only() IS 'Trigger: refuses UPDATE, DELETE and TRUNCATE where rows are only added.';

CREATE FUNCTION _evolve_set_status(strategy_id uuid, status text, reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF _evolve_set_status.status IS NULL
       OR _evolve_set_status.status <> ALL (enum_range(NULL::evolve.strategy_status)::text[]) THEN
        RAISE EXCEPTION 'unknown status "%"', _evolve_set_status.status
            USING ERRCODE = 'PE007', HINT = 'One of ' || array_to_string(enum_range(NULL::evolve.strategy_status)::text[], ', ') || '.';
    END IF;
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION 'a change of status needs a reason' USING ERRCODE = 'PE007', HINT = 'It is kept in evolve.status_history.';
    END IF;
    PERFORM @extschema@._evolve_engine_writes(true);
    UPDATE evolve.user_strategies AS strategy
    SET status = _evolve_set_status.status::evolve.strategy_status, status_reason = reason
    WHERE strategy.id = _evolve_set_status.strategy_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no strategy %', _evolve_set_status.strategy_id USING ERRCODE = 'PE009';
    END IF;
    PERFORM @extschema@._evolve_engine_writes(false);
END
$function$;
COMMENT ON FUNCTION _evolve_set_status(uuid, text, text) IS 'What evolve_set_status() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_set_status(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION evolve_set_status(strategy_id uuid, status text, reason text) RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_set_status(uuid, text, text) IS 'Changes a strategy''s status by hand; the only door for people. Changes that the state machine does not have are refused.';
REVOKE EXECUTE ON FUNCTION evolve_set_status(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION _evolve_stable_uuid(name text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT (substr(digest, 1, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18, 15))::uuid
    FROM encode(sha256(convert_to(name, 'UTF8')), 'hex') AS digest
$function$;
COMMENT ON FUNCTION _evolve_stable_uuid(text) IS 'A uuid (version 8) that depends on nothing but the text: the same in every database.';

CREATE FUNCTION _evolve_load_strategies(strategies jsonb, user_id uuid DEFAULT NULL)
RETURNS TABLE(id uuid, name text, action text, reason text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_variable
DECLARE
    owner uuid;
    item jsonb;
    canonical jsonb;
    meaning text;
    said_hint text;
    said_detail text;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    owner := coalesce(user_id, @extschema@.evolve_current_user(), '00000000-0000-0000-0000-000000000000');
    IF jsonb_typeof(strategies) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'strategies must be a JSON array of objects' USING ERRCODE = 'PE007',
            HINT = '[{"name": ..., "description": ..., "asset_type": "STOCK", "ruleset": {...}, "parameters": {...}}, ...]';
    END IF;
    PERFORM @extschema@._evolve_engine_writes(true);
    FOR item IN SELECT element FROM jsonb_array_elements(strategies) AS element LOOP
        id := NULL; name := NULL; action := 'refused'; reason := NULL;
        BEGIN
            IF jsonb_typeof(item) <> 'object' THEN
                RAISE EXCEPTION 'a strategy must be a JSON object' USING ERRCODE = 'PE007';
            END IF;
            name := item ->> 'name';
            IF coalesce(name, '') = '' OR jsonb_typeof(item -> 'name') <> 'string' THEN
                RAISE EXCEPTION 'a strategy needs a name' USING ERRCODE = 'PE007';
            END IF;
            IF jsonb_typeof(item -> 'ruleset') IS DISTINCT FROM 'object' THEN
                RAISE EXCEPTION 'a strategy needs a ruleset' USING ERRCODE = 'PE007';
            END IF;
            canonical := @extschema@._evolve_apply_parameters(item -> 'ruleset', coalesce(item -> 'parameters', '{}'));
            meaning := @extschema@.evolve_fingerprint(canonical);
            SELECT 'duplicate', format('means the same as strategy %s "%s"', living.id, living.name)
            INTO action, reason
            FROM evolve.user_strategies AS living
            WHERE living.fingerprint = meaning AND living.status IN ('experiment', 'candidate', 'proposable', 'pending_review')
            ORDER BY living.created_at, living.id LIMIT 1;
            IF action IS NULL THEN
                id := @extschema@._evolve_stable_uuid('strategy ' || owner || ' ' || meaning);
                IF EXISTS (SELECT FROM evolve.user_strategies AS known WHERE known.id = id) THEN
                    id := gen_random_uuid();
                END IF;
                INSERT INTO evolve.user_strategies
                    (id, user_id, name, description, asset_type, ruleset, status, status_reason)
                VALUES (id, owner, name, item ->> 'description',
                        coalesce(upper(item ->> 'asset_type'), 'STOCK')::evolve.asset_type, canonical, 'experiment', 'loaded');
                action := 'loaded';
            END IF;
        EXCEPTION
            WHEN query_canceled OR out_of_memory OR insufficient_privilege THEN
                RAISE;
            WHEN unique_violation THEN
                id := NULL;
                action := 'duplicate';
                reason := 'means the same as a strategy that another session has just loaded';
            WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS said_detail = PG_EXCEPTION_DETAIL, said_hint = PG_EXCEPTION_HINT;
                id := NULL;
                action := 'refused';
                reason := concat_ws(' ', SQLERRM || '.', nullif(said_detail, ''), nullif(said_hint, ''));
        END;
        RETURN NEXT;
    END LOOP;
    PERFORM @extschema@._evolve_engine_writes(false);
END
$function$;
COMMENT ON FUNCTION _evolve_load_strategies(jsonb, uuid) IS 'What evolve_load_strategies() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_load_strategies(jsonb, uuid) FROM PUBLIC;

CREATE FUNCTION evolve_load_strategies(strategies jsonb, user_id uuid DEFAULT NULL)
RETURNS TABLE(id uuid, name text, action text, reason text)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_load_strategies(jsonb, uuid) IS
    'Loads an array of {name, description, asset_type, ruleset, parameters} at status experiment; says for each what became of it: loaded, duplicate or refused, and why.';
REVOKE EXECUTE ON FUNCTION evolve_load_strategies(jsonb, uuid) FROM PUBLIC;
