package name

import (
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// A slip is the one edit between two words, in rising order of how surely it is meant to
// be overlooked.
type slip int

const (
	none      slip = iota
	weak           // any other letter in the place of one: often a word of its own
	separator      // separators put into the word, or others than its own
	inserted       // a letter put into the word
	neighbour      // a letter replaced by one beside it on a keyboard, or by one that sounds like it
	omitted        // a letter left out
	doubled        // a letter doubled
	swapped        // two letters swapped
	confused       // a letter or two replaced by what looks alike
)

// String says what the slip is, for people.
func (s slip) String() string {
	switch s {
	case separator:
		return "other separators"
	case inserted:
		return "a letter put in"
	case neighbour:
		return "a letter replaced by one that is easily hit or heard for it"
	case omitted:
		return "a letter left out"
	case doubled:
		return "a doubled letter"
	case swapped:
		return "transposed letters"
	case confused:
		return "a letter replaced by one that looks alike"
	}
	return "another letter"
}

// confidence is what a finding of the slip may claim.
func (s slip) confidence() inspect.Level {
	switch {
	case s >= omitted:
		return inspect.High
	case s >= separator:
		return inspect.Medium
	}
	return inspect.Low
}

// compare returns the slip that makes word of right: their optimal string alignment
// distance is one. none if it takes more. For a right of four letters only doubling and
// swapping count. What looks alike is found by skeletons.
func compare(word, right string) slip {
	how := one(word, right)
	switch {
	case word == right, how == weak && len(right) <= minSure, len(right) < minSure && how != doubled && how != swapped:
		return none
	}
	return how
}

// one finds the single edit between two different words.
func one(word, right string) slip {
	if word == right {
		return none
	}
	i := 0
	for i < len(word) && i < len(right) && word[i] == right[i] {
		i++
	}
	w, r := word[i:], right[i:]
	switch len(word) - len(right) {
	case -1:
		if w == r[1:] {
			return omission(right, i)
		}
	case 0:
		if w[1:] == r[1:] {
			return substitution(w[0], r[0])
		}
		if len(w) > 1 && w[0] == r[1] && w[1] == r[0] && w[2:] == r[2:] {
			return swapped
		}
	case 1:
		if w[1:] == r {
			return insertion(word, i)
		}
	}
	return none
}

// omission judges the letter at i left out of right. A name without its digits or
// separators is how people write it in haste: rocketchat.
func omission(right string, i int) slip {
	if c := right[i]; '0' <= c && c <= '9' || isSeparator(rune(c)) {
		return none
	}
	return omitted
}

// substitution judges the letter is in the place of was.
func substitution(is, was byte) slip {
	switch {
	case '0' <= is && is <= '9':
		return none // a version: what looks like a letter is found by looksAlike
	case isSeparator(rune(is)) && isSeparator(rune(was)):
		return separator
	case adjacent(is, was), soundsAlike(is, was), soundsAlike(was, is):
		return neighbour
	}
	return weak
}

// insertion judges the letter at i of word that is not in the right one. The first place
// where two words differ is behind a doubled letter.
func insertion(word string, i int) slip {
	c := word[i]
	switch {
	case '0' <= c && c <= '9', isSeparator(rune(c)):
		return none
	case i > 0 && word[i-1] == c:
		return doubled
	case i == 0, i == len(word)-1:
		return none // a plural, or a word with a prefix
	}
	return inserted
}

// soundsAlike reports whether a is often written for b: kassandra, traefic.
func soundsAlike(a, b byte) bool {
	switch string([]byte{a, b}) {
	case "ck", "kq", "cq", "iy", "sz":
		return true
	}
	return false
}

// adjacent reports whether two letters lie side by side, or one above the other, on a
// keyboard in the order of QWERTY.
func adjacent(a, b byte) bool {
	rows := [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}
	place := func(c byte) (row, column int) {
		for r, keys := range rows {
			if i := strings.IndexByte(keys, c); i >= 0 {
				return r, i
			}
		}
		return -9, -9
	}
	ra, ca := place(a)
	rb, cb := place(b)
	if ra < 0 || rb < 0 {
		return false
	}
	if ra == rb {
		return ca-cb == 1 || cb-ca == 1
	}
	if ra > rb { // the lower row is shifted by half a key to the right
		ra, ca, rb, cb = rb, cb, ra, ca
	}
	return rb-ra == 1 && (cb == ca || cb == ca-1)
}

// newSkeleton makes a function that replaces what looks alike in a sans serif font by one
// of its forms, as Unicode Technical Standard 39, section 4, does for all scripts; a
// repository's name is ASCII. Words that look alike have the same skeleton.
func newSkeleton() func(string) string {
	r := strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "0", "o", "1", "l", "i", "l", "5", "s", "3", "e")
	return r.Replace
}
