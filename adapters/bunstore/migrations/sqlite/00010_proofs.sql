-- +goose Up
CREATE TABLE challenges (
    id      TEXT    NOT NULL PRIMARY KEY,
    topic   BLOB    NOT NULL,
    source  BLOB    NOT NULL,
    code    BLOB    NOT NULL,
    link    BLOB    NOT NULL,
    sealed  BLOB    NOT NULL,
    begun   INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    strays  INTEGER NOT NULL
);
CREATE INDEX challenges_of_topic ON challenges (topic);
CREATE INDEX challenges_to_purge ON challenges (expires);

CREATE TABLE quotas (
    key  BLOB    NOT NULL PRIMARY KEY,
    used INTEGER NOT NULL,
    ends INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX quotas_to_purge ON quotas (ends);

-- +goose Down
DROP TABLE quotas;
DROP TABLE challenges;
