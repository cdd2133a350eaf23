package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Errors of what is to be done once.
var (
	ErrAgain  = errors.New("records: asked for again")                          // what is returned with it was made the first time
	ErrReused = errors.New("records: the key was used for something different") // by the same actor, for the same kind of change
)

// A Once makes it safe to ask for something twice: with the same key, the same actor's same
// change is made once within OnceFor. The zero Once does not.
type Once struct {
	Key string // the caller's own
	Sum string // of what is asked for: the same for the same
}

// OnceFor is for how long a key is remembered.
const OnceFor = 24 * time.Hour

// makeOnce makes a row in a change, unless an earlier one with the same key has made it:
// then it returns that row as it is now, and ErrAgain.
func makeOnce[T any](ctx context.Context, r *Records, c change, o Once, get func(context.Context, querier, int64) (T, error), do func(tx *sql.Tx) (T, int64, error)) (T, error) {
	var made T
	if text(o.Key, maxText) != o.Key || text(o.Sum, maxText) != o.Sum {
		return made, invalid("the key is longer than %d bytes, or no text", maxText)
	}
	err := r.change(ctx, c, func(tx *sql.Tx) (did, error) {
		// A change is alone among changes: two at once with one key find each other.
		id, err := r.madeBefore(ctx, tx, c, o)
		if err != nil {
			return did{}, err
		}
		if id != 0 {
			if made, err = get(ctx, tx, id); err == nil {
				err = ErrAgain
			}
			return did{}, err
		}
		if made, id, err = do(tx); err != nil {
			return did{}, err
		}
		return did{object: fmt.Sprint(id), after: made}, r.keepKey(ctx, tx, c, o, id)
	})
	return made, err
}

// madeBefore returns the row that a change has made before under a key, or 0.
func (r *Records) madeBefore(ctx context.Context, tx *sql.Tx, c change, o Once) (int64, error) {
	if o.Key == "" {
		return 0, nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM once WHERE at < $1`, r.now().Add(-OnceFor).UnixMicro()); err != nil {
		return 0, fmt.Errorf("records: %s: forget old keys: %w", c.action, err)
	}
	type made struct {
		sum string
		row int64
	}
	m, err := one(ctx, tx, "keys", func(rows *sql.Rows) (m made, err error) {
		err = rows.Scan(&m.sum, &m.row)
		return m, err
	}, `SELECT sum, row_id FROM once WHERE actor = $1 AND action = $2 AND key = $3`, c.actor.Name, c.action, o.Key)
	switch {
	case errors.Is(err, ErrNone):
		return 0, nil
	case err == nil && m.sum != o.Sum:
		return 0, ErrReused
	}
	return m.row, err
}

// keepKey remembers that a change has made a row under a key.
func (r *Records) keepKey(ctx context.Context, tx *sql.Tx, c change, o Once, row int64) error {
	if o.Key == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO once (actor, action, key, sum, row_id, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.actor.Name, c.action, o.Key, o.Sum, row, r.now().UnixMicro())
	if err != nil {
		return fmt.Errorf("records: %s: remember the key: %w", c.action, err)
	}
	return nil
}
