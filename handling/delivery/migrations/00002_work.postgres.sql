-- +goose NO TRANSACTION
-- +goose Up
-- What is still to be handed over is little beside what was.
CREATE INDEX CONCURRENTLY delivery_parcel_waiting ON delivery_parcel (outlet, id) WHERE state <> 'completed';
CREATE INDEX CONCURRENTLY delivery_parcel_outlet ON delivery_parcel (outlet, id) WHERE state = 'completed';
CREATE INDEX CONCURRENTLY delivery_parcel_waiting_all ON delivery_parcel (id) WHERE state <> 'completed';

-- +goose Down
DROP INDEX delivery_parcel_waiting_all;
DROP INDEX delivery_parcel_waiting;
DROP INDEX delivery_parcel_outlet;
