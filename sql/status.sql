-- How the jobs are: for people, for an alarm, for a collector of metrics. All of it is read with the caller's rights.

CREATE FUNCTION evolve_status() RETURNS TABLE(job text, state text, next_slot timestamptz, last_start timestamptz, last_outcome text,
    last_duration interval, last_success timestamptz, failures int, message text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT job.name,
               CASE WHEN due.running_since IS NOT NULL AND held.pid IS NULL THEN 'stuck'
                    WHEN due.running_since < clock_timestamp() - job.longest_run - interval '1 minute' THEN 'stuck'
                    WHEN due.running_since IS NOT NULL THEN 'running'
                    WHEN due.slot IS NOT NULL AND coalesce(job.run_requested_at, missed.slot) < clock_timestamp() - interval '2 minutes' THEN 'late'
                    WHEN due.slot IS NOT NULL THEN 'due'
                    WHEN NOT job.is_enabled THEN 'disabled'
                    WHEN job.paused_reason IS NOT NULL THEN 'paused'
                    WHEN last.outcome IN ('failed', 'interrupted') THEN 'failed'
                    ELSE 'idle' END,
               CASE WHEN job.is_enabled AND job.paused_reason IS NULL
                    THEN @extschema@._evolve_next_slot(job.every, job.cron, job.time_zone, clock_timestamp()) END,
               last.started_at, last.outcome, coalesce(last.finished_at, clock_timestamp()) - last.started_at,
               (SELECT max(run.finished_at) FROM evolve.job_runs AS run WHERE run.job_id = job.job_id AND run.outcome = 'succeeded'),
               job.failures, coalesce('paused: ' || job.paused_reason, last.message)
        FROM evolve.jobs AS job
        JOIN @extschema@._evolve_due_jobs() AS due ON due.job_id = job.job_id
        LEFT JOIN LATERAL (SELECT run.* FROM evolve.job_runs AS run WHERE run.job_id = job.job_id ORDER BY run.started_at DESC LIMIT 1) AS last ON true
        LEFT JOIN LATERAL (
            SELECT @extschema@._evolve_next_slot(job.every, job.cron, job.time_zone, greatest(job.created_at, max(run.slot))) AS slot
            FROM evolve.job_runs AS run WHERE run.job_id = job.job_id) AS missed ON true
        LEFT JOIN LATERAL (
            SELECT lock.pid FROM pg_locks AS lock
            WHERE lock.locktype = 'advisory' AND lock.classid = 1702259053 AND lock.objid = job.job_id::oid AND lock.objsubid = 2 AND lock.granted
              AND lock.database = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())) AS held ON true
        ORDER BY job.job_id;
    IF has_function_privilege('@extschema@.evolve_queue_status()', 'execute') THEN
        RETURN QUERY
            SELECT '(queue)',
                   CASE WHEN queue.stuck > 0 THEN 'stuck' WHEN queue.oldest_due_seconds > 120 THEN 'late' WHEN queue.running > 0 THEN 'running'
                        WHEN queue.due > 0 THEN 'due' WHEN queue.dead > 0 THEN 'dead' ELSE 'idle' END,
                   NULL::timestamptz, NULL::timestamptz, NULL, NULL::interval, NULL::timestamptz, NULL::int,
                   format('%s wait, %s at work, %s given up', queue.queued, queue.running, queue.dead)
            FROM @extschema@.evolve_queue_status() AS queue;
    END IF;
END
$function$;
COMMENT ON FUNCTION evolve_status() IS
    'Each job: idle, due, late (two minutes after a slot nobody has begun it), running, stuck (its process is gone, or it runs a minute longer than it may), failed, paused or disabled; with its next slot and its last run. Who may call evolve_queue_status() sees the queue too, as "(queue)": stuck, late, running, due, dead (items were given up) or idle.';

CREATE FUNCTION evolve_dead_man() RETURNS TABLE(job text, last_success timestamptz, expected_by timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT job.name, success.finished_at, expected.by
        FROM evolve.jobs AS job
        CROSS JOIN LATERAL (SELECT max(run.finished_at) AS finished_at FROM evolve.job_runs AS run
                            WHERE run.job_id = job.job_id AND run.outcome = 'succeeded') AS success
        CROSS JOIN LATERAL (SELECT @extschema@._evolve_next_slot(job.every, job.cron, job.time_zone,
            greatest(job.created_at, success.finished_at)) AS slot) AS first
        CROSS JOIN LATERAL (SELECT @extschema@._evolve_next_slot(job.every, job.cron, job.time_zone, first.slot) AS by) AS expected
        WHERE job.is_enabled AND expected.by < clock_timestamp()
        ORDER BY job.job_id;
END
$function$;
COMMENT ON FUNCTION evolve_dead_man() IS
    'The enabled jobs that have let two slots pass since their last success: no row means that all is well. A paused job is among them.';

CREATE FUNCTION evolve_counters() RETURNS TABLE(name text, labels jsonb, value float8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH status AS (SELECT * FROM @extschema@.evolve_status() WHERE job <> '(queue)')
        SELECT 'evolve_job_state', jsonb_build_object('job', job, 'state', state), 1::float8 FROM status
        UNION ALL
        SELECT 'evolve_job_failures_in_a_row', jsonb_build_object('job', job), failures FROM status
        UNION ALL
        SELECT 'evolve_job_last_duration_seconds', jsonb_build_object('job', job), extract(epoch FROM last_duration) FROM status WHERE last_duration IS NOT NULL
        UNION ALL
        SELECT 'evolve_job_last_success_timestamp_seconds', jsonb_build_object('job', job), extract(epoch FROM last_success) FROM status WHERE last_success IS NOT NULL
        UNION ALL
        SELECT 'evolve_job_runs', jsonb_build_object('job', job.name, 'outcome', run.outcome), count(*)
        FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) GROUP BY job.name, run.outcome
        UNION ALL
        SELECT 'evolve_jobs_dead', '{}', count(*) FROM @extschema@.evolve_dead_man()
        UNION ALL
        SELECT 'evolve_cycles_total', jsonb_build_object('kind', cycle.kind), count(*) FROM evolve.cycles AS cycle GROUP BY cycle.kind
        UNION ALL
        SELECT 'evolve_strategies_evaluated_total', '{}', coalesce(sum(cycle.evaluated), 0) FROM evolve.cycles AS cycle WHERE cycle.kind = 'evolution'
        ORDER BY 1, 2;
    IF has_function_privilege('@extschema@.evolve_queue_status()', 'execute') THEN
        RETURN QUERY
            WITH queue AS (SELECT * FROM @extschema@.evolve_queue_status())
            SELECT 'evolve_queue_items', jsonb_build_object('status', item.status), item.count::float8
            FROM queue CROSS JOIN LATERAL (VALUES ('queued', queue.queued), ('running', queue.running), ('stuck', queue.stuck), ('done', queue.done),
                ('failed', queue.failed), ('dead', queue.dead), ('cancelled', queue.cancelled)) AS item(status, count)
            UNION ALL
            SELECT 'evolve_queue_oldest_due_seconds', '{}', coalesce(queue.oldest_due_seconds, 0) FROM queue
            ORDER BY 1, 2;
    END IF;
END
$function$;
COMMENT ON FUNCTION evolve_counters() IS
    'Numbers for a collector of metrics: name, labels, value. evolve_job_runs counts the runs that are kept; those that end in _total only grow.';
