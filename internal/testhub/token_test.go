package testhub_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

func TestChallenge(t *testing.T) {
	hub := start(t, testhub.Config{Private: []string{"acme/secret"}, Username: "u", Password: "p"})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	push(t, hub, "acme/secret", "latest", testimage.Clean("a", small))
	const bearer = `Bearer realm="%s/token",service="registry.docker.io"`
	nginx := login(t, hub, "library/nginx")
	for name, test := range map[string]struct {
		client       client
		method, path string
		want         string // after the realm and service
	}{
		"ping":            {client{t: t, hub: hub}, "GET", "/v2/", ``},
		"no token":        {client{t: t, hub: hub}, "GET", "/v2/library/nginx/manifests/latest", `,scope="repository:library/nginx:pull"`},
		"wrong token":     {client{t, hub, "made-up"}, "GET", "/v2/library/nginx/manifests/latest", `,scope="repository:library/nginx:pull",error="invalid_token"`},
		"other's token":   {login(t, hub, "library/redis"), "GET", "/v2/library/nginx/manifests/latest", `,scope="repository:library/nginx:pull",error="insufficient_scope"`},
		"no such name":    {login(t, hub, "library/none"), "GET", "/v2/library/none/manifests/latest", `,scope="repository:library/none:pull",error="insufficient_scope"`},
		"private":         {login(t, hub, "acme/secret"), "GET", "/v2/acme/secret/manifests/latest", `,scope="repository:acme/secret:pull",error="insufficient_scope"`},
		"push a manifest": {nginx, "PUT", "/v2/library/nginx/manifests/latest", `,scope="repository:library/nginx:pull,push",error="insufficient_scope"`},
		"push a blob":     {nginx, "POST", "/v2/library/nginx/blobs/uploads/", `,scope="repository:library/nginx:pull,push",error="insufficient_scope"`},
		"delete":          {nginx, "DELETE", "/v2/library/nginx/manifests/latest", `,scope="repository:library/nginx:pull,push",error="insufficient_scope"`},
		"uploads":         {nginx, "GET", "/v2/library/nginx/blobs/uploads/1", `,scope="repository:library/nginx:pull",error="insufficient_scope"`},
		"catalog":         {nginx, "GET", "/v2/_catalog", `,error="insufficient_scope"`},
	} {
		t.Run(name, func(t *testing.T) {
			res := test.client.do(test.method, test.path)
			if res.StatusCode != http.StatusUnauthorized || code(t, res.body) != "UNAUTHORIZED" {
				t.Errorf("%d %s", res.StatusCode, res.body)
			}
			if got, want := res.Header.Get("WWW-Authenticate"), fmt.Sprintf(bearer, hub.URL())+test.want; got != want {
				t.Errorf("challenge\n got %s\nwant %s", got, want)
			}
			if got := res.Header.Get("Docker-Distribution-Api-Version"); got != "registry/2.0" {
				t.Errorf("Docker-Distribution-Api-Version is %q", got)
			}
		})
	}
	if res := nginx.do("GET", "/v2/"); res.StatusCode != 200 {
		t.Errorf("/v2/ with a token: %d", res.StatusCode)
	}
	if res := nginx.do("GET", "/elsewhere"); res.StatusCode != 404 {
		t.Errorf("/elsewhere: %d", res.StatusCode)
	}
}

func TestTokenService(t *testing.T) {
	open := start(t, testhub.Config{Username: "u", Password: "p"})
	closed := start(t, testhub.Config{Username: "u", Password: "p", NoAnonymous: true})
	none := start(t, testhub.Config{})
	for name, test := range map[string]struct {
		hub            *testhub.Hub
		method         string
		user, password string
		want           int
	}{
		"anonymous":            {open, "GET", "", "", 200},
		"account":              {open, "GET", "u", "p", 200},
		"wrong password":       {open, "GET", "u", "q", 401},
		"wrong user":           {open, "GET", "v", "p", 401},
		"anonymous refused":    {closed, "GET", "", "", 401},
		"account wanted":       {closed, "GET", "u", "p", 200},
		"no accounts":          {none, "GET", "u", "p", 401},
		"OAuth 2 is not there": {open, "POST", "", "", 405},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, test.hub.URL()+"/token?"+url.Values{"scope": {"repository:a:pull"}}.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.user != "" {
			req.SetBasicAuth(test.user, test.password)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != test.want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, test.want)
		}
	}
}

