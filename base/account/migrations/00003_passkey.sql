-- +goose Up
-- A key by which a member of staff signs in without a password (通行密钥). What was removed or blocked stays, so that it is known for ever.
CREATE TABLE account_passkey (
  id      text PRIMARY KEY, -- the authenticator's name for it
  account text NOT NULL REFERENCES account_account (id),
  title   text NOT NULL,
  host    text NOT NULL, -- of the site it was made for
  public  text NOT NULL, -- the public key
  counter bigint NOT NULL,
  synced  boolean NOT NULL,
  state   text NOT NULL CHECK (state IN ('active', 'removed', 'blocked')),
  made_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX account_passkey_account ON account_passkey (account, id);

-- +goose Down
DROP TABLE account_passkey;
