-- Links that an administrator took away: they do not come back by themselves, whatever the account
-- was called and whatever its person is called by now. Those of before are read from the log.
CREATE TABLE identities_taken_away (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    PRIMARY KEY (issuer, subject, enterprise)
) STRICT;
INSERT INTO identities_taken_away (issuer, subject, enterprise)
    SELECT DISTINCT gone.issuer, gone.subject, gone.enterprise
    FROM (SELECT json_extract(CAST(body AS TEXT), '$.what.issuer') AS issuer,
                 json_extract(CAST(body AS TEXT), '$.what.subject') AS subject,
                 COALESCE(json_extract(CAST(body AS TEXT), '$.what.enterprise'), '') AS enterprise
          FROM events WHERE kind = 'account.identity_unlinked') gone
    WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.issuer = gone.issuer
                      AND i.subject = gone.subject AND i.enterprise = gone.enterprise);

-- Whether a code to which two administrators agreed was shown in a session: a phone may be bound.
ALTER TABLE sessions ADD COLUMN may_bind INTEGER NOT NULL DEFAULT 0 CHECK (may_bind IN (0, 1));
