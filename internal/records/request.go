package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Request asks for an exception for what was refused.
type Request struct {
	ID    int64     `json:"id"`
	At    time.Time `json:"at"`
	Asker string    `json:"asker"`
	Why   string    `json:"why"`
	Refused
	Decision
}

// Ask asks for an exception for the refusal with a request ID. ErrUnknown says that no such
// refusal is on record (yet: a row is written a moment after its answer), ErrState that it
// was asked for already, ErrAgain that this was with the same key.
func (r *Records) Ask(ctx context.Context, who Actor, requestID, why string, once Once) (Request, error) {
	q := Request{At: r.now(), Asker: text(who.Name, maxText), Why: text(strings.TrimSpace(why), maxText), Decision: Decision{State: Asked}}
	if q.Asker == "" || q.Why == "" {
		return q, invalid("a request needs a name and a reason")
	}
	return makeOnce(ctx, r, change{who, "request.ask", ""}, once, getRequest, func(tx *sql.Tx) (Request, int64, error) {
		id, err := r.ask(ctx, tx, &q, requestID)
		if err != nil {
			return q, 0, err
		}
		return q, id, tell(ctx, tx, news{q.At, RequestAsked, requestSubject(id), "", q.notice()})
	})
}

// ask completes a request by what its refusal was about, and writes it.
func (r *Records) ask(ctx context.Context, tx *sql.Tx, q *Request, requestID string) (int64, error) {
	p, err := one(ctx, tx, "pulls", scanPull, `SELECT id, `+pullColumns+` FROM pulls WHERE request_id = $1 AND verdict IN ('block', 'quarantine') ORDER BY at DESC, id DESC LIMIT 1`, requestID)
	if errors.Is(err, ErrNone) {
		return 0, fmt.Errorf("%w: no refusal has the request ID %.100q", ErrUnknown, requestID)
	}
	if err != nil {
		return 0, err
	}
	q.Refused = refusedBy(p)
	known, err := list(ctx, tx, "requests", scanInt, `SELECT id FROM requests WHERE request_id = $1`, requestID)
	if err != nil {
		return 0, err
	}
	if len(known) > 0 {
		return 0, fmt.Errorf("%w: request %d is about it", ErrState, known[0])
	}
	f := &q.Refused
	q.ID, err = one(ctx, tx, "requests", scanInt, `INSERT INTO requests (`+requestColumns+`) VALUES `+placeholders(1, 15)+` RETURNING id`,
		q.At.UnixMicro(), q.Asker, q.Why, f.RequestID, f.Client, f.Registry, f.Repository, f.Reference, f.Digest.String(), string(f.Reasons), Asked, int64(0), "", "", int64(0))
	return q.ID, err
}

// refusedBy is what a row's pull was refused.
func refusedBy(p Pull) Refused {
	f := Refused{
		RequestID: p.RequestID, Client: p.Client, Registry: p.Registry, Repository: p.Repository, Reference: p.Reference,
		Digest: oci.Digest(p.Image), Reasons: rawReasons(p.Reasons),
	}
	if p.Kind != "manifest" {
		f.Reference = ""
	}
	if p.Image == "" { // of a blob that no image is known to name
		f.Digest = oci.Digest(p.Digest)
	}
	return f
}

// Approve makes an exception for what a request is about, until expires (DefaultTTL from
// now if zero), and takes it out of quarantine. The word goes back to who asked.
func (r *Records) Approve(ctx context.Context, who Actor, id int64, word string, expires time.Time) (Request, error) {
	return r.decideRequest(ctx, change{who, "request.approve", "exceptions"}, id, func(tx *sql.Tx, q *Request) error {
		scope, err := q.scope()
		if err != nil {
			return err
		}
		e, err := r.addException(ctx, tx, who, NewException{Reason: q.Why, Ticket: fmt.Sprintf("request %d by %s", id, q.Asker), Scope: scope, Expires: expires}, ByHand, "")
		if err != nil {
			return err
		}
		q.Decision = Decision{Approved, r.now(), who.Name, text(word, maxText), e.ID}
		_, err = tx.ExecContext(ctx, `UPDATE quarantine SET state = $1, decided_at = $2, decided_by = $3, word = $4, exception_id = $5
			WHERE registry = $6 AND repository = $7 AND digest = $8 AND state = $9`,
			Released, q.Decided.UnixMicro(), who.Name, e.Ticket, e.ID, q.Registry, q.Repository, q.Digest.String(), Waiting)
		return err
	})
}

// Decline answers a request with a word instead of an exception.
func (r *Records) Decline(ctx context.Context, who Actor, id int64, word string) (Request, error) {
	return r.decideRequest(ctx, change{who, "request.decline", ""}, id, func(_ *sql.Tx, q *Request) error {
		q.Decision = Decision{Declined, r.now(), who.Name, text(strings.TrimSpace(word), maxText), 0}
		if q.Word == "" {
			return invalid("whoever asked wants to know why not")
		}
		return nil
	})
}

func (r *Records) decideRequest(ctx context.Context, c change, id int64, decide func(*sql.Tx, *Request) error) (Request, error) {
	var q Request
	err := r.change(ctx, c, func(tx *sql.Tx) (did, error) {
		before, err := getRequest(ctx, tx, id)
		if err != nil {
			return did{}, err
		}
		if before.State != Asked {
			return did{}, fmt.Errorf("%w: request %d is %s", ErrState, id, before.State)
		}
		q = before
		if err := decide(tx, &q); err != nil {
			return did{}, err
		}
		if err := putDecision(ctx, tx, "requests", id, q.Decision); err != nil {
			return did{}, err
		}
		kind := map[string]string{Approved: RequestApproved, Declined: RequestDeclined}[q.State]
		return did{fmt.Sprint(id), before, q}, tell(ctx, tx, news{q.Decided, kind, requestSubject(id), "", q.notice()})
	})
	return q, err
}

const requestColumns = `at, asker, why, request_id, client, registry, repository, reference, digest, reasons, state, decided_at, decided_by, word, exception_id`

func scanRequest(rows *sql.Rows) (q Request, err error) {
	var at, decided int64
	var reasons string
	err = rows.Scan(&q.ID, &at, &q.Asker, &q.Why, &q.RequestID, &q.Client, &q.Registry, &q.Repository, &q.Reference, &q.Digest, &reasons,
		&q.State, &decided, &q.By, &q.Word, &q.Exception)
	q.At, q.Decided, q.Reasons = fromMicro(at), fromMicro(decided), rawReasons(reasons)
	return q, err
}

func getRequest(ctx context.Context, q querier, id int64) (Request, error) {
	got, err := one(ctx, q, "requests", scanRequest, `SELECT id, `+requestColumns+` FROM requests WHERE id = $1`, id)
	if errors.Is(err, ErrNone) {
		err = fmt.Errorf("%w: request %d", ErrNone, id)
	}
	return got, err
}

// GetRequest returns one; ErrNone if there is none of that number.
func (r *Records) GetRequest(ctx context.Context, id int64) (Request, error) {
	return getRequest(ctx, r.db, id)
}

// Requests lists requests, newest first. A page shorter than the limit is the last.
func (r *Records) Requests(ctx context.Context, f StateFilter) ([]Request, error) {
	c := f.clause()
	return list(ctx, r.db, "requests", scanRequest, `SELECT id, `+requestColumns+` FROM requests`+c.limited("at DESC, id DESC", f.Limit), c.args...)
}
