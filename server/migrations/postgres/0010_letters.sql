-- Objections from outside, kept as they came until a maker registers or answers them.

CREATE TABLE objection_letters (
    id TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    bureau TEXT NOT NULL,
    notice TEXT NOT NULL,
    payout TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'registered', 'answered')),
    answer TEXT NOT NULL
);
CREATE INDEX objection_letters_by_bureau ON objection_letters (bureau, at);
CREATE INDEX objection_letters_by_enterprise ON objection_letters (enterprise, at);
