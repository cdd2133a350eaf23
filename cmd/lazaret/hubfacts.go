package main

import (
	"context"
	"errors"
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

// kept is a store that is only read.
type kept struct{ hubfacts.Store }

func (kept) Set(context.Context, string, []byte, time.Duration) error { return nil }

// unreachable is a network on which nobody answers.
type unreachable struct{}

var errUnreachable = errors.New("nobody is asked")

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) { return nil, errUnreachable }

// hubFacts returns what tells what Docker Hub says of a repository; nil if it is not to be
// asked. Offline, it is what was kept of that.
func hubFacts(cfg config.Config, store hubfacts.Store, offline bool, log *slog.Logger) (func(context.Context, string) *policy.HubFacts, error) {
	if !cfg.HubFacts {
		return nil, nil
	}
	client := &http.Client{}
	if offline {
		client.Transport, store, log = unreachable{}, kept{store}, slog.New(slog.DiscardHandler)
	}
	c, err := hubfacts.New(hubfacts.Config{
		API: cfg.HubAPI, Agent: "lazaret/" + version(), Client: client, Store: store,
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
