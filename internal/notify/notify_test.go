package notify_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/lazaret/lazaret/internal/notify"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/testpg"
)

// A receiver that knows either secret finds the signature good by the specification's own
// library, and any other byte or header not.
func TestSignature(t *testing.T) {
	r := newReceiver(t, status(http.StatusNoContent))
	key, old := newKey(t), newKey(t)
	b := newBench(t, notify.Config{
		Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}, Secrets: []notify.Secret{secret(t, key), secret(t, old)}, Now: time.Now,
		Records: openRecords(t, records.Config{Path: filepath.Join(t.TempDir(), "records.db")}),
	})
	n := b.tell(t)
	b.round(t)
	all := r.all()
	if len(all) != 1 || all[0].header.Get("webhook-id") != n.UID {
		t.Fatalf("got %+v, want one request with ID %s", all, n.UID)
	}
	for name, key := range map[string]string{"new": key, "old": old} {
		check, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := check.Verify(all[0].body, all[0].header); err != nil { // within 5 minutes of now, too
			t.Errorf("by the %s secret: %v", name, err)
		}
		if err := check.Verify(append([]byte(" "), all[0].body...), all[0].header); err == nil {
			t.Errorf("by the %s secret another body is good", name)
		}
		for _, h := range []string{"webhook-id", "webhook-timestamp"} {
			forged := all[0].header.Clone()
			forged.Set(h, "1")
			if err := check.VerifyIgnoringTimestamp(all[0].body, forged); err == nil {
				t.Errorf("by the %s secret another %s is good", name, h)
			}
		}
	}
	other, err := standardwebhooks.NewWebhook(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Verify(all[0].body, all[0].header); err == nil {
		t.Error("by another secret it is good")
	}
}

// What docs/notifications.md gives to check a signature does check it.
func TestTheDocumentedCheck(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("python3 is not installed: see .ci/install")
	}
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "notifications.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```python\n")
	code, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/notifications.md has no check in Python")
	}
	r := newReceiver(t, status(http.StatusNoContent))
	key := newKey(t)
	b := newBench(t, notify.Config{
		Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}, Secrets: []notify.Secret{secret(t, newKey(t)), secret(t, key)}, Now: time.Now,
		Records: openRecords(t, records.Config{Path: filepath.Join(t.TempDir(), "records.db")}),
	})
	b.tell(t)
	b.round(t)
	got := r.all()[0]
	verify := func(body []byte) error {
		cmd := exec.CommandContext(t.Context(), python, "-c", code+`
import os, sys
verify(os.environ["SECRET"], {h: os.environ[h] for h in os.environ if h.startswith("webhook-")}, sys.stdin.buffer.read())`)
		cmd.Stdin = bytes.NewReader(body)
		cmd.Env = []string{"SECRET=" + key}
		for _, h := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
			cmd.Env = append(cmd.Env, h+"="+got.header.Get(h))
		}
		out, err := cmd.CombinedOutput()
		if err != nil && !strings.Contains(string(out), "ValueError: not signed by the mirror") {
			t.Errorf("python3: %v: %s", err, out)
		}
		return err
	}
	if err := verify(got.body); err != nil {
		t.Errorf("what the mirror signed: %v", err)
	}
	if err := verify(append(got.body, ' ')); err == nil {
		t.Error("another body is good")
	}
}

func TestSecrets(t *testing.T) {
	for _, bad := range []string{"", "whsec_", "whsec_c2hvcnQ=", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_no base64 at all no base64 at all"} {
		if _, err := notify.ParseSecret(bad); err == nil {
			t.Errorf("%q is a secret", bad)
		}
	}
}

