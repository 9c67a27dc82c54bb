-- name: InsertDraft :exec
INSERT INTO bundle_draft (id, account, secret, applicant, agent, unit, channel, bundles, slug, title, edition, answers, step, state, made_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', $14, $14, 1);

-- name: Draft :one
SELECT * FROM bundle_draft WHERE id = $1;

-- name: DraftsOf :many
SELECT * FROM bundle_draft WHERE account = $1 AND state = 'open' ORDER BY updated_at DESC, id DESC LIMIT 50;

-- name: Unfinished :one
SELECT * FROM bundle_draft WHERE account = $1 AND slug = $2 AND state = 'open' ORDER BY updated_at DESC, id DESC LIMIT 1;

-- name: TouchDraft :execrows
UPDATE bundle_draft SET step = $1, answers = $2, applicant = $3, updated_at = $4, version = version + 1 WHERE id = $5 AND state = 'open' AND version = $6;

-- name: ClaimDraft :execrows
UPDATE bundle_draft SET account = $1, secret = '', applicant = $2, updated_at = $3, version = version + 1 WHERE id = $4 AND state = 'open' AND account = '' AND version = $5;

-- name: EndDraft :execrows
UPDATE bundle_draft SET state = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND state = 'open';

-- name: OldDrafts :many
SELECT id FROM bundle_draft WHERE state = 'open' AND updated_at < $1 ORDER BY updated_at, id LIMIT 200;

-- name: InsertSubmission :exec
INSERT INTO bundle_submission (id, number, bundles, title, lead, edition, answers, account, applicant, applicant_name, agent, agent_name, channel, way, declared, given, state, submitted_at, due_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'running', $17, $18, 1);

-- name: Submission :one
SELECT * FROM bundle_submission WHERE id = $1;

-- name: ByNumber :one
SELECT * FROM bundle_submission WHERE number = $1;

-- name: SubmissionsOf :many
SELECT * FROM bundle_submission WHERE (account = $1 OR applicant = $2) AND id < $3 ORDER BY id DESC LIMIT $4;

-- name: AllGiven :many
SELECT id, number, given FROM bundle_submission ORDER BY id;

-- name: Settle :exec
UPDATE bundle_submission SET state = $1, decided_at = $2, delivered_at = $3, version = version + 1 WHERE id = $4;

-- name: AskPartial :execrows
UPDATE bundle_submission SET partial_at = $1, version = version + 1 WHERE id = $2 AND partial_at IS NULL AND state = 'running';

-- name: InsertPart :exec
INSERT INTO bundle_part (submission, item, item_name, place, case_id, case_number, unit, after_items, why, state, blocked, reason, notice, licence, licence_number, ready, parcel)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', '', '', FALSE, '');

-- name: Parts :many
SELECT * FROM bundle_part WHERE submission = $1 ORDER BY place, item;

-- name: PartsOfMine :many
SELECT * FROM bundle_part WHERE submission IN (SELECT s.id FROM bundle_submission s WHERE (s.account = $1 OR s.applicant = $2) AND s.id BETWEEN $3 AND $4)
ORDER BY submission, place, item;

-- name: MovePart :exec
UPDATE bundle_part SET state = $1, blocked = $2, reason = $3, notice = $4, decided_at = $5, ready = $6 WHERE case_id = $7;

-- name: IssuePart :exec
UPDATE bundle_part SET licence = $1, licence_number = $2, ready = TRUE WHERE case_id = $3;

-- name: HandPart :exec
UPDATE bundle_part SET unit = $1 WHERE case_id = $2;

-- name: InsertCorrection :exec
INSERT INTO bundle_correction (id, letter, submission, case_id, item_name, unit, notice, defects, until_at, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (case_id, notice) DO NOTHING;

-- name: OpenCorrections :many
SELECT * FROM bundle_correction WHERE submission = $1 AND supplied_at IS NULL ORDER BY id;

-- name: OpenCorrectionsOfMine :many
SELECT * FROM bundle_correction WHERE supplied_at IS NULL AND submission IN (SELECT s.id FROM bundle_submission s WHERE (s.account = $1 OR s.applicant = $2) AND s.id BETWEEN $3 AND $4)
ORDER BY submission, id;

-- name: ReadLetters :execrows
UPDATE bundle_correction SET read_at = $1 WHERE submission = $2 AND read_at IS NULL AND supplied_at IS NULL;

-- name: SupplyCorrection :execrows
UPDATE bundle_correction SET supplied_at = $1 WHERE case_id = $2 AND supplied_at IS NULL;
