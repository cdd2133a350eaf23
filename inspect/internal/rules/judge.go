package rules

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

// A spot is a place that Rule.In names: parts of the image's config, then kinds of files.
type spot uint8

const (
	inStart   spot = iota // config:entrypoint, config:cmd, config:healthcheck, config:onbuild
	inEnv                 // config:env
	inHistory             // config:history
	inLabel               // the other parts of configs and manifests
	inLaunch              // as in package place, and so on
	inScript
	inProgram // a script that can be run as it is; like script for a rule that does not name it
	inSource
	inConfig
	inBinary
	inProse
	inOther
)

// spots are the names of the spots.
var spots = [...]string{
	inStart: "start", inEnv: "env", inHistory: "history", inLabel: "label", inLaunch: "launch", inScript: "script", inProgram: "program",
	inSource: "source", inConfig: "config", inBinary: "binary", inProse: "prose", inOther: "other",
}

// spotOf says at which spot a file is.
func spotOf(f *inspect.File, kind place.Kind) spot {
	if f.Type == inspect.Document {
		switch f.Path {
		case "config:entrypoint", "config:cmd", "config:healthcheck", "config:onbuild", "config:shell":
			return inStart
		case "config:env":
			return inEnv
		case "config:history":
			return inHistory
		}
		return inLabel
	}
	switch kind {
	case place.Launch:
		return inLaunch
	case place.Script:
		if f.Mode&0o111 != 0 && bytes.HasPrefix(f.Head, []byte("#!")) {
			return inProgram
		}
		return inScript
	case place.Source:
		return inSource
	case place.Config:
		return inConfig
	case place.Binary:
		return inBinary
	case place.Prose:
		return inProse
	}
	return inOther
}

// spotsOf says at which spot a file is, and at which it would be if something ran it.
func spotsOf(f *inspect.File) (in, as spot) {
	kind, run := place.Kinds(f)
	in = spotOf(f, kind)
	if as = in; run != kind {
		as = spotOf(f, run)
	}
	return in, as
}

// A Case is the work on one file.
type Case struct {
	File  *inspect.File
	Seen  inspect.Seen
	Place place.Place

	in       spot
	as       spot // what its first words alone make it, should something run it; in if nothing does
	detector *Detector
	matched  map[string]match // by rule, the surest; nil until there is one
}

// A match is what a rule has found.
type match struct {
	sure     inspect.Level
	offset   int64
	line     int
	evidence string
}

func (d *Detector) open(f *inspect.File, s inspect.Seen) *Case {
	p := place.Of(f)
	c, ok := d.cases.Get().(*Case)
	if !ok {
		c = &Case{}
	}
	in, as := spotsOf(f)
	*c = Case{File: f, Seen: s, Place: p, in: in, as: as, detector: d}
	return c
}

// close lets go of a case; another file's is made in its memory.
func (d *Detector) close(c *Case) {
	*c = Case{}
	d.cases.Put(c)
}

// Add keeps a finding of a rule of the detector's code, at an offset of the content. No
// place lowers it: what the code says is what is said. The rule must be in the YAML.
func (c *Case) Add(id string, sure inspect.Level, offset int, evidence string) {
	i := slices.IndexFunc(c.detector.rules, func(r *Rule) bool { return r.ID == id })
	line := 0
	if c.Seen.Text && len(c.Seen.Content) > 0 {
		line = 1 + bytes.Count(c.Seen.Content[:min(offset, len(c.Seen.Content))], []byte("\n"))
	}
	c.keep(c.detector.rules[i], match{min(sure, c.detector.rules[i].Confidence), int64(offset), line, evidence})
}

// isFor reports whether a rule says anything at a spot.
func (r *Rule) isFor(at spot) bool {
	_, ok := r.in(at)
	return ok || len(r.In) == 0
}

// only says which files the rule's patterns are for.
func (r *Rule) only() inspect.Only {
	if !r.isFor(inBinary) {
		return inspect.Texts
	}
	for at := range spots {
		if spot(at) != inBinary && r.isFor(spot(at)) {
			return 0
		}
	}
	return inspect.Code
}

// in is what Rule.In says of a spot, by its own name or as a script.
func (r *Rule) in(at spot) (sure inspect.Level, ok bool) {
	if sure, ok = r.In[spots[at]]; !ok && at == inProgram {
		sure, ok = r.In[spots[inScript]]
	}
	return sure, ok
}

// sure says how sure a rule is in this file; not ok where it says nothing.
func (c *Case) sure(r *Rule) (sure inspect.Level, ok bool) {
	if sure, ok = r.sureAt(c.in); c.as != c.in {
		run, is := r.sureAt(c.as)
		sure, ok = max(sure, min(run, inspect.Medium)), ok || is
	}
	if !ok {
		return inspect.Low, false
	}
	if !r.Everywhere && c.File.Type != inspect.Document && (c.Place.Aside || c.Place.Vendor) || c.Place.Rules {
		sure = inspect.Low
	}
	return sure, true
}

// sureAt says how sure a rule is at a spot; not ok where it says nothing.
func (r *Rule) sureAt(at spot) (sure inspect.Level, ok bool) {
	if !r.isFor(at) {
		return inspect.Low, false
	}
	sure = r.Confidence
	if in, ok := r.in(at); ok {
		sure = min(sure, in)
	} else if at == inSource || at == inProse {
		sure = inspect.Low
	}
	return sure, true
}

// match keeps what a rule found, as sure as the place allows.
func (c *Case) match(r *Rule, m match) {
	sure, ok := c.sure(r)
	if !ok {
		return
	}
	m.sure = sure
	c.keep(r, m)
}

