-- What people are told. A holder is `enterprise:` with its code or `user:` with an account. Times
-- are UTC microseconds.

CREATE TABLE messages (
    -- One cause is told once, however often it is reported.
    key TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    about TEXT,
    subject_zh TEXT NOT NULL,
    body_zh TEXT NOT NULL,
    subject_en TEXT NOT NULL,
    body_en TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX messages_about ON messages (about, kind);

CREATE TABLE inbox (
    holder TEXT NOT NULL,
    message TEXT NOT NULL REFERENCES messages (key),
    at BIGINT NOT NULL,
    read_at BIGINT,
    PRIMARY KEY (holder, message)
);
CREATE INDEX inbox_by_time ON inbox (holder, at, message);
CREATE INDEX inbox_by_message ON inbox (message);

-- Where a holder wants to be told besides.
CREATE TABLE contacts (
    holder TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
    at BIGINT NOT NULL,
    PRIMARY KEY (holder, channel, address)
);

CREATE TABLE subscriptions (
    holder TEXT NOT NULL,
    topic TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (holder, topic)
);
CREATE INDEX subscriptions_by_topic ON subscriptions (topic, holder);

CREATE TABLE deliveries (
    message TEXT NOT NULL REFERENCES messages (key),
    holder TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    tries BIGINT NOT NULL CHECK (tries >= 0),
    -- Not before.
    next_at BIGINT NOT NULL,
    problem TEXT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (message, holder, channel, address)
);
CREATE INDEX deliveries_by_state ON deliveries (state, next_at);

-- Each try is written down before the first byte leaves, and again when its outcome is known.
CREATE TABLE delivery_attempts (
    message TEXT NOT NULL,
    holder TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT CHECK (outcome IN ('sent', 'later', 'never')),
    problem TEXT,
    PRIMARY KEY (message, holder, channel, address, number)
);

CREATE TRIGGER messages_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON messages
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delivery_attempts_remain BEFORE DELETE OR TRUNCATE ON delivery_attempts
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
