-- Jobs: slots, who may run what, failures, pauses. Nothing here depends on the clock.
SET timezone TO 'UTC';
\pset null '-'
-- The jobs that are there from the start wait while this runs.
SELECT name, command, every, cron, is_enabled, longest_run, pause_after FROM evolve.jobs ORDER BY job_id;
UPDATE evolve.jobs SET is_enabled = false;

-- Slots of intervals are the same for everybody.
SELECT every, _evolve_job_slot(every, NULL, 'UTC', at) AS slot, _evolve_next_slot(every, NULL, 'UTC', at) AS next
FROM (VALUES (interval '8 minutes'), ('15 minutes'), ('1 day'), ('7 days'), ('90 seconds')) AS job(every),
     (VALUES (timestamptz '2024-05-06 07:08:09.5+00')) AS given(at);
-- Cron expressions are read on a clock of their own. What is missing in spring is due when the clock has moved; what comes
-- twice in autumn has one slot, the same from both sides.
SELECT at AT TIME ZONE 'Europe/Berlin' AS berlin, cron, _evolve_job_slot(NULL, cron, 'Europe/Berlin', at) AS slot,
       _evolve_next_slot(NULL, cron, 'Europe/Berlin', at) AS next
FROM (VALUES ('30 2 * * *', timestamptz '2024-03-31 00:59:59+00'), ('30 2 * * *', '2024-03-31 01:00:00+00'),
             ('30 2 * * *', '2024-03-31 02:00:00+00'), ('30 2 * * *', '2024-10-27 00:29:59+00'),
             ('30 2 * * *', '2024-10-27 00:30:00+00'), ('30 2 * * *', '2024-10-27 01:10:00+00'),
             ('30 2 * * *', '2024-10-27 01:40:00+00'), ('0 9 * * mon-fri', '2024-05-06 07:00:00+00')) AS job(cron, at);
SELECT _evolve_cron_slot('* * * * *', 'infinity'), _evolve_cron_next('@yearly', '9999-12-31 12:00');

-- What a row may not say.
SELECT split_part(test_error(format('INSERT INTO evolve.jobs (name, command, %s) VALUES (''wrong'', ''SELECT 1'', %s)', columns, list)), ' | Failing', 1) AS refused
FROM (VALUES ('every, cron', '''1 hour'', ''@hourly'''), ('every', 'NULL'), ('every', '''1 month'''), ('every', '''0'''),
             ('every', '''-1 hour'''), ('cron', '''8 minutes'''), ('cron', '''61 * * * *'''), ('cron', '''0 0 30 feb *'''),
             ('cron, time_zone', '''@hourly'', ''Mars/Olympus'''), ('every, longest_run', '''1 day'', ''0'''),
             ('every, pause_after', '''1 day'', -1')) AS row(columns, list);
SELECT split_part(test_error($$INSERT INTO evolve.jobs (name, command, every) VALUES ('empty', ' ', '1 day')$$), ' | Failing', 1) AS refused;

-- One pass: what succeeds, what fails, what takes too long. A failure leaves nothing but its record.
CREATE TABLE job_effects (n int PRIMARY KEY, later int REFERENCES job_effects DEFERRABLE INITIALLY DEFERRED);
INSERT INTO evolve.jobs (name, command, every, created_at, longest_run, pause_after) VALUES
    ('adds', 'INSERT INTO public.job_effects VALUES (1), (2); SELECT count(*) || '' rows'' FROM public.job_effects', '1000 days', '1970-01-01', '1 hour', 5),
    ('fails', 'INSERT INTO public.job_effects VALUES (3); SELECT 1 / 0', '1000 days', '1970-01-01', '1 hour', 2),
    ('fails late', 'INSERT INTO public.job_effects VALUES (4, 99)', '1000 days', '1970-01-01', '1 hour', 1),
    ('is slow', 'INSERT INTO public.job_effects VALUES (5); SELECT pg_sleep(600)', '1000 days', '1970-01-01', '200 milliseconds', 0),
    ('ends it', 'COMMIT', '1000 days', '1970-01-01', '1 hour', 5),
    ('unreadable', 'SELEKT', '1000 days', '1970-01-01', '1 hour', 5),
    ('has no path', 'SELECT count(*) FROM job_effects', '1000 days', '1970-01-01', '1 hour', 5),
    ('sets', 'SET work_mem = ''77MB''; SET ROLE pg_read_all_stats; SELECT set_config(''search_path'', ''public'', false)', '1000 days', '1970-01-01', '1 hour', 5),
    ('returns nothing', 'DELETE FROM public.job_effects WHERE n > 100', '1000 days', '1970-01-01', '1 hour', 5);
INSERT INTO evolve.jobs (name, command, every) VALUES ('is new', 'SELECT 1', '1000 days');
INSERT INTO evolve.jobs (name, command, every, created_at, is_enabled) VALUES ('is disabled', 'SELECT 1', '1000 days', '1970-01-01', false);
CALL evolve_run_due_jobs('test');
SELECT job.name, run.attempt, run.outcome, run.message, job.failures, job.not_before > now() AS waits, job.paused_reason,
       run.slot = date_bin(job.every, now(), '1970-01-01 00:00+00') AS slot, run.scheduler
FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) ORDER BY job_id;
SELECT * FROM job_effects;
SHOW work_mem;
SELECT current_user = session_user AS same_user, current_setting('search_path') AS path;
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- A second pass finds nothing due.
CALL evolve_run_due_jobs('second');
SELECT count(*) AS runs FROM evolve.job_runs WHERE scheduler = 'second';

-- Runs that are asked for: also of what is disabled, paused or waiting. A success ends a pause.
SELECT evolve_run_job('is disabled'), evolve_run_job('fails late'), evolve_run_job('fails'), evolve_run_job('is new');
UPDATE evolve.jobs SET command = 'SELECT ''repaired''' WHERE name = 'fails late';
CALL evolve_run_due_jobs('asked');
SELECT job.name, run.outcome, run.message, job.failures, job.paused_reason, job.run_requested_at, job.is_enabled
FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) WHERE run.scheduler = 'asked' ORDER BY job_id;
-- The next slot of what is paused does not run; when the pause ends it does.
UPDATE evolve.job_runs SET slot = slot - interval '1000 days' WHERE job_id IN (SELECT job_id FROM evolve.jobs WHERE name IN ('fails', 'adds'));
UPDATE evolve.jobs SET command = 'SELECT 3' WHERE name IN ('fails', 'adds');
CALL evolve_run_due_jobs('later');
SELECT job.name, run.outcome, run.message FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) WHERE run.scheduler = 'later';
SELECT evolve_set_job('fails', true);
CALL evolve_run_due_jobs('unpaused');
SELECT job.name, run.outcome, run.message, job.failures, job.paused_reason FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) WHERE run.scheduler = 'unpaused';
-- One that was disabled too, and it is the latest slot alone that is made up for.
UPDATE evolve.job_runs SET slot = slot - interval '5000 days' WHERE job_id = (SELECT job_id FROM evolve.jobs WHERE name = 'is new');
SELECT evolve_set_job('is new', false);
UPDATE evolve.jobs SET created_at = '1970-01-01' WHERE name = 'is new';
CALL evolve_run_due_jobs('disabled');
SELECT evolve_set_job('is new', true);
CALL evolve_run_due_jobs('enabled');
SELECT job.name, run.scheduler, run.outcome FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) WHERE run.scheduler IN ('disabled', 'enabled');

