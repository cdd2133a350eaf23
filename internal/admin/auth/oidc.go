package auth

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// OIDCConfig says whose tokens are taken.
type OIDCConfig struct {
	Issuer   string            // its URL, as it stands in the claim iss
	Audience string            // must be in the claim aud
	Grants   []Grant           // who gets which role; who gets none may do nothing
	Name     string            // the claim that names people in the audit log; "sub" where it is missing. "email" if empty
	Next     http.RoundTripper // nil: http.DefaultTransport
	Now      func() time.Time  // nil: time.Now
}

// A Grant gives a role to whoever has a value in a claim: a text, or one of a list of them.
type Grant struct {
	Claim string // "groups"; "realm_access.roles" is one within another
	Value string
	Role  Role
}

// OIDC knows people by JWTs of one issuer (OpenID Connect Core 1.0, section 3.1.3.7, and
// RFC 9068 alike: what counts is signature, issuer, audience and times). The issuer is first
// asked when a token comes, so that one that is down keeps nothing from starting. Nobody
// is let in while it cannot be asked for its keys; those that it gave hold for an hour.
type OIDC struct {
	cfg     OIDCConfig
	client  *http.Client
	fetches *fetches

	busy     chan struct{} // has room for one: who is in it owns the rest
	provider *oidc.Provider
	since    time.Time
}

// Bounds of OIDC.
const (
	skew         = time.Minute      // by which clocks may differ when a token expires. For nbf go-oidc has five
	issuerAge    = time.Hour        // after which the issuer is asked anew, for keys that it has withdrawn too
	issuerPause  = 5 * time.Second  // between two requests for one URL of its: a stranger's tokens make none faster
	issuerWait   = 10 * time.Second // for an answer
	issuerAnswer = 1 << 20          // bytes
)

// NewOIDC makes an OIDC.
func NewOIDC(cfg OIDCConfig) (*OIDC, error) {
	if cfg.Issuer == "" || cfg.Audience == "" {
		return nil, errors.New("auth: an issuer and an audience are needed")
	}
	cfg.Name = cmp.Or(cfg.Name, "email")
	if cfg.Next == nil {
		cfg.Next = http.DefaultTransport
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	f := &fetches{next: cfg.Next, now: cfg.Now, last: map[string]fetched{}}
	return &OIDC{cfg: cfg, fetches: f, client: &http.Client{Transport: f, Timeout: issuerWait}, busy: make(chan struct{}, 1)}, nil
}

func (o *OIDC) identify(ctx context.Context, token string) (Identity, error) {
	provider, err := o.issuer(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("auth: ask %s: %w", o.cfg.Issuer, err)
	}
	// Its algorithms are those that go-oidc knows among what the issuer names: never none, never HMAC.
	verifier := provider.Verifier(&oidc.Config{ClientID: o.cfg.Audience, Now: func() time.Time { return o.cfg.Now().Add(-skew) }})
	got, err := verifier.Verify(ctx, token)
	if failed := o.fetches.failed(); err != nil && failed != nil {
		return Identity{}, fmt.Errorf("auth: fetch keys of %s: %w", o.cfg.Issuer, failed) // perhaps the token is good
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrBadCredentials, err)
	}
	var claims map[string]any
	if err := got.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrBadCredentials, err)
	}
	id := Identity{Name: got.Subject, Role: roleOf(claims, o.cfg.Grants), Via: "oidc " + o.cfg.Issuer}
	if names := valuesOf(claims, o.cfg.Name); len(names) == 1 && names[0] != "" {
		id.Name = names[0]
	}
	if id.Name == "" {
		return Identity{}, fmt.Errorf("%w: the token names nobody", ErrBadCredentials)
	}
	return id, nil
}

// issuer returns what the issuer says of itself, and whoever has its keys.
func (o *OIDC) issuer(ctx context.Context) (*oidc.Provider, error) {
	select {
	case o.busy <- struct{}{}:
		defer func() { <-o.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if o.provider != nil && o.cfg.Now().Sub(o.since) < issuerAge {
		return o.provider, nil
	}
	// Others wait for the answer too: it is not this client's to give up.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.cfg.Issuer)
	if err != nil {
		return nil, err
	}
	o.provider, o.since = p, o.cfg.Now()
	return p, nil
}

// roleOf is the highest role that claims are granted.
func roleOf(claims map[string]any, grants []Grant) (role Role) {
	for _, g := range grants {
		for _, v := range valuesOf(claims, g.Claim) {
			if v == g.Value {
				role = max(role, g.Role)
			}
		}
	}
	return role
}

// valuesOf returns the texts of a claim, which may lie within others. An address that the
// issuer has not verified is anybody's.
func valuesOf(claims map[string]any, name string) (out []string) {
	if verified := claims["email_verified"]; name == "email" && verified != true && verified != "true" { // some issuers write it so
		return nil
	}
	value, ok := claims[name]
	for rest := name; !ok; { // of a name with dots: the way to it
		var part string
		var more bool
		part, rest, more = strings.Cut(rest, ".")
		inner, isObject := claims[part].(map[string]any)
		if !more || !isObject {
			return nil
		}
		claims = inner
		value, ok = claims[rest]
	}
	switch v := value.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// fetches asks for each of the issuer's URLs at most once in issuerPause, and gives the last
// answer again in between. go-oidc fetches keys for each token by a key that it does not know.
type fetches struct {
	next http.RoundTripper
	now  func() time.Time

	mu   sync.Mutex // guards last
	last map[string]fetched
}

type fetched struct {
	at     time.Time
	status int
	header http.Header
	body   []byte
	err    error
}

// RoundTrip implements http.RoundTripper.
func (f *fetches) RoundTrip(req *http.Request) (*http.Response, error) {
	url := req.URL.String()
	f.mu.Lock()
	got, known := f.last[url]
	f.mu.Unlock()
	if now := f.now(); !known || now.Sub(got.at) >= issuerPause {
		got = f.fetch(req)
		got.at = now
		f.mu.Lock()
		f.last[url] = got
		f.mu.Unlock()
	}
	if got.err != nil {
		return nil, got.err
	}
	return &http.Response{
		Status: http.StatusText(got.status), StatusCode: got.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: got.header.Clone(), Body: io.NopCloser(bytes.NewReader(got.body)), ContentLength: int64(len(got.body)), Request: req,
	}, nil
}

func (f *fetches) fetch(req *http.Request) (got fetched) {
	res, err := f.next.RoundTrip(req)
	if err != nil {
		return fetched{err: err}
	}
	defer res.Body.Close()
	got = fetched{status: res.StatusCode, header: res.Header}
	got.body, got.err = io.ReadAll(io.LimitReader(res.Body, issuerAnswer+1))
	switch {
	case got.err != nil:
	case len(got.body) > issuerAnswer:
		got.err = fmt.Errorf("%s answers with more than %d bytes", req.URL.Redacted(), issuerAnswer)
	case got.status >= http.StatusBadRequest:
		got.err = fmt.Errorf("%s answers with status %d", req.URL.Redacted(), got.status)
	}
	return got
}

// failed is why one of the URLs could not be fetched the last time; nil if all could.
func (f *fetches) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, got := range f.last {
		if got.err != nil {
			return got.err
		}
	}
	return nil
}
