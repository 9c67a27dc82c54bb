-- +goose Up
-- A clock is found by its subject and name. The dates beside it are derived from the entries and kept only to be searched by.
CREATE TABLE clock_clock (
  id          text PRIMARY KEY,
  subject     text NOT NULL,
  name        text NOT NULL,
  title       text NOT NULL,
  unit        text NOT NULL,
  holder      text NOT NULL,
  terms       text NOT NULL,
  phase       text NOT NULL,
  started_at  timestamptz NOT NULL,
  stopped_at  timestamptz,
  promised_at timestamptz,
  legal_at    timestamptz,
  next_at     timestamptz,
  marks       text NOT NULL,
  entries     bigint NOT NULL
);
CREATE UNIQUE INDEX clock_clock_subject ON clock_clock (subject, name);
CREATE INDEX clock_clock_next ON clock_clock (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE clock_entry (
  clock text NOT NULL REFERENCES clock_clock (id),
  seq   bigint NOT NULL,
  body  text NOT NULL,
  PRIMARY KEY (clock, seq)
);

-- The working calendar: a row for each day that is not what its weekday says. A later layer overrules an earlier one.
CREATE TABLE clock_day (
  layer  text NOT NULL,
  day    text NOT NULL,
  kind   text NOT NULL,
  name   text NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (layer, day)
);
CREATE TABLE clock_calendar (
  version    bigint PRIMARY KEY,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  note       text NOT NULL
);

-- +goose Down
DROP TABLE clock_calendar;
DROP TABLE clock_day;
DROP TABLE clock_entry;
DROP TABLE clock_clock;
