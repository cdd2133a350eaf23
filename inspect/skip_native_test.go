//go:build native

package inspect

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/textscan"
)

// Both machines find the same runs, wherever blocks end and whatever lies around them.
func TestMachinesAgreeOnRuns(t *testing.T) {
	if !textscan.Skips() {
		t.Skip("this processor has no AVX2")
	}
	collect := func(skip func([]byte, int) int, text []byte, block int) []run {
		var r runs
		r.reset(skip)
		for len(text) > 0 {
			n := min(block, len(text))
			r.feed(text[:n], n == len(text))
			text = text[n:]
		}
		return r.found
	}
	rng, found := rand.New(rand.NewPCG(5, 6)), 0
	parts := []string{"\n", "\r\n", " ", "x", "\\", "\\x4", "\\X4f", "==", "abc", "some/path-to_a.file", "\xff\x80", "{}",
		"aGVsbG8gd29ybGQsIHRoaXMgaXMgbXkgdGV4dA", "aGVsbG8gd29ybGQsIHRoaXMgaXM", "68656c6c6f20776f726c642c2074686973206973206d79",
		`\x68\x65\x6c\x6c\x6f\x20\x77\x6f\x72\x6c\x64`, `\x68\x65\x6c\x6c\x6f\x20\x77`,
		`\150\145\154\154\157\040\167\157\162\154`, `\150\145\x6c\154`, "\\1", "\\38"}
	for range 50_000 {
		var text []byte
		for range 1 + rng.IntN(14) {
			part := parts[rng.IntN(len(parts))]
			text = append(text, part[rng.IntN(2)*rng.IntN(len(part)):]...)
		}
		block := 1 + rng.IntN(len(text))
		want := collect(skip, text, block)
		found += len(want)
		if diff := cmp.Diff(want, collect(textscan.Skip, text, block), cmp.AllowUnexported(run{})); diff != "" {
			t.Fatalf("%q in blocks of %d: (-Go +C)\n%s", text, block, diff)
		}
	}
	if found < 10_000 {
		t.Errorf("only %d runs", found)
	}
}

// Both automata go through the same states, wherever blocks end.
func TestMachinesAgreeOnMarks(t *testing.T) {
	var literals []literal
	rng := rand.New(rand.NewPCG(7, 8))
	for n := range 200 {
		text := make([]byte, 3+rng.IntN(40))
		for i := range text {
			text[i] = "abcd-"[rng.IntN(1+rng.IntN(5))]
		}
		literals = append(literals, literal{string(text), n})
	}
	type end struct {
		at int
		o  output
	}
	a := newAutomaton(literals)
	total := 0
	for range 300 {
		text := make([]byte, rng.IntN(5000))
		for i := range text {
			text[i] = "abcd-ABx"[rng.IntN(1+rng.IntN(8))]
		}
		ends := func(s spotter, block int) (out []end) {
			s.begin()
			for from := 0; from < len(text); from += block {
				s.spot(spot(text, from, min(from+block, len(text))), func(at int, o output) { out = append(out, end{at, o}) })
			}
			return out
		}
		block := 1 + rng.IntN(max(1, len(text)))
		want := ends(a.spotter(), len(text)+1)
		total += len(want)
		if diff := cmp.Diff(want, ends(newStrider(a), block), cmp.AllowUnexported(end{}, output{})); diff != "" {
			t.Fatalf("%d bytes in blocks of %d: (-Go +C)\n%s", len(text), block, diff)
		}
	}
	if total < 1000 {
		t.Errorf("only %d literals", total)
	}
}

func spot(text []byte, from, to int) block { return block{data: text, from: from, to: to} }
