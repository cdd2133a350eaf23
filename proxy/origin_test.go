package proxy_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

func startHub(t *testing.T, cfg testhub.Config) *testhub.Hub {
	t.Helper()
	hub, err := testhub.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Close() })
	return hub
}

func pushTo(t *testing.T, hub *testhub.Hub, repository string, spec testimage.Spec) testimage.Image {
	t.Helper()
	img, err := testimage.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Push(t.Context(), repository, "latest", img); err != nil {
		t.Fatal(err)
	}
	return img
}

// The same name and tag, in two registries: by each form that a request for one can have,
// it is that registry's image which is answered, and judged.
func TestRegistries(t *testing.T) {
	ghcr := startHub(t, testhub.Config{})
	f := newFixture(t, settings{wait: 15 * time.Second, others: map[string]string{"ghcr.io": ghcr.URL()}, alias: map[string]string{"ghcr.mirror.example.com": "ghcr.io"}, rfc: true})
	ofHub := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("hub", "harmless", 1<<20)}})
	ofGHCR := pushTo(t, ghcr, "acme/app", testimage.Spec{Layers: []testimage.Layer{layer("ghcr", "harmless too", 1<<20)}})
	pushTo(t, ghcr, "acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("bad", marker, 1<<20)}})
	f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("good", "harmless", 1<<20)}})
	pushTo(t, ghcr, "short/name", testimage.Clean("short", 1<<16))

	asked := 0
	for name, tc := range map[string]struct {
		path, query, host string
		want              testimage.Image
	}{
		"nothing said":             {path: "acme/app", want: ofHub},
		"ns":                       {path: "acme/app", query: "?ns=ghcr.io", want: ofGHCR},
		"ns of Docker Hub":         {path: "acme/app", query: "?ns=docker.io", want: ofHub},
		"ns in capitals":           {path: "acme/app", query: "?ns=GHCR.io", want: ofGHCR},
		"path":                     {path: "ghcr.io/acme/app", want: ofGHCR},
		"path of Docker Hub":       {path: "docker.io/acme/app", want: ofHub},
		"host":                     {path: "acme/app", host: "ghcr.io", want: ofGHCR},
		"host and port":            {path: "acme/app", host: "ghcr.io:443", want: ofGHCR},
		"host of Docker Hub's API": {path: "acme/app", host: "registry-1.docker.io", want: ofHub},
		"another host":             {path: "acme/app", host: "mirror.example.com", want: ofHub},
		"alias as host":            {path: "acme/app", host: "ghcr.mirror.example.com", want: ofGHCR},
		"alias in the path":        {path: "ghcr.mirror.example.com/acme/app", want: ofGHCR},
		"ns and path":              {path: "ghcr.io/acme/app", query: "?ns=ghcr.io", want: ofGHCR},
		"host and path":            {path: "ghcr.io/acme/app", host: "ghcr.io", want: ofGHCR},
		"ns goes before host":      {path: "acme/app", query: "?ns=ghcr.io", host: "docker.io", want: ofGHCR},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.do(http.MethodGet, "/v2/"+tc.path+"/manifests/latest"+tc.query, "Host", tc.host)
			if a.status != http.StatusOK || a.header.Get("Docker-Content-Digest") != tc.want.Digest.String() {
				t.Fatalf("%d, digest %s, want %s: %.200s", a.status, a.header.Get("Docker-Content-Digest"), tc.want.Digest, a.body)
			}
			for d := range tc.want.Blobs {
				f.whole(f.do(http.MethodGet, "/v2/"+tc.path+"/blobs/"+d.String()+tc.query, "Host", tc.host), d)
			}
			asked += 1 + len(tc.want.Blobs)
		})
	}
	f.until("the rows", func() bool { return len(f.ledger.all()) == asked })
	for _, row := range f.ledger.all() {
		_, ours := ofHub.Blobs[oci.Digest(row.Digest)]
		want := "ghcr.io"
		if ours || row.Digest == ofHub.Digest.String() {
			want = "docker.io"
		}
		if row.Registry != want || row.Repository != "acme/app" {
			t.Errorf("%s recorded as of %s %s", row.Digest, row.Registry, row.Repository)
		}
	}
	f.denied(f.do(http.MethodGet, "/v2/acme/bad/manifests/latest?ns=ghcr.io"), "ghcr.io/acme/bad", "marker/found")
	if a := f.manifest("acme/bad", "latest"); a.status != http.StatusOK {
		t.Errorf("the image of that name on Docker Hub: %d", a.status)
	}
	// A blob is given in the registry that has it, whatever the name.
	for d := range ofGHCR.Blobs {
		if a := f.blob("acme/app", d); a.status != http.StatusNotFound {
			t.Errorf("a blob of ghcr.io was given as Docker Hub's: %d", a.status)
		}
	}
	if a := f.do(http.MethodGet, "/v2/acme/app/tags/list?n=1&ns=ghcr.io"); a.status != http.StatusOK || !strings.Contains(string(a.body), "latest") {
		t.Errorf("tags: %d %s", a.status, a.body)
	}
}

