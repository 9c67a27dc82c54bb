-- name: Insert :exec
INSERT INTO webhook_subscription (id, client, unit, url, events, algorithm, state, reason, secret, former, failures, made_by, made_at, version)
VALUES ($1, $2, $3, $4, $5, $6, 'active', '', $7, '', 0, $8, $9, 1);

-- name: Find :one
SELECT * FROM webhook_subscription WHERE id = $1;

-- name: Page :many
SELECT * FROM webhook_subscription WHERE id > $1 ORDER BY id LIMIT $2;

-- name: OfClient :many
SELECT * FROM webhook_subscription WHERE client = $1 ORDER BY id;

-- name: Served :many
SELECT * FROM webhook_subscription WHERE state <> 'ended' ORDER BY id;

-- name: Change :execrows
UPDATE webhook_subscription SET url = $1, events = $2, algorithm = $3, failures = 0, quiet_until = NULL, version = version + 1 WHERE id = $4 AND version = $5;

-- name: Rotate :execrows
UPDATE webhook_subscription SET former = secret, former_until = $1, secret = $2, version = version + 1 WHERE id = $3 AND version = $4;

-- name: Forget :execrows
UPDATE webhook_subscription SET former = '', former_until = NULL, version = version + 1 WHERE id = $1 AND version = $2;

-- name: Turn :execrows
UPDATE webhook_subscription SET state = $1, reason = $2, failures = 0, quiet_until = NULL, version = version + 1 WHERE id = $3 AND version = $4;

-- name: Gone :execrows
UPDATE webhook_subscription SET state = 'paused', reason = $1, version = version + 1 WHERE id = $2 AND state = 'active';

-- name: Well :exec
UPDATE webhook_subscription SET failures = 0, quiet_until = NULL, sent_at = $1 WHERE id = $2;

-- name: Rouse :exec
UPDATE webhook_subscription SET quiet_until = NULL WHERE id = $1;

-- name: Ill :exec
UPDATE webhook_subscription SET failures = $1, quiet_until = $2 WHERE id = $3;

-- name: Put :execrows
INSERT INTO webhook_message (id, subscription, event, name, subject, unit, agent, body, state, tries, next_at, made_at, ended_at, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 0, $9, $10, NULL, '') ON CONFLICT (subscription, event) DO NOTHING;

-- name: Message :one
SELECT * FROM webhook_message WHERE id = $1;

-- name: Log :many
SELECT * FROM webhook_message WHERE subscription = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: LogIn :many
SELECT * FROM webhook_message WHERE subscription = $1 AND state = $2 AND id < $3 ORDER BY id DESC LIMIT $4;

-- name: Dead :many
SELECT * FROM webhook_message WHERE state = 'dead' AND id < $1 ORDER BY id DESC LIMIT $2;

-- name: DeadOf :one
SELECT count(*) FROM webhook_message WHERE subscription = $1 AND state = 'dead';

-- name: Due :many
SELECT * FROM webhook_message WHERE subscription = $1 AND state = 'waiting' AND (next_at <= $2 OR tries = 0) ORDER BY next_at LIMIT $3;

-- name: Forward :exec
UPDATE webhook_message SET next_at = $1 WHERE state = 'waiting' AND id IN (
  SELECT m.id FROM webhook_message m WHERE m.subscription = $2 AND m.state = 'waiting' AND m.next_at > $1 ORDER BY m.next_at LIMIT $3);

-- name: Touch :exec
UPDATE webhook_message SET next_at = $1 WHERE id = $2 AND state = 'waiting';

-- name: Advance :execrows
UPDATE webhook_message SET state = $1, tries = tries + 1, next_at = $2, ended_at = $3, reason = $4 WHERE id = $5 AND state = 'waiting' AND tries = $6;

-- name: End :execrows
UPDATE webhook_message SET state = $1, ended_at = $2, reason = $3 WHERE id = $4 AND state = $5;

-- name: Renew :execrows
UPDATE webhook_message SET state = 'waiting', tries = 0, next_at = $1, ended_at = NULL, reason = '' WHERE id = $2 AND state IN ('dead', 'sent', 'dropped');

-- name: NoteTry :exec
INSERT INTO webhook_try (id, message, at, status, millis, reason, answer) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: Tries :many
SELECT * FROM webhook_try WHERE message = $1 ORDER BY id DESC LIMIT 100;

-- name: Old :many
SELECT id FROM webhook_message WHERE ended_at < $1 AND state <> 'dead' ORDER BY id LIMIT $2;

-- name: Remove :exec
DELETE FROM webhook_message WHERE id = $1;
