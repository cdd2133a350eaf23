package clientauth_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"github.com/lazaret/lazaret/internal/clientauth"
)

const realm = "https://auth.docker.io/token"

// passwordFile writes a file with one name, and returns its password.
func passwordFile(t *testing.T, name string) (file, password string) {
	t.Helper()
	password = rand.Text()
	file = filepath.Join(t.TempDir(), "passwords")
	writePasswords(t, file, name, password, 1)
	return file, password
}

func writePasswords(t *testing.T, file, name, password string, version int64) {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("# clients\n\n"+name+":"+string(hash)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stamp := time.Unix(1_700_000_000+version, 0)
	if err := os.Chtimes(file, stamp, stamp); err != nil {
		t.Fatal(err)
	}
}

func newAuth(t *testing.T, cfg clientauth.Config) *clientauth.Auth {
	t.Helper()
	a, err := clientauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A showing is what a client shows of itself.
type showing func(*http.Request)

func basic(name, password string) showing {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

func header(values ...string) showing {
	return func(r *http.Request) { r.Header["Authorization"] = values }
}

func certificate(subject pkix.Name, uris ...string) showing {
	c := &x509.Certificate{Subject: subject}
	for _, raw := range uris {
		if u, err := url.Parse(raw); err == nil {
			c.URIs = append(c.URIs, u)
		}
	}
	return func(r *http.Request) { r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{c}}} }
}

func request(t *testing.T, shows ...showing) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v2/library/nginx/manifests/latest", nil)
	for _, show := range shows {
		show(r)
	}
	return r
}

func TestIdentify(t *testing.T) {
	file, password := passwordFile(t, "ci")
	runner := certificate(pkix.Name{CommonName: "runner-7", OrganizationalUnit: []string{"builders", "eu"}})
	for name, tc := range map[string]struct {
		mode   clientauth.Mode
		realm  string
		shows  []showing
		want   string
		groups []string
		err    error
	}{
		"nobody is asked":                        {mode: clientauth.None, shows: []showing{basic("ci", "wrong")}},
		"optional, nothing":                      {mode: clientauth.Optional},
		"optional, nothing, where tokens are":    {mode: clientauth.Optional, realm: realm, err: clientauth.ErrNoCredentials},
		"optional, password":                     {mode: clientauth.Optional, shows: []showing{basic("ci", password)}, want: "ci"},
		"optional, wrong password":               {mode: clientauth.Optional, shows: []showing{basic("ci", password+"x")}, err: clientauth.ErrBadCredentials},
		"optional, unknown name":                 {mode: clientauth.Optional, shows: []showing{basic("cj", password)}, err: clientauth.ErrBadCredentials},
		"optional, empty":                        {mode: clientauth.Optional, shows: []showing{basic("", "")}, err: clientauth.ErrBadCredentials},
		"required, nothing":                      {mode: clientauth.Required, err: clientauth.ErrNoCredentials},
		"required, password":                     {mode: clientauth.Required, shows: []showing{basic("ci", password)}, want: "ci"},
		"required, certificate":                  {mode: clientauth.Required, shows: []showing{runner}, want: "runner-7", groups: []string{"builders", "eu"}},
		"certificate by its URI":                 {mode: clientauth.Required, shows: []showing{certificate(pkix.Name{}, "spiffe://acme.example/ci")}, want: "spiffe://acme.example/ci"},
		"certificate of nobody":                  {mode: clientauth.Optional, shows: []showing{certificate(pkix.Name{})}, err: clientauth.ErrBadCredentials},
		"certificate with a line in it":          {mode: clientauth.Optional, shows: []showing{certificate(pkix.Name{CommonName: "a\nb"})}, err: clientauth.ErrBadCredentials},
		"a password goes before a certificate":   {mode: clientauth.Required, shows: []showing{runner, basic("ci", password)}, want: "ci"},
		"a wrong one too":                        {mode: clientauth.Required, shows: []showing{runner, basic("ci", "no")}, err: clientauth.ErrBadCredentials},
		"two headers":                            {mode: clientauth.Optional, shows: []showing{header("Basic Y2k6eA==", "Basic Y2k6eA==")}, err: clientauth.ErrBadCredentials},
		"no scheme of ours":                      {mode: clientauth.Optional, shows: []showing{header("Digest x")}, err: clientauth.ErrBadCredentials},
		"a token where there are none":           {mode: clientauth.Optional, shows: []showing{header("Bearer x.y.z")}, err: clientauth.ErrBadCredentials},
		"a token that is none":                   {mode: clientauth.Optional, realm: realm, shows: []showing{header("Bearer x.y.z")}, err: clientauth.ErrBadCredentials},
		"an unsigned token":                      {mode: clientauth.Optional, realm: realm, shows: []showing{header("Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJsYXphcmV0Iiwic3ViIjoiY2kifQ.")}, err: clientauth.ErrBadCredentials},
		"a chain that nobody verified is nobody": {mode: clientauth.Required, shows: []showing{func(r *http.Request) { r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}} }}, err: clientauth.ErrNoCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuth(t, clientauth.Config{Mode: tc.mode, Passwords: file, Realm: tc.realm})
			for range 2 { // a password that was right is known
				got, groups, err := a.Identify(request(t, tc.shows...))
				if got != tc.want || !cmp.Equal(groups, tc.groups) || !errors.Is(err, tc.err) || tc.err == nil && err != nil {
					t.Errorf("%q of %v, %v; want %q of %v, %v", got, groups, err, tc.want, tc.groups, tc.err)
				}
			}
		})
	}
}

