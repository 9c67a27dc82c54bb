-- name: Put :exec
INSERT INTO form_value (group_id, element, text, original, sealed, source, changed_at, changed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (group_id, element) DO UPDATE SET text = excluded.text, original = excluded.original, sealed = excluded.sealed,
  source = excluded.source, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- name: Drop :exec
DELETE FROM form_value WHERE group_id = $1 AND element = $2;

-- name: DropGroup :exec
DELETE FROM form_value WHERE group_id = $1;

-- name: OfGroup :many
SELECT * FROM form_value WHERE group_id = $1 ORDER BY element;

-- name: Assign :exec
INSERT INTO form_group (group_id, party, at) VALUES ($1, $2, $3) ON CONFLICT (group_id) DO UPDATE SET party = excluded.party;

-- name: EarlierGroups :many
SELECT group_id FROM form_group WHERE party = $1 ORDER BY at DESC, group_id DESC LIMIT $2;
