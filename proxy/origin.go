package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// Errors of requests for what this mirror is not set up for. Nobody is asked for it.
var (
	errNotMirrored = errors.New("proxy: not a registry that this mirror has")
	errMisdirected = errors.New("proxy: not a host that this mirror answers as")
)

// hubNames are the other names that Docker Hub's API goes by: registry-1 is asked, and old
// clients say index.
var hubNames = [...]string{"registry-1.docker.io", "index.docker.io"}

// origins are the registries that are mirrored, by the names that requests have for them.
type origins struct {
	main   *upstream.Client
	byName map[string]*upstream.Client // in lower case; ports included
	own    map[string]bool             // hosts that the mirror itself goes by; nil: any that is no registry's
}

// newOrigins takes the registries of a configuration. A name that stands for two is an error.
func newOrigins(cfg Config) (*origins, error) {
	o := &origins{main: cfg.Upstream, byName: map[string]*upstream.Client{}}
	add := func(name string, up *upstream.Client) error {
		name = strings.ToLower(name)
		if was := o.byName[name]; was != nil && was != up {
			return fmt.Errorf("proxy: %q is the name of %s and of %s", name, was.Registry(), up.Registry())
		}
		o.byName[name] = up
		return nil
	}
	for _, up := range append([]*upstream.Client{cfg.Upstream}, cfg.Others...) {
		if o.byName[strings.ToLower(up.Registry())] != nil {
			return nil, fmt.Errorf("proxy: the registry %q is there twice", up.Registry())
		}
		if err := add(up.Registry(), up); err != nil {
			return nil, err
		}
		if up.Registry() != oci.DockerHub {
			continue
		}
		for _, name := range hubNames {
			if err := add(name, up); err != nil {
				return nil, err
			}
		}
	}
	for alias, registry := range cfg.Aliases {
		up := o.byName[strings.ToLower(registry)]
		if up == nil {
			return nil, fmt.Errorf("proxy: %q is to stand for %q, which is not mirrored", alias, registry)
		}
		if err := add(alias, up); err != nil {
			return nil, err
		}
	}
	if len(cfg.Hosts) > 0 {
		o.own = map[string]bool{}
		for _, h := range cfg.Hosts {
			o.own[strings.ToLower(h)] = true
		}
	}
	return o, nil
}

// find says which registry a request is for, and what of the repository's name, as it is in
// the path, is the repository's name there. In this order:
//
//   - ?ns=ghcr.io, by which containerd says what it would have asked without a mirror;
//   - the host that was asked, if it is a registry's name: ghcr.io, registry-1.docker.io;
//   - the first part of the name, if it is a registry's: ghcr.io/owner/name.
//
// A name that begins with the registry that was found by its other marks loses it. What looks
// like a registry and is none of ours is refused: it must not be taken for a repository
// of another.
func (o *origins) find(r *http.Request, name string) (*upstream.Client, string, error) {
	up, err := o.addressed(r)
	if err != nil {
		return nil, "", err
	}
	first, rest, more := strings.Cut(name, "/")
	named := o.byName[strings.ToLower(first)]
	switch {
	case !more, named == nil && !oci.IsHost(first):
	case named == nil && up != nil && up.Registry() != oci.DockerHub:
		// Elsewhere than on Docker Hub a namespace may have a dot.
	case named == nil:
		return nil, "", fmt.Errorf("%w: %.100q", errNotMirrored, first)
	case up != nil && up != named:
		return nil, "", fmt.Errorf("%w: %.100q, of %s", errNotMirrored, first, up.Registry())
	default:
		up, name = named, rest
	}
	if up == nil {
		up = o.main
	}
	repository, err := oci.ParseRepositoryOf(up.Registry(), name)
	return up, repository, err
}

// byHost is the registry whose name is the host that was asked, with its port or without; and
// that name.
func (o *origins) byHost(r *http.Request) (*upstream.Client, string) {
	host := strings.ToLower(r.Host)
	if up := o.byName[host]; up != nil {
		return up, host
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return o.byName[host], host
}

// direct reports whether a client took this mirror for the registry itself: it asked the
// registry's own host, by no alias, and so has no other to go to.
func (o *origins) direct(r *http.Request) bool {
	up, host := o.byHost(r)
	return up != nil && (host == strings.ToLower(up.Registry()) || up.Registry() == oci.DockerHub && slices.Contains(hubNames[:], host)) && !r.URL.Query().Has("ns")
}

// addressed is the registry that a request is for by its host or its ns; nil if it does not say.
func (o *origins) addressed(r *http.Request) (*upstream.Client, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errRoute
	}
	if ns, ok := query["ns"]; ok {
		if len(ns) != 1 || o.byName[strings.ToLower(ns[0])] == nil {
			return nil, fmt.Errorf("%w: %.100q", errNotMirrored, strings.Join(ns, ","))
		}
		return o.byName[strings.ToLower(ns[0])], nil
	}
	up, host := o.byHost(r)
	if up != nil {
		return up, nil
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil && o.own != nil && !o.own[host] {
		return nil, fmt.Errorf("%w: %.100q", errMisdirected, host)
	}
	return nil, nil
}