// token asks for one, and returns it, "" with another status than 200.
func token(t *testing.T, a *clientauth.Auth, shows ...showing) (string, int) {
	t.Helper()
	w := httptest.NewRecorder()
	a.ServeToken(w, request(t, shows...))
	var doc struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.Token == "" || doc.Token != doc.AccessToken || doc.ExpiresIn != 300 {
			t.Errorf("%v: %s", err, w.Body)
		}
	} else if w.Code == http.StatusUnauthorized && !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("401 without a challenge")
	}
	return doc.Token, w.Code
}

func TestTokens(t *testing.T) {
	file, password := passwordFile(t, "ci")
	at := time.Now()
	cfg := clientauth.Config{Passwords: file, Realm: realm, Key: []byte(rand.Text()), Now: func() time.Time { return at }}
	for name, tc := range map[string]struct {
		mode   clientauth.Mode
		shows  []showing
		status int
		want   string
		groups []string
	}{
		"optional, nobody":       {mode: clientauth.Optional, status: 200},
		"optional, password":     {mode: clientauth.Optional, shows: []showing{basic("ci", password)}, status: 200, want: "ci"},
		"optional, wrong":        {mode: clientauth.Optional, shows: []showing{basic("ci", "no")}, status: 401},
		"required, nobody":       {mode: clientauth.Required, status: 401},
		"required, password":     {mode: clientauth.Required, shows: []showing{basic("ci", password)}, status: 200, want: "ci"},
		"required, certificate":  {mode: clientauth.Required, shows: []showing{certificate(pkix.Name{CommonName: "r", OrganizationalUnit: []string{"g"}})}, status: 200, want: "r", groups: []string{"g"}},
		"nobody is asked":        {mode: clientauth.None, shows: []showing{basic("someone", "at Docker Hub")}, status: 200},
		"a token for a token":    {mode: clientauth.Optional, shows: []showing{header("Bearer x")}, status: 401},
		"required, token for it": {mode: clientauth.Required, shows: []showing{header("Bearer x")}, status: 401},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := cfg
			cfg.Mode = tc.mode
			a := newAuth(t, cfg)
			got, status := token(t, a, tc.shows...)
			if status != tc.status {
				t.Fatalf("%d, want %d", status, tc.status)
			}
			if status != http.StatusOK {
				return
			}
			replica := newAuth(t, cfg) // which has the same key
			who, groups, err := replica.Identify(request(t, header("Bearer "+got)))
			if who != tc.want || !cmp.Equal(groups, tc.groups) || err != nil {
				t.Errorf("%q of %v, %v", who, groups, err)
			}
			if tc.mode == clientauth.None {
				return
			}
			cfg.Key = []byte(rand.Text())
			if _, _, err := newAuth(t, cfg).Identify(request(t, header("Bearer "+got))); !errors.Is(err, clientauth.ErrBadCredentials) {
				t.Errorf("signed by another: %v", err)
			}
			at = at.Add(5*time.Minute + time.Second)
			if _, _, err := a.Identify(request(t, header("Bearer "+got))); !errors.Is(err, clientauth.ErrBadCredentials) {
				t.Errorf("after its time: %v", err)
			}
		})
	}
	// A token of nobody in particular is not enough where all must say who they are.
	cfg.Mode = clientauth.Optional
	nobody, _ := token(t, newAuth(t, cfg))
	cfg.Mode = clientauth.Required
	if _, _, err := newAuth(t, cfg).Identify(request(t, header("Bearer "+nobody))); !errors.Is(err, clientauth.ErrBadCredentials) {
		t.Errorf("a token of nobody: %v", err)
	}
	w := httptest.NewRecorder()
	newAuth(t, cfg).ServeToken(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/token", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestChallenge(t *testing.T) {
	plain := newAuth(t, clientauth.Config{Mode: clientauth.Optional})
	if got := plain.Challenge("repository:a:pull", clientauth.ErrNoCredentials); got != `Basic realm="Lazaret", charset="UTF-8"` {
		t.Error(got)
	}
	tokens := newAuth(t, clientauth.Config{Mode: clientauth.Optional, Realm: realm})
	for want, got := range map[string]string{
		`Bearer realm="https://auth.docker.io/token",service="auth.docker.io"`:                                                   tokens.Challenge("", clientauth.ErrNoCredentials),
		`Bearer realm="https://auth.docker.io/token",service="auth.docker.io",scope="repository:a/b:pull"`:                       tokens.Challenge("repository:a/b:pull", clientauth.ErrNoCredentials),
		`Bearer realm="https://auth.docker.io/token",service="auth.docker.io",scope="repository:a/b:pull",error="invalid_token"`: tokens.Challenge("repository:a/b:pull", clientauth.ErrBadCredentials),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The file is read again when it changes: a password that is gone counts no more, known or
// not. One that is broken leaves what was in force.
func TestPasswordsAreReloaded(t *testing.T) {
	file, old := passwordFile(t, "ci")
	a := newAuth(t, clientauth.Config{Mode: clientauth.Required, Passwords: file})
	check := func(step, password string, want error) {
		t.Helper()
		if _, _, err := a.Identify(request(t, basic("ci", password))); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v, want %v", step, err, want)
		}
	}
	check("at first", old, nil)
	fresh := rand.Text()
	writePasswords(t, file, "ci", fresh, 2)
	check("the old one", old, clientauth.ErrBadCredentials)
	check("the new one", fresh, nil)
	if err := os.WriteFile(file, []byte("ci:{SHA}x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("while it is broken", fresh, nil)
	writePasswords(t, file, "cj", old, 3)
	check("a name that is gone", fresh, clientauth.ErrBadCredentials)
}

func TestBadFiles(t *testing.T) {
	for name, text := range map[string]string{
		"another hash": "ci:$apr1$abc$def",
		"a plain word": "ci:secret-in-the-clear",
		"no hash":      "ci",
		"no name":      ":$2y$04$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu",
	} {
		file := filepath.Join(t.TempDir(), "passwords")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := clientauth.New(clientauth.Config{Mode: clientauth.Required, Passwords: file})
		if err == nil || !strings.Contains(err.Error(), "line 1") || strings.Contains(err.Error(), "secret-in-the-clear") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := clientauth.New(clientauth.Config{Mode: "some"}); err == nil {
		t.Error("an unknown mode is no error")
	}
	if _, err := clientauth.New(clientauth.Config{Mode: clientauth.Required, Passwords: "/nowhere/passwords"}); err == nil {
		t.Error("a file that is not there is no error")
	}
}

// Who has left takes up no turn.
func TestPasswordOfWhoHasLeft(t *testing.T) {
	file, password := passwordFile(t, "ci")
	a := newAuth(t, clientauth.Config{Mode: clientauth.Required, Passwords: file})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := request(t, basic("ci", password+"x")).WithContext(ctx)
	if _, _, err := a.Identify(r); !errors.Is(err, clientauth.ErrBadCredentials) {
		t.Errorf("%v", err)
	}
}
