package feed

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/internal/oci"
)

// maxName is the longest name of a host, and maxEntry the longest line that is read, in bytes.
const (
	maxName  = 253
	maxEntry = 4096
)

// ErrEmpty says that there is nothing in a feed that could be used: it is an error page,
// say, or another format. What was known before is better than that.
var ErrEmpty = errors.New("feed: nothing in it can be used")

// Parse reads a feed. parts are its files, read as if they followed each other. An error
// means an unknown category or format, a document that is not its format, or ErrEmpty.
func Parse(o Options, parts ...[]byte) (*Feed, error) {
	if !slices.Contains(Categories(), o.Category) {
		return nil, fmt.Errorf("feed: no feed is of category %.40q", o.Category)
	}
	exempt, err := readExempt(popularYAML)
	if err != nil {
		return nil, err
	}
	p := &parser{options: o, exempt: exempt, feed: &Feed{Name: o.Name, Category: o.Category}}
	for _, b := range parts {
		if err := p.part(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))); err != nil {
			return nil, fmt.Errorf("feed: read %s: %w", o.Name, err)
		}
	}
	f := p.finish()
	if f.Counts.Entries() == 0 && f.Counts.Old == 0 {
		return nil, fmt.Errorf("%w (%s)", ErrEmpty, o.Name)
	}
	return f, nil
}

type parser struct {
	options Options
	exempt  *exempt
	feed    *Feed

	domains, urls, repos, files, images, exact []entry
	nets                                       []netip.Prefix
	dates                                      []dated
	date                                       time.Time // that the feed says it is of
}

type dated struct {
	name string
	day  time.Time
}

func (p *parser) part(b []byte) error {
	format := p.options.Format
	if format == Auto {
		format = p.guess(b)
	}
	switch format {
	case List, Maltrail, UT1, Hosts, Dated:
		read := map[Format]func(string){List: p.indicator, Maltrail: p.trail, UT1: p.indicator, Hosts: p.hosts, Dated: p.dated}[format]
		for line := range bytes.SplitSeq(b, []byte("\n")) {
			if format == Dated {
				p.heading(line)
			}
			if text := uncomment(line); text != "" {
				read(text)
			}
		}
		return nil
	case MISP:
		return p.misp(b)
	}
	return fmt.Errorf("no format %.40q", format)
}

// guess tells a format from the beginning of a feed.
func (p *parser) guess(b []byte) Format {
	if t := bytes.TrimLeft(b, " \t\r\n"); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		return MISP
	}
	if p.options.Category == inspect.NewDomain {
		return Dated
	}
	const sample = 64
	n, hosts := 0, 0
	for line := range bytes.SplitSeq(b[:min(len(b), 64<<10)], []byte("\n")) {
		w := strings.Fields(uncomment(line))
		if len(w) == 0 {
			continue
		}
		if a, err := netip.ParseAddr(w[0]); err == nil && len(w) > 1 && (a.IsUnspecified() || a.IsLoopback()) {
			hosts++
		}
		if n++; n >= sample {
			break
		}
	}
	if hosts > 0 && hosts*2 >= n {
		return Hosts
	}
	return List
}

// uncomment returns a line without its comment, quotes and white space.
func uncomment(line []byte) string {
	if len(line) > maxEntry {
		return ""
	}
	s := strings.TrimSpace(string(line))
	if s == "" || s[0] == '#' || s[0] == ';' || s[0] == '!' || strings.HasPrefix(s, "//") {
		return ""
	}
	for _, mark := range []string{" #", "\t#", " //", " ;"} {
		if i := strings.Index(s, mark); i >= 0 {
			s = strings.TrimSpace(s[:i])
		}
	}
	return s
}

