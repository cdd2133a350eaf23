// Package redact makes evidence: what a report may say of what was found.
//
// Evidence is printed on terminals, in logs and in refusals, and the bytes it is made
// of are an attacker's or somebody's secret. So it never holds a control character,
// never more than inspect.MaxEvidence bytes, and of a secret never more than Shown
// characters. Use Secret for what must not be known and Text for everything else.
package redact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lazaret/lazaret/inspect"
)

// Shown is how many characters of a secret are shown.
const Shown = 4

// Text returns s fit for a report: printable, with runs of white space as one space,
// and cut at a character to inspect.MaxEvidence bytes. Of a longer s it reads only the
// beginning.
func Text(s string) string {
	const more = "…"
	if len(s) > 8*inspect.MaxEvidence {
		s = s[:8*inspect.MaxEvidence]
	}
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '.'
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		if b.Len() > inspect.MaxEvidence {
			return cut(b.String(), inspect.MaxEvidence-len(more)) + more
		}
	}
	return b.String()
}

// cut returns at most n bytes of s, whole characters only.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Secret returns what may be said of a secret: its first characters, its length, and
// what it is. Of one shorter than three times Shown it shows nothing.
func Secret(secret []byte, what string) string {
	if len(secret) < 3*Shown {
		return Text(fmt.Sprintf("… (%d characters): %s", len(secret), what))
	}
	return Text(fmt.Sprintf("%s… (%d characters): %s", secret[:Shown], len(secret), what))
}

// Address returns an address that is public but long, such as a wallet's: its first
// six and last four characters.
func Address(a string) string {
	if len(a) < 20 {
		return Text(a)
	}
	return Text(a[:6] + "…" + a[len(a)-4:])
}
