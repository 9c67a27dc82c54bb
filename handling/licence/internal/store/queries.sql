-- name: Insert :exec
INSERT INTO licence_licence (id, case_id, case_number, item, item_name, edition, batch, unit, holder, holder_name, holder_kind, kind, name, type, number,
  identifier, code, issuer, issuer_code, issued_on, valid_until, face, seal, seal_use, file, blob, hash, state, reason, basis, decided_by, decided_name,
  ordered_at, numbered_at, issued_at, ended_at, fault, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', '', '', $12, '', '', '', '', '', '', '', '', '', '', 'ordered', '', '', $13, $14, $15,
  NULL, NULL, NULL, '', 1);

-- name: Find :one
SELECT * FROM licence_licence WHERE id = $1;

-- name: OfCase :one
SELECT * FROM licence_licence WHERE case_id = $1 AND state <> 'voided';

-- name: OfBatch :many
SELECT * FROM licence_licence WHERE batch = $1 AND state <> 'voided' ORDER BY id;

-- name: OfHolder :many
SELECT * FROM licence_licence WHERE holder = $1 AND issued_at IS NOT NULL ORDER BY id DESC;

-- name: TypesHeld :many
SELECT DISTINCT type FROM licence_licence WHERE holder = $1 AND state = 'valid' AND type <> '' AND (valid_until = '' OR valid_until >= $2) ORDER BY type;

-- name: Shown :one
SELECT * FROM licence_licence WHERE (code = $1 OR number <> '' AND number = $1 OR identifier <> '' AND identifier = $1) AND issued_at IS NOT NULL;

-- name: Unfinished :many
SELECT id FROM licence_licence WHERE state IN ('ordered', 'numbered', 'sealing') ORDER BY id;

-- name: Outlived :many
SELECT id FROM licence_licence WHERE state = 'valid' AND valid_until <> '' AND valid_until < $1 ORDER BY valid_until, id LIMIT 500;

-- name: Number :execrows
UPDATE licence_licence SET kind = $1, name = $2, type = $3, number = $4, identifier = $5, issuer = $6, issuer_code = $7, issued_on = $8,
  valid_until = $9, face = $10, seal = $11, state = $12, numbered_at = $13, fault = '', version = version + 1
WHERE id = $14 AND version = $15;

-- name: Paper :execrows
UPDATE licence_licence SET file = $1, blob = $2, hash = $3, seal_use = $4, state = $5, fault = '', version = version + 1 WHERE id = $6 AND version = $7;

-- name: Issue :execrows
UPDATE licence_licence SET state = $1, issued_at = $2, fault = '', version = version + 1 WHERE id = $3 AND version = $4;

-- name: Move :execrows
UPDATE licence_licence SET state = $1, reason = $2, basis = $3, ended_at = $4, version = version + 1 WHERE id = $5 AND version = $6;

-- name: Fault :exec
UPDATE licence_licence SET fault = $1 WHERE id = $2;

-- name: TakeNumber :exec
INSERT INTO licence_number (series, period, seq, number, licence, taken_at, voided_at) VALUES ($1, $2, $3, $4, $5, $6, NULL);

-- name: VoidNumber :exec
UPDATE licence_number SET voided_at = $1 WHERE licence = $2;
