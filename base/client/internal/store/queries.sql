-- name: Insert :exec
INSERT INTO client_client (id, name, unit, contact, note, permissions, per_minute, per_day, secret_hash, epoch, state, made_by, made_at, rotated_at, token_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 'active', $10, $11, $11, NULL, 1);

-- name: Find :one
SELECT * FROM client_client WHERE id = $1;

-- name: Page :many
SELECT * FROM client_client WHERE id > $1 ORDER BY id LIMIT $2;

-- name: Change :execrows
UPDATE client_client SET permissions = $1, per_minute = $2, per_day = $3, contact = $4, note = $5, version = version + 1 WHERE id = $6 AND version = $7;

-- name: Rotate :execrows
UPDATE client_client SET secret_hash = $1, epoch = epoch + 1, rotated_at = $2, version = version + 1 WHERE id = $3 AND version = $4;

-- name: Turn :execrows
UPDATE client_client SET state = $1, epoch = epoch + 1, version = version + 1 WHERE id = $2 AND version = $3;

-- name: TokenGiven :exec
UPDATE client_client SET token_at = $1 WHERE id = $2;

-- name: Count :exec
INSERT INTO client_use (client, day, calls, refused) VALUES ($1, $2, $3, $4)
ON CONFLICT (client, day) DO UPDATE SET calls = client_use.calls + excluded.calls, refused = client_use.refused + excluded.refused;

-- name: UseOn :one
SELECT calls, refused FROM client_use WHERE client = $1 AND day = $2;

-- name: UseSince :many
SELECT * FROM client_use WHERE client = $1 AND day >= $2 ORDER BY day DESC;
