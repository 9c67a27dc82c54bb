-- +goose Up
-- Another house that vouches for people (身份平台), as the county is registered with it. Who puts it down is not who puts it in force.
CREATE TABLE identity_provider (
  code    text PRIMARY KEY,
  title   text NOT NULL,
  side    text NOT NULL CHECK (side IN ('citizen', 'staff')),
  issuer  text NOT NULL,
  client  text NOT NULL, -- the county's name there
  secret  text NOT NULL, -- sealed: the provider wants to see it, so a hash would not do
  scopes  text NOT NULL,
  name_claim   text NOT NULL,
  number_claim text NOT NULL,
  phone_claim  text NOT NULL,
  level_claim  text NOT NULL,
  levels  text NOT NULL, -- values of level_claim that are enough, separated by spaces; * is any
  anew    boolean NOT NULL, -- people must sign in there each time
  state   text NOT NULL CHECK (state IN ('waiting', 'on', 'off')),
  set_by  text NOT NULL,
  set_at  timestamptz NOT NULL,
  version bigint NOT NULL
);

-- A person of a provider and his account here.
CREATE TABLE identity_link (
  id       text PRIMARY KEY,
  provider text NOT NULL REFERENCES identity_provider (code),
  subject  text NOT NULL, -- blind index of provider, issuer and subject: what it is called there is nobody's business here
  account  text NOT NULL,
  enough   boolean NOT NULL, -- the level last told was enough: 实名 for citizens, two factors for staff
  state    text NOT NULL CHECK (state IN ('linked', 'ended')),
  made_at  timestamptz NOT NULL,
  used_at  timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE UNIQUE INDEX identity_link_subject ON identity_link (subject) WHERE state = 'linked';
CREATE UNIQUE INDEX identity_link_account ON identity_link (account, provider) WHERE state = 'linked';

-- +goose Down
DROP TABLE identity_link;
DROP TABLE identity_provider;
