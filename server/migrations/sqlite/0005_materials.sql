-- Snapshots and sweeps of this installation, each in a folder of its own below the data folder.
-- The last of a kind is the one that pages and new sweeps use.
CREATE TABLE materials (
    sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    kind TEXT NOT NULL CHECK (kind IN ('snapshot', 'sweep')),
    digest TEXT NOT NULL,
    folder TEXT NOT NULL UNIQUE,
    -- The digest of the snapshot that a sweep was made of; that of a snapshot itself.
    snapshot TEXT NOT NULL,
    year INTEGER NOT NULL,
    as_of TEXT NOT NULL,
    enterprises INTEGER NOT NULL CHECK (enterprises >= 0),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX materials_by_digest ON materials (kind, digest);

CREATE TRIGGER materials_stay BEFORE UPDATE ON materials
BEGIN SELECT RAISE(ABORT, 'materials is append-only'); END;
CREATE TRIGGER materials_remain BEFORE DELETE ON materials
BEGIN SELECT RAISE(ABORT, 'materials is append-only'); END;
