-- Which events of the log changed which payout: its history is read and not looked for in the whole
-- log. What was logged before is filled in when the store is opened.
CREATE TABLE payout_changes (
    sequence BIGINT NOT NULL,
    payout TEXT NOT NULL,
    -- 1 where the event is about this payout alone.
    is_alone BIGINT NOT NULL CHECK (is_alone IN (0, 1)),
    PRIMARY KEY (sequence, payout)
);
CREATE INDEX payout_changes_of ON payout_changes (payout, sequence, is_alone);

CREATE TRIGGER payout_changes_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON payout_changes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
