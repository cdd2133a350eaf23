package redact_test

import (
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
	} {
		if got := redact.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSecretShowsLittle(t *testing.T) {
	secret := strings.Repeat("abcdefghij", 4)
	if got, want := redact.Secret([]byte(secret), "a token"), "abcd… (40 characters): a token"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := redact.Secret([]byte("hunter2"), "a password"); strings.Contains(got, "h") && strings.Contains(got, "unt") {
		t.Errorf("a short secret is shown: %q", got)
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
		for _, got := range []string{redact.Text(s), redact.Secret([]byte(s), s), redact.Address(s)} {
			if len(got) > inspect.MaxEvidence || !utf8.ValidString(got) {
				t.Fatalf("%d bytes, valid %v: %q", len(got), utf8.ValidString(got), got)
			}
			if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
				t.Fatalf("unprintable at %d: %q", i, got)
			}
		}
	})
}
