-- +goose Up
-- Up to here the marks of a clock have been told. Without it a mark that was passed while nobody looked would be lost as soon as
-- somebody entered something.
ALTER TABLE clock_clock ADD COLUMN swept_at timestamptz;

-- +goose Down
ALTER TABLE clock_clock DROP COLUMN swept_at;
