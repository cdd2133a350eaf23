package records

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Refusals of one image to one client for one reason come in numbers: clients try again, and
// a pull has many requests. The first is told at once, and begins a window; those within the
// window are counted, and told together when it ends, with another window for what follows. A
// window in which nothing came is the last. So each refusal is told of once, as a number. A client
// that is refused ever other images fills nobody's channel either: beyond perClient in the time
// of a window, they are told together as the client's.

// window is how long refusals are gathered for, by default.
const window = time.Hour

// perClient is how many windows of a client may begin in the time of one.
const perClient = 20

// A crowd counts the windows that clients began. A replica has its own, so that the number is
// one a replica.
type crowd struct {
	since time.Time // when the count began
	begun map[string]int
}

// maxCrowd bounds the clients in it. Where there are more the count begins anew.
const maxCrowd = 16384

// room reports whether a client may begin another window.
func (c *crowd) room(client string, now time.Time, span time.Duration) bool {
	if c.begun == nil || now.Sub(c.since) >= span || len(c.begun) >= maxCrowd {
		c.since, c.begun = now, map[string]int{}
	}
	return c.begun[client] < perClient
}

// count adds a window of a client.
func (c *crowd) count(client string) {
	if c.begun != nil {
		c.begun[client]++
	}
}

// refusals are what is told of together.
type refusals struct {
	at     time.Time
	notice Notice
}

// noteRefusals tells of the refusals of a batch, or counts them. Only the writer calls it.
func (r *Records) noteRefusals(ctx context.Context, q querier, batch []Pull) error {
	groups := map[string]*refusals{}
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
		groups[key] = &refusals{p.At, n}
	}
	crowded, err := r.tellRefusals(ctx, q, groups, func(n *Notice) bool { return r.crowd.room(n.Client, r.now(), r.cfg.RefusalWindow) })
	if err != nil {
		return err
	}
	_, err = r.tellRefusals(ctx, q, crowded, func(*Notice) bool { return true }) // these after all others, in every replica
	return err
}

// tellRefusals tells of groups of refusals, or counts them. Those that may begin no window are
// returned, as their clients'.
func (r *Records) tellRefusals(ctx context.Context, q querier, groups map[string]*refusals, room func(*Notice) bool) (map[string]*refusals, error) {
	crowded := map[string]*refusals{}
	for _, key := range slices.Sorted(maps.Keys(groups)) { // in one order: replicas do not deadlock
		g := groups[key]
		first, err := r.countRefusals(ctx, q, key, g.notice, room(&g.notice))
		switch {
		case errors.Is(err, errCrowded):
			of := Notice{Verdict: g.notice.Verdict, Client: g.notice.Client, ClientName: g.notice.ClientName, RequestID: g.notice.RequestID, Times: g.notice.Times}
			key := refusalKey(&of)
			if before := crowded[key]; before != nil {
				of.Times += before.notice.Times
			}
			crowded[key] = &refusals{g.at, of}
			continue
		case err != nil:
			return nil, err
		case !first:
			continue
		}
		r.crowd.count(g.notice.Client)
		if err := tell(ctx, q, news{g.at, PullRefused, g.notice.subject(), "", g.notice}); err != nil {
			return nil, err
		}
	}
	return crowded, nil
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

// errCrowded says that there is no window for some refusals, and none may begin.
var errCrowded = errors.New("records: the client has as many windows as it may begin")

// countRefusals adds to a window. It reports true if there was none: then they are to be told now.
func (r *Records) countRefusals(ctx context.Context, q querier, key string, n Notice, room bool) (first bool, err error) {
	data, err := json.Marshal(n)
	if err != nil {
		return false, fmt.Errorf("records: count refusals: %w", err)
	}
	for { // again if another replica ended the window, or began one, between the two
		counted, err := affected(q.ExecContext(ctx, `UPDATE refusals SET times = times + $1, data = $2 WHERE key = $3`, n.Times, text(string(data), maxReasons), key))
		if err != nil || counted {
			return false, errIn("count refusals", err)
		}
		if !room {
			return false, errCrowded
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
		return tell(ctx, tx, news{r.now(), PullRefused, n.subject(), "", n})
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
