-- name: Invite :exec
INSERT INTO review_invitation (id, token, batch, title, applicant, applicant_name, unit, way, sent_on, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: InsertPart :exec
INSERT INTO review_part (invitation, case_id, number, item_name, unit) VALUES ($1, $2, $3, $4, $5);

-- name: InvitationByToken :one
SELECT * FROM review_invitation WHERE token = $1;

-- name: InvitationOf :one
SELECT * FROM review_invitation WHERE batch = $1;

-- name: Invitation :one
SELECT * FROM review_invitation WHERE id = $1;

-- name: Parts :many
SELECT * FROM review_part WHERE invitation = $1 ORDER BY case_id;

-- name: InvitationOfCase :one
SELECT invitation FROM review_part WHERE case_id = $1;

-- name: InsertReview :exec
INSERT INTO review_review (id, invitation, round, unit, about, grade, dimensions, words, shown, publication, channel, excluded, given_on, given_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, FALSE, $12, $13, 1);

-- name: Reviews :many
SELECT * FROM review_review WHERE invitation = $1 ORDER BY round;

-- name: Review :one
SELECT * FROM review_review WHERE id = $1;

-- name: Publish :execrows
UPDATE review_review SET publication = $1, shown = $2, version = version + 1 WHERE id = $3 AND publication = 'waiting';

-- name: Exclude :exec
UPDATE review_review SET excluded = TRUE, version = version + 1 WHERE id = $1;

-- name: InsertTask :exec
INSERT INTO review_task (id, unit, state, verifier, rectifier, visitor, opened_at, due_at, verified_at, rectified_at, visited_at, satisfied, ended_at, version)
VALUES ($1, $2, $3, '', '', '', $4, $5, NULL, NULL, NULL, FALSE, NULL, 1);

-- name: Task :one
SELECT * FROM review_task WHERE id = $1;

-- name: MoveTask :execrows
UPDATE review_task SET state = $1, verifier = $2, rectifier = $3, visitor = $4, verified_at = $5, rectified_at = $6, visited_at = $7, satisfied = $8,
 ended_at = $9, version = version + 1 WHERE id = $10 AND version = $11;

-- name: InsertStep :exec
INSERT INTO review_step (id, task, act, from_state, to_state, how, words, evidence, actor, actor_name, unit, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: Steps :many
SELECT * FROM review_step WHERE task = $1 ORDER BY id;
