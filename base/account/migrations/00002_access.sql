-- +goose Up
-- A change of rights or a new start that a second administrator must confirm (三员分立).
CREATE TABLE account_change (
  id         text PRIMARY KEY,
  account    text NOT NULL REFERENCES account_account (id),
  kind       text NOT NULL CHECK (kind IN ('roles', 'restart')),
  roles      text NOT NULL, -- codes to be given, separated by spaces
  reason     text NOT NULL,
  asked_by   text NOT NULL,
  asked_name text NOT NULL,
  asked_at   timestamptz NOT NULL,
  state      text NOT NULL CHECK (state IN ('waiting', 'confirmed', 'refused')),
  ruled_by   text NOT NULL,
  ruled_at   timestamptz
);
CREATE INDEX account_change_waiting ON account_change (state, id);

-- Earlier passwords of staff, so that none comes back, and when each was set.
CREATE TABLE account_password (
  account text NOT NULL REFERENCES account_account (id),
  set_at  timestamptz NOT NULL,
  hash    text NOT NULL,
  PRIMARY KEY (account, set_at)
);

-- +goose Down
DROP TABLE account_password;
DROP TABLE account_change;
