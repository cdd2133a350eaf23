// Package redact makes evidence: what a report may say of what was found.
//
// Evidence is printed on terminals, in logs and in refusals, and the bytes it is made
// of are an attacker's or somebody's secret. So it never holds a control character,
// never more than inspect.MaxEvidence bytes, and of a secret never more than Shown
// characters and a keyed hash. Use a Key for what must not be known and Text for everything else.
package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
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
// beginning, counted from where it is not blank. It is empty of a blank s alone.
func Text(s string) string {
	const more = "…"
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
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

// A Key makes fingerprints of secrets: the same secret has the same fingerprint
// wherever it is found, and from a fingerprint nobody without the key can tell whether a
// guess is right. The zero value is the key that everybody knows; see NewKey.
type Key struct{ own []byte }

// Sizes of a fingerprint, in bytes, and of a secret that has one under the key that everybody knows, in
// characters. A random one of that length cannot be guessed; what is shorter may be a
// password, so nothing is said of it that a guess could be tested by.
const (
	fingerprintSize = 6
	guessable       = 20
)

// publicKey stands in where an installation has no key of its own.
const publicKey = "github.com/lazaret/lazaret/inspect secret fingerprint, without a key"

// NewKey makes a key of an installation's own bytes, which it does not keep. Without any
// it is the key that everybody knows: then only secrets that are too long to be
// guessed have a fingerprint.
func NewKey(b []byte) Key {
	if len(b) == 0 {
		return Key{}
	}
	return Key{own: mac(b, "fingerprint")}
}

// Version names the key without telling it. Another key makes other reports.
func (k Key) Version() string {
	if k.own == nil {
		return "0"
	}
	return hex.EncodeToString(mac(k.own, "version")[:4])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// Secret returns what may be said of a secret: its first characters, its length, its
// fingerprint, and what it is. Of one shorter than three times Shown it shows nothing.
func (k Key) Secret(secret []byte, what string) string {
	var start, print string
	if len(secret) >= 3*Shown {
		start = string(secret[:Shown])
	}
	if f := k.Fingerprint(secret); f != "" {
		print = ", " + f
	}
	return Text(fmt.Sprintf("%s… (%d characters%s): %s", start, len(secret), print, what))
}

// Fingerprint returns # and twelve hexadecimal digits, or "" of what is too short for one.
func (k Key) Fingerprint(secret []byte) string {
	key := k.own
	if key == nil {
		if len(secret) < guessable {
			return ""
		}
		key = []byte(publicKey)
	}
	return "#" + hex.EncodeToString(mac(key, string(secret))[:fingerprintSize])
}

// Address returns an address that is public but long, such as a wallet's: its first
// six and last four characters.
func Address(a string) string {
	if len(a) < 20 {
		return Text(a)
	}
	return Text(a[:6] + "…" + a[len(a)-4:])
}
