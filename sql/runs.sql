-- Runs: many generations, each a transaction of its own that also counts it. Whatever ends a run loses the generation
-- that was not committed, and evolve_resume() makes it again, the same: its seed follows from the run's seed and its number.

CREATE FUNCTION _evolve_in_transaction_block() RETURNS boolean
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_in_transaction_block() IS 'Whether the statement stands in a transaction that its client began, so that it cannot commit.';

-- (application, run): held by the session of the one run that is going on, from its first to its last transaction.
CREATE FUNCTION _evolve_holds_run_lock() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT EXISTS (
        SELECT FROM pg_locks AS lock
        WHERE lock.locktype = 'advisory' AND lock.classid = 1702259055 AND lock.objid = 1 AND lock.objsubid = 2
          AND lock.granted AND lock.pid = pg_backend_pid()
          AND lock.database = (SELECT known.oid FROM pg_database AS known WHERE known.datname = current_database()))
$function$;
COMMENT ON FUNCTION _evolve_holds_run_lock() IS 'Whether this session holds the lock of the run that is going on.';

CREATE FUNCTION _evolve_generation_seed(seed bigint, generation int) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT ('x' || left(encode(sha256(convert_to(format('pg_evolve run %s generation %s', seed, generation), 'UTF8')), 'hex'), 16))::bit(64)::bigint
$function$;
COMMENT ON FUNCTION _evolve_generation_seed(bigint, int) IS 'Seed of one generation of a run.';

CREATE FUNCTION _evolve_check_run(generations int, batch_size int) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF generations IS NULL OR generations NOT BETWEEN 1 AND 1000000 THEN
        RAISE EXCEPTION 'generations must be from 1 to 1000000' USING ERRCODE = 'PE007';
    ELSIF batch_size < 1 THEN
        RAISE EXCEPTION 'batch_size must be at least 1' USING ERRCODE = 'PE007';
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_check_run(int, int) IS 'Refuses a new run that cannot be.';

CREATE FUNCTION __evolve_run_begin(run bigint, generations int, batch_size int, seed bigint,
    OUT run_id bigint, OUT finished int, OUT total int)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    unfinished bigint;
    interrupted bigint;
    message text;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF run IS NULL THEN
        PERFORM @extschema@._evolve_check_run(generations, batch_size);
    ELSIF NOT EXISTS (SELECT FROM evolve.runs AS known WHERE known.run_id = run) THEN
        RAISE EXCEPTION 'there is no run %', run USING ERRCODE = 'PE009', HINT = 'evolve.progress lists them.';
    ELSIF EXISTS (SELECT FROM evolve.runs AS known WHERE known.run_id = run AND known.status = 'finished') THEN
        RAISE EXCEPTION 'run % is finished', run USING ERRCODE = 'PE011', HINT = 'evolve_run() begins another one.';
    END IF;
    -- A session that kept the lock of a run that was broken off between two generations goes on with it.
    IF NOT @extschema@._evolve_holds_run_lock() AND NOT pg_try_advisory_lock(1702259055, 1) THEN
        SELECT known.run_id INTO unfinished FROM evolve.progress AS known WHERE known.is_alive AND known.run_id IS NOT NULL;
        RAISE EXCEPTION '%', coalesce(format('run %s is going on', unfinished), 'another run is going on')
            USING ERRCODE = 'PE011', DETAIL = 'There is one run at a time in a database.',
                  HINT = 'evolve.progress shows how far it is; pg_cancel_backend() of its pid stops it, evolve_resume() goes on later.';
    END IF;
    -- No other run is alive now, whatever its row says.
    UPDATE evolve.runs AS known
    SET status = CASE WHEN known.is_background THEN 'waiting' ELSE 'stopped' END, message = 'its session ended', updated_at = clock_timestamp()
    WHERE known.status = 'running' AND known.run_id IS DISTINCT FROM run;
    IF run IS NULL THEN
        SELECT max(known.run_id) INTO interrupted FROM evolve.runs AS known WHERE known.status = 'stopped';
        IF interrupted IS NOT NULL THEN
            RAISE NOTICE 'run % is not finished', interrupted USING HINT = format('CALL evolve_resume(%s); goes on with it.', interrupted);
        END IF;
        INSERT INTO evolve.runs AS known (seed, generations, batch_size)
        VALUES (coalesce(seed, 0), generations, batch_size)
        RETURNING known.run_id INTO run;
        -- Like a cycle's: without a seed the number is the seed.
        UPDATE evolve.runs AS known SET seed = coalesce(__evolve_run_begin.seed, known.run_id) WHERE known.run_id = run;
    ELSE
        UPDATE evolve.runs AS known
        SET status = 'running', message = NULL, updated_at = clock_timestamp(), resumed_at = clock_timestamp(),
            resumed_generations = known.finished_generations
        WHERE known.run_id = run;
    END IF;
    SELECT known.run_id, known.finished_generations, known.generations INTO run_id, finished, total
    FROM evolve.runs AS known WHERE known.run_id = run;
