-- +goose Up
-- Lists go by time, newest first, and go on from the last row's (at, id): every index of
-- a filter ends in these. image is the manifest that a row is about: of a manifest its
-- own digest, of a blob that of the image that decided on it. judged is the verdict
-- as it would be if the mode were not audit.
ALTER TABLE pulls ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE pulls ADD COLUMN judged TEXT NOT NULL DEFAULT '';
UPDATE pulls SET image = digest WHERE kind = 'manifest';
DROP INDEX pulls_at;
DROP INDEX pulls_digest;
DROP INDEX pulls_verdict;
CREATE INDEX pulls_at ON pulls (at, id);
CREATE INDEX pulls_digest ON pulls (digest, at, id);
CREATE INDEX pulls_verdict ON pulls (verdict, at, id);
CREATE INDEX pulls_client ON pulls (client, at, id);
CREATE INDEX pulls_repository ON pulls (repository, at, id);
CREATE INDEX pulls_image ON pulls (image, at, id);
CREATE INDEX pulls_request ON pulls (request_id);

-- One row for each manifest that was asked for in a repository, kept when its pulls are
-- purged. passed_at is when it was last given to a client, 0 if never.
CREATE TABLE images (
    registry   TEXT    NOT NULL,
    repository TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    passed_at  INTEGER NOT NULL,
    PRIMARY KEY (registry, repository, digest)
);
INSERT INTO images (registry, repository, digest, first_at, last_at, passed_at)
SELECT registry, repository, digest, min(at), max(at),
       max(CASE WHEN status = 200 AND bytes > 0 AND verdict IN ('allow', 'warn', 'stream') THEN at ELSE 0 END)
FROM pulls WHERE kind = 'manifest' AND digest <> ''
GROUP BY registry, repository, digest;

-- +goose Down
DROP TABLE images;
DROP INDEX pulls_request;
DROP INDEX pulls_image;
DROP INDEX pulls_repository;
DROP INDEX pulls_client;
ALTER TABLE pulls DROP COLUMN judged;
ALTER TABLE pulls DROP COLUMN image;
