-- name: SaveFilter :exec
INSERT INTO docket_filter (id, account, name, query, made_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account, name) DO UPDATE SET query = excluded.query;

-- name: Filters :many
SELECT * FROM docket_filter WHERE account = $1 ORDER BY name;

-- name: DropFilter :execrows
DELETE FROM docket_filter WHERE id = $1 AND account = $2;