// Both ways of asking for several repositories give one token for all of them.
func TestTokenForSeveral(t *testing.T) {
	hub := start(t, testhub.Config{})
	push(t, hub, "a", "latest", testimage.Clean("a", small))
	push(t, hub, "b", "latest", testimage.Clean("b", small))
	for _, query := range []string{
		"scope=repository:library/a:pull&scope=repository:library/b:pull,push",
		"scope=repository:library/a:pull+repository:library/b:pull",
	} {
		var body struct{ Token string }
		res := client{t: t, hub: hub}.do("GET", "/token?"+query)
		if err := json.Unmarshal(res.body, &body); err != nil {
			t.Fatal(err)
		}
		c := client{t, hub, body.Token}
		for _, repo := range []string{"library/a", "library/b"} {
			if res := c.do("HEAD", "/v2/"+repo+"/manifests/latest"); res.StatusCode != 200 {
				t.Errorf("%s: %s: %d", query, repo, res.StatusCode)
			}
		}
		if res := c.do("PUT", "/v2/library/b/manifests/latest"); res.StatusCode != 401 {
			t.Errorf("%s: a push: %d", query, res.StatusCode)
		}
	}
	var body struct{ Token string }
	res := client{t: t, hub: hub}.do("GET", "/token?scope=repository:library/a:push&scope=registry:catalog:*&scope=junk")
	if err := json.Unmarshal(res.body, &body); err != nil {
		t.Fatal(err)
	}
	if res := (client{t, hub, body.Token}).do("HEAD", "/v2/library/a/manifests/latest"); res.StatusCode != 401 {
		t.Errorf("a token that was not asked for pull pulls: %d", res.StatusCode)
	}
}

// A clock is moved by hand.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestTokensExpire(t *testing.T) {
	clk := &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	hub := start(t, testhub.Config{Now: clk.Now, TokenLife: 90 * time.Second})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))

	res := client{t: t, hub: hub}.do("GET", "/token?scope=repository:library/nginx:pull")
	var got map[string]any
	if err := json.Unmarshal(res.body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"token": got["token"], "access_token": got["token"], "expires_in": 90.0, "issued_at": "2026-05-01T12:00:00Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}

	c := client{t, hub, got["token"].(string)}
	pulls := func() int { return c.do("HEAD", "/v2/library/nginx/manifests/latest").StatusCode }
	clk.advance(89 * time.Second)
	if got := pulls(); got != 200 {
		t.Errorf("a second before the token expires: %d", got)
	}
	clk.advance(time.Second)
	if got := pulls(); got != 401 {
		t.Errorf("when the token expires: %d", got)
	}
	c = login(t, hub, "library/nginx")
	if got := pulls(); got != 200 {
		t.Errorf("with a new token: %d", got)
	}
	hub.ExpireTokens()
	if got := pulls(); got != 401 {
		t.Errorf("after ExpireTokens: %d", got)
	}
}

