package upstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// errGuarded says that the registry led where it has no business.
var errGuarded = errors.New("a host on a network that is not public")

// A guard keeps a registry from leading this machine, by a redirect or the name of a token
// service, to hosts that only its own network reaches. The host of the registry's URL is
// the administrator's word and may be anywhere; any other must have a public address or
// one in the networks that were allowed. The address is looked at when the connection is
// made, so that a name cannot change between the look and the use.
type guard struct {
	host    string         // of the registry's URL, without its port
	allowed []netip.Prefix // beside what is public

	dialer  net.Dialer
	mu      sync.Mutex      // guards proxies
	proxies map[string]bool // host:port of the HTTP proxies that the environment names
}

func newGuard(host string, allowed []netip.Prefix, timeout time.Duration) *guard {
	return &guard{host: strings.ToLower(host), allowed: allowed, proxies: map[string]bool{},
		dialer: net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}}
}

// dial is for http.Transport.DialContext.
func (g *guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := g.dialer
	if host, _, err := net.SplitHostPort(addr); err != nil || !g.trusted(host, addr) {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !g.permits(at.Addr()) {
				return errGuarded
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, addr)
}

func (g *guard) trusted(host, addr string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.EqualFold(host, g.host) || g.proxies[addr]
}

// proxy is for http.Transport.Proxy. A proxy resolves names itself, so that behind one only
// addresses, and names that stand for this machine, can be told.
func (g *guard) proxy(req *http.Request) (*url.URL, error) {
	p, err := http.ProxyFromEnvironment(req)
	if err != nil || p == nil {
		return p, err
	}
	if err := g.behindProxy(req); err != nil {
		return nil, err
	}
	port := p.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[p.Scheme]
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.proxies[net.JoinHostPort(p.Hostname(), port)] = true
	return p, nil
}

func (g *guard) behindProxy(req *http.Request) error {
	host := strings.ToLower(req.URL.Hostname())
	at, err := netip.ParseAddr(host)
	if host != g.host && (err == nil && !g.permits(at) || host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		return errGuarded
	}
	return nil
}

func (g *guard) permits(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return public(a) || slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(a) })
}

// special are the blocks of the IANA special-purpose address registries (RFC 6890 and later;
// iana.org/assignments/iana-ipv4-special-registry, iana-ipv6-special-registry) that are not
// globally reachable and that netip does not know as private, loopback, link-local or multicast.
// NAT64 and 6to4 hold IPv4 addresses and are taken apart below.
var special = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fec0::/10"),
}

var (
	nat64    = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixToFor = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

// public reports whether an address is one that the whole Internet reaches.
func public(a netip.Addr) bool {
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return public(netip.AddrFrom4([4]byte(b[12:16])))
	case sixToFor.Contains(a):
		return public(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() &&
		!slices.ContainsFunc(special[:], func(p netip.Prefix) bool { return p.Contains(a) })
}

// guardedError words the guard's refusal for a person; the address stays out of it, so that
// whoever leads us somewhere does not learn what a name there resolves to.
func guardedError(host string) string {
	return fmt.Sprintf("%s%v: allow its network (LAZARET_UPSTREAM_NETWORKS, networks) if the registry is right to name it", host, errGuarded)
}
