package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

var errDial = errors.New("dial tcp: connection refused")

// What is asked again, after how long, and what it comes to.
func TestRetries(t *testing.T) {
	type step struct {
		status     int // 0: no answer
		retryAfter string
	}
	now := newClock().now
	for _, tc := range []struct {
		name       string
		steps      []step // the last goes on for ever
		want       error
		status     int
		retryAfter time.Duration
		waits      []time.Duration
	}{
		{name: "at once", steps: []step{{200, ""}}},
		{name: "5xx", steps: []step{{503, ""}, {500, ""}, {200, ""}}, waits: []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}},
		{name: "408", steps: []step{{408, ""}, {200, ""}}, waits: []time.Duration{250 * time.Millisecond}},
		{name: "no connection", steps: []step{{0, ""}, {200, ""}}, waits: []time.Duration{250 * time.Millisecond}},
		{name: "5xx for good", steps: []step{{502, ""}}, want: upstream.ErrUnavailable, status: 502,
			waits: []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}},
		{name: "no connection for good", steps: []step{{0, ""}}, want: upstream.ErrUnavailable,
			waits: []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}},
		{name: "503 that says when", steps: []step{{503, "3"}, {200, ""}}, waits: []time.Duration{3 * time.Second}},
		{name: "503 that says much later", steps: []step{{503, "60"}}, want: upstream.ErrUnavailable, status: 503, retryAfter: time.Minute},
		{name: "429 in seconds", steps: []step{{429, "2"}, {200, ""}}, waits: []time.Duration{2 * time.Second}},
		{name: "429 by date", steps: []step{{429, now().Add(4 * time.Second).Format(http.TimeFormat)}, {200, ""}}, waits: []time.Duration{4 * time.Second}},
		{name: "429 by a date gone by", steps: []step{{429, now().Add(-time.Hour).Format(http.TimeFormat)}, {200, ""}}, waits: []time.Duration{0}},
		{name: "429 too far away", steps: []step{{429, "6"}}, want: upstream.ErrRateLimited, status: 429, retryAfter: 6 * time.Second},
		{name: "429 by a date too far away", steps: []step{{429, now().Add(time.Hour).Format(http.TimeFormat)}}, want: upstream.ErrRateLimited, status: 429, retryAfter: time.Hour},
		{name: "429 that does not say", steps: []step{{429, ""}}, want: upstream.ErrRateLimited, status: 429},
		{name: "429 that says nonsense", steps: []step{{429, "soon"}}, want: upstream.ErrRateLimited, status: 429},
		{name: "429 for good", steps: []step{{429, "1"}}, want: upstream.ErrRateLimited, status: 429, retryAfter: time.Second,
			waits: []time.Duration{time.Second, time.Second, time.Second}},
		{name: "404", steps: []step{{404, ""}}, want: upstream.ErrNotFound, status: 404},
		{name: "403", steps: []step{{403, ""}}, want: upstream.ErrUnauthorized, status: 403},
		{name: "401", steps: []step{{401, ""}}, want: upstream.ErrUnauthorized, status: 401},
		{name: "451", steps: []step{{451, ""}}, want: upstream.ErrUnauthorized, status: 451},
		{name: "400", steps: []step{{400, ""}}, want: upstream.ErrProtocol, status: 400},
		{name: "204", steps: []step{{204, ""}}, want: upstream.ErrProtocol, status: 204},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var waits []time.Duration
			asked := 0
			c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
				cfg.Retries = 3
				cfg.Rand = func() float64 { return 0.5 }
				cfg.Now = now
				cfg.Sleep = func(_ context.Context, d time.Duration) error {
					waits = append(waits, d)
					return nil
				}
				cfg.Transport = open(func(r *http.Request) (*http.Response, error) {
					s := tc.steps[min(asked, len(tc.steps)-1)]
					asked++
					if s.status == 0 {
						return nil, errDial
					}
					return response(r, s.status, http.Header{"Retry-After": {s.retryAfter}}, `{"tags":["a"]}`), nil
				})
			})
			_, _, err := c.Tags(t.Context(), "library/nginx", 0, "")
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if diff := cmp.Diff(tc.waits, waits); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if asked != len(tc.waits)+1 {
				t.Errorf("asked %d times, waited %d times", asked, len(waits))
			}
			if e := (*upstream.Error)(nil); errors.As(err, &e) && (e.Status != tc.status || e.RetryAfter != tc.retryAfter || e.Op != "tags" || e.Repository != "library/nginx") {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// The jitter is a factor in [0.5, 1.5), and a wait without it is at most 10 s.
func TestBackoffIsBounded(t *testing.T) {
	for _, random := range []float64{0, 0.999} {
		var waits []time.Duration
		c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
			cfg.Retries = 20
			cfg.Backoff = time.Second
			cfg.Rand = func() float64 { return random }
			cfg.Sleep = func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			}
			cfg.Transport = open(func(*http.Request) (*http.Response, error) { return nil, errDial })
		})
		if _, err := c.HeadBlob(t.Context(), "library/nginx", oci.DigestOf(nil)); !errors.Is(err, upstream.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		want := time.Second
		for i, got := range waits {
			if factor := 0.5 + random; got != time.Duration(float64(want)*factor) {
				t.Errorf("wait %d is %v, want %v times %v", i, got, want, factor)
			}
			want = min(2*want, 10*time.Second)
		}
		if len(waits) != 20 {
			t.Errorf("%d waits", len(waits))
		}
	}
}

