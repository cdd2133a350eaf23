package policy

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
)

//go:embed correlate.yaml
var correlateYAML []byte

// defaultCorrelations reads the table that the program is built with, once: it takes a
// millisecond, and nothing changes what it returns.
var defaultCorrelations = sync.OnceValues(func() (*correlations, error) { return parseCorrelations(correlateYAML) })

// correlations are the table of correlate.yaml, which says what each field means.
type correlations struct {
	rules       []correlation
	wrappers    map[string]wrapper
	supervisors map[string][]string
	serves      map[string][]string
	profiles    []string
	aside       []string
	samples     []string
	system      []string
	version     string
}

type correlation struct {
	ID         string
	Category   inspect.Category
	Severity   inspect.Level
	Confidence inspect.Level
	What       string
	Source     string
	Apart      bool
	Starts     []string
	Needs      []need
	Spares     []spare
}

// A spare is what lets an anchor go: settings that limit the program which it is about.
type spare struct {
	Rules  []string // of the anchors
	By     string   // the rule of the fact that there must be,
	Unless []string // and of those that there must not
}

type need struct {
	Rules      []string
	Categories []inspect.Category
	Not        []string
	Confidence inspect.Level
	At         place
	Aside      bool
	Elsewhere  bool
	Named      []string
}

// A place is where a need looks for its fact.
type place string

const (
	anywhere  place = ""
	atStarted place = "started"
	atConfig  place = "config"
	atNear    place = "near"
	atTold    place = "told"
)

// A wrapper is a program that starts another.
type wrapper struct {
	Values  []string // options that take an argument
	Program []string // options whose argument is the program
	Skip    int      // arguments before the program
	Text    bool     // -c takes a command line
}

// rest is what a wrapper runs, of its arguments.
func (w wrapper) rest(args []string) []string {
	for len(args) > 0 {
		a := args[0]
		switch {
		case a == "--":
			return args[min(1+w.Skip, len(args)):]
		case slices.Contains(w.Values, a):
			args = args[min(2, len(args)):]
			continue
		case strings.HasPrefix(a, "-"), variable(a):
			args = args[1:]
			continue
		}
		break
	}
	return args[min(w.Skip, len(args)):]
}

// program is the argument of an option that names the program to run.
func (w wrapper) program(args []string) string {
	for i, a := range args {
		if slices.Contains(w.Program, a) && i+1 < len(args) {
			return args[i+1]
		}
		if name, value, ok := strings.Cut(a, "="); ok && slices.Contains(w.Program, name) {
			return value
		}
	}
	return ""
}

// parseCorrelations reads and checks a table.
func parseCorrelations(text []byte) (*correlations, error) {
	var doc struct {
		Rules       []correlation
		Wrappers    map[string]wrapper
		Supervisors map[string][]string
		Serves      map[string][]string
		Profiles    []string
		Aside       []string
		Samples     []string
		System      []string
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("policy: read the correlations: %w", err)
	}
	seen := map[string]bool{}
	for _, r := range doc.Rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("policy: correlation %q: %w", r.ID, err)
		}
		if seen[r.ID] {
			return nil, fmt.Errorf("policy: two correlations %q", r.ID)
		}
		seen[r.ID] = true
	}
	sum := sha256.Sum256(text)
	return &correlations{
		rules: doc.Rules, wrappers: doc.Wrappers, supervisors: doc.Supervisors, serves: doc.Serves, profiles: doc.Profiles, aside: doc.Aside, samples: doc.Samples, system: doc.System,
		version: hex.EncodeToString(sum[:8]),
	}, nil
}

func (r correlation) check() error {
	switch {
	case r.ID == "" || r.Category == "" || r.What == "" || r.Source == "":
		return fmt.Errorf("without an id, a category, a source, or words for what it is")
	case len(r.Needs) == 0 || len(r.Needs) > maxNeeds:
		return fmt.Errorf("%d needs", len(r.Needs))
	case r.Confidence == inspect.Low:
		return fmt.Errorf("of low confidence")
	case len(r.Needs) == 1 && len(r.Starts) == 0 && r.Needs[0].At == anywhere:
		return fmt.Errorf("it joins nothing")
	}
	for _, s := range r.Spares {
		if len(s.Rules) == 0 || s.By == "" || len(s.Unless) == 0 {
			return fmt.Errorf("it spares without saying what, by what, or unless what")
		}
	}
	for _, n := range r.Needs {
		if len(n.Rules)+len(n.Categories) == 0 {
			return fmt.Errorf("a need that everything meets")
		}
		for _, pattern := range slices.Concat(n.Rules, n.Not) {
			if _, err := path.Match(pattern, ""); err != nil {
				return fmt.Errorf("pattern %q: %w", pattern, err)
			}
		}
		if n.At != anywhere && n.At != atStarted && n.At != atConfig && n.At != atNear && n.At != atTold {
			return fmt.Errorf("no place %q", n.At)
		}
	}
	return nil
}

// Rules lists what the policy itself may find, for people: as inspect.Ruled does for detectors.
func (p *Policy) Rules() []inspect.Rule {
	out := []inspect.Rule{
		{ID: ruleGap, Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: inspect.High, What: "something that was not looked at, and why"},
		{ID: ruleConfigUnread, Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: inspect.High, What: "the config of an image that was read as something else"},
	}
	if p.table != nil {
		for _, r := range p.table.rules {
			out = append(out, inspect.Rule{ID: r.rule(), Category: r.Category, Severity: r.Severity, Confidence: r.Confidence, What: r.What, Source: r.Source})
		}
	}
	return out
}

func (r correlation) rule() string { return "correlation/" + r.ID }
