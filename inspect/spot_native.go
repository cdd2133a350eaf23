//go:build native

package inspect

import (
	"slices"
	"sync"

	"github.com/lazaret/lazaret/internal/hyperscan"
	"github.com/lazaret/lazaret/internal/textscan"
)

// A scanning is spotting with Hyperscan, for machine code: texts are full of what begins
// like a literal, and there the automaton is twice as fast. Both find the same. Nothing is
// carried from block to block: a scan begins as many bytes before the block as a literal
// has, which the block holds.
type scanning struct {
	literals *hyperscan.Literals
	outs     [][]output // by literal
	longer   int
	fallback func() spotting
}

// newScanning returns the automaton where Hyperscan does not run.
func newScanning(literals []literal) spotting {
	s := &scanning{fallback: sync.OnceValue(func() spotting { return newStriding(literals) })}
	var texts []string
	index := map[string]int{}
	for _, l := range literals {
		s.longer = max(s.longer, len(l.text))
		k, ok := index[l.text]
		if !ok {
			k = len(texts)
			index[l.text] = k
			texts, s.outs = append(texts, l.text), append(s.outs, nil)
		}
		if o := (output{int32(l.pattern), l.text}); !slices.Contains(s.outs[k], o) {
			s.outs[k] = append(s.outs[k], o)
		}
	}
	var err error
	if s.literals, err = hyperscan.Compile(texts); err != nil {
		return s.fallback()
	}
	return s
}

func (s *scanning) longest() int { return s.longer }

func (s *scanning) spotter() spotter {
	sc, err := s.literals.Scanner()
	if err != nil {
		return s.fallback().spotter()
	}
	return &scanner{scanning: s, scan: sc}
}

// A striding is spotting with the automaton, walked in C.
type striding struct{ *automaton }

func newStriding(literals []literal) spotting {
	if a := newAutomaton(literals); a != nil {
		return striding{a}
	}
	return nil
}

func (s striding) spotter() spotter { return newStrider(s.automaton) }

// A strider is a walker in C.
type strider struct {
	*automaton
	scan *textscan.Scanner
}

func newStrider(a *automaton) *strider {
	return &strider{a, textscan.NewScanner(textscan.Automaton{Next: a.next, Class: &a.class, Longest: a.longer})}
}

func (s *strider) begin() { s.scan.Begin() }

func (s *strider) spot(b block, found func(int, output)) bool {
	return s.scan.Scan(b.data[b.from:b.to], func(m textscan.Mark) {
		s.told(b, int(m.At), m.State, found)
	})
}

type scanner struct {
	*scanning
	scan *hyperscan.Scanner
}

func (s *scanner) begin() {}

func (s *scanner) spot(b block, found func(int, output)) bool {
	start := max(0, b.from-s.longer)
	all, err := s.scan.Scan(b.data[start:b.to], b.from-start)
	for _, m := range all {
		for _, o := range s.outs[m.Literal] {
			found(start+int(m.End), o)
		}
	}
	return err == nil
}
