// Package miner recognises programs that mine cryptocurrencies, and what starts them.
//
// It promises confidence high only for combinations that honest software does not have:
// a pool's address where something is started, with a miner's options or with a wallet
// whose checksum is right; the settings of a miner; machine code that holds the words of
// three of a miner's parts. One word alone, or any number of them in a text that is
// there to be read, stays low. It trusts nothing that the bytes say of themselves:
// programs are known by their contents, not by their names.
//
// The data, with its sources and examples, is in rules.yaml.
package miner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "6"

// The patterns' ids. The words of each group have one of their own, so that many of one
// kind leave room for the others.
const (
	patternStratum = "stratum"
	patternPool    = "pool"
	patternWallet  = "wallet"
	patternFlag    = "flag"
	patternDonate  = "donate"
	patternHint    = "hint" // means nothing but that the content is worth reading
	patternGroup   = "group-"
)

// A Detector finds miners. Make one with New; it may be used from many goroutines.
type Detector struct {
	reader
	version  string
	patterns []inspect.Pattern
}

// New makes the detector from the rules that it is built with.
func New() (*Detector, error) {
	d, err := parse(rulesYAML)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(rulesYAML)
	return &Detector{
		reader:   reader{data: d},
		version:  codeVersion + "-" + hex.EncodeToString(sum[:8]),
		patterns: patterns(d),
	}, nil
}

// Name returns "miner".
func (d *Detector) Name() string { return "miner" }

// Version names the code and the rules.
func (d *Detector) Version() string { return d.version }

// Patterns returns what is looked for in every file.
func (d *Detector) Patterns() []inspect.Pattern { return d.patterns }

func patterns(d data) []inspect.Pattern {
	quoted := make([]string, len(d.Pools))
	for i, p := range d.Pools {
		quoted[i] = regexp.QuoteMeta(p)
	}
	out := []inspect.Pattern{
		{
			ID:       patternStratum,
			Literals: []string{"stratum", "ethproxy+", "ethnh+", "nicehash+", "daemon+http"},
			Regexp:   regexp.MustCompile(`(?i)\b((?:stratum[12]?s?(?:\+[a-z0-9.]{2,8})?|(?:ethproxy|ethnh|nicehash)\+[a-z]{2,8}|daemon\+https?)://(?:[^@/\s"'<>]{1,200}@)?[a-z0-9\[][a-z0-9.:_-]{0,252}\]?:[0-9]{2,5})\b`),
			Max:      64,
		},
		{
			ID:       patternPool,
			Literals: d.Pools,
			Regexp:   regexp.MustCompile(`(?i)(https?://)?\b((?:[a-z0-9-]{1,63}\.){0,4}(?:` + strings.Join(quoted, "|") + `))(:[0-9]{2,5}\b)?`),
			Before:   80, After: 16, Max: 64,
		},
		{
			ID: patternWallet,
			Literals: []string{
				"-u=", "-u:", "-u,", `-u"`, "-u'", "-u =", "-u :", "-u ,", "-u  ", "-u 4", "-u 8", `-u "4`, `-u "8`, "-u '4", "-u '8",
				"user=", "user:", "user,", `user"`, "user'", "user =", "user :", "user ,", "user  ", "user 4", "user 8", `user "4`, `user "8`, "user '4", "user '8",
				"wallet", "address=", "address:", `address"`, "address'",
				`login":"4`, `login":"8`, `login": "4`, `login": "8`, "login':'4", "login':'8", "login': '4", "login': '8", `login\":\"4`, `login\":\"8`,
			},
			Regexp: regexp.MustCompile(`(?:(?:-u|[Uu]ser|USER)(?:["'=:,][ =:,]{0,3}["']?| [ =:,][ =:,]?["']?| ["']?)|(?:[Ww]allet|WALLET)["']?[ =:,]{1,3}["']?|(?:[Aa]ddress|ADDRESS)["'=:][ =:,]{0,3}["']?|login(?:": ?"|': ?'|\\":\\"))([48][1-9A-HJ-NP-Za-km-z]{94,105})\b`),
			Check:  func(groups [][]byte) bool { return isMonero(string(groups[1])) },
		},
		{ID: patternFlag, Literals: d.Flags, Max: 32},
		{ID: patternDonate, Literals: d.Donate},
		{ID: patternHint, Literals: append(slices.Clone(d.Hints), d.Programs...), Max: 1},
	}
	for _, name := range slices.Sorted(maps.Keys(d.Groups)) {
		p := inspect.Pattern{ID: patternGroup + name, Literals: d.Groups[name], Max: 64}
		if name == groupKernel { // not the beginning of another word: randomXor
			p.Regexp = regexp.MustCompile(`(?i)(` + strings.Join(d.Groups[name], "|") + `)(?:[^a-z]|$)`)
			p.Before, p.After = 1, 1
		}
		if name == groupWeb { // with the key that is paid, or what it is paid for
			p.Regexp, p.After = webPattern, 240
		}
		out = append(out, p)
	}
	return out
}

