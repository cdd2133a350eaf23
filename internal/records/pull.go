package records

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Pull is one answer to a client.
type Pull struct {
	ID         int64     // given by the database; ignored by Record
	At         time.Time // kept to the microsecond, UTC; now if zero
	RequestID  string
	Client     string // address
	ClientName string // that the policy has for it, "" if none
	UserAgent  string
	Registry   string // docker.io
	Repository string // library/nginx
	Reference  string // the tag or digest as it was asked for
	Digest     string // what was answered with, "" if it came to none
	Image      string // the manifest that it is about: a manifest's own digest; a blob's that decided, if one did
	Kind       string // manifest or blob
	Verdict    string // the policy's word for it; "" if there was none
	Judged     string // the same if the mode were not audit
	Reasons    string // JSON; "" if none
	Bytes      int64  // of body sent
	HeldMS     int64  // milliseconds that the answer waited for its verdict
	Source     string // store or upstream
	Status     int    // HTTP's
}

// passed reports whether the row gave a manifest to the client.
func (p *Pull) passed() bool {
	return p.Kind == "manifest" && p.Status == 200 && p.Bytes > 0 && (p.Verdict == "allow" || p.Verdict == "warn" || p.Verdict == "stream")
}

// Bounds of the texts of a row, in bytes, because clients write them. The queue's memory
// is bounded by them too.
const (
	maxText    = 512
	maxReasons = 64 << 10
)

// bounded cuts what is too long, and what is no text: PostgreSQL takes neither NUL nor
// what is not UTF-8, and a row that can never be written would hold up all behind it.
// Reasons are JSON and would not survive a cut: too long ones are replaced by a
// statement of that.
func (p Pull) bounded() Pull {
	for _, s := range []*string{&p.RequestID, &p.Client, &p.ClientName, &p.UserAgent, &p.Registry, &p.Repository, &p.Reference, &p.Digest, &p.Image, &p.Kind, &p.Verdict, &p.Judged, &p.Source} {
		*s = text(*s, maxText)
	}
	if len(p.Reasons) > maxReasons {
		p.Reasons = fmt.Sprintf(`[{"rule":"records/too-long","message":"%d bytes of reasons were not kept"}]`, len(p.Reasons))
	}
	p.Reasons = text(p.Reasons, maxReasons)
	return p
}

// text returns what both databases take of s, at most limit bytes of it.
func text(s string, limit int) string {
	if len(s) > limit {
		s = strings.Clone(s[:limit]) // not a window on the long one
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}

// A Key is a row's place in a list that goes from new to old.
type Key struct {
	At time.Time
	ID int64
}

// A Filter chooses pulls; what is zero does not restrict.
type Filter struct {
	Digest     oci.Digest
	Image      oci.Digest // rows about an image: of its manifest and its blobs
	Verdict    string
	Client     string
	ClientName string
	Registry   string
	Repository string
	RequestID  string
	Since      time.Time // at or after
	Before     Key       // only rows that come after this one in the list: the last of the page before
	Limit      int       // 100 if zero, 1000 at most
}

// The bounds of a page of rows.
const (
	defaultPage = 100
	maxPage     = 1000
)

const pullColumns = `at, request_id, client, client_name, user_agent, registry, repository, reference, digest, image, kind, verdict, judged, reasons, bytes, held_ms, source, status`

const pullWidth = 18 // columns

// values are those of pullColumns.
func (p *Pull) values() []any {
	return []any{p.At.UnixMicro(), p.RequestID, p.Client, p.ClientName, p.UserAgent, p.Registry, p.Repository, p.Reference, p.Digest,
		p.Image, p.Kind, p.Verdict, p.Judged, p.Reasons, p.Bytes, p.HeldMS, p.Source, p.Status}
}

// query is the list of pulls that a filter chooses.
func (f Filter) query() (string, []any) {
	var c clause
	c.is("digest", f.Digest.String())
	c.is("image", f.Image.String())
	c.is("verdict", f.Verdict)
	c.is("client", f.Client)
	if f.ClientName != "" {
		c.and("client_name = ? AND client_name <> ''", f.ClientName) // the index has no others
	}
	c.is("registry", f.Registry)
	c.is("repository", f.Repository)
	c.is("request_id", f.RequestID)
	if !f.Since.IsZero() {
		c.and("at >= ?", f.Since.UnixMicro())
	}
	if f.Before != (Key{}) {
		c.and("(at, id) < (?, ?)", f.Before.At.UnixMicro(), f.Before.ID)
	}
	return `SELECT id, ` + pullColumns + ` FROM pulls` + c.limited("at DESC, id DESC", f.Limit), c.args
}

// Pulls lists pulls that are written, newest first. A page shorter than the limit is the last.
func (r *Records) Pulls(ctx context.Context, f Filter) ([]Pull, error) {
	query, args := f.query()
	return list(ctx, r.db, "pulls", scanPull, query, args...)
}

func scanPull(rows *sql.Rows) (p Pull, err error) {
	var at int64
	err = rows.Scan(&p.ID, &at, &p.RequestID, &p.Client, &p.ClientName, &p.UserAgent, &p.Registry, &p.Repository, &p.Reference, &p.Digest,
		&p.Image, &p.Kind, &p.Verdict, &p.Judged, &p.Reasons, &p.Bytes, &p.HeldMS, &p.Source, &p.Status)
	p.At = time.UnixMicro(at).UTC()
	return p, err
}
