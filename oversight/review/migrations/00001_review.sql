-- +goose Up
-- One invitation a thing done (一事一评). The token is kept as a blind index only; it stands in the message.
CREATE TABLE review_invitation (
  id             text PRIMARY KEY,
  token          text NOT NULL UNIQUE,
  batch          text NOT NULL UNIQUE, -- group of cases
  title          text NOT NULL,
  applicant      text NOT NULL,
  applicant_name text NOT NULL,
  unit           text NOT NULL, -- lead
  way            text NOT NULL, -- online or offline: which template of dimensions
  sent_on        text NOT NULL,
  sent_at        timestamptz NOT NULL
);
CREATE INDEX review_invitation_day ON review_invitation (sent_on, unit);

CREATE TABLE review_part (
  invitation text NOT NULL REFERENCES review_invitation (id),
  case_id    text NOT NULL,
  number     text NOT NULL,
  item_name  text NOT NULL,
  unit       text NOT NULL,
  PRIMARY KEY (invitation, case_id)
);
CREATE INDEX review_part_case ON review_part (case_id);

-- Round 1 is the review; round 2 the one re-rating after a rectification. Both stay.
CREATE TABLE review_review (
  id          text PRIMARY KEY,
  invitation  text NOT NULL REFERENCES review_invitation (id),
  round       bigint NOT NULL CHECK (round IN (1, 2)),
  unit        text NOT NULL, -- the one it is about
  about       text NOT NULL, -- case id, empty: the whole thing
  grade       bigint NOT NULL CHECK (grade BETWEEN 1 AND 5),
  dimensions  json NOT NULL,
  words       text NOT NULL,
  shown       text NOT NULL, -- words with personal data masked
  publication text NOT NULL CHECK (publication IN ('none', 'waiting', 'published', 'withheld')),
  channel     text NOT NULL,
  excluded    boolean NOT NULL,
  given_on    text NOT NULL,
  given_at    timestamptz NOT NULL,
  version     bigint NOT NULL,
  UNIQUE (invitation, round)
);
CREATE INDEX review_review_unit ON review_review (unit, id);
CREATE INDEX review_review_shown ON review_review (publication, id);

-- 差评整改.
CREATE TABLE review_task (
  id          text PRIMARY KEY, -- that of the review
  unit        text NOT NULL,
  state       text NOT NULL,
  verifier    text NOT NULL,
  rectifier   text NOT NULL,
  visitor     text NOT NULL,
  opened_at   timestamptz NOT NULL,
  due_at      timestamptz NOT NULL,
  verified_at timestamptz,
  rectified_at timestamptz,
  visited_at  timestamptz,
  satisfied   boolean NOT NULL,
  ended_at    timestamptz,
  version     bigint NOT NULL
);
CREATE INDEX review_task_unit ON review_task (unit, state, due_at);

CREATE TABLE review_step (
  id         text PRIMARY KEY,
  task       text NOT NULL REFERENCES review_task (id),
  act        text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  how        text NOT NULL, -- how and with whom the call-back went
  words      text NOT NULL,
  evidence   text NOT NULL, -- file
  actor      text NOT NULL,
  actor_name text NOT NULL,
  unit       text NOT NULL,
  at         timestamptz NOT NULL
);
CREATE INDEX review_step_task ON review_step (task, id);

-- +goose Down
DROP TABLE review_step;
DROP TABLE review_task;
DROP TABLE review_review;
DROP TABLE review_part;
DROP TABLE review_invitation;
