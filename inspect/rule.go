package inspect

import (
	"cmp"
	"slices"
)

// A Rule is what a detector may say: the kind of its findings that share an ID. It is
// for people who want to know what is looked for, e.g. with `lazaret rules`.
type Rule struct {
	ID         string   `json:"id"` // as in Finding.Rule: "miner/stratum-launch"
	Category   Category `json:"category"`
	Severity   Level    `json:"severity"`
	Confidence Level    `json:"confidence"`       // the most that a finding of it ever claims
	What       string   `json:"what"`             // what it describes, in a few words
	Source     string   `json:"source,omitempty"` // where that is known from: an address, or a name
}

// Ruled is a Detector that lists its rules. What it returns is not changed by its caller.
type Ruled interface{ Rules() []Rule }

// Rules returns the rules of all detectors that list them, and the engine's own, by ID.
func (i *Inspector) Rules() []Rule {
	out := slices.Clone(engineRules)
	for _, d := range i.detectors {
		if r, ok := d.(Ruled); ok {
			out = append(out, r.Rules()...)
		}
	}
	slices.SortStableFunc(out, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// engineRules are the rules of findings that the engine makes itself.
var engineRules = []Rule{{
	ID: rulePacked, Category: Malware, Severity: Medium, Confidence: Low,
	What:   "a program packed by UPX that could not be unpacked",
	Source: "https://github.com/upx/upx, src/conf.h",
}}

// rulePacked says that a program's code was not seen. Honest programs are packed too, so
// it is low, and says something only beside other facts.
const rulePacked = "engine/packed"