// Only Docker Hub has the library namespace.
func TestNamesOfOnePart(t *testing.T) {
	var mu sync.Mutex // guards asked
	var asked []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.Path)
		if r.URL.Path != "/v2/" {
			http.NotFound(w, r)
		}
	}))
	defer other.Close()
	f := newFixture(t, settings{others: map[string]string{"registry.example.com": other.URL}})
	if a := f.do(http.MethodGet, "/v2/registry.example.com/app/manifests/latest"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
	if a := f.do(http.MethodGet, "/v2/docker.io/app/manifests/latest"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Contains(asked, "/v2/app/manifests/latest") {
		t.Errorf("asked: %v", asked)
	}
	f.until("the rows", func() bool { return len(f.ledger.all()) == 2 })
	if rows := f.ledger.all(); rows[0].Repository != "app" || rows[1].Repository != "library/app" {
		t.Errorf("recorded: %+v", rows)
	}
}

// What is no registry of ours is refused, and nobody is asked for it.
func TestRegistriesThatAreNotMirrored(t *testing.T) {
	ghcr := startHub(t, testhub.Config{})
	f := newFixture(t, settings{others: map[string]string{"ghcr.io": ghcr.URL()}, hosts: []string{"mirror.example.com"}})
	f.push("acme/app", testimage.Clean("c", 1<<16))
	f.hub.ResetCounts()
	for name, tc := range map[string]struct {
		path, host string
		status     int
	}{
		"ns":                         {path: "/v2/acme/app/manifests/latest?ns=quay.io", status: http.StatusForbidden},
		"ns of an address":           {path: "/v2/acme/app/manifests/latest?ns=169.254.169.254", status: http.StatusForbidden},
		"ns with a user":             {path: "/v2/acme/app/manifests/latest?ns=ghcr.io@evil.example.com", status: http.StatusForbidden},
		"ns with a scheme":           {path: "/v2/acme/app/manifests/latest?ns=http://ghcr.io", status: http.StatusForbidden},
		"an empty ns":                {path: "/v2/acme/app/manifests/latest?ns=", status: http.StatusForbidden},
		"two":                        {path: "/v2/acme/app/manifests/latest?ns=ghcr.io&ns=docker.io", status: http.StatusForbidden},
		"a query that has no sense":  {path: "/v2/acme/app/manifests/latest?ns=quay.io%zz", status: http.StatusNotFound},
		"path":                       {path: "/v2/quay.io/acme/app/manifests/latest", status: http.StatusForbidden},
		"path with a port":           {path: "/v2/127.0.0.1:5001/acme/app/manifests/latest", status: http.StatusForbidden},
		"path of this machine":       {path: "/v2/localhost/acme/app/manifests/latest", status: http.StatusForbidden},
		"path under another's ns":    {path: "/v2/ghcr.io/acme/app/manifests/latest?ns=docker.io", status: http.StatusForbidden},
		"path under another's host":  {path: "/v2/docker.io/acme/app/manifests/latest", host: "ghcr.io", status: http.StatusForbidden},
		"blob":                       {path: "/v2/quay.io/acme/app/blobs/" + oci.DigestOf(nil).String(), status: http.StatusForbidden},
		"tags":                       {path: "/v2/acme/app/tags/list?ns=quay.io", status: http.StatusForbidden},
		"referrers":                  {path: "/v2/quay.io/acme/app/referrers/" + oci.DigestOf(nil).String(), status: http.StatusForbidden},
		"host":                       {path: "/v2/acme/app/manifests/latest", host: "quay.io", status: http.StatusMisdirectedRequest},
		"host, and no more":          {path: "/v2/", host: "quay.io", status: http.StatusMisdirectedRequest},
		"ns, and no more":            {path: "/v2/?ns=quay.io", status: http.StatusForbidden},
		"this mirror's name":         {path: "/v2/", host: "Mirror.example.com:8443", status: http.StatusOK},
		"this mirror's address":      {path: "/v2/", host: "[::1]:5000", status: http.StatusOK},
		"a registry's name, no more": {path: "/v2/", host: "ghcr.io", status: http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			host := tc.host
			if host == "" {
				host = "mirror.example.com"
			}
			a := f.do(http.MethodGet, tc.path, "Host", host)
			if a.status != tc.status {
				t.Errorf("%d %s, want %d", a.status, a.body, tc.status)
			}
			if tc.status == http.StatusForbidden && !strings.Contains(string(a.body), "not set up for that registry") {
				t.Errorf("it does not say why: %s", a.body)
			}
		})
	}
	for name, hub := range map[string]*testhub.Hub{"docker.io": f.hub, "ghcr.io": ghcr} {
		if got := hub.Counts(); len(got) > 0 || hub.Refused() > 0 {
			t.Errorf("%s was asked: %v, %d without a token", name, got, hub.Refused())
		}
	}
}

