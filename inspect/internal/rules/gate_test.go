package rules

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequired(t *testing.T) {
	for expression, want := range map[string]string{
		`(?:.*/)?(?:masscan|msfconsole|msfd|nmap)`: "masscan msfconsole msfd nmap",
		`.*\.(?:jspx?|war)`:                        ".jspx .jsp .war",
		`a+bcd`:                                    "bcd",
		`(?:abc){2}`:                               "abc",
		`x[ab]yz`:                                  "xayz xbyz",
		`(?i)tor`:                                  "TOR",
		`(?i)ss-local`:                             "", // of which ſ is another case
		`.*`:                                       "",
		`(?:abc)?`:                                 "",
		`abc|d*`:                                   "",
	} {
		re, err := syntax.Parse(expression, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		got := required(re)
		if shortest(got) == 0 {
			got = nil
		}
		all := strings.Fields(want)
		slices.Sort(got)
		slices.Sort(all)
		if diff := cmp.Diff(strings.Join(all, " "), strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", expression, diff)
		}
	}
}

// A gate lets through all that its expression matches.
func FuzzGate(f *testing.F) {
	for _, e := range []string{`(?:.*/)?(?:masscan|msfconsole|nmap)`, `etc/cron.*`, `(?i)[a-c]x{2,}yz|q.r`, `(?:usr/|)(?:s?bin/)?(?:tor|ss-(?:local|server)2?)`, `(?:usr/|)s?bin/squid3?`, `x(?i)/nmaP[ab]?`} {
		f.Add(e, "usr/bin/nmap")
		f.Add(e, "etc/cron.d/x")
		f.Add(e, "AXXYZ")
		f.Add(e+"/nmap", "etc/cron.d/nmap")
		f.Add(e, "usr/sbin/squid3")
	}
	f.Fuzz(func(t *testing.T, expression, path string) {
		re, err := regexp.Compile(`\A(?:` + expression + `)\z`)
		if err != nil || len(expression) > 200 {
			return
		}
		if g := newGate([]string{expression}); re.MatchString(path) && !g.may(path) {
			t.Errorf("%q matches %q, and the gate is closed", expression, path)
		}
	})
}

// The gate of many names lets through what begins with one of them, in either case, and nothing else.
func TestGateOfNames(t *testing.T) {
	g := newGate([]string{`(?:.*/)?(?:nmap|(?i:zmap)|zgrab2?|t50)(?:\.py)?`, `(?:opt/(?:.*/)?)?masscan`})
	for path, want := range map[string]bool{
		"nmap": true, "usr/bin/nmap": true, "usr/bin/nmapfe": true, "zgrab": true, "ZMAP.py": true, "t50": true, "opt/masscan": true,
		"usr/nmap/x": false, "nma": false, "t5": false, "": false, "usr/bin/unmap": false, "usr/zgra": false, "lib/masscam": false,
	} {
		if got := g.may(path); got != want {
			t.Errorf("%q: %t, want %t", path, got, want)
		}
	}
}
