-- +goose Up
CREATE TABLE webhook_subscription (
  id           text PRIMARY KEY,
  client       text NOT NULL,
  unit         text NOT NULL,
  url          text NOT NULL,
  events       json NOT NULL,
  algorithm    text NOT NULL CHECK (algorithm IN ('sha256', 'sm3')),
  state        text NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
  reason       text NOT NULL,
  secret       text NOT NULL, -- sealed: signing needs it, so a hash would not do
  former       text NOT NULL, -- sealed; the secret before, while both count
  former_until timestamptz,
  failures     bigint NOT NULL,
  quiet_until  timestamptz,
  sent_at      timestamptz,
  made_by      text NOT NULL,
  made_at      timestamptz NOT NULL,
  version      bigint NOT NULL
);
CREATE INDEX webhook_subscription_client ON webhook_subscription (client, id);

CREATE TABLE webhook_message (
  id           text PRIMARY KEY,
  subscription text NOT NULL REFERENCES webhook_subscription (id),
  event        text NOT NULL, -- webhook-id: the same over all tries
  name         text NOT NULL,
  subject      text NOT NULL,
  unit         text NOT NULL,
  agent        text NOT NULL,
  body         text NOT NULL,
  state        text NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'dropped', 'withheld')),
  tries        bigint NOT NULL,
  next_at      timestamptz NOT NULL, -- on the wall clock, as retries are
  made_at      timestamptz NOT NULL,
  ended_at     timestamptz,
  reason       text NOT NULL,
  UNIQUE (subscription, event)
);
CREATE INDEX webhook_message_log ON webhook_message (subscription, id);
CREATE INDEX webhook_message_waiting ON webhook_message (next_at) WHERE state = 'waiting';
CREATE INDEX webhook_message_dead ON webhook_message (id) WHERE state = 'dead';
CREATE INDEX webhook_message_ended ON webhook_message (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_try (
  id      text PRIMARY KEY,
  message text NOT NULL REFERENCES webhook_message (id) ON DELETE CASCADE,
  at      timestamptz NOT NULL,
  status  bigint NOT NULL, -- 0: no answer
  millis  bigint NOT NULL,
  reason  text NOT NULL,   -- empty: it arrived
  answer  text NOT NULL
);
CREATE INDEX webhook_try_message ON webhook_try (message, id);

-- +goose Down
DROP TABLE webhook_try;
DROP TABLE webhook_message;
DROP TABLE webhook_subscription;
