-- +goose Up
-- The name that the policy had for a client at the time; '' where it had none.
ALTER TABLE pulls ADD COLUMN client_name TEXT NOT NULL DEFAULT '';
CREATE INDEX pulls_client_name ON pulls (client_name, at, id) WHERE client_name <> '';
ALTER TABLE exposure_clients ADD COLUMN name TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE exposure_clients DROP COLUMN name;
DROP INDEX pulls_client_name;
ALTER TABLE pulls DROP COLUMN client_name;
