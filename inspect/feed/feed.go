// Package feed holds what somebody else knows to be bad: lists of domains, addresses,
// URLs, hashes of files, digests of images and repositories.
//
// Parse makes a Feed of the bytes of a list, New a Set of feeds; a Set answers whether
// something is on one of them. Both are pure functions of their arguments: no clock, no
// network, no disk. Version names a Set by what is in it, not by how it was written, so
// that a feed that changes its comments does not change the rule set.
//
// A feed's author is trusted to know bad from good, not to be careful: what would match
// too much (a public suffix, a site that everybody uses, a private network, half the
// Internet) is refused and counted. An entry that cannot be read is skipped and counted.
// Whatever the bytes are, Parse takes linear time and at most some three times their size
// of memory, never panics, and what it keeps of a million domains is about 30 MB.
package feed

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// Allow is the category of a feed that says what is not bad, whatever others say. It is
// no category of findings.
const Allow inspect.Category = "allow"

// Categories are those that a feed may be of.
func Categories() []inspect.Category {
	return []inspect.Category{inspect.MaliciousDomain, inspect.NewDomain, inspect.DynamicDNS, inspect.Malware, Allow}
}

// A Format is how a feed is written.
type Format string

// The formats.
const (
	Auto     Format = ""         // told from the bytes: MISP, Hosts, Dated for new domains, else List
	List     Format = "list"     // an indicator a line, of any kind; #, ; and // begin comments
	Hosts    Format = "hosts"    // as hosts(5): the names, not the addresses
	MISP     Format = "misp"     // JSON of a MISP warning list: {"type": "hostname", "list": […]}
	Maltrail Format = "maltrail" // a trail of Maltrail: domains, addresses and paths, with # comments
	UT1      Format = "ut1"      // the file "domains" or "urls" of a folder of UT1
	Dated    Format = "dated"    // a domain and the date of its registration a line, in either order
)

// Formats are all of them, by name.
func Formats() []Format { return []Format{List, Hosts, MISP, Maltrail, UT1, Dated} }

// Options say how bytes become a Feed.
type Options struct {
	Name     string // for findings and metrics, without secrets
	Category inspect.Category
	Format   Format
	// Days is the greatest age of a domain in a Dated feed that makes it new, in days; 0
	// means 30. Age is counted from the feed's own date: a line "# date: 2006-01-02", or
	// the latest date in it.
	Days int
}

// A Feed is one list, ready to be asked. It does not change.
type Feed struct {
	Name     string
	Category inspect.Category
	Counts   Counts

	domains table
	urls    table
	repos   table
	files   table          // sha256, raw
	images  table          // digests
	nets    []netip.Prefix // sorted
	exact   table          // single addresses, as netip.Addr.As16
	date    time.Time      // of a Dated feed
	sum     [32]byte
}

// Counts say what became of a feed's entries.
type Counts struct {
	Domains, URLs, Addresses, Files, Images, Repositories int
	Refused                                               int // would match too much
	Skipped                                               int // could not be read
	Old                                                   int // of a Dated feed: not new
}

// Entries is how many indicators there are.
func (c Counts) Entries() int {
	return c.Domains + c.URLs + c.Addresses + c.Files + c.Images + c.Repositories
}

// A Match is an entry of a feed.
type Match struct {
	Feed      string
	Category  inspect.Category
	Indicator string // the entry
	Date      string // of a Dated feed's: when it was registered, 2006-01-02
}

// A Set is all feeds together. The zero value is none. It does not change.
type Set struct {
	feeds   []*Feed
	version string
}

// New makes a Set. The order of feeds is that of their names.
func New(feeds ...*Feed) *Set {
	s := &Set{feeds: slices.Clone(feeds)}
	slices.SortStableFunc(s.feeds, func(a, b *Feed) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Category, b.Category))
	})
	h := sha256.New()
	for _, f := range s.feeds {
		fmt.Fprintf(h, "%q %q %x\n", f.Name, f.Category, f.sum)
	}
	if len(s.feeds) > 0 {
		s.version = hex.EncodeToString(h.Sum(nil)[:8])
	}
	return s
}

// Version names what is in the set: "" for nothing, else the beginning of a hash, in hex.
func (s *Set) Version() string {
	if s == nil {
		return ""
	}
	return s.version
}

// Feeds returns the feeds, by name.
func (s *Set) Feeds() []*Feed {
	if s == nil {
		return nil
	}
	return slices.Clone(s.feeds)
}

// Has reports whether a feed has entries of a kind that a function counts.
func (s *Set) Has(count func(Counts) int) bool {
	return s != nil && slices.ContainsFunc(s.feeds, func(f *Feed) bool { return f.Category != Allow && count(f.Counts) > 0 })
}