func (c *Case) keep(r *Rule, m match) {
	if old, ok := c.matched[r.ID]; !ok || old.sure < m.sure {
		if c.matched == nil {
			c.matched = map[string]match{}
		}
		c.matched[r.ID] = m
	}
}

// hits sorts the engine's hits by their rules.
func (c *Case) hits() {
	var groups map[*Rule]map[string]inspect.Hit
	for _, h := range c.Seen.Hits {
		p := c.detector.owner[h.Pattern]
		r := p.rule
		if r == nil || !r.fits(c.File) {
			continue
		}
		name := p.group
		switch {
		case name == "" && r.Check != "" && !c.detector.config.Checks[r.Check](h.Groups):
			continue
		case name == "" && r.Least == 0:
			c.hit(r, h)
			continue
		case name == "":
			name = strings.ToLower(string(h.Groups[min(1, len(h.Groups)-1)]))
		}
		if groups == nil {
			groups = map[*Rule]map[string]inspect.Hit{}
		}
		if groups[r] == nil {
			groups[r] = map[string]inspect.Hit{}
		}
		if _, ok := groups[r][name]; !ok {
			groups[r][name] = h
		}
	}
	for r, seen := range groups {
		if len(seen) >= r.Least {
			c.several(r, seen)
		}
	}
}

// arguments tries the patterns on the words of an image's start, which stand a line each
// in the document, as the one line that they are.
func (c *Case) arguments() {
	if c.File.Type != inspect.Document || c.in != inStart {
		return
	}
	line := bytes.ReplaceAll(bytes.TrimRight(c.Seen.Content, "\n"), []byte("\n"), []byte(" "))
	lower := bytes.ToLower(line)
	for _, r := range c.detector.rules {
		has := func(word string) bool { return bytes.Contains(lower, []byte(strings.ToLower(word))) }
		if len(r.Keywords) == 0 || r.Least > 0 || !r.fits(c.File) || !slices.ContainsFunc(r.Keywords, has) {
			continue
		}
		for _, groups := range r.pattern.FindAllSubmatch(line, 16) {
			if r.Check == "" || c.detector.config.Checks[r.Check](groups) {
				c.match(r, match{line: 1, evidence: shown(r, groups[0], groups)})
			}
		}
	}
}

// hit keeps one hit of a pattern. A comment is low: it is there to be read.
func (c *Case) hit(r *Rule, h inspect.Hit) {
	m := match{offset: h.Offset, line: h.Line, evidence: shown(r, h.Groups[0], h.Groups)}
	sure, ok := c.sure(r)
	if !ok {
		return
	}
	if m.sure = sure; !r.Everywhere && c.in != inBinary && c.isComment(h.Lead) {
		m.sure = inspect.Low
	}
	c.keep(r, m)
}

// several keeps the hits of a rule that asks for more than one.
func (c *Case) several(r *Rule, seen map[string]inspect.Hit) {
	var texts []string
	first := inspect.Hit{Offset: -1}
	for _, name := range sortedKeys(seen) {
		h := seen[name]
		if first.Offset < 0 || h.Offset < first.Offset {
			first = h
		}
		text := string(h.Groups[0])
		if r.pattern != nil {
			text = name
		}
		texts = append(texts, fmt.Sprintf("%.40q", text))
	}
	c.match(r, match{offset: first.Offset, line: first.Line, evidence: strings.Join(texts[:min(6, len(texts))], ", ")})
}

// shown is the text of a match without what its group named secret caught, and without
// what else may be one.
func shown(r *Rule, text []byte, groups [][]byte) string {
	if r.secret > 0 && r.secret < len(groups) && len(groups[r.secret]) > 0 {
		text = bytes.ReplaceAll(text, groups[r.secret], []byte("…"))
	}
	return conceal(string(text))
}

// isComment reports whether what is before a text on its line begins a comment, in the ways
// of shells, C, SQL and batch files, and of the continued comments of C in source text.
func (c *Case) isComment(before []byte) bool {
	if bytes.IndexByte(before, 0) >= 0 {
		return false
	}
	s := strings.TrimLeft(string(before), " \t")
	if c.in != inLaunch && c.in != inOther && strings.HasPrefix(s, "* ") {
		return true // elsewhere it may be a crontab's
	}
	for _, mark := range [...]string{"#", "//", "-- ", "/*", "<!--", "REM ", "rem "} {
		if strings.HasPrefix(s, mark) && !strings.HasPrefix(s, "#!") && !strings.HasPrefix(s, "#(nop)") {
			return true
		}
	}
	return false
}

// report gives out the findings, in the order of the YAML.
func (c *Case) report(found func(inspect.Finding)) {
	if len(c.matched) == 0 {
		return
	}
	for _, r := range c.detector.rules {
		m, ok := c.matched[r.ID]
		if !ok || r.Silent || !c.joined(r) {
			continue
		}
		found(inspect.Finding{
			Rule: c.detector.Name() + "/" + r.ID, Category: r.Category, Severity: r.Severity, Confidence: m.sure,
			Path: c.File.Path, Offset: m.offset, Line: m.line, Evidence: redact.Text(r.What + ": " + m.evidence),
		})
	}
}

// joined reports whether the other rules that a rule speaks of say what it asks for.
func (c *Case) joined(r *Rule) bool {
	has := func(id string) bool { _, ok := c.matched[id]; return ok }
	for _, id := range r.Needs {
		if !has(id) {
			return false
		}
	}
	return !slices.ContainsFunc(r.Not, has)
}
