-- +goose Up
CREATE TABLE log_head (
    one      integer PRIMARY KEY CHECK (one = 1),
    position bigint  NOT NULL
);
INSERT INTO log_head (one, position) VALUES (1, 0);

CREATE TABLE events (
    position bigint  PRIMARY KEY,
    id       text    COLLATE "C" NOT NULL CHECK (id <> ''),
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
)
WITH (fillfactor = 80);
-- Nobody asks for a client's rows alone, so that there is no index by client.
CREATE INDEX states_of_account ON states (account, stream) WHERE account <> '';
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

-- What a crash takes is that a device asked too often.
CREATE UNLOGGED TABLE polls (
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

-- The issue path is one statement to load and one to commit. Each plans once a session, and a plan
-- made while a table was small must still be good when it has grown, so sessions are told to go by
-- the indexes. Settings of a function would do the same, and cost more than all else in it.

-- commit_log writes commits that were judged on what their authors had read. It holds log_head from
-- its first statement to the end of the transaction and writes only if all of that still stands
-- (begun is how many of the states are new, those that were at 0): else it fails, with WR001 or with the violation of a key, and nothing was written. It returns the
-- new head.
-- +goose StatementBegin
CREATE FUNCTION commit_log(
    stood text[], stood_at bigint[], absent text[],
    event_ids text[], event_streams text[], event_kinds text[], event_versions bigint[], event_names text[],
    event_revisions integer[], event_ats bigint[], event_causes text[], event_data bytea[],
    begun integer, state_streams text[], state_kinds text[], state_was bigint[], state_versions bigint[], state_shapes integer[],
    state_accounts text[], state_clients text[], state_ends bigint[], state_keeps bigint[], state_data bytea[],
    claimed_kinds text[], claimed_digests bytea[], claimed_streams text[],
    freed_kinds text[], freed_digests bytea[], freed_streams text[])
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    head bigint;
    n bigint;
BEGIN
    UPDATE log_head SET position = position + cardinality(event_ids) WHERE one = 1
        RETURNING position INTO head;

    IF cardinality(stood) > 0 THEN
        SELECT count(*) INTO n
            FROM generate_series(1, cardinality(stood)) AS i
            JOIN states AS s ON s.stream = stood[i] AND s.version = stood_at[i];
        IF n <> cardinality(stood) THEN
            RAISE EXCEPTION 'a stream that was read has moved' USING ERRCODE = 'WR001';
        END IF;
    END IF;
    IF cardinality(absent) > 0 AND EXISTS (SELECT FROM states WHERE stream = ANY (absent)) THEN
        RAISE EXCEPTION 'a stream that was not there has begun' USING ERRCODE = 'WR001';
    END IF;

    INSERT INTO events (position, id, stream, kind, version, name, revision, at, cause, data)
        SELECT head - cardinality(event_ids) + i, event_ids[i], event_streams[i], event_kinds[i], event_versions[i],
            event_names[i], event_revisions[i], event_ats[i], event_causes[i], event_data[i]
        FROM generate_series(1, cardinality(event_ids)) AS i;

    IF begun > 0 THEN
        INSERT INTO states (stream, kind, version, shape, account, client, ends, keep, data)
            SELECT state_streams[i], state_kinds[i], state_versions[i], state_shapes[i],
                state_accounts[i], state_clients[i], state_ends[i], state_keeps[i], state_data[i]
            FROM generate_series(1, cardinality(state_was)) AS i WHERE state_was[i] = 0;
    END IF;
    IF begun < cardinality(state_was) THEN
        UPDATE states AS s
            SET version = state_versions[i], shape = state_shapes[i], account = state_accounts[i],
                client = state_clients[i], ends = state_ends[i], keep = state_keeps[i], data = state_data[i]
            FROM generate_series(1, cardinality(state_was)) AS i
            WHERE state_was[i] > 0 AND s.stream = state_streams[i] AND s.version = state_was[i];
        GET DIAGNOSTICS n = ROW_COUNT;
        IF begun + n <> cardinality(state_was) THEN
            RAISE EXCEPTION 'a stream to be written has moved' USING ERRCODE = 'WR001';
        END IF;
    END IF;

    IF cardinality(freed_kinds) > 0 THEN
        DELETE FROM unique_keys AS u
            USING unnest(freed_kinds, freed_digests, freed_streams) AS f(kind, digest, stream)
            WHERE u.kind = f.kind AND u.digest = f.digest AND u.stream = f.stream;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n <> cardinality(freed_kinds) THEN
            RAISE EXCEPTION 'a key to be given back is not held' USING ERRCODE = 'WR001';
        END IF;
    END IF;
    IF cardinality(claimed_kinds) > 0 THEN
        INSERT INTO unique_keys (kind, digest, stream)
            SELECT * FROM unnest(claimed_kinds, claimed_digests, claimed_streams);
    END IF;

    PERFORM pg_notify('writ_log', head::text);
    RETURN head;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION commit_log;
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
