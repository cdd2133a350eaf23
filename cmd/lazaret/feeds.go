package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/domain"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/inspect/name"
	"github.com/lazaret/lazaret/internal/feeds"
)

// openFeeds brings the feeds that the settings list: from disk what is there, from the
// network what was never fetched. metrics may be nil.
func openFeeds(ctx context.Context, cfg config.Config, log *slog.Logger, metrics prometheus.Registerer) (*feeds.Feeds, error) {
	if len(cfg.Feeds) == 0 {
		return nil, nil
	}
	c := feeds.Config{
		Dir: filepath.Join(cfg.DataDir, "feeds"), Client: &http.Client{}, Agent: "lazaret/" + version(),
		MaxBytes: int64(cfg.FeedsMaxBytes), Timeout: cfg.FeedsTimeout, Refresh: cfg.FeedsRefresh, Days: cfg.NewDomainDays,
		Log: log, Metrics: metrics, Now: time.Now, Jitter: rand.Float64,
	}
	for _, f := range cfg.Feeds {
		c.Sources = append(c.Sources, feeds.Source{Category: inspect.Category(f.Category), Format: feed.Format(f.Format), Location: f.Location})
	}
	return feeds.Open(ctx, c)
}

// use puts feeds, or a clamd, that changed in force. Without an inspector of them the last one stays.
func (a *app) use(known *feed.Set) {
	i, err := newInspector(a.cfg, known, a.clamd)
	if err != nil {
		a.log.Error("rule set not in force", "error", err.Error())
		return
	}
	a.server.Use(i)
	a.watch.Ask()
	a.log.Info("rule set", "set", string(i.Set()), "feeds", known.Version())
}

// names is what is known of repositories' names: which imitate others, and which are on a
// feed. The version of what is on feeds is in the rule set's.
type names struct {
	list         *name.List
	repositories *domain.Repositories
	judged       map[string]bool // registries that the list is about
}

// readNames reads the names that are known: those of the program, and those of an
// administrator's file, if there is one.
func readNames(file string) (*name.List, error) {
	if file == "" {
		return name.Default()
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read the names: %w", err)
	}
	defer f.Close()
	list, err := name.With(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// Check implements policy.Namer.
func (n names) Check(registry, repository string) []inspect.Finding {
	found := n.repositories.Check(registry, repository)
	if !n.judged[registry] {
		return found
	}
	return append(n.list.Check(repository), found...)
}

// Imitates implements policy.Imitator.
func (n names) Imitates(registry, repository string) string {
	if !n.judged[registry] {
		return ""
	}
	return n.list.Imitates(repository)
}
