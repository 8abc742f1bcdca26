-- Which bureau asked for an import or a sweep: jobs themselves belong to the installation.
CREATE TABLE asked_jobs (
    job TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('import', 'sweep')),
    -- The name of the file that was uploaded; empty for a sweep.
    source TEXT NOT NULL,
    -- Where the report of an import is written, below the data folder; empty for a sweep.
    report TEXT NOT NULL,
    -- Where the result lies, below the data folder.
    folder TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX asked_jobs_by_bureau ON asked_jobs (bureau, at);
