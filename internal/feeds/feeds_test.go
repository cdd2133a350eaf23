package feeds_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/internal/feeds"
)

// A web answers requests without a network.
type web struct {
	mu     sync.Mutex // guards what follows
	body   []byte
	etag   string
	status int
	fail   error
	seen   []string // of each request, its If-None-Match
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, r.Header.Get("If-None-Match"))
	if w.fail != nil {
		return nil, w.fail
	}
	res := &http.Response{StatusCode: w.status, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(w.body))}
	if w.etag != "" {
		res.Header.Set("Etag", w.etag)
		if r.Header.Get("If-None-Match") == w.etag {
			res.StatusCode, res.Body = http.StatusNotModified, http.NoBody
		}
	}
	return res, nil
}

func (w *web) set(status int, etag, body string, fail error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status, w.etag, w.body, w.fail = status, etag, []byte(body), fail
}

func (w *web) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...)
}

func config(dir string, w *web, sources ...feeds.Source) feeds.Config {
	return feeds.Config{
		Sources: sources, Dir: dir, Client: &http.Client{Transport: w}, Agent: "test", MaxBytes: 1 << 16, Timeout: time.Minute, Refresh: time.Hour,
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Jitter: func() float64 { return 0.5 },
	}
}

func open(t *testing.T, cfg feeds.Config) *feeds.Feeds {
	t.Helper()
	f, err := feeds.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func bad(name string) feeds.Source {
	return feeds.Source{Category: inspect.MaliciousDomain, Location: name}
}

func has(s *feed.Set, name string) bool { return len(s.Domain(name)) > 0 }

func TestFetch(t *testing.T) {
	dir, w := filepath.Join(t.TempDir(), "feeds"), &web{}
	w.set(http.StatusOK, `"1"`, "evil.net\n", nil)
	cfg := config(dir, w, bad("https://user:secret@feeds.test/list?key=secret"))
	registry := prometheus.NewRegistry()
	cfg.Metrics = registry
	f := open(t, cfg)
	first := f.Set().Version()
	if !has(f.Set(), "evil.net") {
		t.Fatal("not fetched at the start")
	}
	if f.Refresh(t.Context()) {
		t.Error("changed though it did not")
	}
	for _, broken := range []struct {
		status int
		body   string
		fail   error
	}{{500, "evil.org", nil}, {200, "<html>sorry</html>", nil}, {200, strings.Repeat("x", 1<<17), nil}, {200, "\x1f\x8bnot gzip", nil}, {0, "", errors.New("down")}} {
		w.set(broken.status, "", broken.body, broken.fail)
		if f.Refresh(t.Context()) || f.Set().Version() != first {
			t.Errorf("%d %.20q: changed what is in force", broken.status, broken.body)
		}
	}
	w.set(http.StatusOK, `"2"`, "# new\nevil.net\nevil.org\n", nil)
	if !f.Refresh(t.Context()) || !has(f.Set(), "evil.org") {
		t.Error("did not change")
	}
	if got := w.requests(); got[0] != "" || got[1] != `"1"` {
		t.Errorf("asked with %q", got)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			key := family.GetName()
			for _, l := range m.GetLabel() {
				if l.GetValue() != "malicious-domain" {
					key += " " + l.GetValue()
				}
			}
			counts[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for key, want := range map[string]float64{
		"lazaret_feed_refreshes_total feeds.test/list failed": 5, "lazaret_feed_refreshes_total feeds.test/list fetched": 2,
		"lazaret_feed_refreshes_total feeds.test/list unchanged": 1, "lazaret_feed_entries feeds.test/list": 2,
	} {
		if counts[key] != want {
			t.Errorf("%s: %v, want %v", key, counts[key], want)
		}
	}
}

// The last good copy holds over a restart while the source is down, and is asked about by its tag.
func TestCopy(t *testing.T) {
	dir, w := t.TempDir(), &web{}
	w.set(http.StatusOK, `"1"`, "evil.net\n", nil)
	source := bad("https://feeds.test/list")
	version := open(t, config(dir, w, source)).Set().Version()
	w.set(0, "", "", errors.New("down"))
	f := open(t, config(dir, w, source))
	if n := len(w.requests()); n != 1 || f.Set().Version() != version {
		t.Errorf("%d requests, version %q, not %q", n, f.Set().Version(), version)
	}
	if f.Refresh(t.Context()) {
		t.Error("changed while it is down")
	}
	if got := w.requests(); got[1] != `"1"` {
		t.Errorf("asked with %q", got)
	}
	// Another source does not take it for its own, and a copy that is damaged is fetched again.
	if f := open(t, config(dir, w, bad("https://other.test/list"))); f.Set().Version() != "" {
		t.Error("took another's copy")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.set(http.StatusOK, "", "evil.org\n", nil)
	if f := open(t, config(dir, w, source)); !has(f.Set(), "evil.org") || has(f.Set(), "evil.net") {
		t.Error("a damaged copy was not fetched again")
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	list := write("list", "evil.net\n")
	write("ut1/domains", "evil.org\n")
	write("ut1/urls", "evil.com/x\n")
	var archive bytes.Buffer
	z := gzip.NewWriter(&archive)
	a := tar.NewWriter(z)
	for _, name := range []string{"x/domains", "x/usage"} {
		if err := a.WriteHeader(&tar.Header{Name: name, Size: 9, Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(a, name[2:3]+"evil.io\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(a.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	packed := write("ut1.tar.gz", archive.String())
	f := open(t, config(t.TempDir(), &web{}, bad(list), bad(filepath.Join(dir, "ut1")), bad(packed)))
	for name, want := range map[string]bool{"evil.net": true, "evil.org": true, "devil.io": true, "uevil.io": false} {
		if has(f.Set(), name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if len(f.Set().URL("http://evil.com/x")) == 0 {
		t.Error("urls of a folder were not read")
	}
	write("list", "other.net\n")
	if !f.Refresh(t.Context()) || has(f.Set(), "evil.net") || !has(f.Set(), "other.net") {
		t.Error("a file that changed was not read again")
	}
	if err := os.Remove(list); err != nil {
		t.Fatal(err)
	}
	if f.Refresh(t.Context()) || !has(f.Set(), "other.net") {
		t.Error("a file that is gone took its feed with it")
	}
}

func TestOpenRefuses(t *testing.T) {
	good := config(t.TempDir(), &web{})
	for name, change := range map[string]func(*feeds.Config){
		"a missing file":   func(c *feeds.Config) { c.Sources = []feeds.Source{bad("/no/such/file")} },
		"another category": func(c *feeds.Config) { c.Sources = []feeds.Source{{Category: "x", Location: os.DevNull}} },
		"no client":        func(c *feeds.Config) { c.Client = nil },
		"no time":          func(c *feeds.Config) { c.Timeout = 0 },
	} {
		cfg := good
		change(&cfg)
		if _, err := feeds.Open(t.Context(), cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Run asks at its interval, and says only what changed.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &web{}
		w.set(http.StatusOK, "", "evil.net\n", nil)
		f := open(t, config(t.TempDir(), w, bad("https://feeds.test/list")))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var changes []string
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.Run(ctx, func(s *feed.Set) { changes = append(changes, s.Version()) })
		}()
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if len(changes) != 0 || len(w.requests()) != 2 {
			t.Errorf("%d changes, %d requests", len(changes), len(w.requests()))
		}
		w.set(http.StatusOK, "", "evil.org\n", nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(changes) != 1 || changes[0] != f.Set().Version() || !has(f.Set(), "evil.org") {
			t.Errorf("changes: %q", changes)
		}
		cancel()
		<-ended
	})
}
