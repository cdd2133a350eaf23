package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// The states of what is in quarantine and of requests.
const (
	Waiting  = "waiting"  // in quarantine, for a person
	Released = "released" // an exception was made
	Rejected = "rejected" // a person has looked, and made none
	Cleared  = "cleared"  // the policy no longer minds it
	Asked    = "open"     // a request that nobody has answered
	Approved = "approved" // an exception was made
	Declined = "declined"
)

// A Refused is what was refused: an image, or a name of which no digest came to be known.
type Refused struct {
	RequestID  string          `json:"request_id"` // of the refusal
	Client     string          `json:"client"`
	Registry   string          `json:"registry"`
	Repository string          `json:"repository"`
	Reference  string          `json:"reference"` // tag or digest as it was asked for, "" if a blob's refusal was the first
	Digest     oci.Digest      `json:"digest,omitempty"`
	Reasons    json.RawMessage `json:"reasons"` // of policy.Verdict
}

// A Decision is what became of it.
type Decision struct {
	State     string    `json:"state"`
	Decided   time.Time `json:"decided,omitzero"`
	By        string    `json:"by,omitempty"`
	Word      string    `json:"word,omitempty"`      // what they said
	Exception int64     `json:"exception,omitempty"` // the one that was made
}

// A Quarantined is an image that is refused until a person has looked.
type Quarantined struct {
	ID    int64     `json:"id"`
	At    time.Time `json:"at"`    // of the first refusal
	Last  time.Time `json:"last"`  // of the last one
	Times int64     `json:"times"` // how many there were
	Refused
	Decision
}

// scope is what an exception for it covers: the image, or, where only its name is known,
// the rule that minded the name.
func (f *Refused) scope() (Scope, error) {
	if f.Digest != "" {
		return Scope{Repository: oci.FullName(f.Registry, f.Repository), Digest: f.Digest}, nil
	}
	var reasons []struct {
		Finding struct {
			Rule string `json:"rule"`
		} `json:"finding"`
	}
	if err := json.Unmarshal(f.Reasons, &reasons); err != nil || len(reasons) == 0 || reasons[0].Finding.Rule == "" {
		return Scope{}, fmt.Errorf("%w: neither the digest nor the rule of it; add an exception by hand", ErrUnknown)
	}
	return Scope{Repository: oci.FullName(f.Registry, f.Repository), Rule: reasons[0].Finding.Rule}, nil
}

// settled is how long after a decision a refusal may still be by what held before it: the
// time in which every replica knows, and that of a long answer.
const settled = 5 * time.Second

// noteQuarantine brings the rows of what a batch put in quarantine up to date.
func noteQuarantine(ctx context.Context, q querier, batch []Pull) error {
	type row struct {
		p     *Pull
		last  int64
		times int64
	}
	rows := map[imageKey]*row{}
	var keys []imageKey
	for i := range batch {
		p := &batch[i]
		if p.Verdict != "quarantine" || p.Image == "" && p.Kind != "manifest" {
			continue
		}
		k := imageKey{p.Registry, p.Repository, p.Image}
		if rows[k] == nil {
			rows[k] = &row{p: p}
			keys = append(keys, k)
		}
		rows[k].last = max(rows[k].last, p.At.UnixMicro())
		rows[k].times++
	}
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, imageKey.compare)
	var args []any
	for _, k := range keys {
		r := rows[k]
		reference := r.p.Reference
		if r.p.Kind != "manifest" {
			reference = ""
		}
		args = append(args, r.p.At.UnixMicro(), r.last, r.times, r.p.RequestID, r.p.Client, k.registry, k.repository, reference, k.digest, r.p.Reasons,
			Waiting, int64(0), "", "", int64(0))
	}
	query := `INSERT INTO quarantine (` + quarantineColumns + `) VALUES ` + placeholders(len(keys), 15) + fmt.Sprintf(`
		ON CONFLICT (registry, repository, digest) DO UPDATE SET
		last_at = CASE WHEN excluded.last_at > quarantine.last_at THEN excluded.last_at ELSE quarantine.last_at END,
		times = quarantine.times + excluded.times,
		reference = CASE WHEN excluded.reference <> '' THEN excluded.reference ELSE quarantine.reference END,
		reasons = excluded.reasons,
		state = CASE WHEN quarantine.state IN ('%s', '%s') AND excluded.last_at > quarantine.decided_at + %d THEN '%s' ELSE quarantine.state END
		RETURNING id, `+quarantineColumns,
		Released, Cleared, settled.Microseconds(), Waiting)
	noted, err := list(ctx, q, "quarantine", scanQuarantined, query, args...)
	if err != nil {
		return err
	}
	for i := range noted {
		x := &noted[i]
		if x.State != Waiting {
			continue
		}
		// Told of once for each time that it comes to wait: at first, and again after each decision.
		key := fmt.Sprintf("quarantine/%d/%d", x.ID, micro(x.Decided))
		n := x.notice()
		n.By, n.Word, n.Exception = "", "", 0 // of the decision before
		if err := tell(ctx, q, news{x.Last, ImageQuarantined, n.image(), key, n}); err != nil {
			return err
		}
	}
	return nil
}

const quarantineColumns = `at, last_at, times, request_id, client, registry, repository, reference, digest, reasons, state, decided_at, decided_by, word, exception_id`

func scanQuarantined(rows *sql.Rows) (x Quarantined, err error) {
	var at, last, decided int64
	var reasons string
	err = rows.Scan(&x.ID, &at, &last, &x.Times, &x.RequestID, &x.Client, &x.Registry, &x.Repository, &x.Reference, &x.Digest, &reasons,
		&x.State, &decided, &x.By, &x.Word, &x.Exception)
	x.At, x.Last, x.Decided, x.Reasons = fromMicro(at), fromMicro(last), fromMicro(decided), rawReasons(reasons)
	return x, err
}

