package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/auth"
)

// adminHandler makes what the admin listener serves.
func (a *app) adminHandler(registry *prometheus.Registry) http.Handler {
	type checks = map[string]func(context.Context) error
	health := admin.Health{
		Needed: checks{"records": a.records.Ping, "blobs": a.blobs.Ping},
		Wanted: checks{"exceptions": a.allowed.Ready, "policy": a.policy.ready, "reports": func(ctx context.Context) error {
			_, err := a.store.Get(ctx, "ready")
			return err
		}},
		Metrics: registry,
	}
	return admin.Handler(health, admin.NewAPI(admin.Config{
		Records: a.records, Auth: nobody{}, Registry: a.cfg.UpstreamRegistry, Version: version(), Log: a.log, Now: time.Now,
	}))
}

// nobody knows nobody: there are no tokens yet.
type nobody struct{}

func (nobody) Authenticate(r *http.Request) (auth.Identity, error) {
	if r.Header.Get("Authorization") != "" {
		return auth.Identity{}, auth.ErrBadCredentials
	}
	return auth.Identity{}, auth.ErrNoCredentials
}
