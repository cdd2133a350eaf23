package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/notify"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/testimage"
)

// What the settings accept as a webhook's kind and topics is what webhooks may have.
func TestWebhookSettings(t *testing.T) {
	r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	for _, kind := range []string{notify.CloudEvents, notify.Slack} {
		value := kind + ":" + strings.Join(notify.Topics(), "+") + "=https://h.test/a"
		cfg, err := config.Load([]string{"LAZARET_WEBHOOKS=" + value, "LAZARET_WEBHOOK_SECRET=" + newSecret(t)})
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if _, err := openNotifier(cfg, r, slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func newSecret(t *testing.T) string {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// A pull that is refused, a developer's request and the answer to it reach a webhook.
func TestNotificationsOfARequest(t *testing.T) {
	secret := newSecret(t)
	check, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = check.Verify(body, r.Header)
		}
		if err != nil {
			t.Error(err)
			http.Error(w, "", http.StatusForbidden)
			return
		}
		got <- string(body)
	}))
	defer hook.Close()
	hub := startHub(t)
	img := publish(t, hub, testimage.Miner("told", 64<<10), "acme/miner:1")
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_WEBHOOKS=cloudevents="+hook.URL+"/in", "LAZARET_WEBHOOK_SECRET="+secret, "LAZARET_WEBHOOK_SOURCE=/mirror-1")
	next := func(want string) string {
		t.Helper()
		select {
		case body := <-got:
			if !strings.Contains(body, `"type":"io.lazaret.`+want+`"`) || !strings.Contains(body, `"source":"/mirror-1"`) {
				t.Fatalf("want %s, got %s", want, body)
			}
			return body
		case <-time.After(time.Minute):
			t.Fatalf("no %s", want)
		}
		return ""
	}
	status, body := r.get(t, "/v2/acme/miner/manifests/1")
	id := regexp.MustCompile(`Request ([A-Z0-9]+)`).FindStringSubmatch(body)
	if status != http.StatusForbidden || id == nil {
		t.Fatalf("refusal: %d %s", status, body)
	}
	if body := next("pull.refused"); !strings.Contains(body, id[1]) || !strings.Contains(body, img.Digest.String()) {
		t.Errorf("refused: %s", body)
	}
	r.lazaret(t, "request", id[1], "--why", "the build needs it")
	next("request.asked")
	r.lazaret(t, "request", "decline", "1", "--word", "it mines")
	if body := next("request.declined"); !strings.Contains(body, "it mines") || !strings.Contains(body, `"asker":"ada"`) {
		t.Errorf("declined: %s", body)
	}
}

// What a webhook does not take is found, looked at and delivered anew at the command line.
func TestDeadLettersAtTheCommandLine(t *testing.T) {
	gone := make(chan bool, 1)
	gone <- true
	got := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		is := <-gone
		gone <- is
		if is {
			w.WriteHeader(http.StatusGone)
			return
		}
		got <- string(body)
	}))
	defer hook.Close()
	r := newReplica(t, "LAZARET_WEBHOOKS=slack:exception="+hook.URL+"/secret")
	for _, name := range []string{"acme/a", "acme/b"} {
		r.lazaret(t, "exception", "add", "--repository", name, "--reason", "ours")
	}
	dead := regexp.MustCompile(`(?m)^(\d+) +dead +.* exception.added +exception/\d +0 of 1 +slack:127.0.0.1:\d+:[0-9a-f]{8}: status 410: the receiver is gone$`)
	var rows [][]string
	within(t, time.Minute, "both are dead", func() bool {
		rows = dead.FindAllStringSubmatch(r.lazaret(t, "notifications", "list", "--state", "dead", "--type", "exception.added"), -1)
		return len(rows) == 2
	})
	show := r.lazaret(t, "notifications", "show", rows[1][1])
	if !regexp.MustCompile(`slack:127.0.0.1:.* dead .* 1 +- +20.* status 410`).MatchString(show) || !strings.Contains(show, `"repository":"acme/a"`) || strings.Contains(show, "secret") {
		t.Errorf("show: %s", show)
	}
	<-gone
	gone <- false
	if out := r.lazaret(t, "notifications", "replay", rows[1][1], "--author", "bob"); !regexp.MustCompile(`new .* exception.added .* 0 of 0`).MatchString(out) {
		t.Errorf("replay: %s", out)
	}
	if first := <-got; !strings.Contains(first, "acme/a") {
		t.Errorf("replayed: %s", first)
	}
	r.lazaret(t, "notifications", "replay", "--all")
	if second := <-got; !strings.Contains(second, "acme/b") {
		t.Errorf("replayed: %s", second)
	}
	within(t, time.Minute, "both are delivered", func() bool {
		return strings.Count(r.lazaret(t, "notifications", "list", "-o", "json"), `"state": "delivered"`) == 4 // the notification's, and its delivery's
	})
	var stdout, stderr bytes.Buffer
	for _, args := range [][]string{{"replay"}, {"replay", "1", "--all"}, {"show", "x"}} {
		if code := run(t.Context(), append([]string{"notifications"}, args...), r.environ, &stdout, &stderr); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	if code := run(t.Context(), []string{"notifications", "replay", rows[0][1]}, r.environ, &stdout, &stderr); code != exitError || !strings.Contains(stderr.String(), "is delivered") {
		t.Errorf("what is not dead: exit %d: %s", code, &stderr)
	}
	if out := r.lazaret(t, "audit", "list"); strings.Count(out, "notification.replay") != 2 || !strings.Contains(out, "bob") {
		t.Errorf("audit: %s", out)
	}
}
