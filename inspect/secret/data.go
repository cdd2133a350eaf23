package secret

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
)

//go:embed rules.yaml
var rulesYAML []byte

// data is rules.yaml.
type data struct {
	Adjust       map[string]adjustment `yaml:"adjust"`
	Skip         map[string]string     `yaml:"skip"` // id: reason
	Rules        []ownRule             `yaml:"rules"`
	Placeholders string                `yaml:"placeholders"`
}

// An adjustment says how a rule of gitleaks is matched and how bad and sure it is.
type adjustment struct {
	Literals   []string       `yaml:"literals"`
	Files      []string       `yaml:"files"`
	Regex      string         `yaml:"regex"`
	Before     int            `yaml:"before"`
	After      int            `yaml:"after"`
	Severity   *inspect.Level `yaml:"severity"`
	Confidence *inspect.Level `yaml:"confidence"`
}

// An ownRule is a rule that gitleaks does not have.
type ownRule struct {
	ID         string        `yaml:"id"`
	Severity   inspect.Level `yaml:"severity"`
	Confidence inspect.Level `yaml:"confidence"`
	What       string        `yaml:"what"`
	Files      []string      `yaml:"files"`
	Literals   []string      `yaml:"literals"`
	Pattern    string        `yaml:"pattern"`
	Before     int           `yaml:"before"`
	After      int           `yaml:"after"`
	Entropy    float64       `yaml:"entropy"`
	Check      string        `yaml:"check"` // "", "private-key", "basic" or "keystore"
	Match      []example     `yaml:"match"`
	Pass       []example     `yaml:"pass"`
}

// An example is a file that a test shows to the detector.
type example struct {
	Path       string         `yaml:"path"` // "config:…" is a part of a config
	Text       string         `yaml:"text"`
	Rule       string         `yaml:"rule"`       // if not the rule's own id
	Confidence *inspect.Level `yaml:"confidence"` // if not the rule's
	Severity   *inspect.Level `yaml:"severity"`   // if not the rule's
}

func parseData(b []byte) (data, error) {
	var d data
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return d, fmt.Errorf("secret: read the rules: %w", err)
	}
	if d.Placeholders == "" {
		return d, errors.New("secret: no placeholders")
	}
	return d, nil
}

// A rule is a rule of either source, ready for use.
type rule struct {
	id         string
	what       string
	source     string
	severity   inspect.Level
	confidence inspect.Level  // at most
	context    bool           // known by the name beside it, not by its own shape
	files      []string       // the files it is for, in lower case; none means all
	path       *regexp.Regexp // tried on those, if not nil
	re         *regexp.Regexp // nil means that the path says it all
	group      int            // of the secret; 0 means the first that took part
	entropy    float64
	allow      []allowlist
	check      string
	literals   []string
	before     int
	after      int
}

// The window around a literal of gitleaks' rules, in bytes: the name before a value has at
// most 50 characters, and what follows it at most 33 and the value's own.
const windowBefore, windowAfter = 64, 320

// contextPrefix begins the rules of gitleaks that know a value by the name beside it.
const contextPrefix = `[\w.-]{0,50}?`

// newRules makes the rules of both sources, gitleaks' first, and the list of what is no
// secret anywhere.
func newRules(g gitleaksFile, d data) ([]rule, []allowlist, error) {
	var rules []rule
	var global []allowlist
	var errs []error
	for _, a := range append(g.Allowlists, g.Allowlist) {
		list, err := newAllowlist(a)
		errs = append(errs, err)
		global = append(global, list)
	}
	known := map[string]bool{}
	for _, r := range g.Rules {
		known[r.ID] = true
		if _, ok := d.Skip[r.ID]; ok {
			continue
		}
		one, err := fromGitleaks(r, d.Adjust[r.ID])
		errs = append(errs, err)
		rules = append(rules, one)
	}
	for id := range d.Adjust {
		if !known[id] {
			errs = append(errs, fmt.Errorf("secret: gitleaks has no rule %s", id))
		}
	}
	for id := range d.Skip {
		if !known[id] {
			errs = append(errs, fmt.Errorf("secret: gitleaks has no rule %s", id))
		}
	}
	for _, r := range d.Rules {
		one, err := r.rule(d.Placeholders)
		errs = append(errs, err)
		rules = append(rules, one)
	}
	return rules, global, errors.Join(errs...)
}