// The event is one by the SDK's own reading, and as docs/notifications.md shows it.
func TestEvent(t *testing.T) {
	r := newReceiver(t, status(http.StatusNoContent))
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}})
	p := records.Pull{
		At: start, RequestID: "4M7QWZJ3XKPD2R6T5VYNBHCAEU", Client: "192.0.2.7", ClientName: "ci", Registry: "docker.io", Repository: "acme/miner", Reference: "1.0",
		Digest: "sha256:2b5e0c1f4f1ddd8a5b4b1ac1a8f0ac5e6d2fba9b6d4fbb5f4d5a3a7f0e9c8b7a", Image: "sha256:2b5e0c1f4f1ddd8a5b4b1ac1a8f0ac5e6d2fba9b6d4fbb5f4d5a3a7f0e9c8b7a",
		Kind: "manifest", Verdict: "block", Status: 403,
		Reasons: `[{"action":"block","policy":"malware","message":"Images that mine are not allowed here.","finding":{"rule":"miner/launch","category":"miner","layer":"sha256:9d6b","path":"opt/run.sh","evidence":"-o stratum+tcp://pool.example:3333","created_by":"RUN curl"}}]`,
	}
	if err := b.records.Record(t.Context(), p, true); err != nil {
		t.Fatal(err)
	}
	if err := b.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.round(t)
	all := r.all()
	if len(all) != 1 {
		t.Fatalf("%d requests", len(all))
	}
	if h := all[0].header; h.Get("Content-Type") != "application/cloudevents+json; charset=UTF-8" || h.Get("User-Agent") != "lazaret/test" {
		t.Errorf("headers: %v", h)
	}
	var e event.Event
	if err := json.Unmarshal(all[0].body, &e); err != nil {
		t.Fatal(err)
	}
	if err := e.Validate(); err != nil || e.Type() != "io.lazaret.pull.refused" || e.Source() != "/lazaret" || !e.Time().Equal(start) || e.ID() != all[0].header.Get("webhook-id") {
		t.Errorf("event: %v, %v", e, err)
	}
	var shown map[string]any
	if err := json.Unmarshal(all[0].body, &shown); err != nil {
		t.Fatal(err)
	}
	shown["id"] = "QJ7Z2GTKD5XWVR4HBN3YPMC6EA"
	got, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "refused.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "notifications.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), string(want)) {
		t.Error("docs/notifications.md does not show it so: see testdata/refused.json")
	}
}

