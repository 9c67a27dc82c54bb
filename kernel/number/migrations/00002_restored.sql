-- +goose Up
-- skipped counts the numbers that were left out because a restored county cannot know whether they had been given out (I7).
ALTER TABLE number_counter ADD COLUMN skipped bigint NOT NULL DEFAULT 0;

-- One row for each restore: a series that first counts in a period up to this day begins after the gap.
CREATE TABLE number_restore (
  backup_at timestamptz PRIMARY KEY,
  at        timestamptz NOT NULL,
  day       text NOT NULL,
  gap       bigint NOT NULL CHECK (gap > 0)
);

-- +goose Down
DROP TABLE number_restore;
ALTER TABLE number_counter DROP COLUMN skipped;
