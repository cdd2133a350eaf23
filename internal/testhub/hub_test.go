package testhub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/sirupsen/logrus"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

const small = 64 << 10 // bytes of noise

func start(t *testing.T, cfg testhub.Config) *testhub.Hub {
	t.Helper()
	hub, err := testhub.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	return hub
}

func push(t *testing.T, hub *testhub.Hub, repo, tag string, s testimage.Spec) testimage.Image {
	t.Helper()
	img, err := testimage.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Push(t.Context(), repo, tag, img); err != nil {
		t.Fatal(err)
	}
	return img
}

// pull pulls a whole image with go-containerregistry and checks every digest in it.
func pull(ctx context.Context, url, ref string, opts ...remote.Option) (string, error) {
	r, err := name.ParseReference(strings.TrimPrefix(strings.TrimPrefix(url, "http://"), "https://") + "/" + ref)
	if err != nil {
		return "", err
	}
	img, err := remote.Image(r, append(opts, remote.WithContext(ctx))...)
	if err != nil {
		return "", err
	}
	if err := validate.Image(img); err != nil {
		return "", err
	}
	d, err := img.Digest()
	return d.String(), err
}

// A client is a raw HTTP client with a token of its own.
type client struct {
	t     *testing.T
	hub   *testhub.Hub
	token string
}

// login gets a token for a repository, anonymously.
func login(t *testing.T, hub *testhub.Hub, repo string) client {
	t.Helper()
	c := client{t: t, hub: hub}
	res := c.do("GET", "/token?service=registry.docker.io&scope=repository:"+repo+":pull")
	var body struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(res.body, &body); err != nil || body.Token == "" {
		t.Fatalf("no token: %d %s", res.StatusCode, res.body)
	}
	c.token = body.Token
	return c
}

type response struct {
	*http.Response
	body []byte
	err  error // of reading the body
}

// do makes one request, follows no redirect and reads the body. A path is the hub's.
func (c client) do(method, target string, header ...string) response {
	c.t.Helper()
	res, err := c.try(c.t.Context(), method, target, header...)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return response{res, body, err}
}

func (c client) try(ctx context.Context, method, target string, header ...string) (*http.Response, error) {
	if strings.HasPrefix(target, "/") {
		target = c.hub.URL() + target
	}
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", strings.Join([]string{oci.MediaTypeOCIManifest, oci.MediaTypeOCIIndex, oci.MediaTypeDockerManifest, oci.MediaTypeDockerManifestList}, ","))
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	noRedirect := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return noRedirect.Do(req)
}

func code(t *testing.T, body []byte) string {
	t.Helper()
	var doc struct {
		Errors []struct{ Code, Message string }
	}
	if err := json.Unmarshal(body, &doc); err != nil || len(doc.Errors) != 1 || doc.Errors[0].Message == "" {
		t.Fatalf("not a registry's error: %s", body)
	}
	return doc.Errors[0].Code
}

