-- +goose Up
-- Rows that were purged before belong to nobody until the store is rebuilt.
ALTER TABLE purged ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE purged ADD COLUMN client TEXT NOT NULL DEFAULT '';
CREATE INDEX purged_of_account ON purged (account, stream) WHERE account <> '';

-- +goose Down
DROP INDEX purged_of_account;
ALTER TABLE purged DROP COLUMN client;
ALTER TABLE purged DROP COLUMN account;
