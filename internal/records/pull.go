package records

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Pull is one answer to a client.
type Pull struct {
	ID         int64     // given by the database, rising in the order of writing; ignored by Record
	At         time.Time // kept to the microsecond, UTC; now if zero
	RequestID  string
	Client     string // address or name
	UserAgent  string
	Registry   string // docker.io
	Repository string // library/nginx
	Reference  string // the tag or digest as it was asked for
	Digest     string // what was answered with, "" if it came to none
	Kind       string // manifest or blob
	Verdict    string // the policy's word for it; "" if there was none
	Reasons    string // JSON; "" if none
	Bytes      int64  // of body sent
	HeldMS     int64  // milliseconds that the answer waited for its verdict
	Source     string // store or upstream
	Status     int    // HTTP's
}

// Bounds of the texts of a row, in bytes, because clients write them. The queue's memory
// is bounded by them too.
const (
	maxText    = 512
	maxReasons = 64 << 10
)

// bounded cuts what is too long. Reasons are JSON and would not survive a cut: too
// long ones are replaced by a statement of that.
func (p Pull) bounded() Pull {
	for _, s := range []*string{&p.RequestID, &p.Client, &p.UserAgent, &p.Registry, &p.Repository, &p.Reference, &p.Digest, &p.Kind, &p.Verdict, &p.Source} {
		if len(*s) > maxText {
			*s = strings.Clone((*s)[:maxText]) // not a window on the long one
		}
	}
	if len(p.Reasons) > maxReasons {
		p.Reasons = fmt.Sprintf(`[{"rule":"records/too-long","message":"%d bytes of reasons were not kept"}]`, len(p.Reasons))
	}
	return p
}

// A Filter chooses pulls; what is zero does not restrict.
type Filter struct {
	Digest  oci.Digest
	Verdict string
	Since   time.Time // at or after
	Before  int64     // only ids below: the last one of the page before
	Limit   int       // 100 if zero, 1000 at most
}

// The bounds of a page of pulls.
const (
	defaultPage = 100
	maxPage     = 1000
)

const pullColumns = `at, request_id, client, user_agent, registry, repository, reference, digest, kind, verdict, reasons, bytes, held_ms, source, status`

// Pulls lists pulls that are written, newest first. A page shorter than the limit is the last.
func (r *Records) Pulls(ctx context.Context, f Filter) ([]Pull, error) {
	where, args := "1 = 1", []any{}
	and := func(condition string, arg any) {
		where += " AND " + condition
		args = append(args, arg)
	}
	if f.Digest != "" {
		and("digest = ?", f.Digest.String())
	}
	if f.Verdict != "" {
		and("verdict = ?", f.Verdict)
	}
	if !f.Since.IsZero() {
		and("at >= ?", f.Since.UnixMicro())
	}
	if f.Before > 0 {
		and("id < ?", f.Before)
	}
	limit := min(f.Limit, maxPage)
	if limit <= 0 {
		limit = defaultPage
	}
	rows, err := r.db.QueryContext(ctx, `SELECT id, `+pullColumns+` FROM pulls WHERE `+where+` ORDER BY id DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("records: list pulls: %w", err)
	}
	defer rows.Close()
	var out []Pull
	for rows.Next() {
		var p Pull
		var at int64
		if err := rows.Scan(&p.ID, &at, &p.RequestID, &p.Client, &p.UserAgent, &p.Registry, &p.Repository, &p.Reference, &p.Digest,
			&p.Kind, &p.Verdict, &p.Reasons, &p.Bytes, &p.HeldMS, &p.Source, &p.Status); err != nil {
			return nil, fmt.Errorf("records: read a pull: %w", err)
		}
		p.At = time.UnixMicro(at).UTC()
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("records: list pulls: %w", err)
	}
	return out, nil
}
