-- evolve_run(): what is refused, what a run leaves, failures. Crashes are in test/scripts/t_run_resume.sh.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
TRUNCATE evolve.runs RESTART IDENTITY;
CALL evolve_run(0);
CALL evolve_run(NULL);
CALL evolve_run(3, 0);
CALL evolve_resume(1);
CALL evolve_resume(NULL);
BEGIN;
CALL evolve_run(1);
ROLLBACK;
CREATE FUNCTION runs_inside() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL evolve_run(1); END $$;
SELECT runs_inside();
SELECT count(*) FROM evolve.runs;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- Two generations; without a seed the run's number is the seed, and a generation's follows from both.
SET application_name = 'caller';
CALL evolve_run(2, batch_size => 5);
SHOW application_name;
SELECT run_id, status, phase, done, total, is_alive, eta, pid, message, updated_at >= started_at FROM evolve.progress;
SELECT seed, generations, batch_size, finished_generations, finished_at IS NOT NULL FROM evolve.runs;
SELECT cycle.seed = _evolve_generation_seed(1, (cycle.report ->> 'generation')::int), cycle.batch_size, cycle.report ->> 'run_id'
FROM evolve.cycles AS cycle ORDER BY cycle_id DESC LIMIT 2;
SELECT _evolve_generation_seed(1, 1), _evolve_generation_seed(1, 2), _evolve_generation_seed(2, 1);
CALL evolve_resume(1);

-- An error keeps what was finished, is told, and the run goes on when its cause is gone.
CREATE FUNCTION runs_fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.report ->> 'generation' = '2' AND NEW.report ->> 'run_id' = '2' THEN RAISE EXCEPTION 'the second fails' USING HINT = 'Drop the trigger.'; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER runs_fail AFTER UPDATE ON evolve.cycles FOR EACH ROW EXECUTE FUNCTION runs_fail();
CALL evolve_run(3, 5, seed => 9);
SHOW application_name;
SELECT run_id, status, phase, done, total, is_alive, eta, pid, message FROM evolve.progress;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
DROP TRIGGER runs_fail ON evolve.cycles;
-- A session that ended without a word: the next run says so.
UPDATE evolve.runs SET status = 'running', message = NULL WHERE run_id = 2;
CALL evolve_run(1, 5, seed => 10);
SELECT run_id, status, done, total, message FROM evolve.progress;
CALL evolve_resume(2);
SELECT run_id, status, done, total, message FROM evolve.progress;
SELECT max(cycle_id) - min(cycle_id) + 1 = count(*) AS without_gaps FROM evolve.cycles;

-- A block that CALLs it goes on with its own search_path.
DO $$ BEGIN CALL evolve_run(1, 5, 12); RAISE NOTICE '%', current_setting('search_path'); END $$;
-- Runs for workers: one after the other, as long as nothing else is due.
SELECT evolve_run_async(0);
SELECT evolve_run_async(3, 0);
SELECT evolve_run_async(3, 5, seed => 21) AS first \gset
SELECT evolve_run_async(2, 5, seed => 22) AS second \gset
SELECT status, phase, done, total, is_alive FROM evolve.progress WHERE run_id IN (:first, :second) ORDER BY run_id;
UPDATE evolve.jobs SET is_enabled = false;
INSERT INTO evolve.jobs (name, command, every, created_at) VALUES ('is due', 'SELECT 1', '1000 days', '1970-01-01');
CALL evolve_work_on_runs();
SELECT status, done FROM evolve.progress WHERE run_id IN (:first, :second) ORDER BY run_id;
CALL evolve_run_due_jobs();
CALL evolve_work_on_runs();
SELECT status, done FROM evolve.progress WHERE run_id IN (:first, :second) ORDER BY run_id;
-- Another run does not end one that waits; one can be stopped, and resumed.
CALL evolve_run(1, 5, seed => 23);
SELECT evolve_stop_run(:second);
CALL evolve_work_on_runs();
SELECT status, done, message = 'stopped by ' || current_user AS by_me FROM evolve.progress WHERE run_id = :second;
CALL evolve_resume(:second);
SELECT evolve_stop_run(:second), evolve_stop_run(NULL);
SELECT evolve_stop_run(0);
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
DELETE FROM evolve.jobs WHERE name = 'is due';
UPDATE evolve.jobs SET is_enabled = true;
-- Who is no operator cannot; an operator needs no right on a table. The steps work only inside of a run.
CREATE ROLE test_runner;
SELECT count(*) > 5 FROM evolve_grant('test_runner', 'reader');
SET ROLE test_runner;
CALL evolve_run(1);
SELECT count(*) FROM evolve.progress;
RESET ROLE;
SELECT statement FROM evolve_grant('test_runner', 'operator') AS statement WHERE statement ~ '(run|resume)[a-z_]* TO';
SET ROLE test_runner;
CALL evolve_run(1, 5, 11);
SELECT status, started_by = session_user FROM evolve.runs WHERE run_id = (SELECT max(run_id) FROM evolve.runs);
SELECT * FROM _evolve_run_generation(1);
INSERT INTO evolve.runs (seed, generations) VALUES (1, 1);
RESET ROLE;
SELECT count(*) > 5 FROM evolve_revoke('test_runner', 'operator');
DROP ROLE test_runner;
DROP FUNCTION runs_inside(), runs_fail();
DELETE FROM evolve.cycles;
DELETE FROM evolve.runs;