// Whatever a receiver does, the delivery is tried again, in time, and neither the URL nor what
// it said is in what is kept or logged.
func TestReceiversThatFail(t *testing.T) {
	elsewhere := newReceiver(t, status(http.StatusNoContent))
	hang := func(q *http.Request) { <-q.Context().Done() } // until the client has had enough
	raw := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write([]byte(answer))
			conn.Close()
		}
	}
	for name, tc := range map[string]struct {
		answer  http.HandlerFunc
		timeout time.Duration
		err     string
		next    time.Duration // after now; 0: dead
	}{
		"error":         {status(500), 0, "status 500", 5 * time.Second},
		"not found":     {status(404), 0, "status 404", 5 * time.Second},
		"redirect":      {status(307, "Location", elsewhere.URL), 0, "status 307: redirects are not followed", 5 * time.Second},
		"moved":         {status(301, "Location", elsewhere.URL), 0, "status 301: redirects are not followed", 5 * time.Second},
		"busy":          {status(429, "Retry-After", "120"), 0, "status 429", 2 * time.Minute},
		"busy a little": {status(429, "Retry-After", "1"), 0, "status 429", 5 * time.Second},
		"busy until":    {status(503, "Retry-After", start.Add(time.Hour).Format(http.TimeFormat)), 0, "status 503", time.Hour},
		"busy for good": {status(429, "Retry-After", "99999999"), 0, "status 429", 24 * time.Hour},
		"busy since":    {status(429, "Retry-After", start.Add(-time.Hour).Format(http.TimeFormat)), 0, "status 429", 5 * time.Second},
		"busy nonsense": {status(429, "Retry-After", "-1"), 0, "status 429", 5 * time.Second},
		"gone":          {status(410), 0, "status 410: the receiver is gone", 0},
		"drops":         {raw(""), 0, "connection closed without an answer", 5 * time.Second},
		"cut short":     {raw("HTTP/1.1 2"), 0, "not an answer of HTTP", 5 * time.Second},
		"not HTTP":      {raw("SSH-2.0-banner of an inner host\r\n"), 0, "not an answer of HTTP", 5 * time.Second},
		"hangs":         {func(_ http.ResponseWriter, q *http.Request) { hang(q) }, 50 * time.Millisecond, "no answer within 50ms", 5 * time.Second},
		"hangs in its answer": {func(w http.ResponseWriter, q *http.Request) {
			w.WriteHeader(500)
			_ = http.NewResponseController(w).Flush()
			hang(q)
		}, 50 * time.Millisecond, "status 500", 5 * time.Second},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			for w.(http.Flusher).Flush(); ; {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, 0, "status 500", 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, tc.answer)
			b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}, Timeout: tc.timeout})
			n := b.tell(t)
			b.round(t)
			d := b.one(t, n.ID)
			want := records.Delivery{ID: d.ID, Target: b.Names()[0], State: records.Queued, Since: start, Attempts: 1, Error: tc.err, Next: start.Add(tc.next)}
			result := "failed"
			if tc.next == 0 {
				want.State, want.Next, want.Ended, result = records.Dead, time.Time{}, start, "dead"
			}
			if diff := cmp.Diff(want, d); diff != "" {
				t.Errorf("delivery (-want +got):\n%s", diff)
			}
			if b.value(t, "lazaret_notifications_attempts_total", result) != 1 || b.value(t, "lazaret_notifications_deliveries", want.State) != 1 {
				t.Error("not counted")
			}
			if len(elsewhere.all()) > 0 {
				t.Fatal("a redirect was followed")
			}
			for _, secret := range []string{"verysecret", "alsosecret", "banner"} {
				if strings.Contains(b.log.String()+d.Target+d.Error, secret) {
					t.Errorf("%s is shown: %s %s\n%s", secret, d.Target, d.Error, b.log)
				}
			}
			if tc.next == 0 {
				return
			}
			r.answers(status(200))
			b.clock.pass(tc.next - time.Millisecond)
			b.round(t)
			if got := len(r.all()); got != 1 {
				t.Errorf("tried again too early: %d", got)
			}
			b.clock.pass(time.Millisecond)
			b.round(t)
			if d := b.one(t, n.ID); d.State != records.Delivered || d.Attempts != 2 {
				t.Errorf("in the end: %+v", d)
			}
			if all := r.all(); len(all) != 2 || string(all[0].body) != string(all[1].body) || all[0].header.Get("webhook-id") != all[1].header.Get("webhook-id") {
				t.Errorf("the second try is not of the same event")
			}
		})
	}
}

// No connection, and a certificate that nobody vouches for: nothing was sent.
func TestNoWayToTheReceiver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(status(204)))
	secure.Config.ErrorLog = nil
	defer secure.Close()
	trusting := x509.NewCertPool()
	trusting.AddCert(secure.Certificate())
	for name, tc := range map[string]struct {
		url, err  string
		transport http.RoundTripper
	}{
		"nobody listens": {"http://" + l.Addr().String() + path, "connection: dial: connect: connection refused", nil},
		"not trusted":    {secure.URL + path, "its certificate is not good: x509: certificate signed by unknown authority", nil},
		"no such host":   {"https://nowhere.invalid" + path, "no address of its host", nil},
		"trusted":        {secure.URL + path, "", &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusting}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.Slack, URL: tc.url}}, Transport: tc.transport})
			n := b.tell(t)
			b.round(t)
			d := b.one(t, n.ID)
			if !strings.HasPrefix(d.Error, tc.err) || (d.State == records.Delivered) != (tc.err == "") || strings.Contains(b.log.String()+d.Error, path) {
				t.Errorf("%+v\n%s", d, b.log)
			}
		})
	}
}

