package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The states of notifications. That of one follows from its deliveries: Dead if one is,
// else Queued if one is, else Delivered.
const (
	Untold    = "new"       // nobody has looked yet for whom it is
	Unwanted  = "unwanted"  // no webhook wants it
	Queued    = "queued"    // a webhook is to have it
	Delivered = "delivered" // it was taken
	Dead      = "dead"      // given up, until somebody replays it
)

// A Notification is something that somebody is to be told. It is written in the transaction
// of what it is about, or not at all.
type Notification struct {
	ID         int64           `json:"id"`
	UID        string          `json:"uid"` // unique over all databases; letters and digits
	At         time.Time       `json:"at"`
	Type       string          `json:"type"`
	Subject    string          `json:"subject"`
	State      string          `json:"state"`
	Data       json.RawMessage `json:"data"` // a Notice
	Deliveries []Delivery      `json:"deliveries"`
}

// A Delivery is a notification on its way to one webhook.
type Delivery struct {
	ID       int64     `json:"-"`
	Target   string    `json:"target"`          // the webhook's name
	State    string    `json:"state"`           // Queued, Delivered or Dead
	Since    time.Time `json:"since"`           // when it was queued
	Attempts int64     `json:"attempts"`        // that were begun
	Next     time.Time `json:"next,omitzero"`   // when it may be tried, or taken from whoever has not ended with it
	Ended    time.Time `json:"ended,omitzero"`  // when it was delivered or given up
	Error    string    `json:"error,omitempty"` // of the last attempt that failed
}

const (
	notificationColumns = `notifications.id, uid, notifications.at, type, subject, notifications.state, data`
	deliveryColumns     = `deliveries.id, target, deliveries.state, since, attempts, next_at, ended_at, error`
)

// fields are what notificationColumns and deliveryColumns are read into.
func (n *Notification) fields(at *int64, data *string) []any {
	return []any{&n.ID, &n.UID, at, &n.Type, &n.Subject, &n.State, data}
}

func scanNotification(rows *sql.Rows) (n Notification, err error) {
	var at int64
	var data string
	err = rows.Scan(n.fields(&at, &data)...)
	n.At, n.Data = fromMicro(at), rawObject(data)
	return n, err
}

// rawObject is a notice as JSON, whatever was written.
func rawObject(s string) json.RawMessage {
	if !json.Valid([]byte(s)) {
		return json.RawMessage(`{}`)
	}
	return json.RawMessage(s)
}

// Route queues notifications that are new for the webhooks that are to have them, by name.
// It reports how many there were: each is routed once, whichever replica does it.
func (r *Records) Route(ctx context.Context, targets func(Notification) []string) (int, error) {
	fresh, err := list(ctx, r.db, "notifications", scanNotification,
		`SELECT `+notificationColumns+` FROM notifications WHERE state = $1 ORDER BY at, id LIMIT $2`, Untold, defaultPage)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	slices.SortFunc(fresh, func(a, b Notification) int { return int(a.ID - b.ID) }) // in one order: replicas do not deadlock
	err = r.transact(ctx, "route notifications", func(tx *sql.Tx) error {
		for _, n := range fresh {
			if err := r.route(ctx, tx, n.ID, targets(n)); err != nil {
				return err
			}
		}
		return nil
	})
	return len(fresh), err
}

