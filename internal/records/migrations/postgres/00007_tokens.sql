-- +goose Up
-- As in SQLite; see there.
CREATE TABLE tokens (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    author     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    revoked_by TEXT   NOT NULL
);
CREATE INDEX tokens_at ON tokens (at, id);

-- +goose Down
DROP TABLE tokens;
