-- +goose Up
CREATE TABLE portal_miss (
  words    text PRIMARY KEY, -- what was searched for, squeezed; never longer than 40 characters, never a number
  times    bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  state    text NOT NULL CHECK (state IN ('open', 'done')),
  note     text NOT NULL DEFAULT '',
  done_by  text NOT NULL DEFAULT ''
);
CREATE INDEX portal_miss_open ON portal_miss (times, words) WHERE state = 'open';

CREATE TABLE portal_demand (
  item  text NOT NULL,
  month text NOT NULL, -- 2026-11
  times bigint NOT NULL,
  PRIMARY KEY (item, month)
);

CREATE TABLE portal_report (
  id          text PRIMARY KEY,
  number      text NOT NULL UNIQUE,
  page        text NOT NULL,
  kind        text NOT NULL,
  words       text NOT NULL,
  phone       text NOT NULL DEFAULT '', -- sealed
  phone_mask  text NOT NULL DEFAULT '',
  unit        text NOT NULL,
  state       text NOT NULL CHECK (state IN ('open', 'mended', 'declined')),
  answer      text NOT NULL DEFAULT '',
  answered_by text NOT NULL DEFAULT '',
  made_at     timestamptz NOT NULL,
  answered_at timestamptz,
  version     bigint NOT NULL
);
CREATE INDEX portal_report_unit ON portal_report (unit, id);
CREATE INDEX portal_report_open ON portal_report (id) WHERE state = 'open';

-- +goose Down
DROP TABLE portal_report;
DROP TABLE portal_demand;
DROP TABLE portal_miss;
