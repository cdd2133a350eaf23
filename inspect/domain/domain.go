// Package domain recognises the use of hosts that are known for something: those on the
// administrator's feeds, and those whose names anybody gets at once and for nothing.
//
// It looks only where a host is used: in what an image starts, in scripts and in settings;
// not in documentation, tests, packages' files and programs' code. It promises that a
// finding is confidence high only where the host is in what is run, and that blocklists,
// comments and the services' own hosts are not findings. What feeds say it believes, as
// package feed has them; a finding names the feed.
//
// The suffixes and the examples are in rules.yaml.
package domain

import (
	"bytes"
	"net/netip"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "8"

// A Detector finds hosts. Make one with New; it may be used from many goroutines.
type Detector struct {
	data     *data
	catalog  *catalog.Catalog
	feeds    *feed.Set
	feeding  bool // the feeds have something to look for
	patterns []inspect.Pattern
}

// New makes the detector from the rules that it is built with and from feeds, which may be nil.
func New(feeds *feed.Set) (*Detector, error) {
	d, c, err := read(rulesYAML)
	if err != nil {
		return nil, err
	}
	feeding := feeds.Has(func(c feed.Counts) int { return c.Domains + c.URLs + c.Addresses })
	return &Detector{data: d, catalog: c, feeds: feeds, feeding: feeding, patterns: d.patterns()}, nil
}

// Name returns "domain".
func (d *Detector) Name() string { return d.catalog.Detector }

// Version names the code, the rules and what is on the feeds.
func (d *Detector) Version() string {
	return codeVersion + "-" + d.catalog.Version + "-" + d.feeds.Version()
}

// Rules lists the rules.
func (d *Detector) Rules() []inspect.Rule { return d.catalog.List() }

// Patterns returns what is looked for whatever the feeds are.
func (d *Detector) Patterns() []inspect.Pattern { return d.patterns }

// Wants asks for the hits of what may use a host, and for its content if there are feeds
// to hold it against, or if it is a part of a config.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	switch {
	case f.Type == inspect.Document:
		return inspect.Hits | inspect.Content
	case f.Type != inspect.Regular:
		return inspect.Nothing
	case program(f):
		if d.feeding {
			return inspect.Hits | inspect.Content
		}
		return inspect.Hits
	case bytes.IndexByte(f.Head, 0) >= 0:
		return inspect.Nothing
	}
	switch kind := place.KindOf(f); {
	case kind == place.Launch, kind == place.Script, kind == place.Config, place.Loose(f):
	case kind == place.Prose:
		settings := consulted(f.Path) || strings.HasPrefix(f.Path, "etc/") && path.Ext(f.Path) == ".txt"
		if !page(f.Path) && !settings && !note(f) || place.Apart(f) {
			return inspect.Nothing
		}
	case kind == place.Source: // some languages are run as they are written
		if place.Apart(f) {
			return inspect.Nothing
		}
	case kind == place.Other:
		if f.Mode&0o111 == 0 && !strings.HasPrefix(f.Path, "etc/") && !consulted(f.Path) && path.Ext(f.Path) != ".ovpn" && (!page(f.Path) && !note(f) || place.Apart(f)) {
			return inspect.Nothing
		}
	default:
		return inspect.Nothing
	}
	if !d.feeding {
		return inspect.IfHit // there is nothing to hold it against but what was hit
	}
	return inspect.Hits | inspect.Content
}

// Judge reports at most one finding a rule for a file: the surest.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	machine := f.Type == inspect.Regular && program(f)
	if len(s.Hits) == 0 && !d.feeding || !machine && bytes.IndexByte(s.Content, 0) >= 0 {
		return
	}
	j := &judgement{d: d, f: f, text: s.Content, out: d.catalog.Open(f, s), place: place.Of(f)}
	for _, h := range s.Hits {
		switch {
		case h.Pattern == patternUpdate:
			j.updates(h)
		case !machine || len(h.Groups[1]) > 0 || len(h.Groups[3]) > 0 && h.Groups[3][0] == ':':
			j.dynamic(h)
		}
	}
	switch {
	case d.feeding && machine:
		j.called()
	case d.feeding:
		j.scan()
	}
	j.out.Report(found)
}

// judgement is the work on one file.
type judgement struct {
	d     *Detector
	f     *inspect.File
	text  []byte
	out   *catalog.Case
	place place.Place

	matches []match
	listed  map[string]bool // the indicators that were found, each once
	bare    *bare           // what the file is as a list of names, once that is asked
}

