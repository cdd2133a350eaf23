package upstream_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/proxy/upstream"
)

const list = "/v2/library/nginx/tags/list"

// asMember makes a client with credentials of a hub that also takes nobody in particular.
func asMember(h *hub, now func() time.Time, change ...func(*upstream.Config)) *upstream.Client {
	return h.client(append([]func(*upstream.Config){func(c *upstream.Config) {
		c.Username, c.Password = "me", "hunter2"
		if now != nil {
			c.Now = now
		}
	}}, change...)...)
}

func TestReadable(t *testing.T) {
	refuse := func(w http.ResponseWriter, status int) { w.WriteHeader(status) }
	for name, tc := range map[string]struct {
		status int
		change func(*upstream.Config)
		want   error
		asked  bool
	}{
		"public":                         {status: http.StatusOK, asked: true},
		"private":                        {status: http.StatusUnauthorized, want: upstream.ErrPrivate, asked: true},
		"private, and hidden":            {status: http.StatusNotFound, want: upstream.ErrPrivate, asked: true},
		"forbidden":                      {status: http.StatusForbidden, want: upstream.ErrPrivate, asked: true},
		"no answer":                      {status: http.StatusServiceUnavailable, want: upstream.ErrUnavailable, asked: true},
		"rate limit":                     {status: http.StatusTooManyRequests, want: upstream.ErrRateLimited, asked: true},
		"something else":                 {status: http.StatusTeapot, want: upstream.ErrProtocol, asked: true},
		"private, and listed":            {status: http.StatusUnauthorized, change: func(c *upstream.Config) { c.Private = []string{"acme/x", "library/*"} }},
		"private, and another listed":    {status: http.StatusUnauthorized, change: func(c *upstream.Config) { c.Private = []string{"acme/*"} }, want: upstream.ErrPrivate, asked: true},
		"without credentials of our own": {status: http.StatusUnauthorized, change: func(c *upstream.Config) { c.Username, c.Password = "", "" }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			h.handle(list, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					t.Error("it was asked without a token")
				}
				refuse(w, tc.status)
			})
			change := tc.change
			if change == nil {
				change = func(*upstream.Config) {}
			}
			err := asMember(h, nil, change).Readable(t.Context(), "library/nginx")
			if tc.want == nil && err != nil || !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if errors.Is(tc.want, upstream.ErrPrivate) && !errors.Is(err, upstream.ErrUnauthorized) {
				t.Error("what is private is not denied")
			}
			if asked := h.count("GET "+list) > 0; asked != tc.asked {
				t.Errorf("asked: %v", asked)
			}
			for _, r := range h.logins {
				if r.Header.Get("Authorization") != "" {
					t.Error("the question was asked with credentials")
				}
			}
		})
	}
}

// A token service that takes no strangers makes all of a registry private.
func TestReadableWhereNobodyGetsATokens(t *testing.T) {
	h := newHub(t)
	h.login = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return false
		}
		return true
	}
	if err := asMember(h, nil).Readable(t.Context(), "library/nginx"); !errors.Is(err, upstream.ErrPrivate) {
		t.Errorf("%v", err)
	}
}

// checkReadable asks whether library/nginx is readable, which is to have taken so many requests of the registry by then.
func checkReadable(t *testing.T, h *hub, step string, c *upstream.Client, want error, asked int) {
	t.Helper()
	err := c.Readable(t.Context(), "library/nginx")
	if want == nil && err != nil || !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", step, err, want)
	}
	if n := h.count("GET " + list); n != asked {
		t.Errorf("%s: the registry was asked %d times, want %d", step, n, asked)
	}
}

