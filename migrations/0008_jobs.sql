-- Jobs: commands that schedulers run, and one row for each run. docs/operations.md says who runs them, and as whom.

CREATE TABLE evolve.jobs (
    job_id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name             text NOT NULL UNIQUE,
    command          text NOT NULL,
    every            interval,
    cron             text,
    time_zone        text NOT NULL DEFAULT 'UTC',
    is_enabled       boolean NOT NULL DEFAULT true,
    longest_run      interval NOT NULL DEFAULT '1 hour',
    pause_after      int NOT NULL DEFAULT 5 CONSTRAINT jobs_pause_after CHECK (pause_after >= 0),
    failures         int NOT NULL DEFAULT 0 CONSTRAINT jobs_failures CHECK (failures >= 0),
    not_before       timestamptz,
    paused_reason    text,
    run_requested_at timestamptz,
    created_by       name NOT NULL DEFAULT current_user,
    created_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT jobs_name CHECK (name <> '' AND length(name) <= 100),
    CONSTRAINT jobs_command CHECK (command ~ '\S'),
    CONSTRAINT jobs_schedule CHECK (num_nonnulls(every, cron) = 1),
    CONSTRAINT jobs_every CHECK (every >= '1 second' AND extract(year FROM every) = 0 AND extract(month FROM every) = 0),
    CONSTRAINT jobs_time_zone CHECK ((timestamp '2000-01-01' AT TIME ZONE time_zone) IS NOT NULL),
    CONSTRAINT jobs_longest_run CHECK (longest_run BETWEEN '100 milliseconds' AND '20 days')
);
COMMENT ON TABLE evolve.jobs IS 'What schedulers run and when. The text of a command is the owner''s alone to write; it runs with the rights of the scheduler.';
COMMENT ON COLUMN evolve.jobs.job_id IS 'Number of the job; with 1702259053 the key of the advisory lock that is held while it runs.';
COMMENT ON COLUMN evolve.jobs.name IS 'Its name.';
COMMENT ON COLUMN evolve.jobs.command IS 'SQL that is run, in one transaction, with search_path pg_catalog: name every schema.';
COMMENT ON COLUMN evolve.jobs.every IS 'Time from slot to slot, counted from 1970-01-01 00:00 UTC; NULL for a job with a cron expression.';
COMMENT ON COLUMN evolve.jobs.cron IS 'minute hour day month weekday, as cron reads it; NULL for a job with an interval.';
COMMENT ON COLUMN evolve.jobs.time_zone IS 'Whose clock the cron expression means.';
COMMENT ON COLUMN evolve.jobs.is_enabled IS 'Whether slots of the job are run; evolve_set_job() changes it.';
COMMENT ON COLUMN evolve.jobs.longest_run IS 'A run that takes longer is cancelled and has failed.';
COMMENT ON COLUMN evolve.jobs.pause_after IS 'So many failures in a row pause the job; 0 never does.';
COMMENT ON COLUMN evolve.jobs.failures IS 'Failures since the last success.';
COMMENT ON COLUMN evolve.jobs.not_before IS 'After a failure: no slot is run before this time.';
COMMENT ON COLUMN evolve.jobs.paused_reason IS 'Why the job is paused; NULL while it is not. evolve_set_job() ends the pause.';
COMMENT ON COLUMN evolve.jobs.run_requested_at IS 'When evolve_run_job() asked for a run that has not begun.';
COMMENT ON COLUMN evolve.jobs.created_by IS 'Role that wrote the row.';
COMMENT ON COLUMN evolve.jobs.created_at IS 'When it was written; earlier slots are not made up for.';

CREATE TABLE evolve.job_runs (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id      int NOT NULL REFERENCES evolve.jobs ON DELETE CASCADE,
    slot        timestamptz NOT NULL,
    attempt     int NOT NULL DEFAULT 1,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    outcome     text NOT NULL DEFAULT 'running',
    message     text,
    scheduler   text NOT NULL,
    CONSTRAINT job_runs_slot UNIQUE (job_id, slot),
    CONSTRAINT job_runs_outcome CHECK (outcome IN ('running', 'succeeded', 'failed', 'interrupted')),
    CONSTRAINT job_runs_finished CHECK ((finished_at IS NULL) = (outcome = 'running'))
);
CREATE INDEX job_runs_running ON evolve.job_runs (job_id) WHERE outcome = 'running';
CREATE INDEX job_runs_started ON evolve.job_runs (started_at);
COMMENT ON TABLE evolve.job_runs IS 'One row for each slot of a job that was run, or is running.';
COMMENT ON COLUMN evolve.job_runs.run_id IS 'Number of the run.';
COMMENT ON COLUMN evolve.job_runs.job_id IS 'Its job.';
COMMENT ON COLUMN evolve.job_runs.slot IS 'The time that the schedule named, or that of the request; the key that keeps schedulers from running it twice.';
COMMENT ON COLUMN evolve.job_runs.attempt IS 'More than 1 when the process of an earlier attempt ended in the middle.';
COMMENT ON COLUMN evolve.job_runs.started_at IS 'Start of the last attempt, written before it began.';
COMMENT ON COLUMN evolve.job_runs.finished_at IS 'End of the last attempt.';
COMMENT ON COLUMN evolve.job_runs.outcome IS 'running, succeeded, failed, or interrupted: its process ended in the middle, and it is run again.';
COMMENT ON COLUMN evolve.job_runs.message IS 'The first value that the command returned, or its error.';
COMMENT ON COLUMN evolve.job_runs.scheduler IS 'Who ran it: launcher, or what the caller of evolve_run_due_jobs() calls itself.';

INSERT INTO evolve.settings (name, value, unit, minimum, maximum, description) VALUES
    ('job_history_days', '30', 'days', 1, 10000, 'Runs of jobs that are older are deleted; the last of each job stays.');

INSERT INTO evolve.jobs (name, command, every) VALUES
    ('evolution', 'SELECT @extschema@.evolve_cycle()', '8 minutes'),
    ('monitoring', 'SELECT @extschema@.evolve_monitor()', '15 minutes'),
    ('pack bars', 'SELECT sum(packed) FROM @extschema@.evolve_pack_bars()', '1 hour'),
    ('seal ledger', 'SELECT @extschema@.evolve_seal_ledger()', '1 hour'),
    ('retention', 'SELECT @extschema@.evolve_delete_old_runs()', '1 day');

ALTER TABLE evolve.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE evolve.job_runs ENABLE ROW LEVEL SECURITY;
