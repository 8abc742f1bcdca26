-- Which events of the log changed which payout: its history is read and not looked for in the whole
-- log. What was logged before is filled in when the store is opened.
CREATE TABLE payout_changes (
    sequence INTEGER NOT NULL,
    payout TEXT NOT NULL,
    -- 1 where the event is about this payout alone.
    is_alone INTEGER NOT NULL CHECK (is_alone IN (0, 1)),
    PRIMARY KEY (sequence, payout)
) STRICT;
CREATE INDEX payout_changes_of ON payout_changes (payout, sequence, is_alone);

CREATE TRIGGER payout_changes_stay BEFORE UPDATE ON payout_changes
BEGIN SELECT RAISE(ABORT, 'payout_changes is append-only'); END;
CREATE TRIGGER payout_changes_remain BEFORE DELETE ON payout_changes
BEGIN SELECT RAISE(ABORT, 'payout_changes is append-only'); END;
