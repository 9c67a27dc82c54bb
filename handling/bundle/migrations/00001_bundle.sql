-- +goose Up
-- What somebody has begun and not yet submitted. Its id is the group of values and pieces, and becomes the submission's id.
CREATE TABLE bundle_draft (
  id         text PRIMARY KEY,
  account    text NOT NULL, -- owner; empty while the person is not signed in
  secret     text NOT NULL, -- blind index of what the guest's session keeps; empty once an account owns it
  applicant  text NOT NULL, -- party; empty until known
  agent      text NOT NULL, -- account of the clerk or helper who fills it for the applicant
  unit       text NOT NULL, -- of that clerk
  channel    text NOT NULL,
  bundles    json NOT NULL,
  slug       text NOT NULL, -- codes of the things, sorted and joined: finds the unfinished one
  title      text NOT NULL,
  edition    bigint NOT NULL, -- pinned when it was begun (I18)
  answers    json NOT NULL,
  step       text NOT NULL, -- where the person left
  state      text NOT NULL CHECK (state IN ('open', 'submitted', 'dropped')),
  made_at    timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version    bigint NOT NULL
);
CREATE INDEX bundle_draft_owner ON bundle_draft (account, updated_at, id) WHERE state = 'open';
CREATE INDEX bundle_draft_age ON bundle_draft (updated_at, id) WHERE state = 'open';

CREATE TABLE bundle_submission (
  id             text PRIMARY KEY REFERENCES bundle_draft (id), -- I2: one submission of a draft
  number         text NOT NULL UNIQUE,
  bundles        json NOT NULL,
  title          text NOT NULL,
  lead           text NOT NULL, -- unit that leads
  edition        bigint NOT NULL,
  answers        json NOT NULL,
  account        text NOT NULL,
  applicant      text NOT NULL CHECK (applicant <> ''),
  applicant_name text NOT NULL,
  agent          text NOT NULL,
  agent_name     text NOT NULL,
  channel        text NOT NULL,
  way            text NOT NULL, -- window, post, download
  declared       json NOT NULL, -- the declarations as they were signed
  given          json NOT NULL, -- how many values and pieces were with it (I1)
  state          text NOT NULL CHECK (state IN ('running', 'decided', 'delivered')),
  partial_at     timestamptz, -- when the applicant asked for what is ready
  submitted_at   timestamptz NOT NULL,
  due_at         timestamptz, -- promised when it was submitted; the clocks of the cases rule
  decided_at     timestamptz,
  delivered_at   timestamptz,
  version        bigint NOT NULL
);
CREATE INDEX bundle_submission_applicant ON bundle_submission (applicant, id);
CREATE INDEX bundle_submission_account ON bundle_submission (account, id);

-- One item of a submission, and what must be granted before it.
CREATE TABLE bundle_part (
  submission     text NOT NULL REFERENCES bundle_submission (id),
  item           text NOT NULL,
  item_name      text NOT NULL,
  place          bigint NOT NULL,
  case_id        text NOT NULL UNIQUE,
  case_number    text NOT NULL,
  unit           text NOT NULL,
  after_items    json NOT NULL,
  why            text NOT NULL,
  state          text NOT NULL CHECK (state IN ('waiting', 'handling', 'granted', 'refused', 'declined', 'lapsed', 'withdrawn')),
  blocked        text NOT NULL, -- name of the item before it that failed; the applicant chooses what to do
  reason         text NOT NULL, -- of a refusal or withdrawal
  notice         text NOT NULL, -- number of the written decision
  licence        text NOT NULL, -- id of what was issued
  licence_number text NOT NULL,
  ready          boolean NOT NULL, -- its result can be handed over
  parcel         text NOT NULL, -- the parcel it went into
  decided_at     timestamptz,
  delivered_at   timestamptz,
  PRIMARY KEY (submission, item)
);

-- What a unit asked to be mended, gathered into one letter for the applicant (一次性告知).
CREATE TABLE bundle_correction (
  id          text PRIMARY KEY,
  letter      text NOT NULL,
  submission  text NOT NULL REFERENCES bundle_submission (id),
  case_id     text NOT NULL,
  item_name   text NOT NULL,
  unit        text NOT NULL,
  notice      text NOT NULL,
  defects     json NOT NULL,
  until_at    timestamptz,
  asked_at    timestamptz NOT NULL,
  read_at     timestamptz, -- the applicant opened the letter; what comes later is a new letter
  supplied_at timestamptz,
  UNIQUE (case_id, notice)
);
CREATE INDEX bundle_correction_open ON bundle_correction (submission, id) WHERE supplied_at IS NULL;

-- Wrong answers to the question of the last four digits, by visitor and by receipt.
CREATE TABLE bundle_wrong (
  who      text PRIMARY KEY, -- blind index
  times    bigint NOT NULL,
  last_at  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE bundle_wrong;
DROP TABLE bundle_correction;
DROP TABLE bundle_part;
DROP TABLE bundle_submission;
DROP TABLE bundle_draft;
