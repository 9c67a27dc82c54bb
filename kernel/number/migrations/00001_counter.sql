-- +goose Up
CREATE TABLE number_counter (
  series text NOT NULL,
  period text NOT NULL,
  value  bigint NOT NULL CHECK (value > 0),
  PRIMARY KEY (series, period)
);

-- +goose Down
DROP TABLE number_counter;
