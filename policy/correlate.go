package policy

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// maxNeeds bounds the needs of a correlation.
const maxNeeds = 4

// A spot is a file, or a part of a config: what findings are at.
type spot struct {
	layer oci.Digest
	path  string
}

// correlate appends to facts what those of them that are minded prove together, by the table: for each rule, one finding at
// every spot where an anchor is. It is monotonic: with more facts, or a config more, no
// finding is missing that was there with fewer, and what a finding's rule, layer and path are
// depends on its anchor alone. So evidence never makes a verdict milder, and an
// exception, which takes facts away, never makes it harsher.
//
// What spares an anchor is the one fact that does: so it counts, and an anchor that it might
// spare proves nothing, only once no report is missing, and whatever is excused.
func (t *correlations) correlate(facts []inspect.Finding, minded []int, configs []*inspect.ImageConfig, scripts []inspect.Script, missing bool) []inspect.Finding {
	if len(minded) == 0 {
		return facts
	}
	c := &correlator{table: t, facts: facts, start: startOf(configs, scripts, t), missing: missing, fits: map[kind][]fit{}, paths: map[string]standing{}}
	c.meet(minded)
	out := facts
	for i := range t.rules {
		out = c.rule(out, i)
	}
	return out
}

// A kind is what the table sees of a finding apart from where it is and how sure.
type kind struct {
	rule     string
	category inspect.Category
}

// A correlator is one run of correlate.
type correlator struct {
	table   *correlations
	facts   []inspect.Finding
	start   *start
	missing bool // there are blobs without a report
	fits    map[kind][]fit
	paths   map[string]standing
	met     [][maxNeeds][]int
}

// meet finds the facts that meet each need.
func (c *correlator) meet(minded []int) {
	c.met = make([][maxNeeds][]int, len(c.table.rules))
	for _, i := range minded {
		f := &c.facts[i]
		for _, at := range c.fit(f) {
			if c.meets(f, &c.table.rules[at.rule].Needs[at.need]) {
				c.met[at.rule][at.need] = append(c.met[at.rule][at.need], i)
			}
		}
	}
}

// A fit is a need that findings of a kind may meet: indices into the table.
type fit struct{ rule, need int }

// fit returns the needs that a finding of that kind may meet.
func (c *correlator) fit(f *inspect.Finding) []fit {
	k := kind{f.Rule, f.Category}
	out, ok := c.fits[k]
	if ok {
		return out
	}
	for i := range c.table.rules {
		for n := range c.table.rules[i].Needs {
			if c.table.rules[i].Needs[n].wants(f) {
				out = append(out, fit{i, n})
			}
		}
	}
	c.fits[k] = out
	return out
}

// wants reports whether a need is about findings of that rule and category.
func (n *need) wants(f *inspect.Finding) bool {
	return (slices.Contains(n.Categories, f.Category) || anyMatch(n.Rules, f.Rule)) && !anyMatch(n.Not, f.Rule)
}

func anyMatch(patterns []string, rule string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, rule)
		return ok && err == nil
	})
}

// meets reports whether a finding that a need is about is sure enough, and in the right place.
func (c *correlator) meets(f *inspect.Finding, n *need) bool {
	if f.Confidence < n.Confidence {
		return false
	}
	if n.Elsewhere && c.system(f.Path) || len(n.Named) > 0 && !slices.Contains(n.Named, strings.ToLower(path.Ext(f.Path))) {
		return false
	}
	switch n.At {
	case atStarted:
		return c.started(f.Path)
	case atNear:
		return c.started(f.Path) || c.told(f.Path) || c.start.beside(f.Path) && !c.system(f.Path)
	case atTold:
		return c.started(f.Path) || c.told(f.Path)
	case atConfig:
		return strings.HasPrefix(f.Path, "config:") && f.Path != "config:history"
	}
	return n.Aside || !c.aside(f.Path)
}

// A standing is what is known of a path.
type standing struct{ started, told, aside bool }

func (c *correlator) standing(p string) standing {
	is, ok := c.paths[p]
	if !ok {
		is.started = c.start.runs(p)
		is.told = is.started || c.start.tells(p)
		if !is.started { // what is started is shown and used
			low := "/" + strings.ToLower(p)
			is.aside = slices.ContainsFunc(c.table.aside, func(a string) bool { return strings.Contains(low, a) })
		}
		c.paths[p] = is
	}
	return is
}

