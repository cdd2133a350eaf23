// Package rules makes detectors of data: a YAML file that says what to look for, where,
// how sure it is there, and in which combinations, with examples that a test runs.
//
// It promises that a finding's confidence is at most its rule's, that a comment, a
// document to be read, a test, an example and a package's own file never give more than
// low, unless the rule says so, and that a file has at most one finding of a rule, the
// surest. It trusts the YAML, which is part of the program: New checks it whole and its
// errors name the rule. The bytes that are judged may be anything.
//
// What data cannot say, such as the fields of a password file, a detector judges itself,
// through Config.Judge, and adds to the same findings.
package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// A Config is what a detector hands over. Name, Category, Code and YAML are needed.
type Config struct {
	Name     string
	Category inspect.Category // of rules that name none
	Code     string           // the version of the package's code; the data's is added
	YAML     []byte
	Checks   map[string]Check // by the names that rules give as `check`
	// Wants says what Judge needs of a file, beyond what the rules do; nil is nothing.
	Wants func(*inspect.File) inspect.Want
	// Judge adds findings of the rules that say `code: true`; nil if there are none. It is
	// called for every file of which something was wanted.
	Judge func(*Case)
}

// A Check refuses a match that is none, from what the pattern's groups caught.
type Check func(groups [][]byte) bool

// A Detector is made of rules. It may be used from many goroutines.
type Detector struct {
	config   Config
	rules    []*Rule
	version  string
	patterns []inspect.Pattern
	owner    map[string]part     // of each pattern, by its id
	named    []*Rule             // those with paths, for which a header is enough
	sought   [len(spots)][]*Rule // those with patterns, by the spots that they are for
	programs map[string][]*Rule
	cases    sync.Pool // of *Case
}

// A part is what a pattern of the engine is of a rule.
type part struct {
	rule  *Rule
	group string // of words; "" if it is the rule's own pattern
}

// New reads the rules.
func New(c Config) (*Detector, error) {
	list, err := parse(c)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(c.YAML)
	d := &Detector{
		config: c, rules: list, version: c.Code + "." + codeVersion + "-" + hex.EncodeToString(sum[:8]),
		owner: map[string]part{}, programs: map[string][]*Rule{},
	}
	for _, r := range list {
		switch {
		case len(r.Programs) > 0:
			for _, name := range r.Programs {
				d.programs[name] = append(d.programs[name], r)
			}
		case len(r.Words) > 0:
			for _, group := range sortedKeys(r.Words) {
				d.pattern(part{r, group}, inspect.Pattern{Literals: r.Words[group], Max: 4})
			}
		case r.pattern != nil:
			d.pattern(part{r, ""}, inspect.Pattern{Literals: r.Keywords, Regexp: r.pattern, Before: r.Before, After: r.After, Inside: true, Lead: lineBefore, Max: 64})
		case len(r.paths) > 0:
			d.named = append(d.named, r)
		}
	}
	for _, list := range d.sought { // one that fits is enough: those that fit any path are asked first
		slices.SortStableFunc(list, func(a, b *Rule) int { return len(a.paths) - len(b.paths) })
	}
	return d, nil
}

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "11"

func (d *Detector) pattern(p part, engine inspect.Pattern) {
	engine.ID = p.rule.ID
	if p.group != "" {
		engine.ID += "/" + p.group
	}
	engine.Only = p.rule.only()
	engine.For = func(f *inspect.File) bool {
		in, as := spotsOf(f)
		return (p.rule.isFor(in) || as != in && p.rule.isFor(as)) && p.rule.fits(f)
	}
	d.owner[engine.ID] = p
	for at := range d.sought {
		if p.rule.isFor(spot(at)) && !slices.Contains(d.sought[at], p.rule) {
			d.sought[at] = append(d.sought[at], p.rule)
		}
	}
	d.patterns = append(d.patterns, engine)
}

// Name returns the detector's name.
func (d *Detector) Name() string { return d.config.Name }

// Version names the code and the rules.
func (d *Detector) Version() string { return d.version }

// Patterns returns what the rules look for.
func (d *Detector) Patterns() []inspect.Pattern { return d.patterns }

// Rules lists the rules that findings may have.
func (d *Detector) Rules() []inspect.Rule {
	var out []inspect.Rule
	for _, r := range d.rules {
		if !r.Silent {
			out = append(out, inspect.Rule{
				ID: d.Name() + "/" + r.ID, Category: r.Category, Severity: r.Severity, Confidence: r.Confidence, What: r.What, Source: r.Source,
			})
		}
	}
	return out
}

// Examples returns the rules with their examples, for a test.
func (d *Detector) Examples() []Rule {
	var out []Rule
	for _, r := range d.rules {
		out = append(out, *r)
	}
	return out
}

// Wants asks for the hits of every file that a rule with a pattern is for, for the header of those whose path a rule names,
// and for the content of those that start programs.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	want := inspect.Nothing
	if d.config.Wants != nil {
		want = d.config.Wants(f)
	}
	if f.Type == inspect.Regular || f.Type == inspect.Document {
		kind, run := place.Kinds(f)
		if anyFits(d.sought[spotOf(f, kind)], f) || run != kind && anyFits(d.sought[spotOf(f, run)], f) {
			want |= inspect.Hits
		}
		if starts(f, run) && (len(d.programs) > 0 || f.Type == inspect.Document) {
			want |= inspect.Content
		}
	}
	if anyFits(d.named, f) {
		want |= inspect.Header
	}
	return want
}

func anyFits(rules []*Rule, f *inspect.File) bool {
	return slices.ContainsFunc(rules, func(r *Rule) bool { return r.fits(f) })
}

// Judge reports what the rules say of a file.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	c := d.open(f, s)
	defer d.close(c)
	for _, r := range d.named {
		if r.fits(f) {
			c.match(r, match{evidence: "/" + f.Path})
		}
	}
	c.hits()
	c.arguments()
	c.commands()
	if d.config.Judge != nil {
		d.config.Judge(c)
	}
	c.report(found)
}

// errorf names the detector and the rule in an error.
func errorf(c Config, r *Rule, format string, args ...any) error {
	return fmt.Errorf("%s: rule %q: %w", c.Name, r.ID, fmt.Errorf(format, args...))
}