// ask finds the matches of one indicator, at most one a category, unless it is allowed.
func (s *Set) ask(in func(*Feed) (Match, bool)) []Match {
	if s == nil {
		return nil
	}
	var out []Match
	for _, f := range s.feeds {
		m, ok := in(f)
		if !ok {
			continue
		}
		if f.Category == Allow {
			return nil
		}
		m.Feed, m.Category = f.Name, f.Category
		if !slices.ContainsFunc(out, func(o Match) bool { return o.Category == m.Category }) {
			out = append(out, m)
		}
	}
	return out
}

// Domain finds a host's name, or one above it that is below a public suffix.
func (s *Set) Domain(name string) []Match {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if s == nil || len(s.feeds) == 0 || len(name) > maxName {
		return nil
	}
	domain, below := registrable(name), belowRegistry(name)
	return s.ask(func(f *Feed) (Match, bool) {
		floor := domain
		if f.Category == inspect.DynamicDNS {
			floor = below
		}
		for n := name; floor != "" && len(n) >= len(floor); {
			if i, ok := f.domains.find(n); ok {
				m := Match{Indicator: n}
				if f.domains.days != nil {
					m.Date = f.date.AddDate(0, 0, -int(f.domains.days[i])).Format(time.DateOnly)
				}
				return m, true
			}
			_, rest, ok := strings.Cut(n, ".")
			if !ok {
				break
			}
			n = rest
		}
		return Match{}, false
	})
}

// Addr finds an address, or the network that it is in.
func (s *Set) Addr(a netip.Addr) []Match {
	a = a.Unmap().WithZone("")
	return s.ask(func(f *Feed) (Match, bool) {
		key := a.As16()
		if _, ok := f.exact.find(string(key[:])); ok {
			return Match{Indicator: a.String()}, true
		}
		for _, p := range f.nets {
			if p.Contains(a) {
				return Match{Indicator: p.String()}, true
			}
		}
		return Match{}, false
	})
}

// URL finds a URL, with its query or without. Its scheme does not matter.
func (s *Set) URL(url string) []Match {
	key, ok := urlKey(url)
	if !ok {
		return nil
	}
	bare, _, _ := strings.Cut(key, "?")
	return s.ask(func(f *Feed) (Match, bool) {
		for _, k := range []string{key, bare} {
			if _, ok := f.urls.find(k); ok {
				return Match{Indicator: k}, true
			}
		}
		return Match{}, false
	})
}

// File finds the SHA-256 of a file's bytes.
func (s *Set) File(sum [32]byte) []Match {
	return s.ask(func(f *Feed) (Match, bool) {
		_, ok := f.files.find(string(sum[:]))
		return Match{Indicator: hex.EncodeToString(sum[:])}, ok
	})
}

// Image finds the digest of a manifest, a config or a layer.
func (s *Set) Image(d oci.Digest) []Match {
	return s.ask(func(f *Feed) (Match, bool) {
		_, ok := f.images.find(string(d))
		return Match{Indicator: string(d)}, ok
	})
}

// Repository finds a repository, written as "registry/name" or, of Docker Hub's, "name".
func (s *Set) Repository(registry, name string) []Match {
	key := repositoryKey(registry + "/" + name)
	return s.ask(func(f *Feed) (Match, bool) {
		_, ok := f.repos.find(key)
		return Match{Indicator: key}, ok
	})
}

// repositoryKey writes a repository as Docker does: without the registry if that is
// Docker Hub, and without "library/".
func repositoryKey(s string) string {
	s = strings.ToLower(s)
	for _, hub := range []string{"docker.io/", "index.docker.io/", "registry-1.docker.io/", "registry.hub.docker.com/"} {
		s = strings.TrimPrefix(s, hub)
	}
	return strings.TrimPrefix(s, "library/")
}

// registrable is what of a name somebody registered; "" for a public suffix.
func registrable(name string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return ""
	}
	return domain
}

// belowRegistry is what of a name is directly below a registry's suffix, whoever gives out
// names below that: "duckdns.org" of "x.duckdns.org". Feeds of dynamic names are about those.
func belowRegistry(name string) string {
	suffix, icann := publicsuffix.PublicSuffix(name)
	for !icann {
		_, rest, ok := strings.Cut(suffix, ".")
		if !ok {
			return "" // of no suffix of the list
		}
		suffix, icann = publicsuffix.PublicSuffix(rest)
	}
	label := strings.TrimSuffix(name, "."+suffix)
	if label == name || label == "" {
		return ""
	}
	return label[strings.LastIndexByte(label, '.')+1:] + "." + suffix
}

//go:embed popular.yaml
var popularYAML []byte

// exempt is what no feed may name.
type exempt struct {
	Popular   []string       `yaml:"popular"`
	Addresses []netip.Prefix `yaml:"addresses"`

	names map[string]bool
}

func readExempt(b []byte) (*exempt, error) {
	e := &exempt{names: map[string]bool{}}
	if err := yaml.Unmarshal(b, e); err != nil {
		return nil, fmt.Errorf("feed: read what is popular: %w", err)
	}
	for _, n := range e.Popular {
		e.names[n] = true
	}
	if len(e.names) == 0 {
		return nil, errors.New("feed: nothing is popular")
	}
	return e, nil
}
