package policy

import "github.com/lazaret/lazaret/inspect"

// Canary is the repository of the image that a mirror makes itself, in each registry, and
// always refuses: by it a host shows that a refusal holds there. No rule of a file, no
// exception and no mode lets it pass. CanaryMarker is the harmless file in it.
const (
	Canary       = "lazaret/canary"
	CanaryMarker = "lazaret-canary.txt"
)

// canary decides on the canary: once all of it was inspected, it is refused.
func (p *Policy) canary(img Image, v Verdict) Verdict {
	f := inspect.Finding{
		Rule: rulePolicy + "canary", Category: CategoryPolicy, Severity: inspect.Low, Confidence: inspect.High,
		Path: CanaryMarker, Evidence: "a test, and harmless",
	}
	if n := len(img.Layers); n > 0 {
		f.Layer = img.Layers[n-1]
	}
	message := "This image is always refused"
	if p.mode == Audit {
		message += "; any other is not, in mode audit"
	}
	v.Found = append(v.Found, f)
	if len(v.Missing) > 0 {
		v.Action = p.await(Allow, v.Missing)
		if p.mode == Audit {
			v.Action = Stream
		}
		v.Judged = v.Action
		return v
	}
	v.Action, v.Judged = Block, Block
	v.Reasons = []Reason{{Action: Block, Rule: "canary", Finding: f, Message: message}}
	return v
}
