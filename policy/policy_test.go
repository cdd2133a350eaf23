package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

var allActions = []policy.Action{policy.Block, policy.Quarantine, policy.Wait, policy.Stream, policy.Allow}

// names is a Namer that knows some names to be bad.
type names map[string][]inspect.Finding

func (n names) Check(repository string) []inspect.Finding { return n[repository] }

// newPolicy makes a policy with the default rules.
func newPolicy(t testing.TB, mode policy.Mode, n policy.Namer) *policy.Policy {
	t.Helper()
	p, err := policy.New(mode, policy.DefaultRules(), n, "1")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestZeroValuesDeny(t *testing.T) {
	var a policy.Action
	if !a.Refuses() || a != policy.Block {
		t.Errorf("the zero Action is %s", a)
	}
	var v policy.Verdict
	if !v.Action.Refuses() || !v.Judged.Refuses() || v.Warned() {
		t.Errorf("the zero Verdict is %+v", v)
	}
	var r policy.Rule
	if !r.Action.Refuses() {
		t.Errorf("the zero Rule leads to %s", r.Action)
	}
	named := policy.Subject{Image: policy.Image{Reference: oci.Reference{Repository: "a/b"}}}
	for name, p := range map[string]*policy.Policy{"nil": nil, "zero": {}} {
		if v := p.Decide(named, policy.Evidence{}, nil); !v.Action.Refuses() || !v.Judged.Refuses() {
			t.Errorf("a %s Policy decides %s", name, v.Action)
		}
	}
	p := newPolicy(t, policy.Enforce, nil)
	if v := p.Decide(policy.Subject{}, policy.Evidence{}, nil); !v.Action.Refuses() || !v.Judged.Refuses() {
		t.Errorf("the zero Subject is given %s", v.Action)
	}
}

func TestActionText(t *testing.T) {
	seen := map[string]bool{}
	for i, a := range allActions {
		text, err := a.MarshalText()
		if err != nil || string(text) != a.String() || seen[string(text)] {
			t.Errorf("action %d is %q, %v", i, text, err)
		}
		seen[string(text)] = true
		var back policy.Action
		if err := back.UnmarshalText(text); err != nil || back != a {
			t.Errorf("%q is read back as %s, %v", text, back, err)
		}
		if a.Refuses() != (a == policy.Block || a == policy.Quarantine) {
			t.Errorf("%s: Refuses = %t", a, a.Refuses())
		}
		if i > 0 && a <= allActions[i-1] {
			t.Errorf("%s does not permit more than %s", a, allActions[i-1])
		}
	}
	for _, a := range []policy.Action{-1, policy.Allow + 1} {
		if text, err := a.MarshalText(); err == nil {
			t.Errorf("action %d is written %q", int(a), text)
		}
		if seen[a.String()] {
			t.Errorf("action %d is called %s", int(a), a)
		}
	}
	for _, text := range []string{"", "Allow", "allow ", "permit", "4", "action(4)"} {
		a := policy.Block
		if err := a.UnmarshalText([]byte(text)); err == nil || a != policy.Block {
			t.Errorf("%q is read as %s, %v", text, a, err)
		}
	}
}

func TestVerdictJSON(t *testing.T) {
	layer := oci.DigestOf([]byte("layer"))
	for _, want := range []policy.Verdict{
		{},
		{Action: policy.Allow, Judged: policy.Allow},
		{Action: policy.Stream, Judged: policy.Stream, Missing: []oci.Digest{layer}},
		{Action: policy.Allow, Judged: policy.Quarantine, Reasons: []policy.Reason{
			{Action: policy.Quarantine, Rule: "imitated-name", Finding: inspect.Finding{Rule: "name/x", Category: inspect.Typosquat, Severity: inspect.High, Confidence: inspect.Medium, Evidence: "x"}},
			{Action: policy.Allow, Rule: "weak-signal", Finding: inspect.Finding{
				Rule: "secret/x", Category: inspect.Secret, Severity: inspect.Critical, Confidence: inspect.High, Layer: layer,
				Path: "a\nb", Line: 3, Offset: 1 << 40, Evidence: "…", CreatedBy: "RUN x",
			}},
		}},
	} {
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got policy.Verdict
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", b, diff)
		}
	}
}

