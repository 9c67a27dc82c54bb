-- name: InsertCase :exec
INSERT INTO casework_case (id, number, item, item_name, item_version, edition, batch, batch_title, unit, holder, applicant, applicant_name, agent,
 channel, instant, state, stage, flags, reason, notices, opened_at, received_at, accepted_at, decided_at, closed_at, due_at, legal_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28);

-- name: UpdateCase :execrows
UPDATE casework_case SET unit = $1, holder = $2, state = $3, stage = $4, flags = $5, reason = $6, notices = $7, received_at = $8, accepted_at = $9,
 decided_at = $10, closed_at = $11, due_at = $12, legal_at = $13, version = version + 1
WHERE id = $14 AND version = $15;

-- name: FindCase :one
SELECT * FROM casework_case WHERE id = $1;

-- name: Version :one
SELECT version FROM casework_case WHERE id = $1;

-- name: CaseByNumber :one
SELECT * FROM casework_case WHERE number = $1;

-- name: CasesInBatch :many
SELECT * FROM casework_case WHERE batch = $1 ORDER BY id;

-- name: CasesOfApplicant :many
SELECT * FROM casework_case WHERE applicant = $1 ORDER BY id DESC LIMIT $2;

-- name: OpenCases :many
SELECT * FROM casework_case WHERE stage <> 'done' AND id > $1 ORDER BY id LIMIT $2;

-- name: MoveDue :execrows
UPDATE casework_case SET due_at = $1, legal_at = $2 WHERE id = $3 AND version = $4;

-- name: HoldCase :exec
UPDATE casework_case SET version = version WHERE id = $1;

-- name: InsertDeed :exec
INSERT INTO casework_deed (id, case_id, act, actor_kind, actor, actor_name, unit, from_state, to_state, note, open, at, legal_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: Deeds :many
SELECT * FROM casework_deed WHERE case_id = $1 ORDER BY id;

-- name: LastDeed :one
SELECT * FROM casework_deed WHERE case_id = $1 ORDER BY id DESC LIMIT 1;

-- name: InsertNotice :exec
INSERT INTO casework_notice (id, case_id, kind, number, title, letter, unit, issuer, issued_at, told_at, told_how)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: Notices :many
SELECT * FROM casework_notice WHERE case_id = $1 ORDER BY id;

-- name: FindNotice :one
SELECT * FROM casework_notice WHERE id = $1;

-- name: TellNotice :execrows
UPDATE casework_notice SET told_at = $1, told_how = $2 WHERE id = $3 AND told_at IS NULL;

-- name: InsertDefect :exec
INSERT INTO casework_defect (id, case_id, notice, kind, thing, name, what, how, fixed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL);

-- name: Defects :many
SELECT * FROM casework_defect WHERE case_id = $1 ORDER BY id;

-- name: FixDefects :exec
UPDATE casework_defect SET fixed_at = $1 WHERE case_id = $2 AND fixed_at IS NULL;

-- name: InsertAssessment :exec
INSERT INTO casework_assessment (id, case_id, grants, words, points, actor, actor_name, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: Assessments :many
SELECT * FROM casework_assessment WHERE case_id = $1 ORDER BY id;

-- name: InsertSuspension :exec
INSERT INTO casework_suspension (id, case_id, procedure, name, document, reason, days, from_at, until_at, ended_at, ended_note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, '');

-- name: Suspensions :many
SELECT * FROM casework_suspension WHERE case_id = $1 ORDER BY id;

-- name: EndSuspension :execrows
UPDATE casework_suspension SET ended_at = $1, ended_note = $2 WHERE case_id = $3 AND ended_at IS NULL;
