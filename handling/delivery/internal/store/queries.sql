-- name: Insert :exec
INSERT INTO delivery_parcel (id, batch, title, applicant, applicant_name, phone, way, address, outlet, state, asked, code, code_index, carrier, tracking,
  tries, tried_at, checked_by, checked_at, ready_at, posted_at, reminded_at, completed_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'ready', $10, $11, $12, '', '', 0, NULL, '', NULL, $13, NULL, NULL, NULL, 1);

-- name: Find :one
SELECT * FROM delivery_parcel WHERE id = $1;

-- name: OfBatch :one
SELECT * FROM delivery_parcel WHERE batch = $1;

-- name: ByCode :one
SELECT * FROM delivery_parcel WHERE code_index = $1;

-- name: OfApplicant :many
SELECT * FROM delivery_parcel WHERE applicant = $1 ORDER BY id DESC LIMIT 100;

-- name: Refill :execrows
UPDATE delivery_parcel SET state = $1, asked = $2, code = $3, code_index = $4, ready_at = $5, reminded_at = NULL, completed_at = NULL, version = version + 1
WHERE id = $6 AND version = $7;

-- name: SetWay :execrows
UPDATE delivery_parcel SET way = $1, address = $2, version = version + 1 WHERE id = $3 AND version = $4;

-- name: Tried :exec
UPDATE delivery_parcel SET tries = $1, tried_at = $2, checked_by = $3, checked_at = $4, version = version + 1 WHERE id = $5;

-- name: Post :execrows
UPDATE delivery_parcel SET state = $1, carrier = $2, tracking = $3, posted_at = $4, version = version + 1 WHERE id = $5 AND version = $6;

-- name: Complete :execrows
UPDATE delivery_parcel SET state = $1, code_index = $2, completed_at = $3, checked_by = '', checked_at = NULL, version = version + 1 WHERE id = $4 AND version = $5;

-- name: Reminded :exec
UPDATE delivery_parcel SET reminded_at = $1 WHERE id = $2;

-- name: Unclaimed :many
SELECT id FROM delivery_parcel WHERE state = 'ready' AND way = 'window' AND ready_at < $1 AND reminded_at IS NULL ORDER BY ready_at, id LIMIT 500;

-- name: InsertResult :exec
INSERT INTO delivery_result (case_id, parcel, case_number, name, unit, granted, licence, number, sent, hand, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE, '', $9);

-- name: Results :many
SELECT * FROM delivery_result WHERE parcel = $1 ORDER BY added_at, case_id;

-- name: HandResult :execrows
UPDATE delivery_result SET hand = $1 WHERE case_id = $2 AND hand = '';

-- name: InsertHand :exec
INSERT INTO delivery_hand (id, parcel, number, way, receiver, relation, agent_number, agent_mask, authority, carrier, tracking, clerk, clerk_name, unit, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: Hands :many
SELECT * FROM delivery_hand WHERE parcel = $1 ORDER BY id;

-- name: Hand :one
SELECT * FROM delivery_hand WHERE id = $1;

-- name: MarkSent :exec
UPDATE delivery_result SET sent = $1 WHERE parcel = $2 AND hand = '';