// What was public is so for a while without asking, for a day while the registry is away, and no
// longer.
func TestReadableIsRemembered(t *testing.T) {
	h := newHub(t)
	status := http.StatusOK
	h.handle(list, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, "{}") })
	clock := newClock()
	c := asMember(h, clock.now, func(c *upstream.Config) { c.Retries = 0 })
	check := func(step string, want error, asked int) {
		t.Helper()
		checkReadable(t, h, step, c, want, asked)
	}
	check("first", nil, 1)
	clock.advance(9 * time.Minute)
	check("soon after", nil, 1)
	clock.advance(2 * time.Minute)
	check("later", nil, 2)
	h.set(func() { status = http.StatusServiceUnavailable })
	clock.advance(23 * time.Hour)
	check("away for a day", nil, 3)
	clock.advance(2 * time.Hour)
	check("away for longer", upstream.ErrUnavailable, 4)
	h.set(func() { status = http.StatusForbidden })
	check("private now", upstream.ErrPrivate, 5)
	clock.advance(30 * time.Second)
	check("private just now", upstream.ErrPrivate, 5)
	h.set(func() { status = http.StatusOK })
	clock.advance(time.Minute)
	check("public again", nil, 6)
}

// shelf remembers for several clients.
type shelf struct {
	public map[string]bool
	at     map[string]time.Time
	err    error
}

func (s *shelf) Sight(_ context.Context, registry, repository string) (bool, time.Time, error) {
	at, ok := s.at[registry+"/"+repository]
	if !ok {
		return false, at, errors.Join(errors.New("nothing"), s.err)
	}
	return s.public[registry+"/"+repository], at, s.err
}

func (s *shelf) Saw(_ context.Context, registry, repository string, public bool, at time.Time, ttl time.Duration) error {
	if s.err != nil || ttl != 24*time.Hour {
		return errors.Join(errors.New("not kept"), s.err)
	}
	s.public[registry+"/"+repository], s.at[registry+"/"+repository] = public, at
	return nil
}

// What one client knows to be public, or not to be, others need not ask, nor it itself after a restart while
// the registry is away. What is remembered too long, or for later than now, helps nobody, and nor does
// a memory that is away.
func TestReadableIsShared(t *testing.T) {
	h := newHub(t)
	status := http.StatusOK
	h.handle(list, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, "{}") })
	clock := newClock()
	shared := &shelf{public: map[string]bool{}, at: map[string]time.Time{}}
	start := func() *upstream.Client {
		return asMember(h, clock.now, func(c *upstream.Config) { c.Retries, c.Sights = 0, shared })
	}
	check := func(step string, c *upstream.Client, want error, asked int) {
		t.Helper()
		checkReadable(t, h, step, c, want, asked)
	}
	one := start()
	check("first", one, nil, 1)
	clock.advance(9 * time.Minute)
	check("another", start(), nil, 1)
	clock.advance(2 * time.Minute)
	check("another, later", start(), nil, 2)
	check("the first, by what the other was told", one, nil, 2)
	h.set(func() { status = http.StatusServiceUnavailable })
	clock.advance(23 * time.Hour)
	check("a new one, away for a day", start(), nil, 3)
	clock.advance(2 * time.Hour)
	check("a new one, away for longer", start(), upstream.ErrUnavailable, 4)
	h.set(func() { status = http.StatusForbidden })
	check("private now", one, upstream.ErrPrivate, 5)
	clock.advance(30 * time.Second)
	check("private for another", start(), upstream.ErrPrivate, 5)
	for key := range shared.at {
		shared.public[key], shared.at[key] = true, clock.now().Add(time.Hour)
	}
	check("public in an hour", start(), upstream.ErrPrivate, 6)
	shared.err = errors.New("away")
	check("the memory is away", start(), upstream.ErrPrivate, 7)
}

// A request whose turn is too late for its caller fails as by the registry's own limit.
func TestPerMinute(t *testing.T) {
	h := newHub(t)
	h.manifest("{}")
	clock := newClock()
	c := h.client(func(c *upstream.Config) { c.PerMinute, c.Now = 3, clock.now }) // one at once, one in 20 s
	if _, err := c.Head(t.Context(), nginx); err != nil {
		t.Fatal(err)
	}
	_, err := c.Head(t.Context(), nginx)
	known := (*upstream.Error)(nil)
	if !errors.Is(err, upstream.ErrRateLimited) || !errors.As(err, &known) || known.RetryAfter <= 0 || !strings.Contains(err.Error(), "own limit") {
		t.Errorf("%v", err)
	}
	clock.advance(20 * time.Second)
	if _, err := c.Head(t.Context(), nginx); err != nil {
		t.Errorf("after its turn came: %v", err)
	}
}
