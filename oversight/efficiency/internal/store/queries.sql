-- name: FollowCase :exec
INSERT INTO efficiency_case (case_id, number, item, item_name, unit, holder, state, stage, instant, opened_at, due_at, legal_at,
 counted_on, promised, statutory, actual, on_time, early, legal_late)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0, 0, 0, 0, 0, 0)
ON CONFLICT (case_id) DO UPDATE SET
 unit = CASE WHEN efficiency_case.counted_on = '' THEN excluded.unit ELSE efficiency_case.unit END, holder = excluded.holder, state = excluded.state, stage = excluded.stage,
 due_at = excluded.due_at, legal_at = excluded.legal_at;

-- name: CountCase :execrows
UPDATE efficiency_case SET counted_on = $1, promised = $2, statutory = $3, actual = $4, on_time = $5, early = $6, legal_late = $7
WHERE case_id = $8 AND counted_on = '';

-- name: AddDay :exec
INSERT INTO efficiency_day (day, unit, item, closed, on_time, early, legal_late, timed, promised, statutory, actual)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (day, unit, item) DO UPDATE SET closed = efficiency_day.closed + 1, on_time = efficiency_day.on_time + excluded.on_time,
 early = efficiency_day.early + excluded.early, legal_late = efficiency_day.legal_late + excluded.legal_late, timed = efficiency_day.timed + excluded.timed,
 promised = efficiency_day.promised + excluded.promised, statutory = efficiency_day.statutory + excluded.statutory, actual = efficiency_day.actual + excluded.actual;

-- name: InsertCard :exec
INSERT INTO efficiency_card (id, number, clock, mark, thing, clock_name, title, case_number, item_name, unit, holder, holder_name, severity, basis,
 points, crossed_at, due_words, issued_at, state, term, due_at, overdue, ended_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 0, NULL, 1);

-- name: Card :one
SELECT * FROM efficiency_card WHERE id = $1;

-- name: CardOf :one
SELECT id FROM efficiency_card WHERE clock = $1 AND mark = $2;

-- name: CardsOf :many
SELECT * FROM efficiency_card WHERE thing = $1 ORDER BY id;

-- name: MoveCard :execrows
UPDATE efficiency_card SET state = $1, term = $2, due_at = $3, ended_at = $4, version = version + 1 WHERE id = $5 AND version = $6;

-- name: CardLate :exec
UPDATE efficiency_card SET overdue = overdue + 1 WHERE id = $1;

-- name: InsertEntry :exec
INSERT INTO efficiency_entry (id, card, act, from_state, to_state, words, actor, actor_name, unit, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: Entries :many
SELECT * FROM efficiency_entry WHERE card = $1 ORDER BY id;

-- name: InsertUrge :exec
INSERT INTO efficiency_urge (id, number, kind, case_id, case_number, item_name, unit, holder, words, made_by, made_name, made_at, due_at,
 answer, answered_by, answered_name, answered_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', '', NULL, 'open');

-- name: Urge :one
SELECT * FROM efficiency_urge WHERE id = $1;

-- name: UrgesOf :many
SELECT * FROM efficiency_urge WHERE case_id = $1 ORDER BY id DESC;

-- name: EndUrge :execrows
UPDATE efficiency_urge SET state = $1, answer = $2, answered_by = $3, answered_name = $4, answered_at = $5 WHERE id = $6 AND state = 'open';

-- name: CaseRow :one
SELECT * FROM efficiency_case WHERE case_id = $1;
