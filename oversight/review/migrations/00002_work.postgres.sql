-- +goose NO TRANSACTION
-- +goose Up
-- What waits for somebody, and what was given in a time.
CREATE INDEX CONCURRENTLY review_task_open ON review_task (state, id) WHERE state <> 'closed';
CREATE INDEX CONCURRENTLY review_review_waiting ON review_review (id) WHERE publication = 'waiting';
CREATE INDEX CONCURRENTLY review_review_given ON review_review (given_on, unit);

-- +goose Down
DROP INDEX review_task_open;
DROP INDEX review_review_waiting;
DROP INDEX review_review_given;
