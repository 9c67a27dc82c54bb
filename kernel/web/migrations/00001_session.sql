-- +goose Up
CREATE TABLE web_session (
  token      text PRIMARY KEY,
  data       text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX web_session_expires ON web_session (expires_at);

-- +goose Down
DROP TABLE web_session;
