-- +goose Up
CREATE TABLE challenges (
    id       text    COLLATE "C" NOT NULL PRIMARY KEY,
    topic    bytea   NOT NULL,
    source   bytea   NOT NULL,
    code     bytea   NOT NULL,
    link     bytea   NOT NULL,
    sealed   bytea   NOT NULL,
    begun    bigint  NOT NULL,
    expires  bigint  NOT NULL,
    tries    integer NOT NULL,
    strays   integer NOT NULL
);
CREATE INDEX challenges_of_topic ON challenges (topic);
CREATE INDEX challenges_to_purge ON challenges (expires);

CREATE TABLE quotas (
    key      bytea   NOT NULL PRIMARY KEY,
    used     integer NOT NULL,
    ends     bigint  NOT NULL
);
CREATE INDEX quotas_to_purge ON quotas (ends);

-- +goose Down
DROP TABLE quotas;
DROP TABLE challenges;
