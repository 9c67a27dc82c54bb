-- +goose Up
CREATE TABLE file_caught (
  id       text PRIMARY KEY,
  hash     text NOT NULL,
  size     bigint NOT NULL,
  name     text NOT NULL,
  virus    text NOT NULL,
  given_by text NOT NULL,
  given_at timestamptz NOT NULL,
  held     boolean NOT NULL
);
CREATE INDEX file_caught_hash ON file_caught (hash);

-- +goose Down
DROP TABLE file_caught;
