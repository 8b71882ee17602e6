-- The queue. A worker claims an item and commits, so that everybody sees whose it is, works, and finishes it in one
-- transaction with its result. A claim has a number, the fencing token: it guards the finish, and the session that works
-- holds the advisory lock (queue, token), so that a worker that died is known at once and one that hangs by its lease.

CREATE FUNCTION _evolve_stop_holder(class int, object int) RETURNS boolean
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_stop_holder(int, int) IS 'Cancels the statement of the session that holds an advisory lock; false when nobody does.';
REVOKE EXECUTE ON FUNCTION _evolve_stop_holder(int, int) FROM PUBLIC;

CREATE FUNCTION _evolve_outer_role() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT coalesce(nullif(current_setting('role'), 'none'), session_user)
$function$;
COMMENT ON FUNCTION _evolve_outer_role() IS 'The role that asked, where a function acts as the owner of the tables.';

CREATE FUNCTION _evolve_queue_lock_number(fencing_token bigint) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT (fencing_token % 2147483648)::int
$function$;
COMMENT ON FUNCTION _evolve_queue_lock_number(bigint) IS 'Second part of the advisory lock that the worker of an item holds; the first is 1702259056.';

CREATE FUNCTION _evolve_queue_told(id bigint, status text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT pg_notify('evolve_queue', jsonb_build_object('id', id, 'status', status)::text)
$function$;
COMMENT ON FUNCTION _evolve_queue_told(bigint, text) IS 'Notifies channel evolve_queue of an item''s status.';
REVOKE EXECUTE ON FUNCTION _evolve_queue_told(bigint, text) FROM PUBLIC;

-- The work is done as the owner of the tables, who may read more than who asked for it.
CREATE FUNCTION _evolve_require_bars_rights(role_name text, symbols jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    refused text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles AS known WHERE known.rolname = role_name) THEN
        RAISE EXCEPTION 'role "%" does not exist any more', role_name USING ERRCODE = '42501';
    END IF;
    SELECT coalesce(min(mapped.relation), CASE WHEN NOT has_table_privilege(role_name, 'evolve.market_bars', 'SELECT')
                                               THEN 'evolve.market_bars' END) INTO refused
    FROM evolve.bar_sources AS mapped
    WHERE (symbols IS NULL OR symbols ? mapped.symbol)
      AND NOT coalesce(has_table_privilege(role_name, to_regclass(mapped.relation), 'SELECT'), false);
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION 'permission denied for table %', refused
            USING ERRCODE = '42501', DETAIL = format('Role %I needs SELECT on it.', role_name);
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_require_bars_rights(text, jsonb) IS 'An error when a role may not read the bars of the symbols; NULL: of any.';
REVOKE EXECUTE ON FUNCTION _evolve_require_bars_rights(text, jsonb) FROM PUBLIC;

CREATE FUNCTION _evolve_payload_symbols(payload jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT coalesce(CASE WHEN payload ->> 'symbol' IS NOT NULL THEN jsonb_build_array(payload -> 'symbol') END, payload #> '{ruleset,symbols}')
           || coalesce(payload #> '{options,benchmark}', '[]')
$function$;
COMMENT ON FUNCTION _evolve_payload_symbols(jsonb) IS 'The symbols that a queued backtest reads; NULL when it names none.';

CREATE FUNCTION _evolve_backtest_async(
    ruleset jsonb, symbol text, timeframe text, "from" timestamptz, "to" timestamptz, exchange text, options jsonb)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    asked_by text := @extschema@._evolve_outer_role();
    asked_for uuid := @extschema@.evolve_current_user();
    most bigint;
    request jsonb;
    number bigint;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF ruleset IS NULL THEN
        RAISE EXCEPTION 'there is no ruleset' USING ERRCODE = 'PE007';
    END IF;
    request := jsonb_build_object('ruleset', @extschema@.evolve_ruleset(ruleset), 'symbol', symbol, 'timeframe', timeframe,
                                  'from', "from", 'to', "to", 'exchange', coalesce(exchange, ''), 'options', coalesce(options, '{}'));
    PERFORM @extschema@._evolve_require_bars_rights(asked_by, @extschema@._evolve_payload_symbols(request));
    -- On a span without bars: what is wrong with the market or the options is told now.
    PERFORM @extschema@.evolve_backtest(request -> 'ruleset', symbol, timeframe, '2200-12-31 00:00:00+00', '2200-12-31 00:00:01+00',
                                        request ->> 'exchange', request -> 'options');
    most := (@extschema@._evolve_setting('queue_max_per_owner') #>> '{}')::bigint;
    -- Counted one after the other for each owner.
    PERFORM pg_advisory_xact_lock(1702259057, hashtext(coalesce(asked_for::text, asked_by)));
    IF (SELECT count(*) FROM (SELECT FROM evolve.queue AS item
                              WHERE item.owner_key = coalesce(asked_for::text, asked_by) AND item.status IN ('queued', 'running')
                              LIMIT most) AS unfinished) >= most THEN
        RAISE EXCEPTION 'there are % unfinished items in the queue already', most
            USING ERRCODE = 'PE005', HINT = 'Wait for some, or cancel them; the setting is queue_max_per_owner.';
    END IF;
    most := (@extschema@._evolve_setting('queue_max_per_minute') #>> '{}')::bigint;
    IF (SELECT count(*) FROM (SELECT FROM evolve.queue AS item
                              WHERE item.owner_key = coalesce(asked_for::text, asked_by) AND item.created_at > clock_timestamp() - interval '1 minute'
                              LIMIT most) AS recent) >= most THEN
        RAISE EXCEPTION 'there were % items within the last minute', most
            USING ERRCODE = 'PE005', HINT = 'Wait a little; the setting is queue_max_per_minute.';
    END IF;
    INSERT INTO evolve.queue AS item (owner, queued_by, kind, payload) VALUES (asked_for, asked_by, 'backtest', request)
    RETURNING item.id INTO number;
    PERFORM @extschema@._evolve_queue_told(number, 'queued');
    RETURN number;
END
$function$;
COMMENT ON FUNCTION _evolve_backtest_async(jsonb, text, text, timestamptz, timestamptz, text, jsonb) IS 'What evolve_backtest_async() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_backtest_async(jsonb, text, text, timestamptz, timestamptz, text, jsonb) FROM PUBLIC;

CREATE FUNCTION evolve_backtest_async(
    ruleset jsonb, symbol text DEFAULT NULL, timeframe text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
    "to" timestamptz DEFAULT NULL, exchange text DEFAULT '', options jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_backtest_async(jsonb, text, text, timestamptz, timestamptz, text, jsonb) IS
    'Queues a backtest and returns its number; a worker (evolve_work) puts the metrics into evolve.queue.';
REVOKE EXECUTE ON FUNCTION evolve_backtest_async(jsonb, text, text, timestamptz, timestamptz, text, jsonb) FROM PUBLIC;

-- A worker shows a sign of life as long as its engine works; the item is its own until the signs are as old as a lease.
CREATE FUNCTION _evolve_queue_abandoned(fencing_token bigint, lease_until timestamptz, started_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT NOT EXISTS (
        SELECT FROM pg_locks AS lock
        WHERE lock.locktype = 'advisory' AND lock.classid = 1702259056 AND lock.objsubid = 2 AND lock.granted
          AND lock.objid = @extschema@._evolve_queue_lock_number(fencing_token)::bigint::oid
          AND lock.database = (SELECT known.oid FROM pg_database AS known WHERE known.datname = current_database())
          AND (lease_until >= clock_timestamp() OR EXISTS (
              SELECT FROM pg_stat_activity AS worker
              WHERE worker.pid = lock.pid
                AND to_timestamp(substring(worker.application_name FROM '^pg_evolve queue: item [0-9]+, alive ([0-9]{1,14})$')::float8 / 1000)
                    + (lease_until - started_at) >= clock_timestamp())))
$function$;
COMMENT ON FUNCTION _evolve_queue_abandoned(bigint, timestamptz, timestamptz) IS 'Whether the worker of an item has died, or has shown no sign of life for as long as its lease.';

-- Items whose worker has died, or whose lease has run out, wait again or are given up.
CREATE FUNCTION _evolve_queue_recover() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    lost record;
BEGIN
    FOR lost IN
        SELECT item.id, item.cancel_requested, item.attempts >= item.max_attempts AS spent FROM evolve.queue AS item
        WHERE item.status = 'running'
          AND @extschema@._evolve_queue_abandoned(item.fencing_token, item.lease_until, item.started_at)
        ORDER BY item.id FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE evolve.queue AS item
        SET status = CASE WHEN lost.cancel_requested THEN 'cancelled' WHEN lost.spent THEN 'dead' ELSE 'queued' END,
            finished_at = CASE WHEN lost.cancel_requested OR lost.spent THEN clock_timestamp() END,
            fencing_token = NULL, lease_until = NULL,
            error = CASE WHEN lost.cancel_requested THEN item.error ELSE 'its worker died or did not finish in time' END
        WHERE item.id = lost.id;
        IF lost.cancel_requested OR lost.spent THEN
            PERFORM @extschema@._evolve_queue_told(lost.id, CASE WHEN lost.cancel_requested THEN 'cancelled' ELSE 'dead' END);
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION _evolve_queue_recover() IS 'Takes back the items of workers that died or hang.';
REVOKE EXECUTE ON FUNCTION _evolve_queue_recover() FROM PUBLIC;

CREATE FUNCTION __evolve_queue_claim(lease interval, OUT id bigint, OUT token bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    most_running int;
    turn record;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF lease IS NULL OR lease < interval '1 second' OR lease > interval '1 day' THEN
        RAISE EXCEPTION 'lease must be from one second to one day' USING ERRCODE = 'PE007';
    END IF;
    most_running := (@extschema@._evolve_setting('queue_max_running') #>> '{}')::int;
    -- Claims are short and go one after the other, so that everybody's turn is counted right.
    PERFORM pg_advisory_xact_lock(1702259055, 2);
    PERFORM @extschema@._evolve_queue_recover();
    -- Who has least at work is next, then who has waited longest.
    FOR turn IN
        WITH RECURSIVE waiting AS (
            (SELECT item.owner_key FROM evolve.queue AS item WHERE item.status = 'queued' ORDER BY item.owner_key LIMIT 1)
            UNION ALL
            SELECT (SELECT item.owner_key FROM evolve.queue AS item
                    WHERE item.status = 'queued' AND item.owner_key > waiting.owner_key ORDER BY item.owner_key LIMIT 1)
            FROM waiting WHERE waiting.owner_key IS NOT NULL
        )
        SELECT waiting.owner_key, first.id
        FROM waiting
        CROSS JOIN LATERAL (SELECT count(*) AS at_work FROM evolve.queue AS item
                            WHERE item.status = 'running' AND item.owner_key = waiting.owner_key) AS running
        CROSS JOIN LATERAL (SELECT item.id FROM evolve.queue AS item
                            WHERE item.status = 'queued' AND item.owner_key = waiting.owner_key AND item.run_after <= clock_timestamp()
                            ORDER BY item.id LIMIT 1) AS first
        WHERE running.at_work < most_running
        ORDER BY running.at_work, first.id
    LOOP
        SELECT item.id INTO id FROM evolve.queue AS item
        WHERE item.status = 'queued' AND item.owner_key = turn.owner_key AND item.run_after <= clock_timestamp()
        ORDER BY item.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN FOUND;
    END LOOP;
    IF id IS NOT NULL THEN
        token := nextval('evolve.queue_fencing_token');
        PERFORM pg_advisory_lock(1702259056, @extschema@._evolve_queue_lock_number(token));
        UPDATE evolve.queue AS item
        SET status = 'running', attempts = item.attempts + 1, started_at = clock_timestamp(), lease_until = clock_timestamp() + lease,
            fencing_token = token, worker = format('%s %s', @extschema@._evolve_outer_role(), pg_backend_pid())
        WHERE item.id = __evolve_queue_claim.id;
    END IF;
END
$function$;
COMMENT ON FUNCTION __evolve_queue_claim(interval) IS 'What _evolve_queue_claim() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_queue_claim(interval) FROM PUBLIC;

CREATE FUNCTION _evolve_queue_claim(lease interval, OUT id bigint, OUT token bigint)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_queue_claim(interval) IS 'Claims the next item for this session; NULL when none is due.';
REVOKE EXECUTE ON FUNCTION _evolve_queue_claim(interval) FROM PUBLIC;

CREATE FUNCTION __evolve_queue_perform(id bigint, token bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    item evolve.queue;
    answer jsonb;
BEGIN
    SELECT * INTO item FROM evolve.queue AS known
    WHERE known.id = __evolve_queue_perform.id AND known.fencing_token = token AND known.status = 'running';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT item.cancel_requested THEN
        PERFORM @extschema@._evolve_begin_heartbeat(format('queue: item %s', id));
        PERFORM @extschema@._evolve_require_bars_rights(item.queued_by, @extschema@._evolve_payload_symbols(item.payload));
        SELECT to_jsonb(metrics) INTO answer
        FROM @extschema@.evolve_backtest(item.payload -> 'ruleset', item.payload ->> 'symbol', item.payload ->> 'timeframe',
            (item.payload ->> 'from')::timestamptz, (item.payload ->> 'to')::timestamptz, item.payload ->> 'exchange',
            item.payload -> 'options') AS metrics;
    END IF;
    -- Only who still has the item finishes it.
    UPDATE evolve.queue AS known
    SET status = CASE WHEN answer IS NULL THEN 'cancelled' ELSE 'done' END, result = answer, error = NULL,
        finished_at = clock_timestamp(), lease_until = NULL
    WHERE known.id = __evolve_queue_perform.id AND known.fencing_token = token AND known.status = 'running';
    IF FOUND THEN
        PERFORM @extschema@._evolve_queue_told(id, CASE WHEN answer IS NULL THEN 'cancelled' ELSE 'done' END);
        RETURN true;
    END IF;
    RAISE NOTICE 'item % was taken over by another worker, this result is dropped', id
        USING HINT = 'It gave no sign of life for longer than the lease: CALL evolve_work(lease => ...) with a longer one.';
    RETURN false;
END
$function$;
COMMENT ON FUNCTION __evolve_queue_perform(bigint, bigint) IS 'What _evolve_queue_perform() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_queue_perform(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_queue_perform(id bigint, token bigint) RETURNS boolean
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_queue_perform(bigint, bigint) IS 'Does the work of a claimed item and stores its result; false when the item is somebody else''s by then.';
REVOKE EXECUTE ON FUNCTION _evolve_queue_perform(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION __evolve_queue_failed(id bigint, token bigint, state text, message text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    item evolve.queue;
    outcome text;
BEGIN
    SELECT * INTO item FROM evolve.queue AS known
    WHERE known.id = __evolve_queue_failed.id AND known.fencing_token = token AND known.status = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    END IF;
    outcome := CASE
        WHEN item.cancel_requested THEN 'cancelled'
        -- The worker is told to stop, the item is not at fault.
        WHEN state = '57014' THEN 'released'
        -- What is wrong with the request is wrong the next time too.
        WHEN state LIKE 'PE%' OR state = '42501' THEN 'failed'
        WHEN item.attempts >= item.max_attempts THEN 'dead'
        ELSE 'queued' END;
    -- 1, 2, 4, ... seconds, at most an hour, give or take a half: what failed together does not come back together.
    UPDATE evolve.queue AS known
    SET status = CASE outcome WHEN 'released' THEN 'queued' ELSE outcome END,
        attempts = item.attempts - CASE outcome WHEN 'released' THEN 1 ELSE 0 END,
        run_after = CASE outcome WHEN 'queued' THEN clock_timestamp()
            + make_interval(secs => least(2 ^ least(item.attempts - 1, 12), 3600) * (0.5 + random())) ELSE item.run_after END,
        finished_at = CASE WHEN outcome IN ('cancelled', 'failed', 'dead') THEN clock_timestamp() END,
        error = CASE WHEN outcome IN ('cancelled', 'released') THEN item.error ELSE format('%s: %s', state, message) END,
        fencing_token = NULL, lease_until = NULL
    WHERE known.id = item.id;
    IF outcome <> 'released' THEN
        PERFORM @extschema@._evolve_queue_told(id, outcome);
    END IF;
    RETURN outcome;
END
$function$;
COMMENT ON FUNCTION __evolve_queue_failed(bigint, bigint, text, text) IS 'What _evolve_queue_failed() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_queue_failed(bigint, bigint, text, text) FROM PUBLIC;

CREATE FUNCTION _evolve_queue_failed(id bigint, token bigint, state text, message text) RETURNS text
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_queue_failed(bigint, bigint, text, text) IS 'Notes that an attempt failed; returns cancelled, released, failed, dead, queued (it is tried again) or lost (it is somebody else''s).';
REVOKE EXECUTE ON FUNCTION _evolve_queue_failed(bigint, bigint, text, text) FROM PUBLIC;

CREATE PROCEDURE evolve_work(max_items int DEFAULT 10, lease interval DEFAULT '1 minute')
LANGUAGE plpgsql AS $procedure$
DECLARE
    item bigint;
    fence bigint;
    state text;
    message text;
    outcome text;
    finished int := 0;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF @extschema@._evolve_in_transaction_block() THEN
        RAISE EXCEPTION 'a worker cannot be part of a transaction'
            USING ERRCODE = '25001', DETAIL = 'Each item is claimed in one transaction and finished in another.',
                  HINT = 'CALL it outside of BEGIN ... COMMIT (and with AUTOCOMMIT on), as the only statement that is sent.';
    ELSIF max_items IS NULL OR max_items < 1 THEN
        RAISE EXCEPTION 'max_items must be at least 1' USING ERRCODE = 'PE007';
    END IF;
    COMMIT;
    WHILE finished < max_items LOOP
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        SELECT claimed.id, claimed.token INTO item, fence FROM @extschema@._evolve_queue_claim(lease) AS claimed;
        outcome := NULL;
        COMMIT;
        -- From here on a cancel is for the item.
        BEGIN
            EXIT WHEN item IS NULL;
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
            PERFORM @extschema@._evolve_queue_perform(item, fence);
        EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
            outcome := @extschema@._evolve_queue_failed(item, fence, state, message);
        END;
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        PERFORM pg_catalog.pg_advisory_unlock(1702259056, @extschema@._evolve_queue_lock_number(fence));
        IF outcome = 'released' THEN
            RAISE EXCEPTION '%', message USING ERRCODE = state, DETAIL = format('Item %s waits for another worker.', item);
        END IF;
        finished := finished + 1;
    END LOOP;
    -- Gives a block that CALLs this its own path back.
    COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE evolve_work(int, interval) IS
    'Works on the queue: claims items that are due, one after the other, and stores their results, until there are no more or max_items are done. lease: how long a worker may give no sign of life before another takes its item over.';
REVOKE EXECUTE ON PROCEDURE evolve_work(int, interval) FROM PUBLIC;

CREATE FUNCTION _evolve_queue_cancel(id bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    asked_by text := @extschema@._evolve_outer_role();
    item evolve.queue;
BEGIN
    -- The row stays locked until the worker is told: it cannot have gone on to another item then.
    SELECT * INTO item FROM evolve.queue AS known
    WHERE known.id = _evolve_queue_cancel.id
      AND (known.owner_key = coalesce(@extschema@.evolve_current_user()::text, asked_by) OR pg_has_role(asked_by, current_user, 'MEMBER'))
    FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no item % of yours in the queue', id USING ERRCODE = 'PE009', HINT = 'evolve.queue has those there are.';
    END IF;
    IF item.status = 'queued' THEN
        UPDATE evolve.queue AS known
        SET status = 'cancelled', cancel_requested = true, finished_at = clock_timestamp() WHERE known.id = item.id;
        PERFORM @extschema@._evolve_queue_told(id, 'cancelled');
        RETURN 'cancelled';
    ELSIF item.status = 'running' THEN
        UPDATE evolve.queue AS known SET cancel_requested = true WHERE known.id = item.id;
        PERFORM @extschema@._evolve_stop_holder(1702259056, @extschema@._evolve_queue_lock_number(item.fencing_token));
    END IF;
    RETURN item.status;
END
$function$;
COMMENT ON FUNCTION _evolve_queue_cancel(bigint) IS 'What evolve_queue_cancel() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_queue_cancel(bigint) FROM PUBLIC;

CREATE FUNCTION evolve_queue_cancel(id bigint) RETURNS text
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_queue_cancel(bigint) IS
    'Cancels an item of one''s own: at once when it waits, within a second when it is worked on. Returns its status: cancelled, running (its worker is told), or the one it had ended with.';
REVOKE EXECUTE ON FUNCTION evolve_queue_cancel(bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_queue_status()
RETURNS TABLE(queued bigint, due bigint, running bigint, stuck bigint, done bigint, failed bigint, dead bigint, cancelled bigint,
              owners bigint, oldest_due_seconds float8, longest_running_seconds float8, done_last_hour bigint,
              mean_wait_seconds float8, mean_work_seconds float8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    RETURN QUERY
        SELECT count(*) FILTER (WHERE item.status = 'queued'),
               count(*) FILTER (WHERE item.status = 'queued' AND item.run_after <= moment),
               count(*) FILTER (WHERE item.status = 'running'),
               count(*) FILTER (WHERE item.status = 'running' AND @extschema@._evolve_queue_abandoned(item.fencing_token, item.lease_until, item.started_at)),
               count(*) FILTER (WHERE item.status = 'done'),
               count(*) FILTER (WHERE item.status = 'failed'),
               count(*) FILTER (WHERE item.status = 'dead'),
               count(*) FILTER (WHERE item.status = 'cancelled'),
               count(DISTINCT item.owner_key) FILTER (WHERE item.status IN ('queued', 'running')),
               extract(epoch FROM moment - min(item.run_after) FILTER (WHERE item.status = 'queued' AND item.run_after <= moment))::float8,
               extract(epoch FROM moment - min(item.started_at) FILTER (WHERE item.status = 'running'))::float8,
               count(*) FILTER (WHERE item.status = 'done' AND item.finished_at > moment - interval '1 hour'),
               (avg(extract(epoch FROM item.started_at - item.created_at))
                   FILTER (WHERE item.status = 'done' AND item.finished_at > moment - interval '1 hour'))::float8,
               (avg(extract(epoch FROM item.finished_at - item.started_at))
                   FILTER (WHERE item.status = 'done' AND item.finished_at > moment - interval '1 hour'))::float8
        FROM evolve.queue AS item;
END
$function$;
COMMENT ON FUNCTION _evolve_queue_status() IS 'What evolve_queue_status() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_queue_status() FROM PUBLIC;

CREATE FUNCTION evolve_queue_status()
RETURNS TABLE(queued bigint, due bigint, running bigint, stuck bigint, done bigint, failed bigint, dead bigint, cancelled bigint,
              owners bigint, oldest_due_seconds float8, longest_running_seconds float8, done_last_hour bigint,
              mean_wait_seconds float8, mean_work_seconds float8)
LANGUAGE c STABLE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_queue_status() IS
    'The queue of everybody in one row of numbers: how much waits, is worked on, is stuck (its worker died or hangs), was given up; how old the oldest is.';
REVOKE EXECUTE ON FUNCTION evolve_queue_status() FROM PUBLIC;
