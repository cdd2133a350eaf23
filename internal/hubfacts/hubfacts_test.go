package hubfacts_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/hubfacts"
	"github.com/lazaret/lazaret/internal/testhub"
)

// A store is a map, which may be down.
type store struct {
	mu   sync.Mutex
	m    map[string][]byte
	down bool
}

func (s *store) Get(_ context.Context, keys ...string) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errors.New("down")
	}
	return [][]byte{s.m[keys[0]]}, nil
}

func (s *store) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || ttl <= 0 {
		return errors.New("down")
	}
	s.m[key] = value
	return nil
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func client(t *testing.T, api string, s *store, c *clock, perMinute int) *hubfacts.Client {
	t.Helper()
	f, err := hubfacts.New(hubfacts.Config{
		API: api, Agent: "test", Client: &http.Client{}, Store: s, Wait: time.Minute, PerMinute: perMinute,
		Log: slog.New(slog.DiscardHandler), Now: c.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFacts(t *testing.T) {
	hub, err := testhub.Start(testhub.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	hub.SetFacts("library/nginx", testhub.Facts{Pulls: 13e9, Stars: 21244, Registered: day})
	hub.SetFacts("bitnami/redis", testhub.Facts{Pulls: 5e9, Registered: day, Badge: "verified_publisher"})
	hub.SetFacts("mallory/ngnix", testhub.Facts{Pulls: 12, Registered: day})
	s, now := &store{m: map[string][]byte{}}, &clock{now: day}
	c := client(t, hub.URL()+testhub.FactsPath, s, now, 100)
	want := map[string]*hubfacts.Facts{
		"library/nginx": {Official: true, Pulls: 13e9, Stars: 21244, Registered: day},
		"bitnami/redis": {Verified: true, Pulls: 5e9, Registered: day},
		"mallory/ngnix": {Pulls: 12, Registered: day},
		"no/such":       nil, "a/b/c": nil, "x": nil,
	}
	for range 3 {
		for repository, f := range want {
			if diff := cmp.Diff(f, c.Facts(t.Context(), repository)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", repository, diff)
			}
		}
	}
	asked := func() (n int) {
		for _, k := range hub.Counts() {
			n += k
		}
		return n
	}
	first := asked()
	if first != 1+2+2+1 {
		t.Errorf("%d requests: %v", first, hub.Counts())
	}
	// Another replica has them from the store.
	if f := client(t, hub.URL()+testhub.FactsPath, s, now, 100).Facts(t.Context(), "bitnami/redis"); f == nil || !f.Verified || asked() != first {
		t.Errorf("from the store: %+v after %d requests", f, asked())
	}
	// A day later they are asked for again; a store that is down changes nothing of that.
	hub.SetFacts("mallory/ngnix", testhub.Facts{Pulls: 99, Registered: day})
	s.down = true
	now.add(25 * time.Hour)
	if f := c.Facts(t.Context(), "mallory/ngnix"); f == nil || f.Pulls != 99 {
		t.Errorf("a day later: %+v", f)
	}
}

// What was kept is told without asking, here and by another replica, however old it is.
func TestKnown(t *testing.T) {
	hub, err := testhub.Start(testhub.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	hub.SetFacts("acme/app", testhub.Facts{Pulls: 7})
	s, now := &store{m: map[string][]byte{}}, &clock{now: time.Now()}
	c := client(t, hub.URL()+testhub.FactsPath, s, now, 100)
	pulls := func(f *hubfacts.Facts) int64 {
		if f == nil {
			return -1
		}
		return f.Pulls
	}
	if got := pulls(c.Known(t.Context(), "acme/app")); got != -1 || len(hub.Counts()) != 0 {
		t.Errorf("before: %d pulls, %v", got, hub.Counts())
	}
	if got := pulls(c.Facts(t.Context(), "acme/app")); got != 7 {
		t.Fatalf("asked: %d pulls", got)
	}
	before := hub.Counts()
	now.add(1000 * time.Hour)
	if got := pulls(c.Known(t.Context(), "acme/app")); got != 7 {
		t.Errorf("kept: %d pulls", got)
	}
	if got := pulls(client(t, hub.URL()+testhub.FactsPath, s, now, 100).Known(t.Context(), "acme/app")); got != 7 {
		t.Errorf("kept by another: %d pulls", got)
	}
	if diff := cmp.Diff(before, hub.Counts()); diff != "" {
		t.Errorf("it asked (-before +after)\n%s", diff)
	}
}

// Close ends a question that hangs.
func TestClose(t *testing.T) {
	came := make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(came)
		<-r.Context().Done()
	}))
	defer api.Close()
	c := client(t, api.URL, &store{m: map[string][]byte{}}, &clock{now: time.Now()}, 10)
	answered := make(chan *hubfacts.Facts)
	go func() { answered <- c.Facts(t.Context(), "a/b") }()
	<-came
	c.Close()
	if f := <-answered; f != nil {
		t.Errorf("%+v", f)
	}
}

// An API that answers badly, or says that it is asked too often, leaves what was known, and is let be.
func TestTrouble(t *testing.T) {
	now := &clock{now: time.Now()}
	var mu sync.Mutex
	status, n := http.StatusOK, 0
	body := `{"pull_count": 7, "date_registered": "2020-01-02T03:04:05.6Z", "star_count": -3}`
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		w.Header().Set("X-Retry-After", strconv.FormatInt(now.Now().Add(20*time.Minute).Unix(), 10))
		w.WriteHeader(status)
		if r.URL.Path == "/v2/orgs/a/" {
			w.Write([]byte("{}"))
			return
		}
		w.Write([]byte(body))
	}))
	defer api.Close()
	set := func(code int, text string) {
		mu.Lock()
		defer mu.Unlock()
		status, body = code, text
	}
	c := client(t, api.URL, &store{m: map[string][]byte{}, down: true}, now, 1000)
	facts := func() int64 {
		if f := c.Facts(t.Context(), "a/b"); f != nil {
			return f.Pulls
		}
		return -1
	}
	if got := facts(); got != 7 {
		t.Fatalf("%d pulls", got)
	}
	for name, answer := range map[string]string{"no JSON": "<html>", "another type": `{"pull_count": "many"}`, "too large": `{"pull_count": 1, "x": "` + string(make([]byte, 2<<20)) + `"}`} {
		set(http.StatusOK, answer)
		now.add(25 * time.Hour)
		if got := facts(); got != 7 {
			t.Errorf("%s: %d pulls", name, got)
		}
	}
	set(http.StatusTooManyRequests, "")
	now.add(25 * time.Hour)
	if got := facts(); got != 7 {
		t.Errorf("429: %d pulls", got)
	}
	set(http.StatusOK, `{"pull_count": 8}`)
	mu.Lock()
	before := n
	mu.Unlock()
	now.add(10 * time.Minute) // the answer has expired, the pause has not
	if got := facts(); got != 7 || n != before {
		t.Errorf("paused: %d pulls, %d requests", got, n-before)
	}
	now.add(11 * time.Minute)
	if got := facts(); got != 8 {
		t.Errorf("after the pause: %d pulls", got)
	}
}

