package rules

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// minGram and maxGram are how many characters a gate looks at together.
const (
	minGram = 3
	maxGram = 8
)

// A gate tells the paths that cannot match an expression from those that may, at a
// fraction of the price: every layer has tens of thousands, and next to none match. It
// is the set of the first characters of texts of which a match must hold one, as
// bits by hash. nil lets all through.
type gate struct {
	bits  [1024]uint64
	size  int                 // how many characters
	base  bool                // they are in the last part of a path
	first map[uint32][]string // with one of the texts that begins, which are here by their first three characters; or nil
}

// newGate makes a gate of expressions, of which one must match.
func newGate(expressions []string) *gate {
	g := gate{base: true}
	first := true
	var all []*syntax.Regexp
	for _, e := range expressions {
		re, err := syntax.Parse(e, syntax.Perl)
		if err != nil {
			return nil
		}
		all = append(all, re)
		end, begins := last(re)
		g.base = g.base && shortest(required(end)) >= minGram
		first = first && begins && shortest(prefixes(end).texts) >= minGram
	}
	var texts []string
	for _, re := range all {
		end, _ := last(re)
		one := required(re)
		switch {
		case first:
			one = prefixes(end).texts
		case g.base:
			one = required(end)
		}
		if shortest(one) < minGram {
			return nil
		}
		texts = append(texts, one...)
	}
	if first {
		g.first = map[uint32][]string{}
	}
	g.size = min(shortest(texts), maxGram)
	for _, t := range texts {
		h := gram(t[:g.size])
		if first {
			h = three(t)
			g.first[h] = append(g.first[h], t)
		}
		g.bits[h>>6] |= 1 << (h & 63)
	}
	return &g
}

// may reports whether a path may match.
func (g *gate) may(path string) bool {
	if g == nil {
		return true
	}
	if g.base || g.first != nil {
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	if g.first != nil {
		return len(path) >= minGram && g.has(three(path)) && slices.ContainsFunc(g.first[three(path)], func(text string) bool {
			return len(text) <= len(path) && strings.EqualFold(text, path[:len(text)])
		})
	}
	for i := 0; i+g.size <= len(path); i++ {
		if g.has(gram(path[i : i+g.size])) {
			return true
		}
	}
	return false
}

func (g *gate) has(h uint32) bool {
	return g.bits[h>>6]>>(h&63)&1 != 0
}

// last is what of an expression is surely matched by the last part of a path, and whether
// that is all of it.
func last(re *syntax.Regexp) (end *syntax.Regexp, whole bool) {
	if re.Op != syntax.OpConcat {
		if slashed(re) {
			return &syntax.Regexp{Op: syntax.OpEmptyMatch}, false
		}
		return re, true
	}
	i := len(re.Sub)
	for i > 0 && !slashed(re.Sub[i-1]) {
		i--
	}
	if i > 0 && re.Sub[i-1].Op == syntax.OpLiteral { // bin/squid, say
		text := re.Sub[i-1].Rune
		if from := 1 + strings.LastIndexByte(string(text), '/'); isASCII(text) && from < len(text) {
			rest := &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Sub[i-1].Flags, Rune: text[from:]}
			return &syntax.Regexp{Op: syntax.OpConcat, Sub: append([]*syntax.Regexp{rest}, re.Sub[i:]...)}, true
		}
	}
	before := &syntax.Regexp{Op: syntax.OpConcat, Sub: re.Sub[:i]}
	whole, _ = toSlash(before)
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: re.Sub[i:]}, whole
}

func isASCII(text []rune) bool {
	return !slices.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// toSlash reports whether a match of an expression that is not empty ends with a slash, and
// whether one may be empty.
func toSlash(re *syntax.Regexp) (ok, empty bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText:
		return true, true
	case syntax.OpLiteral:
		return re.Rune[len(re.Rune)-1] == '/', false
	case syntax.OpCapture, syntax.OpPlus:
		return toSlash(re.Sub[0])
	case syntax.OpQuest, syntax.OpStar:
		ok, _ = toSlash(re.Sub[0])
		return ok, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			one, none := toSlash(sub)
			if empty = empty || none; !one {
				return false, empty
			}
		}
		return true, empty
	case syntax.OpConcat:
		for _, sub := range slices.Backward(re.Sub) {
			if ok, empty = toSlash(sub); !ok || !empty {
				return ok, empty
			}
		}
		return true, true
	}
	return false, true
}

