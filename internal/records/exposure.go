package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// The states of exposures.
const (
	Exposed  = "exposed"  // clients have it, and it would be refused now
	Unknown  = "unknown"  // clients have it, and it is to be inspected again under the rules in force
	Resolved = "resolved" // it would be given out again
)

// An Exposure is an image that was given to clients and would not be now.
type Exposure struct {
	ID         int64           `json:"id"`
	At         time.Time       `json:"at"` // when it came into its state
	Registry   string          `json:"registry"`
	Repository string          `json:"repository"`
	Digest     oci.Digest      `json:"digest"`
	State      string          `json:"state"`
	Verdict    string          `json:"verdict,omitempty"` // block, quarantine
	Reasons    json.RawMessage `json:"reasons"`           // of policy.Verdict
	Rules      string          `json:"rules"`             // the rule set that said so
	Policy     string          `json:"policy"`            // and the policy's revision
	Clients    []Holder        `json:"clients"`           // who has it
}

// A Holder is a client that was given an image.
type Holder struct {
	Client string    `json:"client"`
	Name   string    `json:"name,omitempty"` // that the policy had for it
	First  time.Time `json:"first"`          // pull
	Last   time.Time `json:"last"`
	Pulls  int64     `json:"pulls"`
}

// Holders returns the clients that were given an image, by name, as far as pulls are kept:
// those whose pull of the manifest passed. One that was given the manifest before there was
// a verdict, and was then refused a blob, does not have the image.
func (r *Records) Holders(ctx context.Context, registry, repository string, d oci.Digest) ([]Holder, error) {
	type row struct {
		Holder
		certain, refused int64
	}
	const passed = `kind = 'manifest' AND status = 200 AND bytes > 0 AND verdict IN ('allow', 'warn', 'stream')`
	rows, err := list(ctx, r.db, "holders", func(rows *sql.Rows) (h row, err error) {
		var first, last int64
		err = rows.Scan(&h.Client, &h.Name, &first, &last, &h.Pulls, &h.certain, &h.refused)
		h.First, h.Last = fromMicro(first), fromMicro(last)
		return h, err
	}, `SELECT client, max(client_name),
		coalesce(min(CASE WHEN `+passed+` THEN at END), 0), coalesce(max(CASE WHEN `+passed+` THEN at END), 0),
		sum(CASE WHEN `+passed+` THEN 1 ELSE 0 END), sum(CASE WHEN `+passed+` AND verdict <> 'stream' THEN 1 ELSE 0 END),
		sum(CASE WHEN verdict IN ('block', 'quarantine') THEN 1 ELSE 0 END)
		FROM pulls WHERE image = $1 AND repository = $2 AND registry = $3 GROUP BY client ORDER BY client`, d.String(), repository, registry)
	if err != nil {
		return nil, err
	}
	var out []Holder
	for _, h := range rows {
		if h.certain > 0 || h.Pulls > 0 && h.refused == 0 {
			out = append(out, h.Holder)
		}
	}
	return out, nil
}

// PutExposure keeps what a review came to about an image, and reports whether that is news:
// a new state, or clients that were not known to have it. One that is Resolved and was not
// on record before is none.
func (r *Records) PutExposure(ctx context.Context, x Exposure) (news bool, err error) {
	if same, _, err := r.exposedBefore(ctx, r.db, x); err != nil || same {
		return false, err
	}
	err = r.transact(ctx, "exposure", func(tx *sql.Tx) error {
		news, err = r.putExposure(ctx, tx, x)
		return err
	})
	return news && err == nil, err
}

// exposedBefore returns what is on record of an image, if anything is, and whether x says the same.
func (r *Records) exposedBefore(ctx context.Context, q querier, x Exposure) (same bool, before []Exposure, err error) {
	before, err = list(ctx, q, "exposures", scanExposure, `SELECT id, `+exposureColumns+` FROM exposures WHERE registry = $1 AND repository = $2 AND digest = $3`,
		x.Registry, x.Repository, x.Digest.String())
	same = len(before) == 0 && x.State == Resolved || len(before) == 1 && before[0].State == x.State && x.State != Exposed
	return same, before, err
}

