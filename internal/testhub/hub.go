package testhub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // storage with Config.Dir
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"   // storage without
	"github.com/sirupsen/logrus"

	"github.com/lazaret/lazaret/internal/oci"
)

// Config says how a hub is set up. Its zero value is a hub in memory, on a free port of
// loopback, that anybody may pull from.
type Config struct {
	Addr string // "127.0.0.1:0" if empty
	Dir  string // where content is kept; in memory if empty. What is in it already is served

	// Username and Password are the one account. Without Username there is none.
	Username, Password string
	NoAnonymous        bool          // only the account gets tokens
	Private            []string      // repositories that only the account may pull
	TokenLife          time.Duration // 300 s, as on Docker Hub, if zero. The spec counts whole seconds

	// PullLimit is how many manifests may be fetched, until ResetCounts, before the answer
	// is 429. If zero the headers count down from 100 and nothing is refused.
	PullLimit int
	Redirect  bool // as of SetRedirect

	Now func() time.Time // time.Now if nil; decides only when tokens expire
}

// A Hub is a running stand-in for Docker Hub. Its methods may be called at any time and
// from any goroutine.
type Hub struct {
	cfg    Config
	app    *handlers.App
	ctx    context.Context // ends with the hub
	cancel context.CancelFunc
	logger *logrus.Entry // of distribution
	secret string        // signs the CDN's URLs

	api, cdn  *http.Server
	apiURL    string
	cdnURL    string
	closeOnce sync.Once
	closeErr  error
	serving   sync.WaitGroup // the two servers
	handling  sync.WaitGroup // requests; added to under mu while not closed
	bytes     atomic.Int64   // of all bodies

	mu        sync.Mutex // guards all that follows
	closed    bool
	redirect  bool
	faults    []*faultState
	tokens    map[string]grant
	repos     map[string]bool  // pushed to
	facts     map[string]Facts // by repository
	raw       map[string]map[string]rawManifest
	referrers map[string]map[oci.Digest][]oci.Descriptor
	counts    map[string]int // by "METHOD path"
	downloads map[oci.Digest]int
	refused   int // 401s
	pulls     int
	leaks     []string
}

// Start starts a hub. The caller closes it.
func Start(cfg Config) (*Hub, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.TokenLife == 0 {
		cfg.TokenLife = 300 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	apiListener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("testhub: %w", err)
	}
	host, _, err := net.SplitHostPort(apiListener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("testhub: %w", err), apiListener.Close())
	}
	cdnListener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("testhub: listen as CDN: %w", err), apiListener.Close())
	}
	h := &Hub{
		cfg: cfg, logger: quietLogger(), secret: rand.Text(), redirect: cfg.Redirect,
		apiURL: "http://" + apiListener.Addr().String(),
		cdnURL: "http://" + cdnListener.Addr().String(),
		tokens: map[string]grant{}, repos: map[string]bool{}, raw: map[string]map[string]rawManifest{},
		referrers: map[string]map[oci.Digest][]oci.Descriptor{},
		counts:    map[string]int{}, downloads: map[oci.Digest]int{},
	}
	h.ctx, h.cancel = context.WithCancel(h.quiet(context.Background()))
	h.app = handlers.NewApp(h.ctx, registryConfig(cfg))
	h.api = h.serveOn(apiListener, h)
	h.cdn = h.serveOn(cdnListener, http.HandlerFunc(h.serveCDN))
	return h, nil
}

// registryConfig is distribution's configuration: its own authentication, redirects,
// metrics and background work are all off.
func registryConfig(cfg Config) *configuration.Configuration {
	storage := configuration.Storage{
		"maintenance": {"uploadpurging": map[any]any{"enabled": false}},
		"redirect":    {"disable": true},
	}
	if cfg.Dir == "" {
		storage["inmemory"] = configuration.Parameters{}
	} else {
		storage["filesystem"] = configuration.Parameters{"rootdirectory": cfg.Dir}
	}
	c := &configuration.Configuration{Storage: storage}
	c.HTTP.Secret = rand.Text()
	return c
}

func (h *Hub) serveOn(l net.Listener, handler http.Handler) *http.Server {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return h.ctx },
	}
	h.serving.Go(func() { _ = s.Serve(l) }) // returns when Close closes the server
	return s
}

// URL is the root of the registry, "http://127.0.0.1:PORT".
func (h *Hub) URL() string { return h.apiURL }

// CDNURL is the root of the server that blobs are redirected to.
func (h *Hub) CDNURL() string { return h.cdnURL }

// Close ends the hub and whatever it is serving, and waits for that. Dir is left as it is.
func (h *Hub) Close() error {
	h.closeOnce.Do(func() {
		h.mu.Lock()
		h.closed = true
		h.mu.Unlock()
		h.cancel()
		h.closeErr = errors.Join(h.api.Close(), h.cdn.Close())
		h.serving.Wait()
		h.handling.Wait()
		h.closeErr = errors.Join(h.closeErr, h.app.Shutdown())
	})
	return h.closeErr
}

// SetRedirect says whether GET and HEAD of blobs are answered with 307 to the CDN, as
// Docker Hub does.
func (h *Hub) SetRedirect(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.redirect = on
}

// Count returns how often a path was asked for since the last ResetCounts, requests
// that were answered 401 left out. The CDN's paths begin with "/cdn".
func (h *Hub) Count(method, path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts[method+" "+path]
}

// Counts returns what Count does for all paths, by "METHOD path".
func (h *Hub) Counts() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[string]int, len(h.counts))
	for k, n := range h.counts {
		out[k] = n
	}
	return out
}

// Downloads returns how often the bytes of a blob, or a range of them, were asked for
// under any name, from the hub or, where it redirects, from the CDN.
func (h *Hub) Downloads(d oci.Digest) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.downloads[d]
}

// Refused returns how many requests were answered 401.
func (h *Hub) Refused() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.refused
}

// Leaks returns the paths of the requests that brought an Authorization header to the CDN.
func (h *Hub) Leaks() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.leaks...)
}

// BytesSent returns how many bytes of bodies were sent, of every kind of answer.
func (h *Hub) BytesSent() int64 { return h.bytes.Load() }

// ResetCounts forgets all that is counted, leaks and pulls included.
func (h *Hub) ResetCounts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts, h.downloads = map[string]int{}, map[oci.Digest]int{}
	h.refused, h.pulls, h.leaks = 0, 0, nil
	h.bytes.Store(0)
}
