// Package upstream talks to the registry that is mirrored: tokens, redirects, retries
// and rate limits, so that nobody else has to know them.
//
// It promises that every call has its answer's headers, or an error, within a bounded
// time; that a manifest asked for by digest has that digest; that credentials reach the
// registry and its token service alone, never a host a blob is redirected to, a log line
// or an error; that no answer leads to a host on a network that is not public, unless that was
// allowed (guard.go). It trusts the registry with none of its answers: sizes are bounded, and
// what it says of itself is checked where it can be. The bytes of a blob are NOT checked
// here: whoever reads them to the end compares their digest.
//
// Use New, then Readable, Head, Manifest and Blob. Errors wrap one of the sentinels in errors.go.
package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/lazaret/lazaret/internal/oci"
)

// Config is what a Client needs. Only URL must be set.
type Config struct {
	URL      string // scheme and host: https://registry-1.docker.io; http is spoken when it says so, and only then
	Registry string // the name it is known by: docker.io; by default the URL's host

	// Username and Password log in. Without them the Keychain is asked for the
	// URL's host (Docker Hub's hosts all count as one), and else there is no login.
	Username, Password string
	Keychain           authn.Keychain // nil: the Docker configuration's

	// Private are the repositories that may be given to others although the registry gives them
	// to whoever is logged in alone: names, or patterns as of path.Match. See Readable.
	Private []string

	// CA is beside the system's authorities, and Certificate is shown to the registry's own
	// host alone.
	CA          *x509.CertPool
	Certificate func(*tls.CertificateRequestInfo) (*tls.Certificate, error)
	// Networks are those, beside the public ones, that the registry may redirect to or have its
	// token service in. Its own host may be anywhere.
	Networks []netip.Prefix
	// PerMinute bounds the requests to the registry's own host; 0: it does not.
	PerMinute int

	// Sights has what other replicas, or this one before its last start, know of which repositories
	// are public. nil: each process finds out for itself.
	Sights Sights

	UserAgent string // of every request; go-containerregistry adds its own name

	// Retries is how often a request is made again after a 5xx, a 408, a time-out or a
	// failed connection. The n-th wait is Backoff (250 ms if zero) times 2^n, at most
	// 10 s, times a random factor in [0.5, 1.5).
	Retries int
	Backoff time.Duration
	// MaxRetryAfter is the longest Retry-After that is waited for, 5 s if zero. A 429
	// that asks for more, or says nothing, fails at once.
	MaxRetryAfter time.Duration
	// HeaderTimeout bounds one attempt up to its response's headers, redirects included,
	// 10 s if zero; of a manifest or a list it bounds the body too. A login has as long again.
	HeaderTimeout time.Duration

	Transport http.RoundTripper     // nil: one of its own
	Metrics   prometheus.Registerer // nil: none
	Log       *slog.Logger          // nil: none

	Sleep func(ctx context.Context, d time.Duration) error // nil: a timer; returns early, with ctx's error, when ctx ends
	Rand  func() float64                                   // in [0, 1); nil: math/rand
	Now   func() time.Time                                 // nil: time.Now
}

// Sights remembers what a registry said of a repository to nobody in particular: whether it is
// public, and when.
type Sights interface {
	// Sight returns what is remembered; an error if that is nothing.
	Sight(ctx context.Context, registry, repository string) (public bool, at time.Time, err error)
	// Saw has it remembered for ttl.
	Saw(ctx context.Context, registry, repository string, public bool, at time.Time, ttl time.Duration) error
}

// A Client reads one registry. It may be used by many goroutines at once.
type Client struct {
	cfg     Config
	base    url.URL       // scheme and host alone
	reg     name.Registry // the same, as go-containerregistry has it
	log     *slog.Logger
	metrics *metrics
	logins  *logins
	nobody  *logins // without credentials: what they read is public
	limit   *rate.Limiter
	seen    *visibility
}

