-- +goose Up
-- One row for each answer to a pull. Times are microseconds since 1970, UTC. AUTOINCREMENT
-- because ids are what lists continue from: one must not come back after a purge.
CREATE TABLE pulls (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    request_id TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    user_agent TEXT    NOT NULL,
    registry   TEXT    NOT NULL,
    repository TEXT    NOT NULL,
    reference  TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    verdict    TEXT    NOT NULL,
    reasons    TEXT    NOT NULL,
    bytes      INTEGER NOT NULL,
    held_ms    INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    status     INTEGER NOT NULL
);
CREATE INDEX pulls_at ON pulls (at);
CREATE INDEX pulls_digest ON pulls (digest, id);
CREATE INDEX pulls_verdict ON pulls (verdict, id);

-- +goose Down
DROP TABLE pulls;