// A match is a host that is on a feed, and where.
type match struct {
	feed.Match
	host   string
	offset int
	sure   inspect.Level
}

// sureOfUse says how sure it is that what stands in the file is used.
func (j *judgement) sureOfUse() inspect.Level {
	switch {
	case j.f.Type == inspect.Document:
		switch j.f.Path {
		case "config:entrypoint", "config:cmd", "config:env", "config:healthcheck", "config:onbuild", "config:history", "config:shell":
			return inspect.High
		case "config:other":
			return inspect.Medium
		}
		return inspect.Low
	case path.Ext(j.f.Path) == ".pth":
		return inspect.High // Python runs it whenever it starts
	case j.place.Aside || j.place.Vendor || j.place.Rules:
		return inspect.Low
	case j.place.Kind == place.Launch || j.place.Kind == place.Script || consulted(j.f.Path):
		return inspect.High
	}
	return inspect.Medium
}

// consulted reports whether a file says where programs look names up or fetch packages
// from: what it names is used, whatever the image starts.
func consulted(p string) bool {
	switch p {
	case "etc/hosts", "etc/resolv.conf", "etc/apk/repositories", "etc/apt/sources.list", "etc/pip.conf", "etc/environment", "etc/docker/daemon.json", "etc/wgetrc", "etc/gitconfig", "etc/npmrc", "usr/local/etc/npmrc":
		return true
	}
	for _, dir := range [...]string{"etc/apt/sources.list.d/", "etc/yum.repos.d/", "etc/zypp/repos.d/", "etc/apt/apt.conf.d/"} {
		if strings.HasPrefix(p, dir) {
			return true
		}
	}
	base := path.Base(p)
	switch base {
	case "uv.toml", "poetry.toml", "bunfig.toml", "nuget.config", "NuGet.Config", "NuGet.config", "settings.gradle", "settings.gradle.kts", "build.gradle.kts", "init.gradle", "build.sbt", "registries.conf", "buildkitd.toml", "hosts.toml", ".pypirc",
		"pacman.conf", "mirrorlist", "nix.conf", "Rprofile.site", ".Rprofile", "Brewfile", "Podfile", "go.mod", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "Pipfile.lock", "Gemfile.lock", "composer.lock", "Cargo.lock",
		".gitmodules", ".bazelrc", "sources.list", "repositories.yaml",
		"Gemfile", "Pipfile", "pip.ini", ".terraformrc", ".condarc", "build.gradle", "pom.xml", ".npmrc", ".yarnrc", ".yarnrc.yml", "pip.conf", ".gitconfig", ".wgetrc", ".curlrc", ".gemrc":
		return true
	}
	switch path.Ext(base) {
	case ".pth", ".tf":
		return true
	case ".txt":
		return strings.HasPrefix(base, "requirements") || strings.HasPrefix(base, "constraints")
	}
	return strings.HasSuffix(p, ".cargo/config.toml") || strings.HasSuffix(p, ".m2/settings.xml")
}

// maxNote is the largest file, in bytes, that may hold an address for the program beside it. What is
// larger is a list, of what somebody looks for more often than not.
const maxNote = 256

// note reports whether a file may be one that a program beside it reads an address from: a small
// one of no particular kind, where those who make images put their own files.
func note(f *inspect.File) bool {
	if f.Size <= 0 || f.Size > maxNote {
		return false
	}
	switch strings.ToLower(path.Ext(f.Path)) {
	case "", ".txt", ".url", ".endpoint", ".link", ".host":
	default:
		return false
	}
	switch base := strings.ToLower(path.Base(f.Path)); {
	case strings.HasPrefix(base, "readme"), strings.HasPrefix(base, "licen"), strings.HasPrefix(base, "copying"), strings.HasPrefix(base, "change"), strings.HasPrefix(base, "author"), strings.HasPrefix(base, "notice"), strings.HasPrefix(base, "news"):
		return false
	}
	top, _, _ := strings.Cut(f.Path, "/")
	switch top {
	case "usr", "var", "etc", "lib", "lib32", "lib64", "bin", "sbin", "boot", "proc", "sys", "run", "dev":
		return strings.HasPrefix(f.Path, "usr/local/bin/") || strings.HasPrefix(f.Path, "var/tmp/") || strings.HasPrefix(f.Path, "dev/shm/")
	}
	return true
}

