-- +goose Up
CREATE TABLE hall_intake (
  id           text PRIMARY KEY,
  clerk        text NOT NULL, -- account
  clerk_name   text NOT NULL,
  unit         text NOT NULL,
  party        text NOT NULL,
  party_name   text NOT NULL,
  party_kind   text NOT NULL,
  card         boolean NOT NULL, -- identity was read from the card itself
  link         text NOT NULL DEFAULT '', -- situation, as the guide writes it
  title        text NOT NULL DEFAULT '',
  draft        text NOT NULL DEFAULT '',
  number       text NOT NULL DEFAULT '', -- of the submission
  state        text NOT NULL CHECK (state IN ('open', 'submitted', 'dropped')),
  made_at      timestamptz NOT NULL,
  submitted_at timestamptz,
  version      bigint NOT NULL
);
CREATE INDEX hall_intake_clerk ON hall_intake (clerk, id);
CREATE UNIQUE INDEX hall_intake_number ON hall_intake (number) WHERE number <> '';

CREATE TABLE hall_mark (
  intake text NOT NULL REFERENCES hall_intake (id),
  type   text NOT NULL,
  mark   text NOT NULL,
  marked_by text NOT NULL,
  at     timestamptz NOT NULL,
  PRIMARY KEY (intake, type)
);

-- +goose Down
DROP TABLE hall_mark;
DROP TABLE hall_intake;
