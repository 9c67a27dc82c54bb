-- name: Put :exec
INSERT INTO agenda_link (account, digest, made_at) VALUES ($1, $2, $3)
ON CONFLICT (account) DO UPDATE SET digest = excluded.digest, made_at = excluded.made_at;

-- name: Of :one
SELECT * FROM agenda_link WHERE account = $1;

-- name: Behind :one
SELECT account FROM agenda_link WHERE digest = $1;

-- name: Drop :execrows
DELETE FROM agenda_link WHERE account = $1;
