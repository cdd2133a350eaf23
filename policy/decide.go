package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// A Namer finds fault with the name of a registry's repository.
type Namer interface {
	Check(registry, repository string) []inspect.Finding
}

// An Imitator is a Namer that can tell what a repository's name imitates, "" if nothing.
type Imitator interface {
	Imitates(registry, repository string) string
}

// Config is what a Policy is made of. Mode and Rules must be set.
type Config struct {
	Mode  Mode   // of a file that is in mode audit as a whole it does not matter
	Rules *Rules // of ParseRules
	Names Namer  // nil: none is judged
	// NamesVersion changes whenever the answers of Names do.
	NamesVersion string
	// Upstreams are the variables of each registry, as upstream.vars has them, by its name;
	// one that is not in it has none.
	Upstreams map[string]map[string]string
}

// A Policy is a list of rules, a mode, and what is known of names and registries. It is
// immutable and may be used from many goroutines.
type Policy struct {
	mode      Mode
	rules     *Rules
	names     Namer
	upstreams map[string]map[string]string // by the name in lower case
	table     *correlations
	revision  string
}

// New makes a policy. An unknown mode, and rules that ParseRules did not make, are errors.
func New(c Config) (*Policy, error) {
	mode, rules := c.Mode, c.Rules
	switch mode {
	case Enforce, Hold, Audit:
	default:
		return nil, fmt.Errorf("policy: no mode %.40q", mode)
	}
	if rules == nil || len(rules.rules) == 0 {
		return nil, ErrNoRules
	}
	if rules.audit {
		mode = Audit
	}
	upstreams := map[string]map[string]string{}
	if rules.asks.upstream { // else they change nothing
		for registry, vars := range c.Upstreams {
			upstreams[strings.ToLower(registry)] = maps.Clone(vars)
		}
	}
	table, err := defaultCorrelations()
	if err != nil {
		return nil, err
	}
	// The fields are plain data, so this cannot fail.
	b, err := json.Marshal(struct {
		Logic        int
		Mode         Mode
		Rules        []Rule
		Clients      []clientEntry
		Names        string
		Correlations string
		Upstreams    map[string]map[string]string `json:",omitempty"`
	}{logic, mode, rules.rules, rules.clients, c.NamesVersion, table.version, upstreams})
	if err != nil {
		return nil, fmt.Errorf("policy: hash the rules: %w", err)
	}
	sum := sha256.Sum256(b)
	return &Policy{mode: mode, rules: rules, names: c.Names, upstreams: upstreams, table: table, revision: hex.EncodeToString(sum[:8])}, nil
}

// logic is raised whenever Decide comes to answer the same question differently, so
// that a verdict which an older program left in a shared store is not taken for this one's.
const logic = 8

// Revision names the rules, the mode, the name data, the variables of registries that rules
// ask for, and what is made of them: other ones, other name.
func (p *Policy) Revision() string { return p.revision }

// Mode returns the policy's mode.
func (p *Policy) Mode() Mode { return p.mode }

// Decide returns the verdict on s. It is total: whatever it is given, it answers; a
// policy that New did not make and a subject with neither a name nor a blob are blocked.
// Blobs of the image without a report in ev leave the verdict at Stream or, in mode
// hold, at Wait, unless what is known already refuses.
func (p *Policy) Decide(s Subject, ev Evidence, ex []Exception) Verdict {
	if p == nil || p.mode == "" || s.Image.Reference.Repository == "" && len(s.Image.Blobs()) == 0 {
		return Verdict{}
	}
	v := Verdict{Judged: Allow}
	blobs := index(ev.Reports)
	v.Found = p.facts(s.Image, s.At, blobs, &v)
	if s.Image.Reference.Repository == Canary {
		return p.canary(s.Image, v)
	}
	minded := p.minded(s, ex, v.Found, nil, 0)
	var configs []*inspect.ImageConfig
	config := blobs[s.Image.Config]
	if config != nil && s.Image.Config != "" {
		configs = config.configs
	}
	if p.table != nil {
		var scripts []inspect.Script
		for _, d := range s.Image.Blobs() { // the config has a healthcheck
			if k := blobs[d]; k != nil {
				scripts = append(scripts, k.scripts...)
			}
		}
		facts := len(v.Found)
		v.Found = p.table.correlate(v.Found, minded, configs, scripts, len(v.Missing) > 0)
		minded = p.minded(s, ex, v.Found, minded, facts)
	}
	facts := newImageFacts(&s, p.imitates(s.Image.Reference), configs, config != nil && s.Image.Config != "")
	q := newInquiry(p.rules, facts, &s, v.Found, minded, len(v.Missing) > 0)
	q.upstream.of = &upstreamFacts{vars: p.upstreams[strings.ToLower(s.Image.Reference.Registry)]}
	v.Reasons, v.Found = q.reasons(&s, ex, p.rules.audited)
	enforced := Allow
	for _, r := range v.Reasons {
		v.Judged = min(v.Judged, r.Action)
		if !r.Audit {
			enforced = min(enforced, r.Action)
		}
	}
	v.Judged, v.Action = p.await(v.Judged, v.Missing), p.await(enforced, v.Missing)
	if p.mode == Audit {
		v.Action = Allow
		if len(v.Missing) > 0 {
			v.Action = Stream
		}
	}
	return v
}

