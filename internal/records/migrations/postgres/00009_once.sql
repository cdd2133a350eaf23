-- +goose Up
-- What was asked for with a key, so that asking again makes no second one. row_id is what was
-- made, sum names what was asked for.
CREATE TABLE once (
    actor  TEXT    NOT NULL,
    action TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    sum    TEXT    NOT NULL,
    row_id BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (actor, action, key)
);
CREATE INDEX once_at ON once (at);

-- +goose Down
DROP TABLE once;
