package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// upstreams are the registries that a mirror has, the default one first.
type upstreams []config.Upstream

// clients makes one of each, which share with others what is public by a store.
func (u upstreams) clients(cfg config.Config, store cache.Store, metrics prometheus.Registerer, log *slog.Logger) ([]*upstream.Client, error) {
	seen := sights{cache.NewSights(store, []byte(cfg.ReportKey))}
	var out []*upstream.Client
	for _, one := range u {
		c, err := newUpstream(cfg, one, seen, metrics, log)
		if err != nil {
			return nil, fmt.Errorf("set up upstream %s: %w", one.Registry, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// aliases are the further names of registries in requests.
func (u upstreams) aliases() map[string]string {
	out := map[string]string{}
	for _, one := range u {
		for _, name := range one.Aliases {
			out[name] = one.Registry
		}
	}
	return out
}

// find returns the entry of a registry.
func (u upstreams) find(registry string) (config.Upstream, bool) {
	i := slices.IndexFunc(u, func(one config.Upstream) bool { return strings.EqualFold(one.Registry, registry) })
	if i < 0 {
		return config.Upstream{}, false
	}
	return u[i], true
}

// others are the names of all but the default one.
func (u upstreams) others() (out []string) {
	for _, one := range u[1:] {
		out = append(out, one.Registry)
	}
	return out
}

// named are the registries whose names are judged: Docker Hub, and those that say so.
func (u upstreams) named() map[string]bool {
	out := map[string]bool{oci.DockerHub: true}
	for _, one := range u {
		if one.Names {
			out[one.Registry] = true
		}
	}
	return out
}

// vars are what policies may ask of each.
func (u upstreams) vars() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, one := range u {
		out[one.Registry] = one.Vars
	}
	return out
}

// sights are what is public, as package cache keeps it for package upstream.
type sights struct{ kept *cache.Sights }

func (s sights) Sight(ctx context.Context, registry, repository string) (bool, time.Time, error) {
	seen, err := s.kept.Get(ctx, registry, repository)
	return seen.Public, seen.At, err
}

func (s sights) Saw(ctx context.Context, registry, repository string, public bool, at time.Time, ttl time.Duration) error {
	return s.kept.Put(ctx, registry, repository, cache.Sight{Public: public, At: at}, ttl)
}

// newUpstream makes the client of one registry; seen may be nil.
func newUpstream(cfg config.Config, u config.Upstream, seen upstream.Sights, metrics prometheus.Registerer, log *slog.Logger) (*upstream.Client, error) {
	password, err := u.Password()
	if err != nil {
		return nil, err
	}
	c := upstream.Config{
		URL: u.URL, Registry: u.Registry, Username: u.Username, Password: string(password), Private: u.Private, Networks: u.Networks, PerMinute: u.Rate,
		UserAgent: "lazaret/" + version(), Retries: cfg.UpstreamRetries, HeaderTimeout: cfg.UpstreamHeaderTimeout, MaxRetryAfter: cfg.UpstreamMaxRetryAfter,
		Sights: seen, Metrics: metrics, Log: log,
	}
	if u.CA != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("the system's certificate authorities: %w", err)
		}
		if err := addAuthorities(pool, u.CA); err != nil {
			return nil, err
		}
		c.CA = pool
	}
	if u.Cert != "" {
		pair, err := newKeyPair(u.Cert, u.Key, log)
		if err != nil {
			return nil, err
		}
		c.Certificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.certificate(nil) }
	}
	return upstream.New(c)
}

// addAuthorities adds the certificates of a file to a pool.
func addAuthorities(pool *x509.CertPool, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(b) {
		return fmt.Errorf("read certificate authorities: %s holds no certificate that can be read", file)
	}
	return nil
}
