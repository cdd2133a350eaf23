package upstream_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// A hub is a registry behind a token service, both on one server, that a test can bend.
type hub struct {
	*httptest.Server
	t *testing.T

	mu        sync.Mutex
	routes    map[string]http.HandlerFunc // by "METHOD path", or by path for any method
	hits      map[string]int              // by "METHOD path"
	valid     map[string]bool             // tokens
	logins    []*http.Request             // at the token service
	expiresIn int
	realm     string                                            // path of the token service
	login     func(w http.ResponseWriter, r *http.Request) bool // before the token service answers
}

func newHub(t *testing.T) *hub {
	h := &hub{t: t, routes: map[string]http.HandlerFunc{}, hits: map[string]int{}, valid: map[string]bool{}, expiresIn: 300, realm: "/token"}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.hits[r.Method+" "+r.URL.Path]++
	realm, login := h.realm, h.login
	route := h.routes[r.Method+" "+r.URL.Path]
	if route == nil {
		route = h.routes[r.URL.Path]
	}
	authorized := h.valid[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	h.mu.Unlock()
	switch {
	case r.URL.Path == realm:
		if login != nil && !login(w, r) {
			return
		}
		h.token(w, r)
	case !authorized:
		challenge := fmt.Sprintf(`Bearer realm="%s%s",service="hub.test"`, h.URL, realm)
		if name, ok := strings.CutPrefix(r.URL.Path, "/v2/"); ok && name != "" {
			challenge += fmt.Sprintf(`,scope="repository:%s:pull"`, repositoryOf(name))
		}
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	case r.URL.Path == "/v2/":
		w.WriteHeader(http.StatusOK)
	case route != nil:
		route(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)
	}
}

func repositoryOf(name string) string {
	for _, part := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if before, _, ok := strings.Cut(name, part); ok {
			return before
		}
	}
	return name
}

func (h *hub) token(w http.ResponseWriter, r *http.Request) {
	token := rand.Text()
	h.mu.Lock()
	h.logins = append(h.logins, r)
	h.valid[token] = true
	expires := h.expiresIn
	h.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": expires})
}

// revoke makes every token given so far invalid.
func (h *hub) revoke() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.valid)
}

func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *hub) handle(route string, f http.HandlerFunc) { h.set(func() { h.routes[route] = f }) }

func (h *hub) count(route string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hits[route]
}

func (h *hub) loginCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.logins)
}

// manifest serves body as library/nginx:latest and by its digest.
func (h *hub) manifest(body string) oci.Digest {
	d := oci.DigestOf([]byte(body))
	f := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", oci.MediaTypeOCIManifest+"; charset=utf-8")
		w.Header().Set("Docker-Content-Digest", d.String())
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	}
	h.handle("/v2/library/nginx/manifests/latest", f)
	h.handle("/v2/library/nginx/manifests/"+d.String(), f)
	return d
}

// client makes a Client of h that does not sleep between attempts and has no login.
func (h *hub) client(change ...func(*upstream.Config)) *upstream.Client {
	return newClient(h.t, h.URL, change...)
}

func newClient(t *testing.T, url string, change ...func(*upstream.Config)) *upstream.Client {
	t.Helper()
	cfg := upstream.Config{
		URL: url, Registry: "docker.io", Retries: 2, Keychain: keychain{},
		Sleep: func(context.Context, time.Duration) error { return nil },
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := upstream.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keychain is a Docker configuration: logins by the name of a registry.
type keychain map[string]authn.AuthConfig

func (k keychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	if login, ok := k[r.RegistryStr()]; ok {
		return authn.FromConfig(login), nil
	}
	return authn.Anonymous, nil
}

// A clock that the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A roundTripper stands for the network: with it there is no real time and no socket.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// open is a network with one registry that wants no login.
func open(answer func(*http.Request) (*http.Response, error)) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/v2/" {
			return response(r, 200, nil, ""), nil
		}
		return answer(r)
	}
}

func response(r *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

var nginx = oci.Reference{Registry: "docker.io", Repository: "library/nginx", Tag: "latest"}

func byDigest(d oci.Digest) oci.Reference {
	return oci.Reference{Registry: "docker.io", Repository: "library/nginx", Digest: d}
}
