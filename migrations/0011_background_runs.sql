-- Runs that background workers do, and how much one owner may queue in a minute.

ALTER TABLE evolve.runs ADD COLUMN is_background boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN evolve.runs.is_background IS 'Whether workers go on with it by themselves: begun by evolve_run_async().';
ALTER TABLE evolve.runs DROP CONSTRAINT runs_status;
ALTER TABLE evolve.runs ADD CONSTRAINT runs_status CHECK (status IN ('waiting', 'running', 'finished', 'failed', 'stopped'));
ALTER TABLE evolve.runs ADD CONSTRAINT runs_waiting CHECK (status <> 'waiting' OR is_background);
COMMENT ON COLUMN evolve.runs.status IS 'waiting (for a worker), running, finished, failed (an error) or stopped (cancelled, or its session ended). A run whose server crashed still says running; evolve.progress says whether it is alive.';

INSERT INTO evolve.settings (name, value, unit, minimum, maximum, description) VALUES
    ('queue_max_per_minute', '600', 'count', 1, 1000000, 'Items that one owner may queue within a minute; more are refused.');
CREATE INDEX queue_created_idx ON evolve.queue (owner_key, created_at);
