package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/inspect/domain"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/allowlist"
	"github.com/lazaret/lazaret/internal/clientauth"
	"github.com/lazaret/lazaret/internal/exposure"
	"github.com/lazaret/lazaret/internal/feeds"
	"github.com/lazaret/lazaret/internal/hubfacts"
	"github.com/lazaret/lazaret/internal/notify"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy"
)

// An app is a whole Lazaret: every part made and joined, and its two listeners open.
// serve and demo both run it.
type app struct {
	cfg     config.Config
	log     *slog.Logger
	store   cache.Store
	blobs   *cache.Blobs
	reports *cache.Reports
	records *records.Records
	people  *auth.Bearer // who may use the Admin API
	server  *proxy.Server
	clients *clientauth.Auth // nil: nobody is asked who they are
	feeds   *feeds.Feeds
	clamd   *antivirus
	policy  *policyFile // nil if the default is in force
	hub     *hubfacts.Client
	allowed *allowlist.List
	watch   *exposure.Watch
	notify  *notify.Notifier

	settle func() // ends what runs beside the server; nil before run

	pull, admin net.Listener
	http        [2]*http.Server
}

// newApp makes the parts and opens the listeners. On an error it leaves nothing open.
func newApp(ctx context.Context, cfg config.Config, log *slog.Logger) (a *app, err error) {
	a = &app{cfg: cfg, log: log}
	made := a // an error returns without it
	defer func() {
		if err != nil {
			_ = made.release(ctx) // what keeps it from opening is said
		}
	}()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := a.openCache(ctx); err != nil {
		return nil, err
	}
	if a.records, err = openRecords(ctx, cfg, log, registry); err != nil {
		return nil, err
	}
	if a.people, err = openPeople(cfg, a.records, log); err != nil {
		return nil, err
	}
	if a.clients, err = openClients(cfg, log); err != nil {
		return nil, err
	}
	if a.allowed, err = allowlist.New(ctx, allowlist.Config{Records: a.records, Log: log, Now: time.Now}); err != nil {
		return nil, err
	}
	if a.notify, err = openNotifier(cfg, a.records, log, registry); err != nil {
		return nil, err
	}
	if a.feeds, err = openFeeds(ctx, cfg, log, registry); err != nil {
		return nil, err
	}
	if a.clamd, err = openAntivirus(ctx, cfg, log); err != nil {
		return nil, err
	}
	if err := a.makeServer(registry, a.records); err != nil {
		return nil, err
	}
	a.watch, err = exposure.New(exposure.Config{
		Records: a.records, Retention: time.Duration(cfg.PullRetention) * 24 * time.Hour, Log: log, Now: time.Now,
		Purge: func(ctx context.Context, d oci.Digest) (bool, error) { return a.server.Purge(ctx, d) },
		Keep:  time.Duration(cfg.QuarantineRetention) * 24 * time.Hour,
		Reopen: func(ctx context.Context, registry, repository string, d oci.Digest) (exposure.Case, error) {
			return a.server.Reopen(ctx, registry, repository, d, cfg.Reinspect)
		},
	})
	if err != nil {
		return nil, err
	}
	if a.pull, err = net.Listen("tcp", cfg.Addr); err != nil {
		return nil, fmt.Errorf("listen for pulls: %w", err)
	}
	if a.admin, err = net.Listen("tcp", cfg.AdminAddr); err != nil {
		return nil, fmt.Errorf("listen for the administrator: %w", err)
	}
	errorLog := slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	a.http[0] = &http.Server{Handler: pullHandler(a.server.Handler(), cfg, a.clients), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: errorLog}
	if a.http[0].TLSConfig, err = newServerTLS(cfg, log); err != nil {
		return nil, err
	}
	a.http[1] = &http.Server{Handler: a.adminHandler(registry), ReadHeaderTimeout: 10 * time.Second, ErrorLog: errorLog}
	return a, nil
}

// openRecords opens the database of the settings for a mirror.
func openRecords(ctx context.Context, cfg config.Config, log *slog.Logger, metrics prometheus.Registerer) (*records.Records, error) {
	c := recordsConfig(cfg, log)
	c.Queue, c.Metrics, c.Spill = recordQueue, metrics, filepath.Join(cfg.DataDir, "records.spill")
	c.Retention = time.Duration(cfg.PullRetention) * 24 * time.Hour
	r, err := records.Open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	return r, nil
}

