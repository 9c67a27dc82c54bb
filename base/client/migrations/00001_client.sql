-- +goose Up
CREATE TABLE client_client (
  id          text PRIMARY KEY, -- shown to the program as client_id
  name        text NOT NULL,
  unit        text NOT NULL,
  contact     text NOT NULL,
  note        text NOT NULL,
  permissions json NOT NULL,
  per_minute  bigint NOT NULL CHECK (per_minute > 0),
  per_day     bigint NOT NULL CHECK (per_day > 0),
  secret_hash text NOT NULL, -- the secret itself is nowhere
  epoch       bigint NOT NULL, -- grows with every new secret: tokens of an earlier one are worthless
  state       text NOT NULL CHECK (state IN ('active', 'suspended')),
  made_by     text NOT NULL,
  made_at     timestamptz NOT NULL,
  rotated_at  timestamptz NOT NULL,
  token_at    timestamptz,
  version     bigint NOT NULL
);
CREATE INDEX client_client_unit ON client_client (unit, id);

-- How often a program called, a row for each day. It is counted in memory and written a few times a minute.
CREATE TABLE client_use (
  client  text NOT NULL REFERENCES client_client (id),
  day     text NOT NULL,
  calls   bigint NOT NULL,
  refused bigint NOT NULL,
  PRIMARY KEY (client, day)
);

-- +goose Down
DROP TABLE client_use;
DROP TABLE client_client;
