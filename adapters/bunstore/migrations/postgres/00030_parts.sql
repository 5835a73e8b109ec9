-- +goose Up
-- The log is kept in parts by position. Each has its own index of streams, so that what is written is
-- written at the end of the log and into a small index, however long the log is. One index of all
-- streams grows with the log, and every event goes to another page of it.

-- room is up to where there are parts. A part holds stride events, or a 32nd of the log when that is more:
-- so there are never many.
ALTER TABLE log_head ADD COLUMN room bigint NOT NULL DEFAULT 0, ADD COLUMN stride bigint NOT NULL DEFAULT 1048576 CHECK (stride > 0);

ALTER TABLE events RENAME TO events_from_1;
ALTER INDEX events_pkey RENAME TO events_from_1_pkey;
ALTER INDEX events_stream_version RENAME TO events_from_1_stream_version;
CREATE TABLE events (LIKE events_from_1 INCLUDING CONSTRAINTS, PRIMARY KEY (position)) PARTITION BY RANGE (position);

-- make_room makes parts of the log up to its head, and one for what follows, whenever the head comes to the end of
-- the last. Whoever moves the head holds log_head. It acts for the owner of the tables, for others may not
-- change them, and waits for nobody who reads or writes events.
-- +goose StatementBegin
CREATE FUNCTION make_room()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    first bigint := NEW.room + 1;
    size bigint := greatest(NEW.stride, NEW.room / 32);
    part text;
BEGIN
    WHILE first <= NEW.position + 1 LOOP
        part := 'events_from_' || first;
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING CONSTRAINTS)', part);
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (stream, version)', part || '_stream_version', part);
        EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, first, first + size);
        first := first + size;
    END LOOP;
    UPDATE log_head SET room = first - 1 WHERE one = 1;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

UPDATE log_head SET room = greatest(position, stride) WHERE one = 1;
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE format('ALTER TABLE events ATTACH PARTITION events_from_1 FOR VALUES FROM (1) TO (%s)', (SELECT room + 1 FROM log_head));
END
$$;
-- +goose StatementEnd
CREATE TRIGGER log_head_moved AFTER UPDATE OF position ON log_head
    FOR EACH ROW WHEN (NEW.position >= NEW.room) EXECUTE FUNCTION make_room();
UPDATE log_head SET position = position;

-- versions_in_log gives the versions of streams whose last event is after a position. It is planned for the
-- parts that it looks into, which is only worth it where they are few.
-- +goose StatementBegin
CREATE FUNCTION versions_in_log(names text[], after bigint)
RETURNS TABLE (stream text, version bigint)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF cardinality(names) > 0 THEN
        RETURN QUERY EXECUTE 'SELECT stream, max(version) FROM events WHERE stream = ANY ($1) AND position > $2 GROUP BY stream'
            USING names, after;
    END IF;
END
$$;
-- +goose StatementEnd

-- The function for replicas of two versions before is gone.
DROP FUNCTION commit_log(
    text[], bigint[], text[], text[], text[], text[], bigint[], text[], integer[], bigint[], text[],
    bytea[], integer, text[], text[], bigint[], bigint[], integer[], text[], text[], bigint[], bigint[],
    bytea[], text[], bytea[], text[], text[], bytea[], text[]);

-- commit_log does what it did. That a stream which begins was not there before is no longer told by an index
-- alone: the row of one that was is in states, or noted in purged.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION commit_log(
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
        IF EXISTS (SELECT FROM purged WHERE stream = ANY (state_streams)) THEN
            RAISE EXCEPTION 'a stream that is to begin was there' USING ERRCODE = 'WR001';
        END IF;
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
-- +goose StatementBegin
DO $$
BEGIN
    RAISE EXCEPTION 'the log is not put together again: restore what was backed up before';
END
$$;
-- +goose StatementEnd
