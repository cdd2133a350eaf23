package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lazaret/lazaret/inspect"
)

// A Rule gives an action to findings. A condition that is empty holds for all; the
// first rule of a policy whose conditions hold for a finding decides on it, and a
// finding that no rule holds for has no consequence.
type Rule struct {
	Name       string
	Categories []inspect.Category
	Confidence inspect.Level // at least
	Action     Action        // Block, Quarantine, or Allow for a warning
}

func (r *Rule) holds(f *inspect.Finding) bool {
	return (r.Confidence == inspect.Low || f.Confidence >= r.Confidence) && (len(r.Categories) == 0 || slices.Contains(r.Categories, f.Category))
}

// DefaultRules are the rules that hold when an organisation has made none.
//
// Base rates decide them: 0.66 % of public images are malicious (Sysdig 2022) while
// 8.5 % hold some secret (RWTH Aachen 2023), so a leak warns; and what is common in
// honest images, such as an official name in a foreign namespace, never blocks alone.
// What only makes an image unwelcome (a scanner, a proxy, a young domain) waits for a
// person; what is hostile to whoever runs it is blocked. A secret warns however sure it is.
func DefaultRules() []Rule {
	return []Rule{
		{Name: "miner", Categories: []inspect.Category{inspect.Miner}, Confidence: inspect.High, Action: Block},
		{Name: "planted-access", Categories: []inspect.Category{inspect.Backdoor}, Confidence: inspect.High, Action: Block},
		{Name: "malware", Categories: []inspect.Category{inspect.Malware}, Confidence: inspect.High, Action: Block},
		{Name: "names-led-astray", Categories: []inspect.Category{inspect.DNSHijack, inspect.MaliciousDomain}, Confidence: inspect.High, Action: Block},
		{Name: "purpose", Categories: []inspect.Category{inspect.HackingTool, inspect.ProxyAvoidance, inspect.Forwarder}, Confidence: inspect.High, Action: Quarantine},
		{Name: "doubtful-domain", Categories: []inspect.Category{inspect.NewDomain, inspect.DynamicDNS}, Confidence: inspect.High, Action: Quarantine},
		{Name: "imitated-name", Categories: []inspect.Category{inspect.Typosquat}, Confidence: inspect.Medium, Action: Quarantine},
		{Name: "uninspectable", Categories: []inspect.Category{inspect.Uninspectable}, Confidence: inspect.Medium, Action: Quarantine},
		{Name: "unread-sample", Categories: []inspect.Category{inspect.Uninspectable}, Action: Allow},
		{Name: "official-name-elsewhere", Categories: []inspect.Category{inspect.Typosquat}, Action: Allow},
		{Name: "weak-signal", Confidence: inspect.Medium, Action: Allow},
	}
}

// A Namer finds fault with a repository's name; inspect/name's List is one.
type Namer interface {
	Check(repository string) []inspect.Finding
}

// A Policy is a list of rules, a mode and what is known of names. It is immutable
// and may be used from many goroutines.
type Policy struct {
	mode     Mode
	rules    []Rule
	names    Namer
	table    *correlations
	revision string
}

// New makes a policy; names may be nil. namesVersion changes whenever the answers of
// names do. An unknown mode, or a rule without a name or with an action that a rule
// cannot have, is an error.
func New(mode Mode, rules []Rule, names Namer, namesVersion string) (*Policy, error) {
	switch mode {
	case Enforce, Hold, Audit:
	default:
		return nil, fmt.Errorf("policy: no mode %.40q", mode)
	}
	for _, r := range rules {
		switch {
		case r.Name == "":
			return nil, fmt.Errorf("policy: a rule without a name")
		case r.Action != Block && r.Action != Quarantine && r.Action != Allow:
			return nil, fmt.Errorf("policy: rule %s: action %s is not block, quarantine or allow", r.Name, r.Action)
		}
	}
	rules = slices.Clone(rules)
	for i := range rules {
		rules[i].Categories = slices.Clone(rules[i].Categories)
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
		Names        string
		Correlations string
	}{logic, mode, rules, namesVersion, table.version})
	if err != nil {
		return nil, fmt.Errorf("policy: hash the rules: %w", err)
	}
	sum := sha256.Sum256(b)
	return &Policy{mode: mode, rules: rules, names: names, table: table, revision: hex.EncodeToString(sum[:8])}, nil
}

// logic is raised whenever Decide comes to answer the same question differently, so
// that a verdict which an older program left in a shared store is not taken for this one's.
const logic = 5

// Revision names the rules, the mode, the name data and what is made of them: other
// ones, other name.
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
	v.Found = p.facts(s.Image, blobs, &v)
	minded := p.minded(s, ex, v.Found, nil, 0)
	if p.table != nil {
		var configs []*inspect.ImageConfig
		if k := blobs[s.Image.Config]; k != nil && s.Image.Config != "" {
			configs = k.configs
		}
		var scripts []inspect.Script
		for _, d := range s.Image.Layers {
			if k := blobs[d]; k != nil {
				scripts = append(scripts, k.scripts...)
			}
		}
		facts := len(v.Found)
		v.Found = p.table.correlate(v.Found, minded, configs, scripts)
		minded = p.minded(s, ex, v.Found, minded, facts)
	}
	v.Reasons = p.reasons(v.Found, minded)
	if len(v.Reasons) > 0 {
		v.Judged = v.Reasons[0].Action
	}
	if len(v.Missing) > 0 && !v.Judged.Refuses() {
		v.Judged = Stream
		if p.mode == Hold {
			v.Judged = Wait
		}
	}
	v.Action = v.Judged
	if p.mode == Audit {
		v.Action = Allow
		if len(v.Missing) > 0 {
			v.Action = Stream
		}
	}
	return v
}

// minded appends to out which of the findings, from one on, no exception excuses.
func (p *Policy) minded(s Subject, ex []Exception, found []inspect.Finding, out []int, from int) []int {
	out = slices.Grow(out, len(found)-from)
	for i := from; i < len(found); i++ {
		if !slices.ContainsFunc(ex, func(e Exception) bool { return e.excuses(&s, &found[i]) }) {
			out = append(out, i)
		}
	}
	return out
}

// reasons returns the findings that a rule minds, the worst first.
func (p *Policy) reasons(found []inspect.Finding, minded []int) []Reason {
	type hit struct{ finding, rule int }
	var hits []hit
	for _, i := range minded {
		if k := slices.IndexFunc(p.rules, func(r Rule) bool { return r.holds(&found[i]) }); k >= 0 {
			hits = append(hits, hit{i, k})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(p.rules[a.rule].Action, p.rules[b.rule].Action),
			cmp.Compare(found[b.finding].Confidence, found[a.finding].Confidence),
			cmp.Compare(found[b.finding].Severity, found[a.finding].Severity))
	})
	var out []Reason
	if len(hits) > 0 {
		out = make([]Reason, len(hits))
	}
	for i, h := range hits {
		out[i] = Reason{Action: p.rules[h.rule].Action, Rule: p.rules[h.rule].Name, Finding: found[h.finding]}
	}
	return out
}
