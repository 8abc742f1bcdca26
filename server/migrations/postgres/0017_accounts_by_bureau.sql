-- Whoever asks for a link meets the wishes of his own bureau alone: the same identity may be asked
-- for by several, and is linked to the one to whom the second administrator agrees.
CREATE TABLE identity_wishes (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    account TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject, enterprise, account)
);
INSERT INTO identity_wishes (issuer, subject, enterprise, account, made_by, made_at)
    SELECT issuer, subject, enterprise, account, made_by, made_at FROM identity_requests;
DROP TABLE identity_requests;
ALTER TABLE identity_wishes RENAME TO identity_requests;

-- From where somebody went: whoever comes back by another address gives the place back there.
ALTER TABLE identity_visits ADD COLUMN network TEXT NOT NULL DEFAULT '';

-- The users of a bureau, a page at a time.
CREATE INDEX users_by_bureau ON users (bureau, id);
