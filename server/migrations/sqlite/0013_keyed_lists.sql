-- What lists, boards and sums ask of very many payouts and accounts, out of the body: a page reads
-- its own rows and no others. What was kept before gets these columns when the store is opened.

-- The next step, whether a bank said something that people must look into, whether something is
-- claimed back.
ALTER TABLE payouts ADD COLUMN next_step TEXT;
ALTER TABLE payouts ADD COLUMN is_questioned INTEGER;
ALTER TABLE payouts ADD COLUMN is_claimed INTEGER;
CREATE INDEX payouts_by_step ON payouts (next_step, bureau, since, amount);
CREATE INDEX payouts_questioned ON payouts (bureau, id) WHERE is_questioned = 1;
CREATE INDEX payouts_claimed ON payouts (bureau, id) WHERE is_claimed = 1;
-- Lists in the order of names, and sums by anything, without a look at the rows.
DROP INDEX payouts_by_state;
CREATE INDEX payouts_listed ON payouts (state, bureau, id, measure, line, uscc, amount, since);
DROP INDEX payouts_by_uscc;
CREATE INDEX payouts_by_uscc ON payouts (uscc, bureau);

-- The number of the account in force without spaces and dashes stands in account; how often it was
-- changed, and when it was changed last.
ALTER TABLE payees ADD COLUMN version INTEGER;
ALTER TABLE payees ADD COLUMN changed_at INTEGER;
CREATE INDEX payees_by_version ON payees (version);
CREATE INDEX payees_by_change ON payees (changed_at) WHERE changed_at IS NOT NULL;

-- Lists of one bureau.
CREATE INDEX batches_by_bureau ON batches (bureau, id);
CREATE INDEX notices_by_bureau ON notices (bureau, id);
CREATE INDEX motions_by_bureau ON motions (bureau, id);
CREATE INDEX bank_lines_by_payer ON bank_lines (payer, id);