func (c *correlator) started(p string) bool { return c.standing(p).started }
func (c *correlator) told(p string) bool    { return c.standing(p).told }
func (c *correlator) aside(p string) bool   { return c.standing(p).aside }

// system reports whether a path is where packages put programs and what belongs to them;
// what somebody put below /usr/local, or where nothing is to stay, is not.
func (c *correlator) system(p string) bool {
	p = "/" + p
	for _, own := range [...]string{"/usr/local/", "/var/tmp/", "/dev/shm/"} {
		if strings.HasPrefix(p, own) {
			return false
		}
	}
	return slices.ContainsFunc(c.table.system, func(s string) bool { return strings.HasPrefix(p, s) })
}

// sample reports whether a path is where programs keep what they are tested with.
func (t *correlations) sample(p string) bool {
	if t == nil {
		return false
	}
	p = "/" + strings.ToLower(p)
	return slices.ContainsFunc(t.samples, func(s string) bool { return strings.Contains(p, s) })
}

// rule appends what one rule of the table finds.
func (c *correlator) rule(out []inspect.Finding, i int) []inspect.Finding {
	r, met := &c.table.rules[i], &c.met[i]
	if len(met[0]) == 0 {
		return out
	}
	program := ""
	if len(r.Starts) > 0 {
		k := slices.IndexFunc(r.Starts, c.start.starts)
		if k < 0 {
			return out
		}
		program = r.Starts[k]
	}
	seen := map[spot]bool{}
	for _, a := range met[0] {
		f := &c.facts[a]
		if seen[spotOf(f)] || f.Category == r.Category && f.Confidence >= r.Confidence || c.spared(r, f) {
			continue
		}
		joined := []int{a}
		for n := 1; n < len(r.Needs); n++ {
			k := slices.IndexFunc(met[n], func(b int) bool {
				return b != a && (!r.Apart || spotOf(&c.facts[b]) != spotOf(f))
			})
			if k < 0 {
				break
			}
			joined = append(joined, met[n][k])
		}
		if len(joined) == len(r.Needs) {
			seen[spotOf(f)] = true
			out = append(out, c.derived(r, joined, program))
		}
	}
	return out
}

// spared reports whether what an anchor is about is limited by its own settings, or may
// turn out to be.
func (c *correlator) spared(r *correlation, anchor *inspect.Finding) bool {
	has := func(rules []string) bool {
		return slices.ContainsFunc(c.facts, func(f inspect.Finding) bool { return slices.Contains(rules, f.Rule) })
	}
	for _, s := range r.Spares {
		if slices.Contains(s.Rules, anchor.Rule) && !has(s.Unless) && (c.missing || has([]string{s.By})) {
			return true
		}
	}
	return false
}

func spotOf(f *inspect.Finding) spot { return spot{f.Layer, f.Path} }

// derived makes the finding of a rule that is met, with the facts that meet it as evidence.
func (c *correlator) derived(r *correlation, joined []int, program string) inspect.Finding {
	var parts []string
	for _, i := range joined {
		f := &c.facts[i]
		at := f.Rule
		if f.Path != "" {
			at += " in " + f.Path
		}
		if c.started(f.Path) && !strings.HasPrefix(f.Path, "config:") {
			at += ", which the image starts"
		}
		parts = append(parts, at)
	}
	if program != "" {
		parts = append(parts, "the image starts "+program)
	}
	anchor := c.facts[joined[0]]
	return inspect.Finding{
		Rule: r.rule(), Category: r.Category, Severity: r.Severity, Confidence: r.Confidence,
		Layer: anchor.Layer, Path: anchor.Path, Line: anchor.Line, Offset: anchor.Offset, CreatedBy: anchor.CreatedBy,
		Evidence: evidence(strings.Join(parts, "; ")),
	}
}

// evidence makes a text fit for Finding.Evidence.
func evidence(s string) string {
	const more = "…"
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, s)
	if len(s) <= inspect.MaxEvidence {
		return s
	}
	n := inspect.MaxEvidence - len(more)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}
