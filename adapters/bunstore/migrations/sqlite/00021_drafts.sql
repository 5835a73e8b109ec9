-- +goose Up
-- The era of the rows moves when rows are replaced that had said something wrong. Whoever decided on
-- what was read before is too late.
CREATE TABLE eras (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    era INTEGER NOT NULL
);
INSERT INTO eras (one, era) VALUES (1, 1);

-- State rows and unique keys that are derived from the log beside the live ones.
CREATE TABLE drafts (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    name     TEXT    NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE draft_states (
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
CREATE TABLE draft_keys (
    stream TEXT NOT NULL,
    kind   TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (stream, kind, digest)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE draft_keys;
DROP TABLE draft_states;
DROP TABLE drafts;
DROP TABLE eras;
