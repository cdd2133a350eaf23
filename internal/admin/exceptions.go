package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// A Scope is what an exception covers: each part that is given must match.
type Scope struct {
	Repository  string `json:"repository,omitempty" maxLength:"512" doc:"A repository, or a pattern of them: acme/* (* stays within one part)."`
	Tag         string `json:"tag,omitempty" maxLength:"128" doc:"A tag: the digest that was last pulled by it, unless follow_tag is set."`
	Digest      string `json:"digest,omitempty" maxLength:"200" doc:"Of an image, of an index that lists it, or of a layer."`
	Rule        string `json:"rule,omitempty" maxLength:"512" doc:"The rule of the finding: miner/binary."`
	Path        string `json:"path,omitempty" maxLength:"512" doc:"The path of the file, or a pattern."`
	Fingerprint string `json:"fingerprint,omitempty" maxLength:"64" doc:"The fingerprint of the finding."`
	Client      string `json:"client,omitempty" maxLength:"512" doc:"An address, a network (192.0.2.0/24), or a name that the policy has."`
}

func (s Scope) record() records.Scope {
	return records.Scope{Repository: s.Repository, Tag: s.Tag, Digest: oci.Digest(s.Digest), Rule: s.Rule, Path: s.Path, Fingerprint: s.Fingerprint, Client: s.Client}
}

// An Exception lets pass what the policy would refuse.
type Exception struct {
	ID        int64     `json:"id"`
	State     string    `json:"state" enum:"in force,expired,revoked"`
	Created   time.Time `json:"created"`
	Author    string    `json:"author"`
	Reason    string    `json:"reason"`
	Ticket    string    `json:"ticket,omitempty"`
	Source    string    `json:"source" doc:"hand, or import NAME."`
	Name      string    `json:"name,omitempty" doc:"Of an imported one, within its source."`
	Scope     Scope     `json:"scope"`
	Expires   time.Time `json:"expires"`
	Revoked   time.Time `json:"revoked,omitzero" doc:"When it was; absent if it was not."`
	RevokedBy string    `json:"revoked_by,omitempty"`
}

func (a *api) exception(e records.Exception) Exception {
	s := e.Scope
	return Exception{
		ID: e.ID, State: e.State(a.now()), Created: e.At, Author: e.Author, Reason: e.Reason, Ticket: e.Ticket, Source: e.Source, Name: e.Name,
		Scope:   Scope{s.Repository, s.Tag, s.Digest.String(), s.Rule, s.Path, s.Fingerprint, s.Client},
		Expires: e.Expires, Revoked: e.Revoked, RevokedBy: e.RevokedBy,
	}
}

// A NewException is what is asked for.
type NewException struct {
	Image     string `json:"image,omitempty" maxLength:"1024" doc:"An image as people write it, with a tag or a digest, instead of the scope's repository, tag and digest: nginx:1.27."`
	Scope     Scope  `json:"scope,omitzero"`
	FollowTag bool   `json:"follow_tag,omitempty" doc:"Cover whatever the tag points at, later too. Without it a tag stands for the digest that was last pulled by it."`
	Reason    string `json:"reason" minLength:"1" maxLength:"512"`
	Ticket    string `json:"ticket,omitempty" maxLength:"512"`
	Lifetime
}