// A receiver that asks for time gets it for all that is for it.
func TestRetryAfterHoldsTheWebhook(t *testing.T) {
	r := newReceiver(t, status(429, "Retry-After", "3600"))
	other := newReceiver(t, status(204))
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}, {Kind: notify.CloudEvents, URL: other.url()}}})
	b.tell(t)
	b.round(t)
	b.tell(t)
	b.clock.pass(59 * time.Minute)
	b.round(t)
	if got, of := len(r.all()), len(other.all()); got != 1 || of != 2 {
		t.Errorf("%d requests to the busy one, want 1; %d to the other, want 2", got, of)
	}
	r.answers(status(204))
	b.clock.pass(time.Minute)
	b.round(t)
	if got := len(r.all()); got != 3 {
		t.Errorf("%d requests in all, want 3", got)
	}
}

// What fails for good is tried more and more seldom, for three days, and can be replayed then.
func TestDeadLetters(t *testing.T) {
	r := newReceiver(t, status(500))
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}, Jitter: func() float64 { return 0.999 }})
	n := b.tell(t)
	last, tries := start, 0
	for d := b.next(t, n.ID, tries); d.State == records.Queued; d = b.next(t, n.ID, tries) {
		tries++
		wait := d.Next.Sub(last)
		if tries <= 12 && wait > 10*time.Second<<(tries-1) || wait > 6*time.Hour || wait < 5*time.Second {
			t.Errorf("try %d is followed by a wait of %s", tries, wait)
		}
		last = d.Next
		b.clock.pass(d.Next.Sub(b.clock.now()))
		if tries > 100 {
			t.Fatal("it is tried for ever")
		}
	}
	if span := b.clock.now().Sub(start); tries < 20 || tries > 25 || span > 72*time.Hour || span < 66*time.Hour {
		t.Errorf("given up after %d tries in %s", tries, span)
	}
	if d := b.one(t, n.ID); d.State != records.Dead || d.Error != "status 500" || !d.Ended.Equal(b.clock.now()) {
		t.Errorf("given up: %+v", d)
	}
	if b.value(t, "lazaret_notifications_deliveries", "dead") != 1 {
		t.Error("the dead one is not counted")
	}
	before := len(r.all())
	b.clock.pass(24 * time.Hour)
	b.round(t)
	if got := len(r.all()); got != before {
		t.Error("a dead one is tried")
	}
	r.answers(status(202))
	if _, err := b.records.Replay(t.Context(), ada, n.ID); err != nil {
		t.Fatal(err)
	}
	b.round(t)
	if d := b.one(t, n.ID); d.State != records.Delivered || d.Attempts != 1 {
		t.Errorf("replayed: %+v", d)
	}
	if all := r.all(); all[0].header.Get("webhook-id") != all[len(all)-1].header.Get("webhook-id") {
		t.Error("replayed as another event")
	}
}

// next is the delivery after the next attempt.
func (b *bench) next(t *testing.T, id int64, tries int) records.Delivery {
	t.Helper()
	b.round(t)
	d := b.one(t, id)
	if d.Attempts != int64(tries+1) {
		t.Fatalf("attempt %d, want %d", d.Attempts, tries+1)
	}
	return d
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int64]time.Duration{1: 5 * time.Second, 2: 10 * time.Second, 5: 80 * time.Second, 12: 3 * time.Hour * 10240 / 10800, 13: 3 * time.Hour, 1 << 40: 3 * time.Hour} {
		if got := notify.Backoff(attempt, 0); got != want {
			t.Errorf("after attempt %d at least %s, want %s", attempt, got, want)
		}
		if got := notify.Backoff(attempt, 0.5); got != want*3/2 {
			t.Errorf("after attempt %d in the middle %s, want %s", attempt, got, want*3/2)
		}
	}
}

