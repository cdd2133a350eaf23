package upstream_test

import (
	"encoding/base64"
	"errors"
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

// However many ask at once, and for whatever in a repository, the token service is asked
// once, and the registry once how to log in, for all repositories.
func TestOneLoginForMany(t *testing.T) {
	h := newHub(t)
	d := h.manifest(`{"one":1}`)
	h.handle("/v2/library/redis/manifests/latest", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "{}") })
	c := h.client()
	var wg sync.WaitGroup
	for i := range 32 {
		ref := []oci.Reference{nginx, byDigest(d), {Repository: "library/redis", Tag: "latest"}}[i%3]
		wg.Go(func() {
			if _, err := c.Manifest(t.Context(), ref); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := h.loginCount(); got != 2 {
		t.Errorf("%d logins for 2 repositories", got)
	}
	if got := h.count("GET /v2/"); got != 1 {
		t.Errorf("the registry was asked %d times how to log in", got)
	}
	for _, r := range h.logins {
		if scope := r.URL.Query().Get("scope"); scope != "repository:library/nginx:pull" && scope != "repository:library/redis:pull" {
			t.Errorf("scope %q", scope)
		}
		if r.Header.Get("Authorization") != "" {
			t.Error("an anonymous login carries credentials")
		}
	}
}

// The caller that started a login may leave; the others have it all the same.
func TestALoginOutlivesItsFirstCaller(t *testing.T) {
	h := newHub(t)
	h.manifest("{}")
	asked, goOn := make(chan bool), make(chan bool)
	h.login = func(http.ResponseWriter, *http.Request) bool {
		asked <- true
		<-goOn
		return true
	}
	c := h.client()
	first, leave := cancelable(t)
	firstErr, secondErr := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Manifest(first, nginx); firstErr <- err }()
	<-asked
	go func() { _, err := c.Manifest(t.Context(), nginx); secondErr <- err }()
	leave()
	if err := <-firstErr; err == nil || errors.Is(err, upstream.ErrUnavailable) {
		t.Errorf("the caller that left: %v", err)
	}
	close(goOn)
	if err := <-secondErr; err != nil {
		t.Errorf("the caller that stayed: %v", err)
	}
	if got := h.loginCount(); got != 1 {
		t.Errorf("%d logins", got)
	}
}

// A token is replaced before it ends, and when it ends before its time.
func TestTokenRenewal(t *testing.T) {
	h := newHub(t)
	h.manifest("{}")
	at := newClock()
	c := h.client(func(cfg *upstream.Config) { cfg.Now = at.now })
	get := func(wantLogins int) {
		t.Helper()
		if _, err := c.Manifest(t.Context(), nginx); err != nil {
			t.Error(err)
		}
		if got := h.loginCount(); got != wantLogins {
			t.Errorf("%d logins, want %d", got, wantLogins)
		}
	}
	get(1)
	at.advance(269 * time.Second)
	get(1)
	at.advance(time.Second) // 30 s before it ends
	get(2)
	h.revoke()
	get(3) // go-containerregistry's own answer to a 401
	get(3)

	h.set(func() { h.expiresIn = 0 }) // which means 60 seconds
	at.advance(300 * time.Second)
	get(4)
	at.advance(29 * time.Second)
	get(4)
	at.advance(time.Second)
	get(5)
}

// Many downloads in flight when the token is revoked all get through.
func TestTokenEndsInMidWay(t *testing.T) {
	h := newHub(t)
	d := h.manifest("{}")
	c := h.client()
	if _, err := c.Manifest(t.Context(), nginx); err != nil {
		t.Fatal(err)
	}
	h.revoke()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := c.Manifest(t.Context(), byDigest(d)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A registry that changes its token service is followed: the login that it refuses for
// good is made anew, unless it is so young that another would end the same way.
func TestLoginIsMadeAnew(t *testing.T) {
	h := newHub(t)
	h.manifest("{}")
	at := newClock()
	c := h.client(func(cfg *upstream.Config) { cfg.Now = at.now })
	if _, err := c.Manifest(t.Context(), nginx); err != nil {
		t.Fatal(err)
	}
	moved := func(path string) {
		h.set(func() { h.realm = path })
		h.revoke()
	}
	moved("/token-2")
	if _, err := c.Manifest(t.Context(), nginx); !errors.Is(err, upstream.ErrUnauthorized) {
		t.Errorf("with a fresh login: %v", err)
	}
	at.advance(2 * time.Minute)
	if _, err := c.Manifest(t.Context(), nginx); err != nil {
		t.Errorf("with an old login: %v", err)
	}
	if got := h.count("GET /v2/"); got != 2 {
		t.Errorf("asked %d times how to log in", got)
	}
}

// A name that does not exist costs at most two tokens: Docker Hub answers it by 401.
func TestUnauthorizedIsNotAskedForEver(t *testing.T) {
	h := newHub(t)
	h.handle("/v2/library/nothing/manifests/latest", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="hub.test",scope="repository:library/nothing:pull",error="insufficient_scope"`, h.URL))
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	})
	_, err := h.client().Manifest(t.Context(), oci.Reference{Repository: "library/nothing", Tag: "latest"})
	e := (*upstream.Error)(nil)
	if !errors.Is(err, upstream.ErrUnauthorized) || !errors.As(err, &e) || e.Body != "UNAUTHORIZED: authentication required" {
		t.Errorf("got %v", err)
	}
	if got := h.loginCount(); got > 2 {
		t.Errorf("%d logins", got)
	}
}

// Only so many repositories' logins are remembered; the least recently used is forgotten.
func TestLoginsAreBounded(t *testing.T) {
	logins := map[string]int{}
	c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Path {
			case "/v2/":
				return response(r, 401, http.Header{"Www-Authenticate": {`Bearer realm="https://auth.test/token"`}}, ""), nil
			case "/token":
				logins[strings.Split(r.URL.Query().Get("scope"), ":")[1]]++
				return response(r, 200, nil, `{"token":"t","expires_in":300}`), nil
			}
			return response(r, 200, nil, `{"tags":[]}`), nil
		})
	})
	ask := func(n int) string {
		name := fmt.Sprintf("many/r%d", n)
		if _, _, err := c.Tags(t.Context(), name, 0, ""); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for n := range 1024 {
		ask(n)
	}
	zero := ask(0) // used again: no longer the oldest
	one := ask(1024)
	ask(0)
	if logins[zero] != 1 {
		t.Errorf("the login that was used last was forgotten")
	}
	ask(1)
	if logins["many/r1"] != 2 || logins[one] != 1 {
		t.Errorf("%d logins to the one used least, want 2", logins["many/r1"])
	}
}

// Credentials go to the token service that the registry names, and to nobody else.
func TestWhoGetsCredentials(t *testing.T) {
	const user, password = "robot", "pass" + "word"
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	login := authn.AuthConfig{Username: user, Password: password}
	for _, tc := range []struct {
		name, url string
		keychain  keychain
		username  string
		want      string // at the token service
	}{
		{name: "none", url: "https://hub.test"},
		{name: "configured", url: "https://hub.test", username: user, want: basic},
		{name: "the keychain's, by host", url: "https://hub.test", keychain: keychain{"hub.test": login}, want: basic},
		{name: "Docker Hub's, whatever its host is called", url: "https://registry-1.docker.io", keychain: keychain{"index.docker.io": login}, want: basic},
		{name: "Docker Hub's are not for a server that stands in for it", url: "https://hub.test", keychain: keychain{"index.docker.io": login, "docker.io": login}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			seen := map[string]string{}
			c := newClient(t, tc.url, func(cfg *upstream.Config) {
				cfg.Keychain = tc.keychain
				if cfg.Username = tc.username; tc.username != "" {
					cfg.Password = password
				}
				cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
					seen[r.URL.Path] = r.Header.Get("Authorization")
					switch {
					case r.URL.Path == "/v2/":
						return response(r, 401, http.Header{"Www-Authenticate": {`Bearer realm="https://auth.test/token"`}}, ""), nil
					case r.URL.Host == "auth.test":
						return response(r, 200, nil, `{"access_token":"t0ken"}`), nil
					case r.URL.Host == "cdn.test":
						return response(r, 200, nil, ""), nil
					}
					return response(r, 307, http.Header{"Location": {"https://cdn.test/blob"}}, ""), nil
				})
			})
			d := oci.DigestOf(nil)
			body, _, err := c.Blob(t.Context(), "library/nginx", d, 0)
			if err != nil {
				t.Fatal(err)
			}
			body.Close()
			for path, want := range map[string]string{"/v2/": "", "/token": tc.want, "/v2/library/nginx/blobs/" + d.String(): "Bearer t0ken", "/blob": ""} {
				if got, ok := seen[path]; !ok || got != want {
					t.Errorf("%s got %q, want %q", path, got, want)
				}
			}
		})
	}
}

// A registry with plain password logins gets the password at each request; its CDN does not.
func TestBasicLogin(t *testing.T) {
	cdn := cdnThatRefusesTokens(t, "layer")
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "robot" || password != "x" {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path != "/v2/" {
			http.Redirect(w, r, cdn.URL+"/layer", http.StatusFound)
		}
	}))
	defer registry.Close()
	with := func(cfg *upstream.Config) { cfg.Username, cfg.Password = "robot", "x" }
	if got := readBlob(t, newClient(t, registry.URL, with), 0); got != "layer" {
		t.Errorf("got %q", got)
	}
	if _, err := newClient(t, registry.URL).HeadBlob(t.Context(), "library/nginx", oci.DigestOf(nil)); !errors.Is(err, upstream.ErrUnauthorized) {
		t.Errorf("without a login: %v", err)
	}
}

// cdnThatRefusesTokens answers like S3 and its kin, which take a signed URL or an
// Authorization header but not both.
func cdnThatRefusesTokens(t *testing.T, content string) *httptest.Server {
	cdn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			http.Error(w, "InvalidArgument: Only one auth mechanism allowed", http.StatusBadRequest)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	}))
	t.Cleanup(cdn.Close)
	return cdn
}

// A blob is redirected to another port of the same address, which is where Go's own client
// would send the header along.
func TestRedirectToCDN(t *testing.T) {
	h := newHub(t)
	cdn := cdnThatRefusesTokens(t, "0123456789")
	d := oci.DigestOf(nil)
	h.handle("/v2/library/nginx/blobs/"+d.String(), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, cdn.URL+"/blob?signature=s", http.StatusTemporaryRedirect)
	})
	c := h.client()
	for offset, want := range map[int64]string{0: "0123456789", 4: "456789"} {
		if got := readBlob(t, c, offset); got != want {
			t.Errorf("from %d: %q, want %q", offset, got, want)
		}
	}
	if size, err := c.HeadBlob(t.Context(), "library/nginx", d); err != nil || size != 10 {
		t.Errorf("HEAD: size %d, %v", size, err)
	}
}

func readBlob(t *testing.T, c *upstream.Client, offset int64) string {
	t.Helper()
	body, _, err := c.Blob(t.Context(), "library/nginx", oci.DigestOf(nil), offset)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TLS is not given up: not for a redirect, not because the registry is on this machine
// (where go-containerregistry would try plain HTTP too), not for a token service.
func TestTLSIsKept(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("plain HTTP was spoken: %s", r.URL)
	}))
	defer plain.Close()
	d := oci.DigestOf(nil)

	redirects := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			http.Redirect(w, r, plain.URL, http.StatusFound)
		}
	}))
	defer redirects.Close()
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://hub.test/token"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer service.Close()
	for name, tc := range map[string]struct {
		server *httptest.Server
		url    string
	}{
		"redirect":      {redirects, redirects.URL},
		"token service": {service, service.URL},
		"plain server":  {plain, strings.Replace(plain.URL, "http:", "https:", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, tc.url, func(cfg *upstream.Config) { cfg.Transport = tc.server.Client().Transport })
			if _, err := c.HeadBlob(t.Context(), "library/nginx", d); !errors.Is(err, upstream.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRedirectsEnd(t *testing.T) {
	h := newHub(t)
	path := "/v2/library/nginx/blobs/" + oci.DigestOf(nil).String()
	h.handle(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, path, http.StatusFound) })
	c := h.client(func(cfg *upstream.Config) { cfg.Retries = 0 })
	if _, err := c.HeadBlob(t.Context(), "library/nginx", oci.DigestOf(nil)); !errors.Is(err, upstream.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if got := h.count("HEAD " + path); got != 6 {
		t.Errorf("asked %d times, want 6", got)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]upstream.Config{
		"nothing":          {},
		"no scheme":        {URL: "registry-1.docker.io"},
		"another scheme":   {URL: "ftp://hub.test"},
		"a path":           {URL: "https://hub.test/v2"},
		"a user":           {URL: "https://u:very-secret@hub.test"},
		"no URL at all":    {URL: "https://u:very-secret@%zz"},
		"Hub's front door": {URL: "https://docker.io"},
		"retries":          {URL: "https://hub.test", Retries: -1},
		"half a login":     {URL: "https://hub.test", Username: "u"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := upstream.New(cfg); err == nil || strings.Contains(err.Error(), "very-secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}
