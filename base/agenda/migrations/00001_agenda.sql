-- +goose Up
CREATE TABLE agenda_link (
  account text PRIMARY KEY,
  digest  text NOT NULL UNIQUE, -- of the secret in the address; the secret itself is nowhere
  made_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE agenda_link;