// A mirror that ends in the midst of retries leaves them to the next.
func TestRestart(t *testing.T) {
	r := newReceiver(t, status(500))
	hooks := []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}
	path := filepath.Join(t.TempDir(), "records.db")
	first := newBench(t, notify.Config{Webhooks: hooks, Records: openRecords(t, records.Config{Path: path, Now: func() time.Time { return start }})})
	n := first.tell(t)
	first.round(t)
	if err := first.records.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := &clock{at: start}
	second := newBench(t, notify.Config{Webhooks: hooks, Now: at.now, Records: openRecords(t, records.Config{Path: path, Now: at.now})})
	second.round(t)
	if got := len(r.all()); got != 1 {
		t.Errorf("%d requests before it is due", got)
	}
	r.answers(status(204))
	at.pass(10 * time.Second)
	second.round(t)
	if d := second.one(t, n.ID); d.State != records.Delivered || d.Attempts != 2 {
		t.Errorf("after the restart: %+v", d)
	}
}

// An attempt that is in progress when the mirror stops is let end, and noted.
func TestStop(t *testing.T) {
	arrived, go_on := make(chan struct{}), make(chan struct{})
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-go_on
		w.WriteHeader(204)
	})
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}})
	n := b.tell(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Run(ctx); close(ended) }()
	<-arrived
	stop()
	close(go_on)
	<-ended
	if d := b.one(t, n.ID); d.State != records.Delivered || d.Attempts != 1 {
		t.Errorf("at the end: %+v", d)
	}
}

// One that is cut off is due again at once.
func TestCutOff(t *testing.T) {
	ctx, cut := context.WithCancel(t.Context())
	r := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) { cut(); <-q.Context().Done() })
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}})
	n := b.tell(t)
	if err := b.Round(t.Context(), ctx); err != nil {
		t.Fatal(err)
	}
	if d := b.one(t, n.ID); d.State != records.Queued || !d.Next.Equal(start) || d.Error != "this mirror was stopped" {
		t.Errorf("cut off: %+v", d)
	}
}

// A webhook that hangs keeps the others from nothing.
func TestOneHangs(t *testing.T) {
	stuck := newReceiver(t, func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	got := make(chan struct{}, 100)
	well := newReceiver(t, func(http.ResponseWriter, *http.Request) { got <- struct{}{} })
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: stuck.url()}, {Kind: notify.Slack, URL: well.url()}}})
	for range 20 {
		b.tell(t)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { b.Run(ctx) })
	for range 20 {
		<-got
	}
	if n := len(stuck.all()); n > 4 {
		t.Errorf("%d attempts at once", n)
	}
	stuck.CloseClientConnections()
	stop()
	wg.Wait()
}