// A login that fails is as much worth another attempt as what it is for, and a limit
// at the token service says as much as one at the registry.
func TestLoginFailures(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(w http.ResponseWriter, n int) bool // whether the token service goes on
		want   error
		status int
		asked  int
	}{
		{name: "5xx once", answer: func(w http.ResponseWriter, n int) bool { return n > 1 || fail(w, 503, "") }, asked: 2},
		{name: "5xx", answer: func(w http.ResponseWriter, _ int) bool { return fail(w, 500, "") }, want: upstream.ErrUnavailable, status: 500, asked: 3},
		{name: "429", answer: func(w http.ResponseWriter, _ int) bool { return fail(w, 429, "30") }, want: upstream.ErrRateLimited, status: 429, asked: 1},
		{name: "wrong password", answer: func(w http.ResponseWriter, _ int) bool { return fail(w, 401, "") }, want: upstream.ErrUnauthorized, status: 401, asked: 1},
		{name: "no such service", answer: func(w http.ResponseWriter, _ int) bool { return fail(w, 404, "") }, want: upstream.ErrUnavailable, status: 404, asked: 1},
		{name: "not a token", answer: func(w http.ResponseWriter, _ int) bool {
			_, _ = io.WriteString(w, `{"refresh_token":"very-secret"}`)
			return false
		}, want: upstream.ErrUnavailable, asked: 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			h.manifest("{}")
			asked := 0
			h.login = func(w http.ResponseWriter, _ *http.Request) bool {
				asked++
				return tc.answer(w, asked)
			}
			_, err := h.client().Manifest(t.Context(), nginx)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if errors.Is(err, upstream.ErrNotFound) {
				t.Errorf("a token service that is missing counts as content that is: %v", err)
			}
			if asked != tc.asked {
				t.Errorf("asked %d times, want %d", asked, tc.asked)
			}
			e := (*upstream.Error)(nil)
			if errors.As(err, &e) && e.Status != tc.status {
				t.Errorf("status %d, want %d", e.Status, tc.status)
			}
			if err != nil && strings.Contains(err.Error(), "very-secret") {
				t.Errorf("the error shows a token: %v", err)
			}
		})
	}
}

func fail(w http.ResponseWriter, status int, retryAfter string) bool {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	return false
}

// A server that takes the request and never answers costs HeaderTimeout an attempt.
func TestHeaderTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
			cfg.Sleep = nil
			cfg.Now = nil
			cfg.Rand = func() float64 { return 0.5 }
			cfg.HeaderTimeout = 7 * time.Second
			cfg.Transport = open(func(r *http.Request) (*http.Response, error) {
				asked++
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
		})
		start := time.Now()
		_, err := c.Head(t.Context(), nginx)
		if !errors.Is(err, upstream.ErrUnavailable) || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "no answer in time") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != 3*7*time.Second+750*time.Millisecond || asked != 3 {
			t.Errorf("%d attempts took %v", asked, took)
		}
	})
}

