// Package detecttest runs detectors over files for tests.
//
// A Runner does for one file what the engine does for a blob, as plainly as the
// contract in package inspect can be read: it asks Wants, finds literals, tries each
// pattern on its windows, and calls Judge. It trusts the detector with nothing that the
// contract demands of it, and fails the test when a finding breaks a rule of the report.
package detecttest

import (
	"bytes"
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/coregx/ahocorasick"

	"github.com/lazaret/lazaret/inspect"
)

// A Runner runs one detector. It may be used from many goroutines.
type Runner struct {
	d        inspect.Detector
	patterns []inspect.Pattern
	literals *ahocorasick.Automaton
	owner    []int // of each literal, its pattern's index
}

// New makes a Runner, and fails the test if the detector's patterns break the contract.
func New(t testing.TB, d inspect.Detector) *Runner {
	t.Helper()
	r := &Runner{d: d, patterns: d.Patterns()}
	builder := ahocorasick.NewBuilder()
	ids := map[string]bool{}
	for i, p := range r.patterns {
		if ids[p.ID] || p.ID == "" || len(p.Literals) == 0 || p.Before > inspect.MaxWindow || p.After > inspect.MaxWindow {
			t.Fatalf("%s: pattern %d %q: id taken, no literal or too large a window", d.Name(), i, p.ID)
		}
		ids[p.ID] = true
		for _, l := range p.Literals {
			if len(l) < 3 || strings.IndexFunc(l, func(c rune) bool { return c > unicode.MaxASCII }) >= 0 {
				t.Fatalf("%s: pattern %s: literal %q is short or not ASCII", d.Name(), p.ID, l)
			}
			builder.AddPattern([]byte(strings.ToLower(l)))
			r.owner = append(r.owner, i)
		}
	}
	if len(r.owner) == 0 {
		return r
	}
	var err error
	if r.literals, err = builder.Build(); err != nil {
		t.Fatalf("%s: %v", d.Name(), err)
	}
	return r
}

// File makes a regular file's header for content.
func File(path string, mode fs.FileMode, content []byte) *inspect.File {
	return &inspect.File{Path: path, Mode: mode, Size: int64(len(content)), Head: content[:min(512, len(content))]}
}

// Document makes the header of a part of a config.
func Document(name string, content []byte) *inspect.File {
	f := File(name, 0, content)
	f.Type = inspect.Document
	return f
}

// Run returns what the detector finds in f, and fails the test on a finding that no report may hold.
func (r *Runner) Run(t testing.TB, f *inspect.File, content []byte) []inspect.Finding {
	t.Helper()
	want := r.d.Wants(f)
	if want == inspect.Nothing {
		return nil
	}
	s := inspect.Seen{Text: bytes.IndexByte(f.Head, 0) < 0}
	if want&inspect.Hits != 0 {
		s.Hits, s.Dropped = r.hits(f, content, s.Text)
	}
	if want&inspect.Content != 0 {
		s.Content = content[:min(len(content), inspect.MaxContent)]
		s.Cut = len(content) > inspect.MaxContent
	}
	var out []inspect.Finding
	r.d.Judge(f, s, func(g inspect.Finding) {
		r.check(t, f, g, int64(len(content)))
		out = append(out, g)
	})
	if want&inspect.OnHits != 0 && len(s.Hits) == 0 && s.Dropped == 0 && len(out) > 0 {
		t.Errorf("%s: %v without hits, and it was to be judged on hits alone", f.Path, out)
	}
	return out
}

// check holds a finding to what package inspect says of its fields.
func (r *Runner) check(t testing.TB, f *inspect.File, g inspect.Finding, size int64) {
	t.Helper()
	switch {
	case !strings.HasPrefix(g.Rule, r.d.Name()+"/"), g.Category == "", g.Path != f.Path, g.Layer != "", g.CreatedBy != "":
		t.Errorf("%s: a finding of %q, category %q, path %q, layer %q", f.Path, g.Rule, g.Category, g.Path, g.Layer)
	case g.Severity < inspect.Low, g.Severity > inspect.Critical, g.Confidence < inspect.Low, g.Confidence > inspect.High:
		t.Errorf("%s: %s: severity %d, confidence %d", f.Path, g.Rule, g.Severity, g.Confidence)
	case g.Line < 0, g.Offset < 0, g.Offset > size:
		t.Errorf("%s: %s: line %d, offset %d of %d", f.Path, g.Rule, g.Line, g.Offset, size)
	case g.Evidence == "", len(g.Evidence) > inspect.MaxEvidence, !utf8.ValidString(g.Evidence),
		strings.IndexFunc(g.Evidence, func(c rune) bool { return !unicode.IsPrint(c) }) >= 0:
		t.Errorf("%s: %s: evidence %q", f.Path, g.Rule, g.Evidence)
	}
}

// hits finds the patterns of the detector in f's content.
func (r *Runner) hits(f *inspect.File, content []byte, text bool) (hits []inspect.Hit, dropped int) {
	if r.literals == nil {
		return nil, 0
	}
	lower := bytes.Clone(content)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	type key struct {
		pattern int
		offset  int64
	}
	seen := map[key]bool{}
	count := make([]int, len(r.patterns))
	for _, m := range r.literals.FindAllOverlapping(lower) {
		i := r.owner[m.PatternID]
		p := r.patterns[i]
		if p.Only == inspect.Texts && f.MachineCode() || p.Only == inspect.Code && !f.MachineCode() || p.For != nil && !p.For(f) {
			continue
		}
		for _, h := range try(p, content, m.Start, m.End) {
			if seen[key{i, h.Offset}] {
				continue
			}
			seen[key{i, h.Offset}] = true
			if count[i]++; count[i] > cmp.Or(p.Max, 16) {
				dropped++
				continue
			}
			if text {
				h.Line = 1 + bytes.Count(content[:h.Offset], []byte("\n"))
			}
			hits = append(hits, h)
		}
	}
	slices.SortStableFunc(hits, func(a, b inspect.Hit) int { return cmp.Compare(a.Offset, b.Offset) })
	return hits, dropped
}

// try matches p around the literal at content[start:end].
func try(p inspect.Pattern, content []byte, start, end int) []inspect.Hit {
	if p.Regexp == nil {
		if p.Check != nil && !p.Check(nil) {
			return nil
		}
		return []inspect.Hit{{Pattern: p.ID, Offset: int64(start), Groups: [][]byte{bytes.Clone(content[start:end])}}}
	}
	lo := max(0, start-cmp.Or(p.Before, 256))
	window := content[lo:min(len(content), end+cmp.Or(p.After, 256))]
	var out []inspect.Hit
	for _, at := range p.Regexp.FindAllSubmatchIndex(window, -1) {
		groups := make([][]byte, len(at)/2)
		for i := range groups {
			if at[2*i] >= 0 {
				groups[i] = bytes.Clone(window[at[2*i]:at[2*i+1]])
			}
		}
		if p.Check == nil || p.Check(groups) {
			out = append(out, inspect.Hit{Pattern: p.ID, Offset: int64(lo + at[0]), Groups: groups, Lead: lead(p, content[:lo+at[0]])})
		}
	}
	return out
}

// lead is what a match has before it on its line, of all that is before it.
func lead(p inspect.Pattern, before []byte) []byte {
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	if len(line) > p.Lead {
		return nil
	}
	return bytes.Clone(line)
}
