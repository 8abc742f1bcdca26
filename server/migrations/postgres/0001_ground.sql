-- Whole numbers are fen, counts or UTC microseconds; digests and hashes are 32 bytes.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE events (
    sequence BIGINT NOT NULL PRIMARY KEY CHECK (sequence > 0),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL,
    leaf BYTEA NOT NULL CHECK (length(leaf) = 32)
);

CREATE TABLE log_heads (
    size BIGINT NOT NULL PRIMARY KEY CHECK (size >= 0),
    root BYTEA NOT NULL CHECK (length(root) = 32),
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    signature BYTEA NOT NULL CHECK (length(signature) = 64)
);

-- The one row stands for the whole log, so that appending reads no event.
CREATE TABLE log_frontier (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL CHECK (size >= 0),
    peaks BYTEA NOT NULL
);
INSERT INTO log_frontier (id, size, peaks) VALUES (1, 0, '');

CREATE TABLE replies (
    key TEXT NOT NULL PRIMARY KEY,
    command BYTEA NOT NULL CHECK (length(command) = 32),
    first_sequence BIGINT,
    last_sequence BIGINT,
    reply BYTEA NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done BIGINT NOT NULL CHECK (done >= 0),
    total BIGINT NOT NULL CHECK (total >= 0),
    result BYTEA CHECK (length(result) = 32),
    message TEXT,
    holder TEXT,
    fence BIGINT NOT NULL CHECK (fence >= 0),
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX jobs_by_state ON jobs (state, created_at, id);

CREATE TABLE files (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    length BIGINT NOT NULL CHECK (length >= 0),
    at BIGINT NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_heads_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON log_heads
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER replies_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON replies
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER files_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON files
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_frontier_remains BEFORE DELETE OR TRUNCATE ON log_frontier
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
