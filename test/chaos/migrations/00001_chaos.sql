-- +goose Up
CREATE TABLE chaos_case (
  id     text PRIMARY KEY,
  form   text NOT NULL,
  number bigint NOT NULL,
  state  text NOT NULL
);
CREATE INDEX chaos_case_form ON chaos_case (form);
CREATE TABLE chaos_heard (
  id      text PRIMARY KEY,
  case_id text NOT NULL,
  what    text NOT NULL
);
CREATE INDEX chaos_heard_case ON chaos_heard (case_id);

-- +goose Down
DROP TABLE chaos_heard;
DROP TABLE chaos_case;
