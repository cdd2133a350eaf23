-- +goose Up
-- Reviews of several replicas take turns where something changes: who finds an exposure first tells of it.
INSERT INTO changes (topic, n) VALUES ('exposures', 0);

-- What somebody is to be told: written with what it is about. key is what keeps one thing from
-- being told twice; state follows from the deliveries.
CREATE TABLE notifications (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    uid     TEXT    NOT NULL UNIQUE,
    key     TEXT    NOT NULL UNIQUE,
    at      INTEGER NOT NULL,
    type    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    data    TEXT    NOT NULL,
    state   TEXT    NOT NULL
);
CREATE INDEX notifications_at ON notifications (at, id);
CREATE INDEX notifications_state ON notifications (state, at, id);

-- One row for each webhook that is to have it. next_at is when it may be tried: whoever takes
-- it puts that off until its lease ends, so that nobody else takes it, and it comes back by
-- itself if its taker dies.
CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    notification_id INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    target          TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    since           INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    error           TEXT    NOT NULL,
    UNIQUE (notification_id, target)
);
CREATE INDEX deliveries_due ON deliveries (state, target, next_at, id);

-- Refusals that are told together: the first at once, those after it when the window ends.
CREATE TABLE refusals (
    key     TEXT    NOT NULL PRIMARY KEY,
    ends_at INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    data    TEXT    NOT NULL
);
CREATE INDEX refusals_ends ON refusals (ends_at);

-- +goose Down
DROP TABLE refusals;
DROP TABLE deliveries;
DROP TABLE notifications;
DELETE FROM changes WHERE topic = 'exposures';
