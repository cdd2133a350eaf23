package inspect

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// What follows spares regular expressions most of their work: in honest files a literal
// such as "key" is common and a match is not. Where the expression is a head, then a text
// with one of the literals in it, then a tail, the tail alone is tried first, at the end of the literal,
// which fails within a few bytes; and the window shrinks to what the head and the tail
// can match. Neither loses a match.

// maxWords bounds how many texts a part of an expression may stand for to be enumerated.
const maxWords = 64

// narrow takes the expression of a pattern apart into ways, and shrinks its window, if it allows.
func narrow(p *target) {
	p.ways = []way{{}}
	if p.Regexp == nil {
		return
	}
	tree, err := syntax.Parse(p.Regexp.String(), syntax.Perl)
	if err != nil {
		return // not of regexp.Compile's syntax: POSIX
	}
	parts := flatten(nil, tree)
	if n, ok := longest(parts); ok && p.Inside {
		p.Before, p.After = min(p.Before, n+1), min(p.After, n+1) // one byte more, as below
	}
	ways := split(parts, p.Literals)
	found := p.Literals
	if len(ways) > 1 {
		found = nil // which of them is another way's, perhaps
	}
	p.ways = make([]way, len(ways))
	var before, after int
	for i, parts := range ways {
		demand(&p.ways[i], parts, p.Literals, found)
		b, a := p.ways[i].narrow(p, parts, tree.Flags)
		before, after = max(before, b), max(after, a)
	}
	p.Before, p.After = before, after
}

// narrow gives a way a tail, if it is known where in it a literal is, and returns what window it needs.
func (w *way) narrow(p *target, parts []*syntax.Regexp, flags syntax.Flags) (before, after int) {
	before, after = p.Before, p.After
	to, rest, ok := find(parts, p.Literals)
	if !ok {
		return before, after
	}
	// One byte more on both sides, so that \b and ^ see what is really there.
	if n, ok := longest(parts[:to]); ok { // more than is needed: it counts the literal
		before = min(before, n+1)
	}
	if n, ok := longest(parts[to:]); ok {
		after = min(after, n+utf8.UTFMax*rest+1)
	}
	if tail := parts[to:]; len(tail) > 0 {
		// Behind what lets nearly anything through little fails, and its program is long.
		if i := slices.IndexFunc(tail, isWide); i >= 0 {
			tail = tail[:i]
		}
		if len(tail) == 0 {
			return before, after
		}
		source := (&syntax.Regexp{Op: syntax.OpConcat, Flags: flags, Sub: tail}).String()
		// It is given the literal's last byte too, for the sake of \b.
		w.tail, _ = regexp.Compile(fmt.Sprintf(`\A(?s:.{%d})(?:%s)`, 1+rest, source)) // too large: no tail
	}
	return before, after
}

// isWide reports whether a part of an expression is many of nearly any character.
func isWide(t *syntax.Regexp) bool {
	const many, most = 16, 128 // repeated; of the 256 bytes
	switch t.Op {
	case syntax.OpStar, syntax.OpPlus:
	case syntax.OpRepeat:
		if t.Min > 0 || t.Max >= 0 && t.Max < many {
			return false
		}
	default:
		return false
	}
	switch sub := t.Sub[0]; sub.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpCharClass:
		n := 0
		for i := 0; i+1 < len(sub.Rune); i += 2 {
			n += int(min(sub.Rune[i+1], 255)-min(sub.Rune[i], 255)) + 1
		}
		return n > most
	}
	return false
}

// flatten appends what a tree is a sequence of: groups opened, and what is repeated once at
// least followed by the rest of its times.
func flatten(parts []*syntax.Regexp, t *syntax.Regexp) []*syntax.Regexp {
	switch t.Op {
	case syntax.OpCapture:
		return flatten(parts, t.Sub[0])
	case syntax.OpConcat:
		for _, sub := range t.Sub {
			parts = flatten(parts, sub)
		}
		return parts
	case syntax.OpPlus:
		return append(flatten(parts, t.Sub[0]), &syntax.Regexp{Op: syntax.OpStar, Flags: t.Flags, Sub: t.Sub})
	case syntax.OpRepeat:
		if rest := (syntax.Regexp{Op: t.Op, Flags: t.Flags, Sub: t.Sub, Min: t.Min - 1, Max: max(t.Max-1, -1)}); t.Min > 0 && rest.Max != 0 {
			return append(flatten(parts, t.Sub[0]), &rest)
		}
	}
	return append(parts, t)
}

