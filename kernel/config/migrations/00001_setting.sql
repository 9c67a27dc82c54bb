-- +goose Up
CREATE TABLE config_setting (
  name       text PRIMARY KEY,
  value      text NOT NULL,
  changed_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE config_setting;