// Two mirrors on one PostgreSQL deliver each notification once, while both run.
func TestTwoMirrorsDeliverOnce(t *testing.T) {
	server, err := testpg.Start(t.Context())
	if errors.Is(err, testpg.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip("PostgreSQL is not installed: see .ci/install")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	url, err := server.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const events = 100
	done := make(chan struct{}, 2*events)
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { done <- struct{}{} })
	var both []*bench
	for range 2 {
		both = append(both, newBench(t, notify.Config{
			Webhooks: []notify.Webhook{{Kind: notify.CloudEvents, URL: r.url()}}, Now: time.Now, Records: openRecords(t, records.Config{URL: url}),
		}))
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, b := range both {
		wg.Go(func() { b.Run(ctx) })
	}
	for i := range events {
		both[i%2].tell(t)
	}
	for range events {
		<-done
	}
	stop()
	wg.Wait()
	seen := map[string]int{}
	for _, g := range r.all() {
		seen[g.header.Get("webhook-id")]++
	}
	if len(seen) != events || len(r.all()) != events {
		t.Errorf("%d requests about %d notifications, want one each of %d", len(r.all()), len(seen), events)
	}
	worked := 0
	for _, b := range both {
		if b.value(t, "lazaret_notifications_attempts_total", "delivered") > 0 {
			worked++
		}
	}
	t.Logf("%d mirrors took part", worked)
}

func TestTopics(t *testing.T) {
	all, some, none := newReceiver(t, status(200)), newReceiver(t, status(200)), newReceiver(t, status(200))
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{
		{Kind: notify.Slack, URL: all.url()}, {Kind: notify.Slack, Topics: []string{"refused", "exception"}, URL: some.url()}, {Kind: notify.Slack, Topics: []string{"decided"}, URL: none.url()},
	}})
	b.tell(t)
	b.round(t)
	if a, s, n := len(all.all()), len(some.all()), len(none.all()); a != 1 || s != 1 || n != 0 {
		t.Errorf("%d, %d, %d", a, s, n)
	}
	kinds := []string{
		records.PullRefused, records.ImageQuarantined, records.RequestAsked, records.ImageReleased, records.ImageRejected, records.ImageCleared, records.RequestApproved,
		records.RequestDeclined, records.ImageExposed, records.ExceptionExpiring, records.ExceptionAdded, records.ExceptionRenewed, records.ExceptionRevoked, records.ExceptionImported,
	}
	seen := map[string]bool{}
	for _, kind := range kinds {
		seen[notify.TopicOf(kind)] = true
	}
	for _, topic := range notify.Topics() {
		if !seen[topic] {
			t.Errorf("nothing is of topic %s", topic)
		}
		delete(seen, topic)
	}
	if len(seen) > 0 {
		t.Errorf("no webhook can ask for %v", seen)
	}
}

func TestBadConfig(t *testing.T) {
	good := notify.Config{
		Records: openRecords(t, records.Config{Path: filepath.Join(t.TempDir(), "records.db")}), Agent: "a", Source: "/s",
		Timeout: time.Second, Patience: time.Hour, Now: time.Now, Jitter: func() float64 { return 0 },
	}
	if _, err := notify.New(good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*notify.Config){
		"no records": func(c *notify.Config) { c.Records = nil },
		"no time":    func(c *notify.Config) { c.Timeout = 0 },
		"too long":   func(c *notify.Config) { c.Timeout = time.Hour },
		"no secret": func(c *notify.Config) {
			c.Webhooks = []notify.Webhook{{Kind: notify.CloudEvents, URL: "https://x.test"}}
		},
		"another kind": func(c *notify.Config) { c.Webhooks = []notify.Webhook{{Kind: "mail", URL: "https://x.test"}} },
		"no URL":       func(c *notify.Config) { c.Webhooks = []notify.Webhook{{Kind: notify.Slack, URL: "file:///etc/passwd"}} },
		"a topic": func(c *notify.Config) {
			c.Webhooks = []notify.Webhook{{Kind: notify.Slack, URL: "https://x.test", Topics: []string{"rumours"}}}
		},
	} {
		c := good
		edit(&c)
		if _, err := notify.New(c); err == nil || strings.Contains(err.Error(), "passwd") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// names are those of webhooks: they tell them apart and show no path.
func TestNames(t *testing.T) {
	b := newBench(t, notify.Config{Webhooks: []notify.Webhook{
		{Kind: notify.Slack, URL: "https://u:p@hooks.test/one"}, {Kind: notify.Slack, URL: "https://hooks.test/two"}, {Kind: notify.CloudEvents, URL: "https://hooks.test:8443/one"},
	}})
	seen := map[string]bool{}
	for i, name := range b.Names() {
		begin := []string{"slack:hooks.test:", "slack:hooks.test:", "cloudevents:hooks.test:8443:"}[i]
		if !strings.HasPrefix(name, begin) || len(name) != len(begin)+8 || seen[name] {
			t.Errorf("%s", name)
		}
		seen[name] = true
	}
	if s := fmt.Sprint(b.Names()); strings.Contains(s, "one") || strings.Contains(s, "p@") {
		t.Error(s)
	}
}
