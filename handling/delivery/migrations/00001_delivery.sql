-- +goose Up
-- A parcel: what came of one submission, handed over together (一次送达).
CREATE TABLE delivery_parcel (
  id             text PRIMARY KEY,
  batch          text NOT NULL UNIQUE, -- the submission
  title          text NOT NULL,
  applicant      text NOT NULL,
  applicant_name text NOT NULL,
  phone          text NOT NULL, -- sealed
  way            text NOT NULL CHECK (way IN ('window', 'post', 'download')),
  address        text NOT NULL, -- sealed; for the post
  outlet         text NOT NULL, -- unit whose window hands it over
  state          text NOT NULL CHECK (state IN ('ready', 'posted', 'completed')),
  asked          text NOT NULL, -- how the applicant asked for a part of the results first
  code           text NOT NULL, -- pick-up code, sealed
  code_index     text NOT NULL, -- empty once it is no longer good
  carrier        text NOT NULL,
  tracking       text NOT NULL,
  tries          bigint NOT NULL, -- wrong last four characters in a row
  tried_at       timestamptz,
  checked_by     text NOT NULL, -- clerk who found the person to be the right one
  checked_at     timestamptz,
  ready_at       timestamptz NOT NULL,
  posted_at      timestamptz,
  reminded_at    timestamptz,
  completed_at   timestamptz,
  version        bigint NOT NULL
);
CREATE UNIQUE INDEX delivery_parcel_code ON delivery_parcel (code_index) WHERE code_index <> '';
CREATE INDEX delivery_parcel_open ON delivery_parcel (outlet, way, ready_at, id) WHERE state <> 'completed';
CREATE INDEX delivery_parcel_applicant ON delivery_parcel (applicant, id);

CREATE TABLE delivery_result (
  case_id     text PRIMARY KEY,
  parcel      text NOT NULL REFERENCES delivery_parcel (id),
  case_number text NOT NULL,
  name        text NOT NULL, -- of the item
  unit        text NOT NULL,
  granted     boolean NOT NULL,
  licence     text NOT NULL, -- empty: the written decision
  number      text NOT NULL, -- of the licence or document, where known
  sent        boolean NOT NULL, -- it is with the post
  hand        text NOT NULL, -- the handing over; empty: still here
  added_at    timestamptz NOT NULL
);
CREATE INDEX delivery_result_parcel ON delivery_result (parcel, case_id);

-- Each handing over, as its receipt (送达回证) shows it. Rows never change.
CREATE TABLE delivery_hand (
  id            text PRIMARY KEY,
  parcel        text NOT NULL REFERENCES delivery_parcel (id),
  number        text NOT NULL UNIQUE,
  way           text NOT NULL,
  receiver      text NOT NULL,
  relation      text NOT NULL CHECK (relation IN ('self', 'agent')),
  agent_number  text NOT NULL, -- sealed
  agent_mask    text NOT NULL,
  authority     text NOT NULL, -- what shows that the agent may receive
  carrier       text NOT NULL,
  tracking      text NOT NULL,
  clerk         text NOT NULL,
  clerk_name    text NOT NULL,
  unit          text NOT NULL,
  at            timestamptz NOT NULL
);
CREATE INDEX delivery_hand_parcel ON delivery_hand (parcel, id);

-- +goose Down
DROP TABLE delivery_hand;
DROP TABLE delivery_result;
DROP TABLE delivery_parcel;
