-- +goose Up
-- A case (办件): one item asked for by one applicant. Its edition and item version never change (I18).
CREATE TABLE casework_case (
  id             text PRIMARY KEY,
  number         text NOT NULL UNIQUE,
  item           text NOT NULL,
  item_name      text NOT NULL,
  item_version   bigint NOT NULL,
  edition        bigint NOT NULL,
  batch          text NOT NULL, -- the submission it came with; opaque here
  batch_title    text NOT NULL,
  unit           text NOT NULL CHECK (unit <> ''), -- I11: exactly one unit answers for it
  holder         text NOT NULL,
  applicant      text NOT NULL,
  applicant_name text NOT NULL,
  agent          text NOT NULL,
  channel        text NOT NULL,
  instant        boolean NOT NULL,
  state          text NOT NULL,
  stage          text NOT NULL, -- what it waits for; derived from state and flags, kept for lists
  flags          json NOT NULL,
  reason         text NOT NULL,
  notices        bigint NOT NULL, -- how many clocks of art. 32 it has had
  opened_at      timestamptz NOT NULL,
  received_at    timestamptz NOT NULL,
  accepted_at    timestamptz,
  decided_at     timestamptz,
  closed_at      timestamptz,
  due_at         timestamptz NOT NULL, -- derived from the clocks, kept for lists; year 9999: none
  legal_at       timestamptz,
  version        bigint NOT NULL
);
CREATE INDEX casework_case_work ON casework_case (unit, stage, due_at, id) WHERE stage <> 'done';
CREATE INDEX casework_case_due ON casework_case (due_at, id) WHERE stage <> 'done';
CREATE INDEX casework_case_done ON casework_case (unit, id) WHERE stage = 'done';
CREATE INDEX casework_case_batch ON casework_case (batch, id);
CREATE INDEX casework_case_applicant ON casework_case (applicant, id);
CREATE INDEX casework_case_holder ON casework_case (holder, due_at, id) WHERE holder <> '' AND stage <> 'done';

-- What was done with a case, by whom: the history that separation of duties is judged by.
CREATE TABLE casework_deed (
  id         text PRIMARY KEY,
  case_id    text NOT NULL REFERENCES casework_case (id),
  act        text NOT NULL,
  actor_kind text NOT NULL,
  actor      text NOT NULL,
  actor_name text NOT NULL,
  unit       text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  note       text NOT NULL,
  open       boolean NOT NULL, -- shown to the applicant
  at         timestamptz NOT NULL,
  legal_at   timestamptz NOT NULL -- when it took effect in law
);
CREATE INDEX casework_deed_case ON casework_deed (case_id, id);
-- Separation of duties reads by act; one decision for a case, whoever races.
CREATE UNIQUE INDEX casework_deed_decision ON casework_deed (case_id) WHERE act = 'grant' OR act = 'refuse';

CREATE TABLE casework_notice (
  id        text PRIMARY KEY,
  case_id   text NOT NULL REFERENCES casework_case (id),
  kind      text NOT NULL,
  number    text NOT NULL,
  title     text NOT NULL,
  letter    json NOT NULL, -- the wording as it was issued
  unit      text NOT NULL,
  issuer    text NOT NULL,
  issued_at timestamptz NOT NULL,
  told_at   timestamptz,
  told_how  text NOT NULL
);
CREATE INDEX casework_notice_case ON casework_notice (case_id, id);
CREATE UNIQUE INDEX casework_notice_number ON casework_notice (number);

CREATE TABLE casework_defect (
  id      text PRIMARY KEY,
  case_id text NOT NULL REFERENCES casework_case (id),
  notice  text NOT NULL,
  kind    text NOT NULL CHECK (kind IN ('material', 'element', 'other')),
  thing   text NOT NULL,
  name    text NOT NULL,
  what    text NOT NULL,
  how     text NOT NULL,
  fixed_at timestamptz
);
CREATE INDEX casework_defect_case ON casework_defect (case_id, id);

CREATE TABLE casework_assessment (
  id         text PRIMARY KEY,
  case_id    text NOT NULL REFERENCES casework_case (id),
  grants     boolean NOT NULL,
  words      text NOT NULL,
  points     json NOT NULL,
  actor      text NOT NULL,
  actor_name text NOT NULL,
  at         timestamptz NOT NULL
);
CREATE INDEX casework_assessment_case ON casework_assessment (case_id, id);

CREATE TABLE casework_suspension (
  id         text PRIMARY KEY,
  case_id    text NOT NULL REFERENCES casework_case (id),
  procedure  text NOT NULL,
  name       text NOT NULL,
  document   text NOT NULL,
  reason     text NOT NULL,
  days       bigint NOT NULL,
  from_at    timestamptz NOT NULL,
  until_at   timestamptz,
  ended_at   timestamptz,
  ended_note text NOT NULL
);
CREATE INDEX casework_suspension_case ON casework_suspension (case_id, id);

-- +goose Down
DROP TABLE casework_suspension;
DROP TABLE casework_assessment;
DROP TABLE casework_defect;
DROP TABLE casework_notice;
DROP TABLE casework_deed;
DROP TABLE casework_case;
