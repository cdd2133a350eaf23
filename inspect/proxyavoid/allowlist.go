package proxyavoid

import (
	"bytes"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

// A proxy that only leads to the hosts on a list of those who run it is how companies let
// builds out of a network. What says so is the proxy's own settings, in the folder where
// it looks for them, read by its own grammar: all that it is allowed leads to a listed
// host, and the rest is refused. Everything else about such settings in an image says the
// contrary, and package policy minds both: those elsewhere, those that a script writes.

// The ids of the rules.
const (
	squidLimited = "squid-limited" // only to what is listed
	squidShut    = "squid-shut"    // to nobody but this machine, or limited
	squidOpen    = "squid-open"    // any other settings

	tinyLimited = "tinyproxy-limited"
	tinyShut    = "tinyproxy-shut"
	tinyOpen    = "tinyproxy-open"
)

// largestSettings is the size, in bytes, up to which settings and lists are read. Longer
// ones limit nothing.
const largestSettings = 1 << 20

// settings asks for the content of what may be a proxy's settings or a list of theirs.
func settings(f *inspect.File) inspect.Want {
	if f.Type == inspect.Regular && f.Size <= largestSettings && bytes.IndexByte(f.Head, 0) < 0 && proxyOf(place.Lower(f)) != "" {
		return inspect.Content
	}
	return inspect.Nothing
}

// proxyOf is the proxy whose folder in /etc a file is in.
func proxyOf(p string) string {
	switch {
	case strings.HasPrefix(p, "etc/squid/"), strings.HasPrefix(p, "etc/squid3/"), strings.HasPrefix(p, "usr/local/squid/etc/"), strings.HasPrefix(p, "opt/squid/etc/"), p == "etc/squid.conf":
		return "squid"
	case strings.HasPrefix(p, "etc/tinyproxy/"), p == "etc/tinyproxy.conf":
		return "tinyproxy"
	}
	return ""
}

// limits reads the settings of a proxy by its grammar.
func limits(c *rules.Case) {
	proxy := proxyOf(place.Lower(c.File))
	if c.File.Type != inspect.Regular || proxy == "" || len(c.Seen.Content) == 0 || c.Seen.Cut {
		return
	}
	text := string(c.Seen.Content)
	limited, shut, open := squidLimited, squidShut, squidOpen
	is := squid(text)
	if proxy == "tinyproxy" {
		limited, shut, open = tinyLimited, tinyShut, tinyOpen
		is = tinyproxy(text)
	}
	switch {
	case sample(c.File.Path):
		c.Add(shut, inspect.Low, 0, "/"+c.File.Path)
	case is.none: // a list, or other settings
		if wide := wideLine(text); wide != "" {
			c.Add(open, inspect.Low, 0, "lists "+wide)
		}
	case is.limited:
		c.Add(limited, inspect.Low, 0, "/"+c.File.Path)
		c.Add(shut, inspect.Low, 0, "/"+c.File.Path)
	case is.shut:
		c.Add(shut, inspect.Low, 0, "/"+c.File.Path)
	default:
		c.Add(open, inspect.Low, 0, "/"+c.File.Path)
	}
}

// sample knows the settings that packages put beside those in use, to be read.
func sample(p string) bool {
	switch path.Ext(p) {
	case ".default", ".documented", ".dpkg-dist", ".dpkg-old", ".rpmnew", ".apk-new":
		return true
	}
	return false
}

// A limit is what settings say of who is led where.
type limit struct {
	none    bool // nothing
	limited bool // everybody to what is listed, and nobody elsewhere
	shut    bool // nobody but this machine anywhere else
}

// lines returns the words of each line that is no comment.
func lines(text string) (out [][]string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if i := strings.Index(line, "#"); i >= 0 {
			line = line[:i]
		}
		if w := strings.Fields(line); len(w) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// squid reads squid.conf: http://www.squid-cache.org/Doc/config/acl/ and
// http://www.squid-cache.org/Doc/config/http_access/. The first line whose lists all
// match decides, and a list matches if one of its values does.
func squid(text string) limit {
	is := limit{none: true}
	lists := map[string][]string{} // by name, the types and the values; "!" among them if one is wide
	last, ok := "", true
	for _, w := range lines(text) {
		switch w[0] {
		case "acl":
			if len(w) > 2 {
				lists[w[1]] = append(lists[w[1]], squidList(w[2], w[3:]))
			}
		case "include", "url_rewrite_program", "redirect_program", "store_id_program":
			ok = ok && w[0] == "include" && !slices.ContainsFunc(w[1:], func(p string) bool { return proxyOf(strings.TrimPrefix(p, "/")) != "squid" })
		}
	}
	for _, w := range lines(text) {
		if w[0] != "http_access" || len(w) < 3 {
			continue
		}
		is.none = false
		if last = strings.Join(w[1:], " "); w[1] != "allow" {
			continue
		}
		has := func(kind string) bool {
			return slices.ContainsFunc(w[2:], func(name string) bool { return slices.Equal(kinds(lists, name), []string{kind}) })
		}
		switch {
		case has(kindListed):
			is.limited = true
		case !has(kindOwn):
			ok = false
		}
	}
	is.shut = ok && last == "deny all"
	is.limited = is.limited && is.shut
	return is
}

// What a list of Squid's holds.
const (
	kindListed = "listed" // destinations
	kindOwn    = "own"    // this machine
	kindOther  = ""
)

// kinds returns the kinds of what a list holds, each once. Those that Squid brings along
// are known by their names.
func kinds(lists map[string][]string, name string) []string {
	if len(lists[name]) == 0 && (name == "localhost" || name == "manager") {
		return []string{kindOwn}
	}
	all := slices.Clone(lists[name])
	slices.Sort(all)
	return slices.Compact(all)
}

// squidList is the kind of one acl line.
func squidList(kind string, values []string) string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.HasPrefix(v, "-") })
	if len(values) == 0 {
		return kindOther
	}
	for _, v := range values {
		if file, ok := strings.CutPrefix(v, `"`); ok { // whose lines are looked at where it lies
			if proxyOf(strings.TrimPrefix(strings.TrimSuffix(file, `"`), "/")) != "squid" {
				return kindOther
			}
			continue
		}
		switch kind {
		case "dstdomain", "ssl::server_name":
			if wideName(v) {
				return kindOther
			}
		case "dstdom_regex", "ssl::server_name_regex", "url_regex":
			if widePattern(v) {
				return kindOther
			}
		case "dst":
			if wideNetwork(v) {
				return kindOther
			}
		case "src":
			if a, err := netip.ParsePrefix(v); v != "::1" && v != "127.0.0.1" && (err != nil || !a.Addr().IsLoopback() || a.Bits() < 8) {
				return kindOther
			}
		}
	}
	switch kind {
	case "dstdomain", "ssl::server_name", "dstdom_regex", "ssl::server_name_regex", "url_regex", "dst":
		return kindListed
	case "src":
		return kindOwn
	}
	return kindOther
}

