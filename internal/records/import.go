package records

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// An Import is what a file says that is to be in force, by the names of its exceptions.
type Import struct {
	Source     string // names the file: other files' exceptions, and those by hand, are left alone
	Exceptions []NamedException
}

// A NamedException is one of a file.
type NamedException struct {
	Name string
	NewException
}

// An Imported says what an import changed, by names.
type Imported struct {
	Added   []string `json:"added"`   // or changed
	Kept    []string `json:"kept"`    // are as they were
	Revoked []string `json:"revoked"` // are no longer in the file, or changed
	Expired []string `json:"expired"` // are in the file and have expired: nothing was done
}

// Import puts the exceptions of a file in force and revokes those that it had and has no
// more, all or nothing. Nothing is taken for more than the file says: each says when it
// expires, and a tag is only followed, never resolved, since the same file would then
// mean something else tomorrow.
func (r *Records) Import(ctx context.Context, who Actor, in Import) (Imported, error) {
	var out Imported
	source := "import " + in.Source
	if in.Source == "" || text(source, maxText) != source {
		return out, invalid("the source has no name, or one that is too long")
	}
	err := r.change(ctx, change{who, "exception.import", "exceptions"}, func(tx *sql.Tx) (did, error) {
		out = Imported{}
		had, err := list(ctx, tx, "exceptions", scanException, `SELECT id, `+exceptionColumns+` FROM exceptions WHERE source = $1 AND revoked_at = 0 AND expires_at > $2 ORDER BY id`,
			source, r.now().UnixMicro())
		if err != nil {
			return did{}, err
		}
		before := map[string]Exception{}
		for _, e := range had {
			before[e.Name] = e
		}
		if err := r.importAll(ctx, tx, who, source, in.Exceptions, before, &out); err != nil {
			return did{}, err
		}
		for _, e := range had {
			if _, left := before[e.Name]; !left {
				continue
			}
			e.Revoked, e.RevokedBy = r.now(), who.Name
			if err := putException(ctx, tx, &e); err != nil {
				return did{}, err
			}
			out.Revoked = append(out.Revoked, e.Name)
		}
		if len(out.Added)+len(out.Revoked) == 0 {
			return did{object: in.Source, before: had, after: out}, nil
		}
		n := Notice{Source: source, By: who.Name, Added: named(out.Added), Revoked: named(out.Revoked)}
		return did{object: in.Source, before: had, after: out}, tell(ctx, tx, news{r.now(), ExceptionImported, source, "", n})
	})
	return out, err
}

// importAll adds what is new or changed, and takes out of before what stays as it is.
func (r *Records) importAll(ctx context.Context, tx *sql.Tx, who Actor, source string, all []NamedException, before map[string]Exception, out *Imported) error {
	seen := map[string]bool{}
	for i, n := range all {
		switch {
		case n.Name == "":
			return invalid("exception %d has no name", i+1)
		case seen[n.Name]:
			return invalid("exception %s is there twice", n.Name)
		case n.Expires.IsZero():
			return invalid("exception %s does not say when it expires", n.Name)
		case n.Scope.Tag != "" && !n.FollowTag:
			return invalid("exception %s has a tag: name its digest, or say follow_tag", n.Name)
		}
		seen[n.Name] = true
		if !n.Expires.After(r.now()) {
			out.Expired = append(out.Expired, n.Name)
			continue
		}
		if e, ok := before[n.Name]; ok && e.Reason == n.Reason && e.Ticket == n.Ticket && e.Scope == n.Scope && e.Expires.Equal(n.Expires.Truncate(time.Microsecond)) {
			delete(before, n.Name)
			out.Kept = append(out.Kept, n.Name)
			continue
		}
		if _, err := r.addException(ctx, tx, who, n.NewException, source, n.Name); err != nil {
			return fmt.Errorf("exception %s: %w", n.Name, err)
		}
		out.Added = append(out.Added, n.Name)
	}
	return nil
}
