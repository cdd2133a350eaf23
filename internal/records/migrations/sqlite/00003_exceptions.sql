-- +goose Up
-- How often each topic changed. Who changes something holds the row of audit until the
-- end of the transaction: changes come one after the other, and the log has no gaps.
CREATE TABLE changes (
    topic TEXT    NOT NULL PRIMARY KEY,
    n     INTEGER NOT NULL
);
INSERT INTO changes (topic, n) VALUES ('audit', 0), ('exceptions', 0);

-- What people changed. hash is over the row and the hash of the row before: docs/formats.md.
CREATE TABLE audit (
    id       INTEGER NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    origin   TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    object   TEXT    NOT NULL,
    before   TEXT    NOT NULL,
    after    TEXT    NOT NULL,
    previous TEXT    NOT NULL,
    hash     TEXT    NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- +goose StatementEnd

-- source is "hand" or "import NAME"; name is an imported one's within its source.
CREATE TABLE exceptions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    author      TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    ticket      TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    repository  TEXT    NOT NULL,
    tag         TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    client      TEXT    NOT NULL,
    expires_at  INTEGER NOT NULL,
    revoked_at  INTEGER NOT NULL,
    revoked_by  TEXT    NOT NULL
);
CREATE INDEX exceptions_at ON exceptions (at, id);
CREATE INDEX exceptions_in_force ON exceptions (revoked_at, expires_at);

-- +goose Down
DROP TABLE exceptions;
DROP TABLE audit;
DROP TABLE changes;
