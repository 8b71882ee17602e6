-- Queue: work that is asked for in one session and done in another, by whichever worker comes.

CREATE TABLE evolve.queue (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner            uuid,
    queued_by        text NOT NULL,
    owner_key        text NOT NULL GENERATED ALWAYS AS (coalesce(owner::text, queued_by)) STORED,
    kind             text NOT NULL,
    payload          jsonb NOT NULL,
    status           text NOT NULL DEFAULT 'queued',
    attempts         int NOT NULL DEFAULT 0,
    max_attempts     int NOT NULL DEFAULT 3,
    run_after        timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until      timestamptz,
    fencing_token    bigint,
    worker           text,
    cancel_requested boolean NOT NULL DEFAULT false,
    result           jsonb,
    error            text,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at       timestamptz,
    finished_at      timestamptz,
    CONSTRAINT queue_kind CHECK (kind IN ('backtest')),
    CONSTRAINT queue_status CHECK (status IN ('queued', 'running', 'done', 'failed', 'dead', 'cancelled')),
    CONSTRAINT queue_attempts CHECK (attempts >= 0 AND attempts <= max_attempts AND max_attempts > 0),
    CONSTRAINT queue_running CHECK (status <> 'running' OR (lease_until IS NOT NULL AND fencing_token IS NOT NULL)),
    CONSTRAINT queue_finished CHECK ((finished_at IS NOT NULL) = (status IN ('done', 'failed', 'dead', 'cancelled'))),
    CONSTRAINT queue_result CHECK ((result IS NOT NULL) = (status = 'done'))
);
COMMENT ON TABLE evolve.queue IS 'Work that is done by evolve_work(): one row for each call of evolve_backtest_async(), with its result.';
COMMENT ON COLUMN evolve.queue.id IS 'Number of the item; the oldest first.';
COMMENT ON COLUMN evolve.queue.owner IS 'User of the application who queued it (evolve_current_user()); NULL for none.';
COMMENT ON COLUMN evolve.queue.queued_by IS 'Database role that queued it; its rights on mapped relations count when the work is done.';
COMMENT ON COLUMN evolve.queue.owner_key IS 'Whose it is: the owner, else the role. Turns and limits go by it.';
COMMENT ON COLUMN evolve.queue.kind IS 'What is to be done: backtest.';
COMMENT ON COLUMN evolve.queue.payload IS 'The arguments.';
COMMENT ON COLUMN evolve.queue.status IS 'queued, running, done, failed (it cannot be done), dead (given up after max_attempts) or cancelled.';
COMMENT ON COLUMN evolve.queue.attempts IS 'How often a worker has begun it.';
COMMENT ON COLUMN evolve.queue.max_attempts IS 'How often it is begun before it is given up.';
COMMENT ON COLUMN evolve.queue.run_after IS 'When it may be begun.';
COMMENT ON COLUMN evolve.queue.lease_until IS 'Until when the worker that has begun it may finish it; then another one begins it again.';
COMMENT ON COLUMN evolve.queue.fencing_token IS 'Number of the last beginning: who has an older one cannot finish it.';
COMMENT ON COLUMN evolve.queue.worker IS 'Role and process that last began it.';
COMMENT ON COLUMN evolve.queue.cancel_requested IS 'Whether evolve_queue_cancel() has asked for its end.';
COMMENT ON COLUMN evolve.queue.result IS 'Of one that is done: of a backtest its metrics, the columns of evolve_backtest().';
COMMENT ON COLUMN evolve.queue.error IS 'SQLSTATE and message of the last attempt that failed.';
COMMENT ON COLUMN evolve.queue.created_at IS 'When it was queued.';
COMMENT ON COLUMN evolve.queue.started_at IS 'When it was last begun.';
COMMENT ON COLUMN evolve.queue.finished_at IS 'When it was finished, whatever came of it.';
CREATE INDEX queue_waiting_idx ON evolve.queue (owner_key, id) WHERE status = 'queued';
CREATE INDEX queue_running_idx ON evolve.queue (owner_key) WHERE status = 'running';
CREATE INDEX queue_finished_idx ON evolve.queue (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX queue_owner_idx ON evolve.queue (owner);
CREATE SEQUENCE evolve.queue_fencing_token;
COMMENT ON SEQUENCE evolve.queue_fencing_token IS 'Numbers the beginnings of work in evolve.queue.';
ALTER TABLE evolve.queue ENABLE ROW LEVEL SECURITY;

INSERT INTO evolve.settings (name, value, unit, minimum, maximum, description) VALUES
    ('queue_max_per_owner', '1000', 'count', 1, 1000000, 'Items of one owner that may wait or be worked on; more are refused.'),
    ('queue_max_running', '4', 'count', 1, 1000, 'Items of one owner that are worked on at one time.');
