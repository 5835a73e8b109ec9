-- +goose Up
-- Polls are noted in a file of their own.
DROP TABLE polls;

-- +goose Down
CREATE TABLE polls (
    device TEXT    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    every  INTEGER NOT NULL,
    early  INTEGER NOT NULL,
    forget INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX polls_to_purge ON polls (forget);
