package policy_test

import (
	"encoding/json"
	"errors"
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

func (n names) Check(_, repository string) []inspect.Finding { return n[repository] }

// newPolicy makes a policy with the default rules.
func newPolicy(t testing.TB, mode policy.Mode, n policy.Namer) *policy.Policy {
	t.Helper()
	p, err := policy.New(policy.Config{Mode: mode, Rules: policy.DefaultRules(), Names: n, NamesVersion: "1"})
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
	for name, r := range map[string]*policy.Rules{"nil": nil, "zero": {}} {
		if p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: r}); !errors.Is(err, policy.ErrNoRules) || p != nil {
			t.Errorf("%s Rules make %v, %v", name, p, err)
		}
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
	for _, mode := range []policy.Mode{"", "enforced", "Audit"} {
		if p, err := policy.New(policy.Config{Mode: mode, Rules: policy.DefaultRules()}); err == nil || p != nil {
			t.Errorf("mode %q: New returned %v, %v", mode, p, err)
		}
	}
}

// rulesOf compiles a policy file.
func rulesOf(t testing.TB, text string) *policy.Rules {
	t.Helper()
	r, err := policy.ParseRules("test.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return r
}

func TestRevision(t *testing.T) {
	const one = "rules: [{name: a, when: 'true', action: block}]"
	seen := map[string]string{}
	for name, tt := range map[string]struct {
		mode    policy.Mode
		rules   string
		version string
	}{
		"base":              {policy.Enforce, one, "1"},
		"another mode":      {policy.Hold, one, "1"},
		"other names":       {policy.Enforce, one, "2"},
		"the file in audit": {policy.Enforce, "mode: audit\n" + one, "1"},
		"another action":    {policy.Enforce, "rules: [{name: a, when: 'true', action: warn}]", "1"},
		"another condition": {policy.Enforce, "rules: [{name: a, when: 'false', action: block}]", "1"},
		"a message":         {policy.Enforce, "rules: [{name: a, when: 'true', action: block, message: no}]", "1"},
		"a rule in audit":   {policy.Enforce, "rules: [{name: a, when: 'true', action: block, mode: audit}]", "1"},
		"a client":          {policy.Enforce, "clients: [{name: a, networks: [192.0.2.1]}]\n" + one, "1"},
		"another client":    {policy.Enforce, "clients: [{name: a, networks: [192.0.2.2]}]\n" + one, "1"},
		"two rules":         {policy.Enforce, "rules: [{name: a, when: 'true', action: block}, {name: b, when: 'true', action: block}]", "1"},
		"their order":       {policy.Enforce, "rules: [{name: b, when: 'true', action: block}, {name: a, when: 'true', action: block}]", "1"},
	} {
		p, err := policy.New(policy.Config{Mode: tt.mode, Rules: rulesOf(t, tt.rules), Names: nil, NamesVersion: tt.version})
		if err != nil {
			t.Fatal(err)
		}
		again, err := policy.New(policy.Config{Mode: tt.mode, Rules: rulesOf(t, "# a comment\n"+tt.rules), Names: nil, NamesVersion: tt.version})
		if err != nil {
			t.Fatal(err)
		}
		if p.Revision() != again.Revision() {
			t.Errorf("%s: the revision is %s and then %s", name, p.Revision(), again.Revision())
		}
		if other, ok := seen[p.Revision()]; ok {
			t.Errorf("%s has the revision of %s", name, other)
		}
		seen[p.Revision()] = name
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
