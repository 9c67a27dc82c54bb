-- name: Provider :one
SELECT * FROM identity_provider WHERE code = $1;

-- name: Providers :many
SELECT * FROM identity_provider ORDER BY code LIMIT 50;

-- name: InForce :many
SELECT code, title FROM identity_provider WHERE side = $1 AND state = 'on' ORDER BY code LIMIT 50;

-- name: Insert :exec
INSERT INTO identity_provider (code, title, side, issuer, client, secret, scopes, name_claim, number_claim, phone_claim, level_claim, levels, anew, state, set_by, set_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'waiting', $14, $15, 1);

-- name: Change :execrows
UPDATE identity_provider SET title = $1, side = $2, issuer = $3, client = $4, secret = $5, scopes = $6, name_claim = $7, number_claim = $8, phone_claim = $9, level_claim = $10,
  levels = $11, anew = $12, state = 'waiting', set_by = $13, set_at = $14, version = version + 1
WHERE code = $15 AND version = $16;

-- name: SetState :execrows
UPDATE identity_provider SET state = $1, version = version + 1 WHERE code = $2 AND version = $3;

-- name: Link :one
SELECT * FROM identity_link WHERE subject = $1 AND state = 'linked';

-- name: LinkByID :one
SELECT * FROM identity_link WHERE id = $1;

-- name: LinksOf :many
SELECT l.*, p.title FROM identity_link l JOIN identity_provider p ON p.code = l.provider WHERE l.account = $1 AND l.state = 'linked' ORDER BY l.id LIMIT 50;

-- name: AddLink :exec
INSERT INTO identity_link (id, provider, subject, account, enough, state, made_at, used_at, ended_at) VALUES ($1, $2, $3, $4, $5, 'linked', $6, $7, NULL);

-- name: UseLink :execrows
UPDATE identity_link SET used_at = $1, enough = $2 WHERE id = $3 AND state = 'linked';

-- name: EndLink :execrows
UPDATE identity_link SET state = 'ended', ended_at = $1 WHERE id = $2 AND state = 'linked';

-- name: EndLinksOf :execrows
UPDATE identity_link SET state = 'ended', ended_at = $1 WHERE account = $2 AND state = 'linked';

-- name: EndLinksAt :execrows
UPDATE identity_link SET state = 'ended', ended_at = $1 WHERE provider = $2 AND state = 'linked';
