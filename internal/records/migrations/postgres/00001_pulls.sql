-- +goose Up
-- As in SQLite; see there.
CREATE TABLE pulls (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    user_agent TEXT   NOT NULL,
    registry   TEXT   NOT NULL,
    repository TEXT   NOT NULL,
    reference  TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    verdict    TEXT   NOT NULL,
    reasons    TEXT   NOT NULL,
    bytes      BIGINT NOT NULL,
    held_ms    BIGINT NOT NULL,
    source     TEXT   NOT NULL,
    status     BIGINT NOT NULL
);

-- +goose Down
DROP TABLE pulls;
