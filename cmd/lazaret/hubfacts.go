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

// hubFacts returns what tells what Docker Hub says of a repository; nil if it is not to be asked.
func hubFacts(cfg config.Config, store hubfacts.Store, log *slog.Logger) (func(context.Context, string) *policy.HubFacts, error) {
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
	return func(ctx context.Context, repository string) *policy.HubFacts {
		f := c.Facts(ctx, repository)
		if f == nil {
			return nil
		}
		return &policy.HubFacts{Official: f.Official, Verified: f.Verified, Pulls: f.Pulls, Stars: f.Stars, Registered: f.Registered}
	}, nil
}
