package records

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// ErrNone says that there is no such row.
var ErrNone = errors.New("records: no such row")

// An Image is a manifest in a repository, and when clients asked for it.
type Image struct {
	Registry   string
	Repository string
	Digest     oci.Digest
	First      time.Time // when it was first asked for, refused or not
	Last       time.Time // when it was last asked for
	Passed     time.Time // when it was last given to a client; zero if never
}

// FirstSeen returns when a manifest was first asked for in a repository by way of this
// database, whether it was refused or not; ErrNone if it never was. The row is written
// with the first pull's, a moment after its answer: until then, and after any other
// error, whoever needs an age must take it for new.
func (r *Records) FirstSeen(ctx context.Context, registry, repository string, d oci.Digest) (time.Time, error) {
	key := imageKey{registry, repository, d.String()}
	if at, ok := r.seen.get(key); ok {
		return at, nil
	}
	at, err := list(ctx, r.db, "images", scanInt,
		`SELECT first_at FROM images WHERE registry = $1 AND repository = $2 AND digest = $3`, registry, repository, d.String())
	if err != nil {
		return time.Time{}, err
	}
	if len(at) == 0 {
		return time.Time{}, ErrNone
	}
	first := time.UnixMicro(at[0]).UTC()
	r.seen.put(key, first)
	return first, nil
}

// An ImageFilter chooses images; what is zero does not restrict.
type ImageFilter struct {
	Registry   string
	Repository string
	Digest     oci.Digest
	Passed     time.Time // given to a client at or after
	Given      bool      // given to a client at all
	After      Image     // the last of the page before: its names and digest
	Limit      int       // 100 if zero, 1000 at most
}

// Images lists images by registry, repository and digest. A page shorter than the limit is the last.
func (r *Records) Images(ctx context.Context, f ImageFilter) ([]Image, error) {
	var c clause
	c.is("registry", f.Registry)
	c.is("repository", f.Repository)
	c.is("digest", f.Digest.String())
	if f.Given || !f.Passed.IsZero() {
		c.and("passed_at >= ?", max(1, micro(f.Passed)))
	}
	if f.After.Digest != "" {
		c.and("(registry, repository, digest) > (?, ?, ?)", f.After.Registry, f.After.Repository, f.After.Digest.String())
	}
	return list(ctx, r.db, "images", scanImage, `SELECT registry, repository, digest, first_at, last_at, passed_at FROM images`+
		c.limited("registry, repository, digest", f.Limit), c.args...)
}

// PassedElsewhere reports whether a manifest was given to a client in another repository.
func (r *Records) PassedElsewhere(ctx context.Context, registry, repository string, d oci.Digest) (bool, error) {
	n, err := one(ctx, r.db, "images", scanInt, `SELECT count(*) FROM images WHERE digest = $1 AND passed_at > 0 AND NOT (registry = $2 AND repository = $3)`,
		d.String(), registry, repository)
	return n > 0, err
}

func scanImage(rows *sql.Rows) (i Image, err error) {
	var first, last, passed int64
	err = rows.Scan(&i.Registry, &i.Repository, &i.Digest, &first, &last, &passed)
	i.First, i.Last, i.Passed = fromMicro(first), fromMicro(last), fromMicro(passed)
	return i, err
}

// firsts remembers when images were first seen, which does not change: up to maxFirsts
// of them, and then it begins anew.
type firsts struct {
	mu sync.Mutex // guards at
	at map[imageKey]time.Time
}

const maxFirsts = 16384

func (f *firsts) get(k imageKey) (time.Time, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.at[k]
	return at, ok
}

func (f *firsts) put(k imageKey, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil || len(f.at) >= maxFirsts {
		f.at = map[imageKey]time.Time{}
	}
	f.at[k] = at
}

type imageKey struct{ registry, repository, digest string }

func (k imageKey) compare(o imageKey) int {
	return cmp.Or(strings.Compare(k.registry, o.registry), strings.Compare(k.repository, o.repository), strings.Compare(k.digest, o.digest))
}

// noteImages brings the rows of the images that a batch is about up to date.
func noteImages(ctx context.Context, q querier, batch []Pull) error {
	type times struct{ first, last, passed int64 }
	seen := map[imageKey]times{}
	var keys []imageKey
	for i := range batch {
		p := &batch[i]
		if p.Kind != "manifest" || p.Image == "" {
			continue
		}
		k, at := imageKey{p.Registry, p.Repository, p.Image}, p.At.UnixMicro()
		t, ok := seen[k]
		if !ok {
			t.first = at
			keys = append(keys, k)
		}
		t.first, t.last = min(t.first, at), max(t.last, at)
		if p.passed() {
			t.passed = max(t.passed, at)
		}
		seen[k] = t
	}
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, imageKey.compare) // replicas that take row locks in one order do not deadlock
	var args []any
	for _, k := range keys {
		t := seen[k]
		args = append(args, k.registry, k.repository, k.digest, t.first, t.last, t.passed)
	}
	query := `INSERT INTO images (registry, repository, digest, first_at, last_at, passed_at) VALUES ` + placeholders(len(keys), 6) + `
		ON CONFLICT (registry, repository, digest) DO UPDATE SET
		first_at = CASE WHEN excluded.first_at < images.first_at THEN excluded.first_at ELSE images.first_at END,
		last_at = CASE WHEN excluded.last_at > images.last_at THEN excluded.last_at ELSE images.last_at END,
		passed_at = CASE WHEN excluded.passed_at > images.passed_at THEN excluded.passed_at ELSE images.passed_at END`
	if _, err := q.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("note images: %w", err)
	}
	return nil
}
