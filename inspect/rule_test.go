package inspect_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
)

// ruled is a fake that lists rules.
type ruled struct {
	fake
	rules []inspect.Rule
}

func (r ruled) Rules() []inspect.Rule { return r.rules }

func TestRules(t *testing.T) {
	two := ruled{finder(), []inspect.Rule{{ID: "finder/b", What: "b"}, {ID: "finder/a", What: "a"}}}
	var got []string
	for _, r := range inspector(t, inspect.Limits{}, two, lister()).Rules() {
		got = append(got, r.ID)
	}
	if diff := cmp.Diff([]string{"engine/packed", "finder/a", "finder/b"}, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

// Each built-in detector lists its rules, each once, and says what they are.
func TestBuiltinRules(t *testing.T) {
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	rules := inspector(t, inspect.Limits{}, detectors...).Rules()
	for n, r := range rules {
		if r.What == "" || r.Category == "" || r.Confidence > inspect.High || n > 0 && r.ID == rules[n-1].ID {
			t.Errorf("rule %+v", r)
		}
	}
	for _, id := range []string{"miner/stratum-launch", "secret/private-key", "secret/aws-access-token", "sshkey/authorized-key"} {
		if !slices.ContainsFunc(rules, func(r inspect.Rule) bool { return r.ID == id }) {
			t.Errorf("no rule %s", id)
		}
	}
}
