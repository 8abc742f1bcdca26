-- Which papers, sheets and payment files each thing names: who may have a file is answered by its
-- digest, without a look at all that could name it. What was kept before is filled in when the
-- store is opened.
CREATE TABLE papers (
    -- The table and the name in it.
    holder TEXT NOT NULL,
    thing TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (holder, digest)
);
CREATE INDEX papers_by_digest ON papers (digest, holder, thing);

-- The seal that a payout came of, out of its body, for old rows and new ones alike.
ALTER TABLE payouts ADD COLUMN seal TEXT GENERATED ALWAYS AS (
    body::jsonb #>> '{Payout,origin,seal}'
) STORED;
CREATE INDEX payouts_by_seal ON payouts (seal, bureau);

-- Whether a user may act, and whether he needs a second factor: everybody does who is more than the
-- user of an enterprise. Bureaus count theirs without reading them.
ALTER TABLE users ADD COLUMN is_active BIGINT GENERATED ALWAYS AS (
    CASE body::jsonb #>> '{User,is_active}' WHEN 'true' THEN 1 ELSE 0 END
) STORED;
ALTER TABLE users ADD COLUMN needs_factor BIGINT GENERATED ALWAYS AS (
    CASE WHEN body::jsonb #> '{User,roles}' IN ('[]'::jsonb, '["Enterprise"]'::jsonb)
        THEN 0 ELSE 1 END
) STORED;
