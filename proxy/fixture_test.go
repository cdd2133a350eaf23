package proxy_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// marker is what these tests take for malice.
const marker = "lazaret-test-marker"

// markers finds the marker in any file.
type markers struct{ also []string } // and these words

func (markers) Name() string    { return "marker" }
func (markers) Version() string { return "1" }
func (m markers) Patterns() []inspect.Pattern {
	return []inspect.Pattern{{ID: "m", Literals: append([]string{marker}, m.also...)}}
}
func (markers) Wants(*inspect.File) inspect.Want { return inspect.Hits }
func (markers) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	for _, h := range s.Hits {
		found(inspect.Finding{Rule: "marker/found", Category: inspect.Miner, Severity: inspect.Critical, Confidence: inspect.High, Path: f.Path, Offset: h.Offset, Evidence: marker})
	}
}

// badNames finds fault with one repository.
type badNames struct{}

func (badNames) Check(_, repository string) []inspect.Finding {
	if repository != "acme/ngnix" {
		return nil
	}
	return []inspect.Finding{{Rule: "name/misspelt", Category: inspect.Typosquat, Confidence: inspect.High, Evidence: "ngnix looks like nginx"}}
}

// A ledger keeps rows in memory.
type ledger struct {
	mu   sync.Mutex // guards rows
	rows []records.Pull
}

func (l *ledger) Record(_ context.Context, p records.Pull, _ bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, p)
	return nil
}

func (l *ledger) all() []records.Pull {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]records.Pull(nil), l.rows...)
}

// A fixture is a mirror in this process, in front of a hub.
type fixture struct {
	t      *testing.T
	hub    *testhub.Hub
	store  cache.Store
	set    inspect.SetID
	blobs  *cache.Blobs
	ledger *ledger
	url    string
	server *proxy.Server
	agent  string // User-Agent of do
}

type settings struct {
	mode        policy.Mode
	wait        time.Duration
	rfc         bool
	store       cache.Store
	hub         *testhub.Hub
	except      func(policy.Subject) ([]policy.Exception, string)
	policy      string // a file; "": the default
	memory      proxy.Memory
	refuseIndex proxy.RefuseIndex
	facts       func(ctx context.Context, repository string, ask bool) *policy.HubFacts
	now         func() time.Time
	login       *upstream.Config  // of the hub; nil: none
	others      map[string]string // further registries, and where they are
	alias       map[string]string
	hosts       []string
	clients     proxy.Clients
}

// User-Agents of the client families.
const (
	dockerAgent     = "docker/20.10.24+dfsg1 go/go1.19.8 git-commit/5d6db84 kernel/6.1.0 os/linux arch/amd64 UpstreamClient(Docker-Client/20.10.24 \\(linux\\))"
	containerdAgent = "containerd/2.4.2"
	podmanAgent     = "containers/5.23.1 (github.com/containers/image)"
)

