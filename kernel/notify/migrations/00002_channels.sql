-- +goose Up
-- A message may leave by several channels, fail for good, or come too late to be of use.
ALTER TABLE notify_sms RENAME TO notify_sms_before;
CREATE TABLE notify_sms (
  id       text PRIMARY KEY,
  phone    text NOT NULL, -- sealed; empty: mail only
  mail     text NOT NULL, -- sealed; empty: text message only
  title    text NOT NULL,
  body     text NOT NULL,
  state    text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'expired')),
  wanted   text NOT NULL, -- the one channel it may take, for tests of that channel
  channel  text NOT NULL, -- the one it took
  tries    bigint NOT NULL,
  reason   text NOT NULL, -- what the last try met with
  until_at timestamptz,   -- after that it helps nobody any more, as a code for signing in
  made_at  timestamptz NOT NULL,
  ended_at timestamptz
);
INSERT INTO notify_sms (id, phone, mail, title, body, state, wanted, channel, tries, reason, made_at)
 SELECT id, phone, '', '', body, state, '', '', 0, '', made_at FROM notify_sms_before;
DROP TABLE notify_sms_before;
CREATE INDEX notify_sms_state ON notify_sms (state, id);

-- What was spent: messages to one number, and pieces in all (number = ''), for each channel and day.
CREATE TABLE notify_spent (
  channel text NOT NULL,
  day     text NOT NULL,
  number  text NOT NULL, -- blind index
  used    bigint NOT NULL,
  PRIMARY KEY (day, channel, number)
);

-- +goose Down
DROP TABLE notify_spent;
DELETE FROM notify_sms WHERE phone = '';
UPDATE notify_sms SET state = 'waiting' WHERE state <> 'sent';