func fromGitleaks(r gitleaksRule, a adjustment) (rule, error) {
	out := rule{
		id: r.ID, what: firstClause(r.Description), source: "gitleaks v8.30.1, config/gitleaks.toml", severity: inspect.High, confidence: inspect.High,
		group: r.SecretGroup, entropy: r.Entropy, literals: r.Keywords,
		before: cmp.Or(a.Before, windowBefore), after: cmp.Or(a.After, windowAfter),
		context: strings.HasPrefix(strings.TrimPrefix(r.Regex, "(?i)"), contextPrefix),
	}
	if out.context {
		out.confidence = inspect.Medium
	}
	if a.Severity != nil {
		out.severity = *a.Severity
	}
	if a.Confidence != nil {
		out.confidence = *a.Confidence
	}
	if len(a.Literals) > 0 {
		out.literals = a.Literals
	}
	var errs []error
	if expr := cmp.Or(a.Regex, r.Regex); expr != "" {
		out.re = compile(expr, &errs)
	}
	if r.Path != "" {
		out.path, out.files = compile(r.Path, &errs), a.Files
		if len(a.Files) == 0 {
			errs = append(errs, errors.New("it is for some files, and has no adjustment that says which"))
		}
	}
	for _, l := range r.Allowlists {
		list, err := newAllowlist(l)
		errs = append(errs, err)
		out.allow = append(out.allow, list)
	}
	if err := errors.Join(errs...); err != nil {
		return out, fmt.Errorf("secret: gitleaks' rule %s: %w", r.ID, err)
	}
	return out, nil
}

func (r ownRule) rule(placeholders string) (rule, error) {
	var errs []error
	out := rule{
		id: r.ID, what: r.What, source: "inspect/secret/rules.yaml", severity: r.Severity, confidence: r.Confidence, entropy: r.Entropy, check: r.Check,
		literals: r.Literals, files: r.Files, before: cmp.Or(r.Before, windowBefore), after: cmp.Or(r.After, windowAfter),
	}
	if r.Check != checkStore { // that is known by its first bytes
		out.re = compile(r.Pattern, &errs)
	}
	if r.Check != checkKey {
		out.allow = []allowlist{{regexes: compile(placeholders, &errs)}}
	}
	if r.ID == "" || r.What == "" || (r.Pattern == "") != (r.Check == checkStore) || len(r.Files) == 0 && len(r.Literals) == 0 {
		errs = append(errs, errors.New("a field is missing"))
	}
	if err := errors.Join(errs...); err != nil {
		return out, fmt.Errorf("secret: rule %s: %w", r.ID, err)
	}
	return out, nil
}

func compile(expr string, errs *[]error) *regexp.Regexp {
	re, err := regexp.Compile(expr)
	*errs = append(*errs, err)
	return re
}

// anyEnding is the key of the rules that are for names of any ending: for one, name.*.
const anyEnding = ".*"

// byEnding sorts rules for some files by what path.Ext says of those. Every file of a layer is
// asked about, and of most endings there is no rule.
func byEnding(rules []rule) map[string][]*rule {
	all := map[string][]*rule{anyEnding: nil}
	for _, r := range rules {
		for _, f := range r.files {
			all[path.Ext(f)] = nil
		}
	}
	for end := range all {
		for i := range rules {
			if slices.ContainsFunc(rules[i].files, func(f string) bool { return path.Ext(f) == end || path.Ext(f) == anyEnding }) {
				all[end] = append(all[end], &rules[i])
			}
		}
	}
	return all
}

// candidates are the rules that may be for the file of a name, which is in lower case.
func (d *Detector) candidates(lower string) []*rule {
	if list, ok := d.byEnding[path.Ext(lower)]; ok {
		return list
	}
	return d.byEnding[anyEnding]
}

// isFor reports whether a rule for some files is for the one of a name; lower is the name
// in lower case.
func (r *rule) isFor(name, lower string) bool {
	for _, f := range r.files {
		var ok bool
		switch {
		case f[0] == '*':
			ok = strings.HasSuffix(lower, f[1:])
		case strings.HasSuffix(f, "*"):
			ok = strings.HasPrefix(lower[strings.LastIndexByte(lower, '/')+1:], f[:len(f)-1])
		default:
			ok = strings.HasSuffix(lower, f) && (len(lower) == len(f) || lower[len(lower)-len(f)-1] == '/')
		}
		if ok {
			return r.path == nil || r.path.MatchString(name)
		}
	}
	return false
}

// secret returns the part of a match that is the secret.
func (r rule) secret(groups [][]byte) []byte {
	if r.group > 0 && r.group < len(groups) {
		return groups[r.group]
	}
	for _, g := range groups[1:] {
		if len(g) > 0 {
			return g
		}
	}
	return trimNewlines(groups[0])
}

// accepts reports whether a match is a secret. name and line are "" while they are not known.
func (r rule) accepts(name string, line []byte, groups [][]byte, global []allowlist) bool {
	secret := r.secret(groups)
	if r.entropy > 0 && entropy(secret) <= r.entropy {
		return false
	}
	if r.context && !bytes.ContainsAny(secret, "0123456789") {
		return false // a word; of random letters and digits fewer than 1 in 100 have no digit
	}
	match := trimNewlines(groups[0])
	for _, lists := range [][]allowlist{global, r.allow} {
		for _, a := range lists {
			if a.allows(name, line, match, secret) {
				return false
			}
		}
	}
	return r.check != checkBasic || isBasic(secret)
}
