package inspect

import (
	"cmp"
	"math/bits"
	"regexp/syntax"
	"slices"
	"strings"
)

// Where a literal was found, its pattern's expression hardly ever matches: "curl" stands in
// files that fetch nothing, "EAAA" in any base64. What else a match must hold is derived from the
// expression, and looked for first, which takes a hundredth of the time.

// A need is texts of which every match holds at least one.
type need struct {
	texts []string
	fold  bool // they are in lower case, and stand for all cases
}

// minNeed is the length, in bytes, of the shortest text that is worth to be looked for.
const minNeed = 2

// fewCharacters is of how many characters one may be that is a part of a need's texts.
const fewCharacters = 4

// fewTexts is how many texts of a need are looked for rather than fewer shorter ones.
const fewTexts = 16

// demand sets what matches in a way hold beside a literal: other texts, and the literal
// in some cases only. found are the literals of which one was found, should there be no other way.
func demand(w *way, parts []*syntax.Regexp, literals, found []string) {
	w.spellings = spellings(parts, literals)
	w.stretch = stretchOf(parts)
	for _, n := range needsOf(parts, found) {
		if n.worth(found) > 0 {
			w.needs = append(w.needs, n.least())
		}
	}
	slices.SortStableFunc(w.needs, func(a, b need) int { return b.worth(found) - a.worth(found) })
}

// worth is the length of the shortest text; 0 if a literal that was found may be all that
// is needed.
func (n need) worth(literals []string) int {
	for _, text := range n.texts {
		text = strings.ToLower(text)
		if slices.ContainsFunc(literals, func(l string) bool { return strings.Contains(strings.ToLower(l), text) }) {
			return 0
		}
	}
	return shortestOf(n.texts)
}

// least returns the need without texts that hold another of them.
func (n need) least() need {
	slices.SortFunc(n.texts, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	var texts []string
	for _, text := range n.texts {
		if !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(text, t) }) {
			texts = append(texts, text)
		}
	}
	return need{texts, n.fold}
}

// needs returns what every match of t holds: a text of each. Of alternatives those are
// taken that the literals do not imply.
func needs(t *syntax.Regexp, literals []string) (out []need) {
	switch t.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return needs(t.Sub[0], literals)
	case syntax.OpRepeat:
		if t.Min > 0 {
			return needs(t.Sub[0], literals)
		}
		return nil
	case syntax.OpConcat:
		return needsOf(t.Sub, literals)
	case syntax.OpAlternate:
		if n, ok := spelled([]*syntax.Regexp{t}); ok {
			return []need{n}
		}
		all := need{}
		for _, sub := range t.Sub {
			one := needs(sub, literals)
			if len(one) == 0 {
				return nil
			}
			all.join(slices.MaxFunc(one, func(a, b need) int { return a.worth(literals) - b.worth(literals) }))
		}
		if len(all.texts) > maxWords {
			return nil
		}
		return []need{all}
	}
	if n, ok := spelled([]*syntax.Regexp{t}); ok {
		return []need{n}
	}
	return nil
}

// needsOf returns what every match of a sequence holds: of parts that follow one another
// and stand for few texts, these as one.
func needsOf(parts []*syntax.Regexp, literals []string) (out []need) {
	for i := 0; i < len(parts); {
		n, end := need{}, i
		for to := i + 1; to <= len(parts) && !isMany(parts[to-1]); to++ {
			longer, ok := spelled(parts[i:to])
			if to > i+1 && (!ok || len(longer.texts) > fewTexts) {
				break
			}
			if ok {
				n, end = longer, to
			}
		}
		if end == i {
			out = append(out, needs(parts[i], literals)...)
			i++
			continue
		}
		out = append(out, n)
		i = end
	}
	return out
}

// isMany reports whether t is a character of too many to tell much of a match.
func isMany(t *syntax.Regexp) bool {
	if t.Op != syntax.OpCharClass {
		return false
	}
	n := 0
	for i := 0; i < len(t.Rune); i += 2 {
		n += int(t.Rune[i+1]-t.Rune[i]) + 1
	}
	return n > fewCharacters
}

// join adds the texts of another need: a match holds one of either.
func (n *need) join(other need) {
	n.texts, n.fold = append(n.texts, other.texts...), n.fold || other.fold
	if n.fold {
		for i, text := range n.texts {
			n.texts[i] = strings.ToLower(text)
		}
	}
}

// spelled returns all texts that a sequence matches; not ok when they are too many, or too short to be a need.
func spelled(parts []*syntax.Regexp) (n need, ok bool) {
	n.fold = slices.ContainsFunc(parts, folds)
	n.texts = []string{""}
	for _, t := range parts {
		one, ok := language(t, n.fold)
		if n.texts = product(n.texts, one); !ok || n.texts == nil {
			return need{}, false
		}
	}
	if n.fold && slices.ContainsFunc(n.texts, func(text string) bool { return strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) >= 0 }) {
		return need{}, false // only of ASCII the cases are known
	}
	return n, shortestOf(n.texts) >= minNeed
}

