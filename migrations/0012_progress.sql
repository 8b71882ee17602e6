-- Progress of whatever is at work, not of runs alone.

CREATE OR REPLACE VIEW evolve.progress WITH (security_invoker = true) AS
WITH at_work AS (
    -- What sessions say of themselves in application_name: "pg_evolve <work>, <part> <done>/<total> <seconds>s" or
    -- "pg_evolve <work>, alive <milliseconds since 1970>".
    SELECT session.pid, session.xact_start, said.sign[1] AS work, coalesce(said.sign[2], 'working') AS part,
           said.sign[3]::int AS done, said.sign[4]::int AS total, make_interval(secs => said.sign[5]::int) AS elapsed,
           coalesce(to_timestamp(said.sign[6]::float8 / 1000), clock_timestamp()) AS seen_at
    FROM pg_stat_activity AS session
    CROSS JOIN LATERAL regexp_match(session.application_name,
        '^pg_evolve (.+), (?:([a-z]+)(?: ([0-9]{1,9})/([0-9]{1,9}))? ([0-9]{1,9})s|alive ([0-9]{1,14}))$') AS said(sign)
    WHERE session.datname = current_database() AND said.sign IS NOT NULL
), numbered AS (
    SELECT at_work.*, CASE WHEN at_work.total > 0 THEN format('%s %s of %s', at_work.part, at_work.done, at_work.total) ELSE at_work.part END AS phase
    FROM at_work
)
SELECT run.run_id, run.status,
       CASE WHEN run.status <> 'running' THEN run.status
            WHEN lock.pid IS NULL THEN 'interrupted'
            ELSE concat_ws(', ', format('generation %s of %s', run.finished_generations + 1, run.generations), session.phase) END AS phase,
       run.finished_generations AS done, run.generations AS total, run.started_at, run.updated_at,
       CASE WHEN run.status = 'running' AND lock.pid IS NOT NULL AND run.finished_generations > run.resumed_generations
            THEN run.updated_at + (run.updated_at - run.resumed_at) * ((run.generations - run.finished_generations)::float8
                                                                       / (run.finished_generations - run.resumed_generations))
       END AS eta,
       run.status = 'running' AND lock.pid IS NOT NULL AS is_alive,
       CASE WHEN run.status = 'running' THEN lock.pid END AS pid,
       run.message, format('run %s', run.run_id) AS job
FROM evolve.runs AS run
-- The one run at a time holds this lock; the rows of runs that ended without a word are closed by the next one.
LEFT JOIN pg_locks AS lock
    ON lock.locktype = 'advisory' AND lock.classid = 1702259055 AND lock.objid = 1 AND lock.objsubid = 2 AND lock.granted
   AND lock.database = (SELECT known.oid FROM pg_database AS known WHERE known.datname = current_database())
LEFT JOIN numbered AS session ON session.pid = lock.pid
UNION ALL
SELECT NULL, 'running', session.phase, session.done, session.total, session.xact_start, session.seen_at,
       CASE WHEN session.done > 0 THEN session.seen_at + session.elapsed * ((session.total - session.done)::float8 / session.done) END,
       true, session.pid, NULL, replace(session.work, 'queue: item', 'queue item')
FROM numbered AS session
WHERE session.work !~ '^run [0-9]+: generation '
ORDER BY run_id DESC, pid;
COMMENT ON VIEW evolve.progress IS 'How far whatever is at work is, to be read from any session: jobs, cycles, reviews and items of the queue while they run; then every run, newest first.';
COMMENT ON COLUMN evolve.progress.run_id IS 'Number of the run; NULL for other work.';
COMMENT ON COLUMN evolve.progress.status IS 'Of a run as in evolve.runs; of other work running.';
COMMENT ON COLUMN evolve.progress.phase IS 'What it is at: of a run the generation, or what became of it (interrupted: evolve_resume() goes on); of a cycle reading, testing, breeding or writing, of a review checking too, with numbers where there are any; else working.';
COMMENT ON COLUMN evolve.progress.done IS 'Of a run generations finished; else how much of the phase is done, NULL when it does not say.';
COMMENT ON COLUMN evolve.progress.total IS 'Of a run generations in all; else what the phase has to do.';
COMMENT ON COLUMN evolve.progress.started_at IS 'When it began; of other work than runs NULL for who may not see it in pg_stat_activity.';
COMMENT ON COLUMN evolve.progress.updated_at IS 'Of a run, when the last generation was finished; else when the work last gave a sign of life.';
COMMENT ON COLUMN evolve.progress.eta IS 'When the run (of other work: the phase) will be finished, if the rest takes as long as what was done, of a run since it was begun or resumed; NULL until something is done, and when it does not run.';
COMMENT ON COLUMN evolve.progress.is_alive IS 'Whether a session works on it.';
COMMENT ON COLUMN evolve.progress.pid IS 'Process of that session: pg_cancel_backend(pid) stops the work.';
COMMENT ON COLUMN evolve.progress.message IS 'Why it failed or stopped.';
COMMENT ON COLUMN evolve.progress.job IS 'What it is: the name of the job, run 3, cycle 12, review 13, or queue item 7.';
