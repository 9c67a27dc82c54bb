-- name: Put :exec
INSERT INTO material_piece (id, group_id, type, state, file_id, file_name, file_kind, file_size, source, source_ref, note, given_at, given_by, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1);

-- name: Find :one
SELECT * FROM material_piece WHERE id = $1;

-- name: OfGroup :many
SELECT * FROM material_piece WHERE group_id = $1 ORDER BY type, id;

-- name: OfType :many
SELECT * FROM material_piece WHERE group_id = $1 AND type = $2 ORDER BY id;

-- name: OfFile :many
SELECT * FROM material_piece WHERE file_id = $1 ORDER BY id;

-- name: Drop :execrows
DELETE FROM material_piece WHERE id = $1;

-- name: DropGroup :exec
DELETE FROM material_piece WHERE group_id = $1;

-- name: Turn :execrows
UPDATE material_piece SET state = $1, note = $2, version = version + 1 WHERE id = $3 AND version = $4;

-- name: Assign :exec
INSERT INTO material_group (group_id, party, at) VALUES ($1, $2, $3) ON CONFLICT (group_id) DO UPDATE SET party = excluded.party;

-- name: PartyOf :one
SELECT party FROM material_group WHERE group_id = $1;

-- name: Earlier :many
SELECT p.* FROM material_piece p JOIN material_group g ON g.group_id = p.group_id
WHERE g.party = $1 AND p.type = $2 AND p.state = 'given' ORDER BY p.given_at DESC, p.id DESC LIMIT $3;

-- name: OpenPhone :exec
INSERT INTO material_phone (token_hash, group_id, type, made_at, until, made_by) VALUES ($1, $2, $3, $4, $5, $6);

-- name: Phone :one
SELECT * FROM material_phone WHERE token_hash = $1;

-- name: SweepPhones :exec
DELETE FROM material_phone WHERE until < $1;
