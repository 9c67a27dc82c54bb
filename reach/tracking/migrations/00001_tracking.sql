-- +goose Up
-- Wrong answers to the question of the last four digits, by visitor and by receipt. They are forgotten after a day.
CREATE TABLE tracking_wrong (
  who      text PRIMARY KEY, -- blind index
  times    bigint NOT NULL,
  last_at  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE tracking_wrong;
