-- name: Insert :exec
INSERT INTO hall_intake (id, clerk, clerk_name, unit, party, party_name, party_kind, card, link, title, state, made_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, 1);

-- name: Find :one
SELECT * FROM hall_intake WHERE id = $1;

-- name: OfClerk :many
SELECT * FROM hall_intake WHERE clerk = $1 AND state = $2 AND made_at > $3 ORDER BY id DESC LIMIT $4;

-- name: Save :execrows
UPDATE hall_intake SET link = $1, title = $2, draft = $3, number = $4, state = $5, submitted_at = $6, version = version + 1 WHERE id = $7 AND version = $8;

-- name: Mark :exec
INSERT INTO hall_mark (intake, type, mark, marked_by, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (intake, type) DO UPDATE SET mark = excluded.mark, marked_by = excluded.marked_by, at = excluded.at;

-- name: Unmark :exec
DELETE FROM hall_mark WHERE intake = $1 AND type = $2;

-- name: Marks :many
SELECT type, mark FROM hall_mark WHERE intake = $1 ORDER BY type;
