-- What people act on. The body of a row is the whole thing as canonical JSON; the other columns
-- repeat what lists and constraints need. Amounts are fen.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    bureau TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX users_by_person ON users (person);

CREATE TABLE delegations (
    id TEXT NOT NULL PRIMARY KEY,
    of_user TEXT NOT NULL,
    to_user TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX delegations_by_borrower ON delegations (to_user);

CREATE TABLE bureaus (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- Never overdrawn, whoever writes: granted = available + reserved + committed + spent, all >= 0.
CREATE TABLE budget_lines (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    granted INTEGER NOT NULL CHECK (granted >= 0),
    available INTEGER NOT NULL CHECK (available >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    committed INTEGER NOT NULL CHECK (committed >= 0),
    spent INTEGER NOT NULL CHECK (spent >= 0),
    body TEXT NOT NULL,
    CHECK (granted = available + reserved + committed + spent)
) STRICT;

CREATE TABLE payers (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE payees (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX payees_by_account ON payees (account);

CREATE TABLE bars (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE payouts (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    measure TEXT NOT NULL,
    uscc TEXT NOT NULL,
    period TEXT NOT NULL,
    supplement INTEGER NOT NULL CHECK (supplement >= 0),
    line TEXT NOT NULL,
    exclusive TEXT,
    state TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    since INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- One entitlement for ever, whatever version or run it comes from.
    UNIQUE (bureau, measure, uscc, period, supplement)
) STRICT;
CREATE INDEX payouts_by_state ON payouts (state, id);
CREATE INDEX payouts_by_uscc ON payouts (uscc);
CREATE UNIQUE INDEX payouts_exclusive ON payouts (exclusive)
    WHERE exclusive IS NOT NULL AND state NOT IN ('CANCELLED', 'DECLINED', 'EXPIRED');

CREATE TABLE attempts (
    payout TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    end_to_end_id TEXT NOT NULL UNIQUE,
    batch TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    is_alive INTEGER NOT NULL CHECK (is_alive IN (0, 1)),
    PRIMARY KEY (payout, number)
) STRICT;
-- At most one instruction of an entitlement may be moving money.
CREATE UNIQUE INDEX attempts_alive ON attempts (payout) WHERE is_alive = 1;

CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE batches (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE motions (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX motions_by_state ON motions (state, id);

CREATE TABLE bank_lines (
    id TEXT NOT NULL PRIMARY KEY,
    payer TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE postings (
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    line TEXT NOT NULL,
    account TEXT NOT NULL,
    fen INTEGER NOT NULL CHECK (fen <> 0),
    PRIMARY KEY (sequence, place)
) STRICT;
CREATE INDEX postings_by_line ON postings (line, account);

CREATE TRIGGER postings_stay BEFORE UPDATE ON postings
BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END;
CREATE TRIGGER postings_remain BEFORE DELETE ON postings
BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END;