// It asks no more often than it may.
func TestLimit(t *testing.T) {
	var mu sync.Mutex
	n := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		w.WriteHeader(http.StatusNotFound)
	}))
	defer api.Close()
	now := &clock{now: time.Now().Truncate(time.Minute)}
	c := client(t, api.URL, &store{m: map[string][]byte{}}, now, 5)
	for i := range 20 {
		c.Facts(t.Context(), "a/b"+strconv.Itoa(i))
	}
	if n != 5 {
		t.Errorf("%d requests in a minute", n)
	}
	now.add(time.Minute)
	c.Facts(t.Context(), "a/c")
	if n != 6 {
		t.Errorf("%d requests in the next", n)
	}
}

// Who asks waits no longer than is set for an API that hangs, and gets nothing.
func TestWait(t *testing.T) {
	hang := make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer api.Close()
	defer close(hang)
	c, err := hubfacts.New(hubfacts.Config{
		API: api.URL, Client: &http.Client{}, Store: &store{m: map[string][]byte{}}, Wait: time.Millisecond, PerMinute: 1,
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := c.Facts(t.Context(), "a/b"); f != nil {
		t.Errorf("%+v", f)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, api := range []string{"", "hub.docker.com", "ftp://x", "http://", "http://a b"} {
		if _, err := hubfacts.New(hubfacts.Config{API: api, Client: &http.Client{}, Store: &store{}, PerMinute: 1, Log: slog.New(slog.DiscardHandler), Now: time.Now}); err == nil {
			t.Errorf("%q is taken", api)
		}
	}
	if _, err := hubfacts.New(hubfacts.Config{API: "https://hub.docker.com"}); err == nil {
		t.Error("nothing is taken for enough")
	}
}
