package redact_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":              "plain",
		"  a\n\tb  c ":       "a b c",
		"a\x1b[31mred\x00":   "a.[31mred.",
		"bad \xff utf-8":     "bad . utf-8",
		"zero\u200bwidth":    "zero.width",
		"right\u202eto left": "right.to left",
		strings.Repeat("\n", 10*inspect.MaxEvidence) + "far": "far",
		strings.Repeat(" ", 10*inspect.MaxEvidence):          "",
	} {
		if got := redact.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSecretShowsLittle(t *testing.T) {
	secret := strings.Repeat("abcdefghij", 4)
	const form = `^abcd… \(40 characters, #[0-9a-f]{12}\): a token$`
	for name, k := range map[string]redact.Key{"everybody's": {}, "an own": redact.NewKey([]byte("k"))} {
		if got := k.Secret([]byte(secret), "a token"); !regexp.MustCompile(form).MatchString(got) {
			t.Errorf("%s key: %q", name, got)
		}
		if got := k.Secret([]byte("hunter2"), "a password"); strings.Contains(got, "hunter") || strings.Contains(got, "#") != (name == "an own") {
			t.Errorf("%s key, a short secret: %q", name, got)
		}
	}
}

// The fingerprint is of the secret and the key, and of nothing else.
func TestFingerprints(t *testing.T) {
	a, b := strings.Repeat("a1", 20), strings.Repeat("a1", 19)+"a2"
	one, two := redact.NewKey([]byte("one")), redact.NewKey([]byte("two"))
	if one.Secret([]byte(a), "x") != redact.NewKey([]byte("one")).Secret([]byte(a), "x") {
		t.Error("the same secret has two fingerprints")
	}
	texts := map[string]string{}
	for name, k := range map[string]redact.Key{"one": one, "two": two, "none": {}} {
		for _, s := range []string{a, b} {
			got := k.Secret([]byte(s), "x")
			if was, ok := texts[got]; ok {
				t.Errorf("%s and %s have the same text", was, name)
			}
			texts[got] = name
		}
	}
	if one.Version() == two.Version() || one.Version() == (redact.Key{}).Version() || redact.NewKey(nil).Version() != (redact.Key{}).Version() {
		t.Error("the version does not tell keys apart")
	}
}

func TestAddress(t *testing.T) {
	if got, want := redact.Address("1234567890123456789012345"), "123456…2345"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := redact.Address("short"); got != "short" {
		t.Errorf("%q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("plain")
	f.Add(strings.Repeat("é", 500))
	f.Add("\xff\x00\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{redact.Text(s), redact.NewKey([]byte(s)).Secret([]byte(s), s), redact.Address(s)} {
			if len(got) > inspect.MaxEvidence || !utf8.ValidString(got) {
				t.Fatalf("%d bytes, valid %v: %q", len(got), utf8.ValidString(got), got)
			}
			if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
				t.Fatalf("unprintable at %d: %q", i, got)
			}
		}
		if blank := strings.TrimSpace(s) == ""; (redact.Text(s) == "") != blank {
			t.Fatalf("%q, blank %v, is %q", s, blank, redact.Text(s))
		}
	})
}
