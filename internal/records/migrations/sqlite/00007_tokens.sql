-- +goose Up
-- API tokens; hash is SHA-256 over the whole token, in hexadecimal: docs/formats.md.
-- expires_at is 0 for one that does not expire.
CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    hash       TEXT    NOT NULL UNIQUE,
    author     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL,
    revoked_by TEXT    NOT NULL
);
CREATE INDEX tokens_at ON tokens (at, id);

-- +goose Down
DROP TABLE tokens;
