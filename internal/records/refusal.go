package records

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Refusals of one image to one client for one reason come in numbers: clients try again, and
// a pull has many requests. The first is told at once, and begins a window; those within the
// window are counted, and told together when it ends, with another window for what follows. A
// window in which nothing came is the last. So each refusal is told of once, as a number.

// window is how long refusals are gathered for, by default.
const window = time.Hour

// noteRefusals tells of the refusals of a batch, or counts them.
func (r *Records) noteRefusals(ctx context.Context, q querier, batch []Pull) error {
	type group struct {
		at     time.Time
		notice Notice
	}
	groups := map[string]*group{}
	for i := range batch {
		p := &batch[i]
		if p.Verdict != "block" && p.Verdict != "quarantine" {
			continue
		}
		f := refusedBy(*p)
		n := f.notice()
		n.Verdict, n.ClientName, n.Times = p.Verdict, p.ClientName, 1
		key := refusalKey(&n)
		if g := groups[key]; g != nil {
			n.Times += g.notice.Times
			g.notice = n
			continue
		}
		groups[key] = &group{p.At, n}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) { // in one order: replicas do not deadlock
		g := groups[key]
		first, err := r.countRefusals(ctx, q, key, g.notice)
		if err != nil {
			return err
		}
		if !first {
			continue
		}
		if err := tell(ctx, q, news{g.at, PullRefused, g.notice.image(), "", g.notice}); err != nil {
			return err
		}
	}
	return nil
}

// refusalKey is the same for refusals that are told together.
func refusalKey(n *Notice) string {
	rule := ""
	if n.Cause != nil {
		rule = n.Cause.Policy + "\x00" + n.Cause.Rule
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{n.Registry, n.Repository, n.Digest.String(), n.Client, rule}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// countRefusals adds to a window. It reports true if there was none: then they are to be told now.
func (r *Records) countRefusals(ctx context.Context, q querier, key string, n Notice) (first bool, err error) {
	data, err := json.Marshal(n)
	if err != nil {
		return false, fmt.Errorf("records: count refusals: %w", err)
	}
	for { // again if another replica ended the window, or began one, between the two
		counted, err := affected(q.ExecContext(ctx, `UPDATE refusals SET times = times + $1, data = $2 WHERE key = $3`, n.Times, text(string(data), maxReasons), key))
		if err != nil || counted {
			return false, errIn("count refusals", err)
		}
		begun, err := affected(q.ExecContext(ctx, `INSERT INTO refusals (key, ends_at, times, data) VALUES ($1, $2, 0, $3) ON CONFLICT (key) DO NOTHING`,
			key, r.now().Add(r.cfg.RefusalWindow).UnixMicro(), text(string(data), maxReasons)))
		if err != nil || begun {
			return begun, errIn("count refusals", err)
		}
	}
}

// errIn says where an error comes from; nil stays nil.
func errIn(where string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("records: %s: %w", where, err)
}

// affected reports whether a statement did anything.
func affected(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// endWindows tells of the refusals in windows that have ended.
func (r *Records) endWindows(ctx context.Context) error {
	type ended struct {
		key         string
		ends, times int64
		data        string
	}
	rows, err := list(ctx, r.db, "refusals", func(rows *sql.Rows) (e ended, err error) {
		err = rows.Scan(&e.key, &e.ends, &e.times, &e.data)
		return e, err
	}, `SELECT key, ends_at, times, data FROM refusals WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2`, r.now().UnixMicro(), maxPage)
	if err != nil {
		return err
	}
	for _, e := range rows {
		if e.times == 0 {
			if _, err := r.db.ExecContext(ctx, `DELETE FROM refusals WHERE key = $1 AND ends_at = $2 AND times = 0`, e.key, e.ends); err != nil {
				return errIn("end a window of refusals", err)
			}
			continue
		}
		if err := r.endWindow(ctx, e.key, e.ends, e.times, e.data); err != nil {
			return err
		}
	}
	return nil
}

// endWindow tells of a window's refusals, unless another replica does, and begins the next.
func (r *Records) endWindow(ctx context.Context, key string, ends, times int64, data string) error {
	var n Notice
	if err := json.Unmarshal([]byte(data), &n); err != nil {
		n = Notice{} // somebody has written into the database: that there were refusals is told all the same
	}
	n.Times, n.Since = times, fromMicro(ends).Add(-r.cfg.RefusalWindow)
	return r.transact(ctx, "end a window of refusals", func(tx *sql.Tx) error {
		mine, err := affected(tx.ExecContext(ctx, `UPDATE refusals SET ends_at = $1, times = times - $2 WHERE key = $3 AND ends_at = $4`,
			r.now().Add(r.cfg.RefusalWindow).UnixMicro(), times, key, ends))
		if err != nil || !mine {
			return err
		}
		return tell(ctx, tx, news{r.now(), PullRefused, n.image(), "", n})
	})
}

// transact does something in a transaction.
func (r *Records) transact(ctx context.Context, what string, do func(tx *sql.Tx) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return errIn(what, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	return errIn(what, tx.Commit())
}
