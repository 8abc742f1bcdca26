-- Replies of the API by the idempotency key of whoever asked, and whose a job is.

CREATE TABLE api_replies (
    owner TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request BYTEA NOT NULL CHECK (length(request) = 32),
    status BIGINT CHECK (status BETWEEN 200 AND 599),
    reply TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (owner, idempotency_key)
);

CREATE TABLE job_owners (
    job TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    asked_by TEXT NOT NULL
);