// With credentials, what the registry does not give to everybody is not given out, neither from
// upstream nor from the store, unless it is listed.
func TestPrivateRepositories(t *testing.T) {
	hub := startHub(t, testhub.Config{Username: "robot", Password: "hunter2", Private: []string{"acme/secret", "acme/shared"}})
	f := newFixture(t, settings{hub: hub, wait: 15 * time.Second, login: &upstream.Config{Username: "robot", Password: "hunter2", Private: []string{"acme/shared"}}})
	secret := f.push("acme/secret", testimage.Clean("secret", 1<<16))
	shared := f.push("acme/shared", testimage.Clean("shared", 1<<16))
	open := f.push("acme/open", testimage.Clean("open", 1<<16))
	for repository, img := range map[string]testimage.Image{"acme/shared": shared, "acme/open": open} {
		if a := f.manifest(repository, "latest"); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", repository, a.status, a.body)
		}
		for d := range img.Blobs {
			f.whole(f.blob(repository, d), d)
		}
	}
	// It is stored, as it was when it was listed.
	for d, b := range secret.Blobs {
		if err := f.blobs.Put(t.Context(), d, b); err != nil {
			t.Fatal(err)
		}
	}
	hub.ResetCounts()
	requests := []string{"manifests/latest", "manifests/" + secret.Digest.String(), "tags/list", "referrers/" + secret.Digest.String()}
	for d := range secret.Blobs {
		requests = append(requests, "blobs/"+d.String())
	}
	missing := f.do(http.MethodGet, "/v2/acme/nowhere/manifests/latest")
	for _, r := range requests {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := f.do(method, "/v2/acme/secret/"+r)
			if a.status != missing.status || method == http.MethodGet && code(t, a) != code(t, missing) {
				t.Errorf("%s %s: %d %s, and of what does not exist %d %s", method, r, a.status, a.body, missing.status, missing.body)
			}
		}
	}
	for path, n := range hub.Counts() {
		if strings.Contains(path, "acme/secret") && n > 0 {
			t.Errorf("the hub answered %s", path)
		}
	}
}

// code is the code and the message of an error, which tell a stranger what is there.
func code(t *testing.T, a answer) string {
	t.Helper()
	var doc struct {
		Errors []struct{ Code, Message string }
	}
	if err := json.Unmarshal(a.body, &doc); err != nil || len(doc.Errors) != 1 {
		t.Fatalf("no error of the specification: %s", a.body)
	}
	return doc.Errors[0].Code + ": " + doc.Errors[0].Message
}

