-- +goose Up
-- The era of the rows moves when rows are replaced that had said something wrong. Whoever decided on
-- what was read before is too late.
ALTER TABLE log_head ADD COLUMN era bigint NOT NULL DEFAULT 1;

-- State rows and unique keys that are derived from the log beside the live ones. A server that went
-- down has forgotten them, all at once.
CREATE UNLOGGED TABLE drafts (
    one      integer PRIMARY KEY CHECK (one = 1),
    name     text    COLLATE "C" NOT NULL,
    position bigint  NOT NULL
);
CREATE UNLOGGED TABLE draft_states (
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
CREATE UNLOGGED TABLE draft_keys (
    stream   text    COLLATE "C" NOT NULL,
    kind     text    COLLATE "C" NOT NULL,
    digest   bytea   NOT NULL,
    PRIMARY KEY (stream, kind, digest)
);

-- commit_log writes commits that were judged on what their authors had read. It holds log_head from
-- its first statement to the end of the transaction and writes only if all of that still stands, in the
-- era in which it was read (begun is how many of the states are new, those that were at 0): else it
-- fails, with WR001 or with the violation of a key, and nothing was written. It returns the new head.
-- The one without an era stays for replicas of the version before, while they are replaced one by one.
-- +goose StatementBegin
CREATE FUNCTION commit_log(
    read_in bigint, stood text[], stood_at bigint[], absent text[],
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
    now_in bigint;
    n bigint;
BEGIN
    UPDATE log_head SET position = position + cardinality(event_ids) WHERE one = 1
        RETURNING position, era INTO head, now_in;
    IF now_in <> read_in THEN
        RAISE EXCEPTION 'rows were derived again since' USING ERRCODE = 'WR001';
    END IF;

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
DROP FUNCTION commit_log(
    bigint, text[], bigint[], text[], text[], text[], text[], bigint[], text[], integer[], bigint[], text[],
    bytea[], integer, text[], text[], bigint[], bigint[], integer[], text[], text[], bigint[], bigint[],
    bytea[], text[], bytea[], text[], text[], bytea[], text[]);
DROP TABLE draft_keys;
DROP TABLE draft_states;
DROP TABLE drafts;
ALTER TABLE log_head DROP COLUMN era;
