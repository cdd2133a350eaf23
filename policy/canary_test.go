package policy_test

import (
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// The canary is refused once all of it was inspected, by each mode, whatever the rules and the
// exceptions are; before, it is what any image is of which something is missing.
func TestCanary(t *testing.T) {
	blank, err := policy.ParseRules("test", []byte("mode: audit\nrules:\n  - name: none\n    when: \"false\"\n    action: block\n"))
	if err != nil {
		t.Fatal(err)
	}
	layer := oci.DigestOf([]byte("layer"))
	subject := policy.Subject{Image: policy.Image{Reference: oci.Reference{Registry: "ghcr.io", Repository: policy.Canary, Tag: "latest"}, Layers: []oci.Digest{layer}}}
	all := []policy.Exception{{ID: "1", Repository: "*/*"}, {ID: "2", Rule: "policy/canary"}, {ID: "3", Digest: layer}}
	for _, rules := range []*policy.Rules{policy.DefaultRules(), blank} {
		for mode, missing := range map[policy.Mode]policy.Action{policy.Enforce: policy.Stream, policy.Hold: policy.Wait, policy.Audit: policy.Stream} {
			p, err := policy.New(policy.Config{Mode: mode, Rules: rules})
			if err != nil {
				t.Fatal(err)
			}
			if rules == blank {
				missing = policy.Stream // its mode is audit as a whole
			}
			if v := p.Decide(subject, policy.Evidence{}, all); v.Action != missing || v.Final() {
				t.Errorf("%s: with nothing known %+v", mode, v)
			}
			v := p.Decide(subject, policy.Evidence{Reports: []inspect.Report{{Digest: layer}}}, all)
			if v.Action != policy.Block || v.Judged != policy.Block || len(v.Reasons) != 1 || v.Reasons[0].Finding.Layer != layer || v.Meant() != policy.Block {
				t.Errorf("%s: %+v", mode, v)
			}
			other := subject
			other.Image.Reference.Repository = "lazaret/canary2"
			if v := p.Decide(other, policy.Evidence{Reports: []inspect.Report{{Digest: layer}}}, nil); v.Action != policy.Allow {
				t.Errorf("%s: another repository: %+v", mode, v)
			}
		}
	}
}
