-- Signing in by an outside identity service (OpenID Connect).

-- Somebody may act for several enterprises with one account over there: a link holds for one of
-- them, and for none where it is an official's.
CREATE TABLE identity_links (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (issuer, subject, enterprise)
);
INSERT INTO identity_links (issuer, subject, enterprise, account)
    SELECT issuer, subject, '', account FROM identities;
DROP TABLE identities;
ALTER TABLE identity_links RENAME TO identities;
CREATE INDEX identities_by_account ON identities (account);

-- A link that one administrator asked for counts once another one has agreed.
CREATE TABLE identity_requests (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    account TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject, enterprise)
);

-- Who went to a service and has not come back; good once, and for minutes. What the service is
-- told comes from the cookie under the key of the data folder, and is not kept.
CREATE TABLE identity_visits (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    service TEXT NOT NULL,
    -- The session that shows a second factor again; nothing for signing in.
    session TEXT,
    next TEXT NOT NULL,
    began_at BIGINT NOT NULL
);
CREATE INDEX identity_visits_by_time ON identity_visits (began_at);

-- By which service a session began, and whether that service saw a second factor.
ALTER TABLE sessions ADD COLUMN service TEXT;
ALTER TABLE sessions ADD COLUMN vouched BIGINT NOT NULL DEFAULT 0 CHECK (vouched IN (0, 1));
