-- +goose Up
-- Wrong answers are counted by reach/tracking, which forgets them after a day; nothing is carried over.
DROP TABLE bundle_wrong;

-- +goose Down
CREATE TABLE bundle_wrong (
  who      text PRIMARY KEY,
  times    bigint NOT NULL,
  last_at  timestamptz NOT NULL
);
