-- +goose Up
CREATE TABLE party_party (
  id           text PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('person', 'company')),
  name         text NOT NULL,
  number_kind  text NOT NULL, -- GA/T 517 code, or uscc
  number       text NOT NULL, -- sealed
  number_index text NOT NULL,
  number_mask  text NOT NULL,
  tail_index   text NOT NULL, -- of the last four characters, for tracking without login
  phone        text NOT NULL, -- sealed
  phone_mask   text NOT NULL,
  region       text NOT NULL,
  address      text NOT NULL,
  made_at      timestamptz NOT NULL,
  version      bigint NOT NULL
);
CREATE UNIQUE INDEX party_party_number ON party_party (number_index);
CREATE INDEX party_party_name ON party_party (name, id);

-- The pairs of neighbouring characters of each name, so that part of a name finds its party on both engines without reading all of them.
CREATE TABLE party_gram (
  gram  text NOT NULL,
  party text NOT NULL,
  PRIMARY KEY (gram, party)
);

-- +goose Down
DROP TABLE party_gram;
DROP TABLE party_party;
