package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/config"
)

// Offline, what Docker Hub said is told as far as it was kept, and nobody is asked; nor is
// it kept that nobody answered.
func TestHubFactsOffline(t *testing.T) {
	var asked atomic.Int64
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{"pull_count": 7, "star_count": 1, "date_registered": "2020-01-01T00:00:00Z"}`))
	}))
	defer hub.Close()
	cfg := config.Config{HubFacts: true, HubAPI: hub.URL, HubWait: 10 * time.Second}
	store := cache.NewMemory(time.Now)
	ask := func(offline bool) int64 {
		t.Helper()
		facts, err := hubFacts(cfg, store, offline, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if f := facts(t.Context(), "acme/app"); f != nil {
			return f.Pulls
		}
		return -1
	}
	if got := ask(true); got != -1 || asked.Load() != 0 {
		t.Fatalf("offline, with nothing kept: %d pulls, %d requests", got, asked.Load())
	}
	if got := ask(false); got != 7 {
		t.Fatalf("after that: %d pulls", got)
	}
	before := asked.Load()
	if got := ask(true); got != 7 || asked.Load() != before {
		t.Errorf("offline, with facts kept: %d pulls, %d requests", got, asked.Load()-before)
	}
}
