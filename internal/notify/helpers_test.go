package notify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/notify"
	"github.com/lazaret/lazaret/internal/records"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var ada = records.Actor{Name: "ada", Origin: "test"}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A got is a request that a receiver had.
type got struct {
	header http.Header
	body   []byte
}

// A receiver is a webhook that keeps what it gets and answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []got
	answer http.HandlerFunc
}

// path is what is secret about the URL of a receiver.
const path = "/services/T00/B00/verysecret"

func (r *receiver) url() string { return r.URL + path + "?token=alsosecret" }

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.got = append(r.got, got{q.Header.Clone(), body})
	answer := r.answer
	r.mu.Unlock()
	answer(w, q)
}

func (r *receiver) answers(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// all returns what was got so far.
func (r *receiver) all() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got(nil), r.got...)
}

// status answers with a code and headers, in pairs.
func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// A bench is a notifier with all around it.
type bench struct {
	*notify.Notifier
	clock   *clock
	records *records.Records
	log     *bytes.Buffer
	metrics *prometheus.Registry
}

func openRecords(t *testing.T, cfg records.Config) *records.Records {
	t.Helper()
	r, err := records.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	return r
}

// newBench makes one over new records, unless cfg has some.
func newBench(t *testing.T, cfg notify.Config) *bench {
	t.Helper()
	b := &bench{clock: &clock{at: start}, log: &bytes.Buffer{}, metrics: prometheus.NewPedanticRegistry()}
	if cfg.Now == nil {
		cfg.Now = b.clock.now
	}
	if cfg.Records == nil {
		cfg.Records = openRecords(t, records.Config{Path: filepath.Join(t.TempDir(), "records.db"), Now: b.clock.now})
	}
	b.records = cfg.Records
	cfg.Agent, cfg.Source, cfg.Metrics = "lazaret/test", "/lazaret", b.metrics
	cfg.Log = slog.New(slog.NewTextHandler(&lines{w: b.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if cfg.Jitter == nil {
		cfg.Jitter = func() float64 { return 0 }
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Patience == 0 {
		cfg.Patience = 72 * time.Hour
	}
	if cfg.Secrets == nil {
		cfg.Secrets = []notify.Secret{secret(t, newKey(t))}
	}
	n, err := notify.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Notifier = n
	return b
}

// lines is a writer for many.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func newKey(t *testing.T) string {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

func secret(t *testing.T, key string) notify.Secret {
	t.Helper()
	s, err := notify.ParseSecret(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tell makes a notification.
func (b *bench) tell(t *testing.T) records.Notification {
	t.Helper()
	e := records.NewException{Reason: "the security team builds it", Scope: records.Scope{Repository: "acme/tool"}}
	if _, err := b.records.AddException(t.Context(), ada, e); err != nil {
		t.Fatal(err)
	}
	all, err := b.records.Notifications(t.Context(), records.NotificationFilter{Limit: 1})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	return all[0]
}

func (b *bench) round(t *testing.T) {
	t.Helper()
	if err := b.Round(t.Context(), t.Context()); err != nil {
		t.Fatal(err)
	}
}

// one is the only delivery of a notification.
func (b *bench) one(t *testing.T, id int64) records.Delivery {
	t.Helper()
	n, err := b.records.GetNotification(t.Context(), id)
	if err != nil || len(n.Deliveries) != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
	return n.Deliveries[0]
}

// value is the sum of a metric over all series with a label's value.
func (b *bench) value(t *testing.T, name, label string) float64 {
	t.Helper()
	families, err := b.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == label {
					sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
				}
			}
		}
	}
	return sum
}
