package records

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// An Actor is who changes something, and from where.
type Actor struct {
	Name   string // of a person or a token
	Origin string // an address; "cli HOST"
}

// An AuditRow is one change. Each row's hash covers the row and the hash of the row
// before it, so that no row can be altered or taken out without all after it showing it.
type AuditRow struct {
	ID       int64     `json:"id"` // 1, 2, 3: without gaps
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
	Origin   string    `json:"origin"`
	Action   string    `json:"action"`           // exception.add
	Object   string    `json:"object"`           // 17
	Before   string    `json:"before,omitempty"` // JSON
	After    string    `json:"after,omitempty"`  // JSON
	Previous string    `json:"previous"`         // hash of the row before, "" of the first
	Hash     string    `json:"hash"`
}

// An AuditHead is the last row of the log at some time. Whoever keeps it elsewhere can
// tell later that the log up to there is still what it was, and was not cut.
type AuditHead struct {
	ID   int64  `json:"id"` // 0: the log is empty
	Hash string `json:"hash"`
}

// A TamperedError says at which row the audit log is not what was written.
type TamperedError struct {
	ID  int64
	Why string
}

func (e *TamperedError) Error() string {
	return fmt.Sprintf("records: the audit log was tampered with at row %d: %s", e.ID, e.Why)
}

