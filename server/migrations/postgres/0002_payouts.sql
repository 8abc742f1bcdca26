-- What people act on. The body of a row is the whole thing as canonical JSON; the other columns
-- repeat what lists and constraints need. Amounts are fen.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    bureau TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX users_by_person ON users (person);

CREATE TABLE delegations (
    id TEXT NOT NULL PRIMARY KEY,
    of_user TEXT NOT NULL,
    to_user TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX delegations_by_borrower ON delegations (to_user);

CREATE TABLE bureaus (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

-- Never overdrawn, whoever writes: granted = available + reserved + committed + spent, all >= 0.
CREATE TABLE budget_lines (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    granted BIGINT NOT NULL CHECK (granted >= 0),
    available BIGINT NOT NULL CHECK (available >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    committed BIGINT NOT NULL CHECK (committed >= 0),
    spent BIGINT NOT NULL CHECK (spent >= 0),
    body TEXT NOT NULL,
    CHECK (granted = available + reserved + committed + spent)
);

CREATE TABLE payers (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE payees (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT,
    body TEXT NOT NULL
);
CREATE INDEX payees_by_account ON payees (account);

CREATE TABLE bars (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE payouts (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    measure TEXT NOT NULL,
    uscc TEXT NOT NULL,
    period TEXT NOT NULL,
    supplement BIGINT NOT NULL CHECK (supplement >= 0),
    line TEXT NOT NULL,
    exclusive TEXT,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    since BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- One entitlement for ever, whatever version or run it comes from.
    UNIQUE (bureau, measure, uscc, period, supplement)
);
CREATE INDEX payouts_by_state ON payouts (state, id);
CREATE INDEX payouts_by_uscc ON payouts (uscc);
CREATE UNIQUE INDEX payouts_exclusive ON payouts (exclusive)
    WHERE exclusive IS NOT NULL AND state NOT IN ('CANCELLED', 'DECLINED', 'EXPIRED');

CREATE TABLE attempts (
    payout TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    end_to_end_id TEXT NOT NULL UNIQUE,
    batch TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    is_alive BIGINT NOT NULL CHECK (is_alive IN (0, 1)),
    PRIMARY KEY (payout, number)
);
-- At most one instruction of an entitlement may be moving money.
CREATE UNIQUE INDEX attempts_alive ON attempts (payout) WHERE is_alive = 1;

CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE batches (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE motions (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX motions_by_state ON motions (state, id);

CREATE TABLE bank_lines (
    id TEXT NOT NULL PRIMARY KEY,
    payer TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE postings (
    sequence BIGINT NOT NULL,
    place BIGINT NOT NULL,
    line TEXT NOT NULL,
    account TEXT NOT NULL,
    fen BIGINT NOT NULL CHECK (fen <> 0),
    PRIMARY KEY (sequence, place)
);
CREATE INDEX postings_by_line ON postings (line, account);

CREATE TRIGGER postings_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The texts of a JSON list, under the name that SQLite has for it.
CREATE FUNCTION json_each(text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE AS
    'SELECT json_array_elements_text($1::json)';
