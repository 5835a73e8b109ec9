-- +goose Up
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL CHECK (id <> ''),
    stream   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    cause    TEXT    NOT NULL,
    data     BLOB    NOT NULL
);
CREATE UNIQUE INDEX events_stream_version ON events (stream, version);

CREATE VIEW log_head AS SELECT 1 AS one, COALESCE(MAX(position), 0) AS position FROM events;

CREATE TABLE states (
    stream  TEXT    NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    shape   INTEGER NOT NULL,
    account TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    ends    INTEGER NOT NULL,
    keep    INTEGER NOT NULL,
    data    BLOB    NOT NULL
);
-- Nobody asks for a client's rows alone, so that there is no index by client.
CREATE INDEX states_of_account ON states (account, stream) WHERE account <> '';
CREATE INDEX states_to_purge   ON states (keep) WHERE keep <> 0;

CREATE TABLE unique_keys (
    kind   TEXT NOT NULL,
    digest BLOB NOT NULL,
    stream TEXT NOT NULL,
    PRIMARY KEY (kind, digest)
) WITHOUT ROWID;
CREATE INDEX unique_keys_of_stream ON unique_keys (stream);

CREATE TABLE account_keys (
    account TEXT NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE purged (
    stream  TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE interactions (
    id      TEXT    NOT NULL PRIMARY KEY,
    session TEXT    NOT NULL,
    account TEXT    NOT NULL,
    request BLOB    NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX interactions_to_purge ON interactions (expires);

CREATE TABLE polls (
    device TEXT    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    every  INTEGER NOT NULL,
    early  INTEGER NOT NULL,
    forget INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX polls_to_purge ON polls (forget);

CREATE TABLE stamps (
    stream TEXT    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX stamps_to_purge ON stamps (at);

CREATE TABLE checkpoints (
    name     TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

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
DROP VIEW log_head;
DROP TABLE events;
