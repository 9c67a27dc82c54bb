-- +goose Up
-- Cards that are not done with are few beside those that are.
CREATE INDEX efficiency_card_live ON efficiency_card (unit, severity, id) WHERE state NOT IN ('closed', 'withdrawn');
CREATE INDEX efficiency_card_issued ON efficiency_card (issued_at);
CREATE INDEX efficiency_case_load ON efficiency_case (unit, stage, due_at, legal_at) WHERE stage <> 'done';
CREATE INDEX efficiency_card_live_all ON efficiency_card (id) WHERE state NOT IN ('closed', 'withdrawn');

-- +goose Down
DROP INDEX efficiency_card_live_all;
DROP INDEX efficiency_case_load;
DROP INDEX efficiency_card_issued;
DROP INDEX efficiency_card_live;
