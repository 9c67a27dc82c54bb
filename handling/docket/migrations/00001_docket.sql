-- +goose Up
CREATE TABLE docket_filter (
  id      text PRIMARY KEY,
  account text NOT NULL,
  name    text NOT NULL,
  query   text NOT NULL,
  made_at timestamptz NOT NULL,
  UNIQUE (account, name)
);

-- +goose Down
DROP TABLE docket_filter;