-- Failures wait longer each time.
BEGIN;
DO $block$
DECLARE
    slow evolve.jobs;
    waits float8;
BEGIN
    FOR failure IN 2..16 LOOP
        PERFORM _evolve_count_failure(job_id, 'why') FROM evolve.jobs WHERE name = 'is slow';
        SELECT * INTO slow FROM evolve.jobs WHERE name = 'is slow';
        waits := extract(epoch FROM slow.not_before - clock_timestamp());
        IF slow.failures <> failure OR waits NOT BETWEEN least(2 ^ failure, 3600) / 2 - 1 AND least(2 ^ failure, 3600) THEN
            RAISE EXCEPTION 'after % failures it waits % seconds', slow.failures, waits;
        END IF;
    END LOOP;
END
$block$;
SELECT failures, paused_reason FROM evolve.jobs WHERE name = 'is slow';
ROLLBACK;

-- What it refuses.
BEGIN;
SELECT test_error('CALL evolve_run_due_jobs()');
CALL evolve_run_due_jobs();
ROLLBACK;
CALL evolve_run_due_jobs('');
CALL evolve_run_due_jobs(NULL);
SELECT test_error($$SELECT evolve_run_job('nobody')$$), test_error($$SELECT evolve_set_job('nobody', true)$$), test_error($$SELECT evolve_set_job('fails', NULL)$$);

-- An operator sees, enables and runs jobs, with its own rights; it writes no command.
CREATE ROLE test_job_operator;
SELECT count(*) > 20 AS granted FROM evolve_grant('test_job_operator', 'operator');
INSERT INTO evolve.jobs (name, command, every, created_at) VALUES
    ('as whom', 'SELECT current_user', '1000 days', '1970-01-01'),
    ('not allowed', 'SELECT count(*) FROM public.job_effects', '1000 days', '1970-01-01'),
    ('cycle', 'SELECT (public.evolve_cycle(seed => 1)).cycle_id > 0', '1000 days', '1970-01-01');
SET ROLE test_job_operator;
SELECT test_error('UPDATE evolve.jobs SET command = ''SELECT 2'''), test_error('INSERT INTO evolve.jobs (name, command, cron) VALUES (''mine'', ''SELECT 1'', ''@daily'')'),
       test_error('DELETE FROM evolve.job_runs'), test_error('SELECT _evolve_finish_job(1, true, ''no'')');