func newFixture(t *testing.T, s settings) *fixture {
	t.Helper()
	f := &fixture{t: t, hub: s.hub, store: s.store, ledger: &ledger{}}
	var err error
	if f.hub == nil {
		if f.hub, err = testhub.Start(testhub.Config{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.hub.Close() })
	}
	if f.store == nil {
		f.store = cache.NewMemory(time.Now)
	}
	if s.mode == "" {
		s.mode = policy.Enforce
	}
	log := slog.New(slog.DiscardHandler)
	f.blobs, err = cache.OpenBlobs(t.Context(), cache.BlobsConfig{
		Driver: "inmemory", SpoolDir: filepath.Join(t.TempDir(), "spool"), MaxDownloads: 8, MaxBlob: 1 << 30,
		IdleTimeout: time.Minute, Deadline: time.Minute, Log: log, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	inspector, err := inspect.New(inspect.DefaultLimits(), markers{})
	if err != nil {
		t.Fatal(err)
	}
	f.set = inspector.Set()
	decide := newPolicy(t, s.mode, s.policy)
	if s.now == nil {
		s.now = time.Now
	}
	reports, err := cache.NewReports(f.store, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	own := upstream.Config{}
	if s.login != nil {
		own = *s.login
	}
	own.URL, own.Registry = f.hub.URL(), oci.DockerHub
	up, err := upstream.New(own)
	if err != nil {
		t.Fatal(err)
	}
	var others []*upstream.Client
	for registry, at := range s.others {
		other, err := upstream.New(upstream.Config{URL: at, Registry: registry})
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, other)
	}
	server, err := proxy.New(proxy.Config{
		Clients: s.clients, Upstream: up, Others: others, Aliases: s.alias, Hosts: s.hosts,
		Blobs: f.blobs, Store: f.store, Reports: reports, Inspector: inspector, Policy: decide, Ledger: f.ledger, Memory: s.memory, Exceptions: s.except, HubFacts: s.facts,
		HoldBytes: 64 << 10, ManifestWait: s.wait, TagTTL: 0, Trickle: time.Minute, MaxInspections: 4, Contact: "Ask Ada.", RFCDenials: s.rfc, RefuseIndex: s.refuseIndex,
		Log: log, Metrics: prometheus.NewRegistry(), Now: s.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(server.Handler())
	f.url, f.server = srv.URL, server
	t.Cleanup(func() {
		srv.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := f.blobs.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return f
}

// newPolicy makes a policy of a file, or of the default.
func newPolicy(t *testing.T, mode policy.Mode, file string) *policy.Policy {
	t.Helper()
	rules := policy.DefaultRules()
	if file != "" {
		var err error
		if rules, err = policy.ParseRules("test.yaml", []byte(file)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := policy.New(policy.Config{Mode: mode, Rules: rules, Names: badNames{}, NamesVersion: "1"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// push builds an image and puts it on the hub.
func (f *fixture) push(repository string, spec testimage.Spec) testimage.Image {
	f.t.Helper()
	img, err := testimage.Build(spec)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.hub.Push(f.t.Context(), repository, "latest", img); err != nil {
		f.t.Fatal(err)
	}
	return img
}

// A layer is an archive with noise before and after a text.
func layer(seed, text string, size int) testimage.Layer {
	return testimage.Layer{Compression: "gzip", CreatedBy: "RUN " + seed, Files: []testimage.File{
		{Path: "a.bin", Body: testimage.Noise(seed+"a", size/2)},
		{Path: "opt/" + seed, Body: []byte(text)},
		{Path: "b.bin", Body: testimage.Noise(seed+"b", size/2)},
	}}
}

// An answer is a response, read as far as it went.
type answer struct {
	status int
	header http.Header
	body   []byte
	broken error // what ended the body before its time
}

func (f *fixture) do(method, path string, header ...string) answer {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, f.url+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("User-Agent", f.agent)
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	if err != nil {
		f.t.Errorf("%s %s: %v", method, path, err) // and not Fatal: this may be another goroutine
		return answer{broken: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, body, err}
}

func (f *fixture) manifest(repository, reference string) answer {
	f.t.Helper()
	return f.do(http.MethodGet, "/v2/"+repository+"/manifests/"+reference)
}

func (f *fixture) blob(repository string, d oci.Digest, header ...string) answer {
	f.t.Helper()
	return f.do(http.MethodGet, "/v2/"+repository+"/blobs/"+d.String(), header...)
}

// whole wants a blob that arrived as it is.
func (f *fixture) whole(a answer, d oci.Digest) {
	f.t.Helper()
	if a.status != http.StatusOK || a.broken != nil || oci.DigestOf(a.body) != d {
		f.t.Errorf("blob %s: %d, %d bytes, %v", d, a.status, len(a.body), a.broken)
	}
}

// denied wants a 403 DENIED that says what was found.
func (f *fixture) denied(a answer, says ...string) {
	f.t.Helper()
	if a.status != http.StatusForbidden || !strings.Contains(string(a.body), `"DENIED"`) {
		f.t.Errorf("status %d, body %.300s, want 403 DENIED", a.status, a.body)
	}
	for _, s := range says {
		if !strings.Contains(string(a.body), s) {
			f.t.Errorf("the refusal does not say %q: %s", s, a.body)
		}
	}
}

// until waits for a condition.
func (f *fixture) until(what string, holds func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(deadline) {
			f.t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// inspected waits until the report on every blob of an image is in the store.
func (f *fixture) inspected(img testimage.Image) {
	f.t.Helper()
	for d := range img.Blobs {
		f.reported(d)
	}
}

// reported waits until the report on a blob is in the store.
func (f *fixture) reported(d oci.Digest) {
	f.t.Helper()
	f.until("the report", func() bool {
		reports, err := cache.NewReports(f.store, 10, nil)
		if err != nil {
			f.t.Fatal(err)
		}
		got, err := reports.Get(f.t.Context(), f.set, d)
		return err == nil && len(got) > 0
	})
}

func path(kind, repository string, what fmt.Stringer) string {
	return "/v2/" + repository + "/" + kind + "/" + what.String()
}