// page reports whether a file is a page that a web server shows.
func page(p string) bool {
	switch path.Ext(strings.ToLower(p)) {
	case ".html", ".htm", ".xhtml", ".css", ".svg", ".webmanifest":
		return true
	}
	return false
}

// dynamic judges a hit of a pattern: a name below a suffix.
func (j *judgement) dynamic(h inspect.Hit) {
	name := strings.ToLower(string(h.Groups[2]))
	label, rule := j.d.data.customers(name)
	if suffix, _ := publicsuffix.PublicSuffix(name); suffix == name {
		return // below which customers have their names
	}
	offset := int(h.Offset)
	line, at := j.line(offset)
	if label == "" || commented(line[:min(at, len(line))]) || at > 0 && at <= len(line) && strings.IndexByte("$}%>{*", line[at-1]) >= 0 {
		return
	}
	sure := min(j.sureOfUse(), inspect.Medium)
	connects := len(h.Groups[1]) > 0 || len(h.Groups[3]) > 0 || fetches(line)
	switch j.f.Path {
	case "config:entrypoint", "config:cmd", "config:env", "config:healthcheck":
		if j.f.Type == inspect.Document && (connects || j.f.Path != "config:env" && fetches(string(j.text))) {
			sure = inspect.High
		}
	}
	if j.d.data.stands(label) || blocking(line) {
		sure = inspect.Low
	}
	j.out.Add(rule, sure, min(offset, len(j.text)), name)
}

// line returns the line of the content that an offset is in, and where in it that is.
func (j *judgement) line(offset int) (string, int) {
	if offset > len(j.text) {
		return "", 0
	}
	start := bytes.LastIndexByte(j.text[:offset], '\n') + 1
	end := bytes.IndexByte(j.text[offset:], '\n')
	if end < 0 {
		end = len(j.text) - offset
	}
	const most = 4096 // a line of minified code says no more than its piece here
	from, to := max(start, offset-most), min(offset+end, offset+most)
	return string(j.text[from:to]), offset - from
}

// commented reports whether what follows on a line is in a comment of a shell, of most
// settings and of most languages.
func commented(before string) bool {
	t := strings.TrimSpace(before)
	return strings.HasPrefix(t, "#") && !strings.HasPrefix(t, "#(nop)") || strings.HasPrefix(t, "//") || strings.HasPrefix(t, "/*") || len(t) > 2 && t[:2] == "* " && strings.IndexByte("*/0123456789", t[2]) < 0 ||
		strings.HasPrefix(t, ";") || strings.HasPrefix(t, "--") && !strings.Contains(t, "=") || strings.Contains(t, " # ")
}

// fetches reports whether a line has a program in it that connects to a host.
func fetches(line string) bool {
	for w := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" \t\n;|&()'\"`$=", r) }) {
		switch path.Base(w) {
		case "curl", "wget", "nc", "ncat", "netcat", "ssh", "scp", "sftp", "socat", "telnet", "ftp", "tftp", "lftp", "rsync", "fetch", "aria2c", "axel", "openssl", "autossh", "chisel", "frpc", "nps", "git", "ping", "bash":
			return true
		}
		if strings.HasPrefix(w, "/dev/tcp/") || strings.HasPrefix(w, "/dev/udp/") {
			return true
		}
	}
	return false
}

// listOfHosts is how many hosts of feeds make a file a list of them.
const listOfHosts = 20

// scan holds every host that the content names against the feeds.
func (j *judgement) scan() {
	j.listed = map[string]bool{}
	text := argv.Expanded(j.f, j.text)
	const maxSeen = 1 << 14 // names that are not asked for again
	seen := map[string]bool{}
	urls := j.d.feeds.Has(func(c feed.Counts) int { return c.URLs })
	for at := 0; at < len(text); {
		start, end := nextName(text, at)
		if start < 0 {
			break
		}
		at = end
		name := text[start:end]
		var url []byte
		if urls {
			url = urlAt(text, end)
		}
		if asked := text[start : end+len(url)]; seen[string(asked)] {
			continue
		} else if len(seen) < maxSeen {
			seen[string(asked)] = true
		}
		for _, m := range j.ask(string(name), string(url)) {
			j.note(m, string(name), start)
		}
	}
	j.report()
}

