-- +goose Up
CREATE TABLE form_value (
  group_id   text NOT NULL, -- a draft, later the submission of the same id
  element    text NOT NULL,
  text       text NOT NULL, -- canonical; sealed when the element is personal
  original   text NOT NULL, -- what the source said, when the applicant put something else; sealed with it
  sealed     boolean NOT NULL,
  source     text NOT NULL, -- in the applicant's words
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  PRIMARY KEY (group_id, element)
);

CREATE TABLE form_group (
  group_id text PRIMARY KEY,
  party    text NOT NULL,
  at       timestamptz NOT NULL
);
CREATE INDEX form_group_party ON form_group (party, at);

-- +goose Down
DROP TABLE form_group;
DROP TABLE form_value;
