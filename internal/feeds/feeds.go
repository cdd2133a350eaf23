// Package feeds brings the feeds that an administrator lists, from files and from http
// URLs, and keeps them fresh.
//
// It promises that a feed which was read once stays: a source that is down, answers with
// an error page or with something too large costs freshness, no more, and the last good
// copy is kept on disk over restarts. Set returns what is in force at any time. A source
// is trusted to say what is bad (package feed bounds what that may be), and with nothing
// else: its answers are bounded in size and time.
//
// A copy on disk is one file, named after the source: a line of JSON (see header), then
// the bytes as they came.
package feeds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/feed"
)

// A Source is where a feed comes from.
type Source struct {
	Category inspect.Category
	Format   feed.Format // feed.Auto to tell it from the bytes
	Location string      // an http or https URL, the path of a file, or that of a folder with the files "domains" and "urls"
}

// remote reports whether the source is a URL.
func (s Source) remote() bool {
	return strings.HasPrefix(s.Location, "http://") || strings.HasPrefix(s.Location, "https://")
}

// Name is what findings, logs and metrics call the source: the host and the path of a
// URL, without whatever else might be secret; the path of a file.
func (s Source) Name() string {
	if !s.remote() {
		return s.Location
	}
	u, err := url.Parse(s.Location)
	if err != nil {
		return "a URL"
	}
	return u.Host + u.EscapedPath()
}

// Config has the sources and how they are brought. All is required but Metrics.
type Config struct {
	Sources  []Source
	Dir      string // of the copies; made if it is not there
	Client   *http.Client
	Agent    string        // User-Agent
	MaxBytes int64         // of one feed, as it comes and uncompressed
	Timeout  time.Duration // of one request, with its body
	Refresh  time.Duration // between looks at a source
	Days     int           // as feed.Options.Days
	Log      *slog.Logger
	Metrics  prometheus.Registerer
	Now      func() time.Time
	Jitter   func() float64 // in [0, 1): what is random about the time of a refresh
}

// Feeds are the feeds of all sources. Make them with Open; nil is none.
type Feeds struct {
	cfg     Config
	metrics *metrics
	set     atomic.Pointer[feed.Set]
	states  atomic.Pointer[[]State]

	mu    sync.Mutex // held during a refresh; guards what follows
	known []*state   // as Config.Sources
}

// A state is what is known of a source.
type state struct {
	source Source
	header header
	feed   *feed.Feed // nil before it was read once
	failed bool       // the last look at it did not succeed
}

// A State is what is known of a source.
type State struct {
	Source   string // its name
	Category inspect.Category
	Entries  int       // in force
	LeftOut  int       // they would match too much, or cannot be read
	Fetched  time.Time // when what is in force came in; zero of a file, and of what never came
	Failed   bool      // the last look at it did not succeed
}

// Open reads the copies on disk and the files, and fetches what has no copy yet. A file
// that cannot be read or used is an error, since it is here and somebody can mend it; a
// URL that cannot is logged, counted and tried again by Run.
func Open(ctx context.Context, cfg Config) (*Feeds, error) {
	switch {
	case cfg.Client == nil, cfg.Log == nil, cfg.Now == nil, cfg.Jitter == nil, cfg.Dir == "":
		return nil, errors.New("feeds: a part is missing")
	case cfg.MaxBytes < 1 || cfg.Timeout <= 0 || cfg.Refresh <= 0:
		return nil, errors.New("feeds: the limit, the timeout and the interval must be positive")
	}
	m, err := newMetrics(cfg.Metrics)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of feeds: %w", err)
	}
	f := &Feeds{cfg: cfg, metrics: m}
	for _, s := range cfg.Sources {
		st := &state{source: s}
		if s.remote() {
			if err := f.load(st); err != nil && !errors.Is(err, os.ErrNotExist) {
				cfg.Log.Warn("copy of a feed not usable", "feed", s.Name(), "error", err.Error())
			}
		} else if _, err := f.read(st); err != nil {
			return nil, fmt.Errorf("read feed %s: %w", s.Name(), err)
		}
		f.known = append(f.known, st)
	}
	f.refresh(ctx, func(st *state) bool { return st.feed == nil })
	f.join()
	return f, nil
}

