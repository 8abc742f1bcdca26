-- What signing in needs. Who there is and what he may do stands in users, which the log of orders
-- comes to; an account has the name of its user. Times are UTC microseconds. What somebody could
-- sign in with is kept as a hash under the key of the data folder, or sealed by it.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    -- Argon2id in the form of a PHC string; nothing before the account was set up.
    password TEXT,
    password_at INTEGER,
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    -- The seed of the second factor, sealed; one that waits for its first code.
    seed BLOB,
    seed_step INTEGER,
    seed_waiting BLOB,
    created_at INTEGER NOT NULL,
    signed_in_at INTEGER
) STRICT;

CREATE TABLE account_passwords (
    account TEXT NOT NULL,
    at INTEGER NOT NULL,
    password TEXT NOT NULL,
    PRIMARY KEY (account, at)
) STRICT;

CREATE TABLE account_codes (
    mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    account TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('set_up', 'password', 'second_factor', 'recovery')),
    made_at INTEGER NOT NULL,
    expires_at INTEGER,
    made_by TEXT NOT NULL,
    -- A second factor falls only where a second administrator agrees.
    agreed_by TEXT
) STRICT;
CREATE INDEX account_codes_by_account ON account_codes (account, purpose);

CREATE TABLE account_devices (
    mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    account TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_devices_by_account ON account_devices (account, at);

CREATE TABLE account_throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    -- When it will be full again: the emptier, the later.
    full_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_throttles_by_time ON account_throttles (full_at);

CREATE TABLE sessions (
    mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    -- What lists call it; stays when the identifier changes.
    name TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    -- The user as he was at sign-in: with other rights the session ends.
    user_digest TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    second_at INTEGER,
    stepped_up_at INTEGER,
    source TEXT NOT NULL,
    agent TEXT NOT NULL,
    -- A clerk's enterprise, and who of it asked, while he acts for it.
    assists TEXT,
    asked_by TEXT
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account, began_at);

CREATE TABLE api_tokens (
    mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    name TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    title TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    used_at INTEGER
) STRICT;
CREATE INDEX api_tokens_by_account ON api_tokens (account, made_at);

-- Where a bureau stands: it sees what lies inside its region, of its department or of all.
CREATE TABLE offices (
    bureau TEXT NOT NULL PRIMARY KEY,
    region TEXT NOT NULL,
    department TEXT NOT NULL,
    is_finance INTEGER NOT NULL CHECK (is_finance IN (0, 1))
) STRICT;

-- Who a person is for an outside identity service; made by an administrator, never by signing in.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_by_account ON identities (account);