// sum is the hash of a row: SHA-256 over each field's length, 8 bytes big-endian, and bytes.
func (a *AuditRow) sum() string {
	h := sha256.New()
	for _, s := range []string{a.Previous, fmt.Sprint(a.ID), fmt.Sprint(a.At.UnixMicro()), a.Actor, a.Origin, a.Action, a.Object, a.Before, a.After} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		_, _ = h.Write(n[:]) // a hash takes all
		_, _ = io.WriteString(h, s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A change is what people do to the records: it leaves a row in the audit log, in the same
// transaction.
type change struct {
	actor  Actor
	action string
	topic  string // whose number rises, so that replicas look again; "" for none
}

// did is what a change was done to: how it was before and is now, nil where it was not.
type did struct {
	object        string
	before, after any
}

// change does something in a transaction that is alone among changes.
func (r *Records) change(ctx context.Context, c change, do func(tx *sql.Tx) (did, error)) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("records: %s: %w", c.action, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	id, err := bump(ctx, tx, "audit")
	if err != nil {
		return fmt.Errorf("records: %s: %w", c.action, err)
	}
	what, err := do(tx)
	if err != nil {
		return err
	}
	hash, err := r.audit(ctx, tx, id, c, what)
	if err != nil {
		return fmt.Errorf("records: %s: write the audit log: %w", c.action, err)
	}
	if c.topic != "" {
		if _, err := bump(ctx, tx, c.topic); err != nil {
			return fmt.Errorf("records: %s: %w", c.action, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("records: %s: %w", c.action, err)
	}
	// The log is another place for the head of the chain: see VerifyAudit.
	r.log.Info("audit", "id", id, "hash", hash, "actor", c.actor.Name, "origin", c.actor.Origin, "action", c.action, "object", what.object)
	return nil
}

// Note puts something on record that changes nothing and must not go unseen: that somebody
// looked at what was found in an image, say. What follows must wait until it has returned.
func (r *Records) Note(ctx context.Context, who Actor, action, object string, what any) error {
	return r.change(ctx, change{who, action, ""}, func(*sql.Tx) (did, error) { return did{object: object, after: what}, nil })
}

// bump raises a topic's number and returns it. Its row stays locked until the transaction ends.
func bump(ctx context.Context, q querier, topic string) (int64, error) {
	return one(ctx, q, "changes", scanInt, `UPDATE changes SET n = n + 1 WHERE topic = $1 RETURNING n`, topic)
}

// Changes returns how often a topic changed: "exceptions", "audit".
func (r *Records) Changes(ctx context.Context, topic string) (int64, error) {
	return one(ctx, r.db, "changes", scanInt, `SELECT n FROM changes WHERE topic = $1`, topic)
}

func (r *Records) audit(ctx context.Context, tx *sql.Tx, id int64, c change, what did) (hash string, err error) {
	row := AuditRow{
		ID: id, At: r.now(), Actor: text(c.actor.Name, maxText), Origin: text(c.actor.Origin, maxText), Action: c.action, Object: text(what.object, maxText),
	}
	for into, v := range map[*string]any{&row.Before: what.before, &row.After: what.after} {
		if v == nil {
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			return "", err
		}
		*into = text(string(b), maxReasons)
	}
	if id > 1 {
		last, err := one(ctx, tx, "audit", scanAudit, `SELECT `+auditColumns+` FROM audit WHERE id = $1`, id-1)
		if err != nil {
			return "", err
		}
		row.Previous = last.Hash
	}
	row.Hash = row.sum()
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES `+placeholders(1, 10),
		row.ID, row.At.UnixMicro(), row.Actor, row.Origin, row.Action, row.Object, row.Before, row.After, row.Previous, row.Hash)
	return row.Hash, err
}

const auditColumns = `id, at, actor, origin, action, object, before, after, previous, hash`

func scanAudit(rows *sql.Rows) (a AuditRow, err error) {
	var at int64
	err = rows.Scan(&a.ID, &at, &a.Actor, &a.Origin, &a.Action, &a.Object, &a.Before, &a.After, &a.Previous, &a.Hash)
	a.At = fromMicro(at)
	return a, err
}

// Audit lists changes, newest first; before is the ID of the last row of the page before, 0
// for the first page. A page shorter than the limit is the last.
func (r *Records) Audit(ctx context.Context, before int64, limit int) ([]AuditRow, error) {
	var c clause
	if before > 0 {
		c.and("id < ?", before)
	}
	return list(ctx, r.db, "audit", scanAudit, `SELECT `+auditColumns+` FROM audit`+c.limited("id DESC", limit), c.args...)
}

// VerifyAudit reads the whole log and returns its head. A row that was altered, put in or
// taken out is a *TamperedError. It cannot see a log that was cut at its end or written
// anew from some row on by somebody who knows how: but for kept, a head that an earlier
// call returned and that was kept elsewhere. A zero kept asks for nothing.
func (r *Records) VerifyAudit(ctx context.Context, kept AuditHead) (AuditHead, error) {
	var head AuditHead
	for {
		rows, err := list(ctx, r.db, "audit", scanAudit, `SELECT `+auditColumns+` FROM audit WHERE id > $1 ORDER BY id LIMIT $2`, head.ID, maxPage)
		if err != nil {
			return head, err
		}
		for i := range rows {
			row := &rows[i]
			switch {
			case row.ID != head.ID+1:
				return head, &TamperedError{head.ID + 1, "it is missing"}
			case row.Previous != head.Hash:
				return head, &TamperedError{row.ID, "it does not follow the row before"}
			case row.Hash != row.sum():
				return head, &TamperedError{row.ID, "it is not what its hash says"}
			case row.ID == kept.ID && row.Hash != kept.Hash:
				return head, &TamperedError{row.ID, "it is not the row whose hash was kept"}
			}
			head = AuditHead{row.ID, row.Hash}
		}
		if len(rows) < maxPage {
			break
		}
	}
	if head.ID < kept.ID {
		return head, &TamperedError{head.ID + 1, "it is missing, and it was there once"}
	}
	n, err := r.Changes(ctx, "audit")
	if err != nil {
		return head, err
	}
	if n > head.ID { // less is a change that came meanwhile, or not: the rows are there
		later, err := list(ctx, r.db, "audit", scanAudit, `SELECT `+auditColumns+` FROM audit WHERE id = $1`, head.ID+1)
		if err != nil {
			return head, err
		}
		if len(later) == 0 {
			return head, &TamperedError{head.ID + 1, "it is missing"}
		}
	}
	return head, nil
}