func TestPull(t *testing.T) {
	docker := testimage.Clean("docker", small)
	docker.Docker = true
	for name, test := range map[string]struct {
		cfg  testhub.Config
		spec testimage.Spec
		opts []remote.Option
	}{
		"memory":   {spec: testimage.Clean("a", 5<<18)},
		"disk":     {cfg: testhub.Config{Dir: t.TempDir()}, spec: testimage.Clean("a", 5<<18)},
		"redirect": {cfg: testhub.Config{Redirect: true}, spec: testimage.Miner("a", small)},
		"docker":   {spec: docker},
		"account": {
			cfg:  testhub.Config{Username: "u", Password: "p", NoAnonymous: true},
			spec: testimage.Clean("a", small),
			opts: []remote.Option{remote.WithAuth(&authn.Basic{Username: "u", Password: "p"})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			hub := start(t, test.cfg)
			img := push(t, hub, "nginx", "latest", test.spec)
			got, err := pull(t.Context(), hub.URL(), "library/nginx:latest", test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if got != img.Digest.String() {
				t.Errorf("pulled %s, pushed %s", got, img.Digest)
			}
			if leaks := hub.Leaks(); len(leaks) != 0 {
				t.Errorf("tokens leaked to the CDN: %q", leaks)
			}
		})
	}
}

func TestContentInDirOutlivesTheHub(t *testing.T) {
	cfg := testhub.Config{Dir: t.TempDir()}
	first := start(t, cfg)
	img := push(t, first, "nginx", "latest", testimage.Clean("a", small))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := pull(t.Context(), start(t, cfg).URL(), "library/nginx:latest")
	if err != nil || got != img.Digest.String() {
		t.Errorf("pulled %q, %v; want %s", got, err, img.Digest)
	}
}

func TestPullIndex(t *testing.T) {
	hub := start(t, testhub.Config{})
	amd, err := testimage.Build(testimage.Clean("amd", small))
	if err != nil {
		t.Fatal(err)
	}
	s := testimage.Clean("arm", small)
	s.Arch = "arm64"
	arm, err := testimage.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, docker := range []bool{false, true} {
		tag := fmt.Sprint("docker-", docker)
		if err := hub.PushIndex(t.Context(), "multi", tag, testimage.Index(docker, amd, arm)); err != nil {
			t.Fatal(err)
		}
		ref, err := name.ParseReference(strings.TrimPrefix(hub.URL(), "http://") + "/library/multi:" + tag)
		if err != nil {
			t.Fatal(err)
		}
		idx, err := remote.Index(ref, remote.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(idx); err != nil {
			t.Errorf("docker %v: %v", docker, err)
		}
	}
}

// The hub may be mounted elsewhere; its challenge then names that place.
func TestPullOverTLS(t *testing.T) {
	hub := start(t, testhub.Config{})
	img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	srv := httptest.NewTLSServer(hub)
	t.Cleanup(srv.Close)
	got, err := pull(t.Context(), srv.URL, "library/nginx:latest", remote.WithTransport(srv.Client().Transport))
	if err != nil || got != img.Digest.String() {
		t.Errorf("pulled %q, %v; want %s", got, err, img.Digest)
	}
	if n := hub.Downloads(img.Layers[0].Digest); n == 0 {
		t.Error("requests were not counted")
	}
}

func TestHubsAreApart(t *testing.T) {
	a, b := start(t, testhub.Config{}), start(t, testhub.Config{})
	push(t, a, "nginx", "latest", testimage.Clean("a", small))
	if _, err := pull(t.Context(), a.URL(), "library/nginx:latest"); err != nil {
		t.Error(err)
	}
	if _, err := pull(t.Context(), b.URL(), "library/nginx:latest"); err == nil {
		t.Error("what was pushed to one hub is in another")
	}
	if n := b.Count("GET", "/v2/library/nginx/manifests/latest"); n != 0 {
		t.Errorf("the second hub counts %d of the first one's requests", n)
	}
}

func TestCounts(t *testing.T) {
	for _, redirect := range []bool{false, true} {
		hub := start(t, testhub.Config{Redirect: redirect})
		img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
		c := login(t, hub, "library/nginx")
		hub.ResetCounts()
		layer := img.Layers[1]
		path := "/v2/library/nginx/blobs/" + layer.Digest.String()
		var sent int
		client{t: t, hub: hub}.do("GET", path) // refused
		for range 2 {
			res := c.do("GET", path)
			sent += len(res.body)
			if redirect {
				res = client{t: t, hub: hub}.do("GET", res.Header.Get("Location"))
				sent += len(res.body)
			}
			if oci.DigestOf(res.body) != layer.Digest {
				t.Errorf("redirect %v: wrong body, %d %s", redirect, res.StatusCode, res.body)
			}
		}
		want := map[string]int{"GET " + path: 2}
		if redirect {
			want["GET /cdn"+path] = 2
		}
		if diff := cmp.Diff(want, hub.Counts()); diff != "" {
			t.Errorf("redirect %v (-want +got):\n%s", redirect, diff)
		}
		if got := hub.Count("GET", path); got != 2 {
			t.Errorf("redirect %v: Count is %d", redirect, got)
		}
		if got := hub.Downloads(layer.Digest); got != 2 {
			t.Errorf("redirect %v: Downloads is %d", redirect, got)
		}
		if got := hub.Refused(); got != 1 {
			t.Errorf("redirect %v: Refused is %d", redirect, got)
		}
		if got := hub.BytesSent(); got <= int64(sent) || got > int64(sent)+1000 { // and the body of the 401
			t.Errorf("redirect %v: BytesSent is %d, after %d and a 401", redirect, got, sent)
		}
		hub.ResetCounts()
		if len(hub.Counts()) != 0 || hub.Downloads(layer.Digest) != 0 || hub.Refused() != 0 || hub.BytesSent() != 0 {
			t.Errorf("redirect %v: ResetCounts left something", redirect)
		}
	}
}

// distribution logs each request to logrus' standard logger unless it is given another.
func TestQuiet(t *testing.T) {
	var log bytes.Buffer
	logrus.SetOutput(&log)
	t.Cleanup(func() { logrus.SetOutput(os.Stderr) })
	hub := start(t, testhub.Config{})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	if _, err := pull(t.Context(), hub.URL(), "library/nginx:latest"); err != nil {
		t.Error(err)
	}
	login(t, hub, "library/nginx").do("GET", "/v2/library/nginx/manifests/none")
	srv := httptest.NewServer(hub) // whose contexts are not the hub's
	defer srv.Close()
	if _, err := pull(t.Context(), srv.URL, "library/nginx:latest"); err != nil {
		t.Error(err)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %.500s", log.Bytes())
	}
}

func TestClosed(t *testing.T) {
	hub, err := testhub.Start(testhub.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	}
	rec := httptest.NewRecorder()
	hub.ServeHTTP(rec, httptest.NewRequest("GET", "/v2/", nil))
	if rec.Code != http.StatusServiceUnavailable {
		t.Errorf("a closed hub answers %d", rec.Code)
	}
	if _, err := testhub.Start(testhub.Config{Addr: "no address"}); err == nil {
		t.Error("an address that is none is taken")
	}
}