// folds reports whether an expression disregards case somewhere.
func folds(t *syntax.Regexp) bool {
	return t.Op == syntax.OpLiteral && t.Flags&syntax.FoldCase != 0 || slices.ContainsFunc(t.Sub, folds)
}

func shortestOf(texts []string) int {
	n := maxLiteral
	for _, t := range texts {
		n = min(n, len(t))
	}
	return n
}

// A spelling is how a literal is written in matches, and what comes behind it.
type spelling struct {
	text string
	next []byteSet // of the bytes that follow
}

// A byteSet is some of all bytes.
type byteSet [4]uint64

func (s *byteSet) add(c byte) { s[c>>6] |= 1 << (c & 63) }
func (s *byteSet) addBeyond() { s[2], s[3] = 1<<64-1, 1<<64-1 } // what is not ASCII
func (s *byteSet) len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}
func (s *byteSet) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

// spellings returns how the literals are written in matches, one of them at least in each; nil
// if that may be in any case.
func spellings(parts []*syntax.Regexp, literals []string) []spelling {
	for to := 1; to <= len(parts); to++ {
		for from := to - 1; from >= 0; from-- {
			n, ok := spelled(parts[from:to])
			if n.fold {
				break
			}
			if !ok {
				continue
			}
			if out := spellingsIn(n.texts, literals); out != nil {
				next := following(parts[to:])
				for i := range out {
					out[i].next = append(out[i].next, next...)
				}
				return out
			}
		}
	}
	return nil
}

// spellingsIn returns a literal of each text, as it is written there, with what follows it in
// the text; nil if one has none.
func spellingsIn(texts, literals []string) (out []spelling) {
	for _, text := range texts {
		lower := strings.ToLower(text)
		k := slices.IndexFunc(literals, func(l string) bool { return strings.Contains(lower, strings.ToLower(l)) })
		if k < 0 || len(lower) != len(text) {
			return nil
		}
		at := strings.Index(lower, strings.ToLower(literals[k]))
		f := spelling{text: text[at : at+len(literals[k])]}
		for _, c := range []byte(text[at+len(literals[k]):]) {
			var one byteSet
			one.add(c)
			f.next = append(f.next, one)
		}
		same := slices.IndexFunc(out, func(g spelling) bool { return g.text == f.text && len(g.next) == len(f.next) })
		if same < 0 {
			out = append(out, f)
			continue
		}
		for i := range f.next {
			for j := range f.next[i] {
				out[same].next[i][j] |= f.next[i][j]
			}
		}
	}
	return out
}

// maxFollowing is how many bytes behind a literal are looked at before an expression is tried.
const maxFollowing = 12

// following returns of what sets the next bytes of a match of parts are, as far as each is of one.
func following(parts []*syntax.Regexp) (out []byteSet) {
	for _, t := range parts {
		times, last := 1, false
		if t.Op == syntax.OpRepeat {
			times, last, t = t.Min, t.Min != t.Max, t.Sub[0]
		}
		sets, ok := setsOf(t)
		if !ok {
			break
		}
		for range min(times, maxFollowing) {
			out = append(out, sets...)
		}
		if last || len(out) >= maxFollowing {
			break
		}
	}
	return out[:min(len(out), maxFollowing)]
}

// setsOf returns of what sets the bytes of a match of t are; not ok if their number varies.
func setsOf(t *syntax.Regexp) (out []byteSet, ok bool) {
	switch t.Op {
	case syntax.OpLiteral:
		for _, r := range t.Rune {
			if r >= 0x80 || t.Flags&syntax.FoldCase != 0 {
				return nil, false
			}
			var one byteSet
			one.add(byte(r))
			out = append(out, one)
		}
		return out, true
	case syntax.OpCharClass:
		var one byteSet
		for i := 0; i < len(t.Rune); i += 2 {
			for r := t.Rune[i]; r <= min(t.Rune[i+1], 0x7f); r++ {
				one.add(byte(r))
			}
			if t.Rune[i+1] >= 0x80 {
				one.addBeyond()
			}
		}
		return []byteSet{one}, true
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return nil, true
	}
	return nil, false
}

// isSpelled reports whether the literal at data[start:end] is written as it is in matches.
func (w *way) isSpelled(data []byte, start, end int) bool {
	if w.spellings == nil {
		return true
	}
spellings:
	for i := range w.spellings {
		f := &w.spellings[i]
		if string(data[start:end]) != f.text || len(data)-end < len(f.next) {
			continue
		}
		for k := range f.next {
			switch c := data[end+k]; {
			case !f.next[k].has(c):
				continue spellings
			case c >= 0x80:
				return true // where the next character is, is not known
			}
		}
		return true
	}
	return false
}

// appendLower appends b with its ASCII letters in lower case.
func appendLower(out, b []byte) []byte {
	n := len(out)
	out = append(out, b...)
	for i, c := range out[n:] {
		if 'A' <= c && c <= 'Z' {
			out[n+i] = c | 0x20
		}
	}
	return out
}