// Idempotent lets a client ask again for something to be made without a second one.
type Idempotent struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"Makes asking again safe: within 24 hours, the same request with the same key by the same caller is done once."`
}

// of is the key with what it stands for.
func (o Idempotent) of(body any) records.Once {
	if o.Key == "" {
		return records.Once{}
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("admin: a request that was JSON is none: %v", err))
	}
	sum := sha256.Sum256(b)
	return records.Once{Key: o.Key, Sum: hex.EncodeToString(sum[:])}
}

// A made is the answer to a create.
type made[T any] struct {
	Location string `header:"Location"`
	Replayed string `header:"Idempotency-Replayed" doc:"true if an earlier request with this key has made it."`
	Body     T
}

// madeOf takes what making it came to: that it had been made before is no error.
func madeOf[T any](body T, id int64, path string, err error) (*made[T], error) {
	out := &made[T]{Location: fmt.Sprintf("%s%s/%d", Prefix, path, id), Body: body}
	if errors.Is(err, records.ErrAgain) {
		out.Replayed, err = "true", nil
	}
	return out, err
}

// An answer is a body alone.
type answer[T any] struct{ Body T }

func answerOf[T any](body T, err error) (*answer[T], error) { return &answer[T]{body}, err }

func (a *api) bindExceptions() {
	register(a, "list-exceptions", a.listExceptions)
	register(a, "get-exception", func(ctx context.Context, in *ByID) (*answer[Exception], error) {
		e, err := a.cfg.Records.GetException(ctx, in.ID)
		return answerOf(a.exception(e), err)
	})
	register(a, "create-exception", a.createException)
	register(a, "renew-exception", func(ctx context.Context, in *struct {
		ByID
		Body Lifetime
	}) (*answer[Exception], error) {
		until, err := in.Body.until(a.now())
		if err != nil {
			return nil, err
		}
		e, err := a.cfg.Records.Renew(ctx, actorOf(ctx), in.ID, until)
		return answerOf(a.exception(e), err)
	})
	register(a, "revoke-exception", func(ctx context.Context, in *ByID) (*answer[Exception], error) {
		e, err := a.cfg.Records.Revoke(ctx, actorOf(ctx), in.ID)
		return answerOf(a.exception(e), err)
	})
	register(a, "import-exceptions", a.importExceptions)
}

func (a *api) listExceptions(ctx context.Context, in *struct {
	Paging
	All    bool   `query:"all" doc:"Those that have expired or were revoked as well."`
	Source string `query:"source" maxLength:"512" doc:"hand, or import NAME."`
}) (*page[Exception], error) {
	before, err := in.before()
	if err != nil {
		return nil, err
	}
	rows, err := a.cfg.Records.Exceptions(ctx, records.ExceptionFilter{InForce: !in.All, Source: in.Source, Before: before, Limit: in.Limit})
	return paged(&in.Paging, rows, a.exception, func(e records.Exception) string { return place(e.At, e.ID) }), err
}

func (a *api) createException(ctx context.Context, in *struct {
	Idempotent
	Body NewException
}) (*made[Exception], error) {
	n, err := a.newException(in.Body)
	if err != nil {
		return nil, err
	}
	n.Once = in.of(in.Body)
	e, err := a.cfg.Records.AddException(ctx, actorOf(ctx), n)
	return madeOf(a.exception(e), e.ID, "/exceptions", err)
}

// newException reads the names in what is asked for.
func (a *api) newException(b NewException) (records.NewException, error) {
	n := records.NewException{Reason: b.Reason, Ticket: b.Ticket, Scope: b.Scope.record(), FollowTag: b.FollowTag}
	var err error
	if n.Expires, err = b.until(a.now()); err != nil {
		return n, err
	}
	if b.Image == "" {
		if n.FollowTag && n.Scope.Tag == "" {
			return n, invalid("follow_tag without a tag")
		}
		n.Scope.Repository, err = a.repository(n.Scope.Repository)
		return n, err
	}
	if b.Scope.Repository != "" || b.Scope.Tag != "" || b.Scope.Digest != "" {
		return n, invalid("image says the repository and the digest: leave them out of the scope")
	}
	ref, err := a.image(b.Image)
	if err != nil {
		return n, err
	}
	n.Scope.Repository, n.Scope.Tag, n.Scope.Digest = oci.FullName(ref.Registry, ref.Repository), ref.Tag, ref.Digest
	if ref.Digest != "" {
		n.Scope.Tag = ""
	}
	return n, nil
}

// An Import is what is to be in force of a source.
type Import struct {
	Source     string           `json:"source" minLength:"1" maxLength:"500" doc:"Names where they come from. Exceptions of other sources, and those by hand, are left alone."`
	Exceptions []NamedException `json:"exceptions" nullable:"false" maxItems:"10000"`
}

// A NamedException is one of a source.
type NamedException struct {
	Name      string    `json:"name" minLength:"1" maxLength:"512" doc:"Within the source."`
	Scope     Scope     `json:"scope"`
	FollowTag bool      `json:"follow_tag,omitempty" doc:"Required with a tag: an import resolves none."`
	Reason    string    `json:"reason" minLength:"1" maxLength:"512"`
	Ticket    string    `json:"ticket,omitempty" maxLength:"512"`
	Expires   time.Time `json:"expires"`
}

// Imported says what an import changed, by names.
type Imported struct {
	Added   []string `json:"added" nullable:"false" doc:"New, or changed."`
	Kept    []string `json:"kept" nullable:"false" doc:"As they were."`
	Revoked []string `json:"revoked" nullable:"false" doc:"No longer in the source, or changed."`
	Expired []string `json:"expired" nullable:"false" doc:"In the source and expired: nothing was done."`
}

func (a *api) importExceptions(ctx context.Context, in *struct{ Body Import }) (*answer[Imported], error) {
	all := records.Import{Source: in.Body.Source}
	for _, e := range in.Body.Exceptions {
		n := records.NamedException{Name: e.Name, NewException: records.NewException{
			Reason: e.Reason, Ticket: e.Ticket, Scope: e.Scope.record(), FollowTag: e.FollowTag, Expires: e.Expires,
		}}
		var err error
		if n.Scope.Repository, err = a.repository(e.Scope.Repository); err != nil {
			return nil, fmt.Errorf("exception %s: %w", e.Name, err)
		}
		all.Exceptions = append(all.Exceptions, n)
	}
	got, err := a.cfg.Records.Import(ctx, actorOf(ctx), all)
	some := func(s []string) []string { return append([]string{}, s...) }
	return answerOf(Imported{some(got.Added), some(got.Kept), some(got.Revoked), some(got.Expired)}, err)
}
