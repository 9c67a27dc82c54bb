-- +goose Up
-- When the listener did its work: the receipt. A delivery that is made due again by hand is not heard twice. Deliveries made before this
-- column stay done; their receipts are in db_once.
ALTER TABLE event_delivery ADD COLUMN heard_at timestamptz;

-- +goose Down
ALTER TABLE event_delivery DROP COLUMN heard_at;
