-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS webhook_message_due ON webhook_message (subscription, next_at) WHERE state = 'waiting';

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS webhook_message_due;
