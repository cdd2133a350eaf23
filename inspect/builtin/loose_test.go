package builtin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A file that is run without an ending or a first line that says so is judged like one that has them, as far as
// that is no more than medium: nobody may run it. What it starts in turn is told.
func TestLooseScripts(t *testing.T) {
	i := inspector(t)
	for name, tt := range map[string]struct{ body, want, runs string }{
		"commands of a shell":    {"sleep 5\nmasscan 10.0.0.0/8 -p22 --rate 100000\nsh /usr/lib/y/next\n", "hackingtool/launch low", "/usr/lib/y/next"},
		"a program in Python":    {"import os\nos.system(\"masscan 10.0.0.0/8 -p22 --rate 100000\")\nos.system(\"sh /usr/lib/y/next\")\n", "hackingtool/launch low", "/usr/lib/y/next"},
		"a program in JS":        {"const cp = require(\"child_process\")\ncp.execSync(\"masscan 10.0.0.0/8 -p22 --rate 100000\")\ncp.execSync(\"sh /usr/lib/y/next\")\n", "hackingtool/launch low", "/usr/lib/y/next"},
		"words of somebody else": {"Of masscan 10.0.0.0/8 -p22 --rate 100000\nmore is said\n", "", ""},
	} {
		r := inspectFiles(t, i, testimage.File{Path: "opt/a/upd", Body: []byte(tt.body)})
		var found, runs []string
		for _, f := range r.Findings {
			if f.Rule == "hackingtool/launch" {
				found = append(found, f.Rule+" "+f.Confidence.String())
			}
		}
		for _, s := range r.Scripts {
			runs = append(runs, s.Runs...)
		}
		if got := strings.Join(found, ", "); got != tt.want {
			t.Errorf("%s: found %q, want %q", name, got, tt.want)
		}
		if got := strings.Join(runs, " "); got != tt.runs {
			t.Errorf("%s: runs %q, want %q", name, got, tt.runs)
		}
	}
}

// Code that a command line hands an interpreter is read for the programs that it starts.
func TestCodeOnACommandLine(t *testing.T) {
	i := inspector(t)
	for body, want := range map[string]bool{
		"#!/bin/sh\npython3 -c 'import os; os.system(\"masscan 10.0.0.0/8 -p22 --rate 100000\")'\n":             true,
		"#!/bin/sh\nnode -e 'require(\"child_process\").execSync(\"masscan 10.0.0.0/8 -p22 --rate 100000\")'\n": true,
		"#!/bin/sh\nperl -e 'print \"masscan 10.0.0.0/8 -p22 --rate 100000\"'\n":                                false,
	} {
		r := inspectFiles(t, i, testimage.File{Path: "opt/a/run", Mode: 0o755, Body: []byte(body)})
		found := slices.ContainsFunc(r.Findings, func(f inspect.Finding) bool { return f.Rule == "hackingtool/launch" })
		if found != want {
			t.Errorf("%q: found is %v", body, found)
		}
	}
}
