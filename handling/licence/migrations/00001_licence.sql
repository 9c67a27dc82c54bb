-- +goose Up
-- What a granted case gives: a licence, or a document of approval or record. The row begins as an order and ends as a licence in force.
CREATE TABLE licence_licence (
  id           text PRIMARY KEY,
  case_id      text NOT NULL,
  case_number  text NOT NULL,
  item         text NOT NULL,
  item_name    text NOT NULL,
  edition      bigint NOT NULL,
  batch        text NOT NULL, -- the submission the case came with
  unit         text NOT NULL,
  holder       text NOT NULL, -- party
  holder_name  text NOT NULL,
  holder_kind  text NOT NULL,
  kind         text NOT NULL, -- licence, approval, record; empty until numbered
  name         text NOT NULL,
  type         text NOT NULL, -- licence type code, 21 characters
  number       text NOT NULL,
  identifier   text NOT NULL, -- GB/T 36904
  code         text NOT NULL, -- for checking; not guessable
  issuer       text NOT NULL,
  issuer_code  text NOT NULL,
  issued_on    text NOT NULL, -- day
  valid_until  text NOT NULL, -- last day; empty: long-term
  face         text NOT NULL, -- sealed
  seal         text NOT NULL,
  seal_use     text NOT NULL,
  file         text NOT NULL, -- row of the signed document in the file store
  blob         text NOT NULL, -- name of its bytes
  hash         text NOT NULL, -- SM3 of its bytes
  state        text NOT NULL,
  reason       text NOT NULL, -- of the last change of state
  basis        text NOT NULL,
  decided_by   text NOT NULL,
  decided_name text NOT NULL,
  ordered_at   timestamptz NOT NULL,
  numbered_at  timestamptz,
  issued_at    timestamptz,
  ended_at     timestamptz,
  fault        text NOT NULL, -- why making it failed the last time
  version      bigint NOT NULL
);
-- One licence for a granted case; one that was voided before it was issued may be made again.
CREATE UNIQUE INDEX licence_licence_case ON licence_licence (case_id) WHERE state <> 'voided';
CREATE UNIQUE INDEX licence_licence_code ON licence_licence (code);
CREATE UNIQUE INDEX licence_licence_number ON licence_licence (number) WHERE number <> '';
CREATE UNIQUE INDEX licence_licence_identifier ON licence_licence (identifier) WHERE identifier <> '';
CREATE INDEX licence_licence_holder ON licence_licence (holder, id);
CREATE INDEX licence_licence_batch ON licence_licence (batch, id);
CREATE INDEX licence_licence_open ON licence_licence (state, id) WHERE state IN ('ordered', 'numbered', 'sealing');
CREATE INDEX licence_licence_ending ON licence_licence (valid_until) WHERE state = 'valid' AND valid_until <> '';

-- Every number that was ever taken, issued or voided, without a gap (I7).
CREATE TABLE licence_number (
  series    text NOT NULL,
  period    text NOT NULL,
  seq       bigint NOT NULL,
  number    text NOT NULL UNIQUE,
  licence   text NOT NULL UNIQUE REFERENCES licence_licence (id),
  taken_at  timestamptz NOT NULL,
  voided_at timestamptz,
  PRIMARY KEY (series, period, seq)
);

-- +goose Down
DROP TABLE licence_number;
DROP TABLE licence_licence;
