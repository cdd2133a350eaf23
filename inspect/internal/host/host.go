// Package host tells what kind of host a name or an address is, and finds the host in a
// word: a URL, host:port, user@host, a bare name.
//
// Foreign is what the detectors turn on: a host somewhere on the Internet, and not one of
// this machine, of a private network or of a cluster. It promises to be wrong only on the
// side of silence: what it does not know is not foreign. It trusts nothing, asks nobody,
// and never panics.
package host

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// A Ref is a host as a word names it.
type Ref struct {
	Scheme string // in lower case, "" without one
	Host   string // in lower case, without brackets and without a dot at its end
	Port   string
	Path   string // with the query, "" or from the first slash
}

// maxWord is the longest word that is looked at, in bytes.
const maxWord = 2048

// Parse finds the host of a word: [scheme://][user@]host[:port][/path]. ok is false for
// what cannot be one.
func Parse(word string) (r Ref, ok bool) {
	if len(word) > maxWord {
		word = word[:maxWord]
	}
	rest := strings.Trim(word, `"'<>(),;`)
	if scheme, after, found := strings.Cut(rest, "://"); found {
		if scheme == "" || !only(scheme, isSchemeByte) {
			return r, false
		}
		r.Scheme, rest = strings.ToLower(scheme), after
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest, r.Path = rest[:i], rest[i:]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if inner, found := strings.CutPrefix(rest, "["); found {
		address, after, closed := strings.Cut(inner, "]")
		if _, err := netip.ParseAddr(address); !closed || err != nil {
			return r, false
		}
		r.Host, r.Port = strings.ToLower(address), strings.TrimPrefix(after, ":")
		return r, true
	}
	if strings.Count(rest, ":") > 1 {
		_, err := netip.ParseAddr(rest)
		r.Host = strings.ToLower(rest)
		return r, err == nil
	}
	name, port, _ := strings.Cut(rest, ":")
	r.Host, r.Port = strings.ToLower(strings.TrimSuffix(name, ".")), port
	return r, r.Host != "" && len(r.Host) <= 253 && only(r.Host, isNameByte) && only(port, isDigit)
}

// Foreign reports whether a host is elsewhere: an address that is none of this machine or
// of a private network, or a name below a suffix of the Public Suffix List. The names and
// networks that are reserved for documents and tests (RFC 2606, RFC 5737) count too: in a
// place where settings are in force, a stand-in for a host is no better than the host.
// Names with a variable in them do not. See Placeholder.
func Foreign(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if a, err := netip.ParseAddr(name); err == nil {
		return ForeignAddr(a)
	}
	for _, reserved := range [...]string{".test", ".example", ".invalid"} {
		if label, ok := strings.CutSuffix(name, reserved); ok && label != "" && only(label, isNameByte) {
			return true
		}
	}
	return Registrable(name) != ""
}

// Registrable returns the part of a name that somebody registered: "example.co.uk" of
// "www.example.co.uk". It is "" for a public suffix itself, for a name below none, and
// for what is no name.
func Registrable(name string) string {
	if name == "" || len(name) > 253 || !only(name, isNameByte) {
		return ""
	}
	suffix, icann := publicsuffix.PublicSuffix(name)
	if !icann && !strings.Contains(suffix, ".") {
		return "" // no suffix of the list
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return ""
	}
	return domain
}

// inner are the networks that are not routed on the Internet and that package netip does
// not tell of: carrier-grade NAT (RFC 6598), benchmarks (RFC 2544), "this network" and
// the reserved class E (RFC 1122), NAT64 (RFC 6052).
var inner = [...]netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("64:ff9b::/96"),
}

// ForeignAddr reports whether an address is neither of this machine nor of a private network.
func ForeignAddr(a netip.Addr) bool {
	a = a.Unmap()
	if a.IsLoopback() || a.IsPrivate() || !a.IsGlobalUnicast() || a.Zone() != "" {
		return false
	}
	for _, p := range inner {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Placeholder knows the names that people write where a name of one's own belongs.
func Placeholder(name string) bool {
	label, _, _ := strings.Cut(Registrable(name), ".")
	switch label {
	case "domain", "mydomain", "yourdomain", "your_domain", "mysite", "yoursite", "website", "yourwebsite", "mycompany", "yourcompany",
		"my-domain", "my-site", "somedomain", "some-domain", "foo", "bar", "foobar", "acme", "contoso", "mywebsite", "hostname", "my-app", "myapp", "yourserver", "myserver":
		return true
	}
	return strings.HasPrefix(label, "example") || strings.HasPrefix(label, "your-")
}

func only(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '-' || c == '.' || c == '_'
}

func isSchemeByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '+' || c == '-' || c == '.'
}