// New checks cfg and makes a Client. It opens no connection.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil { // the text of err would repeat the URL, which may hold a password
		return nil, errors.New("upstream: the URL cannot be read")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("upstream: %q is not a scheme and a host", u.Redacted())
	}
	if cfg.Retries < 0 || cfg.Backoff < 0 || cfg.MaxRetryAfter < 0 || cfg.HeaderTimeout < 0 || cfg.PerMinute < 0 {
		return nil, errors.New("upstream: a negative number of retries or a negative duration")
	}
	if (cfg.Username == "") != (cfg.Password == "") {
		return nil, errors.New("upstream: a username and a password go together")
	}
	cfg = withDefaults(cfg, u.Host)

	options := []name.Option{name.StrictValidation}
	if u.Scheme == "http" {
		options = append(options, name.Insecure)
	}
	reg, err := name.NewRegistry(u.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	if reg.RegistryStr() != u.Host { // "docker.io" alone is renamed to a host that is not the API's
		return nil, fmt.Errorf("upstream: %q is no API; Docker Hub's is https://registry-1.docker.io", u.Host)
	}
	m, err := newMetrics(cfg.Metrics, cfg.Registry)
	if err != nil {
		return nil, fmt.Errorf("upstream: registering metrics: %w", err)
	}
	c := &Client{cfg: cfg, base: url.URL{Scheme: u.Scheme, Host: u.Host}, reg: reg, log: cfg.Log, metrics: m}
	if err := checkPatterns(cfg.Private); err != nil {
		return nil, err
	}
	c.limit = rate.NewLimiter(rate.Inf, 0)
	if cfg.PerMinute > 0 {
		c.limit = rate.NewLimiter(rate.Limit(cfg.PerMinute)/60, max(1, cfg.PerMinute/6))
	}
	w := &wire{own: cfg.Transport, elsewhere: cfg.Transport, base: c.base, metrics: m, now: cfg.Now}
	if cfg.Transport == nil {
		w.own, w.elsewhere = newTransports(cfg, u.Hostname())
	}
	uncertified := *w // a certificate is a login too
	uncertified.own = w.elsewhere
	c.logins = newLogins(c, transport.NewUserAgent(w, cfg.UserAgent), false)
	c.nobody = newLogins(c, transport.NewUserAgent(&uncertified, cfg.UserAgent), true)
	c.seen = newVisibility()
	return c, nil
}

func withDefaults(cfg Config, host string) Config {
	if cfg.Registry == "" {
		cfg.Registry = host
	}
	if cfg.Keychain == nil {
		cfg.Keychain = authn.DefaultKeychain
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "lazaret"
	}
	if cfg.Backoff == 0 {
		cfg.Backoff = 250 * time.Millisecond
	}
	if cfg.MaxRetryAfter == 0 {
		cfg.MaxRetryAfter = 5 * time.Second
	}
	if cfg.HeaderTimeout == 0 {
		cfg.HeaderTimeout = 10 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg
}

// newTransports makes the transports that New uses when it is given none: to the registry's
// own host, and to all others, to which no certificate is shown. Compression is off,
// because a blob's bytes must arrive as they are hashed.
func newTransports(cfg Config, host string) (own, elsewhere *http.Transport) {
	g := newGuard(host, cfg.Networks, cfg.HeaderTimeout)
	own, elsewhere = newTransport(g, cfg.HeaderTimeout), newTransport(g, cfg.HeaderTimeout)
	own.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.CA, GetClientCertificate: cfg.Certificate}
	elsewhere.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.CA}
	return own, elsewhere
}

func newTransport(g *guard, headers time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                  g.proxy,
		DialContext:            g.dial,
		TLSHandshakeTimeout:    headers,
		ResponseHeaderTimeout:  headers,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    32,
		MaxResponseHeaderBytes: 256 << 10,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

// Registry returns the name the registry is known by.
func (c *Client) Registry() string { return c.cfg.Registry }

// RateLimit returns what the registry last said of its rate limit; the zero value if it never did.
func (c *Client) RateLimit() RateLimit { return c.metrics.rateLimit() }

// path makes the URL of a thing in a repository. It checks the name, so that nobody's
// dots and slashes lead elsewhere; the error wraps oci.ErrName.
func (c *Client) path(repository string, parts ...string) (*url.URL, error) {
	if _, err := oci.ParseRepository(repository); err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	return c.base.JoinPath(append([]string{"v2", repository}, parts...)...), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
