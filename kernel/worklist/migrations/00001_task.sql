-- +goose Up
CREATE TABLE worklist_task (
  ref        text PRIMARY KEY,
  kind       text NOT NULL,
  title      text NOT NULL,
  note       text NOT NULL,
  unit       text NOT NULL,
  holder     text NOT NULL,
  permission text NOT NULL,
  inside     boolean NOT NULL,
  url        text NOT NULL,
  due_at     timestamptz NOT NULL,
  opened_at  timestamptz NOT NULL
);
CREATE INDEX worklist_task_unit ON worklist_task (unit, permission, due_at, ref);
CREATE INDEX worklist_task_due ON worklist_task (due_at, ref);

-- +goose Down
DROP TABLE worklist_task;