// rawReasons are reasons as JSON, whatever was written.
func rawReasons(s string) json.RawMessage {
	if !json.Valid([]byte(s)) {
		return json.RawMessage(`[]`)
	}
	return json.RawMessage(s)
}

// A StateFilter chooses what is in quarantine, or requests; what is zero does not restrict.
type StateFilter struct {
	State  string
	Before Key // the last row of the page before
	Limit  int // 100 if zero, 1000 at most
}

func (f StateFilter) clause() clause {
	var c clause
	c.is("state", f.State)
	if f.Before != (Key{}) {
		c.and("(at, id) < (?, ?)", f.Before.At.UnixMicro(), f.Before.ID)
	}
	return c
}

// Quarantine lists what is or was in quarantine, newest first. A page shorter than the limit is the last.
func (r *Records) Quarantine(ctx context.Context, f StateFilter) ([]Quarantined, error) {
	c := f.clause()
	return list(ctx, r.db, "quarantine", scanQuarantined, `SELECT id, `+quarantineColumns+` FROM quarantine`+c.limited("at DESC, id DESC", f.Limit), c.args...)
}

// RejectedSince lists what a person has rejected at or after a time, the first maxPage of it.
func (r *Records) RejectedSince(ctx context.Context, since time.Time) ([]Quarantined, error) {
	return list(ctx, r.db, "quarantine", scanQuarantined, `SELECT id, `+quarantineColumns+` FROM quarantine WHERE state = $1 AND decided_at >= $2 ORDER BY decided_at, id LIMIT $3`,
		Rejected, since.UnixMicro(), maxPage)
}

// GetQuarantined returns one; ErrNone if there is none of that number.
func (r *Records) GetQuarantined(ctx context.Context, id int64) (Quarantined, error) {
	return getQuarantined(ctx, r.db, id)
}

func getQuarantined(ctx context.Context, q querier, id int64) (Quarantined, error) {
	x, err := one(ctx, q, "quarantine", scanQuarantined, `SELECT id, `+quarantineColumns+` FROM quarantine WHERE id = $1`, id)
	if errors.Is(err, ErrNone) {
		err = fmt.Errorf("%w: %d is not in quarantine", ErrNone, id)
	}
	return x, err
}

// Release makes an exception for what is in quarantine, for the reason why.
func (r *Records) Release(ctx context.Context, who Actor, id int64, why, ticket string, expires time.Time) (Quarantined, error) {
	return r.decideQuarantined(ctx, change{who, "quarantine.release", "exceptions"}, id, []string{Waiting, Rejected}, func(tx *sql.Tx, x *Quarantined) error {
		scope, err := x.scope()
		if err != nil {
			return err
		}
		e, err := r.addException(ctx, tx, who, NewException{Reason: why, Ticket: ticket, Scope: scope, Expires: expires}, ByHand, "")
		x.Decision = Decision{Released, r.now(), who.Name, e.Reason, e.ID}
		return err
	})
}

// Reject notes that what is in quarantine is to stay there: it no longer waits for a person. It is
// the policy that refuses it.
func (r *Records) Reject(ctx context.Context, who Actor, id int64, why string) (Quarantined, error) {
	return r.decideQuarantined(ctx, change{who, "quarantine.reject", ""}, id, []string{Waiting}, func(_ *sql.Tx, x *Quarantined) error {
		x.Decision = Decision{Rejected, r.now(), who.Name, text(why, maxText), 0}
		if x.Word == "" {
			return invalid("a rejection needs a reason")
		}
		return nil
	})
}

// Clear takes out of quarantine what the policy no longer minds.
func (r *Records) Clear(ctx context.Context, who Actor, id int64, why string) (Quarantined, error) {
	return r.decideQuarantined(ctx, change{who, "quarantine.clear", ""}, id, []string{Waiting}, func(_ *sql.Tx, x *Quarantined) error {
		x.Decision = Decision{Cleared, r.now(), who.Name, text(why, maxText), 0}
		return nil
	})
}

func (r *Records) decideQuarantined(ctx context.Context, c change, id int64, from []string, decide func(*sql.Tx, *Quarantined) error) (Quarantined, error) {
	var x Quarantined
	err := r.change(ctx, c, func(tx *sql.Tx) (did, error) {
		before, err := getQuarantined(ctx, tx, id)
		if err != nil {
			return did{}, err
		}
		if !slices.Contains(from, before.State) {
			return did{}, fmt.Errorf("%w: %d is %s", ErrState, id, before.State)
		}
		x = before
		if err := decide(tx, &x); err != nil {
			return did{}, err
		}
		if err := putDecision(ctx, tx, "quarantine", id, x.Decision); err != nil {
			return did{}, err
		}
		kind := map[string]string{Released: ImageReleased, Rejected: ImageRejected, Cleared: ImageCleared}[x.State]
		n := x.notice()
		return did{fmt.Sprint(id), before, x}, tell(ctx, tx, news{x.Decided, kind, n.image(), "", n})
	})
	return x, err
}

// putDecision writes what became of a row of a table.
func putDecision(ctx context.Context, q querier, table string, id int64, d Decision) error {
	_, err := q.ExecContext(ctx, `UPDATE `+table+` SET state = $1, decided_at = $2, decided_by = $3, word = $4, exception_id = $5 WHERE id = $6`,
		d.State, micro(d.Decided), text(d.By, maxText), d.Word, d.Exception, id)
	if err != nil {
		return fmt.Errorf("records: write a decision: %w", err)
	}
	return nil
}
