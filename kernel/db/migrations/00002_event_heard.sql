-- +goose Up
-- When the listener did its work: the receipt. A delivery that is made due again by hand is not heard twice.
ALTER TABLE event_delivery ADD COLUMN heard_at timestamptz;
UPDATE event_delivery SET heard_at = next_at WHERE state = 'done';

-- +goose Down
ALTER TABLE event_delivery DROP COLUMN heard_at;