// await is an action while reports are missing.
func (p *Policy) await(a Action, missing []oci.Digest) Action {
	switch {
	case a.Refuses() || len(missing) == 0:
		return a
	case p.mode == Hold:
		return Wait
	}
	return Stream
}

// imitates returns what a repository's name imitates, as far as names can tell.
func (p *Policy) imitates(ref oci.Reference) string {
	if who, ok := p.names.(Imitator); ok && ref.Repository != "" {
		return who.Imitates(ref.Registry, ref.Repository)
	}
	return ""
}

// minded appends to out which of the findings, from one on, no exception excuses.
func (p *Policy) minded(s Subject, ex []Exception, found []inspect.Finding, out []int, from int) []int {
	out = slices.Grow(out, len(found)-from)
	for i := from; i < len(found); i++ {
		if !excused(&s, ex, &found[i]) {
			out = append(out, i)
		}
	}
	return out
}

// Client is who has an address, by the clients that the policy's file names.
func (p *Policy) Client(address string) Client {
	c := Client{Address: address}
	for _, e := range p.rules.clients {
		if !slices.ContainsFunc(e.Networks, func(n string) bool { return isClient(n, c) }) {
			continue
		}
		if c.Name == "" {
			c.Name = e.Name
		}
		for _, g := range e.Groups {
			if !slices.Contains(c.Groups, g) {
				c.Groups = append(c.Groups, g)
			}
		}
	}
	return c
}

// UnknownVars are the variables of registries that rules name and no registry has: most likely they are
// misspelt, in the file or in the settings.
func (p *Policy) UnknownVars() (out []string) {
	for _, r := range p.rules.rules {
		for _, name := range r.when.vars {
			known := false
			for _, vars := range p.upstreams {
				_, has := vars[name]
				known = known || has
			}
			if !known && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// AsksFirstSeen reports whether a verdict may hang on Image.FirstSeen.
func (p *Policy) AsksFirstSeen() bool { return p.rules.asks.firstSeen }

// NeedsAll reports whether what is found in one blob can be allowed by what is found, or
// not found, in all others: until all is known, nothing found has its consequence.
func (p *Policy) NeedsAll() bool { return p.rules.whole }

// Timely reports whether a verdict may hang on when it is asked for: it is not worth keeping.
func (p *Policy) Timely() bool { return p.rules.asks.now || p.rules.asks.firstSeen }

// Key names what a verdict on a subject may hang on beside its image, its reports and the
// exceptions: verdicts under other keys are other verdicts. Time is not in it: see Timely.
func (p *Policy) Key(s Subject) string {
	var parts []any
	asks := p.rules.asks
	if asks.tag {
		parts = append(parts, "tag", s.Image.Reference.Tag)
	}
	if asks.client {
		parts = append(parts, "client", s.Client)
	}
	if s.Image.Hub != nil {
		parts = append(parts, "hub", s.Image.Hub, s.Image.Hub.obscure(s.At))
	}
	if len(parts) == 0 {
		return ""
	}
	b, err := json.Marshal(parts)
	if err != nil { // it cannot be: they are plain data
		return s.At.String()
	}
	return string(b)
}
