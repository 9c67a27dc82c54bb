-- name: Insert :exec
INSERT INTO account_account (id, kind, login, name, unit, party, phone, phone_index, password, totp, totp_step, state, failures, locked_until, made_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, 'active', 0, NULL, $10, 1);

-- name: Find :one
SELECT * FROM account_account WHERE id = $1;

-- name: ByLogin :one
SELECT * FROM account_account WHERE login = $1;

-- name: ByPhone :one
SELECT * FROM account_account WHERE phone_index = $1 AND kind = 'citizen' AND state = 'active' ORDER BY id LIMIT 1;

-- name: ByParty :one
SELECT * FROM account_account WHERE party = $1 AND kind = 'citizen' AND state = 'active' ORDER BY id LIMIT 1;

-- name: InUnit :many
SELECT a.id, a.kind, a.name, a.unit, CAST(COALESCE(r.role, '') AS text) AS role FROM account_account a LEFT JOIN account_role r ON r.account = a.id
WHERE a.unit = $1 AND a.kind = 'staff' AND a.state = 'active' ORDER BY a.id, r.role;

-- name: Identity :many
SELECT a.id, a.kind, a.name, a.unit, a.party, a.state, a.version, CAST(COALESCE(r.role, '') AS text) AS role
FROM account_account a LEFT JOIN account_role r ON r.account = a.id WHERE a.id = $1 ORDER BY r.role;

-- name: Staff :many
SELECT * FROM account_account WHERE kind = 'staff' AND login > $1 ORDER BY login LIMIT $2;

-- name: Roles :many
SELECT role FROM account_role WHERE account = $1 ORDER BY role;

-- name: GiveRole :exec
INSERT INTO account_role (account, role, given_by, given_at) VALUES ($1, $2, $3, $4) ON CONFLICT (account, role) DO NOTHING;

-- name: TakeRole :execrows
DELETE FROM account_role WHERE account = $1 AND role = $2;

-- name: SetState :execrows
UPDATE account_account SET state = $1, version = version + 1 WHERE id = $2 AND version = $3;

-- name: SetPassword :exec
UPDATE account_account SET password = $1, failures = 0, locked_until = NULL, version = version + 1 WHERE id = $2;

-- name: SetSecondFactor :exec
UPDATE account_account SET totp = $1, totp_step = 0, version = version + 1 WHERE id = $2;

-- name: DropPhone :exec
UPDATE account_account SET phone = '', phone_index = '', version = version + 1 WHERE id = $1;

-- name: NoteLogin :exec
UPDATE account_account SET failures = $1, locked_until = $2, totp_step = $3 WHERE id = $4;

-- name: PassLogin :execrows
UPDATE account_account SET failures = 0, locked_until = NULL, totp_step = sqlc.arg(step)
WHERE id = sqlc.arg(id) AND totp_step = sqlc.arg(last_step) AND (locked_until IS NULL OR locked_until <= sqlc.arg(now));

-- name: RefuseLogin :exec
UPDATE account_account SET failures = CASE WHEN failures + 1 >= sqlc.arg(tries) THEN 0 ELSE failures + 1 END,
  locked_until = CASE WHEN failures + 1 >= sqlc.arg(tries) THEN sqlc.arg(until) ELSE locked_until END
WHERE id = sqlc.arg(id) AND (locked_until IS NULL OR locked_until <= sqlc.arg(now));

-- name: PutCode :exec
INSERT INTO account_code (phone_index, purpose, code_hash, tries, sent_at) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT (phone_index, purpose) DO UPDATE SET code_hash = excluded.code_hash, tries = 0, sent_at = excluded.sent_at;

-- name: Code :one
SELECT * FROM account_code WHERE phone_index = $1 AND purpose = $2;

-- name: CountTry :execrows
UPDATE account_code SET tries = tries + 1 WHERE phone_index = $1 AND purpose = $2 AND code_hash = $3 AND tries < $4;

-- name: DropCode :execrows
DELETE FROM account_code WHERE phone_index = $1 AND purpose = $2 AND code_hash = $3 AND tries < $4;

-- name: DropSent :exec
DELETE FROM account_sent WHERE until <= $1;

-- name: CountSent :one
INSERT INTO account_sent (who, used, until) VALUES ($1, 1, $2) ON CONFLICT (who) DO UPDATE SET used = account_sent.used + 1
RETURNING used, until;

-- name: Invite :exec
INSERT INTO account_invitation (token_hash, purpose, made_at, used_at) VALUES ($1, $2, $3, NULL);

-- name: UseInvitation :execrows
UPDATE account_invitation SET used_at = $1 WHERE token_hash = $2 AND purpose = $3 AND used_at IS NULL AND made_at > $4;

-- name: OpenInvitations :one
SELECT count(*) FROM account_invitation WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND made_at > $3;

-- name: Count :one
SELECT count(*) FROM account_account WHERE kind = 'staff';