// misp reads a warning list (https://github.com/MISP/misp-warninglists), or a plain JSON list.
func (p *parser) misp(b []byte) error {
	var doc struct {
		List []string `json:"list"`
		Type string   `json:"type"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		if err := json.Unmarshal(b, &doc.List); err != nil {
			return fmt.Errorf("parse JSON: %w", err)
		}
	}
	switch doc.Type {
	case "", "hostname", "string", "cidr":
	default: // substrings and expressions are no indicators
		p.feed.Counts.Skipped += len(doc.List)
		return nil
	}
	for _, s := range doc.List {
		if len(s) <= maxEntry {
			p.indicator(strings.TrimSpace(s))
		}
	}
	return nil
}

// trail reads a line of Maltrail (https://github.com/stamparm/maltrail): paths and names
// of programs stand among the names of hosts.
func (p *parser) trail(s string) {
	if strings.HasPrefix(s, "/") || strings.ContainsAny(s, " ()") {
		p.feed.Counts.Skipped++
		return
	}
	p.indicator(s)
}

func (p *parser) hosts(s string) {
	w := strings.Fields(s)
	if _, err := netip.ParseAddr(w[0]); err == nil {
		w = w[1:]
	}
	for _, name := range w {
		p.domain(name)
	}
}

// heading reads the date of a feed from a comment: "# date: 2006-01-02", "# Last updated: …".
func (p *parser) heading(line []byte) {
	s := strings.TrimSpace(string(line[:min(len(line), 200)]))
	if !strings.HasPrefix(s, "#") || !p.date.IsZero() {
		return
	}
	lower := strings.ToLower(s)
	if !strings.Contains(lower, "date") {
		return
	}
	for word := range strings.FieldsSeq(s) {
		if d, ok := day(word); ok {
			p.date = d
			return
		}
	}
}

// day reads the beginning of a word as a date.
func day(word string) (time.Time, bool) {
	word = strings.Trim(word, `"'`)
	if len(word) < len(time.DateOnly) {
		return time.Time{}, false
	}
	d, err := time.Parse(time.DateOnly, strings.ReplaceAll(word[:len(time.DateOnly)], "/", "-"))
	return d, err == nil
}

// dated reads a domain and a date.
func (p *parser) dated(s string) {
	var d dated
	found := false
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(",;\t |", r) }) {
		word = strings.Trim(word, `"' `)
		if t, ok := day(word); ok && !found {
			d.day, found = t, true
		} else if d.name == "" && strings.Contains(word, ".") {
			d.name = word
		}
	}
	if !found || d.name == "" {
		p.feed.Counts.Skipped++
		return
	}
	p.dates = append(p.dates, d)
}

// refang undoes how people write what is not to be clicked on.
var refang = strings.NewReplacer("[.]", ".", "(.)", ".", "[:]", ":", "hxxp", "http", "hXXp", "http")

// indicator reads one indicator of any kind.
func (p *parser) indicator(s string) {
	if strings.ContainsAny(s, "[(X") || strings.HasPrefix(s, "hxx") {
		s = refang.Replace(s)
	}
	if i := strings.IndexAny(s, " \t,"); i >= 0 { // sha256sum's name, a column of a CSV
		s = s[:i]
	}
	s = strings.Trim(s, `"'`)
	if r, ok := strings.CutPrefix(s, "||"); ok { // a filter of an ad blocker
		s, _, _ = strings.Cut(strings.TrimSuffix(r, "^"), "^")
	}
	switch {
	case s == "":
	case strings.HasPrefix(s, "sha256:"):
		if d, err := oci.ParseDigest(s); err == nil {
			p.images = append(p.images, entry{text: string(d)})
		} else {
			p.feed.Counts.Skipped++
		}
	case len(s) == 64 && isHex(s):
		b, _ := hex.DecodeString(s) // it is hex
		p.files = append(p.files, entry{text: string(b)})
	case strings.Contains(s, "://"):
		p.url(s)
	case p.address(s):
	case strings.Contains(s, "/"):
		p.pathed(s)
	default:
		p.domain(s)
	}
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

// address takes an address, one with a port, or a network.
func (p *parser) address(s string) bool {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		s = ap.Addr().String()
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return false
		}
		prefix = netip.PrefixFrom(a.Unmap().WithZone(""), a.Unmap().BitLen())
	}
	prefix = prefix.Masked()
	a := prefix.Addr()
	const widest4, widest6 = 8, 19 // what a regional registry gives out at once
	tooWide := a.Is4() && prefix.Bits() < widest4 || !a.Is4() && prefix.Bits() < widest6
	shared := slices.ContainsFunc(p.exempt.Addresses, func(e netip.Prefix) bool { return e.Overlaps(prefix) })
	switch {
	case tooWide || shared || !host.ForeignAddr(a):
		p.feed.Counts.Refused++
	case prefix.IsSingleIP():
		key := a.As16()
		p.exact = append(p.exact, entry{text: string(key[:])})
	default:
		p.nets = append(p.nets, prefix)
	}
	return true
}

// url takes a URL: without a path, it is its host.
func (p *parser) url(s string) {
	key, ok := urlKey(s)
	if !ok {
		p.feed.Counts.Skipped++
		return
	}
	name, path, _ := strings.Cut(key, "/")
	if path == "" {
		p.indicator(name)
		return
	}
	p.urls = append(p.urls, entry{text: key})
}

