-- +goose Up
-- Rows that were purged before belong to nobody until the store is rebuilt.
ALTER TABLE purged
    ADD COLUMN account text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN client  text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX purged_of_account ON purged (account, stream) WHERE account <> '';

-- +goose Down
DROP INDEX purged_of_account;
ALTER TABLE purged DROP COLUMN account, DROP COLUMN client;
