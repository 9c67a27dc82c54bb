-- +goose Up
-- Whose personal data an audit entry read, so that each person can ask who looked (个人信息保护法第四十四条、第四十五条).
CREATE TABLE audit_reading (
  party    text NOT NULL,
  entry_id text NOT NULL,
  PRIMARY KEY (party, entry_id)
);

-- +goose Down
DROP TABLE audit_reading;
