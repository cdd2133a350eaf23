package main

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect/feed"
)

// What the settings accept as a feed's category and format is what feeds may have.
func TestFeedSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "list")
	writeFile(t, file, "known-bad.net,2026-01-01\n")
	for _, category := range feed.Categories() {
		for _, format := range append(feed.Formats(), feed.Auto) {
			value := string(category)
			if format != feed.Auto {
				value += ":" + string(format)
			}
			cfg, err := config.Load([]string{"LAZARET_FEEDS=" + value + "=" + file, "LAZARET_DATA_DIR=" + dir})
			if err != nil {
				t.Errorf("%s: %v", value, err)
				continue
			}
			if format == feed.MISP || format == feed.Hosts {
				continue // the file is of neither
			}
			if _, err := openFeeds(t.Context(), cfg, newLogger(t.Output(), cfg), nil); err != nil {
				t.Errorf("%s: %v", value, err)
			}
		}
	}
}

// A feed that changes while the mirror runs decides anew on what was served.
func TestFeedChangesWhileServing(t *testing.T) {
	hub := startHub(t)
	publish(t, hub, fetchesFrom("c2.known-bad.net"), "acme/app:latest")
	list := filepath.Join(t.TempDir(), "list")
	writeFile(t, list, "other.net\n")
	a := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_FEEDS=malicious-domain="+list)
	pull := func(want int) {
		t.Helper()
		if status, body := a.get(t, "/v2/acme/app/manifests/latest"); status != want {
			t.Errorf("status %d, want %d: %.200s", status, want, body)
		}
	}
	pull(http.StatusOK)
	writeFile(t, list, "known-bad.net\n")
	if !a.feeds.Refresh(t.Context()) {
		t.Error("the feed did not change")
	}
	a.use(a.feeds.Set())
	pull(http.StatusForbidden)
}
