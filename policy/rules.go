package policy

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"
)

//go:embed default.yaml
var defaultYAML []byte

// DefaultText returns the policy that holds when an organisation has made none, as a file.
func DefaultText() string { return string(defaultYAML) }

// parsedDefault compiles it once: nothing changes what it returns.
var parsedDefault = sync.OnceValues(func() (*Rules, error) { return ParseRules("default.yaml", defaultYAML) })

// DefaultRules are the rules of DefaultText; nil, of which New makes no policy, if they
// did not compile, which a test excludes.
func DefaultRules() *Rules {
	r, err := parsedDefault()
	if err != nil {
		return nil
	}
	return r
}

// An Effect is what a rule does about what it holds for.
type Effect string

// The effects.
const (
	Permit   Effect = "allow"      // no later rule is asked
	Warn     Effect = "warn"       // pass, and say so
	Isolate  Effect = "quarantine" // refuse, until a person has looked
	Prohibit Effect = "block"      // refuse
)

var effects = []Effect{Permit, Warn, Isolate, Prohibit}

// action is what an effect that is given a reason for leads to.
func (e Effect) action() Action {
	switch e {
	case Permit, Warn:
		return Allow
	case Isolate:
		return Quarantine
	}
	return Block
}

// A Rule is one of a policy file.
type Rule struct {
	Name    string
	When    string // a CEL expression
	Action  Effect
	Message string // for the developer; may be empty
	Audit   bool   // it refuses nothing; the verdict says what it would have done

	when *expression
}

// A group of clients that a policy knows by a name.
type clientEntry struct {
	Name     string
	Networks []string // or single addresses
	Groups   []string
}

// Rules are a policy file, compiled: what New makes a policy of. They are immutable and may
// be used from many goroutines. The zero value is no policy.
type Rules struct {
	audit   bool // the whole file
	clients []clientEntry
	rules   []Rule
	asks    uses
	any     bool // there are rules that are asked for each finding
	audited bool // and rules that refuse nothing
	whole   bool // and ones that allow by all findings
	kinds   []string
}

// All returns the rules, in order.
func (r *Rules) All() []Rule { return slices.Clone(r.rules) }

// join notes what the rules as a whole need.
func (r *Rules) join() {
	for i := range r.rules {
		one := &r.rules[i]
		r.asks = r.asks.or(one.when.asks)
		r.any = r.any || one.when.each
		r.audited = r.audited || one.Audit
		r.whole = r.whole || one.when.whole && one.Action == Permit
		if !one.when.byKind() {
			continue
		}
		for _, f := range one.when.fields {
			if !slices.Contains(r.kinds, f) {
				r.kinds = append(r.kinds, f)
			}
		}
	}
}

// kindFields are those of a finding that many findings share.
var kindFields = []string{"rule", "category", "confidence", "severity"}

// byKind reports whether an expression is asked for each finding and has one answer for all
// findings of a kind.
func (e *expression) byKind() bool {
	return e.each && !slices.ContainsFunc(e.fields, func(f string) bool { return !slices.Contains(kindFields, f) })
}

// A FileError is what is wrong with a policy file, at one line of it.
type FileError struct {
	File    string
	Line    int
	What    string
	Snippet string // of the expression, and a mark below it; may be empty
}

func (e *FileError) Error() string {
	s := fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	if e.Snippet != "" {
		s += "\n" + e.Snippet
	}
	return s
}

// FileErrors takes the error of ParseRules apart, a FileError for each thing that is wrong; its
// Line is 0 of the file as a whole.
func FileErrors(err error) (out []FileError) {
	if err == nil {
		return nil
	}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, one := range all {
		var at *FileError
		if errors.As(one, &at) {
			out = append(out, *at)
		} else {
			out = append(out, FileError{What: one.Error()})
		}
	}
	return out
}

// ErrNoRules says that a policy has none: it would refuse nothing whatever, which is hardly
// what was meant.
var ErrNoRules = errors.New("policy: no rules: nothing would ever be refused")