func TestRateLimit(t *testing.T) {
	hub := start(t, testhub.Config{PullLimit: 2})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	c := login(t, hub, "library/nginx")
	type answer struct {
		Status                   int
		Limit, Remaining, Source string
	}
	ask := func(method string) answer {
		res := c.do(method, "/v2/library/nginx/manifests/latest")
		if res.StatusCode == 429 && code(t, res.body) != "TOOMANYREQUESTS" {
			t.Errorf("429 with %s", res.body)
		}
		return answer{res.StatusCode, res.Header.Get("RateLimit-Limit"), res.Header.Get("RateLimit-Remaining"), res.Header.Get("Docker-RateLimit-Source")}
	}
	got := []answer{ask("HEAD"), ask("GET"), ask("HEAD"), ask("GET"), ask("GET"), ask("HEAD")}
	want := []answer{
		{200, "2;w=21600", "2;w=21600", "127.0.0.1"},
		{200, "2;w=21600", "1;w=21600", "127.0.0.1"},
		{200, "2;w=21600", "1;w=21600", "127.0.0.1"},
		{200, "2;w=21600", "0;w=21600", "127.0.0.1"},
		{429, "2;w=21600", "0;w=21600", "127.0.0.1"},
		{200, "2;w=21600", "0;w=21600", "127.0.0.1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	hub.ResetCounts()
	if got := ask("GET").Status; got != 200 {
		t.Errorf("after ResetCounts: %d", got)
	}
}

func TestNoRateLimitUnlessWanted(t *testing.T) {
	hub := start(t, testhub.Config{})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	c := login(t, hub, "library/nginx")
	for i := range 102 {
		res := c.do("GET", "/v2/library/nginx/manifests/latest")
		if want := fmt.Sprintf("%d;w=21600", max(0, 99-i)); res.StatusCode != 200 || res.Header.Get("RateLimit-Remaining") != want {
			t.Fatalf("pull %d: %d, %s left, want %s", i+1, res.StatusCode, res.Header.Get("RateLimit-Remaining"), want)
		}
	}
	if res := c.do("GET", "/v2/library/nginx/tags/list"); res.Header.Get("RateLimit-Limit") != "" {
		t.Error("a tags list has a rate limit")
	}
}

func TestCDN(t *testing.T) {
	hub := start(t, testhub.Config{})
	img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	c, anonymous := login(t, hub, "library/nginx"), client{t: t, hub: hub}
	path := "/v2/library/nginx/blobs/" + img.Layers[0].Digest.String()
	if res := c.do("GET", path); res.StatusCode != 200 {
		t.Fatalf("before SetRedirect: %d", res.StatusCode)
	}
	hub.SetRedirect(true)
	res := c.do("GET", path)
	location := res.Header.Get("Location")
	if res.StatusCode != http.StatusTemporaryRedirect || !strings.HasPrefix(location, hub.CDNURL()+"/") {
		t.Fatalf("%d to %q", res.StatusCode, location)
	}
	if res := c.do("GET", "/v2/library/nginx/blobs/"+img.Digest.String()); res.StatusCode != 404 || code(t, res.body) != "BLOB_UNKNOWN" {
		t.Errorf("a blob that does not exist: %d %s", res.StatusCode, res.body)
	}
	blob := img.Blobs[img.Layers[0].Digest]
	for name, test := range map[string]struct {
		client client
		method string
		url    string
		rng    string
		status int
		body   string // not compared if the status is an error
	}{
		"whole":         {anonymous, "GET", location, "", 200, string(blob)},
		"range":         {anonymous, "GET", location, "bytes=10-19", 206, string(blob[10:20])},
		"head":          {anonymous, "HEAD", location, "", 200, ""},
		"no signature":  {anonymous, "GET", strings.TrimSuffix(location, "?"+mustQuery(t, location)), "", 403, ""},
		"post":          {anonymous, "POST", location, "", 405, ""},
		"manifest":      {anonymous, "GET", strings.Replace(location, "/blobs/", "/manifests/", 1), "", 404, ""},
		"two kinds":     {c, "GET", location, "", 400, ""},
		"not CDN paths": {anonymous, "GET", strings.Replace(location, "/cdn/", "/", 1), "", 404, ""},
	} {
		res := test.client.do(test.method, test.url, "Range", test.rng)
		if res.StatusCode != test.status || test.status < 300 && string(res.body) != test.body {
			t.Errorf("%s: %d with %d bytes, want %d with %d", name, res.StatusCode, len(res.body), test.status, len(test.body))
		}
		for k := range res.Header {
			if strings.HasPrefix(k, "Docker-") {
				t.Errorf("%s: a registry's header, %s", name, k)
			}
		}
	}
	if diff := cmp.Diff([]string{"/cdn" + path}, hub.Leaks()); diff != "" {
		t.Errorf("leaks (-want +got):\n%s", diff)
	}
}

func mustQuery(t *testing.T, s string) string {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u.RawQuery
}
