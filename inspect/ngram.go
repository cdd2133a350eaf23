package inspect

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// classes is how many classes of bytes there are.
const classes = 32

// classOf is the class of a byte. Both cases of a letter are one, and so are the digits, and signs that are
// rare in literals. It is what letters have in their low five bits, which is computed fast
// (internal/textscan); what is left of those goes to signs.
func classOf(c byte) uint8 {
	switch {
	case '@' <= c && c < 0x80:
		return c & 31
	case '0' <= c && c <= '9':
		return '[' & 31
	case c == '.':
		return '\\' & 31
	case c == '/', c == ':':
		return ']' & 31
	case c == '-':
		return '_' & 31
	case ' ' <= c && c < '@':
		return signs
	}
	return 0
}

// signs is the class of a blank and of most signs.
const signs = '^' & 31

// classNames has a character for each class, by which ngrams.txt names it.
const classNames = "~abcdefghijklmnopqrstuvwxyz0./#-"

// longestGram is the length of the longest texts that are counted, and fewestGrams how often a text occurs that is in
// ngrams.txt, in a million bytes.
const (
	longestGram = 4
	fewestGrams = 12
)

// ngrams says how common short texts are in honest files, in classes of bytes. It is a guide to speed, and to nothing
// else: what is found does not depend on it. TestWriteNgrams makes it.
//
//go:embed ngrams.txt
var ngrams string

// A gram is a text of up to longestGram classes: its length, then five bits for each.
type gram uint32

func (t gram) with(class uint8) gram {
	n := t>>20 + 1
	return min(n, longestGram)<<20 | (t<<5|gram(class))&(1<<(5*min(n, longestGram))-1)
}

// begin is the text without its last class.
func (t gram) begin() gram { return (t>>20-1)<<20 | t&(1<<20-1)>>5 }

// gramRates is what ngrams.txt says, by a byte.
var gramRates = sync.OnceValue(func() map[gram]float64 {
	out := map[gram]float64{}
	for line := range strings.Lines(ngrams) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, ";") {
			continue
		}
		name, number, ok := strings.Cut(line, " ")
		n, err := strconv.Atoi(number)
		t := gram(0)
		for _, c := range []byte(name) {
			k := strings.IndexByte(classNames, c)
			if ok = ok && k >= 0; !ok {
				break
			}
			t = t.with(uint8(k))
		}
		if !ok || err != nil || len(name) > longestGram {
			panic(fmt.Sprintf("ngrams.txt: line %q", line)) // it is part of the program, and a test reads it
		}
		out[t] = float64(n) / 1e6
	}
	return out
})

// rates appends to out how often, by a byte of honest text, each beginning of a text of classes occurs: first its first
// class. Of what is longer than longestGram it is a guess from its parts.
func rates(text string, out []float64) []float64 {
	all := gramRates()
	rate := func(t gram) float64 {
		if r, ok := all[t]; ok {
			return r
		}
		return fewestGrams / 4e6 // less than what is counted, and seldom none
	}
	t, last := gram(0), 1.0
	for i := range len(text) {
		if t = t.with(text[i]); i < longestGram {
			last = rate(t)
		} else {
			last *= min(1, rate(t)/rate(t.begin()))
		}
		out = append(out, last)
	}
	return out
}
