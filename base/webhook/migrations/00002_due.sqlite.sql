-- +goose Up
CREATE INDEX webhook_message_due ON webhook_message (subscription, next_at) WHERE state = 'waiting';

-- +goose Down
DROP INDEX webhook_message_due;
