-- +goose Up
-- Whose a session is, and that it was ended from elsewhere: such a one stays until its time is over, so that a request under way cannot
-- bring it back by writing it once more.
ALTER TABLE web_session ADD COLUMN account text NOT NULL DEFAULT '';
ALTER TABLE web_session ADD COLUMN ended boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE web_session DROP COLUMN ended;
ALTER TABLE web_session DROP COLUMN account;