// find returns the least to such that some parts[from:to] have only texts in which a
// literal is followed by the same number of characters, rest.
func find(parts []*syntax.Regexp, literals []string) (to, rest int, ok bool) {
	for to = 1; to <= len(parts); to++ {
		texts := []string{""}
		for from := to - 1; from >= 0; from-- {
			one, ok := language(parts[from], true)
			if texts = product(one, texts); !ok || texts == nil {
				break
			}
			if rest, ok := common(texts, literals); ok {
				return to, rest, true
			}
		}
	}
	return 0, 0, false
}

// common returns the least number of characters that follows a literal in each of texts.
func common(texts, literals []string) (rest int, ok bool) {
	for rest = range maxLiteral {
		if !slices.ContainsFunc(texts, func(text string) bool { return !follows(text, literals, rest) }) {
			return rest, true
		}
		if rest > utf8.RuneCountInString(texts[0]) {
			break
		}
	}
	return 0, false
}

// follows reports whether a literal is followed by rest characters in text.
func follows(text string, literals []string, rest int) bool {
	for ; rest > 0; rest-- {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return slices.ContainsFunc(literals, func(l string) bool { return strings.HasSuffix(text, strings.ToLower(l)) })
}

// language is all texts that t matches, in lower case if that is asked for; not ok when they are too many.
func language(t *syntax.Regexp, lower bool) (out []string, ok bool) {
	text := func(r ...rune) string {
		if lower {
			return strings.ToLower(string(r))
		}
		return string(r)
	}
	switch t.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpLiteral:
		return []string{text(t.Rune...)}, true
	case syntax.OpCharClass:
		for i := 0; i < len(t.Rune); i += 2 {
			for r := t.Rune[i]; r <= t.Rune[i+1]; r++ {
				if out = append(out, text(r)); len(out) > maxWords {
					return nil, false
				}
			}
		}
		return out, true
	case syntax.OpCapture:
		return language(t.Sub[0], lower)
	case syntax.OpQuest:
		out, ok = language(t.Sub[0], lower)
		return append(out, ""), ok
	case syntax.OpAlternate:
		for _, sub := range t.Sub {
			one, ok := language(sub, lower)
			if out = append(out, one...); !ok || len(out) > maxWords {
				return nil, false
			}
		}
		return out, true
	case syntax.OpConcat:
		out = []string{""}
		for _, sub := range t.Sub {
			one, ok := language(sub, lower)
			if out = product(out, one); !ok || out == nil {
				return nil, false
			}
		}
		return out, true
	}
	return nil, false
}

// product is each of a with each of b after it; nil when they are too many.
func product(a, b []string) []string {
	if len(a)*len(b) > maxWords {
		return nil
	}
	var out []string
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// longest is how many bytes the parts can match; not ok when there is no bound.
func longest(parts []*syntax.Regexp) (n int, ok bool) {
	for _, t := range parts {
		one, ok := longestOf(t)
		if n += one; !ok || n > MaxWindow {
			return 0, false
		}
	}
	return n, true
}

func longestOf(t *syntax.Regexp) (n int, ok bool) {
	switch t.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpNoMatch:
		return 0, false
	case syntax.OpLiteral:
		n = len(string(t.Rune))
		if t.Flags&syntax.FoldCase != 0 {
			n = utf8.UTFMax * len(t.Rune) // k and s have longer cases
		}
		return n, true
	case syntax.OpCharClass:
		if len(t.Rune) == 0 {
			return 0, false
		}
		return max(1, utf8.RuneLen(t.Rune[len(t.Rune)-1])), true
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return utf8.UTFMax, true
	case syntax.OpRepeat:
		one, ok := longestOf(t.Sub[0])
		return one * t.Max, ok && t.Max >= 0
	case syntax.OpCapture, syntax.OpQuest, syntax.OpConcat:
		return longest(t.Sub)
	case syntax.OpAlternate:
		for _, sub := range t.Sub {
			one, ok := longestOf(sub)
			if !ok {
				return 0, false
			}
			n = max(n, one)
		}
		return n, true
	}
	return 0, true // the assertions
}
