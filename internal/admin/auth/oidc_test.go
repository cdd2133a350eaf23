package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/login"
	"github.com/lazaret/lazaret/internal/testop"
)

const clientID = "lazaret-cli"

var grants = []auth.Grant{{Claim: "groups", Value: "security", Role: auth.Admin}, {Claim: "groups", Value: "dev", Role: auth.Viewer}}

func startProvider(t *testing.T, cfg testop.Config) *testop.Provider {
	t.Helper()
	cfg.ClientID = clientID
	p, err := testop.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// known makes what knows the people of an issuer; it lives shift later than the test does.
func known(t *testing.T, issuer string, shift *atomic.Int64) *auth.Bearer {
	t.Helper()
	o, err := auth.NewOIDC(auth.OIDCConfig{Issuer: issuer, Audience: clientID, Grants: grants, Now: func() time.Time {
		return time.Now().Add(time.Duration(shift.Load()))
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := auth.New(auth.Config{Records: openRecords(t), OIDC: o})
	t.Cleanup(b.Close)
	return b
}

func issuerOf(p *testop.Provider) login.Issuer {
	return login.Issuer{URL: p.URL, ClientID: clientID, Scopes: []string{"openid", "email", "groups", "offline_access"}}
}

// Both ways to log in, with a renewal after, to an identity at the API.
func TestOIDCFromLoginToIdentity(t *testing.T) {
	p := startProvider(t, testop.Config{})
	b := known(t, p.URL, new(atomic.Int64))
	for name, way := range map[string]func(login.Issuer) (login.Session, error){
		"browser": func(i login.Issuer) (login.Session, error) {
			failed := make(chan error, 1)
			s, err := i.Browse(t.Context(), func(url string) { go func() { failed <- p.Browser(t.Context(), url) }() })
			return s, errors.Join(err, <-failed)
		},
		"device": func(i login.Issuer) (login.Session, error) {
			failed := make(chan error, 1)
			s, err := i.Device(t.Context(), func(url, code string) { failed <- p.Browser(t.Context(), url+"?user_code="+code) })
			return s, errors.Join(err, <-failed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p.Login(testop.User{Subject: "7", Email: "ada@acme.example", Verified: true, Groups: []string{"dev", "security"}})
			session, err := way(issuerOf(p))
			if err != nil {
				t.Fatal(err)
			}
			want := auth.Identity{Name: "ada@acme.example", Role: auth.Admin, Via: "oidc " + p.URL}
			if got, err := b.Authenticate(request("Bearer " + session.IDToken)); err != nil || got != want {
				t.Errorf("%+v, %v", got, err)
			}
			p.Login(testop.User{Subject: "7", Email: "ada@acme.example", Groups: []string{"dev"}}) // she lost a group, and her address is not verified any more
			renewed, err := issuerOf(p).Renew(t.Context(), session)
			if err != nil {
				t.Fatal(err)
			}
			want.Name, want.Role = "7", auth.Viewer
			if got, err := b.Authenticate(request("Bearer " + renewed.IDToken)); err != nil || got != want {
				t.Errorf("renewed: %+v, %v", got, err)
			}
			if _, err := issuerOf(p).Renew(t.Context(), session); err == nil {
				t.Error("a refresh token was good twice")
			}
		})
	}
}

// claims are good ones, with changes; nil takes a claim out.
func claims(p *testop.Provider, changes map[string]any) map[string]any {
	now := time.Now()
	out := map[string]any{
		"iss": p.URL, "aud": clientID, "sub": "7", "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "groups": []string{"dev"},
	}
	for k, v := range changes {
		out[k] = v
		if v == nil {
			delete(out, k)
		}
	}
	return out
}

func sign(t *testing.T, p *testop.Provider, changes map[string]any) string {
	t.Helper()
	s, err := p.Sign(claims(p, changes))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOIDCTokens(t *testing.T) {
	p := startProvider(t, testop.Config{})
	other := startProvider(t, testop.Config{})
	b := known(t, p.URL, new(atomic.Int64))
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	raw := func(header string, c map[string]any) string {
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		enc := base64.RawURLEncoding
		return enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString(b) + "."
	}
	good := sign(t, p, nil)
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"another audience":   sign(t, p, map[string]any{"aud": "other"}),
		"no audience":        sign(t, p, map[string]any{"aud": nil}),
		"another issuer":     sign(t, p, map[string]any{"iss": other.URL}),
		"another's key":      sign(t, other, map[string]any{"iss": p.URL}),
		"expired":            sign(t, p, map[string]any{"exp": at(-2 * time.Minute)}),
		"no end":             sign(t, p, map[string]any{"exp": nil}),
		"not yet":            sign(t, p, map[string]any{"nbf": at(10 * time.Minute)}),
		"nobody":             sign(t, p, map[string]any{"sub": nil}),
		"algorithm none":     raw(`{"alg":"none"}`, claims(p, nil)),
		"algorithm None":     raw(`{"alg":"None"}`, claims(p, nil)),
		"symmetric":          raw(`{"alg":"HS256","kid":"key1"}`, claims(p, nil)) + "c2lnbmF0dXJl",
		"other claims":       parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root"}`)) + "." + parts[2],
		"no signature":       parts[0] + "." + parts[1] + ".",
		"nothing of a token": "x",
	} {
		if got, err := b.Authenticate(request("Bearer " + token)); !errors.Is(err, auth.ErrBadCredentials) || got != (auth.Identity{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, tt := range map[string]struct {
		changes map[string]any
		want    auth.Identity
	}{
		"as it is":               {nil, auth.Identity{Name: "7", Role: auth.Viewer}},
		"clocks differ":          {map[string]any{"exp": at(-30 * time.Second), "nbf": at(30 * time.Second)}, auth.Identity{Name: "7", Role: auth.Viewer}},
		"one of audiences":       {map[string]any{"aud": []string{"other", clientID}}, auth.Identity{Name: "7", Role: auth.Viewer}},
		"one group":              {map[string]any{"groups": "security"}, auth.Identity{Name: "7", Role: auth.Admin}},
		"no group that counts":   {map[string]any{"groups": []string{"Security", "dev "}}, auth.Identity{Name: "7"}},
		"groups of another kind": {map[string]any{"groups": map[string]any{"security": true}}, auth.Identity{Name: "7"}},
		"no groups":              {map[string]any{"groups": nil}, auth.Identity{Name: "7"}},
		"an address":             {map[string]any{"email": "ada@acme.example", "email_verified": true}, auth.Identity{Name: "ada@acme.example", Role: auth.Viewer}},
		"an address of hers":     {map[string]any{"email": "ada@acme.example"}, auth.Identity{Name: "7", Role: auth.Viewer}},
	} {
		tt.want.Via = "oidc " + p.URL
		if got, err := b.Authenticate(request("Bearer " + sign(t, p, tt.changes))); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, tt.want)
		}
	}
	if n := p.Asked(); n > 3 {
		t.Errorf("the keys were fetched %d times: once a pause at most, whoever sends what", n)
	}
}

func TestOIDCClaimsWithinClaims(t *testing.T) {
	p := startProvider(t, testop.Config{})
	o, err := auth.NewOIDC(auth.OIDCConfig{Issuer: p.URL, Audience: clientID, Name: "preferred_username", Grants: []auth.Grant{
		{Claim: "realm_access.roles", Value: "mirror", Role: auth.Reviewer}, {Claim: "https://acme.example/roles", Value: "mirror", Role: auth.Admin},
		{Claim: "email", Value: "root@acme.example", Role: auth.Admin},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := auth.New(auth.Config{Records: openRecords(t), OIDC: o})
	defer b.Close()
	for name, tt := range map[string]struct {
		changes map[string]any
		want    auth.Role
	}{
		"within":         {map[string]any{"realm_access": map[string]any{"roles": []string{"x", "mirror"}}}, auth.Reviewer},
		"a name of dots": {map[string]any{"realm_access.roles": "mirror"}, auth.Reviewer},
		"a URL":          {map[string]any{"https://acme.example/roles": []string{"mirror"}}, auth.Admin},
		"not within":     {map[string]any{"realm_access": "roles"}, 0},
		"not so far":     {map[string]any{"realm_access": map[string]any{"role": "mirror"}}, 0},
		"an address":     {map[string]any{"email": "root@acme.example", "email_verified": true}, auth.Admin},
		"nobody's":       {map[string]any{"email": "root@acme.example", "email_verified": false}, 0},
		"nobody says":    {map[string]any{"email": "root@acme.example"}, 0},
	} {
		tt.changes["preferred_username"] = "ada"
		if got, err := b.Authenticate(request("Bearer " + sign(t, p, tt.changes))); err != nil || got.Role != tt.want || got.Name != "ada" {
			t.Errorf("%s: %+v, %v, want %s", name, got, err, tt.want)
		}
	}
}

func TestOIDCKeysRotate(t *testing.T) {
	p := startProvider(t, testop.Config{})
	shift := new(atomic.Int64)
	b := known(t, p.URL, shift)
	try := func(what, token string, want error) {
		t.Helper()
		if _, err := b.Authenticate(request("Bearer " + token)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	far := map[string]any{"exp": time.Now().Add(9 * time.Hour).Unix()}
	old := sign(t, p, far)
	try("the first key", old, nil)
	for range 10 {
		try("again", old, nil)
	}
	if n := p.Asked(); n != 1 {
		t.Errorf("the keys were fetched %d times, want once", n)
	}
	p.Rotate()
	fresh := sign(t, p, far)
	shift.Store(int64(6 * time.Second)) // past the pause
	try("a new key", fresh, nil)
	try("the old key", old, nil)
	p.Withdraw()
	shift.Store(int64(2 * time.Hour))
	try("a key that was withdrawn", old, auth.ErrBadCredentials)
	try("the key that was not", fresh, nil)
}

// An issuer that is down is no reason not to start, nor to call a token bad; nobody gets in by it.
func TestOIDCIssuerDown(t *testing.T) {
	p := startProvider(t, testop.Config{})
	token, addr := sign(t, p, nil), strings.TrimPrefix(p.URL, "http://")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	shift := new(atomic.Int64)
	b := known(t, p.URL, shift)
	down := func(what string) {
		t.Helper()
		got, err := b.Authenticate(request("Bearer " + token))
		if err == nil || errors.Is(err, auth.ErrBadCredentials) || got != (auth.Identity{}) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	down("never up")
	back := startProvider(t, testop.Config{Addr: addr})
	down("up, and not yet asked again")
	shift.Store(int64(10 * time.Second))
	if _, err := b.Authenticate(request("Bearer " + sign(t, back, nil))); err != nil {
		t.Errorf("up: %v", err)
	}
	if err := back.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(request("Bearer " + sign(t, back, nil))); err != nil {
		t.Errorf("by keys that it gave: %v", err)
	}
	shift.Store(int64(2 * time.Hour))
	token = sign(t, back, map[string]any{"exp": time.Now().Add(9 * time.Hour).Unix()})
	down("down for too long")
}

// An issuer that does not answer keeps nobody longer than they want to wait.
func TestOIDCIssuerHangs(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	hang := roundTripper(func(*http.Request) (*http.Response, error) {
		close(begun)
		<-end
		return nil, errors.New("it took too long")
	})
	o, err := auth.NewOIDC(auth.OIDCConfig{Issuer: "http://issuer.invalid", Audience: clientID, Next: hang})
	if err != nil {
		t.Fatal(err)
	}
	b := auth.New(auth.Config{Records: openRecords(t), OIDC: o})
	defer b.Close()
	first := make(chan error, 1)
	go func() {
		_, err := b.Authenticate(request("Bearer x.y.z"))
		first <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Authenticate(request("Bearer x.y.z").WithContext(ctx)); err == nil || errors.Is(err, auth.ErrBadCredentials) {
		t.Errorf("one who left: %v", err)
	}
	close(end)
	if err := <-first; err == nil || errors.Is(err, auth.ErrBadCredentials) {
		t.Errorf("one who waited: %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
