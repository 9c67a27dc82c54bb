-- +goose Up
-- How many codes were sent to a phone, or asked for from an address, until when they count. Both stand here as blind indexes.
CREATE TABLE account_sent (
  who   text PRIMARY KEY,
  used  bigint NOT NULL,
  until timestamptz NOT NULL
);
CREATE INDEX account_sent_until ON account_sent (until);

-- +goose Down
DROP TABLE account_sent;
