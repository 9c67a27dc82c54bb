-- +goose Up
CREATE TABLE seal_seal (
  code           text PRIMARY KEY,
  name           text NOT NULL, -- as it stands on the mark
  unit           text NOT NULL, -- whose seal it is
  keeper         text NOT NULL, -- account of the person who answers for it (保管人)
  keeper_name    text NOT NULL,
  state          text NOT NULL CHECK (state IN ('active', 'suspended', 'destroyed')),
  rule           text NOT NULL, -- name of the rule by which uses are released; empty: by hand
  rule_purposes  text NOT NULL, -- purposes the rule covers, separated by spaces
  rule_by        text NOT NULL, -- account that answers for the rule
  rule_by_name   text NOT NULL,
  certificate    text NOT NULL, -- PEM
  valid_from     timestamptz NOT NULL,
  valid_until    timestamptz NOT NULL,
  established_by text NOT NULL,
  established_at timestamptz NOT NULL,
  version        bigint NOT NULL
);

-- The use register (用印登记). A row is there before anything is signed, and stays.
CREATE TABLE seal_use (
  id            text PRIMARY KEY,
  seal          text NOT NULL REFERENCES seal_seal (code),
  subject       text NOT NULL, -- module:id of what is sealed, once only
  case_number   text NOT NULL,
  title         text NOT NULL, -- of the document
  hash          text NOT NULL, -- SM3 of the document, hex
  file          text NOT NULL, -- name of the document's bytes in the file store
  purpose       text NOT NULL,
  state         text NOT NULL CHECK (state IN ('intended', 'released', 'signed', 'voided')),
  requested_by  text NOT NULL,
  requested_at  timestamptz NOT NULL,
  decided_by    text NOT NULL, -- account whose decision is sealed
  decided_name  text NOT NULL,
  released_by   text NOT NULL, -- account, or the person behind the rule
  released_name text NOT NULL,
  released_rule text NOT NULL, -- empty: by hand
  released_at   timestamptz,
  reason        text NOT NULL, -- why it was voided
  voided_by     text NOT NULL,
  ended_at      timestamptz,
  version       bigint NOT NULL
);
CREATE UNIQUE INDEX seal_use_subject ON seal_use (subject);
CREATE INDEX seal_use_open ON seal_use (state, requested_at, id);
CREATE INDEX seal_use_seal ON seal_use (seal, id);

CREATE TABLE seal_signature (
  use         text PRIMARY KEY REFERENCES seal_use (id),
  hash        text NOT NULL, -- SM3 of what was signed; must be the hash of the intent
  signature   text NOT NULL, -- SM2 with SM3, DER, base64
  certificate text NOT NULL, -- PEM, as it was then
  signed_at   timestamptz NOT NULL
);

-- +goose Down
DROP TABLE seal_signature;
DROP TABLE seal_use;
DROP TABLE seal_seal;
