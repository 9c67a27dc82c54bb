-- +goose Up
CREATE INDEX web_session_account ON web_session (account) WHERE account <> '';

-- +goose Down
DROP INDEX web_session_account;
