-- name: Wrong :one
SELECT * FROM tracking_wrong WHERE who = $1;

-- name: CountWrong :exec
INSERT INTO tracking_wrong (who, times, last_at) VALUES (sqlc.arg(who), 1, sqlc.arg(last_at))
ON CONFLICT (who) DO UPDATE SET times = CASE WHEN tracking_wrong.last_at < sqlc.arg(since) THEN 1 ELSE tracking_wrong.times + 1 END, last_at = excluded.last_at;

-- name: ForgetWrong :exec
DELETE FROM tracking_wrong WHERE last_at < $1;
