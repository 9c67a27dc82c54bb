-- name: Ask :exec
INSERT INTO opinion_opinion (id, case_id, no, unit, question, days, asked_by, asked_at, due_at, conclusion, words, given_by, given_name, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', '', NULL);

-- name: OfCase :many
SELECT * FROM opinion_opinion WHERE case_id = $1 ORDER BY no;

-- name: Find :one
SELECT * FROM opinion_opinion WHERE id = $1;

-- name: Give :execrows
UPDATE opinion_opinion SET conclusion = $1, words = $2, given_by = $3, given_name = $4, given_at = $5 WHERE id = $6 AND conclusion = '';