// What a store gives back may be damaged, or from another version of the program.
func TestVerdictJSONFailsClosed(t *testing.T) {
	for _, in := range []string{`{}`, `null`, `{"missing":[]}`, `{"action":null,"judged":null}`} {
		var v policy.Verdict
		if err := json.Unmarshal([]byte(in), &v); err == nil && !v.Action.Refuses() {
			t.Errorf("%s is read as %s", in, v.Action)
		}
	}
	for _, in := range []string{
		``, `[]`, `"allow"`, `{"action":4}`, `{"action":"permit"}`, `{"action":""}`, `{"action":"allow","judged":"fine"}`,
		`{"action":"allow","reasons":[{"action":"ignore"}]}`, `{"action":"allow","reasons":[{"finding":{"confidence":"huge"}}]}`,
	} {
		var v policy.Verdict
		if err := json.Unmarshal([]byte(in), &v); err == nil {
			t.Errorf("%s is read as %+v; want an error", in, v)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		mode  policy.Mode
		rules []policy.Rule
	}{
		"no mode":             {"", nil},
		"an unknown mode":     {"enforced", nil},
		"a rule without name": {policy.Enforce, []policy.Rule{{Action: policy.Block}}},
		"a rule that waits":   {policy.Enforce, []policy.Rule{{Name: "x", Action: policy.Wait}}},
		"a rule that streams": {policy.Enforce, []policy.Rule{{Name: "x", Action: policy.Stream}}},
		"no such action":      {policy.Enforce, []policy.Rule{{Name: "x", Action: 9}}},
	} {
		if p, err := policy.New(tt.mode, tt.rules, nil, ""); err == nil || p != nil {
			t.Errorf("%s: New returned %v, %v", name, p, err)
		}
	}
}

func TestRevision(t *testing.T) {
	one := []policy.Rule{{Name: "a", Action: policy.Block}}
	seen := map[string]string{}
	for name, tt := range map[string]struct {
		mode    policy.Mode
		rules   []policy.Rule
		version string
	}{
		"base":             {policy.Enforce, one, "1"},
		"another mode":     {policy.Audit, one, "1"},
		"other names":      {policy.Enforce, one, "2"},
		"no rules":         {policy.Enforce, nil, "1"},
		"another action":   {policy.Enforce, []policy.Rule{{Name: "a", Action: policy.Allow}}, "1"},
		"another floor":    {policy.Enforce, []policy.Rule{{Name: "a", Action: policy.Block, Confidence: inspect.High}}, "1"},
		"another category": {policy.Enforce, []policy.Rule{{Name: "a", Action: policy.Block, Categories: []inspect.Category{inspect.Miner}}}, "1"},
	} {
		p, err := policy.New(tt.mode, tt.rules, nil, tt.version)
		if err != nil {
			t.Fatal(err)
		}
		again, err := policy.New(tt.mode, tt.rules, nil, tt.version)
		if err != nil {
			t.Fatal(err)
		}
		if p.Revision() != again.Revision() {
			t.Errorf("%s: the revision is %s and then %s", name, p.Revision(), again.Revision())
		}
		if other, ok := seen[p.Revision()]; ok {
			t.Errorf("%s has the revision of %s", name, other)
		}
		if p.Mode() != tt.mode {
			t.Errorf("%s: Mode = %s", name, p.Mode())
		}
		seen[p.Revision()] = name
	}
}

func TestPolicyKeepsItsRules(t *testing.T) {
	rules := policy.DefaultRules()
	p, err := policy.New(policy.Enforce, rules, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rules {
		rules[i].Action = policy.Allow
		for j := range rules[i].Categories {
			rules[i].Categories[j] = "none"
		}
	}
	f := inspect.Finding{Category: inspect.Miner, Confidence: inspect.High}
	s, ev := imageOf(1, f)
	if v := p.Decide(s, ev, nil); v.Action != policy.Block {
		t.Errorf("after the caller changed its rules a miner is given %s", v.Action)
	}
}

func TestImageBlobs(t *testing.T) {
	a, b, c := oci.DigestOf([]byte("a")), oci.DigestOf([]byte("b")), oci.DigestOf([]byte("c"))
	for _, tt := range []struct {
		img  policy.Image
		want []oci.Digest
	}{
		{policy.Image{}, nil},
		{policy.Image{Digest: a}, []oci.Digest{a}},
		{policy.Image{Layers: []oci.Digest{b, b}}, []oci.Digest{b}},
		{policy.Image{Digest: a, Config: b, Layers: []oci.Digest{c, b, "", c}}, []oci.Digest{a, b, c}},
	} {
		if diff := cmp.Diff(tt.want, tt.img.Blobs()); diff != "" {
			t.Errorf("%+v: (-want +got)\n%s", tt.img, diff)
		}
	}
}