// report reports the matches, when all are known.
func (j *judgement) report() {
	for _, m := range j.matches {
		if len(j.listed) >= listOfHosts && j.f.Type != inspect.Document {
			m.sure = inspect.Low
		}
		said := m.host + ", on the feed " + m.Feed
		if m.Indicator != m.host {
			said += " as " + m.Indicator
		}
		if m.Date != "" {
			said += ", registered on " + m.Date
		}
		j.out.Add(ruleOf(m.Category), m.sure, min(m.offset, len(j.text)), said)
	}
}

// ask looks up a name or an address, and what follows it as a URL.
func (j *judgement) ask(name, rest string) []feed.Match {
	var out []feed.Match
	if a, err := netip.ParseAddr(name); err == nil {
		out = j.d.feeds.Addr(a)
	} else {
		out = j.d.feeds.Domain(name)
	}
	if rest != "" {
		out = append(out, j.d.feeds.URL("http://"+name+rest)...)
	}
	return out
}

// note keeps a match, at most maxMatches of them.
func (j *judgement) note(m feed.Match, name string, offset int) {
	const maxMatches = 256
	j.listed[m.Indicator] = true
	if len(j.matches) >= maxMatches {
		return
	}
	sure := j.sureOfUse()
	if m.Category == inspect.DynamicDNS {
		first, _, _ := strings.Cut(name, ".")
		if strings.EqualFold(name, m.Indicator) || slices.Contains(j.d.data.Service, strings.ToLower(first)) {
			return // the service itself
		}
		if sure = min(sure, inspect.Medium); slices.Contains(j.d.data.Placeholder, strings.ToLower(first)) {
			sure = inspect.Low
		}
	}
	if offset <= len(j.text) {
		switch line, at := j.line(offset); {
		case commented(line[:min(at, len(line))]):
			return
		case blocking(line), compared(line[:min(at, len(line))]), j.settings() && j.refused(offset, line):
			sure = inspect.Low
		}
	}
	inUse := j.place.Kind == place.Config && !j.place.Aside && !j.place.Vendor && !j.place.Rules && j.f.Type != inspect.Document
	switch {
	case m.Category == inspect.MaliciousDomain && inUse && sure == inspect.Medium:
		sure = inspect.High // somebody vouches for its being bad, and it is there to be used
	case m.Category == inspect.NewDomain && j.fetched(offset):
		// what was fetched is in the image
	case m.Category == inspect.NewDomain && j.listing():
		sure = inspect.Low
	case m.Category == inspect.NewDomain && !(consulted(j.f.Path) && j.f.Type == inspect.Regular):
		sure = min(sure, inspect.Medium)
	}
	j.matches = append(j.matches, match{m, name, offset, sure})
}

// ruleOf is the rule of a feed's category.
func ruleOf(c inspect.Category) string {
	switch c {
	case inspect.NewDomain:
		return ruleNew
	case inspect.DynamicDNS:
		return ruleDynamic
	case inspect.Malware:
		return ruleMalware
	}
	return ruleMalicious
}

// nextName finds the next run of letters, digits, hyphens and dots from at on that may be
// a name with a dot or an IPv4 address; -1 if there is none.
func nextName(text []byte, at int) (start, end int) {
	const shortest, longest = 4, 253
	for at < len(text) {
		for at < len(text) && !nameByte[text[at]] {
			at++
		}
		start, dots := at, 0
		for at < len(text) && nameByte[text[at]] {
			if text[at] == '.' {
				dots++
			}
			at++
		}
		end = at
		for end > start && (text[end-1] == '.' || text[end-1] == '-') {
			end--
		}
		for start < end && (text[start] == '.' || text[start] == '-') {
			start++
		}
		if dots > 0 && end-start >= shortest && end-start <= longest && bytes.IndexByte(text[start:end], '.') > 0 {
			return start, end
		}
	}
	return -1, at
}

// urlAt returns what follows a host's name in a URL: its port and its path.
func urlAt(text []byte, at int) []byte {
	if at >= len(text) || text[at] != '/' && text[at] != ':' {
		return nil
	}
	const longest = 1024
	end := at
	for end < len(text) && end-at < longest && strings.IndexByte(" \t\r\n\"'<>`|;)\\", text[end]) < 0 {
		end++
	}
	return text[at:end]
}

// nameByte are the bytes of a host's name.
var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	return t
}()
