-- +goose Up
CREATE TABLE material_piece (
  id         text PRIMARY KEY,
  group_id   text NOT NULL, -- a draft, later the submission of the same id
  type       text NOT NULL,
  state      text NOT NULL CHECK (state IN ('given', 'waived', 'lacking', 'returned')),
  file_id    text NOT NULL, -- empty when nothing was handed in
  file_name  text NOT NULL,
  file_kind  text NOT NULL,
  file_size  bigint NOT NULL,
  source     text NOT NULL, -- upload, phone, counter, earlier, or the way of the waiver
  source_ref text NOT NULL, -- piece re-used, licence number, item whose result stands for it
  note       text NOT NULL, -- why it is waived, lacking or returned
  given_at   timestamptz NOT NULL,
  given_by   text NOT NULL,
  version    bigint NOT NULL
);
CREATE INDEX material_piece_group ON material_piece (group_id, type, id);
CREATE INDEX material_piece_file ON material_piece (file_id);

CREATE TABLE material_group (
  group_id text PRIMARY KEY,
  party    text NOT NULL,
  at       timestamptz NOT NULL
);
CREATE INDEX material_group_party ON material_group (party, at);

CREATE TABLE material_phone (
  token_hash text PRIMARY KEY, -- SHA-256 of the token; the token itself is only in the code that was shown
  group_id   text NOT NULL,
  type       text NOT NULL,
  made_at    timestamptz NOT NULL,
  until      timestamptz NOT NULL,
  made_by    text NOT NULL
);

-- +goose Down
DROP TABLE material_phone;
DROP TABLE material_group;
DROP TABLE material_piece;
