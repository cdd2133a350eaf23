package inspect

import (
	"iter"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// Evades returns a text that an expression matches and that holds none of the literals, in any case, if there is
// one. It takes \b, ^ and $ to hold everywhere, so that it may return one that does not match.
//
// It goes through the expression's program and an automaton of the literals at once, and nowhere where a literal
// ends. The long s and the sign of the kelvin, which expressions without regard to case match too, are s and k to
// it: nothing that runs what an attacker writes takes them.
func Evades(re *regexp.Regexp, literals []string) (text string, ok bool) {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return err.Error(), true
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return err.Error(), true
	}
	e := newEvasion(kindsOf(prog), literals)
	e.visit(point{uint32(prog.Start), 0}, nil, 0)
	for i := 0; i < len(e.queue); i++ {
		at := e.queue[i]
		switch inst := &prog.Inst[at.pc]; inst.Op {
		case syntax.InstMatch:
			return at.text(), true
		case syntax.InstAlt, syntax.InstAltMatch:
			e.visit(point{inst.Out, at.begun}, at, 0)
			e.visit(point{inst.Arg, at.begun}, at, 0)
		case syntax.InstCapture, syntax.InstEmptyWidth, syntax.InstNop:
			e.visit(point{inst.Out, at.begun}, at, 0)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			for k, r := range e.kinds {
				if to := e.next(at.begun, k); to != ended && inst.MatchRune(r) {
					e.visit(point{inst.Out, to}, at, r)
				}
			}
		}
	}
	return "", false
}

// An evasion is a search for a match without a literal.
type evasion struct {
	kinds    []rune
	literals []string
	begun    []string // the beginnings of literals, the empty one first
	number   map[string]int32
	moves    [][]int32 // by beginning and kind: what is begun then, or ended; nil if not known yet
	seen     map[point]bool
	queue    []*step
}

// A point is where in the program a match is, and the longest beginning of a literal that the text so far ends
// with.
type point struct {
	pc    uint32
	begun int32
}

type step struct {
	point
	from *step
	r    rune // 0 if it takes no character
}

const ended = -1

func newEvasion(kinds []rune, literals []string) *evasion {
	e := &evasion{kinds: kinds, begun: []string{""}, number: map[string]int32{"": 0}, seen: map[point]bool{}}
	for _, l := range literals {
		l = strings.ToLower(l)
		e.literals = append(e.literals, l)
		for i := range l {
			if _, ok := e.number[l[:i]]; !ok {
				e.number[l[:i]] = int32(len(e.begun))
				e.begun = append(e.begun, l[:i])
			}
		}
	}
	e.moves = make([][]int32, len(e.begun))
	return e
}

func (e *evasion) visit(to point, from *step, r rune) {
	if !e.seen[to] {
		e.seen[to] = true
		e.queue = append(e.queue, &step{to, from, r})
	}
}

// next is what is begun with one character more; ended if it ends a literal.
func (e *evasion) next(begun int32, kind int) int32 {
	if e.moves[begun] == nil {
		e.moves[begun] = make([]int32, len(e.kinds))
		for k, r := range e.kinds {
			e.moves[begun][k] = e.longest(e.begun[begun] + string(unicode.ToLower(unicode.ToUpper(r))))
		}
	}
	return e.moves[begun][kind]
}

// longest is the longest beginning that text ends with; ended if it ends with a literal.
func (e *evasion) longest(text string) int32 {
	if slices.ContainsFunc(e.literals, func(l string) bool { return strings.HasSuffix(text, l) }) {
		return ended
	}
	for {
		if n, ok := e.number[text]; ok {
			return n
		}
		text = text[1:]
	}
}

// text is what was taken on the way.
func (s *step) text() string {
	var runes []rune
	for ; s != nil; s = s.from {
		if s.r != 0 {
			runes = append(runes, s.r)
		}
	}
	slices.Reverse(runes)
	return string(runes)
}

// kindsOf returns one of each kind of characters that a program or a literal may tell apart: all of ASCII, NUL
// apart, those that can be seen first, and beyond the ends of each range.
func kindsOf(prog *syntax.Prog) (kinds []rune) {
	for r := rune(1); r <= 0x80; r++ {
		kinds = append(kinds, r)
	}
	for _, inst := range prog.Inst {
		for _, r := range inst.Rune {
			kinds = append(kinds, max(r, 0x80), min(max(r, 0x80)+1, unicode.MaxRune))
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// literalsOf are those that are looked for in texts, each once, whoever looks for it.
func literalsOf(detectors []Detector) []literal {
	var out []literal
	for _, d := range detectors {
		for _, p := range d.Patterns() {
			for _, l := range p.Literals {
				if p.Only != Code {
					out = append(out, literal{strings.ToLower(l), 0})
				}
			}
		}
	}
	for _, c := range calls {
		for _, l := range c.literals {
			out = append(out, literal{l, 0})
		}
	}
	return out
}

// Ends counts, for each literal of the patterns that are looked for in texts, where it may end in text by the
// classes of its bytes, so that it is to be compared: what it costs.
func Ends(detectors []Detector, texts iter.Seq[[]byte]) map[string]int {
	a := newAutomaton(literalsOf(detectors))
	out := map[string]int{}
	for text := range texts {
		_, marks := a.run(0, text, nil)
		for _, m := range marks {
			for _, o := range a.outputs(m.state) {
				out[o.text]++
			}
		}
	}
	return out
}

// HotStates returns in how many states the automaton for texts is nearly all the time, of 100 bytes after 95, if it
// looks for parts of literals, and if it looked for all of each.
func HotStates(detectors []Detector, texts iter.Seq[[]byte]) (parts, whole int) {
	literals := literalsOf(detectors)
	hot := func(from []int) int {
		a := newAutomatonFrom(literals, from)
		visits := make([]int, len(a.next)/classes)
		size, state := 0, uint32(0)
		for text := range texts {
			size += len(text)
			for _, c := range text {
				state = a.next[int(state)+int(a.class[c])] &^ ends
				visits[state/classes]++
			}
		}
		slices.SortFunc(visits, func(a, b int) int { return b - a })
		for n, sum := 0, 0; n < len(visits); n++ {
			if sum += visits[n]; sum*100 >= size*95 {
				return n + 1
			}
		}
		return len(visits)
	}
	return hot(shorten(literals)), hot(make([]int, len(literals)))
}

// Inflated returns how a run is taken to be encoded, if it is of raw deflate.
func Inflated(text string) (chain string) {
	var f inflater
	if !f.holds([]byte(text)) {
		return ""
	}
	chain, _ = f.inflated([]byte(text))
	return chain
}
