-- What signing in needs. Who there is and what he may do stands in users, which the log of orders
-- comes to; an account has the name of its user. Times are UTC microseconds. What somebody could
-- sign in with is kept as a hash under the key of the data folder, or sealed by it.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    -- Argon2id in the form of a PHC string; nothing before the account was set up.
    password TEXT,
    password_at BIGINT,
    must_change BIGINT NOT NULL CHECK (must_change IN (0, 1)),
    -- The seed of the second factor, sealed; one that waits for its first code.
    seed BYTEA,
    seed_step BIGINT,
    seed_waiting BYTEA,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT
);

CREATE TABLE account_passwords (
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    password TEXT NOT NULL,
    PRIMARY KEY (account, at)
);

CREATE TABLE account_codes (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    account TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('set_up', 'password', 'second_factor', 'recovery')),
    made_at BIGINT NOT NULL,
    expires_at BIGINT,
    made_by TEXT NOT NULL,
    -- A second factor falls only where a second administrator agrees.
    agreed_by TEXT
);
CREATE INDEX account_codes_by_account ON account_codes (account, purpose);

CREATE TABLE account_devices (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    account TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX account_devices_by_account ON account_devices (account, at);

CREATE TABLE account_throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    -- When it will be full again: the emptier, the later.
    full_at BIGINT NOT NULL
);
CREATE INDEX account_throttles_by_time ON account_throttles (full_at);

CREATE TABLE sessions (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    -- What lists call it; stays when the identifier changes.
    name TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    -- The user as he was at sign-in: with other rights the session ends.
    user_digest TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    second_at BIGINT,
    stepped_up_at BIGINT,
    source TEXT NOT NULL,
    agent TEXT NOT NULL,
    -- A clerk's enterprise, and who of it asked, while he acts for it.
    assists TEXT,
    asked_by TEXT
);
CREATE INDEX sessions_by_account ON sessions (account, began_at);

CREATE TABLE api_tokens (
    mark BYTEA NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
    name TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    title TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    used_at BIGINT
);
CREATE INDEX api_tokens_by_account ON api_tokens (account, made_at);

-- Where a bureau stands: it sees what lies inside its region, of its department or of all.
CREATE TABLE offices (
    bureau TEXT NOT NULL PRIMARY KEY,
    region TEXT NOT NULL,
    department TEXT NOT NULL,
    is_finance BIGINT NOT NULL CHECK (is_finance IN (0, 1))
);

-- Who a person is for an outside identity service; made by an administrator, never by signing in.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_account ON identities (account);
