-- +goose Up
-- One row a case: what the cockpit counts and what the rates are made of. Written by the listeners of casework alone.
CREATE TABLE efficiency_case (
  case_id     text PRIMARY KEY,
  number      text NOT NULL,
  item        text NOT NULL,
  item_name   text NOT NULL,
  unit        text NOT NULL,
  holder      text NOT NULL,
  state       text NOT NULL,
  stage       text NOT NULL,
  instant     boolean NOT NULL,
  opened_at   timestamptz NOT NULL,
  due_at      timestamptz,
  legal_at    timestamptz,
  counted_on  text NOT NULL, -- day of the decision, once it stands in efficiency_day; empty before
  promised    bigint NOT NULL, -- minutes of office time, 480 a working day
  statutory   bigint NOT NULL,
  actual      bigint NOT NULL, -- pauses left out
  on_time     bigint NOT NULL,
  early       bigint NOT NULL,
  legal_late  bigint NOT NULL
);
CREATE INDEX efficiency_case_open ON efficiency_case (unit, due_at, case_id) WHERE stage <> 'done';
CREATE INDEX efficiency_case_counted ON efficiency_case (counted_on, unit, case_id);

-- Sums of a day, so that no page adds up cases.
CREATE TABLE efficiency_day (
  day        text NOT NULL,
  unit       text NOT NULL,
  item       text NOT NULL,
  closed     bigint NOT NULL,
  on_time    bigint NOT NULL,
  early      bigint NOT NULL,
  legal_late bigint NOT NULL,
  timed      bigint NOT NULL, -- cases in the three sums: all but those decided on the spot
  promised   bigint NOT NULL,
  statutory  bigint NOT NULL,
  actual     bigint NOT NULL,
  PRIMARY KEY (day, unit, item)
);

CREATE TABLE efficiency_card (
  id          text PRIMARY KEY,
  number      text NOT NULL,
  clock       text NOT NULL,
  mark        text NOT NULL,
  thing       text NOT NULL,
  clock_name  text NOT NULL,
  title       text NOT NULL,
  case_number text NOT NULL, -- empty: the clock is not of a case
  item_name   text NOT NULL,
  unit        text NOT NULL,
  holder      text NOT NULL,
  holder_name text NOT NULL,
  severity    text NOT NULL CHECK (severity IN ('blue', 'yellow', 'red', 'grave')),
  basis       text NOT NULL,
  points      bigint NOT NULL, -- hundredths
  crossed_at  timestamptz NOT NULL, -- in law
  due_words   text NOT NULL,
  issued_at   timestamptz NOT NULL,
  state       text NOT NULL,
  term        text NOT NULL, -- name of the clock that runs for the card
  due_at      timestamptz,
  overdue     bigint NOT NULL, -- how often a step of the card's life was late
  ended_at    timestamptz,
  version     bigint NOT NULL,
  UNIQUE (clock, mark)
);
CREATE INDEX efficiency_card_unit ON efficiency_card (unit, id);
CREATE INDEX efficiency_card_thing ON efficiency_card (thing, id);

-- The life of a card, line by line.
CREATE TABLE efficiency_entry (
  id         text PRIMARY KEY,
  card       text NOT NULL REFERENCES efficiency_card (id),
  act        text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  words      text NOT NULL,
  actor      text NOT NULL,
  actor_name text NOT NULL,
  unit       text NOT NULL,
  at         timestamptz NOT NULL
);
CREATE INDEX efficiency_entry_card ON efficiency_entry (card, id);

-- 催办 and 督办.
CREATE TABLE efficiency_urge (
  id          text PRIMARY KEY,
  number      text NOT NULL, -- only an instruction has one
  kind        text NOT NULL CHECK (kind IN ('urge', 'instruct')),
  case_id     text NOT NULL,
  case_number text NOT NULL,
  item_name   text NOT NULL,
  unit        text NOT NULL,
  holder      text NOT NULL,
  words       text NOT NULL,
  made_by     text NOT NULL,
  made_name   text NOT NULL,
  made_at     timestamptz NOT NULL,
  due_at      timestamptz,
  answer      text NOT NULL,
  answered_by text NOT NULL,
  answered_name text NOT NULL,
  answered_at timestamptz,
  state       text NOT NULL CHECK (state IN ('open', 'answered', 'moved'))
);
CREATE INDEX efficiency_urge_case ON efficiency_urge (case_id, id);

-- +goose Down
DROP TABLE efficiency_urge;
DROP TABLE efficiency_entry;
DROP TABLE efficiency_card;
DROP TABLE efficiency_day;
DROP TABLE efficiency_case;
