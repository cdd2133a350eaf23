package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Token is an API token as it is on record. The token itself is not: only its hash.
type Token struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"created"`
	Name      string    `json:"name"` // no two that are in force have the same
	Role      string    `json:"role"` // viewer, reviewer, admin
	Author    string    `json:"author"`
	Expires   time.Time `json:"expires,omitzero"`   // zero: it does not
	Used      time.Time `json:"last_used,omitzero"` // to the minute; zero: never
	Revoked   time.Time `json:"revoked,omitzero"`   // when; zero: it is not
	RevokedBy string    `json:"revoked_by,omitempty"`
}

// State is "in force", "expired" or "revoked", at a time.
func (t *Token) State(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return "expired"
	}
	return "in force"
}

// A NewToken is what is asked for.
type NewToken struct {
	Name    string
	Role    string
	Hash    string    // SHA-256 of the token, in hexadecimal
	Expires time.Time // zero: never
}

// roles are what a token may have. What each may do is package auth's to say.
var roles = [...]string{"viewer", "reviewer", "admin"}

// AddToken adds one. ErrInvalid says what is wrong with it, ErrState that its name is in use.
func (r *Records) AddToken(ctx context.Context, who Actor, n NewToken) (Token, error) {
	var t Token
	err := r.change(ctx, change{who, "token.create", ""}, func(tx *sql.Tx) (did, error) {
		var err error
		t, err = r.addToken(ctx, tx, who, n)
		return did{object: fmt.Sprint(t.ID), after: t}, err
	})
	return t, err
}

// AddFirstToken adds one if there never was any, and else is ErrState: of replicas that start at once
// on one database, one adds it.
func (r *Records) AddFirstToken(ctx context.Context, who Actor, n NewToken) (Token, error) {
	var t Token
	made := func(q querier) error {
		ids, err := list(ctx, q, "tokens", scanInt, `SELECT id FROM tokens LIMIT 1`)
		if err == nil && len(ids) > 0 {
			err = fmt.Errorf("%w: there are tokens", ErrState)
		}
		return err
	}
	if err := made(r.db); err != nil { // a start as ever keeps no change waiting
		return t, err
	}
	err := r.change(ctx, change{who, "token.create", ""}, func(tx *sql.Tx) (did, error) {
		err := made(tx)
		if err == nil {
			t, err = r.addToken(ctx, tx, who, n)
		}
		return did{object: fmt.Sprint(t.ID), after: t}, err
	})
	return t, err
}

func (r *Records) addToken(ctx context.Context, tx *sql.Tx, who Actor, n NewToken) (Token, error) {
	t := Token{At: r.now(), Name: strings.TrimSpace(n.Name), Role: n.Role, Author: who.Name}
	if !n.Expires.IsZero() {
		t.Expires = n.Expires.UTC().Truncate(time.Microsecond)
	}
	if err := checkToken(&t, n.Hash); err != nil {
		return t, err
	}
	same, err := list(ctx, tx, "tokens", scanInt, `SELECT id FROM tokens WHERE name = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)`, t.Name, t.At.UnixMicro())
	if err != nil {
		return t, err
	}
	if len(same) > 0 {
		return t, fmt.Errorf("%w: token %d has the name %q", ErrState, same[0], t.Name)
	}
	t.ID, err = one(ctx, tx, "tokens", scanInt, `INSERT INTO tokens (`+tokenColumns+`, hash) VALUES `+placeholders(1, 9)+` RETURNING id`,
		t.At.UnixMicro(), t.Name, t.Role, t.Author, micro(t.Expires), int64(0), int64(0), "", n.Hash)
	return t, err
}

func checkToken(t *Token, hash string) error {
	known := false
	for _, role := range roles {
		known = known || t.Role == role
	}
	switch {
	case t.Name == "" || text(t.Name, maxText) != t.Name:
		return invalid("a token needs a name, of %d bytes at most", maxText)
	case t.Author == "":
		return invalid("a token needs an author")
	case !known:
		return invalid("%.80q is not a role: viewer, reviewer or admin", t.Role)
	case !isHex(hash, 64):
		return invalid("the hash is not SHA-256 in hexadecimal")
	case !t.Expires.IsZero() && !t.Expires.After(t.At):
		return invalid("it would have expired at %s", t.Expires.Format(time.RFC3339))
	}
	return nil
}

// RevokeToken ends a token at once.
func (r *Records) RevokeToken(ctx context.Context, who Actor, id int64) (Token, error) {
	var t Token
	err := r.change(ctx, change{who, "token.revoke", ""}, func(tx *sql.Tx) (did, error) {
		before, err := getToken(ctx, tx, "id", id)
		if errors.Is(err, ErrNone) {
			err = fmt.Errorf("%w: token %d", ErrNone, id)
		}
		if err != nil {
			return did{}, err
		}
		if !before.Revoked.IsZero() {
			return did{}, fmt.Errorf("%w: token %d is revoked", ErrState, id)
		}
		t = before
		t.Revoked, t.RevokedBy = r.now(), who.Name
		if _, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = $1, revoked_by = $2 WHERE id = $3`, t.Revoked.UnixMicro(), t.RevokedBy, id); err != nil {
			return did{}, fmt.Errorf("records: revoke a token: %w", err)
		}
		return did{fmt.Sprint(id), before, t}, nil
	})
	return t, err
}

