-- What two people have published, as the log of orders comes to it. The texts lie among the files.
CREATE TABLE policies (
    id TEXT NOT NULL PRIMARY KEY,
    bureau TEXT NOT NULL,
    versions BIGINT NOT NULL CHECK (versions > 0),
    body TEXT NOT NULL
);

-- What a bureau is still writing at; every text that was saved stays among the files.
CREATE TABLE policy_drafts (
    bureau TEXT NOT NULL,
    policy TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    -- The persons who have written at it since it was last published, as a JSON list.
    authors TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (bureau, policy)
);

-- The versions that enterprises were told of.
CREATE TABLE policy_news (
    policy TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (policy, version)
);
