-- +goose Up
CREATE TABLE chaos_case (
  id     text PRIMARY KEY,
  form   text NOT NULL,
  number bigint NOT NULL
);
CREATE TABLE chaos_heard (
  id      text PRIMARY KEY,
  case_id text NOT NULL
);

-- +goose Down
DROP TABLE chaos_heard;
DROP TABLE chaos_case;
