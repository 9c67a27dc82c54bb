-- +goose Up
CREATE TABLE notify_message (
  id        text PRIMARY KEY,
  recipient text NOT NULL,
  title     text NOT NULL,
  body      text NOT NULL,
  url       text NOT NULL,
  sent_at   timestamptz NOT NULL,
  read_at   timestamptz
);
CREATE INDEX notify_message_recipient ON notify_message (recipient, id);
CREATE TABLE notify_sms (
  id      text PRIMARY KEY,
  phone   text NOT NULL,
  body    text NOT NULL,
  state   text NOT NULL CHECK (state IN ('waiting', 'sent')),
  made_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE notify_sms;
DROP TABLE notify_message;
