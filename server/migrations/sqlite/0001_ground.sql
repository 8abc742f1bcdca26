-- Whole numbers are fen, counts or UTC microseconds; digests and hashes are 32 bytes.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    leaf BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;

CREATE TABLE log_heads (
    size INTEGER NOT NULL PRIMARY KEY CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    at INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- The one row stands for the whole log, so that appending reads no event.
CREATE TABLE log_frontier (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL CHECK (size >= 0),
    peaks BLOB NOT NULL
) STRICT;
INSERT INTO log_frontier (id, size, peaks) VALUES (1, 0, x'');

CREATE TABLE replies (
    key TEXT NOT NULL PRIMARY KEY,
    command BLOB NOT NULL CHECK (length(command) = 32),
    first_sequence INTEGER,
    last_sequence INTEGER,
    reply BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done INTEGER NOT NULL CHECK (done >= 0),
    total INTEGER NOT NULL CHECK (total >= 0),
    result BLOB CHECK (length(result) = 32),
    message TEXT,
    holder TEXT,
    fence INTEGER NOT NULL CHECK (fence >= 0),
    lease_until INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, created_at, id);

CREATE TABLE files (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    length INTEGER NOT NULL CHECK (length >= 0),
    at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER log_heads_stay BEFORE UPDATE ON log_heads
BEGIN SELECT RAISE(ABORT, 'log_heads is append-only'); END;
CREATE TRIGGER log_heads_remain BEFORE DELETE ON log_heads
BEGIN SELECT RAISE(ABORT, 'log_heads is append-only'); END;
CREATE TRIGGER replies_stay BEFORE UPDATE ON replies
BEGIN SELECT RAISE(ABORT, 'replies is append-only'); END;
CREATE TRIGGER replies_remain BEFORE DELETE ON replies
BEGIN SELECT RAISE(ABORT, 'replies is append-only'); END;
CREATE TRIGGER files_stay BEFORE UPDATE ON files
BEGIN SELECT RAISE(ABORT, 'files is append-only'); END;
CREATE TRIGGER files_remain BEFORE DELETE ON files
BEGIN SELECT RAISE(ABORT, 'files is append-only'); END;
CREATE TRIGGER log_frontier_remains BEFORE DELETE ON log_frontier
BEGIN SELECT RAISE(ABORT, 'log_frontier has one row'); END;
