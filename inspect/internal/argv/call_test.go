package argv_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
)

// A call far from the end of a script is given what is in its line, and the file keeps that.
func TestCalls(t *testing.T) {
	text := []byte("import os\nname = \"nmap -sS x\"\nos.system(\"masscan -p22 y\")\n" + strings.Repeat("z = 1\n", 20) + "t = \"tor -f w\"\n")
	f := &inspect.File{Path: "opt/x.py"}
	commands := argv.Of(f, text)
	for range 2 {
		var got []string
		for _, i := range argv.Calls(f, commands) {
			got = append(got, strings.Join(commands[i].Args, " "))
		}
		all := strings.Join(got, "; ")
		if !strings.HasSuffix(all, "masscan -p22 y") || strings.Contains(all, "nmap") || strings.Contains(all, "tor") {
			t.Errorf("calls are given %q", all)
		}
	}
}

func TestCode(t *testing.T) {
	for line, want := range map[string]string{
		"python3 -c 'print(1)'":            "print(1)",
		"nohup node -e 'f()' x":            "f()",
		"perl -MSocket -e 'f()'":           "f()",
		"php -r 'f();'":                    "f();",
		"deno eval 'f()'":                  "f()",
		"gawk 'BEGIN{system(\"x\")}'":      "BEGIN{system(\"x\")}",
		"sh -c 'f()'":                      "",
		"python3 -c":                       "",
		"grep -e 'f()' x":                  "",
		"python3 /x.py -c 'config of x'":   "",
		"awk '{print $1}' x":               "",
		"node --max-old-space-size=1 x.js": "",
	} {
		if diff := cmp.Diff(want, argv.Code(argv.Commands([]byte(line))[0].Args)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", line, diff)
		}
	}
}
