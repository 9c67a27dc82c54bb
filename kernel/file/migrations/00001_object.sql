-- +goose Up
CREATE TABLE file_object (
  id       text PRIMARY KEY,
  hash     text NOT NULL,
  size     bigint NOT NULL,
  kind     text NOT NULL,
  name     text NOT NULL,
  given_by text NOT NULL,
  given_at timestamptz NOT NULL
);
CREATE INDEX file_object_hash ON file_object (hash);

-- +goose Down
DROP TABLE file_object;
