package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/explain"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/replay"
	"github.com/lazaret/lazaret/policy"
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
	l := live{a: a, health: health, started: time.Now()}
	return admin.Handler(health, admin.NewAPI(admin.Config{
		Records: a.records, Auth: a.people, Registry: a.cfg.UpstreamRegistry, Others: upstreams(a.cfg.Registries).others(), Issuer: issuerOf(a.cfg), Version: version(), Log: a.log, Now: time.Now,
		Blobs: a.blobs, Limits: limitsOf(a.cfg), Facts: l, Policies: l, Rules: l.rules, Feeds: l.feeds, Status: l.status,
	}))
}

// A live is a mirror at work, as the Admin API asks it.
type live struct {
	a       *app
	health  admin.Health
	started time.Time
}

// Report implements admin.Facts.
func (l live) Report(ctx context.Context, d oci.Digest) (inspect.Report, error) {
	i, _ := l.a.server.InForce()
	got, err := l.a.reports.Get(ctx, i.Set(), d)
	r, ok := got[d]
	if !ok && err == nil {
		err = fmt.Errorf("%w on %s under the rule set %s", explain.ErrNone, d, i.Set())
	}
	return r, err
}

// Explain implements admin.Facts.
func (l live) Explain(ctx context.Context, q explain.Query) (explain.Explanation, error) {
	i, _ := l.a.server.InForce()
	p, err := l.enforced(l.a.policy.inForce(l.current).Rules)
	if err != nil {
		return explain.Explanation{}, err
	}
	q.FirstSeen = func(ctx context.Context, registry, repository string, d oci.Digest) (time.Time, error) {
		at, err := l.a.records.FirstSeen(ctx, registry, repository, d)
		if errors.Is(err, records.ErrNone) {
			return time.Time{}, nil
		}
		return at, err
	}
	return explain.Stored{Reports: l.a.reports, Blobs: l.a.blobs}.Explain(ctx, i.Set(), p, q)
}

func (l live) current() *policy.Policy {
	_, p := l.a.server.InForce()
	return p
}

// enforced makes a policy of rules that says what it would refuse, whatever the mode.
func (l live) enforced(rules *policy.Rules) (*policy.Policy, error) {
	return policyOf(l.a.cfg, policy.Enforce, rules, l.a.feeds)
}

// InForce implements admin.Policies.
func (l live) InForce(context.Context) (admin.InForce, error) {
	return l.a.policy.inForce(l.current), nil
}

// Replay implements admin.Policies.
func (l live) Replay(ctx context.Context, rules *policy.Rules, since time.Time) (replay.Result, error) {
	old, err := l.enforced(l.a.policy.inForce(l.current).Rules)
	if err != nil {
		return replay.Result{}, err
	}
	tried, err := l.enforced(rules)
	if err != nil {
		return replay.Result{}, err
	}
	return replay.Run(ctx, replay.Config{Records: l.a.records, InForce: old, Tried: tried, Since: since, Reopen: reopener(l.a.server)})
}

func (l live) rules(context.Context) (admin.RuleSet, error) {
	set, err := newRuleSet(l.a.server.InForce())
	return admin.RuleSet{Ruleset: set.Ruleset, Policy: set.Policy, Rules: set.Rules}, err
}

func (l live) feeds() (out []admin.Feed) {
	for _, s := range l.a.feeds.States() {
		out = append(out, admin.Feed{Name: s.Source, Category: string(s.Category), Entries: s.Entries, LeftOut: s.LeftOut, Fetched: s.Fetched, Failed: s.Failed})
	}
	return out
}

func (l live) status(ctx context.Context) admin.Status {
	i, p := l.a.server.InForce()
	ready, parts := l.health.Ready(ctx)
	return admin.Status{
		Started: l.started, Upstream: l.a.cfg.Upstream, Mode: string(p.Mode()),
		Ruleset: string(i.Set()), Policy: p.Revision(), Ready: ready, Parts: parts,
	}
}