// A policy knows the registry, and an exception is for one.
func TestPolicyKnowsTheRegistry(t *testing.T) {
	ghcr := startHub(t, testhub.Config{})
	excuse := "acme/*"
	f := newFixture(t, settings{wait: 15 * time.Second, rfc: true, others: map[string]string{"ghcr.io": ghcr.URL()}, except: func(policy.Subject) ([]policy.Exception, string) {
		return []policy.Exception{{ID: "1", Repository: excuse}}, excuse
	}, policy: "rules:\n  - name: miners\n    when: 'finding.category == \"miner\"'\n    action: block\n  - name: only-acme\n    when: 'image.registry == \"ghcr.io\" && image.namespace != \"acme\"'\n    action: block\n"})
	pushTo(t, ghcr, "other/app", testimage.Clean("other", 1<<16))
	f.push("other/app", testimage.Clean("other", 1<<16))
	f.denied(f.do(http.MethodGet, "/v2/other/app/manifests/latest?ns=ghcr.io"), "ghcr.io/other/app")
	if a := f.manifest("other/app", "latest"); a.status != http.StatusOK {
		t.Errorf("the same on Docker Hub: %d %s", a.status, a.body)
	}
	bad := testimage.Spec{Layers: []testimage.Layer{layer("bad", marker, 1<<16)}}
	pushTo(t, ghcr, "acme/app", bad)
	f.push("acme/app", bad)
	if a := f.manifest("acme/app", "latest"); a.status != http.StatusOK {
		t.Errorf("what is excused: %d", a.status)
	}
	f.denied(f.do(http.MethodGet, "/v2/acme/app/manifests/latest?ns=ghcr.io"))
	excuse = "ghcr.io/acme/*"
	if a := f.do(http.MethodGet, "/v2/acme/app/manifests/latest?ns=ghcr.io"); a.status != http.StatusOK {
		t.Errorf("what is excused: %d", a.status)
	}
	f.denied(f.manifest("acme/app", "latest"))
}

// Classic dockerd that takes the mirror for the registry itself reads a plain text best, since
// it has nowhere else to go; one that has a mirror is stopped in the ways that stop it.
func TestClassicDockerdAtTheRegistryItself(t *testing.T) {
	for name, tc := range map[string]struct {
		host, query, agent string
		rfc                bool
		direct             bool
	}{
		"the API's host":       {host: "registry-1.docker.io", agent: dockerAgent, direct: true},
		"and its port":         {host: "registry-1.docker.io:443", agent: dockerAgent, direct: true},
		"the registry's name":  {host: "docker.io", agent: dockerAgent, direct: true},
		"an alias is a mirror": {host: "hub.mirror.example.com", agent: dockerAgent},
		"a mirror":             {host: "mirror.example.com", agent: dockerAgent},
		"a mirror, by ns":      {host: "registry-1.docker.io", query: "?ns=docker.io", agent: dockerAgent},
		"by RFC alone":         {host: "registry-1.docker.io", agent: dockerAgent, rfc: true},
		"another client":       {host: "registry-1.docker.io", agent: podmanAgent},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, settings{wait: 15 * time.Second, rfc: tc.rfc, alias: map[string]string{"hub.mirror.example.com": "docker.io"}})
			f.agent = tc.agent
			img := f.push("library/bad", testimage.Spec{Layers: []testimage.Layer{layer("bad", marker, 1<<16)}})
			for _, reference := range []string{"latest", img.Digest.String()} {
				a := f.do(http.MethodGet, "/v2/library/bad/manifests/"+reference+tc.query, "Host", tc.host)
				if got := a.status == http.StatusUnavailableForLegalReasons; got != tc.direct {
					t.Errorf("%s: %d %s", reference, a.status, a.body)
				}
				if tc.direct && !strings.HasPrefix(code(t, a), "UNKNOWN: refused by Lazaret: bad") {
					t.Errorf("%s: %s", reference, a.body)
				}
			}
		})
	}
}
