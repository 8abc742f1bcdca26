-- Auditors ask for jobs, too: the kinds are widened by what they ask.
CREATE TABLE asked_jobs_wider (
    job TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('import', 'sweep', 'verify', 'replay', 'what-if', 'sample', 'overlap', 'export')),
    -- The name of the file that was uploaded, or what was asked in words; empty for a sweep.
    source TEXT NOT NULL,
    -- Where the report of an import is written, below the data folder; empty for a sweep.
    report TEXT NOT NULL,
    -- Where the result lies, below the data folder.
    folder TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
INSERT INTO asked_jobs_wider SELECT job, bureau, user_id, kind, source, report, folder, at FROM asked_jobs;
DROP TABLE asked_jobs;
ALTER TABLE asked_jobs_wider RENAME TO asked_jobs;
CREATE INDEX asked_jobs_by_bureau ON asked_jobs (bureau, at);
