-- name: Missed :exec
INSERT INTO portal_miss (words, times, first_at, last_at, state) VALUES ($1, 1, $2, $2, 'open')
ON CONFLICT (words) DO UPDATE SET times = portal_miss.times + 1, last_at = excluded.last_at;

-- name: CountMisses :one
SELECT count(*) FROM portal_miss;

-- name: MissKnown :one
SELECT count(*) FROM portal_miss WHERE words = $1;

-- name: OpenMisses :many
SELECT words, times, first_at, last_at FROM portal_miss WHERE state = 'open' ORDER BY times DESC, words LIMIT $1;

-- name: SettleMiss :execrows
UPDATE portal_miss SET state = 'done', note = $1, done_by = $2 WHERE words = $3 AND state = 'open';

-- name: Wanted :exec
INSERT INTO portal_demand (item, month, times) VALUES ($1, $2, 1)
ON CONFLICT (item, month) DO UPDATE SET times = portal_demand.times + 1;

-- name: Demand :many
SELECT item, sum(times) AS times FROM portal_demand WHERE month >= $1 GROUP BY item ORDER BY sum(times) DESC, item LIMIT $2;

-- name: InsertReport :exec
INSERT INTO portal_report (id, number, page, kind, words, phone, phone_mask, unit, state, made_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, 1);

-- name: Report :one
SELECT * FROM portal_report WHERE id = $1;

-- name: OpenReports :one
SELECT count(*) FROM portal_report WHERE state = 'open' AND made_at > $1;

-- name: AnswerReport :execrows
UPDATE portal_report SET state = $1, answer = $2, answered_by = $3, answered_at = $4, version = version + 1 WHERE id = $5 AND version = $6 AND state = 'open';