// webPattern is a call with a site's key, of the libraries that were made after CoinHive's,
// a message of webminerpool's and deepMiner's scripts to their proxies, its call with a wallet
// (https://github.com/notgiven688/webminerpool), or such a library by its settings or where it is fetched.
var webPattern = regexp.MustCompile(`(?i)((?:(?:CoinHive|Client|CryptoLoot|CRLT|Minero|DeepMiner|PowerMiner|WMP)\.(?:Anonymous|User))\()\s*["'][0-9A-Za-z_-]{18,}["']|(identifier"?: ?"(?:handshake|solved)")[^\n]{0,120}(?:pool|job_id|nonce)` +
	`|((?:startMining|perfektstart)\()\s*["'][\w.:-]{3,80}["']\s*,\s*["'][0-9A-Za-z.+]{20,}|(CoinHive\.CONFIG) ?=|(WEBSOCKET_SHARDS) ?:|(site_key)"?: ?[^\n]{1,80}type"?: ?"anonymous"` +
	`|\bsrc ?= ?\\?["'](?:https?:)?//((?:[\w-]{1,63}\.){0,3}(?:coinhive\.com|coin-hive\.com|authedmine\.com|hostingcloud\.(?:racing|science|party|review|download|bid|loan|win|date|faith|accountant|cricket|trade|stream)|webminepool\.com|load\.jsecoin\.com|crypto-loot\.com|cryptoloot\.pro|minero\.cc|monerominer\.rocks|ppoi\.org|projectpoi\.com|webassembly\.stream|coinimp\.com|minr\.pw|cnhv\.co|browsermine\.com|webmine\.cz|coin-have\.com))/`)

// Wants asks for the hits of every file and for the content of those that a person could
// have written to be run or read as settings.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	if f.Type != inspect.Regular && f.Type != inspect.Document {
		return inspect.Nothing
	}
	switch kind := place.RunAs(f); {
	case kind == place.Launch, f.Type == inspect.Document:
		return inspect.Hits | inspect.Content
	case kind == place.Script, kind == place.Config:
		return inspect.IfHit
	case kind == place.Other && f.Size <= inspect.MaxContent && bytes.IndexByte(f.Head, 0) < 0:
		return inspect.IfHit
	}
	return inspect.Hits
}

// Judge reports at most one finding a rule for a file: the surest.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	c := &judgement{d: d, f: f, seen: s, place: place.Of(f), as: place.RunAs(f)}
	c.countHits()
	c.web()
	switch c.as {
	case place.Binary:
		c.binary()
	case place.Prose:
	default:
		if !c.worthReading() {
			break
		}
		if c.settings() {
			break // the rest would say the same of the same lines
		}
		c.launch()
		c.walletAndPool()
		c.protocol()
		c.keys()
	}
	if len(c.findings) == 0 && (c.fromHits.stratum != "" || len(c.pools) > 0) {
		c.add(ruleMention, inspect.Low, c.first, c.firstLine, c.mentioned())
	}
	if len(c.findings) == 0 {
		return
	}
	for _, r := range d.data.Rules { // in the order of the file, so that reports do not vary
		if g, ok := c.findings[r.ID]; ok {
			found(g)
		}
	}
}

// judgement is the work on one file.
type judgement struct {
	d        *Detector
	f        *inspect.File
	seen     inspect.Seen
	place    place.Place
	as       place.Kind                 // what it would be run as
	findings map[string]inspect.Finding // by rule id; nil until there is one

	fromHits  signals
	pools     []string            // the known pools' hosts, each once
	groups    map[string][]string // the distinct words of each group
	first     int64               // where the first stratum URL or pool is
	firstLine int
}

// listOfPools is how many different pools make a file a list of them, such as a
// blocklist or the rules of a scanner like this one. A miner knows a few.
const listOfPools = 20

// smallLaunch is the size, in bytes, up to which a file that is started is read even
// when no pattern was found in it. Reading is slower than searching by far.
const smallLaunch = 64 << 10

func (c *judgement) worthReading() bool {
	return len(c.seen.Hits) > 0 || c.f.Type == inspect.Document || c.as == place.Launch && len(c.seen.Content) <= smallLaunch
}

