-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY web_session_account ON web_session (account) WHERE account <> '';

-- +goose Down
DROP INDEX CONCURRENTLY web_session_account;
