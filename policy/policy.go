// Package policy turns facts into a verdict.
//
// Decide is pure: no I/O, no clock, no state. The same subject, evidence and
// exceptions give the same verdict, so a verdict can be computed again at every
// request and kept nowhere but as a memo. It trusts the reports it is given to be
// about the digests they name, and nothing else: evidence that is missing, of
// another kind or about another blob never makes a verdict milder.
//
// The rules are a file of CEL expressions (ParseRules), compiled before they are in force.
// The file is an administrator's and is trusted to mean what it says, not to be well
// written: a rule that cannot be evaluated refuses, what is not known of an image counts
// against it, no expression runs for long, and none in which an exception could refuse more
// is accepted.
//
// Use Decide for an image or for a single blob of it; New makes the Policy.
package policy

import (
	"fmt"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// An Action is what may be done with an image or a blob, in rising order of
// permission. The zero value denies. A warning is not an action: it is a Reason
// on an Allow.
type Action int

// The actions.
const (
	Block      Action = iota // refuse
	Quarantine               // refuse, until a person has looked
	Wait                     // not known yet: give out nothing of the content
	Stream                   // not known yet: give out all but what is held
	Allow                    // pass
)

var actions = [...]string{"block", "quarantine", "wait", "stream", "allow"}

// String returns the action's name in lower case.
func (a Action) String() string {
	if a < 0 || int(a) >= len(actions) {
		return fmt.Sprintf("action(%d)", int(a))
	}
	return actions[a]
}

// MarshalText writes the action's name; an unknown action is an error.
func (a Action) MarshalText() ([]byte, error) {
	if a < 0 || int(a) >= len(actions) {
		return nil, fmt.Errorf("policy: no action %d", int(a))
	}
	return []byte(actions[a]), nil
}

// UnmarshalText reads an action's name; an unknown name is an error.
func (a *Action) UnmarshalText(b []byte) error {
	for i, name := range actions {
		if string(b) == name {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("policy: no action %.40q", b)
}

// Refuses reports whether the action gives out nothing, now or later.
func (a Action) Refuses() bool { return a <= Quarantine }

// A Mode says what is done while evidence is missing, and whether a refusal is meant.
type Mode string

// The modes, as LAZARET_MODE has them.
const (
	Enforce Mode = "enforce" // stream while it is inspected, hold the tail
	Hold    Mode = "hold"    // give nothing before the image's verdict
	Audit   Mode = "audit"   // refuse nothing; the verdict says what would have been done
)

// An Image is what a verdict is about: the manifest's digest and the blobs it
// names. For the verdict on a name alone it has only a Reference; for that on a
// single blob, a Reference and one layer.
type Image struct {
	Reference oci.Reference
	Digest    oci.Digest   // of the manifest, "" if unknown
	Config    oci.Digest   // "" if unknown
	Layers    []oci.Digest // base first

	// Indexes that list the image, and Tags that point at it or at one of them: as far as an
	// exception asks for them.
	Indexes []oci.Digest
	Tags    []string

	// ConfigType is the media type by which the manifest calls the config. Where clients
	// would take it for an image's, "" included, it must have been inspected as one.
	ConfigType string

	Hub *HubFacts // nil: not known

	Size      int64     // of the config and the layers, as the manifest has it
	FirstSeen time.Time // when it was first asked for; zero: never, as far as is known
}

// HubFacts are what Docker Hub's API says of a repository.
type HubFacts struct {
	Official     bool // one of Docker's official images
	Verified     bool // a verified publisher's, or one that Docker sponsors
	Pulls, Stars int64
	Registered   time.Time // zero: not known
}

// obscurePulls and obscureAge say what an obscure repository is: one with fewer pulls, made
// less long ago. The imitations that Sysdig found in 2022 had from a dozen to 10,000 pulls.
const (
	obscurePulls = 10_000
	obscureAge   = 90 * 24 * time.Hour
)

// trusted reports whether Hub vouches for whoever publishes the repository.
func (h *HubFacts) trusted() bool { return h != nil && (h.Official || h.Verified) }

// obscure reports whether hardly anybody knows the repository yet.
func (h *HubFacts) obscure(at time.Time) bool {
	return h != nil && !h.trusted() && h.Pulls < obscurePulls && !h.Registered.IsZero() && at.Sub(h.Registered) < obscureAge
}

// Blobs returns the digests whose reports a verdict on the image needs, each once.
func (i Image) Blobs() []oci.Digest {
	seen := map[oci.Digest]bool{"": true}
	var out []oci.Digest
	for _, d := range append([]oci.Digest{i.Digest, i.Config}, i.Layers...) {
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}

// A Client is who asks.
type Client struct {
	Address string   // without a port
	Name    string   // "" if nobody gave it one
	Groups  []string // that it belongs to
}

// A Subject is the question: may this client have this image at this time?
type Subject struct {
	Image  Image
	Client Client
	At     time.Time
}

// Evidence is what is known of a subject's blobs.
type Evidence struct {
	Reports []inspect.Report // in any order; those of other blobs are ignored
}

// A Reason is one finding with what it leads to. Warnings have Action Allow.
type Reason struct {
	Action  Action          `json:"action"`
	Rule    string          `json:"policy"` // the policy rule that applied
	Finding inspect.Finding `json:"finding"`
	Message string          `json:"message,omitempty"` // of the rule, for the developer
	Audit   bool            `json:"audit,omitempty"`   // the rule is in mode audit: the action was not taken
}

// A Verdict is the answer.
type Verdict struct {
	Action  Action            `json:"action"`            // what to do
	Judged  Action            `json:"judged"`            // what to do if neither the mode nor a rule were audit
	Reasons []Reason          `json:"reasons,omitempty"` // worst first
	Missing []oci.Digest      `json:"missing,omitempty"` // blobs without a report
	Found   []inspect.Finding `json:"-"`                 // every finding, gaps and names included, in the order of the reports
}

// Meant is what to do if the mode were not audit, by the rules that are not on trial: what
// is to be done about an image that clients have. Where reports are missing and nothing
// refuses, it is Stream.
func (v Verdict) Meant() Action {
	worst := Allow
	if len(v.Missing) > 0 {
		worst = Stream
	}
	for _, r := range v.Reasons {
		if !r.Audit {
			worst = min(worst, r.Action)
		}
	}
	if len(v.Reasons) == 0 && v.Judged.Refuses() {
		return v.Judged // of no question
	}
	return worst
}

// Warned reports whether the verdict passes with a reason to mention.
func (v Verdict) Warned() bool { return v.Action == Allow && len(v.Reasons) > 0 }

// Final reports whether no further evidence can make the verdict permit more: it
// refuses, or nothing is missing. In mode audit, where a bad finding refuses nothing,
// that is when all is known.
func (v Verdict) Final() bool { return v.Action.Refuses() || len(v.Missing) == 0 }
