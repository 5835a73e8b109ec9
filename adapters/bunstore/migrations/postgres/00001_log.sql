-- +goose Up
CREATE TABLE log_head (
    one      integer PRIMARY KEY CHECK (one = 1),
    position bigint  NOT NULL
);
INSERT INTO log_head (one, position) VALUES (1, 0);

CREATE TABLE events (
    position bigint  PRIMARY KEY,
    id       text    COLLATE "C" NOT NULL UNIQUE,
    stream   text    COLLATE "C" NOT NULL,
    kind     text    COLLATE "C" NOT NULL,
    version  bigint  NOT NULL,
    name     text    COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    at       bigint  NOT NULL,
    cause    text    COLLATE "C" NOT NULL,
    data     bytea   NOT NULL
);
CREATE UNIQUE INDEX events_stream_version ON events (stream, version);

CREATE TABLE states (
    stream   text    COLLATE "C" NOT NULL PRIMARY KEY,
    kind     text    COLLATE "C" NOT NULL,
    version  bigint  NOT NULL,
    shape    integer NOT NULL,
    account  text    COLLATE "C" NOT NULL,
    client   text    COLLATE "C" NOT NULL,
    ends     bigint  NOT NULL,
    keep     bigint  NOT NULL,
    data     bytea   NOT NULL
);
CREATE INDEX states_of_account ON states (account, stream) WHERE account <> '';
CREATE INDEX states_of_client  ON states (client, stream) WHERE client <> '';
CREATE INDEX states_to_purge   ON states (keep) WHERE keep <> 0;

CREATE TABLE unique_keys (
    kind     text    COLLATE "C" NOT NULL,
    digest   bytea   NOT NULL,
    stream   text    COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, digest)
);
CREATE INDEX unique_keys_of_stream ON unique_keys (stream);

CREATE TABLE account_keys (
    account  text    COLLATE "C" NOT NULL PRIMARY KEY,
    wrapped  bytea   NOT NULL
);

CREATE TABLE purged (
    stream   text    COLLATE "C" NOT NULL PRIMARY KEY,
    version  bigint  NOT NULL
);

CREATE TABLE interactions (
    id       text    COLLATE "C" NOT NULL PRIMARY KEY,
    session  text    COLLATE "C" NOT NULL,
    account  text    COLLATE "C" NOT NULL,
    request  bytea   NOT NULL,
    expires  bigint  NOT NULL
);
CREATE INDEX interactions_to_purge ON interactions (expires);

CREATE TABLE polls (
    device   text    COLLATE "C" NOT NULL PRIMARY KEY,
    at       bigint  NOT NULL,
    every    bigint  NOT NULL,
    early    integer NOT NULL,
    forget   bigint  NOT NULL
);
CREATE INDEX polls_to_purge ON polls (forget);

CREATE TABLE stamps (
    stream   text    COLLATE "C" NOT NULL PRIMARY KEY,
    at       bigint  NOT NULL
);
CREATE INDEX stamps_to_purge ON stamps (at);

CREATE TABLE checkpoints (
    name     text    COLLATE "C" NOT NULL PRIMARY KEY,
    position bigint  NOT NULL
);

CREATE TABLE settings (
    name     text    COLLATE "C" NOT NULL PRIMARY KEY,
    value    text    COLLATE "C" NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE checkpoints;
DROP TABLE stamps;
DROP TABLE polls;
DROP TABLE interactions;
DROP TABLE purged;
DROP TABLE account_keys;
DROP TABLE unique_keys;
DROP TABLE states;
DROP TABLE events;
DROP TABLE log_head;