func (r *Records) route(ctx context.Context, tx *sql.Tx, id int64, targets []string) error {
	mine, err := affected(tx.ExecContext(ctx, `UPDATE notifications SET state = $1 WHERE id = $2 AND state = $3`, Unwanted, id, Untold))
	if err != nil || !mine {
		return errIn("route notifications", err)
	}
	now := r.now().UnixMicro()
	for _, target := range targets {
		// What is replayed may have been delivered to some.
		_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (notification_id, target, state, since, attempts, next_at, ended_at, error) VALUES `+placeholders(1, 8)+`
			ON CONFLICT (notification_id, target) DO NOTHING`, id, text(target, maxText), Queued, now, 0, now, 0, "")
		if err != nil {
			return errIn("route notifications", err)
		}
	}
	return summarize(ctx, tx, id)
}

// summarize makes a notification's state that of its deliveries. The row must be locked.
func summarize(ctx context.Context, tx *sql.Tx, id int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE notifications SET state = CASE
		WHEN EXISTS (SELECT 1 FROM deliveries WHERE notification_id = $1 AND state = '`+Dead+`') THEN '`+Dead+`'
		WHEN EXISTS (SELECT 1 FROM deliveries WHERE notification_id = $1 AND state = '`+Queued+`') THEN '`+Queued+`'
		WHEN EXISTS (SELECT 1 FROM deliveries WHERE notification_id = $1) THEN '`+Delivered+`'
		ELSE '`+Unwanted+`' END WHERE id = $1`, id)
	return errIn("note a notification's state", err)
}

// A Claim is a delivery that the caller has until its lease ends, and what to deliver.
type Claim struct {
	Delivery
	Notification Notification
}

// Claim takes up to limit deliveries that are due to a webhook. Nobody else gets them for the
// time of the lease. One that is not settled by then is due again: it may have been delivered.
func (r *Records) Claim(ctx context.Context, target string, lease time.Duration, limit int) ([]Claim, error) {
	now := r.now()
	due, err := list(ctx, r.db, "deliveries", scanClaim, `SELECT `+deliveryColumns+`, `+notificationColumns+` FROM deliveries
		JOIN notifications ON notifications.id = notification_id
		WHERE deliveries.state = $1 AND target = $2 AND next_at <= $3 ORDER BY next_at, deliveries.id LIMIT $4`, Queued, target, now.UnixMicro(), limit)
	if err != nil {
		return nil, err
	}
	var mine []Claim
	until := now.Add(lease)
	for _, c := range due { // each by itself: whoever locks several could lock up with another
		took, err := affected(r.db.ExecContext(ctx, `UPDATE deliveries SET next_at = $1, attempts = attempts + 1 WHERE id = $2 AND state = $3 AND attempts = $4 AND next_at = $5`,
			until.UnixMicro(), c.ID, Queued, c.Attempts, c.Next.UnixMicro()))
		if err != nil {
			return mine, errIn("claim a delivery", err)
		}
		if took {
			c.Attempts, c.Next = c.Attempts+1, until
			mine = append(mine, c)
		}
	}
	return mine, nil
}

func scanClaim(rows *sql.Rows) (c Claim, err error) {
	var t deliveryTimes
	var at int64
	var data string
	err = rows.Scan(append(c.Delivery.fields(&t), c.Notification.fields(&at, &data)...)...)
	c.Delivery.set(t)
	c.Notification.At, c.Notification.Data = fromMicro(at), rawObject(data)
	return c, err
}

type deliveryTimes struct{ since, next, ended int64 }

func (d *Delivery) fields(t *deliveryTimes) []any {
	return []any{&d.ID, &d.Target, &d.State, &t.since, &d.Attempts, &t.next, &t.ended, &d.Error}
}

func (d *Delivery) set(t deliveryTimes) {
	d.Since, d.Next, d.Ended = fromMicro(t.since), fromMicro(t.next), fromMicro(t.ended)
}

// An Outcome is what came of an attempt.
type Outcome struct {
	State string    // Queued: it is to be tried again; Delivered; Dead
	Next  time.Time // when, of Queued
	Error string    // what failed
}

