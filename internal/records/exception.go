package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// Errors of changes.
var (
	ErrInvalid = errors.New("records: invalid")                 // what was asked for cannot be
	ErrState   = errors.New("records: not in such a state")     // it was revoked, decided, or is there
	ErrUnknown = errors.New("records: no pull of it on record") // a tag or a request that nothing is known of
)

// A Scope is what an exception covers: each part that is set must match.
type Scope struct {
	Repository  string     `json:"repository,omitempty"` // its full name, as of oci.FullName, or a glob as of path.Match over those of a registry
	Tag         string     `json:"tag,omitempty"`        // whatever it points at
	Digest      oci.Digest `json:"digest,omitempty"`     // of a manifest, an index or a blob
	Rule        string     `json:"rule,omitempty"`
	Path        string     `json:"path,omitempty"` // glob as of path.Match
	Fingerprint string     `json:"fingerprint,omitempty"`
	Client      string     `json:"client,omitempty"` // address, network, or a name of the policy's file
}

// ByHand is the source of an exception that somebody added alone.
const ByHand = "hand"

// An Exception lets pass what a policy would refuse, until it expires or is revoked.
type Exception struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"created"`
	Author    string    `json:"author"`
	Reason    string    `json:"reason"`
	Ticket    string    `json:"ticket,omitempty"`
	Source    string    `json:"source"`         // ByHand, or "import NAME"
	Name      string    `json:"name,omitempty"` // of an imported one, within its source
	Scope     Scope     `json:"scope"`
	Expires   time.Time `json:"expires"`
	Revoked   time.Time `json:"revoked,omitzero"` // when; zero: it is not
	RevokedBy string    `json:"revoked_by,omitempty"`
}

// State is "in force", "expired" or "revoked", at a time.
func (e *Exception) State(now time.Time) string {
	switch {
	case !e.Revoked.IsZero():
		return "revoked"
	case !now.Before(e.Expires):
		return "expired"
	}
	return "in force"
}

// A NewException is what is asked for.
type NewException struct {
	Reason  string
	Ticket  string
	Scope   Scope
	Expires time.Time // DefaultTTL from now if zero
	// FollowTag keeps a Scope's Tag, so that the exception covers whatever the tag points at
	// later. Without it the tag is replaced by the digest that it had at its last pull.
	FollowTag bool
	Once      Once // of AddException alone
}

// DefaultTTL is for how long an exception holds that says nothing, or Config.ExceptionTTL
// if that is less.
const DefaultTTL = 30 * 24 * time.Hour

func (r *Records) now() time.Time { return r.cfg.Now().UTC().Truncate(time.Microsecond) }

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// AddException adds one. ErrInvalid says what is wrong with it, ErrUnknown that nothing is
// known of its tag, ErrAgain that it had been added before under the same key.
func (r *Records) AddException(ctx context.Context, who Actor, n NewException) (Exception, error) {
	return makeOnce(ctx, r, change{who, "exception.add", "exceptions"}, n.Once, getException, func(tx *sql.Tx) (Exception, int64, error) {
		e, err := r.addException(ctx, tx, who, n, ByHand, "")
		if err != nil {
			return e, 0, err
		}
		return e, e.ID, tell(ctx, tx, news{e.At, ExceptionAdded, exceptionSubject(e.ID), "", e.notice()})
	})
}

func (r *Records) addException(ctx context.Context, tx *sql.Tx, who Actor, n NewException, source, name string) (Exception, error) {
	now := r.now()
	if n.Expires.IsZero() {
		n.Expires = now.Add(min(DefaultTTL, r.cfg.ExceptionTTL))
	}
	e := Exception{
		At: now, Author: who.Name, Reason: n.Reason, Ticket: n.Ticket, Source: source, Name: name,
		Scope: n.Scope, Expires: n.Expires.UTC().Truncate(time.Microsecond),
	}
	if err := r.checkException(&e); err != nil {
		return e, err
	}
	if e.Scope.Tag != "" && !n.FollowTag {
		if err := pin(ctx, tx, &e.Scope); err != nil {
			return e, err
		}
	}
	s := &e.Scope
	var err error
	e.ID, err = one(ctx, tx, "exceptions", scanInt, `INSERT INTO exceptions (`+exceptionColumns+`) VALUES `+placeholders(1, 16)+` RETURNING id`,
		e.At.UnixMicro(), e.Author, e.Reason, e.Ticket, e.Source, e.Name, s.Repository, s.Tag, s.Digest.String(), s.Rule, s.Path, s.Fingerprint, s.Client,
		e.Expires.UnixMicro(), int64(0), "")
	return e, err
}

// pin replaces a tag by the digest that its last pull resolved it to.
func pin(ctx context.Context, q querier, s *Scope) error {
	registry, repository := oci.SplitName(s.Repository)
	digest, err := one(ctx, q, "pulls", scanText,
		`SELECT digest FROM pulls WHERE repository = $1 AND reference = $2 AND kind = 'manifest' AND digest <> '' AND registry = $3 ORDER BY at DESC, id DESC LIMIT 1`, repository, s.Tag, registry)
	if errors.Is(err, ErrNone) {
		return fmt.Errorf("%w: %s:%s never got as far as a digest; name the digest, or the repository and a rule", ErrUnknown, s.Repository, s.Tag)
	}
	s.Digest, s.Tag = oci.Digest(digest), ""
	return err
}

// checkException says what is wrong with an exception.
func (r *Records) checkException(e *Exception) error {
	for name, s := range map[string]*string{"reason": &e.Reason, "ticket": &e.Ticket, "author": &e.Author, "name": &e.Name,
		"repository": &e.Scope.Repository, "rule": &e.Scope.Rule, "path": &e.Scope.Path} {
		if *s = strings.TrimSpace(*s); text(*s, maxText) != *s {
			return invalid("the %s is longer than %d bytes, or no text", name, maxText)
		}
	}
	if e.Author == "" || e.Reason == "" {
		return invalid("an exception needs an author and a reason")
	}
	if err := checkScope(&e.Scope); err != nil {
		return err
	}
	return r.checkExpiry(e.At, e.Expires)
}

func (r *Records) checkExpiry(now, expires time.Time) error {
	if !expires.After(now) {
		return invalid("it would have expired at %s", expires.Format(time.RFC3339))
	}
	if latest := now.Add(r.cfg.ExceptionTTL); expires.After(latest) {
		return invalid("it would hold until %s, and may until %s (LAZARET_EXCEPTION_MAX_TTL)", expires.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	return nil
}

func checkScope(s *Scope) error {
	if *s == (Scope{}) {
		return invalid("an exception needs a scope: one without would cover nothing")
	}
	registry, repository := oci.SplitName(s.Repository)
	if strings.ContainsAny(registry, `*?[\\`) {
		return invalid("the repository %q is a pattern of registries: name one", s.Repository)
	}
	for name, pattern := range map[string]string{"repository": s.Repository, "path": s.Path} {
		if _, err := path.Match(pattern, ""); err != nil {
			return invalid("the %s %q is not a pattern", name, pattern)
		}
	}
	if s.Tag != "" {
		if s.Digest != "" {
			return invalid("a tag and a digest: the digest alone says more")
		}
		if _, err := oci.NewReference(repository, s.Tag); err != nil {
			return invalid("a tag needs a repository, and no pattern of them: %v", err)
		}
	}
	if s.Digest != "" {
		if _, err := oci.ParseDigest(s.Digest.String()); err != nil {
			return invalid("%v", err)
		}
	}
	if s.Fingerprint != "" && !isHex(s.Fingerprint, 32) {
		return invalid("the fingerprint is not 32 hexadecimal digits")
	}
	if s.Client != "" && !isClient(s.Client) {
		return invalid("the client %.100q is not an address, a network (192.0.2.0/24) or a name", s.Client)
	}
	return nil
}

// Revoke ends an exception at once.
func (r *Records) Revoke(ctx context.Context, who Actor, id int64) (Exception, error) {
	return r.changeException(ctx, who, "exception.revoke", ExceptionRevoked, id, func(e *Exception) error {
		if !e.Revoked.IsZero() {
			return fmt.Errorf("%w: exception %d is revoked", ErrState, id)
		}
		e.Revoked, e.RevokedBy = r.now(), who.Name
		return nil
	})
}

// Renew lets an exception that is not revoked hold until another time, zero for DefaultTTL
// from now. One that was imported says in its file for how long it holds.
func (r *Records) Renew(ctx context.Context, who Actor, id int64, expires time.Time) (Exception, error) {
	return r.changeException(ctx, who, "exception.renew", ExceptionRenewed, id, func(e *Exception) error {
		switch {
		case !e.Revoked.IsZero():
			return fmt.Errorf("%w: exception %d is revoked", ErrState, id)
		case e.Source != ByHand:
			return fmt.Errorf("%w: exception %d is of %s: change it there", ErrState, id, e.Source)
		}
		if expires.IsZero() {
			expires = r.now().Add(min(DefaultTTL, r.cfg.ExceptionTTL))
		}
		e.Expires = expires.UTC().Truncate(time.Microsecond)
		return r.checkExpiry(r.now(), e.Expires)
	})
}

// changeException edits one, and tells of it as of a kind.
func (r *Records) changeException(ctx context.Context, who Actor, action, kind string, id int64, edit func(*Exception) error) (Exception, error) {
	var e Exception
	err := r.change(ctx, change{who, action, "exceptions"}, func(tx *sql.Tx) (did, error) {
		before, err := getException(ctx, tx, id)
		if err != nil {
			return did{}, err
		}
		e = before
		if err := edit(&e); err != nil {
			return did{}, err
		}
		if err := putException(ctx, tx, &e); err != nil {
			return did{}, err
		}
		n := e.notice()
		n.By = who.Name
		return did{fmt.Sprint(id), before, e}, tell(ctx, tx, news{r.now(), kind, exceptionSubject(id), "", n})
	})
	return e, err
}

// putException writes what may change of one.
func putException(ctx context.Context, q querier, e *Exception) error {
	_, err := q.ExecContext(ctx, `UPDATE exceptions SET expires_at = $1, revoked_at = $2, revoked_by = $3 WHERE id = $4`,
		e.Expires.UnixMicro(), micro(e.Revoked), e.RevokedBy, e.ID)
	if err != nil {
		return fmt.Errorf("records: write an exception: %w", err)
	}
	return nil
}

const exceptionColumns = `at, author, reason, ticket, source, name, repository, tag, digest, rule, path, fingerprint, client, expires_at, revoked_at, revoked_by`

func scanException(rows *sql.Rows) (e Exception, err error) {
	var at, expires, revoked int64
	s := &e.Scope
	err = rows.Scan(&e.ID, &at, &e.Author, &e.Reason, &e.Ticket, &e.Source, &e.Name, &s.Repository, &s.Tag, &s.Digest, &s.Rule, &s.Path, &s.Fingerprint, &s.Client,
		&expires, &revoked, &e.RevokedBy)
	e.At, e.Expires, e.Revoked = fromMicro(at), fromMicro(expires), fromMicro(revoked)
	return e, err
}

func getException(ctx context.Context, q querier, id int64) (Exception, error) {
	e, err := one(ctx, q, "exceptions", scanException, `SELECT id, `+exceptionColumns+` FROM exceptions WHERE id = $1`, id)
	if errors.Is(err, ErrNone) {
		err = fmt.Errorf("%w: exception %d", ErrNone, id)
	}
	return e, err
}

// GetException returns one; ErrNone if there is none of that number.
func (r *Records) GetException(ctx context.Context, id int64) (Exception, error) {
	return getException(ctx, r.db, id)
}

// An ExceptionFilter chooses exceptions; what is zero does not restrict.
type ExceptionFilter struct {
	InForce bool
	Source  string
	Before  Key // the last row of the page before
	Limit   int // 100 if zero, 1000 at most
}

// Exceptions lists exceptions, newest first. A page shorter than the limit is the last.
func (r *Records) Exceptions(ctx context.Context, f ExceptionFilter) ([]Exception, error) {
	var c clause
	if f.InForce {
		c.and("revoked_at = 0 AND expires_at > ?", r.now().UnixMicro())
	}
	c.is("source", f.Source)
	if f.Before != (Key{}) {
		c.and("(at, id) < (?, ?)", f.Before.At.UnixMicro(), f.Before.ID)
	}
	return list(ctx, r.db, "exceptions", scanException, `SELECT id, `+exceptionColumns+` FROM exceptions`+c.limited("at DESC, id DESC", f.Limit), c.args...)
}

// InForce returns every exception that is in force, by ID.
func (r *Records) InForce(ctx context.Context) ([]Exception, error) {
	return list(ctx, r.db, "exceptions", scanException, `SELECT id, `+exceptionColumns+` FROM exceptions WHERE revoked_at = 0 AND expires_at > $1 ORDER BY id`, r.now().UnixMicro())
}
