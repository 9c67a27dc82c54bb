-- +goose Up
-- What a list of one unit or a search by case reads.
CREATE INDEX licence_licence_unit ON licence_licence (unit, id);
CREATE INDEX licence_licence_number_of_case ON licence_licence (case_number);

-- +goose Down
DROP INDEX licence_licence_unit;
DROP INDEX licence_licence_number_of_case;
