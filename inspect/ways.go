package inspect

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
)

// maxWays bounds into how many alternatives an expression is taken apart; the bits of an
// opening are as many.
const maxWays = 16

// A way is one of the alternatives of an expression: every match is a match of one. What is derived from each
// tells more than what they have in common.
type way struct {
	tail      *regexp.Regexp // if not nil, every match goes on like this after a literal; see narrow
	spellings []spelling     // if not nil, every match has a literal written like one of these; see demand
	needs     []need         // what else every match holds
	stretch   *stretch       // if not nil, every match has this many bytes of a kind in a row
}

// An opening has the bits of the ways that may match in a window.
type opening uint16

// split takes a sequence apart at its alternatives, until in each way it is known where a literal
// is, or there would be too many of them.
func split(parts []*syntax.Regexp, literals []string) [][]*syntax.Regexp {
	ways := [][]*syntax.Regexp{parts}
	for i := 0; i < len(ways); {
		parts := ways[i]
		_, _, found := find(parts, literals)
		at := slices.IndexFunc(parts, func(t *syntax.Regexp) bool { return t.Op == syntax.OpAlternate })
		if found || at < 0 || len(ways)-1+len(parts[at].Sub) > maxWays {
			i++
			continue
		}
		var all [][]*syntax.Regexp
		for _, sub := range parts[at].Sub {
			all = append(all, slices.Concat(parts[:at], flatten(nil, sub), parts[at+1:]))
		}
		ways = slices.Replace(ways, i, i+1, all...)
	}
	return ways
}

// A stretch is bytes of one kind in a row: what a key or a digest is made of.
type stretch struct {
	set byteSet
	n   int
}

// minStretch is the shortest stretch that is looked for, and maxKinds the most bytes that are of its kind: words
// and lines would be found everywhere.
const (
	minStretch = 12
	maxKinds   = 96
)

// stretchOf returns the longest stretch that every match of a sequence has; nil if there is none of use.
func stretchOf(parts []*syntax.Regexp) *stretch {
	var best *stretch
	for _, t := range parts {
		if t.Op != syntax.OpRepeat || t.Min < minStretch || best != nil && t.Min <= best.n {
			continue
		}
		if sets, ok := setsOf(t.Sub[0]); ok && len(sets) == 1 && !sets[0].has(' ') && sets[0].len() <= maxKinds {
			best = &stretch{sets[0], t.Min}
		}
	}
	return best
}

// in reports whether b has the stretch. It looks at every n-th byte, and from one of the kind backwards.
func (r *stretch) in(b []byte) bool {
	for i := r.n - 1; i < len(b); {
		k := 0
		for k < r.n && r.set.has(b[i-k]) {
			k++
		}
		if k == r.n {
			return true
		}
		i += r.n - k
	}
	return false
}

// opens returns the ways in which the literal at [start, end) may be of a match within [lo, hi).
func (s *finding) opens(p *target, st *progress, start, end, lo, hi int64) (open opening) {
	b := s.cur
	window := view{text: b.data[lo-b.base : hi-b.base]}
	for i := range p.ways {
		w := &p.ways[i]
		if !w.isSpelled(b.data, int(start-b.base), int(end-b.base)) {
			continue
		}
		if w.tail != nil && st.tails < maxTails/(p.After+1) && hi > st.hi {
			st.tails++
			s.spent += int64(p.After / 4) // most fail much sooner
			if w.stretch != nil && !w.stretch.in(window.text) || p.After >= defaultWindow && s.lacks(w, &window) || !w.tail.Match(b.data[end-1-b.base:hi-b.base]) {
				continue
			}
		}
		open |= 1 << i
	}
	return open
}

// hopeless reports whether a window surely has no match, if it has none but in the ways that are open.
func (s *finding) hopeless(p *target, open opening, window []byte) bool {
	v := view{text: window}
	for i := range p.ways {
		if open>>i&1 != 0 && !s.lacks(&p.ways[i], &v) {
			return false
		}
	}
	return true
}

// A view is a window, and its text in lower case once that was needed.
type view struct{ text, lower []byte }

// lacks reports whether a window surely has no match in one way.
func (s *finding) lacks(w *way, v *view) bool {
	if w.stretch != nil && !w.stretch.in(v.text) {
		return true
	}
	for _, n := range w.needs {
		text := v.text
		if n.fold {
			if v.lower == nil {
				s.lower = appendLower(s.lower[:0], v.text)
				v.lower = s.lower
			}
			text = v.lower
		}
		if slices.ContainsFunc(n.texts, func(t string) bool { return bytes.Contains(text, []byte(t)) }) {
			continue
		}
		// Of k and s, Unicode has a third case.
		return !n.fold || !bytes.Contains(v.text, []byte("\u017f")) && !bytes.Contains(v.text, []byte("\u212a"))
	}
	return false
}
