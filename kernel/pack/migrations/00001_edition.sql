-- +goose Up
CREATE TABLE pack_edition (
  number       bigint PRIMARY KEY,
  published_at timestamptz NOT NULL,
  published_by text NOT NULL,
  note         text NOT NULL,
  meta         text NOT NULL
);
-- Content-addressed: a definition that does not change from edition to edition is stored once.
CREATE TABLE pack_definition (
  digest text PRIMARY KEY,
  kind   text NOT NULL,
  code   text NOT NULL,
  body   text NOT NULL
);
CREATE TABLE pack_entry (
  edition bigint NOT NULL REFERENCES pack_edition (number),
  kind    text NOT NULL,
  code    text NOT NULL,
  version bigint NOT NULL,
  digest  text NOT NULL REFERENCES pack_definition (digest),
  place   bigint NOT NULL,
  PRIMARY KEY (edition, kind, code)
);

-- +goose Down
DROP TABLE pack_entry;
DROP TABLE pack_definition;
DROP TABLE pack_edition;