// slashed reports whether a match of an expression may hold a slash.
func slashed(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return slices.Contains(re.Rune, '/')
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= '/' && '/' <= re.Rune[i+1] {
				return true
			}
		}
	}
	return slices.ContainsFunc(re.Sub, slashed)
}

// three hashes the first three characters of a text, in either case alike.
func three(s string) uint32 {
	return uint32(s[0]&31)<<10 | uint32(s[1]&31)<<5 | uint32(s[2]&31)
}

// gram hashes a text, in either case alike, to 16 bits.
func gram(s string) uint32 {
	var h uint32
	for i := range len(s) {
		h = (h + uint32(s[i]|0x20)) * 0x9e3779b1
		h ^= h >> 15
	}
	return h >> 16
}

// Bounds of what is made of an expression: how many texts, and how long they are.
const (
	maxTexts = 2000
	longText = 8
)

// required returns texts of which every match of an expression holds at least one; nil if
// there is no such list.
func required(re *syntax.Regexp) []string {
	best := prefixes(re).texts
	better := func(texts []string) {
		if shortest(texts) > shortest(best) {
			best = texts
		}
	}
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		better(required(re.Sub[0]))
	case syntax.OpRepeat:
		if re.Min > 0 {
			better(required(re.Sub[0]))
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			texts := required(sub)
			if shortest(texts) == 0 || len(all)+len(texts) > maxTexts {
				return best
			}
			all = append(all, texts...)
		}
		better(all)
	case syntax.OpConcat:
		for i := range re.Sub {
			better(required(re.Sub[i]))
			if i > 0 {
				better(sequence(re.Sub[i:]).texts)
			}
		}
	}
	return best
}

// Beginnings are texts, with one of which every match of an expression begins; exact if
// these are all of its matches.
type beginnings struct {
	texts []string
	exact bool
}

var anything = beginnings{texts: []string{""}}

func prefixes(re *syntax.Regexp) beginnings {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return beginnings{[]string{""}, true}
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			// Of k and s, Unicode has a third case.
			if r >= 0x80 || re.Flags&syntax.FoldCase != 0 && strings.ContainsRune("kKsS", r) {
				return anything
			}
		}
		return beginnings{[]string{string(re.Rune)}, true}
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return prefixes(re.Sub[0])
	case syntax.OpPlus:
		return beginnings{texts: prefixes(re.Sub[0]).texts}
	case syntax.OpQuest:
		b := prefixes(re.Sub[0])
		return beginnings{append(b.texts[:len(b.texts):len(b.texts)], ""), b.exact}
	case syntax.OpConcat:
		return sequence(re.Sub)
	case syntax.OpAlternate:
		out := beginnings{exact: true}
		for _, sub := range re.Sub {
			b := prefixes(sub)
			out.texts, out.exact = append(out.texts, b.texts...), out.exact && b.exact
		}
		if len(out.texts) > maxTexts {
			return anything
		}
		return out
	}
	return anything
}

// class lists a small class of characters: pairs of first and last.
func class(pairs []rune) beginnings {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			if r >= 0x80 || len(out) == longText {
				return anything
			}
			out = append(out, string(r))
		}
	}
	if len(out) == 0 {
		return anything
	}
	return beginnings{out, true}
}

// sequence is prefixes of expressions that follow one another.
func sequence(subs []*syntax.Regexp) beginnings {
	out := beginnings{[]string{""}, true}
	for _, sub := range subs {
		b := prefixes(sub)
		if len(out.texts)*len(b.texts) > maxTexts {
			return beginnings{texts: out.texts}
		}
		var all []string
		for _, begin := range out.texts {
			for _, end := range b.texts {
				all = append(all, begin+end)
			}
		}
		out = beginnings{all, b.exact}
		if !b.exact || shortest(all) >= longText {
			return beginnings{texts: all}
		}
	}
	return out
}

// shortest is the length of the shortest text, 0 for none.
func shortest(texts []string) int {
	n := 0
	for i, t := range texts {
		if i == 0 || len(t) < n {
			n = len(t)
		}
	}
	return n
}
