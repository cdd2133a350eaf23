-- +goose Up
-- Where else an image is, by its digest alone.
CREATE INDEX images_digest ON images (digest, registry, repository);

-- +goose Down
DROP INDEX images_digest;
