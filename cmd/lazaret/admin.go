package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/admin"
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
		Records: a.records, Auth: a.people, Registry: a.cfg.UpstreamRegistry, Others: upstreams(a.cfg.Registries).others(), Issuer: issuerOf(a.cfg), Version: version(), Log: a.log, Now: time.Now,
	}))
}