// tinyproxy reads tinyproxy.conf (tinyproxy.conf(5)): with FilterDefaultDeny, only what the
// filter's lines match is reached; Allow says who may ask.
func tinyproxy(text string) limit {
	is := limit{none: true}
	denies, filter, asked, local := false, "", false, true
	for _, w := range lines(text) {
		if len(w) < 2 {
			continue
		}
		value := strings.Trim(w[1], `"`)
		switch strings.ToLower(w[0]) {
		case "filterdefaultdeny":
			denies = strings.EqualFold(value, "yes") || strings.EqualFold(value, "on")
		case "filter":
			filter = value
		case "allow":
			asked = true
			a, err := netip.ParseAddr(value)
			local = local && (err == nil && a.IsLoopback() || value == "127.0.0.0/8" || value == "localhost")
		case "port", "listen":
			is.none = false
		}
	}
	is.limited = denies && proxyOf(strings.TrimPrefix(filter, "/")) == "tinyproxy"
	is.shut = is.limited || asked && local
	return is
}

// wideLine returns a line of a list that lets through more than somebody's own names, "" if
// there is none.
func wideLine(text string) string {
	for _, w := range lines(text) {
		v := w[0]
		switch {
		case strings.Trim(v, "0123456789./:abcdefABCDEF") == "" && strings.ContainsAny(v, "/:"):
			if wideNetwork(v) {
				return v
			}
		case strings.ContainsAny(v, `\^$*+?[(|`):
			if widePattern(v) {
				return v
			}
		case len(w) == 1 && wideName(v):
			return v
		}
	}
	return ""
}

// wideName reports whether a name stands for all below a public suffix, or for more.
func wideName(v string) bool {
	v = strings.ToLower(strings.Trim(v, "."))
	if v == "" {
		return true
	}
	suffix, icann := publicsuffix.PublicSuffix("x." + v)
	return icann && suffix == v
}

// widePattern reports whether a pattern lets one of some hosts through that have nothing in
// common.
func widePattern(v string) bool {
	re, err := regexp.Compile("(?i)" + v)
	return err != nil || slices.ContainsFunc([]string{"a.b", "x.io", "zz-probe-1.com", "www.probe.net", "probe.org", "probe.cn:443", "198.51.100.7", "http://probe.de/", "https://zz.co.uk/q"}, re.MatchString)
}

// wideNetwork reports whether an address stands for a good part of the Internet.
func wideNetwork(v string) bool {
	if a, err := netip.ParseAddr(v); err == nil {
		return a.IsUnspecified()
	}
	n, err := netip.ParsePrefix(v)
	if err != nil {
		return true
	}
	least := 12
	if n.Addr().Is6() {
		least = 24
	}
	return host.ForeignAddr(n.Addr()) && n.Bits() < least || n.Bits() < 8
}

// elsewhere accepts the settings that a proxy's command names, other than those where the
// proxy looks by itself.
func elsewhere(groups [][]byte) bool {
	return len(groups) > 1 && proxyOf(strings.TrimPrefix(strings.Trim(string(groups[1]), `"'`), "/")) == ""
}
