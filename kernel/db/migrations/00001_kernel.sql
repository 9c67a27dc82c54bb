-- +goose Up
-- One row for each command that was acknowledged: the same key asked again gets the same reply (I2).
CREATE TABLE db_once (
  key     text PRIMARY KEY,
  command text NOT NULL,
  actor   text NOT NULL,
  reply   text NOT NULL,
  at      timestamptz NOT NULL
);
CREATE INDEX db_once_at ON db_once (at);

-- Append-only. at is text so that the hash covers exactly what is stored.
CREATE TABLE audit_entry (
  id          text PRIMARY KEY,
  at          text NOT NULL,
  actor_kind  text NOT NULL,
  actor_id    text NOT NULL,
  actor_name  text NOT NULL,
  actor_unit  text NOT NULL,
  via         text NOT NULL,
  action      text NOT NULL,
  object_kind text NOT NULL,
  object_id   text NOT NULL,
  from_state  text NOT NULL,
  to_state    text NOT NULL,
  detail      text NOT NULL,
  once_key    text NOT NULL
);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id, id);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, id);

CREATE TABLE audit_chain (
  seq      bigint PRIMARY KEY,
  entry_id text NOT NULL UNIQUE,
  hash     text NOT NULL
);
CREATE TABLE audit_pending (entry_id text PRIMARY KEY);
-- The right to chain, where several processes write: whoever holds this row's lock is the sealer.
CREATE TABLE audit_lock (id bigint PRIMARY KEY, at timestamptz NOT NULL);
INSERT INTO audit_lock (id, at) VALUES (1, '2026-01-01T00:00:00.000000Z');

CREATE TABLE event_outbox (
  id      text PRIMARY KEY,
  name    text NOT NULL,
  subject text NOT NULL,
  payload text NOT NULL,
  at      timestamptz NOT NULL,
  via     text NOT NULL
);
-- One row for each listener an event must reach; written with the event, finished with the listener's own work (I15).
CREATE TABLE event_delivery (
  event_id text NOT NULL,
  listener text NOT NULL,
  subject  text NOT NULL,
  state    text NOT NULL CHECK (state IN ('due', 'done', 'parked')),
  tries    bigint NOT NULL,
  next_at  timestamptz NOT NULL,
  reason   text NOT NULL,
  PRIMARY KEY (event_id, listener)
);
CREATE INDEX event_delivery_due ON event_delivery (event_id) WHERE state = 'due';
CREATE INDEX event_delivery_order ON event_delivery (listener, subject, event_id) WHERE state = 'due';
CREATE INDEX event_delivery_parked ON event_delivery (listener, event_id) WHERE state = 'parked';

-- +goose Down
DROP TABLE event_delivery;
DROP TABLE event_outbox;
DROP TABLE audit_lock;
DROP TABLE audit_pending;
DROP TABLE audit_chain;
DROP TABLE audit_entry;
DROP TABLE db_once;
