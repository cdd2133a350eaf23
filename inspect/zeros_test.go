package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
)

// wide is s in UTF-16 of little endian.
func wide(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	return b.String()
}

// A text with NULs is found in as it lies, and without them: what runs it may not see them.
func TestZeros(t *testing.T) {
	reading := finder()
	reading.wants = func(*inspect.File) inspect.Want { return inspect.Hits | inspect.Content } // as whoever reads scripts does
	const parted = "decoded NUL: needle"
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"none":                          {"#!/bin/sh\nneedle\n", []string{"needle"}},
		"within a word":                 {"#!/bin/sh\nnee\x00dle\n", []string{parted}},
		"within each":                   {"#!/bin/sh\n\x00n\x00e\x00e\x00d\x00l\x00e\x00\n", []string{parted}},
		"within the line that runs it":  {"#!/bin/\x00sh\nneedle\n", []string{"needle", parted}},
		"beside a word":                 {"#!/bin/sh\n# \x00\nneedle\n", []string{"needle", parted}},
		"behind the first bytes":        {"#!/bin/sh\n" + strings.Repeat("echo x\n", 2000) + "nee\x00dle\n", []string{parted}},
		"and other characters":          {"#!/bin/sh\n# " + strings.Repeat("\x01\x02\x00", 300) + "\nnee\x00dle\n", []string{parted}},
		"without a line that runs it":   {"set -e\nnee\x00dle -x\n", []string{parted}},
		"UTF-16":                        {"\xff\xfe" + wide("Write-Host needle\r\n"), []string{parted}},
		"UTF-16, long":                  {"\xff\xfe" + wide(strings.Repeat("Write-Host x\r\n", 20_000)+"needle"), []string{parted}},
		"base64 in UTF-16":              {"\xff\xfe" + wide("iex "+b64("echo the needle is here, and nothing else")), []string{"decoded NUL>base64: needle"}},
		"NULs in base64":                {"echo " + b64("#!/bin/sh\necho and here is the nee\x00dle\n") + " | base64 -d", []string{"decoded base64>NUL: needle"}},
		"a program":                     {"\x7fELF\x02\x01\x01\x00nee\x00dle", nil},
		"what is no text":               {strings.Repeat("\x01\x02\x03\x04\x00ab", 200) + "nee\x00dle", nil},
		"hardly any text":               {strings.Repeat("\x00", 8000) + "nee\x00dle", nil},
		"words that NULs part":          {"HOME=/root\x00needle\x00PATH=/\x00", []string{"needle", parted}},
		"an archive, which is unpacked": {string(archive(t, entry{name: "x", body: "nee dle"})), nil},
	} {
		for kind, d := range map[string]fake{"whole": reading, "hits alone": finder()} {
			if kind == "hits alone" && name == "behind the first bytes" {
				continue // there nothing is kept of the file
			}
			r := report(t, inspector(t, inspect.Limits{}, d), archive(t, entry{name: "opt/x", body: c.body}))
			var got []string
			for _, f := range r.Findings {
				got = append(got, f.Evidence)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" || len(r.Gaps) > 0 {
				t.Errorf("%s, %s: gaps %v, findings (-want +got)\n%s", name, kind, r.Gaps, diff)
			}
		}
	}
}
