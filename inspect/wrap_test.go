package inspect_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func deflated(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// folded breaks a text into lines of n characters.
func folded(s string, n int) string {
	var b strings.Builder
	for chunk := range slices.Chunk([]byte(s), n) {
		b.Write(chunk)
		b.WriteByte('\n')
	}
	return b.String()
}

// What is encoded in a text is found, at the place of what it is encoded in.
func TestEncoded(t *testing.T) {
	secret := "run this: the needle is here, and nothing else\n"
	reversed := []byte(b64(deflated(t, strings.Repeat(secret, 3))))
	slices.Reverse(reversed)
	wide := ""
	for _, c := range secret {
		wide += string(c) + "\x00"
	}
	nested := secret
	for range 60 {
		nested = "exec('" + b64(deflated(t, nested)) + "')"
	}
	for name, c := range map[string]struct{ text, chain string }{
		"base64":                       {"\necho " + b64(secret) + " | base64 -d", "base64"},
		"base64 of URLs":               {"\nx = \"" + base64.RawURLEncoding.EncodeToString([]byte(secret+"\xff\xfe\xff\xfe")) + "\"", "base64"},
		"base64, folded":               {"\ncat <<E | base64 -d\n" + folded(b64(strings.Repeat(secret, 5)), 76) + "E\n", "base64"},
		"base64 without its padding":   {"\n" + strings.TrimRight(b64(secret+"!"), "="), "base64"},
		"hex":                          {"\nunhexlify('" + hex.EncodeToString([]byte(secret)) + "')", "hex"},
		"escapes":                      {"\nprintf '" + escaped(secret) + "'", "escapes"},
		"octal escapes":                {"\nprintf '" + numbers(secret, `\%03o`, "") + "'", "escapes"},
		"escapes of both kinds":        {"\n$'" + numbers(secret[:20], `\%03o`, "") + escaped(secret[20:]) + "'", "escapes"},
		"base64 behind an octal one":   {"\nprintf '\\033" + b64(secret) + "'", "base64"},
		"escapes behind a part of one": {"\nprintf '\\x4" + escaped(secret) + "'", "escapes"},
		"base64 behind an escape":      {"\nprintf '\\x1b" + b64(secret) + "'", "base64"},
		"base64 of a variable":         {"\nPAYLOAD=" + b64(secret), "base64"},
		"base64 of an address":         {"\ncurl 'x?q=1&data=" + b64(secret) + "'", "base64"},
		"gzip in base64":               {"\n" + b64(string(gz(t, []byte(secret)))), "base64>gzip"},
		"zlib in base64, backwards":    {"\nd(\"" + string(reversed) + "\"[::-1])", "reversed base64>zlib"},
		"for PowerShell":               {"\npowershell -enc " + b64(wide), "base64>utf-16"},
		"60 deep":                      {"\n" + nested, "base64>zlib>base64>zlib"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "#!/bin/sh" + c.text
			i := inspector(t, inspect.Limits{}, finder())
			for _, lead := range []int{0, 1, 63<<10 - 7, 64<<10 - 20, 200_000} { // where the blocks that are searched end
				body := text[:9] + "\n" + strings.Repeat("#\n", lead/2) + text[9:]
				r := report(t, i, archive(t, entry{name: "opt/x", body: body}))
				if len(r.Findings) == 0 || len(r.Gaps) > 0 {
					t.Fatalf("%d bytes in: findings %v, gaps %v", lead, r.Findings, r.Gaps)
				}
				f := r.Findings[0]
				if line := 2 + lead/2; f.Path != "opt/x" || f.Line < line || f.Line > line+2 || f.Offset < int64(lead) || !strings.Contains(f.Evidence, "decoded "+c.chain[:min(20, len(c.chain))]) {
					t.Errorf("%d bytes in: %+v", lead, f)
				}
			}
		})
	}
}

func escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// What a line says that it decodes is decoded, though it is too short to be worth it elsewhere.
func TestSpelled(t *testing.T) {
	d := finder()
	d.wants = func(*inspect.File) inspect.Want { return inspect.Hits | inspect.Content } // as whoever reads scripts does
	i := inspector(t, inspect.Limits{}, d)
	for text, chain := range map[string]string{
		"#!/bin/sh\necho " + b64("needle\n") + " | base64 -d | sh\n":                                     "base64",
		"#!/bin/sh\nprintf %s '" + b64("needle") + "' | base64 --decode | bash\n":                        "base64",
		"#!/bin/sh\nbase64 -d <<< " + b64("needle") + " | sh\n":                                          "base64",
		"#!/usr/bin/python3\nexec(base64.b64decode('" + b64("needle") + "'))\n":                          "base64",
		"#!/usr/bin/python3\nos.system(bytes.fromhex('" + hex.EncodeToString([]byte("needle")) + "'))\n": "hex",
		"#!/bin/sh\necho " + hex.EncodeToString([]byte("needle")) + " | xxd -r -p | sh\n":                "hex",
		"#!/bin/sh\necho " + b64("echo "+b64("needle")+" | base64 -d | sh") + " | base64 -d | sh\n":      "base64>base64",
	} {
		r := report(t, i, archive(t, entry{name: "opt/x", body: text}))
		if len(r.Findings) != 1 || r.Findings[0].Line != 2 || !strings.Contains(r.Findings[0].Evidence, "decoded "+chain) {
			t.Errorf("%q: %+v", text, r.Findings)
		}
	}
	for _, text := range []string{"#!/bin/sh\necho " + b64("needle") + "\n", "words " + b64("needle") + " | base64 -d\n"} {
		if r := report(t, i, archive(t, entry{name: "opt/x", body: text})); len(r.Findings) > 0 {
			t.Errorf("%q: %+v", text, r.Findings)
		}
	}
}

// A command line that an encoded program has a shell run is inspected as a shell's.
func TestEncodedShell(t *testing.T) {
	var seen []string
	d := finder()
	d.judge = func(f *inspect.File, s inspect.Seen, _ func(inspect.Finding)) {
		if len(s.Hits) > 0 {
			seen = append(seen, string(f.Head))
		}
	}
	code := "import os\nos.system(\"echo \\\"the needle\\\" and more words\")\n"
	report(t, inspector(t, inspect.Limits{}, d), archive(t, entry{name: "opt/x.py", body: "exec('" + b64(code) + "')\n"}))
	if want := "#!/bin/sh\necho \"the needle\" and more words\n"; !slices.Contains(seen, want) {
		t.Errorf("judged %q, not %q", seen, want)
	}
}

// What is no text in disguise is left alone, and what is too much of it in what is run is a gap.
func TestEncodedBounds(t *testing.T) {
	i := inspector(t, inspect.Limits{Decode: 3}, finder())
	data := b64(strings.Repeat("\x01\xfe\x80binary needle", 40))
	if r := report(t, i, archive(t, entry{name: "data.txt", body: data + "\n" + strings.Repeat("deadbeef", 20)})); len(r.Findings)+len(r.Gaps) > 0 {
		t.Errorf("data: %+v", r)
	}
	deep := "needle"
	for range 5 {
		deep = "echo " + b64("a text with "+deep+" in it, that is long enough to be encoded")
	}
	if r := report(t, i, archive(t, entry{name: "x.sh", body: deep})); len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, "encoded more than 3 times") {
		t.Errorf("too deep: %+v", r)
	}
	long := "#!/bin/sh\necho " + b64(strings.Repeat("some text and then some more\n", 80_000)) + " | base64 -d | sh\n"
	if r := report(t, i, archive(t, entry{name: "x.sh", body: long})); len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, "encoded text") {
		t.Errorf("too long: %+v", r)
	}
	// Each run becomes a MiB.
	bomb := b64(string(gz(t, bytes.Repeat([]byte("needle "), 200_000))))
	if r := report(t, i, archive(t, entry{name: "x.txt", body: strings.Repeat(bomb+" ", 100)})); len(r.Gaps) == 0 || !strings.Contains(r.Gaps[0].Why, "at once") {
		t.Errorf("bomb: gaps %v, %d findings", r.Gaps, len(r.Findings))
	}
}
