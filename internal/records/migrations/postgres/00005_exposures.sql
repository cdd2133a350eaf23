-- +goose Up
-- Images that clients have and that would not be given to them now, or of which that is not
-- known: their reports are of older rules. rules and policy are those that said so.
CREATE TABLE exposures (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT  NOT NULL,
    registry   TEXT    NOT NULL,
    repository TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    verdict    TEXT    NOT NULL,
    reasons    TEXT    NOT NULL,
    rules      TEXT    NOT NULL,
    policy     TEXT    NOT NULL,
    UNIQUE (registry, repository, digest)
);
CREATE INDEX exposures_state ON exposures (state, at, id);
CREATE INDEX exposures_digest ON exposures (digest);

-- Who has it: what the pulls said, which may have been purged since.
CREATE TABLE exposure_clients (
    exposure_id BIGINT  NOT NULL REFERENCES exposures (id) ON DELETE CASCADE,
    client      TEXT    NOT NULL,
    first_at    BIGINT  NOT NULL,
    last_at     BIGINT  NOT NULL,
    pulls       BIGINT  NOT NULL,
    PRIMARY KEY (exposure_id, client)
);

-- +goose Down
DROP TABLE exposure_clients;
DROP TABLE exposures;
