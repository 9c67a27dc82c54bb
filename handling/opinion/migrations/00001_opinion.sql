-- +goose Up
-- What another unit was asked about a case, and what it answered.
CREATE TABLE opinion_opinion (
  id         text PRIMARY KEY,
  case_id    text NOT NULL,
  no         bigint NOT NULL,
  unit       text NOT NULL,
  question   text NOT NULL,
  days       bigint NOT NULL,
  asked_by   text NOT NULL,
  asked_at   timestamptz NOT NULL,
  due_at     timestamptz NOT NULL,
  conclusion text NOT NULL CHECK (conclusion IN ('', 'agree', 'conditions', 'disagree', 'recalled')),
  words      text NOT NULL,
  given_by   text NOT NULL,
  given_name text NOT NULL,
  given_at   timestamptz
);
CREATE UNIQUE INDEX opinion_opinion_case ON opinion_opinion (case_id, no);

-- +goose Down
DROP TABLE opinion_opinion;
