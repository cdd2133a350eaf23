package secret

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lazaret/lazaret/inspect/internal/place"
)

// gitleaksFile is what is used of gitleaks' configuration
// (https://github.com/gitleaks/gitleaks#configuration).
type gitleaksFile struct {
	Allowlist  gitleaksAllow   `toml:"allowlist"`
	Allowlists []gitleaksAllow `toml:"allowlists"`
	Rules      []gitleaksRule  `toml:"rules"`
}

type gitleaksRule struct {
	ID          string          `toml:"id"`
	Description string          `toml:"description"`
	Path        string          `toml:"path"`
	Regex       string          `toml:"regex"`
	SecretGroup int             `toml:"secretGroup"`
	Entropy     float64         `toml:"entropy"`
	Keywords    []string        `toml:"keywords"`
	Allowlists  []gitleaksAllow `toml:"allowlists"`
}

type gitleaksAllow struct {
	Condition   string   `toml:"condition"`   // "AND", or any
	RegexTarget string   `toml:"regexTarget"` // "match", "line", or the secret
	Paths       []string `toml:"paths"`
	Regexes     []string `toml:"regexes"`
	StopWords   []string `toml:"stopwords"`
}

func parseGitleaks(text string) (gitleaksFile, error) {
	var f gitleaksFile
	if err := toml.Unmarshal([]byte(text), &f); err != nil {
		return f, fmt.Errorf("secret: read gitleaks' rules: %w", err)
	}
	if len(f.Rules) == 0 {
		return f, fmt.Errorf("secret: gitleaks' rules are empty")
	}
	return f, nil
}

// An allowlist says what is no secret.
type allowlist struct {
	all      bool // every kind of condition that is set must hold, not any
	target   string
	paths    *regexp.Regexp
	folders  []string // of paths, those that are a folder's name alone; most of what is allowed is below one
	regexes  *regexp.Regexp
	stopword []string // in lower case
}

func newAllowlist(a gitleaksAllow) (allowlist, error) {
	out := allowlist{all: strings.EqualFold(a.Condition, "AND") || a.Condition == "&&", target: a.RegexTarget}
	var err error
	if out.paths, err = join(a.Paths); err != nil {
		return out, err
	}
	for _, p := range a.Paths {
		name, ok := strings.CutPrefix(p, `(?:^|/)`)
		if name, whole := strings.CutSuffix(name, `(?:/.*)?$`); ok && whole && name == regexp.QuoteMeta(name) {
			out.folders = append(out.folders, name)
		}
	}
	if out.regexes, err = join(a.Regexes); err != nil {
		return out, err
	}
	for _, w := range a.StopWords {
		out.stopword = append(out.stopword, strings.ToLower(w))
	}
	return out, nil
}

// join makes one expression of several; nil of none.
func join(patterns []string) (*regexp.Regexp, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	return regexp.Compile("(?:" + strings.Join(patterns, "|") + ")")
}

// path reports whether nothing in a file of that name is a secret.
func (a allowlist) path(name string) bool {
	if a.paths == nil || a.all && (a.regexes != nil || len(a.stopword) > 0) {
		return false
	}
	below := func(folder string) bool { return place.Below(name, folder) }
	return strings.IndexByte(name, '\n') < 0 && slices.ContainsFunc(a.folders, below) || a.paths.MatchString(name)
}

// allows reports whether a match is no secret. name is the file's, "" while it is not
// known; line is the line that the match is in.
func (a allowlist) allows(name string, line, match, secret []byte) bool {
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = line
	}
	matched := a.regexes != nil && a.regexes.Match(target)
	stopped := false
	if len(a.stopword) > 0 {
		lower := strings.ToLower(string(secret))
		for _, w := range a.stopword {
			if stopped = strings.Contains(lower, w); stopped {
				break
			}
		}
	}
	if !a.all {
		return matched || stopped
	}
	return (a.paths == nil || a.paths.MatchString(name)) && (a.regexes == nil || matched) && (len(a.stopword) == 0 || stopped)
}

// entropy is Shannon's, in bits a byte.
func entropy(b []byte) float64 {
	if len(b) == 0 {
		return 0
	}
	var count [256]int
	for _, c := range b {
		count[c]++
	}
	sum := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(b))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// firstClause shortens gitleaks' descriptions, which say what there is, a comma, and
// what could come of it.
func firstClause(s string) string {
	s, _, _ = strings.Cut(s, ", ")
	return strings.TrimSuffix(s, ".")
}

// trimNewlines does what gitleaks does with a match before it looks for the secret.
func trimNewlines(b []byte) []byte { return bytes.Trim(b, "\n") }
