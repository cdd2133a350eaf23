package inspect_test

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
)

// rawDeflated is s in raw deflate.
func rawDeflated(t testing.TB, s string, level int) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// made is s compressed by a tool.
func made(t testing.TB, s, tool string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Stdin = strings.NewReader(s)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("%s: %v", tool, err)
	}
	return string(out)
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// script is a text of about n bytes, other for each n, that holds the needle.
func script(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 3))
	words := strings.Fields("$_POST eval if isset function foreach $data = array ( ) ; { } curl_exec system echo return explode 'https://example.com/' \"%s\" base64_decode $k++ ['cmd'] ùéß")
	var b strings.Builder
	for b.Len() < n/2 {
		b.WriteString(words[rng.IntN(len(words))] + " \n"[rng.IntN(2):][:1])
	}
	b.WriteString(" needle ")
	for b.Len() < n {
		b.WriteString(words[rng.IntN(len(words))] + fmt.Sprint(rng.IntN(9)))
	}
	return b.String()
}

// What is compressed and then encoded is found, also where nothing beside it says so.
func TestSqueezed(t *testing.T) {
	i := inspector(t, inspect.Limits{}, finder())
	text := script(3000)
	for name, c := range map[string]struct{ body, chain string }{
		"raw deflate":            {"<?php eval(gzinflate(base64_decode('" + b64(rawDeflated(t, text, 9)) + "')));", "base64>deflate"},
		"by itself":              {"$a = \"" + b64(rawDeflated(t, text, 6)) + "\";", "base64>deflate"},
		"of URLs":                {strings.NewReplacer("+", "-", "/", "_").Replace(b64(rawDeflated(t, text, 6))), "base64>deflate"},
		"folded":                 {folded(b64(rawDeflated(t, text, 9)), 76), "base64>deflate"},
		"reversed":               {"strrev('" + reversed(b64(rawDeflated(t, text, 9))) + "')", "reversed base64>deflate"},
		"in hex":                 {"gzinflate(hex2bin('" + hex.EncodeToString([]byte(rawDeflated(t, text, 9))) + "'))", "hex>deflate"},
		"of a program":           {b64(rawDeflated(t, "\x7fELF\x02\x01\x01\x00\x00 needle"+text, 9)), "base64>deflate"},
		"in one and another":     {b64(rawDeflated(t, "eval('"+b64(rawDeflated(t, text, 9))+"')", 9)), "base64>deflate>base64>deflate"},
		"not compressed at all":  {b64(rawDeflated(t, text, 0)), "base64>deflate"},
		"bzip2":                  {b64(made(t, text, "bzip2")), "base64>bzip2"},
		"xz":                     {b64(made(t, text, "xz")), "base64>xz"},
		"xz in hex":              {hex.EncodeToString([]byte(made(t, text, "xz"))), "hex>xz"},
		"lzma":                   {b64(made(t, text, "xz", "--format=lzma")), "base64>lzma"},
		"zstd":                   {b64(made(t, text, "zstd", "-19")), "base64>zstd"},
		"zstd, backwards":        {reversed(b64(made(t, text, "zstd"))), "reversed base64>zstd"},
		"bzip2 within bzip2 too": {b64(made(t, b64(made(t, text, "bzip2")), "bzip2")), "base64>bzip2>base64>bzip2"},
	} {
		r := report(t, i, archive(t, entry{name: "srv/x.php", body: "x\n" + c.body + "\n"}))
		if len(r.Findings) != 1 || len(r.Gaps) > 0 || r.Findings[0].Path != "srv/x.php" || r.Findings[0].Line != 2 || !strings.Contains(r.Findings[0].Evidence, "decoded "+c.chain+": ") {
			t.Errorf("%s: gaps %v, findings %v", name, r.Gaps, r.Findings)
		}
	}
}

// Texts of all lengths are told from what is no raw deflate, and that is not taken for one.
func TestDeflateIsTold(t *testing.T) {
	i := inspector(t, inspect.Limits{}, finder())
	missed, all := 0, 0
	for n := 60; n < 3000; n += 13 {
		for _, level := range []int{1, 6, 9} {
			all++
			if r := report(t, i, archive(t, entry{name: "x", body: b64(rawDeflated(t, script(n), level))})); len(r.Findings) != 1 {
				missed++
			}
		}
	}
	if missed*100 > all {
		t.Errorf("%d of %d are missed", missed, all)
	}
	for n := range 3000 {
		text := b64(string(noise(24+n%200, uint64(n))))
		if chain := inspect.Inflated(text); chain != "" {
			t.Errorf("%s is taken for %s", text, chain)
		}
	}
}

// Data that cannot be decompressed here is a gap, as it is in a file of its own.
func TestSqueezedUnsupported(t *testing.T) {
	packed := made(t, strings.Repeat("needle and more", 100), "xz", "--x86", "--lzma2")
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t, entry{name: "x", body: b64(packed)}))
	if len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, "filter") {
		t.Errorf("gaps %v", r.Gaps)
	}
}
