package secret_test

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
)

// sample returns a random text that an expression matches, but for its assertions of
// boundaries, which the caller's surroundings must satisfy. Repetitions without an end
// go a little beyond their least.
func sample(t testing.TB, expr string, rnd *rand.Rand) string {
	t.Helper()
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	write(&b, re, rnd)
	return b.String()
}

func write(b *strings.Builder, re *syntax.Regexp, rnd *rand.Rand) {
	repeat := func(low, high int) {
		if high < 0 || high > low+4 {
			high = low + 4
		}
		for range low + rnd.IntN(high-low+1) {
			if re.Sub[0].Op == syntax.OpAnyCharNotNL {
				b.WriteByte(letters[rnd.IntN(len(letters))])
				continue
			}
			write(b, re.Sub[0], rnd)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(member(re.Rune, rnd))
	case syntax.OpAnyChar: // neither letter nor digit, so a boundary of words
		b.WriteByte('\n')
	case syntax.OpAnyCharNotNL: // what an author meant who forgot the backslash
		b.WriteByte('.')
	case syntax.OpCapture, syntax.OpConcat:
		for _, s := range re.Sub {
			write(b, s, rnd)
		}
	case syntax.OpAlternate:
		write(b, re.Sub[rnd.IntN(len(re.Sub))], rnd)
	case syntax.OpStar:
		repeat(0, -1)
	case syntax.OpPlus:
		repeat(1, -1)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(re.Min, re.Max)
	}
}

// member picks a printable character of a class, whose ranges are pairs of bounds.
func member(ranges []rune, rnd *rand.Rand) rune {
	var all []rune
	for i := 0; i < len(ranges); i += 2 {
		for r := max(ranges[i], ' '); r <= min(ranges[i+1], '~'); r++ {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return ranges[0]
	}
	return all[rnd.IntN(len(all))]
}