// recordsConfig says which database, and what may be written into it; it removes nothing.
func recordsConfig(cfg config.Config, log *slog.Logger) records.Config {
	c := records.Config{URL: string(cfg.DatabaseURL), Log: log, ExceptionTTL: time.Duration(cfg.ExceptionMaxTTL) * 24 * time.Hour, Now: time.Now}
	if c.URL == "" {
		c.Path = filepath.Join(cfg.DataDir, "records.db")
	}
	return c
}

// recordQueue is how many rows may wait to be written.
const recordQueue = 4096

func (a *app) openCache(ctx context.Context) (err error) {
	cfg := a.cfg
	if cfg.RedisURL != "" {
		a.store, err = cache.OpenRedis(ctx, string(cfg.RedisURL), cfg.RedisPrefix)
	} else {
		a.store, err = cache.OpenSQLite(ctx, filepath.Join(cfg.DataDir, "reports.db"), time.Now)
	}
	if err != nil {
		return fmt.Errorf("open the report store: %w", err)
	}
	parameters := map[string]any{}
	for k, v := range cfg.StorageParameters {
		parameters[k] = v
	}
	if cfg.StorageDriver == "filesystem" && parameters["rootdirectory"] == nil {
		parameters["rootdirectory"] = filepath.Join(cfg.DataDir, "store")
	}
	a.blobs, err = cache.OpenBlobs(ctx, cache.BlobsConfig{
		Driver: cfg.StorageDriver, Parameters: parameters, SpoolDir: cfg.SpoolDir,
		MaxDownloads: cfg.MaxDownloads, MaxBlob: int64(cfg.MaxBlobBytes),
		IdleTimeout: cfg.DownloadIdleTimeout, Deadline: cfg.DownloadDeadline, Log: a.log, Now: time.Now,
	})
	if err != nil {
		return fmt.Errorf("open the blob store: %w", err)
	}
	return nil
}

// makeServer makes the server of the other parts. It is given the records, since not every
// app that has a server owns its records.
func (a *app) makeServer(registry *prometheus.Registry, r *records.Records) error {
	cfg := a.cfg
	inspector, err := newInspector(cfg, a.feeds.Set(), a.clamd)
	if err != nil {
		return err
	}
	rules, err := a.openPolicy(registry)
	if err != nil {
		return err
	}
	decide, err := policyOf(cfg, policy.Mode(cfg.Mode), rules, a.feeds)
	if err != nil {
		return err
	}
	a.warnOfVars(decide)
	ups, err := upstreams(cfg.Registries).clients(cfg, a.store, registry, a.log)
	if err != nil {
		return err
	}
	if a.reports, err = cache.NewReports(a.store, cfg.LRUSize, []byte(cfg.ReportKey)); err != nil {
		return fmt.Errorf("set up reports: %w", err)
	}
	if a.hub, err = openHubFacts(cfg, a.store, a.log); err != nil {
		return err
	}
	var clients proxy.Clients
	if a.clients != nil {
		clients = a.clients
	}
	a.server, err = proxy.New(proxy.Config{
		Clients: clients, Upstream: ups[0], Others: ups[1:], Aliases: upstreams(cfg.Registries).aliases(), Hosts: cfg.Hosts,
		Blobs: a.blobs, Store: a.store, Reports: a.reports, Inspector: inspector, Policy: decide, Ledger: r, Memory: r, Exceptions: a.allowed.For, HubFacts: a.hubFacts,
		HoldBytes: int64(cfg.HoldBytes), ManifestWait: cfg.ManifestWait, TagTTL: cfg.TagTTL, Trickle: cfg.Trickle,
		MaxInspections: cfg.MaxInspections, Contact: cfg.HelpText, RFCDenials: !cfg.StickyDenials, RefuseIndex: proxy.RefuseIndex(cfg.RefuseIndex),
		Log: a.log, Metrics: registry, Now: time.Now,
	})
	return err
}

// newInspector makes the inspector that serve, scan and demo share, with what is on feeds,
// and with clamd if there is one.
func newInspector(cfg config.Config, known *feed.Set, av *antivirus) (*inspect.Inspector, error) {
	detectors, err := builtin.New(builtin.Config{Feeds: known, FingerprintKey: []byte(cfg.ReportKey)})
	if err != nil {
		return nil, fmt.Errorf("load the detectors: %w", err)
	}
	i, err := inspect.New(limitsOf(cfg), append(detectors, av.detectors()...)...)
	if err != nil {
		return nil, fmt.Errorf("set up the inspector: %w", err)
	}
	debug.FreeOSMemory() // making one leaves as much behind as it takes itself
	return i, nil
}