func (c *judgement) isList() bool { return len(c.pools) >= listOfPools }

// countHits sorts the engine's hits.
func (c *judgement) countHits() {
	for _, h := range c.seen.Hits {
		switch h.Pattern {
		case patternStratum:
			c.d.word(&c.fromHits, string(h.Groups[1]))
		case patternPool:
			host := strings.ToLower(string(h.Groups[2]))
			if !slices.Contains(c.pools, host) {
				c.pools = append(c.pools, host)
			}
			if c.fromHits.pool == "" && len(h.Groups[1]) == 0 && len(h.Groups[3]) > 0 {
				c.fromHits.pool = host + string(h.Groups[3])
			}
		case patternWallet:
			c.fromHits.wallet = wallet{coin: monero, address: string(h.Groups[1]), offset: int(h.Offset)}
		case patternFlag:
			c.fromHits.say(strings.ToLower(string(h.Groups[0])))
		case patternHint:
		case patternDonate:
			c.group(patternDonate, h)
		default:
			c.group(strings.TrimPrefix(h.Pattern, patternGroup), h)
		}
		if c.first == 0 && c.firstLine == 0 && (h.Pattern == patternStratum || h.Pattern == patternPool) {
			c.first, c.firstLine = h.Offset, h.Line
		}
	}
}

func (c *judgement) group(name string, h inspect.Hit) {
	word := ""
	for _, g := range h.Groups[1:] { // of several forms, the one that matched
		if word == "" {
			word = strings.ToLower(string(g))
		}
	}
	if word == "" {
		word = strings.ToLower(string(h.Groups[0]))
	}
	if c.groups == nil {
		c.groups = map[string][]string{}
	}
	if !slices.Contains(c.groups[name], word) {
		c.groups[name] = append(c.groups[name], word)
	}
}

// add keeps a finding if it is surer than what is known of the rule.
func (c *judgement) add(id string, sure inspect.Level, offset int64, line int, evidence string) {
	r := c.d.data.rule(id)
	if sure = c.limit(r, sure); !c.surer(id, sure) {
		return
	}
	if c.findings == nil {
		c.findings = map[string]inspect.Finding{}
	}
	c.findings[id] = inspect.Finding{
		Rule: "miner/" + id, Category: inspect.Miner, Severity: r.Severity, Confidence: sure,
		Path: c.f.Path, Offset: offset, Line: line, Evidence: redact.Text(r.What + ": " + evidence),
	}
}

// addAt is add for a place in the content, whose line it counts only when it is needed:
// once a rule and confidence, not once a command.
func (c *judgement) addAt(id string, sure inspect.Level, offset int, evidence string) {
	if !c.surer(id, c.limit(c.d.data.rule(id), sure)) {
		return
	}
	line := 0
	if c.seen.Text {
		line = 1 + bytes.Count(c.seen.Content[:min(offset, len(c.seen.Content))], []byte("\n"))
	}
	c.add(id, sure, int64(offset), line, evidence)
}

// limit returns how sure a finding of r may be; in a file that lists pools, not at all.
func (c *judgement) limit(r rule, sure inspect.Level) inspect.Level {
	if c.isList() {
		return inspect.Low
	}
	return min(sure, r.Confidence)
}

func (c *judgement) surer(id string, sure inspect.Level) bool {
	old, ok := c.findings[id]
	return !ok || old.Confidence < sure
}

func (c *judgement) mentioned() string {
	names := c.pools
	if c.fromHits.stratum != "" {
		names = append([]string{c.fromHits.stratum}, names...)
	}
	return strings.Join(names[:min(3, len(names))], ", ")
}

// describe lists signals as evidence, without the values that may be secret.
func (s signals) describe() string {
	var parts []string
	for _, p := range []string{s.program, s.stratum, s.pool, s.endpoint, s.local} {
		if p != "" && !slices.Contains(parts, p) && !strings.HasSuffix(s.stratum, "/"+p) {
			parts = append(parts, p)
		}
	}
	if s.wallet.coin != "" {
		parts = append(parts, string(s.wallet.coin)+" wallet "+redact.Address(s.wallet.address))
	}
	return strings.Join(append(parts, s.words...), ", ")
}

// Rules lists what it may say.
func (d *Detector) Rules() []inspect.Rule {
	var out []inspect.Rule
	for _, r := range d.data.Rules {
		out = append(out, inspect.Rule{ID: "miner/" + r.ID, Category: inspect.Miner, Severity: r.Severity, Confidence: r.Confidence, What: r.What, Source: r.Source})
	}
	return out
}
