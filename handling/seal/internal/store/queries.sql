-- name: InsertSeal :exec
INSERT INTO seal_seal (code, name, unit, keeper, keeper_name, state, rule, rule_purposes, rule_by, rule_by_name, certificate, valid_from, valid_until, established_by, established_at, version)
VALUES ($1, $2, $3, $4, $5, 'active', '', '', '', '', $6, $7, $8, $9, $10, 1);

-- name: Seal :one
SELECT * FROM seal_seal WHERE code = $1;

-- name: Seals :many
SELECT * FROM seal_seal ORDER BY code;

-- name: SetRule :execrows
UPDATE seal_seal SET rule = $1, rule_purposes = $2, rule_by = $3, rule_by_name = $4, version = version + 1 WHERE code = $5 AND version = $6;

-- name: RenewSeal :execrows
UPDATE seal_seal SET certificate = $1, valid_from = $2, valid_until = $3, version = version + 1 WHERE code = $4 AND version = $5;

-- name: SetSealState :execrows
UPDATE seal_seal SET state = $1, version = version + 1 WHERE code = $2 AND version = $3;

-- name: InsertUse :exec
INSERT INTO seal_use (id, seal, subject, case_number, title, hash, file, purpose, state, requested_by, requested_at, decided_by, decided_name,
  released_by, released_name, released_rule, released_at, reason, voided_by, ended_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '', '', NULL, 1);

-- name: Use :one
SELECT * FROM seal_use WHERE id = $1;

-- name: ReleaseUse :execrows
UPDATE seal_use SET state = 'released', released_by = $1, released_name = $2, released_rule = $3, released_at = $4, version = version + 1
WHERE id = $5 AND state = 'intended';

-- name: EndUse :execrows
UPDATE seal_use SET state = $1, reason = $2, voided_by = $3, ended_at = $4, version = version + 1 WHERE id = $5 AND state = $6;

-- name: InsertSignature :exec
INSERT INTO seal_signature (use, hash, signature, certificate, signed_at) VALUES ($1, $2, $3, $4, $5);

-- name: Signature :one
SELECT * FROM seal_signature WHERE use = $1;

-- name: Released :many
SELECT id FROM seal_use WHERE state = 'released' AND id > $1 ORDER BY id LIMIT $2;

-- name: CountUses :many
SELECT state, count(*) AS uses FROM seal_use WHERE seal = $1 GROUP BY state;
