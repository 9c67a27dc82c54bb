-- +goose Up
CREATE TABLE account_account (
  id           text PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('staff', 'citizen')),
  login        text NOT NULL UNIQUE,
  name         text NOT NULL,
  unit         text NOT NULL,
  party        text NOT NULL,
  phone        text NOT NULL, -- sealed
  phone_index  text NOT NULL,
  password     text NOT NULL, -- argon2id; empty: no login by password
  totp         text NOT NULL, -- sealed; empty: no second factor
  totp_step    bigint NOT NULL,
  state        text NOT NULL CHECK (state IN ('active', 'off')),
  failures     bigint NOT NULL,
  locked_until timestamptz,
  made_at      timestamptz NOT NULL,
  version      bigint NOT NULL
);
CREATE INDEX account_account_unit ON account_account (unit, id);
CREATE INDEX account_account_phone ON account_account (phone_index) WHERE phone_index <> '';

CREATE TABLE account_role (
  account text NOT NULL REFERENCES account_account (id),
  role    text NOT NULL,
  given_by text NOT NULL,
  given_at timestamptz NOT NULL,
  PRIMARY KEY (account, role)
);

-- A code sent by text message: bound to the phone and the purpose it was asked for, few tries, ten minutes.
CREATE TABLE account_code (
  phone_index text NOT NULL,
  purpose     text NOT NULL,
  code_hash   text NOT NULL,
  tries       bigint NOT NULL,
  sent_at     timestamptz NOT NULL,
  PRIMARY KEY (phone_index, purpose)
);
-- One-time links: the first administrator's, and invitations.
CREATE TABLE account_invitation (
  token_hash text PRIMARY KEY,
  purpose    text NOT NULL,
  made_at    timestamptz NOT NULL,
  used_at    timestamptz
);

-- +goose Down
DROP TABLE account_invitation;
DROP TABLE account_code;
DROP TABLE account_role;
DROP TABLE account_account;
