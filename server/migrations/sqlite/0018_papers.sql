-- Which papers, sheets and payment files each thing names: who may have a file is answered by its
-- digest, without a look at all that could name it. What was kept before is filled in when the
-- store is opened.
CREATE TABLE papers (
    -- The table and the name in it.
    holder TEXT NOT NULL,
    thing TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (holder, digest)
) STRICT;
CREATE INDEX papers_by_digest ON papers (digest, holder, thing);

-- The seal that a payout came of, out of its body, for old rows and new ones alike.
ALTER TABLE payouts ADD COLUMN seal TEXT GENERATED ALWAYS AS (
    CASE json_valid(body) WHEN 1 THEN json_extract(body, '$.Payout.origin.seal') END
) VIRTUAL;
CREATE INDEX payouts_by_seal ON payouts (seal, bureau);

-- Whether a user may act, and whether he needs a second factor: everybody does who is more than the
-- user of an enterprise. Bureaus count theirs without reading them.
ALTER TABLE users ADD COLUMN is_active INTEGER GENERATED ALWAYS AS (
    CASE json_valid(body) WHEN 1 THEN
        CASE json_extract(body, '$.User.is_active') WHEN 1 THEN 1 ELSE 0 END
    END
) VIRTUAL;
ALTER TABLE users ADD COLUMN needs_factor INTEGER GENERATED ALWAYS AS (
    CASE json_valid(body) WHEN 1 THEN
        CASE WHEN json_extract(body, '$.User.roles') IN ('[]', '["Enterprise"]') THEN 0 ELSE 1 END
    END
) VIRTUAL;