// limitsOf are the limits of the settings.
func limitsOf(cfg config.Config) inspect.Limits {
	limits := inspect.DefaultLimits()
	limits.Bytes = int64(cfg.InspectMaxBytes)
	limits.Deadline = cfg.InspectTimeout
	return limits
}

// newPolicy makes the policy of the settings in a mode.
func newPolicy(cfg config.Config, mode policy.Mode, known *feeds.Feeds) (*policy.Policy, error) {
	rules, err := readRules(cfg.Policy)
	if err != nil {
		return nil, err
	}
	return policyOf(cfg, mode, rules, known)
}

// policyOf makes a policy of rules.
func policyOf(cfg config.Config, mode policy.Mode, rules *policy.Rules, known *feeds.Feeds) (*policy.Policy, error) {
	list, err := readNames(cfg.Names)
	if err != nil {
		return nil, err
	}
	repositories, err := domain.NewRepositories(known.Set)
	if err != nil {
		return nil, fmt.Errorf("load the names: %w", err)
	}
	judged := upstreams(cfg.Registries).named()
	version := list.Version() + " " + strings.Join(slices.Sorted(maps.Keys(judged)), " ")
	return policy.New(policy.Config{Mode: mode, Rules: rules, Names: names{list, repositories, judged}, NamesVersion: version, Upstreams: upstreams(cfg.Registries).vars()})
}

// run serves until ctx ends or a listener fails, and then drains: it takes no new
// pulls, lets those in progress end, and the downloads and inspections with them,
// within ShutdownTimeout.
func (a *app) run(ctx context.Context) error {
	refreshing, stop := context.WithCancel(ctx)
	var refresher sync.WaitGroup
	refresher.Go(func() { a.feeds.Run(refreshing, a.use) })
	refresher.Go(func() { a.allowed.Run(refreshing) })
	refresher.Go(func() { a.policy.run(refreshing, a.usePolicy) })
	refresher.Go(func() { a.watch.Run(refreshing) })
	refresher.Go(func() { a.notify.Run(refreshing) })
	a.watch.Ask() // this program may have other rules than the one before it
	refresher.Go(func() { a.clamd.run(refreshing, func() { a.use(a.feeds.Set()) }) })
	a.settle = func() { stop(); refresher.Wait() }
	failed := make(chan error, 2)
	for i, l := range []net.Listener{a.pull, a.admin} {
		go func() {
			if i == 0 && a.cfg.TLS() {
				failed <- a.http[i].ServeTLS(l, "", "")
			} else {
				failed <- a.http[i].Serve(l)
			}
		}()
	}
	a.log.Info("serving", "addr", a.pull.Addr().String(), "admin", a.admin.Addr().String(), "upstream", a.cfg.Upstream, "mode", string(a.cfg.Mode))
	var err error
	select {
	case <-ctx.Done():
		a.log.Info("draining", "timeout", a.cfg.ShutdownTimeout)
	case err = <-failed:
	}
	return errors.Join(err, a.close())
}

// close drains and releases everything, each part after those that use it.
func (a *app) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	var errs []error
	for _, h := range a.http {
		if h == nil {
			continue
		}
		if err := h.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("drain pulls: %w", err), h.Close())
		}
	}
	return errors.Join(append(errs, a.release(ctx))...)
}

// release ends the parts without the listeners' drain.
func (a *app) release(ctx context.Context) error {
	var errs []error
	if a.settle != nil {
		a.settle()
	}
	if a.server != nil {
		errs = append(errs, a.server.Shutdown(ctx))
	}
	if a.hub != nil {
		a.hub.Close()
	}
	if a.blobs != nil {
		errs = append(errs, a.blobs.Shutdown(ctx))
	}
	if a.people != nil {
		a.people.Close()
	}
	if a.records != nil {
		// Rows that are queued are written even when the drain used up its time.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		errs = append(errs, a.records.Close(last))
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	for _, l := range []net.Listener{a.pull, a.admin} {
		if l != nil {
			_ = l.Close() // closed already where it served
		}
	}
	return errors.Join(errs...)
}