func (r *Records) putExposure(ctx context.Context, tx *sql.Tx, x Exposure) (fresh bool, err error) {
	// Replicas take turns, so that what all of them find is news to one.
	if _, err := bump(ctx, tx, "exposures"); err != nil {
		return false, err
	}
	same, before, err := r.exposedBefore(ctx, tx, x)
	if err != nil || same {
		return false, err
	}
	at := r.now()
	if len(before) == 1 && before[0].State == x.State {
		at = before[0].At
	}
	fresh = len(before) == 0 || before[0].State != x.State
	id, err := one(ctx, tx, "exposures", scanInt, `INSERT INTO exposures (`+exposureColumns+`) VALUES `+placeholders(1, 9)+`
		ON CONFLICT (registry, repository, digest) DO UPDATE SET at = excluded.at, state = excluded.state, verdict = excluded.verdict,
		reasons = excluded.reasons, rules = excluded.rules, policy = excluded.policy RETURNING id`,
		at.UnixMicro(), x.Registry, x.Repository, x.Digest.String(), x.State, x.Verdict, text(string(x.Reasons), maxReasons), x.Rules, x.Policy)
	if err != nil {
		return false, err
	}
	more, err := putHolders(ctx, tx, id, x.Clients)
	if err != nil {
		return false, err
	}
	if fresh = fresh || more; !fresh || x.State != Exposed {
		return fresh, nil
	}
	n := x.notice()
	return true, tell(ctx, tx, news{r.now(), ImageExposed, n.image(), "", n})
}

// putHolders adds to the clients that have an image, and reports whether there was a new one.
func putHolders(ctx context.Context, q querier, id int64, all []Holder) (fresh bool, err error) {
	known, err := holders(ctx, q, id)
	if err != nil {
		return false, err
	}
	has := map[string]bool{}
	for _, h := range known {
		has[h.Client] = true
	}
	for _, h := range all {
		fresh = fresh || !has[h.Client]
		_, err := q.ExecContext(ctx, `INSERT INTO exposure_clients (exposure_id, client, name, first_at, last_at, pulls) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (exposure_id, client) DO UPDATE SET
			name = excluded.name,
			first_at = CASE WHEN excluded.first_at < exposure_clients.first_at THEN excluded.first_at ELSE exposure_clients.first_at END,
			last_at = excluded.last_at, pulls = excluded.pulls`,
			id, h.Client, h.Name, h.First.UnixMicro(), h.Last.UnixMicro(), h.Pulls)
		if err != nil {
			return false, fmt.Errorf("records: exposure: %w", err)
		}
	}
	return fresh, nil
}

const exposureColumns = `at, registry, repository, digest, state, verdict, reasons, rules, policy`

func scanExposure(rows *sql.Rows) (x Exposure, err error) {
	var at int64
	var reasons string
	err = rows.Scan(&x.ID, &at, &x.Registry, &x.Repository, &x.Digest, &x.State, &x.Verdict, &reasons, &x.Rules, &x.Policy)
	x.At, x.Reasons = fromMicro(at), rawReasons(reasons)
	return x, err
}

func holders(ctx context.Context, q querier, id int64) ([]Holder, error) {
	return list(ctx, q, "exposures", func(rows *sql.Rows) (h Holder, err error) {
		var first, last int64
		err = rows.Scan(&h.Client, &h.Name, &first, &last, &h.Pulls)
		h.First, h.Last = fromMicro(first), fromMicro(last)
		return h, err
	}, `SELECT client, name, first_at, last_at, pulls FROM exposure_clients WHERE exposure_id = $1 ORDER BY client`, id)
}

// An ExposureFilter chooses exposures; what is zero does not restrict.
type ExposureFilter struct {
	State      string
	Unresolved bool // Exposed or Unknown
	Digest     oci.Digest
	Before     Key // the last row of the page before
	Limit      int // 100 if zero, 1000 at most
}

// Exposures lists exposures with their clients, newest first. A page shorter than the limit is the last.
func (r *Records) Exposures(ctx context.Context, f ExposureFilter) ([]Exposure, error) {
	c := StateFilter{State: f.State, Before: f.Before}.clause()
	c.is("digest", f.Digest.String())
	if f.Unresolved {
		c.and("state IN (?, ?)", Exposed, Unknown)
	}
	out, err := list(ctx, r.db, "exposures", scanExposure, `SELECT id, `+exposureColumns+` FROM exposures`+c.limited("at DESC, id DESC", f.Limit), c.args...)
	for i := range out {
		if out[i].Clients, err = holders(ctx, r.db, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, err
}
