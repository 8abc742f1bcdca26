-- What a motion asks for, of what and when, out of the body: the proposals to publish are listed
-- without a look at the other motions. What was kept before gets these columns when the store is
-- opened.

ALTER TABLE motions ADD COLUMN kind TEXT;
-- The policy, of those that publish.
ALTER TABLE motions ADD COLUMN about TEXT;
ALTER TABLE motions ADD COLUMN asked_at INTEGER;
CREATE INDEX motions_by_kind ON motions (kind, bureau, state, asked_at, id);
