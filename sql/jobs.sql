-- Jobs: what is due, who may run it, and what became of it. The procedure that runs them is src/pg/jobs.cpp.

CREATE FUNCTION _evolve_cron_slot(cron text, wall_clock timestamp) RETURNS timestamp
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_cron_slot(text, timestamp) IS 'The latest time of a cron expression at or before a time of the same clock.';

CREATE FUNCTION _evolve_cron_next(cron text, wall_clock timestamp) RETURNS timestamp
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION _evolve_cron_next(text, timestamp) IS 'The first time of a cron expression after a time of the same clock.';

CREATE FUNCTION _evolve_guard_job() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM @extschema@._evolve_cron_slot(NEW.cron, localtimestamp);
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION _evolve_guard_job() IS 'Trigger: refuses a cron expression that cannot be read.';

-- A wall-clock time that a clock skips (daylight saving begins) is due when the clock has skipped it; one that comes twice
-- has one slot, due the first time.
CREATE FUNCTION _evolve_job_slot(every interval, cron text, time_zone text, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN every IS NOT NULL THEN date_bin(every, at, '1970-01-01 00:00+00')
                ELSE @extschema@._evolve_cron_slot(cron, at AT TIME ZONE time_zone) AT TIME ZONE time_zone END
$function$;
COMMENT ON FUNCTION _evolve_job_slot(interval, text, text, timestamptz) IS 'The latest slot of a schedule at a time; the same for every scheduler.';

CREATE FUNCTION _evolve_next_slot(every interval, cron text, time_zone text, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN every IS NOT NULL THEN date_bin(every, at, '1970-01-01 00:00+00') + every
                ELSE @extschema@._evolve_cron_next(cron, at AT TIME ZONE time_zone) AT TIME ZONE time_zone END
$function$;
COMMENT ON FUNCTION _evolve_next_slot(interval, text, text, timestamptz) IS 'The first slot of a schedule after a time.';

-- Of several slots that were missed only the latest is due, and none from before the job was there. An interrupted run is
-- due again until a later slot takes its place. A run that is asked for needs no slot, and neither a pause nor a failure
-- keeps it back. "Not later than the last run" instead of "not run": slots never go back when a clock is set back.
CREATE FUNCTION _evolve_due_jobs(only_job int DEFAULT NULL) RETURNS TABLE(job_id int, slot timestamptz, running_since timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT job.job_id,
               CASE WHEN may.run AND latest.slot >= job.created_at AND (last.slot IS NULL OR latest.slot > last.slot)
                    THEN latest.slot
                    WHEN job.run_requested_at IS NOT NULL THEN job.run_requested_at
                    WHEN may.run AND last.outcome = 'interrupted' THEN last.slot END,
               (SELECT run.started_at FROM evolve.job_runs AS run WHERE run.job_id = job.job_id AND run.outcome = 'running' LIMIT 1)
        FROM evolve.jobs AS job
        CROSS JOIN LATERAL (SELECT @extschema@._evolve_job_slot(job.every, job.cron, job.time_zone, clock_timestamp()) AS slot) AS latest
        CROSS JOIN LATERAL (
            SELECT job.is_enabled AND job.paused_reason IS NULL AND coalesce(job.not_before <= clock_timestamp(), true) AS run) AS may
        LEFT JOIN LATERAL (SELECT run.slot, run.outcome FROM evolve.job_runs AS run WHERE run.job_id = job.job_id
                           ORDER BY run.slot DESC LIMIT 1) AS last ON true
        WHERE only_job IS NULL OR job.job_id = only_job
        ORDER BY job.job_id;
END
$function$;
COMMENT ON FUNCTION _evolve_due_jobs(int) IS 'Each job, the slot that it is to run now (NULL: none), and since when a run of it is recorded as running.';

CREATE FUNCTION _evolve_count_failure(failed_job int, why text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    -- 1 to 2 seconds after the first failure, then twice as long each time, an hour at most. The part that is random keeps
    -- jobs that failed together from trying again together.
    UPDATE evolve.jobs AS job
    SET failures = job.failures + 1,
        not_before = clock_timestamp() + least(2 ^ least(job.failures + 1, 20), 3600) * (0.5 + random() / 2) * interval '1 second',
        paused_reason = CASE WHEN job.pause_after > 0 AND job.failures + 1 >= job.pause_after
                             THEN coalesce(job.paused_reason, format('%s in a row, the last: %s', CASE job.failures WHEN 0 THEN '1 failure' ELSE job.failures + 1 || ' failures' END, why))
                             ELSE job.paused_reason END
    WHERE job.job_id = failed_job;
END
$function$;
COMMENT ON FUNCTION _evolve_count_failure(int, text) IS 'Counts a failure of a job: waits longer each time, pauses it when there were too many.';
REVOKE EXECUTE ON FUNCTION _evolve_count_failure(int, text) FROM PUBLIC;

-- The caller holds the job's advisory lock: a run that is recorded as running has lost its process.
CREATE FUNCTION _evolve_claim_job(claimed_job int, scheduler text, OUT run_id bigint, OUT name text, OUT command text, OUT limit_ms int)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
DECLARE
    due_slot timestamptz;
BEGIN
    -- A row that its owner is changing waits for the next look.
    PERFORM FROM evolve.jobs AS job WHERE job.job_id = claimed_job FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE evolve.job_runs AS run
    SET outcome = 'interrupted', finished_at = clock_timestamp(), message = 'its process ended in the middle'
    WHERE run.job_id = claimed_job AND run.outcome = 'running';
    IF FOUND THEN
        PERFORM @extschema@._evolve_count_failure(claimed_job, 'its process ended in the middle');
    END IF;
    SELECT due.slot INTO due_slot FROM @extschema@._evolve_due_jobs(claimed_job) AS due;
    IF due_slot IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO evolve.job_runs AS run (job_id, slot, scheduler) VALUES (claimed_job, due_slot, scheduler)
    ON CONFLICT (job_id, slot) DO UPDATE
    SET attempt = run.attempt + 1, started_at = clock_timestamp(), finished_at = NULL, outcome = 'running', message = NULL,
        scheduler = EXCLUDED.scheduler
    RETURNING run.run_id INTO run_id;
    UPDATE evolve.jobs AS job SET run_requested_at = NULL WHERE job.job_id = claimed_job AND job.run_requested_at IS NOT NULL;
    SELECT job.name, job.command, (extract(epoch FROM job.longest_run) * 1000)::int INTO name, command, limit_ms
    FROM evolve.jobs AS job WHERE job.job_id = claimed_job;
END
$function$;
COMMENT ON FUNCTION _evolve_claim_job(int, text) IS 'Records the start of the run that is due, and what it runs; NULL when nothing is due any more.';
REVOKE EXECUTE ON FUNCTION _evolve_claim_job(int, text) FROM PUBLIC;

CREATE FUNCTION _evolve_finish_job(finished_run bigint, success boolean, message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    finished_job int;
BEGIN
    UPDATE evolve.job_runs AS run
    SET outcome = CASE WHEN success THEN 'succeeded' ELSE 'failed' END, finished_at = clock_timestamp(),
        message = _evolve_finish_job.message
    WHERE run.run_id = finished_run AND run.outcome = 'running'
    RETURNING run.job_id INTO finished_job;
    IF NOT success THEN
        PERFORM @extschema@._evolve_count_failure(finished_job, message);
    ELSE
        UPDATE evolve.jobs AS job SET failures = 0, not_before = NULL, paused_reason = NULL
        WHERE job.job_id = finished_job AND (job.failures > 0 OR job.paused_reason IS NOT NULL);
    END IF;
END
$function$;
COMMENT ON FUNCTION _evolve_finish_job(bigint, boolean, text) IS 'Records the end of a run, in the transaction of what it did.';
REVOKE EXECUTE ON FUNCTION _evolve_finish_job(bigint, boolean, text) FROM PUBLIC;

CREATE PROCEDURE evolve_run_due_jobs(scheduler text DEFAULT 'call')
LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE evolve_run_due_jobs(text) IS
    'Runs every job of evolve.jobs that is due, one after the other, each in a transaction of its own and with the rights of the caller. Whatever schedules may call it as often as it likes, side by side: no slot is run twice.';
REVOKE EXECUTE ON PROCEDURE evolve_run_due_jobs(text) FROM PUBLIC;

CREATE FUNCTION _evolve_require_job(name text) RETURNS int
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_job int;
BEGIN
    SELECT job.job_id INTO found_job FROM evolve.jobs AS job WHERE job.name = _evolve_require_job.name;
    IF found_job IS NULL THEN
        RAISE EXCEPTION 'there is no job "%"', name USING ERRCODE = 'PE007', HINT = 'The jobs are rows of evolve.jobs.';
    END IF;
    RETURN found_job;
END
$function$;
COMMENT ON FUNCTION _evolve_require_job(text) IS 'Number of the job of a name.';
REVOKE EXECUTE ON FUNCTION _evolve_require_job(text) FROM PUBLIC;

CREATE FUNCTION _evolve_set_job(name text, enabled boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF enabled IS NULL THEN
        RAISE EXCEPTION 'enabled is true or false' USING ERRCODE = 'PE007';
    END IF;
    UPDATE evolve.jobs AS job
    SET is_enabled = enabled, paused_reason = NULL, failures = 0, not_before = NULL
    WHERE job.job_id = @extschema@._evolve_require_job(_evolve_set_job.name);
END
$function$;
COMMENT ON FUNCTION _evolve_set_job(text, boolean) IS 'What evolve_set_job() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_set_job(text, boolean) FROM PUBLIC;

CREATE FUNCTION evolve_set_job(name text, enabled boolean) RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_set_job(text, boolean) IS 'Lets a job run, or keeps it from running; ends its pause. A run that has begun goes on.';
REVOKE EXECUTE ON FUNCTION evolve_set_job(text, boolean) FROM PUBLIC;

CREATE FUNCTION _evolve_run_job(name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    UPDATE evolve.jobs AS job SET run_requested_at = coalesce(job.run_requested_at, clock_timestamp())
    WHERE job.job_id = @extschema@._evolve_require_job(_evolve_run_job.name);
END
$function$;
COMMENT ON FUNCTION _evolve_run_job(text) IS 'What evolve_run_job() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_run_job(text) FROM PUBLIC;

CREATE FUNCTION evolve_run_job(name text) RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_run_job(text) IS
    'Asks for one run of a job, also of one that is disabled or paused; the next scheduler that looks begins it.';
REVOKE EXECUTE ON FUNCTION evolve_run_job(text) FROM PUBLIC;

CREATE FUNCTION _evolve_delete_old_runs(OUT deleted bigint, OUT kept bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    -- The last run of a job says which slots are past.
    DELETE FROM evolve.job_runs AS run
    WHERE run.started_at < clock_timestamp() - make_interval(days => (@extschema@._evolve_setting('job_history_days') #>> '{}')::int)
      AND run.outcome <> 'running'
      AND run.slot < (SELECT max(newest.slot) FROM evolve.job_runs AS newest WHERE newest.job_id = run.job_id);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    SELECT count(*) INTO kept FROM evolve.job_runs;
END
$function$;
COMMENT ON FUNCTION _evolve_delete_old_runs() IS 'What evolve_delete_old_runs() does, as the owner of the tables.';
REVOKE EXECUTE ON FUNCTION _evolve_delete_old_runs() FROM PUBLIC;

CREATE FUNCTION evolve_delete_old_runs(OUT deleted bigint, OUT kept bigint)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', '_evolve_as_owner';
COMMENT ON FUNCTION evolve_delete_old_runs() IS 'Deletes rows of evolve.job_runs that are older than the setting job_history_days.';
REVOKE EXECUTE ON FUNCTION evolve_delete_old_runs() FROM PUBLIC;

-- Background workers that run what is due: src/pg/workers.hpp. withdrawn_rights.sql comes after every piece with functions.
CREATE FUNCTION evolve_start(role name DEFAULT current_user) RETURNS boolean
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_start(name) IS
    'Starts a launcher for this database, which runs the jobs of evolve.jobs as the role until evolve_stop() or the end of the server; false when one runs already. The role is no superuser, may log in, and the caller is a member of it.';
REVOKE EXECUTE ON FUNCTION evolve_start(name) FROM PUBLIC;

CREATE FUNCTION evolve_stop() RETURNS boolean
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION evolve_stop() IS
    'Ends the launcher that evolve_start() began for this database and waits until the jobs that it is running are done; false when there is none.';
REVOKE EXECUTE ON FUNCTION evolve_stop() FROM PUBLIC;