// Settle notes what came of a claim. It does nothing if the lease has ended and another took
// it, and reports whether it did something.
func (r *Records) Settle(ctx context.Context, c Claim, o Outcome) (mine bool, err error) {
	ended := int64(0)
	if o.State != Queued {
		ended = r.now().UnixMicro()
	}
	err = r.transact(ctx, "settle a delivery", func(tx *sql.Tx) error {
		// The row's lock first, so that of two deliveries the one that is settled last sees both.
		if _, err := tx.ExecContext(ctx, `UPDATE notifications SET state = state WHERE id = $1`, c.Notification.ID); err != nil {
			return errIn("settle a delivery", err)
		}
		mine, err = affected(tx.ExecContext(ctx, `UPDATE deliveries SET state = $1, next_at = $2, ended_at = $3, error = $4 WHERE id = $5 AND state = $6 AND attempts = $7`,
			o.State, micro(o.Next), ended, text(o.Error, maxText), c.ID, Queued, c.Attempts))
		if err != nil || !mine {
			return errIn("settle a delivery", err)
		}
		return summarize(ctx, tx, c.Notification.ID)
	})
	return mine && err == nil, err
}

// A NotificationFilter chooses notifications; what is zero does not restrict.
type NotificationFilter struct {
	State  string
	Type   string
	Before Key // the last row of the page before
	Limit  int // 100 if zero, 1000 at most
}

// Notifications lists notifications with their deliveries, newest first. A page shorter than the limit is the last.
func (r *Records) Notifications(ctx context.Context, f NotificationFilter) ([]Notification, error) {
	c := StateFilter{State: f.State, Before: f.Before}.clause()
	c.is("type", f.Type)
	out, err := list(ctx, r.db, "notifications", scanNotification, `SELECT `+notificationColumns+` FROM notifications`+c.limited("at DESC, id DESC", f.Limit), c.args...)
	for i := range out {
		if out[i].Deliveries, err = deliveries(ctx, r.db, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, err
}

// GetNotification returns one; ErrNone if there is none of that number.
func (r *Records) GetNotification(ctx context.Context, id int64) (Notification, error) {
	return getNotification(ctx, r.db, id)
}

func getNotification(ctx context.Context, q querier, id int64) (Notification, error) {
	n, err := one(ctx, q, "notifications", scanNotification, `SELECT `+notificationColumns+` FROM notifications WHERE id = $1`, id)
	if errors.Is(err, ErrNone) {
		err = fmt.Errorf("%w: notification %d", ErrNone, id)
	}
	if err == nil {
		n.Deliveries, err = deliveries(ctx, q, id)
	}
	return n, err
}

func deliveries(ctx context.Context, q querier, id int64) ([]Delivery, error) {
	out, err := list(ctx, q, "deliveries", func(rows *sql.Rows) (d Delivery, err error) {
		var t deliveryTimes
		err = rows.Scan(d.fields(&t)...)
		d.set(t)
		if d.State != Queued {
			d.Next = time.Time{}
		}
		return d, err
	}, `SELECT `+deliveryColumns+` FROM deliveries WHERE notification_id = $1 ORDER BY target`, id)
	return append([]Delivery{}, out...), err // none is [] in JSON
}

// Replay queues a notification that is dead anew, for every webhook that wants it by now and
// has not had it. ErrState says that it is not dead.
func (r *Records) Replay(ctx context.Context, who Actor, id int64) (Notification, error) {
	var n Notification
	err := r.change(ctx, change{who, "notification.replay", ""}, func(tx *sql.Tx) (did, error) {
		before, err := getNotification(ctx, tx, id)
		if err != nil {
			return did{}, err
		}
		if before.State != Dead {
			return did{}, fmt.Errorf("%w: notification %d is %s", ErrState, id, before.State)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE notifications SET state = $1 WHERE id = $2`, Untold, id); err != nil {
			return did{}, errIn("replay", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM deliveries WHERE notification_id = $1 AND state = $2`, id, Dead); err != nil {
			return did{}, errIn("replay", err)
		}
		n, err = getNotification(ctx, tx, id)
		return did{strconv.FormatInt(id, 10), before.Deliveries, n.Deliveries}, err
	})
	return n, err
}
