package secret

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	gitleaks "github.com/zricethezav/gitleaks/v8/config"
)

// OwnRules returns the rules of rules.yaml with their examples.
func OwnRules(t testing.TB) []ownRule {
	t.Helper()
	d, err := parseData(rulesYAML)
	if err != nil {
		t.Fatal(err)
	}
	return d.Rules
}

// A RuleOf is what a test needs to know of a rule of gitleaks.
type RuleOf struct {
	ID       string
	Re, Path *regexp.Regexp
	Literals []string
	Streamed bool
}

// GitleaksRules returns the rules of gitleaks that the detector uses.
func GitleaksRules(t testing.TB, d *Detector) []RuleOf {
	t.Helper()
	file, err := parseGitleaks(gitleaks.DefaultConfig)
	if err != nil {
		t.Fatal(err)
	}
	var out []RuleOf
	all := append(slices.Collect(maps.Values(d.rules)), append(d.named, d.generic)...)
	for _, g := range file.Rules {
		i := slices.IndexFunc(all, func(r rule) bool { return r.id == g.ID && r.check == "" })
		if i < 0 {
			continue
		}
		r := all[i]
		_, streamed := d.rules[r.id]
		out = append(out, RuleOf{r.id, r.re, r.path, r.literals, streamed})
	}
	return out
}

// NamedFor returns the ids of the rules for some files that are for one of a name, and of those that are when
// each is asked.
func NamedFor(d *Detector, name string) (got, want []string) {
	lower := strings.ToLower(name)
	for _, r := range d.candidates(lower) {
		if r.isFor(name, lower) {
			got = append(got, r.id)
		}
	}
	for _, r := range d.named {
		if r.isFor(name, lower) {
			want = append(want, r.id)
		}
	}
	return got, want
}

// AllowedPath reports whether nothing in a file of a name is a secret, and whether the expressions of gitleaks say so.
func AllowedPath(d *Detector, name string) (got, want bool) {
	return anyPath(d.global, name), slices.ContainsFunc(d.global, func(a allowlist) bool { return a.paths != nil && a.paths.MatchString(name) })
}

// NamedFiles returns the files that rules are for, as they write them.
func NamedFiles(d *Detector) (all []string) {
	for _, r := range d.named {
		all = append(all, r.files...)
	}
	return all
}

// What tests need of the checks.
var (
	Entropy        = entropy
	GitHubChecksum = gitHubChecksum
	IsBasic        = isBasic
	ParseData      = func(b []byte) error { _, err := parseData(b); return err }
	ParseGitleaks  = func(s string) error { _, err := parseGitleaks(s); return err }
	ReadKey        = func(b []byte) (text string, sane, encrypted, ok bool) {
		k, ok := readKey(b)
		return k.String(), k.sane, k.encrypted, ok
	}
)
