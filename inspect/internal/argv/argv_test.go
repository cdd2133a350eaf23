package argv_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
)

func words(commands []argv.Command) (out [][]string) {
	for _, c := range commands {
		out = append(out, c.Args)
	}
	return out
}

func TestCommands(t *testing.T) {
	for text, want := range map[string][][]string{
		"a -b c; d|e && f":                    {{"a", "-b", "c"}, {"d"}, {"e"}, {"f"}},
		"a \\\n -b \\\r\n c\nd":               {{"a", "-b", "c"}, {"d"}},
		`CMD ["x","-o","h:1"]`:                {{"CMD", "x", "-o", "h:1"}},
		"p(['x', '-o',\n 'h:1'])":             {{"p"}, {"x", "-o", "h:1"}},
		`sh -c 'a b; c'`:                      {{"sh", "-c", "a b; c"}, {"a", "b"}, {"c"}},
		"echo don't\nx -o y # z":              {{"echo", "don", "t"}, {"x", "-o", "y"}},
		`a "b \"c\" d" e\ f`:                  {{"a", `b "c" d`, "e f"}, {"b", "c", "d"}, {"e", "f"}},
		`run(f'a {b} c')`:                     {{"run"}, {"fa {b} c"}, {"fa", "{b}", "c"}, {"a", "{b}", "c"}},
		`spawn("a -p #{b} c") # d`:            {{"spawn"}, {"a -p #{b} c"}, {"a", "-p", "#{b}", "c"}},
		"# comment\nnot#one":                  {{"not#one"}},
		"echo a>>/etc/b 2>c":                  {{"echo", "a", ">>", "/etc/b", "2", ">", "c"}},
		"":                                    nil,
		strings.Repeat("w ", 257):             {strings.Fields(strings.Repeat("w ", 256)), {"w"}},
		string(bytes.Repeat([]byte{0xff}, 3)): {{"\xff\xff\xff"}},
	} {
		if diff := cmp.Diff(want, words(argv.Commands([]byte(text)))); diff != "" {
			t.Errorf("%.60q: (-want +got)\n%s", text, diff)
		}
	}
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		path string
		text string
		want []argv.Command
	}{
		{"config:cmd", "sh\n-c\na b; c", []argv.Command{{Args: []string{"sh", "-c", "a b; c"}}, {Args: []string{"a", "b"}, Offset: 6}, {Args: []string{"c"}, Offset: 6}}},
		{"config:history", "/bin/sh -c #(nop) CMD [\"x\"]\ny", []argv.Command{{Args: []string{"/bin/sh", "-c", "CMD", "x"}}, {Args: []string{"y"}, Offset: 28}}},
	} {
		got := argv.Of(&inspect.File{Path: c.path, Type: inspect.Document}, []byte(c.text))
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(argv.Command{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.path, diff)
		}
	}
}

func FuzzCommands(f *testing.F) {
	for _, s := range []string{"a \"b", "'\\", "a\\\n", "sh -c 'a; b'", ">>>", "[\"a\",\n\"b\"]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range argv.Commands(b) {
			if len(c.Args) == 0 || c.Offset < 0 || c.Offset > len(b) {
				t.Fatalf("%+v", c)
			}
		}
		if diff := cmp.Diff(argv.PlainAssignments(b), argv.Assignments(b)); diff != "" {
			t.Errorf("variables of %q (-want +got)\n%s", b, diff)
		}
	})
}

// Variables are found line by line as they are in the whole text.
func TestAssignmentsAreOfLines(t *testing.T) {
	pieces := strings.Split("A=1 B_2= =|\n|\n|\r\n|;|&& |export | \t|ENV X y|C=\"x y\"|D='a=b'|E=\"open\n|F=$x|echo $A|local |\n\nG=7|H=`h`|=|2A=1", "|")
	r := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		var b []byte
		for range 1 + r.IntN(20) {
			b = append(b, pieces[r.IntN(len(pieces))]...)
		}
		if r.IntN(100) == 0 {
			b = bytes.Repeat(b, 100) // more than are looked at
		}
		if diff := cmp.Diff(argv.PlainAssignments(b), argv.Assignments(b)); diff != "" {
			t.Fatalf("%q (-want +got)\n%s", b, diff)
		}
	}
}

func TestExpand(t *testing.T) {
	for text, want := range map[string]string{
		"A=b\necho $A ${A}c $B":             "A=b\necho b bc $B",
		"export H='x y'; echo \"$H\"":       "export H='x y'; echo \"x y\"",
		"A=$(id)\n$A":                       "A=$(id)\n$A",
		"echo ${P:-1.1.1.1} ${Q=z}":         "echo 1.1.1.1 z",
		"ENV H=h.net\nRUN curl http://$H/x": "ENV H=h.net\nRUN curl http://h.net/x",
		"nothing":                           "nothing",
	} {
		if got := string(argv.Expand([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for name, want := range map[string]string{
		"fscan_amd64": "fscan", "merlinserver-linux-x64": "merlinserver", "tool-v1.2.3-linux-musl": "tool", "xmrig.exe": "xmrig", "xmrig": "xmrig",
		"t-rex": "t-rex", "redis-server": "redis-server", "kubeletctl_linux_386": "kubeletctl", "a-64": "a-64", "": "",
	} {
		if got := argv.Plain(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
