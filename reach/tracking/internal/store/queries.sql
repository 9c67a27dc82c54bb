-- name: Wrong :one
SELECT * FROM tracking_wrong WHERE who = $1;

-- name: CountWrong :exec
INSERT INTO tracking_wrong (who, times, last_at) VALUES ($1, $2, $3)
ON CONFLICT (who) DO UPDATE SET times = excluded.times, last_at = excluded.last_at;

-- name: ForgetWrong :exec
DELETE FROM tracking_wrong WHERE last_at < $1;