// The same for one that never ends a manifest, and for a login.
func TestSlowBodyAndSlowLogin(t *testing.T) {
	for _, slow := range []string{"body", "login"} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
				cfg.Retries = 0
				cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
					if slow == "login" {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}
					res := response(r, 200, nil, "")
					if r.URL.Path != "/v2/" {
						res.Body, res.ContentLength = stuck{r.Context()}, 100
					}
					return res, nil
				})
			})
			start := time.Now()
			_, err := c.Manifest(t.Context(), nginx)
			if !errors.Is(err, upstream.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took != 10*time.Second {
				t.Errorf("a slow %s took %v", slow, took)
			}
		})
	}
}

// stuck is a body that gives nothing until its request ends.
type stuck struct{ ctx context.Context }

func (s stuck) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}
func (stuck) Close() error { return nil }

// The time-out is for the headers: a blob may take as long as its reader likes, and ends with its reader.
func TestHeaderTimeoutSparesABlob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pr, pw := io.Pipe()
		c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
			cfg.Transport = open(func(r *http.Request) (*http.Response, error) {
				res := response(r, 200, nil, "")
				res.Body, res.ContentLength = pr, -1
				context.AfterFunc(r.Context(), func() { pw.CloseWithError(r.Context().Err()) })
				return res, nil
			})
		})
		ctx, cancel := context.WithCancel(t.Context())
		body, size, err := c.Blob(ctx, "library/nginx", oci.DigestOf(nil), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		if size != -1 {
			t.Errorf("size %d of a blob of unknown size", size)
		}
		time.Sleep(time.Hour)
		go func() { _, _ = io.WriteString(pw, "late") }()
		b := make([]byte, 4)
		if _, err := io.ReadFull(body, b); err != nil || string(b) != "late" {
			t.Errorf("after an hour: %q, %v", b, err)
		}
		cancel()
		synctest.Wait()
		if _, err := body.Read(b); !errors.Is(err, context.Canceled) || errors.Is(err, upstream.ErrUnavailable) {
			t.Errorf("after the reader's own end: %v", err)
		}
	})
}

// A caller whose time ends first gets what is known by then.
func TestCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
			cfg.Sleep = nil
			cfg.Transport = open(func(r *http.Request) (*http.Response, error) {
				return response(r, 503, http.Header{"Retry-After": {"5"}}, ""), nil
			})
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Manifest(ctx, nginx)
		e := (*upstream.Error)(nil)
		if !errors.As(err, &e) || e.Status != 503 || !errors.Is(err, upstream.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("waited %v for an attempt that could not be made", took)
		}

		c = newClient(t, "https://hub.test", func(cfg *upstream.Config) {
			cfg.Transport = open(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
		})
		if _, err = c.Manifest(ctx, nginx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, upstream.ErrUnavailable) {
			t.Errorf("at the deadline: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if _, err = c.Manifest(ctx, nginx); !errors.Is(err, context.Canceled) || errors.Is(err, upstream.ErrUnavailable) {
			t.Errorf("when the caller gave up: %v", err)
		}
	})
}

// Nothing secret is in an error or a log line: not the password, not a token, not the
// signature in the URL of a CDN.
func TestSecretsStayInside(t *testing.T) {
	const password = "correct-horse" + "-battery"
	var log bytes.Buffer
	h := newHub(t)
	h.handle("/v2/library/nginx/blobs/"+oci.DigestOf(nil).String(), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/blob?Signature=the-signature", http.StatusTemporaryRedirect)
	})
	c := h.client(func(cfg *upstream.Config) {
		cfg.Username, cfg.Password = "robot", password
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	_, _, err := c.Blob(t.Context(), "library/nginx", oci.DigestOf(nil), 0)
	if !errors.Is(err, upstream.ErrUnavailable) || !strings.Contains(err.Error(), "127.0.0.1:1: ") {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(log.String(), "asking upstream again") {
		t.Errorf("no line about the retries in %q", log.String())
	}
	text := err.Error() + log.String()
	secrets := []string{password, "Signature", "Bearer", "Basic"}
	for token := range h.valid {
		secrets = append(secrets, token)
	}
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is in %s", s, text)
		}
	}
}
