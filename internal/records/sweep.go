package records

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// A Sweep says what Sweep does about notifications.
type Sweep struct {
	Expiring time.Duration // how long before its end an exception is told of; 0: none is
	GiveUp   time.Duration // after which a delivery that no webhook takes is dead; 0: never
	Keep     time.Duration // how long notifications are kept that are not on their way; 0: for ever
}

// Sweep tells of what no request brings about: the refusals that were gathered, and exceptions
// that end soon. It gives up what is for a webhook that there is no more, and removes what is
// old. Any replica may do it, and all.
func (r *Records) Sweep(ctx context.Context, s Sweep) error {
	if err := r.endWindows(ctx); err != nil {
		return err
	}
	if err := r.tellExpiring(ctx, s.Expiring); err != nil {
		return err
	}
	if err := r.giveUp(ctx, s.GiveUp); err != nil {
		return err
	}
	return r.purgeNotifications(ctx, s.Keep)
}

// tellExpiring tells of each exception that ends within a time, once. One that was made to
// hold no longer than that is not told of: whoever made it knows.
func (r *Records) tellExpiring(ctx context.Context, before time.Duration) error {
	if before <= 0 {
		return nil
	}
	now := r.now()
	soon, err := list(ctx, r.db, "exceptions", scanException, `SELECT id, `+exceptionColumns+` FROM exceptions
		WHERE revoked_at = 0 AND expires_at > $1 AND expires_at <= $2 AND at < expires_at - $3
		AND NOT EXISTS (SELECT 1 FROM notifications WHERE key = 'expiring/' || exceptions.id || '/' || exceptions.expires_at) ORDER BY id LIMIT $4`,
		now.UnixMicro(), now.Add(before).UnixMicro(), before.Microseconds(), maxPage)
	if err != nil {
		return err
	}
	for i := range soon {
		e := &soon[i]
		key := fmt.Sprintf("expiring/%d/%d", e.ID, e.Expires.UnixMicro())
		if err := tell(ctx, r.db, news{now, ExceptionExpiring, exceptionSubject(e.ID), key, e.notice()}); err != nil {
			return err
		}
	}
	return nil
}

func exceptionSubject(id int64) string { return "exception/" + strconv.FormatInt(id, 10) }

func requestSubject(id int64) string { return "request/" + strconv.FormatInt(id, 10) }

// giveUp ends deliveries that are queued for longer than any webhook is tried.
func (r *Records) giveUp(ctx context.Context, after time.Duration) error {
	if after <= 0 {
		return nil
	}
	type stale struct{ id, notification int64 }
	rows, err := list(ctx, r.db, "deliveries", func(rows *sql.Rows) (s stale, err error) {
		err = rows.Scan(&s.id, &s.notification)
		return s, err
	}, `SELECT id, notification_id FROM deliveries WHERE state = $1 AND since < $2 ORDER BY id LIMIT $3`, Queued, r.now().Add(-after).UnixMicro(), maxPage)
	if err != nil {
		return err
	}
	for _, s := range rows {
		err := r.transact(ctx, "give up a delivery", func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE notifications SET state = state WHERE id = $1`, s.notification); err != nil {
				return errIn("give up a delivery", err)
			}
			_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = $1, ended_at = $2, error = CASE WHEN error = '' THEN $3 ELSE error END WHERE id = $4 AND state = $5`,
				Dead, r.now().UnixMicro(), "no mirror has this webhook", s.id, Queued)
			if err != nil {
				return errIn("give up a delivery", err)
			}
			return summarize(ctx, tx, s.notification)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// purgeNotifications removes at most purgeBatch that are old, with their deliveries.
func (r *Records) purgeNotifications(ctx context.Context, keep time.Duration) error {
	if keep <= 0 {
		return nil
	}
	_, err := r.db.ExecContext(ctx, `DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE at < $1 AND state IN ($2, $3, $4) ORDER BY at, id LIMIT $5)`,
		r.now().Add(-keep).UnixMicro(), Delivered, Dead, Unwanted, purgeBatch)
	return errIn("purge notifications", err)
}

// A Backlog says how many deliveries are queued and dead, by webhook.
type Backlog struct {
	Target string
	State  string
	N      int64
}

// Backlogs counts what is not delivered.
func (r *Records) Backlogs(ctx context.Context) ([]Backlog, error) {
	return list(ctx, r.db, "deliveries", func(rows *sql.Rows) (b Backlog, err error) {
		err = rows.Scan(&b.Target, &b.State, &b.N)
		return b, err
	}, `SELECT target, state, count(*) FROM deliveries WHERE state IN ($1, $2) GROUP BY target, state ORDER BY target, state`, Queued, Dead)
}