// Set returns the feeds in force.
func (f *Feeds) Set() *feed.Set {
	if f == nil {
		return nil
	}
	return f.set.Load()
}

// States returns what is known of each source since the last look at them, in their order.
func (f *Feeds) States() []State {
	if f == nil {
		return nil
	}
	return *f.states.Load()
}

// Refresh looks at every source once. It reports whether what is in force changed.
func (f *Feeds) Refresh(ctx context.Context) (changed bool) {
	f.refresh(ctx, func(*state) bool { return true })
	return f.join()
}

// Run refreshes until ctx ends, and calls changed with each set that differs from the one
// before it. Each wait is Config.Refresh, give or take a tenth, so that replicas do not
// ask all at once.
func (f *Feeds) Run(ctx context.Context, changed func(*feed.Set)) {
	if f == nil {
		return
	}
	for {
		wait := time.Duration(float64(f.cfg.Refresh) * (0.9 + 0.2*f.cfg.Jitter()))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if f.Refresh(ctx) && ctx.Err() == nil {
			changed(f.Set())
		}
	}
}

// atOnce is how many sources are asked at once.
const atOnce = 4

// refresh looks at the sources that a function picks. What fails is logged and counted.
func (f *Feeds) refresh(ctx context.Context, pick func(*state) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var g errgroup.Group
	g.SetLimit(atOnce)
	for _, st := range f.known {
		if !pick(st) {
			continue
		}
		g.Go(func() error {
			get := f.read
			if st.source.remote() {
				get = func(st *state) (string, error) { return f.fetch(ctx, st) }
			}
			result, err := get(st)
			if err != nil {
				if ctx.Err() != nil {
					return nil // it was told to stop
				}
				result = "failed"
				f.cfg.Log.Warn("feed not refreshed", "feed", st.source.Name(), "error", err.Error())
			}
			st.failed = result == "failed"
			f.metrics.count(st, result, f.cfg.Now())
			return nil
		})
	}
	_ = g.Wait() // none returns an error
}

// join makes a set of what is known and reports whether it is another one.
func (f *Feeds) join() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*feed.Feed
	states := make([]State, 0, len(f.known))
	for _, st := range f.known {
		state := State{Source: st.source.Name(), Category: st.source.Category, Fetched: st.header.Fetched, Failed: st.failed}
		if st.feed != nil {
			all = append(all, st.feed)
			state.Entries, state.LeftOut = st.feed.Counts.Entries(), st.feed.Counts.Refused+st.feed.Counts.Skipped
		}
		states = append(states, state)
	}
	f.states.Store(&states)
	next := feed.New(all...)
	last := f.set.Swap(next)
	if last.Version() == next.Version() {
		return false
	}
	f.cfg.Log.Info("feeds", "version", cmp.Or(next.Version(), "none"), "feeds", len(all))
	return true
}

// parse makes a feed of what a source gave.
func (f *Feeds) parse(s Source, name string, b []byte) (*feed.Feed, error) {
	parts, err := unpack(name, b, f.cfg.MaxBytes)
	if err != nil {
		return nil, err
	}
	return feed.Parse(feed.Options{Name: s.Name(), Category: s.Category, Format: s.Format, Days: f.cfg.Days}, parts...)
}

// read reads a source that is a file or a folder.
func (f *Feeds) read(st *state) (result string, err error) {
	info, err := os.Stat(st.source.Location)
	if err != nil {
		return "", err
	}
	var one *feed.Feed
	if info.IsDir() {
		var parts [][]byte
		for _, name := range folderFiles {
			b, err := readFile(path.Join(st.source.Location, name), f.cfg.MaxBytes)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
			parts = append(parts, b)
		}
		one, err = feed.Parse(feed.Options{Name: st.source.Name(), Category: st.source.Category, Format: feed.UT1, Days: f.cfg.Days}, parts...)
	} else {
		var b []byte
		if b, err = readFile(st.source.Location, f.cfg.MaxBytes); err == nil {
			one, err = f.parse(st.source, st.source.Location, b)
		}
	}
	if err != nil {
		return "", err
	}
	st.feed = one
	return "read", nil
}
