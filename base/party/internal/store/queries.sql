-- name: Insert :exec
INSERT INTO party_party (id, kind, name, number_kind, number, number_index, number_mask, tail_index, phone, phone_mask, region, address, made_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1);

-- name: Find :one
SELECT * FROM party_party WHERE id = $1;

-- name: ByNumber :one
SELECT * FROM party_party WHERE number_index = $1;

-- name: Fill :exec
UPDATE party_party SET phone = $1, phone_mask = $2, region = $3, address = $4, version = version + 1 WHERE id = $5;