// pathed takes what has a slash and no scheme: a URL if what is before it is the name of a
// host other than a registry's, else a repository.
func (p *parser) pathed(s string) {
	first, _, _ := strings.Cut(s, "/")
	name, _, _ := strings.Cut(first, ":")
	if host.Foreign(name) && !isRegistry(name) {
		p.url("http://" + s)
		return
	}
	ref, err := oci.ParseReference(s)
	if err != nil {
		p.feed.Counts.Skipped++
		return
	}
	p.repos = append(p.repos, entry{text: repositoryKey(ref.Registry + "/" + ref.Repository)})
}

// isRegistry knows the names of registries that repositories are written with.
func isRegistry(name string) bool {
	switch name {
	case "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "ghcr.io", "quay.io", "gcr.io", "mcr.microsoft.com", "public.ecr.aws", "registry.gitlab.com":
		return true
	}
	return strings.HasSuffix(name, ".gcr.io") || strings.HasSuffix(name, ".pkg.dev") || strings.HasSuffix(name, ".azurecr.io") || strings.HasPrefix(name, "registry.")
}

// domain takes the name of a host, or a pattern of all below it.
func (p *parser) domain(s string) {
	if n, ok := p.checked(s); ok {
		p.domains = append(p.domains, entry{text: n})
	}
}

// checked returns a domain in its one form, unless it would match too much.
func (p *parser) checked(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "*"), ".")
	if name, port, ok := strings.Cut(s, ":"); ok {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			s = name
		}
	}
	if !isName(s) {
		p.feed.Counts.Skipped++
		return "", false
	}
	above := registrable(s)
	if p.feed.Category == inspect.DynamicDNS {
		above = belowRegistry(s)
	}
	if p.feed.Category != Allow && (p.exempt.names[strings.TrimPrefix(s, "www.")] || above == "") {
		p.feed.Counts.Refused++
		return "", false
	}
	return s, true
}

// isName accepts names of two labels and more, of letters, digits, hyphens and underscores.
func isName(s string) bool {
	if s == "" || len(s) > maxName || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; !(c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return true
}

// urlKey writes a URL as feeds are asked for it: without scheme and fragment, the host in
// lower case, without the usual ports.
func urlKey(s string) (string, bool) {
	r, ok := host.Parse(s)
	if !ok || r.Host == "" {
		return "", false
	}
	key := r.Host
	if strings.Contains(key, ":") {
		key = "[" + key + "]"
	}
	if r.Port != "" && r.Port != "80" && r.Port != "443" {
		key += ":" + r.Port
	}
	path, _, _ := strings.Cut(r.Path, "#")
	return key + cmp.Or(path, "/"), true
}

// finish makes the tables and lets go of what they are made of.
func (p *parser) finish() *Feed {
	f := p.feed
	f.date = p.date
	for _, d := range p.dates {
		if p.date.IsZero() && d.day.After(f.date) {
			f.date = d.day
		}
	}
	days := cmp.Or(p.options.Days, 30)
	for _, d := range p.dates {
		age := int(f.date.Sub(d.day).Hours() / 24)
		if age > days {
			f.Counts.Old++
			continue
		}
		if n, ok := p.checked(d.name); ok {
			p.domains = append(p.domains, entry{n, uint16(max(0, age))})
		}
	}
	f.domains = makeTable(p.domains, p.dates != nil)
	f.urls, f.repos, f.files = makeTable(p.urls, false), makeTable(p.repos, false), makeTable(p.files, false)
	f.images, f.exact = makeTable(p.images, false), makeTable(p.exact, false)
	slices.SortFunc(p.nets, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	f.nets = slices.Clip(slices.Compact(p.nets))
	c := &f.Counts
	c.Domains, c.URLs, c.Repositories, c.Files, c.Images = f.domains.len(), f.urls.len(), f.repos.len(), f.files.len(), f.images.len()
	c.Addresses = f.exact.len() + len(f.nets)
	f.sum = f.hash()
	return f
}

// hash names what is in the feed.
func (f *Feed) hash() (sum [32]byte) {
	h := sha256.New()
	for _, t := range []*table{&f.domains, &f.urls, &f.repos, &f.files, &f.images, &f.exact} {
		t.hash(h)
	}
	if f.domains.days != nil {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(f.date.Unix())))
	}
	for _, n := range f.nets {
		h.Write([]byte(n.String() + "\n"))
	}
	h.Sum(sum[:0])
	return sum
}
