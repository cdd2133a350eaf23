package policy_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

var update = flag.Bool("update", false, "write the tables of docs/policy.md")

const manual = "../docs/policy.md"

func readManual(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What the manual says that expressions may ask is what they may ask.
func TestVocabularyIsDocumented(t *testing.T) {
	text := readManual(t)
	const begin, end = "-update -->\n", "<!-- end -->"
	i, j := strings.Index(text, begin), strings.Index(text, end)
	if i < 0 || j < i {
		t.Fatal("no table in the manual")
	}
	want := text[:i+len(begin)] + policy.VocabularyTable() + text[j:]
	if text == want {
		return
	}
	if !*update {
		t.Fatalf("the table of %s is out of date; it is\n%s", manual, policy.VocabularyTable())
	}
	if err := os.WriteFile(manual, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A pull is an image as it is asked for in an example.
type pull struct {
	what       string
	registry   string // "": docker.io
	repository string // "": acme/app
	tag        string
	client     string // "": 10.20.0.7
	seen       time.Duration
	built      time.Duration // ago; 0: it does not say
	user       string
	size       int64
	hub        *policy.HubFacts
	found      []inspect.Finding

	want policy.Action
	by   string // the rule of the first reason; "" if there is none
}

func secret(path string) inspect.Finding {
	return inspect.Finding{Rule: "secret/x", Category: inspect.Secret, Confidence: inspect.High, Path: path}
}

func found(c inspect.Category) []inspect.Finding {
	return []inspect.Finding{{Rule: string(c) + "/x", Category: c, Confidence: inspect.High, Severity: inspect.High}}
}

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// examples are the pulls that each example of the manual is asked about, by its first line.
var examples = map[string][]pull{
	"a whole file": {
		{what: "a miner", found: found(inspect.Miner), want: policy.Block, by: "miner"},
		{what: "a leak, on trial", found: []inspect.Finding{secret("app/x")}, want: policy.Allow, by: "leak"},
		{what: "a scanner", found: found(inspect.HackingTool), want: policy.Allow, by: "weak-signal"},
		{what: "a clean image", want: policy.Allow},
	},
	"cool-down": {
		{what: "never seen", want: policy.Quarantine, by: "cool-down"},
		{what: "seen an hour ago", seen: time.Hour, want: policy.Quarantine, by: "cool-down"},
		{what: "seen a day ago", seen: day, want: policy.Allow},
		{what: "official", repository: "library/nginx", want: policy.Allow},
	},
	"official only": {
		{what: "official", repository: "library/nginx", want: policy.Allow},
		{what: "our own", repository: "acme/app", want: policy.Allow},
		{what: "a stranger's", repository: "stranger/nginx", want: policy.Block, by: "not-ours"},
		{what: "deeper than ours", repository: "acme/app/x", want: policy.Block, by: "not-ours"},
	},
	"publishers": {
		{what: "official", repository: "library/nginx", want: policy.Allow},
		{what: "a publisher of the list", repository: "grafana/loki", want: policy.Allow},
		{what: "another", repository: "acme/app", want: policy.Quarantine, by: "unknown-publisher"},
		{what: "one that Hub has verified", repository: "acme/app", hub: &policy.HubFacts{Verified: true}, want: policy.Allow},
		{what: "one that Hub has not", repository: "acme/app", hub: &policy.HubFacts{Pulls: 1 << 30}, want: policy.Quarantine, by: "unknown-publisher"},
	},
	"imitations": {
		{what: "an imitation", repository: "acme/postgers", want: policy.Block, by: "imitates-our-database"},
		{what: "of something else", repository: "acme/ngnix", want: policy.Allow},
		{what: "the real one", repository: "library/postgres", want: policy.Allow},
	},
	"networks": {
		{what: "a leak, for a developer", found: []inspect.Finding{secret("app/x")}, want: policy.Allow},
		{what: "a leak, for the cluster", client: "10.30.1.2", user: "app", found: []inspect.Finding{secret("app/x")}, want: policy.Block, by: "secrets-in-production"},
		{what: "root, for the cluster", client: "10.30.1.2", want: policy.Quarantine, by: "root-in-production"},
		{what: "root, for the farm", client: "10.20.1.2", want: policy.Allow},
		{what: "latest, for the cluster", client: "::ffff:10.30.1.2", user: "app", tag: "latest", want: policy.Block, by: "moving-tag"},
		{what: "a version, for the cluster", client: "10.30.1.2", user: "app", tag: "1.0", want: policy.Allow},
		{what: "official, for a guest", client: "192.0.2.1", repository: "library/nginx", want: policy.Allow},
		{what: "another, for a guest", client: "192.0.2.1", want: policy.Block, by: "guests"},
		{what: "of no address", client: "unix", want: policy.Block, by: "guests"},
	},
	"trust": {
		{what: "a weak signal, from where trust is low", found: []inspect.Finding{{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.Medium}}, want: policy.Quarantine, by: "little-trust"},
		{what: "a weak signal, from elsewhere", registry: "ghcr.io", found: []inspect.Finding{{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.Medium}}, want: policy.Allow},
		{what: "another team's", registry: "ghcr.io", client: "10.30.1.2", want: policy.Block, by: "teams-apart"},
		{what: "their own", registry: "ghcr.io", want: policy.Allow},
		{what: "a registry of no team", client: "10.30.1.2", want: policy.Allow},
		{what: "a registry that nothing is said of", registry: "quay.io", found: found(inspect.HackingTool), want: policy.Block, by: "little-trust"},
	},
	"keys in tests": {
		{what: "a key in a test", found: []inspect.Finding{secret("src/testdata/key.pem")}, want: policy.Allow},
		{what: "a key", found: []inspect.Finding{secret("src/key.pem")}, want: policy.Block, by: "leak"},
		{what: "both", found: []inspect.Finding{secret("testdata/key.pem"), secret("src/mytestdata/key.pem")}, want: policy.Block, by: "leak"},
	},
	"our own": {
		{what: "a miner of ours", found: found(inspect.Miner), want: policy.Block, by: "hostile"},
		{what: "a tool of ours", found: found(inspect.HackingTool), want: policy.Allow},
		{what: "a tool of others", repository: "stranger/app", found: found(inspect.HackingTool), want: policy.Quarantine, by: "unwelcome"},
	},
	"old and large": {
		{what: "new", built: day, want: policy.Allow},
		{what: "old", built: 3 * year, want: policy.Allow, by: "old"},
		{what: "of no age", want: policy.Allow},
		{what: "large", built: day, size: 5 << 30, want: policy.Quarantine, by: "large"},
		{what: "four leaks", built: day, found: []inspect.Finding{secret("a"), secret("b"), secret("c"), secret("d")}, want: policy.Allow},
		{what: "five leaks", built: day, found: []inspect.Finding{secret("a"), secret("b"), secret("c"), secret("d"), secret("e")}, want: policy.Block, by: "many-leaks"},
	},
	"on trial": {
		{what: "a proxy", found: found(inspect.ProxyAvoidance), want: policy.Allow, by: "no-proxies"},
		{what: "a leak", found: []inspect.Finding{secret("x")}, want: policy.Allow, by: "weak-signal"},
	},
}

// trusted are the registries' variables in the manual.
var trusted = map[string]map[string]string{"docker.io": {"trust": "low"}, "ghcr.io": {"trust": "high", "team": "web"}}

// imitatesWell tells what a name imitates, as package name does.
type imitatesWell struct{}

func (imitatesWell) Check(string, string) []inspect.Finding { return nil }
func (imitatesWell) Imitates(_, repository string) string {
	return map[string]string{"acme/postgers": "postgres", "acme/ngnix": "nginx"}[repository]
}

// Every example of the manual compiles and does what is said of it.
func TestExamples(t *testing.T) {
	seen := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```yaml\n# ([^\n]*)\n(.*?)```").FindAllStringSubmatch(readManual(t), -1) {
		name, file := block[1], block[2]
		seen[name] = true
		if len(examples[name]) == 0 {
			t.Errorf("nothing is asked of the example %q", name)
		}
		p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, file), Names: imitatesWell{}, Upstreams: trusted})
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]bool{}
		for _, x := range examples[name] {
			s, ev := x.question(p)
			v := p.Decide(s, ev, nil)
			by := ""
			if len(v.Reasons) > 0 {
				by = v.Reasons[0].Rule
			}
			if v.Action != x.want || by != x.by {
				t.Errorf("%s: %s: %s by %q, want %s by %q", name, x.what, v.Action, by, x.want, x.by)
			}
			used[by] = true
		}
		for _, r := range rulesOf(t, file).All() {
			if r.Action != policy.Permit && !used[r.Name] {
				t.Errorf("%s: nothing is asked that the rule %s decides", name, r.Name)
			}
		}
	}
	for name := range examples {
		if !seen[name] {
			t.Errorf("the manual has no example %q", name)
		}
	}
	if n := bytes.Count([]byte(readManual(t)), []byte("```yaml")); n != len(seen) {
		t.Errorf("%d files in the manual, of which %d have a name", n, len(seen))
	}
}

// question asks for a pull.
func (x pull) question(p *policy.Policy) (policy.Subject, policy.Evidence) {
	s, ev := imageOf(2, x.found...)
	s.Image.Reference = oci.Reference{Registry: oci.DockerHub, Repository: "acme/app", Tag: x.tag}
	if x.registry != "" {
		s.Image.Reference.Registry = x.registry
	}
	if x.repository != "" {
		s.Image.Reference.Repository = x.repository
	}
	s.Image.Size, s.Image.Hub = x.size, x.hub
	if x.seen > 0 {
		s.Image.FirstSeen = s.At.Add(-x.seen)
	}
	client := x.client
	if client == "" {
		client = "10.20.0.7"
	}
	s.Client = p.Client(client)
	c := ev.Reports[1].Config
	c.User = x.user
	if x.built > 0 {
		c.Created = s.At.Add(-x.built)
	}
	return s, ev
}
