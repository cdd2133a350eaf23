package inspect

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The automaton steps by classes of bytes, so what it tells is held against a search for each literal.
func TestAutomatonFindsLiterals(t *testing.T) {
	t.Parallel()
	const signs = `aAbB019-_.:/$ "é`
	rng := rand.New(rand.NewPCG(1, 2))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = signs[rng.IntN(1+rng.IntN(len(signs)))]
		}
		return string(b)
	}
	var literals []literal
	for n := range 300 {
		text := strings.ToLower(strings.ReplaceAll(word(3+rng.IntN(14)), "\xc3", "c"))
		if end := text[rng.IntN(len(text)):]; len(end) >= 3 { // it ends where text does, and one part may stand for both
			literals = append(literals, literal{end, 300 + n})
		}
		literals = append(literals, literal{text, n})
	}
	a := newAutomaton(literals)
	type found struct {
		end  int
		text string
		id   int32
	}
	total := 0
	for range 100 {
		text := word(rng.IntN(3000))
		for range 50 {
			at := rng.IntN(len(text) + 1)
			text = text[:at] + literals[rng.IntN(len(literals))].text + text[at:]
		}
		var want, got []found
		for _, l := range literals {
			for end := len(l.text); end <= len(text); end++ {
				if lower(text[end-len(l.text):end]) == l.text {
					want = append(want, found{end, l.text, int32(l.pattern)})
				}
			}
		}
		s := a.spotter()
		s.begin()
		for from, to := 0, 0; from < len(text); from = to {
			to = min(from+1+rng.IntN(len(text)), len(text))
			s.spot(block{data: []byte(text), from: from, to: to}, func(end int, o output) {
				if n := len(got); n > 0 && (got[n-1].end > end || got[n-1].end == end && len(got[n-1].text) < len(o.text)) {
					t.Errorf("%q at %d is told after %q at %d", o.text, end, got[n-1].text, got[n-1].end)
				}
				got = append(got, found{end, o.text, o.pattern})
			})
		}
		for _, all := range [][]found{want, got} {
			slices.SortFunc(all, func(a, b found) int { return cmp.Or(a.end-b.end, int(a.id-b.id)) })
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in %q: found %d literals, want %d", text, len(got), len(want))
		}
		total += len(want)
	}
	if total < 1000 {
		t.Errorf("only %d literals", total)
	}
}

// lower is strings.ToLower for ASCII, and leaves all other bytes.
func lower(s string) string {
	return string(appendLower(nil, []byte(s)))
}
