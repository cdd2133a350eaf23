-- +goose Up
-- How often each topic changed. Who changes something holds the row of audit until the
-- end of the transaction: changes come one after the other, and the log has no gaps.
CREATE TABLE changes (
    topic TEXT    NOT NULL PRIMARY KEY,
    n     BIGINT  NOT NULL
);
INSERT INTO changes (topic, n) VALUES ('audit', 0), ('exceptions', 0);

-- What people changed. hash is over the row and the hash of the row before: docs/formats.md.
CREATE TABLE audit (
    id       BIGINT  NOT NULL PRIMARY KEY,
    at       BIGINT  NOT NULL,
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
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

-- source is "hand" or "import NAME"; name is an imported one's within its source.
CREATE TABLE exceptions (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          BIGINT  NOT NULL,
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
    expires_at  BIGINT  NOT NULL,
    revoked_at  BIGINT  NOT NULL,
    revoked_by  TEXT    NOT NULL
);
CREATE INDEX exceptions_at ON exceptions (at, id);
CREATE INDEX exceptions_in_force ON exceptions (revoked_at, expires_at);

-- +goose Down
DROP TABLE exceptions;
DROP TABLE audit;
DROP FUNCTION audit_append_only;
DROP TABLE changes;
