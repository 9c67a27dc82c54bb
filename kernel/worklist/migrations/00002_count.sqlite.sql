-- +goose Up
-- How many tasks of each kind a desk has stands on every page of it.
CREATE INDEX worklist_task_count ON worklist_task (unit, permission, kind, holder, inside);

-- +goose Down
DROP INDEX worklist_task_count;
