package block_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect/internal/block"
)

// show writes a tree on one line.
func show(d *block.Directive) string {
	var parts []string
	for _, in := range d.Block {
		s := strings.Join(in.Words, " ")
		if in.Block != nil {
			s += " {" + show(in) + "}"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		style block.Style
		text  string
		want  string
	}{
		{block.Semicolons, "a b; # c;\nserver { listen 80;\n return 301 \"http://x/$uri\" ; }", "a b; server {listen 80; return 301 http://x/$uri}"},
		{block.Semicolons, "zone \"x\" { // a\n type master; /* b; */ forwarders { 1.1.1.1; }; };", "zone x {type master; forwarders {1.1.1.1}}"},
		{block.Semicolons, "set ${a} b${c}d; x{y z;}", "set ${a} b${c}d; x {y z}"},
		{block.Lines, ":80 {\n redir https://x{uri} # no\n}\n", ":80 {redir https://x{uri}}"},
		{block.Lines, ".:53 {\n template IN A {\n answer \"{{ .Name }} A 1.1.1.1\"\n }\n}", ".:53 {template IN A {answer {{ .Name }} A 1.1.1.1}}"},
		{block.Semicolons, "}}} a;", "a"},
		{block.Semicolons, "a 'b", "a b"},
	} {
		if diff := cmp.Diff(c.want, show(block.Parse([]byte(c.text), c.style))); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", c.text, diff)
		}
	}
}

func TestDepth(t *testing.T) {
	root := block.Parse([]byte(strings.Repeat("a {", 100000)+strings.Repeat("}", 100000)+"b;"), block.Semicolons)
	if n := len(root.Block); n != 2 || root.Block[1].Name() != "b" {
		t.Errorf("%d directives at the top", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a {b;}", "'", "\"\\", "/*", "{{{", "}#", "a${b}{"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, style := range []block.Style{block.Semicolons, block.Lines} {
			block.Parse(b, style).All(func(d *block.Directive) {
				if d.Offset < 0 || d.Offset > len(b) {
					t.Fatal(fmt.Sprint(d.Offset))
				}
			})
		}
	})
}
