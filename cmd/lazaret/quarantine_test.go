package main

import (
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/testimage"
)

// An image in quarantine is given out by itself when another inspection clears it, and nothing
// is fetched for that; what a person rejects is gone from the store.
func TestQuarantineEnds(t *testing.T) {
	hub := startHub(t)
	listed, odd := publish(t, hub, fetchesFrom("c2.known-bad.net"), "acme/listed:1"), publish(t, hub, unreadable("rejected"), "acme/odd:1")
	folder := t.TempDir()
	list, rules := filepath.Join(folder, "list"), filepath.Join(folder, "policy.yaml")
	writeFile(t, list, "known-bad.net\n")
	writeFile(t, rules, `rules:
  - {name: held, when: 'finding.rule == "domain/malicious" || finding.category == "uninspectable"', action: quarantine}
`)
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_POLICY="+rules, "LAZARET_FEEDS=malicious-domain="+list)
	for name, img := range map[string]testimage.Image{"acme/listed": listed, "acme/odd": odd} {
		if status, body := r.get(t, "/v2/"+name+"/manifests/1"); status != http.StatusForbidden || !strings.Contains(body, "in quarantine") {
			t.Fatalf("%s: %d %.200s", name, status, body)
		}
		r.settled(t, img)
	}
	if err := r.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := downloads(hub)
	row := regexp.MustCompile(`(?m)^(\d+) +waiting .* acme/odd:1 `).FindStringSubmatch(r.lazaret(t, "quarantine", "list"))
	if row == nil {
		t.Fatalf("not in quarantine:\n%s", r.lazaret(t, "quarantine", "list"))
	}

	writeFile(t, list, "other.net\n")
	if !r.feeds.Refresh(t.Context()) {
		t.Fatal("the feed did not change")
	}
	r.use(r.feeds.Set())
	cleared := regexp.MustCompile(`(?m)^\d+ +cleared .* acme/listed:1 `)
	within(t, time.Minute, "another inspection clears it", func() bool { return cleared.MatchString(r.lazaret(t, "quarantine", "list", "--all")) })
	if status, body := r.get(t, "/v2/acme/listed/manifests/1"); status != http.StatusOK {
		t.Errorf("cleared: %d %.200s", status, body)
	}
	for d := range listed.Blobs {
		if d == listed.Digest {
			continue
		}
		if status, body := r.get(t, "/v2/acme/listed/blobs/"+d.String()); status != http.StatusOK {
			t.Errorf("cleared, blob %s: %d %.200s", d, status, body)
		}
	}
	if diff := cmp.Diff(before, downloads(hub)); diff != "" {
		t.Errorf("it fetched (-before +after):\n%s", diff)
	}

	r.lazaret(t, "quarantine", "reject", row[1], "--reason", "nobody needs it")
	within(t, time.Minute, "what is stored of it is removed", func() bool {
		for d := range odd.Blobs {
			f, _, err := r.blobs.Open(t.Context(), d)
			if err == nil {
				_ = f.Close() // it was not read
				return false
			}
			if !errors.Is(err, cache.ErrMiss) {
				t.Fatal(err)
			}
		}
		return true
	})
	if status, _ := r.get(t, "/v2/acme/odd/manifests/1"); status != http.StatusForbidden {
		t.Errorf("rejected: %d", status)
	}
}
