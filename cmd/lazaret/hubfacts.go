package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/hubfacts"
	"github.com/lazaret/lazaret/policy"
)

// hubRequests is how often Docker Hub's API is asked in a minute, at most: a third of what it
// allowed to whoever is not logged in when last seen (X-RateLimit-Limit: 180).
const hubRequests = 60

// openHubFacts makes what asks Docker Hub's API; nil if it is not to be asked.
func openHubFacts(cfg config.Config, store hubfacts.Store, log *slog.Logger) (*hubfacts.Client, error) {
	if !cfg.HubFacts {
		return nil, nil
	}
	c, err := hubfacts.New(hubfacts.Config{
		API: cfg.HubAPI, Agent: "lazaret/" + version(), Client: &http.Client{}, Store: store,
		Wait: cfg.HubWait, PerMinute: hubRequests, Log: log, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("set up Docker Hub's API: %w", err)
	}
	return c, nil
}

// hubFacts is for proxy.Config.HubFacts.
func (a *app) hubFacts(ctx context.Context, repository string, ask bool) *policy.HubFacts {
	if a.hub == nil {
		return nil
	}
	f := a.hub.Known
	if ask {
		f = a.hub.Facts
	}
	got := f(ctx, repository)
	if got == nil {
		return nil
	}
	return &policy.HubFacts{Official: got.Official, Verified: got.Verified, Pulls: got.Pulls, Stars: got.Stars, Registered: got.Registered}
}
