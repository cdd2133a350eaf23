-- +goose Up
-- One row for each image that was refused until a person has looked; digest is '' where the
-- name alone was the reason, before any digest was known.
CREATE TABLE quarantine (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    times        INTEGER NOT NULL,
    request_id   TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    registry     TEXT    NOT NULL,
    repository   TEXT    NOT NULL,
    reference    TEXT    NOT NULL,
    digest       TEXT    NOT NULL,
    reasons      TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    decided_at   INTEGER NOT NULL,
    decided_by   TEXT    NOT NULL,
    word         TEXT    NOT NULL,
    exception_id INTEGER NOT NULL,
    UNIQUE (registry, repository, digest)
);
CREATE INDEX quarantine_state ON quarantine (state, at, id);

-- What developers asked for: an exception for what a refusal with this request ID was about.
CREATE TABLE requests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    asker        TEXT    NOT NULL,
    why          TEXT    NOT NULL,
    request_id   TEXT    NOT NULL UNIQUE,
    client       TEXT    NOT NULL,
    registry     TEXT    NOT NULL,
    repository   TEXT    NOT NULL,
    reference    TEXT    NOT NULL,
    digest       TEXT    NOT NULL,
    reasons      TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    decided_at   INTEGER NOT NULL,
    decided_by   TEXT    NOT NULL,
    word         TEXT    NOT NULL,
    exception_id INTEGER NOT NULL
);
CREATE INDEX requests_state ON requests (state, at, id);

-- +goose Down
DROP TABLE requests;
DROP TABLE quarantine;