END
$function$;
COMMENT ON FUNCTION __evolve_run_begin(bigint, int, int, bigint) IS 'What _evolve_run_begin() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_run_begin(bigint, int, int, bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_run_begin(run bigint, generations int, batch_size int, seed bigint,
    OUT run_id bigint, OUT finished int, OUT total int)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_run_begin(bigint, int, int, bigint) IS 'Begins a run, or takes one up again, and the lock that says that it is going on.';
REVOKE EXECUTE ON FUNCTION _evolve_run_begin(bigint, int, int, bigint) FROM PUBLIC;

CREATE FUNCTION __evolve_run_generation(run bigint, OUT finished int, OUT total int, OUT other_work boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    this evolve.runs;
    generation int;
BEGIN
    SELECT * INTO this FROM evolve.runs AS known WHERE known.run_id = run AND known.status = 'running' FOR UPDATE;
    IF NOT FOUND OR NOT @extschema@._evolve_holds_run_lock() THEN
        RAISE EXCEPTION 'run % is not going on in this session', run
            USING ERRCODE = 'PE011', HINT = format('CALL evolve_resume(%s);', run);
    END IF;
    generation := this.finished_generations + 1;
    PERFORM @extschema@._evolve_begin_heartbeat(format('run %s: generation %s of %s', run, generation, this.generations));
    -- A cycle or review of another session is waited for.
    PERFORM pg_advisory_xact_lock(1702259052, 2);
    PERFORM @extschema@._evolve_cycle_at(this.batch_size, @extschema@._evolve_generation_seed(this.seed, generation), this.started_at,
                                         jsonb_build_object('run_id', run, 'generation', generation));
    UPDATE evolve.runs AS known
    SET finished_generations = generation, updated_at = clock_timestamp(),
        status = CASE WHEN generation = this.generations THEN 'finished' ELSE 'running' END,
        finished_at = CASE WHEN generation = this.generations THEN clock_timestamp() END
    WHERE known.run_id = run;
    finished := generation;
    total := this.generations;
    other_work := EXISTS (SELECT FROM @extschema@._evolve_due_jobs() AS due WHERE due.slot IS NOT NULL)
                  OR EXISTS (SELECT FROM evolve.queue AS item WHERE item.status = 'queued' AND item.run_after <= clock_timestamp());
END
$function$;
COMMENT ON FUNCTION __evolve_run_generation(bigint) IS 'What _evolve_run_generation() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_run_generation(bigint) FROM PUBLIC;

CREATE FUNCTION _evolve_run_generation(run bigint, OUT finished int, OUT total int, OUT other_work boolean)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_run_generation(bigint) IS
    'One generation of the run that this session has begun: a cycle, and the run one generation further; and whether a job or an item of the queue is due.';
REVOKE EXECUTE ON FUNCTION _evolve_run_generation(bigint) FROM PUBLIC;

CREATE FUNCTION __evolve_run_broken(run bigint, status text, message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    UPDATE evolve.runs AS known
    SET status = __evolve_run_broken.status, message = __evolve_run_broken.message, updated_at = clock_timestamp()
    WHERE known.run_id = run AND known.status = 'running' AND @extschema@._evolve_holds_run_lock();
END
$function$;
COMMENT ON FUNCTION __evolve_run_broken(bigint, text, text) IS 'What _evolve_run_broken() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_run_broken(bigint, text, text) FROM PUBLIC;

CREATE FUNCTION _evolve_run_broken(run bigint, status text, message text) RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_run_broken(bigint, text, text) IS 'Notes that this session''s run failed, was stopped or waits for a worker, and why.';
REVOKE EXECUTE ON FUNCTION _evolve_run_broken(bigint, text, text) FROM PUBLIC;

-- A procedure that commits cannot have a SET clause: the first statement of each of its transactions pins the path.
CREATE PROCEDURE _evolve_run(run bigint, generations int, batch_size int, seed bigint, yields boolean)
LANGUAGE plpgsql AS $procedure$
DECLARE
    done int;
    total int;
    other_work boolean := false;
    this_run bigint;
    broken text;
    message text;
    detail text;
    hint text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF @extschema@._evolve_in_transaction_block() THEN
        RAISE EXCEPTION 'a run cannot be part of a transaction'
            USING ERRCODE = '25001', DETAIL = 'Each generation is a transaction of its own.',
                  HINT = 'CALL it outside of BEGIN ... COMMIT (and with AUTOCOMMIT on), as the only statement that is sent.';
    END IF;
    -- Fails here, before anything is begun, where the call cannot commit for another reason.
    COMMIT;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT begun.run_id, begun.finished, begun.total INTO this_run, done, total
    FROM @extschema@._evolve_run_begin(run, generations, batch_size, seed) AS begun;
    COMMIT;
    WHILE done < total AND NOT (yields AND other_work) LOOP
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        BEGIN
            SELECT step.finished, step.other_work INTO done, other_work FROM @extschema@._evolve_run_generation(this_run) AS step;
        EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
            GET STACKED DIAGNOSTICS broken = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
            PERFORM @extschema@._evolve_run_broken(this_run, CASE broken WHEN '57014' THEN 'stopped' ELSE 'failed' END, message);
        END;
        COMMIT;
        EXIT WHEN broken IS NOT NULL;
    END LOOP;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF broken IS NULL AND done < total THEN
        PERFORM @extschema@._evolve_run_broken(this_run, 'waiting', NULL);
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    END IF;
    PERFORM pg_advisory_unlock(1702259055, 1);
    detail := format('Run %s, generation %s of %s.', this_run, done + 1, total) || CASE detail WHEN '' THEN '' ELSE ' ' || detail END;
    hint := CASE hint WHEN '' THEN '' ELSE hint || ' ' END || format('CALL evolve_resume(%s); goes on from there.', this_run);
    -- Gives a block that CALLs this its own path back.
    COMMIT;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION '%', message USING ERRCODE = broken, DETAIL = detail, HINT = hint;
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE _evolve_run(bigint, int, int, bigint, boolean) IS
    'The generations of a run, one after the other; yields: until something else is due.';
REVOKE EXECUTE ON PROCEDURE _evolve_run(bigint, int, int, bigint, boolean) FROM PUBLIC;

CREATE PROCEDURE evolve_run(generations int, batch_size int DEFAULT NULL, seed bigint DEFAULT NULL)
LANGUAGE plpgsql AS $procedure$
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    CALL @extschema@._evolve_run(NULL, generations, batch_size, seed, false);
END
$procedure$;
COMMENT ON PROCEDURE evolve_run(int, int, bigint) IS
    'Evolution over many generations: cycles with a COMMIT after each, which evolve_resume() takes up again wherever they were broken off. evolve.progress shows how far it is.';
REVOKE EXECUTE ON PROCEDURE evolve_run(int, int, bigint) FROM PUBLIC;

CREATE PROCEDURE evolve_resume(run_id bigint)
LANGUAGE plpgsql AS $procedure$
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF run_id IS NULL THEN
        RAISE EXCEPTION 'there is no run NULL' USING ERRCODE = 'PE009', HINT = 'evolve.progress lists them.';
    END IF;
    CALL @extschema@._evolve_run(run_id, NULL, NULL, NULL, false);
END
$procedure$;
COMMENT ON PROCEDURE evolve_resume(bigint) IS
    'Goes on with a run that was broken off by an error, a cancel or a crash; in the end it equals one that was not.';
REVOKE EXECUTE ON PROCEDURE evolve_resume(bigint) FROM PUBLIC;

-- --- Runs that workers do ------------------------------------------------------------------------------------------------

CREATE FUNCTION _evolve_run_async(generations int, batch_size int, seed bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    run bigint;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    PERFORM @extschema@._evolve_check_run($1, $2);
    INSERT INTO evolve.runs AS known (seed, generations, batch_size, status, is_background, started_by)
    VALUES (coalesce($3, 0), $1, $2, 'waiting', true, @extschema@._evolve_outer_role())
    RETURNING known.run_id INTO run;
    UPDATE evolve.runs AS known SET seed = coalesce($3, run) WHERE known.run_id = run;
    RETURN run;
END
$function$;
COMMENT ON FUNCTION _evolve_run_async(int, int, bigint) IS 'What evolve_run_async() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_run_async(int, int, bigint) FROM PUBLIC;

CREATE FUNCTION evolve_run_async(generations int, batch_size int DEFAULT NULL, seed bigint DEFAULT NULL) RETURNS bigint
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_run_async(int, int, bigint) IS
    'A run that workers do (evolve_work_on_runs), a generation after the other between what else is due; returns its number. evolve.progress shows how far it is, evolve_stop_run() ends it.';
REVOKE EXECUTE ON FUNCTION evolve_run_async(int, int, bigint) FROM PUBLIC;

-- One that is recorded as running, although nobody holds the lock, has lost its worker.
CREATE FUNCTION __evolve_next_run() RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    IF EXISTS (SELECT FROM evolve.progress AS known WHERE known.is_alive AND known.run_id IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT min(known.run_id) FROM evolve.runs AS known WHERE known.is_background AND known.status IN ('waiting', 'running'));
END
$function$;
COMMENT ON FUNCTION __evolve_next_run() IS 'What _evolve_next_run() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION __evolve_next_run() FROM PUBLIC;

CREATE FUNCTION _evolve_next_run() RETURNS bigint
LANGUAGE c STABLE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION _evolve_next_run() IS 'The run that a worker should go on with; NULL when there is none, or another run is alive.';
REVOKE EXECUTE ON FUNCTION _evolve_next_run() FROM PUBLIC;

CREATE PROCEDURE evolve_work_on_runs()
LANGUAGE plpgsql AS $procedure$
DECLARE
    run bigint;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    run := @extschema@._evolve_next_run();
    IF run IS NOT NULL THEN
        CALL @extschema@._evolve_run(run, NULL, NULL, NULL, true);
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE evolve_work_on_runs() IS
    'Goes on with the oldest run of evolve_run_async(), until it is finished, or a job or an item of the queue is due. Background workers call it at each look.';
REVOKE EXECUTE ON PROCEDURE evolve_work_on_runs() FROM PUBLIC;

CREATE FUNCTION _evolve_stop_run(run_id bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    ended text;
BEGIN
    PERFORM @extschema@._evolve_require_migrated();
    -- Its generation ends first: until then it holds the row.
    IF EXISTS (SELECT FROM evolve.progress AS known WHERE known.run_id = $1 AND known.is_alive) THEN
        PERFORM @extschema@._evolve_stop_holder(1702259055, 1);
    END IF;
    UPDATE evolve.runs AS known SET status = 'stopped', message = 'stopped by ' || @extschema@._evolve_outer_role(), updated_at = clock_timestamp()
    WHERE known.run_id = $1 AND known.status IN ('waiting', 'running');
    SELECT known.status INTO ended FROM evolve.runs AS known WHERE known.run_id = $1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', $1 USING ERRCODE = 'PE009', HINT = 'evolve.progress lists them.';
    END IF;
    RETURN ended;
END
$function$;
COMMENT ON FUNCTION _evolve_stop_run(bigint) IS 'What evolve_stop_run() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_stop_run(bigint) FROM PUBLIC;

CREATE FUNCTION evolve_stop_run(run_id bigint) RETURNS text
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_stop_run(bigint) IS
    'Stops a run, whoever does it; evolve_resume() can go on with it. The generation that it was at is lost. Returns the status that the run has then.';
REVOKE EXECUTE ON FUNCTION evolve_stop_run(bigint) FROM PUBLIC;
