-- Runs: evolution over many generations, each a transaction of its own.

CREATE TABLE evolve.runs (
    run_id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seed                 bigint NOT NULL,
    generations          int NOT NULL,
    batch_size           int,
    finished_generations int NOT NULL DEFAULT 0,
    status               text NOT NULL DEFAULT 'running',
    message              text,
    started_by           text NOT NULL DEFAULT session_user,
    started_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    resumed_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    resumed_generations  int NOT NULL DEFAULT 0,
    updated_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at          timestamptz,
    CONSTRAINT runs_generations CHECK (generations > 0 AND finished_generations >= 0 AND finished_generations <= generations),
    CONSTRAINT runs_batch_size CHECK (batch_size > 0),
    CONSTRAINT runs_status CHECK (status IN ('running', 'finished', 'failed', 'stopped')),
    CONSTRAINT runs_finished CHECK ((status = 'finished') = (finished_at IS NOT NULL)
                                    AND (status <> 'finished' OR finished_generations = generations))
);
COMMENT ON TABLE evolve.runs IS 'One row for each call of evolve_run(); evolve_resume() goes on where a run stands.';
COMMENT ON COLUMN evolve.runs.run_id IS 'Number of the run.';
COMMENT ON COLUMN evolve.runs.seed IS 'Seed of the run; the seed of each generation follows from it and the generation''s number.';
COMMENT ON COLUMN evolve.runs.generations IS 'Cycles that the run is to have.';
COMMENT ON COLUMN evolve.runs.batch_size IS 'Most strategies that a generation evaluates; NULL: what the policy says.';
COMMENT ON COLUMN evolve.runs.finished_generations IS 'Cycles that are finished and committed.';
COMMENT ON COLUMN evolve.runs.status IS 'running, finished, failed (an error) or stopped (cancelled, or its session ended). A run whose server crashed still says running; evolve.progress says whether it is alive.';
COMMENT ON COLUMN evolve.runs.message IS 'Why it failed or stopped.';
COMMENT ON COLUMN evolve.runs.started_by IS 'Role that logged in and began it.';
COMMENT ON COLUMN evolve.runs.started_at IS 'When it began; a test older than the policy''s retest_after_days is one older than that at this time.';
COMMENT ON COLUMN evolve.runs.resumed_at IS 'When it was last begun or resumed.';
COMMENT ON COLUMN evolve.runs.resumed_generations IS 'Generations that were finished then.';
COMMENT ON COLUMN evolve.runs.updated_at IS 'When its row last changed.';
COMMENT ON COLUMN evolve.runs.finished_at IS 'When the last generation was finished.';
ALTER TABLE evolve.runs ENABLE ROW LEVEL SECURITY;

CREATE VIEW evolve.progress WITH (security_invoker = true) AS
SELECT run.run_id, run.status,
       CASE WHEN run.status <> 'running' THEN run.status
            WHEN lock.pid IS NULL THEN 'interrupted'
            ELSE format('generation %s of %s', run.finished_generations + 1, run.generations) END AS phase,
       run.finished_generations AS done, run.generations AS total, run.started_at, run.updated_at,
       CASE WHEN run.status = 'running' AND lock.pid IS NOT NULL AND run.finished_generations > run.resumed_generations
            THEN run.updated_at + (run.updated_at - run.resumed_at) * ((run.generations - run.finished_generations)::float8
                                                                       / (run.finished_generations - run.resumed_generations))
       END AS eta,
       run.status = 'running' AND lock.pid IS NOT NULL AS is_alive,
       CASE WHEN run.status = 'running' THEN lock.pid END AS pid,
       run.message
FROM evolve.runs AS run
-- The one run at a time holds this lock; the rows of runs that ended without a word are closed by the next one.
LEFT JOIN pg_locks AS lock
    ON lock.locktype = 'advisory' AND lock.classid = 1702259055 AND lock.objid = 1 AND lock.objsubid = 2 AND lock.granted
   AND lock.database = (SELECT known.oid FROM pg_database AS known WHERE known.datname = current_database())
ORDER BY run.run_id DESC;
COMMENT ON VIEW evolve.progress IS 'How far each run is, newest first; to be read while it runs.';
COMMENT ON COLUMN evolve.progress.run_id IS 'Number of the run.';
COMMENT ON COLUMN evolve.progress.status IS 'Status, as in evolve.runs.';
COMMENT ON COLUMN evolve.progress.phase IS 'The generation that it works on, or what became of it; interrupted: evolve_resume() goes on.';
COMMENT ON COLUMN evolve.progress.done IS 'Generations finished.';
COMMENT ON COLUMN evolve.progress.total IS 'Generations in all.';
COMMENT ON COLUMN evolve.progress.started_at IS 'When it began.';
COMMENT ON COLUMN evolve.progress.updated_at IS 'When the last generation was finished.';
COMMENT ON COLUMN evolve.progress.eta IS 'When it will be finished, if the others take as long as those since it was begun or resumed; NULL until one is known, and when it does not run.';
COMMENT ON COLUMN evolve.progress.is_alive IS 'Whether a session works on it.';
COMMENT ON COLUMN evolve.progress.pid IS 'Process of that session: pg_cancel_backend(pid) stops the run.';
COMMENT ON COLUMN evolve.progress.message IS 'Why it failed or stopped.';
