package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/internal/testpg"
)

// newPostgres starts a PostgreSQL and returns the URL of an empty database of it.
func newPostgres(t *testing.T) string {
	t.Helper()
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
	return url
}

// Blocked; excepted at the command line; passes on every replica within 2 s, and nothing is
// fetched for it; expires; is blocked again.
func TestExceptionFromRefusalToExpiry(t *testing.T) {
	for name, replicas := range map[string]int{"sqlite": 1, "postgres": 2} {
		t.Run(name, func(t *testing.T) {
			settings := []string{"LAZARET_MANIFEST_WAIT=15s", "LAZARET_TAG_TTL=0s"}
			if name == "postgres" {
				settings = append(settings, "LAZARET_DATABASE_URL="+newPostgres(t))
			}
			hub := startHub(t)
			img := publish(t, hub, testimage.Miner("excepted", 1<<20), "acme/miner:1.0")
			var all []*replica
			for range replicas {
				all = append(all, newReplica(t, append(settings, "LAZARET_UPSTREAM="+hub.URL())...))
			}
			const manifest = "/v2/acme/miner/manifests/1.0"
			last := "/v2/acme/miner/blobs/" + img.Layers[len(img.Layers)-1].Digest.String()
			for _, r := range all {
				if status, body := r.get(t, manifest); status != http.StatusForbidden {
					t.Fatalf("before: %d %.200s", status, body)
				}
			}
			for _, r := range all {
				r.settled(t, img)
				if err := r.records.Flush(t.Context()); err != nil { // the tag's digest is of the pull on record
					t.Fatal(err)
				}
			}
			before := downloads(hub)
			out := all[0].lazaret(t, "exception", "add", "acme/miner:1.0", "--reason", "a lesson on miners", "--for", "6s")
			begin := time.Now()
			if !strings.Contains(out, img.Digest.String()) {
				t.Errorf("not pinned to the digest:\n%s", out)
			}
			for i, r := range all {
				within(t, 2*time.Second-time.Since(begin), "the exception is in force", func() bool {
					status, _ := r.get(t, manifest)
					return status == http.StatusOK
				})
				if status, body := r.get(t, last); status != http.StatusOK {
					t.Errorf("replica %d: the last layer: %d %.200s", i, status, body)
				}
			}
			if diff := cmp.Diff(before, downloads(hub)); diff != "" {
				t.Errorf("the exception fetched (-before +after):\n%s", diff)
			}
			for i, r := range all {
				within(t, 10*time.Second, "the exception expires", func() bool {
					status, _ := r.get(t, manifest)
					return status == http.StatusForbidden
				})
				if took := time.Since(begin); i == 0 && (took < 5*time.Second || took > 7*time.Second) {
					t.Errorf("it expired after %s, want 6 s", took)
				}
				if status, _ := r.get(t, last); status != http.StatusForbidden {
					t.Errorf("replica %d: the last layer: %d", i, status)
				}
			}
			if diff := cmp.Diff(before, downloads(hub)); diff != "" {
				t.Errorf("in the end it fetched (-before +after):\n%s", diff)
			}
		})
	}
}

// A feed that comes to know what was given out: who has it is listed, and nothing is fetched to find out.
func TestExposureAfterAFeedChanged(t *testing.T) {
	hub := startHub(t)
	img := publish(t, hub, fetchesFrom("c2.known-bad.net"), "acme/app:1")
	list := filepath.Join(t.TempDir(), "list")
	writeFile(t, list, "other.net\n")
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_FEEDS=malicious-domain="+list)
	if status, body := r.get(t, "/v2/acme/app/manifests/1"); status != http.StatusOK {
		t.Fatalf("before: %d %.200s", status, body)
	}
	if err := r.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := r.lazaret(t, "exposure", "-o", "json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("before: %s", out)
	}
	before := downloads(hub)
	writeFile(t, list, "known-bad.net\n")
	if !r.feeds.Refresh(t.Context()) {
		t.Fatal("the feed did not change")
	}
	r.use(r.feeds.Set())
	line := regexp.MustCompile(`exposed +.* acme/app +` + img.Digest.String() + ` +block +domain/malicious in etc/cron.d/job.* 1 +20`)
	within(t, time.Minute, "the exposure", func() bool { return line.MatchString(r.lazaret(t, "exposure")) })
	if out := r.lazaret(t, "exposure", img.Digest.String()); !regexp.MustCompile(`exposed +acme/app +block .* 127.0.0.1 +1 +20`).MatchString(out) {
		t.Errorf("clients: %s", out)
	}
	if diff := cmp.Diff(before, downloads(hub)); diff != "" {
		t.Errorf("it fetched (-before +after):\n%s", diff)
	}
}

// Put in quarantine; a developer asks with the refusal's ID; approved at the command line; passes
// within 2 s, and nothing is fetched for it.
func TestRequestFromRefusalToPull(t *testing.T) {
	hub := startHub(t)
	img := publish(t, hub, unreadable("asked for"), "acme/odd:1")
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s")
	const manifest = "/v2/acme/odd/manifests/1"
	status, body := r.get(t, manifest)
	id := regexp.MustCompile(`Request ([A-Z0-9]+)`).FindStringSubmatch(body)
	if status != http.StatusForbidden || !strings.Contains(body, "quarantine") || id == nil {
		t.Fatalf("refusal: %d %s", status, body)
	}
	r.settled(t, img)
	if err := r.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := r.lazaret(t, "quarantine", "list"); !strings.Contains(out, img.Digest.String()) {
		t.Errorf("not in quarantine:\n%s", out)
	}
	if out := r.lazaret(t, "quarantine", "show", "1"); !strings.Contains(out, "uninspectable") && !strings.Contains(out, "inspect/gap") {
		t.Errorf("no finding is shown:\n%s", out)
	}
	r.lazaret(t, "request", id[1], "--why", "the build needs it")
	before := downloads(hub)
	r.lazaret(t, "request", "approve", "1", "--for", "1h")
	within(t, 2*time.Second, "the exception is in force", func() bool {
		status, _ := r.get(t, manifest)
		return status == http.StatusOK
	})
	for d := range img.Blobs {
		if status, body := r.get(t, "/v2/acme/odd/blobs/"+d.String()); d != img.Digest && status != http.StatusOK {
			t.Errorf("blob %s: %d %.200s", d, status, body)
		}
	}
	if diff := cmp.Diff(before, downloads(hub)); diff != "" {
		t.Errorf("it fetched (-before +after):\n%s", diff)
	}
	if out := r.lazaret(t, "quarantine", "list", "--all"); !strings.Contains(out, "released") {
		t.Errorf("still in quarantine:\n%s", out)
	}
	r.lazaret(t, "audit", "verify")
}