// TokenUsed puts down that a token was used at a time, unless that is less than a minute
// later than what is there.
func (r *Records) TokenUsed(ctx context.Context, id int64, at time.Time) error {
	_, err := r.db.ExecContext(ctx, `UPDATE tokens SET used_at = $1 WHERE id = $2 AND used_at <= $3`, at.UnixMicro(), id, at.Add(-TokenUseStep).UnixMicro())
	if err != nil {
		return fmt.Errorf("records: put down the use of a token: %w", err)
	}
	return nil
}

// TokenUseStep is how exactly it is known when a token was last used.
const TokenUseStep = time.Minute

const tokenColumns = `at, name, role, author, expires_at, used_at, revoked_at, revoked_by`

func scanToken(rows *sql.Rows) (t Token, err error) {
	var at, expires, used, revoked int64
	err = rows.Scan(&t.ID, &at, &t.Name, &t.Role, &t.Author, &expires, &used, &revoked, &t.RevokedBy)
	t.At, t.Expires, t.Used, t.Revoked = fromMicro(at), fromMicro(expires), fromMicro(used), fromMicro(revoked)
	return t, err
}

func getToken(ctx context.Context, q querier, column string, value any) (Token, error) {
	return one(ctx, q, "tokens", scanToken, `SELECT id, `+tokenColumns+` FROM tokens WHERE `+column+` = $1`, value)
}

// TokenByHash finds a token by the SHA-256 of it in hexadecimal, in force or not; ErrNone if there is none.
func (r *Records) TokenByHash(ctx context.Context, hash string) (Token, error) {
	return getToken(ctx, r.db, "hash", hash)
}

// GetToken returns one; ErrNone if there is none of that number.
func (r *Records) GetToken(ctx context.Context, id int64) (Token, error) {
	t, err := getToken(ctx, r.db, "id", id)
	if errors.Is(err, ErrNone) {
		err = fmt.Errorf("%w: token %d", ErrNone, id)
	}
	return t, err
}

// A TokenFilter chooses tokens; what is zero does not restrict.
type TokenFilter struct {
	InForce bool
	Before  Key // the last row of the page before
	Limit   int // 100 if zero, 1000 at most
}

// Tokens lists tokens, newest first. A page shorter than the limit is the last.
func (r *Records) Tokens(ctx context.Context, f TokenFilter) ([]Token, error) {
	var c clause
	if f.InForce {
		c.and("revoked_at = 0 AND (expires_at = 0 OR expires_at > ?)", r.now().UnixMicro())
	}
	if f.Before != (Key{}) {
		c.and("(at, id) < (?, ?)", f.Before.At.UnixMicro(), f.Before.ID)
	}
	return list(ctx, r.db, "tokens", scanToken, `SELECT id, `+tokenColumns+` FROM tokens`+c.limited("at DESC, id DESC", f.Limit), c.args...)
}