CALL evolve_run_due_jobs('operator');
SELECT job.name, run.outcome, run.message FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) WHERE run.scheduler = 'operator' ORDER BY job_id;
SELECT evolve_set_job('as whom', false);
SELECT is_enabled FROM evolve.jobs WHERE name = 'as whom';
RESET ROLE;
CREATE ROLE test_job_stranger;
SET ROLE test_job_stranger;
CALL evolve_run_due_jobs();
SELECT test_error('SELECT evolve_run_job(''adds'')');
RESET ROLE;
-- Who is no superuser and owns the tables could write what a superuser then runs.
ALTER TABLE evolve.user_strategies OWNER TO test_job_stranger;
CALL evolve_run_due_jobs();
ALTER TABLE evolve.user_strategies OWNER TO CURRENT_USER;

-- How they are. A session that ended in the middle is made by hand.
TRUNCATE evolve.job_runs;
UPDATE evolve.jobs SET is_enabled = false WHERE every <> '1000 days' OR name IN ('as whom', 'cycle', 'not allowed');
INSERT INTO evolve.jobs (name, command, every, created_at) VALUES ('is late', 'SELECT 1', '1000 days', '1970-01-01'), ('is running', 'SELECT 1', '1000 days', '1970-01-01'),
    ('runs too long', 'SELECT 1', '1000 days', '1970-01-01'), ('is stuck', 'SELECT 1', '1000 days', '1970-01-01'), ('has failed', 'SELECT 1', '1000 days', '1970-01-01'), ('is idle', 'SELECT 1', '1000 days', '1970-01-01');
INSERT INTO evolve.jobs (name, command, cron) VALUES ('is not yet', 'SELECT 1', '0 0 29 2 *');
INSERT INTO evolve.job_runs (job_id, slot, started_at, finished_at, outcome, scheduler)
SELECT job_id, date_bin('1000 days', now(), '1970-01-01 00:00+00'), now() - CASE name WHEN 'runs too long' THEN interval '2 hours' ELSE '1 second' END,
       CASE WHEN outcome <> 'running' THEN now() END, outcome, 'test'
FROM evolve.jobs JOIN (VALUES ('is running', 'running'), ('runs too long', 'running'), ('is stuck', 'running'), ('has failed', 'failed'), ('is idle', 'succeeded')) AS made(name, outcome) USING (name);
UPDATE evolve.jobs SET paused_reason = 'made by hand' WHERE name = 'fails';
UPDATE evolve.jobs SET not_before = 'infinity' WHERE name LIKE 'fails late';
SELECT count(pg_advisory_lock(1702259053, job_id)) AS locks FROM evolve.jobs WHERE name IN ('is running', 'runs too long');
SELECT evolve_run_job('is disabled');
SELECT job, state, next_slot > now() AS has_next, last_outcome, last_success IS NOT NULL AS has_success, failures, message FROM evolve_status()
WHERE job ~ '^(is|has failed|fails|fails late|runs too long|evolution)';
SELECT job, last_success IS NOT NULL AS has_success, expected_by < now() AS is_past FROM evolve_dead_man() WHERE job IN ('is idle', 'is late', 'is not yet', 'fails', 'is disabled');
SELECT name, labels, CASE WHEN name !~ 'timestamp|duration|_total' THEN value END AS value FROM evolve_counters() WHERE labels ->> 'job' ~ '^is (idle|late)' ORDER BY name, labels;
SELECT value = (SELECT count(*) FROM evolve_dead_man()) AS same FROM evolve_counters() WHERE name = 'evolve_jobs_dead';
SELECT count(*) = count(DISTINCT (name, labels)) AS each_once, bool_and(name ~ '^evolve_[a-z_]+$') AS named_well FROM evolve_counters();
SELECT pg_advisory_unlock_all();
SET ROLE test_job_operator;
SELECT count(*) = (SELECT count(*) FROM evolve.jobs) + 1 AS an_operator_sees_all FROM evolve_status();
SELECT count(*) > 5 AS and_the_counters FROM evolve_counters();
RESET ROLE;
SET ROLE test_job_stranger;
SELECT test_error('SELECT * FROM evolve_status()');
RESET ROLE;

-- Retention: old runs go, the last one of each job stays.
INSERT INTO evolve.job_runs (job_id, slot, started_at, finished_at, outcome, scheduler)
SELECT job_id, '2001-01-01'::timestamptz + n * interval '1 day', '2001-01-01', '2001-01-01', 'succeeded', 'old'
FROM evolve.jobs, generate_series(1, 10) AS n WHERE name IN ('adds', 'retention');
SELECT deleted, kept > 0 AS kept FROM evolve_delete_old_runs();
SELECT job.name, count(*) FROM evolve.jobs AS job JOIN evolve.job_runs AS run USING (job_id) WHERE run.scheduler = 'old' GROUP BY 1;

DELETE FROM evolve.jobs WHERE every = '1000 days' OR cron IS NOT NULL;
DELETE FROM evolve.job_runs;
UPDATE evolve.jobs SET is_enabled = true;
DROP TABLE job_effects;
SELECT count(*) > 0 AS revoked FROM evolve_revoke('test_job_operator', 'operator');
DROP ROLE test_job_operator, test_job_stranger;
