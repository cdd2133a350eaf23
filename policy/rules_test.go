package policy_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// table is what the default rules were before they were a file: the first row that holds
// for a finding decides on it.
var table = []struct {
	name       string
	categories []inspect.Category
	confidence inspect.Level // at least; low holds for all
	action     policy.Action
	severity   inspect.Level // at least; zero holds for all
}{
	{"miner", []inspect.Category{inspect.Miner}, inspect.High, policy.Block, 0},
	{"planted-access", []inspect.Category{inspect.Backdoor}, inspect.High, policy.Block, 0},
	{"malware", []inspect.Category{inspect.Malware}, inspect.High, policy.Block, 0},
	{"names-led-astray", []inspect.Category{inspect.DNSHijack, inspect.MaliciousDomain}, inspect.High, policy.Block, 0},
	{"purpose", []inspect.Category{inspect.HackingTool, inspect.ProxyAvoidance, inspect.Forwarder}, inspect.High, policy.Quarantine, 0},
	{"doubtful-domain", []inspect.Category{inspect.NewDomain, inspect.DynamicDNS}, inspect.High, policy.Quarantine, 0},
	{"imitated-name", []inspect.Category{inspect.Typosquat}, inspect.Medium, policy.Quarantine, 0},
	{"uninspectable", []inspect.Category{inspect.Uninspectable}, inspect.Medium, policy.Quarantine, 0},
	{"unread-sample", []inspect.Category{inspect.Uninspectable}, inspect.Low, policy.Allow, inspect.Medium},
	{"official-name-elsewhere", []inspect.Category{inspect.Typosquat}, inspect.Low, policy.Allow, 0},
	{"weak-signal", nil, inspect.Medium, policy.Allow, 0},
}

// The file decides as the table did, on every question.
func TestDefaultFileIsTheTable(t *testing.T) {
	refused := 0
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		q.file, q.ex = "", nil
		v := q.ask(t, mode)
		var want []policy.Reason
		for _, f := range v.Found {
			for _, row := range table {
				if (row.confidence == inspect.Low || f.Confidence >= row.confidence) && (row.severity == 0 || f.Severity >= row.severity) && (len(row.categories) == 0 || slices.Contains(row.categories, f.Category)) {
					want = append(want, policy.Reason{Action: row.action, Rule: row.name, Finding: f})
					break
				}
			}
		}
		slices.SortStableFunc(want, func(a, b policy.Reason) int {
			if a.Action != b.Action {
				return int(a.Action - b.Action)
			}
			if a.Finding.Confidence != b.Finding.Confidence {
				return int(b.Finding.Confidence - a.Finding.Confidence)
			}
			return int(b.Finding.Severity - a.Finding.Severity)
		})
		if v.Judged.Refuses() {
			refused++
		}
		if diff := cmp.Diff(want, v.Reasons, cmpopts.IgnoreFields(policy.Reason{}, "Message"), cmpopts.EquateEmpty()); diff != "" {
			return fmt.Errorf("(-table +file)\n%s", diff)
		}
		return nil
	})
	if refused < 300 {
		t.Errorf("%d questions were refused in all", refused)
	}
}

// one makes a file of one rule.
func one(when, action string) string {
	return fmt.Sprintf("rules:\n  - name: it\n    when: |\n      %s\n    action: %s\n", when, action)
}

// decide asks a file about an image.
func decide(t *testing.T, file string, s policy.Subject, ev policy.Evidence, ex ...policy.Exception) policy.Verdict {
	t.Helper()
	p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, file), Names: names{}})
	if err != nil {
		t.Fatal(err)
	}
	s.Client = p.Client(s.Client.Address)
	return p.Decide(s, ev, ex)
}

func TestFileErrors(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"an unknown variable": {one("imge.tag == 'x'", "block"), "test.yaml:4: rule \"it\": undeclared reference to 'imge' (in container '')\n    imge.tag == 'x'\n    ^"},
		"an unknown field":    {one("image.tags == 'x'", "block"), "test.yaml:4: rule \"it\": undefined field 'tags'\n    image.tags == 'x'\n         ^"},
		"on its second line":  {"rules:\n- name: it\n  action: block\n  when: |\n    image.official ||\n      image.tag = 'x'\n", "test.yaml:6: rule \"it\": Syntax error: token recognition error at: '= '\n      image.tag = 'x'\n                ^"},
		"in one line":         {"rules:\n- {name: it, action: block, when: finding.pth == ''}", "test.yaml:2: rule \"it\": undefined field 'pth'\n    finding.pth == ''\n           ^"},
		"a level for a text":  {one("finding.confidence == 'high'", "block"), "test.yaml:4: rule \"it\": found no matching overload for '_==_' applied to '(int, string)'\n"},
		"no condition":        {one("image.tag", "block"), "test.yaml:4: rule \"it\": it is of type string, not a condition"},
		"no network":          {one("client.address.inNetwork('10.0.0.0/33')", "block"), "test.yaml:4: rule \"it\": not a network: \"10.0.0.0/33\"\n"},
		"no pattern":          {one("image.repository.glob('a/[')", "block"), "test.yaml:4: rule \"it\": not a pattern: \"a/[\"\n"},
		"no expression":       {one("findings.exists(f, f.path.matches('('))", "block"), "test.yaml:4: rule \"it\": error parsing regexp: missing closing ): `(`\n"},
		"one and all":         {one("finding.path == '' && findings.size() > 3", "block"), "test.yaml:4: rule \"it\": finding is one, findings are all"},
		"a taken name":        {one("findings.exists(finding, finding.path == '')", "block"), "test.yaml:4: rule \"it\": finding is taken: "},
		"too long":            {one("image.tag == '"+strings.Repeat("x", 5000)+"'", "block"), "test.yaml:4: rule \"it\": expression code point size exceeds limit"},
		"too many parts":      {one(strings.Repeat("image.official && ", 200)+"true", "block"), "test.yaml:4: rule \"it\": "},
		"too deep":            {one(strings.Repeat("(1 + ", 400)+"1"+strings.Repeat(")", 400)+" == 3", "block"), "test.yaml:4: rule \"it\": "},

		"refusing what is not found": {one("!findings.exists(f, f.rule == 'x')", "block"), "a rule that refuses or warns must not come to hold because a finding is missing"},
		"refusing few":               {one("size(findings) < 3", "quarantine"), "must not come to hold because a finding is missing"},
		"refusing none":              {one("3 > findings.size()", "quarantine"), "must not come to hold because a finding is missing"},
		"refusing where all are":     {one("findings.all(f, f.severity == low)", "warn"), "must not come to hold because a finding is missing"},
		"refusing an exact number":   {one("findings.size() == 3", "block"), "findings may only be asked by exists, all, or size"},
		"refusing exactly one":       {one("findings.exists_one(f, f.rule == 'x')", "block"), "findings may only be asked by exists, all, or size"},
		"refusing by comparison":     {one("findings.exists(f, f.rule == 'x') != image.official", "block"), "findings may only be asked by exists, all, or size"},
		"refusing by nested":         {one("findings.exists(f, !findings.exists(g, g.path == f.path))", "block"), "findings may only be asked by exists, all, or size"},
		"refusing by a choice":       {one("findings.exists(f, true) ? image.official : true", "block"), "findings may only be asked by exists, all, or size"},
		"refusing by what is mapped": {one("findings.map(f, f.path).exists(p, p == '')", "block"), "findings may only be asked by exists, all, or size"},
		"allowing what is found":     {one("findings.exists(f, f.rule == 'signed')", "allow"), "a rule that allows must not hold because of a finding"},
		"allowing many":              {one("findings.size() > 2", "allow"), "a rule that allows must not hold because of a finding"},

		"no YAML":               {"rules: [", "test.yaml:1: "},
		"a tab":                 {"rules:\n\t- name: it", "test.yaml:2: "},
		"nothing":               {"# nothing\n", "test.yaml: policy: no rules"},
		"no rules":              {"mode: audit\n", "test.yaml:1: the file has no rules"},
		"an empty list":         {"rules: []\n", "test.yaml: policy: no rules"},
		"a list":                {"- a\n", "test.yaml:1: the file is not a mapping"},
		"an unknown key":        {one("true", "block") + "    mesage: no\n", "test.yaml:6: a rule has no key \"mesage\""},
		"an unknown key of all": {"version: 1\n" + one("true", "block"), "test.yaml:1: the file has no key \"version\""},
		"a key twice":           {one("true", "block") + "    action: warn\n", "test.yaml:6: a rule has action twice"},
		"no name":               {"rules:\n- {when: 'true', action: block}", "test.yaml:2: a rule has no name"},
		"no such name":          {"rules:\n- {name: 'a b', when: 'true', action: block}", "test.yaml:2: \"a b\" is not a name"},
		"a name twice":          {one("true", "block") + "  - {name: it, when: 'true', action: warn}", "test.yaml:6: two rules \"it\""},
		"no action":             {"rules:\n- {name: it, when: 'true'}", "test.yaml:2: a rule has no action"},
		"no such action":        {one("true", "deny"), "test.yaml:5: \"deny\" is not an action"},
		"a number":              {"rules:\n- {name: it, when: 1, action: block}", "test.yaml:2: not a text"},
		"a long message":        {one("true", "block") + "    message: " + strings.Repeat("x", 201), "test.yaml:6: the message is longer than"},
		"a message of lines":    {one("true", "block") + "    message: \"a\\nb\"", "test.yaml:6: the message is longer than"},
		"no such mode":          {one("true", "block") + "    mode: enforce", "test.yaml:6: \"enforce\" is not a mode"},
		"an allowance in audit": {one("true", "allow") + "    mode: audit", "test.yaml:2: rule \"it\" refuses nothing"},
		"no such network":       {"clients: [{name: a, networks: [10.0.0.0/8, there]}]\n" + one("true", "block"), "test.yaml:1: \"there\" is not a network"},
		"no networks":           {"clients: [{name: a, networks: []}]\n" + one("true", "block"), "test.yaml:1: no networks"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := policy.ParseRules("test.yaml", []byte(tt.file))
			if err == nil || r != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v; want %q", r, err, tt.want)
			}
			var at *policy.FileError
			if !errors.Is(err, policy.ErrNoRules) && !errors.As(err, &at) {
				t.Errorf("%T names no line", err)
			}
		})
	}
	// All that is wrong is said at once.
	_, err := policy.ParseRules("test.yaml", []byte("rules:\n- {name: a, when: x, action: block}\n- {name: b, when: y, action: stop}\n- {name: c, when: 'false', action: warn}\n- {name: d, when: z, action: block}\n"))
	if err == nil || strings.Count(err.Error(), "test.yaml:") != 3 {
		t.Errorf("%v", err)
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add(policy.DefaultText())
	f.Add(one("findings.exists(f, f.path == 'x') || size(findings.filter(g, g.severity > low)) > 3", "block"))
	f.Add("a: &a [*a]\nrules: *a")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := policy.ParseRules("f", []byte(text))
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			return
		}
		p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: r})
		if err != nil {
			t.Fatal(err)
		}
		s, ev := imageOf(2, inspect.Finding{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.High})
		if v := p.Decide(s, ev, nil); v.Judged > v.Action {
			t.Fatalf("%+v", v)
		}
	})
}

// What each field is, by rules that hold for it and would not for another.
func TestVocabulary(t *testing.T) {
	s, ev := imageOf(2, inspect.Finding{Rule: "secret/x", Category: inspect.Secret, Confidence: inspect.High, Severity: inspect.Critical, Path: "etc/x", Evidence: "seen"})
	s.Image.Reference = oci.Reference{Registry: oci.DockerHub, Repository: "library/ngnix", Tag: "1.0"}
	s.Image.Size, s.Image.FirstSeen, s.Client.Address = 4096, noon.Add(-time.Hour), "::ffff:192.0.2.7"
	c := ev.Reports[1].Config
	c.Created, c.User, c.Cmd, c.Entrypoint = noon.Add(-48*time.Hour), "app", []string{"-v"}, []string{"/bin/app"}
	c.Platform = oci.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}
	clients := "clients:\n- {name: farm, networks: [192.0.2.7, 10.0.0.0/8], groups: [ci, linux]}\n- {name: all, networks: [0.0.0.0/0], groups: [linux, any]}\n"
	for _, when := range []string{
		`image.registry == "docker.io"`, `image.repository == "library/ngnix"`, `image.namespace == "library"`, `image.tag == "1.0"`, `image.official`, `image.typosquatOf == "nginx"`,
		fmt.Sprintf(`image.digest == %q`, s.Image.Digest), `now - image.firstSeen == duration("1h")`, `image.size == 4096`, `image.layers == 2`, `image.platform == "linux/arm/v7"`,
		`has(image.created) && now - image.created == duration("48h")`, `image.config.user == "app"`, `image.config.entrypoint == ["/bin/app"]`, `"-v" in image.config.cmd`, `image.config.history.size() == 2`,
		`client.address == "::ffff:192.0.2.7"`, `client.name == "farm"`, `client.groups == ["ci", "linux", "any"]`, `client.address.inNetwork("192.0.2.0/24")`, `!client.address.inNetwork("192.0.3.0/24")`, `client.address.inNetwork("192.0.2.7/32")`,
		`finding.rule == "secret/x"`, `finding.category == "secret"`, `finding.confidence == high`, `finding.severity == critical`, `finding.path == "etc/x"`, fmt.Sprintf(`finding.layer == %q`, s.Image.Layers[0]),
		`finding.evidence == "seen"`, `finding.createdBy == "RUN step 0"`, fmt.Sprintf(`finding.fingerprint == %q`, ev.Reports[2].Findings[0].Fingerprint()), `finding.rule.glob("secret/*")`, `!finding.rule.glob("miner/*")`,
		`findings.exists(f, f.path == "etc/x")`, `findings.filter(f, f.category == "secret").size() >= 1`, `size(findings) > 0`, `!findings.all(f, f.category == "miner")`,
		`now == timestamp("2026-11-24T12:00:00Z")`, `low < medium && medium < high && high < critical`,
	} {
		for _, tt := range []struct {
			when string
			want policy.Action
		}{{when, policy.Quarantine}, {"!(" + when + ")", policy.Allow}} {
			if strings.Contains(when, "findings") && tt.want == policy.Allow {
				continue
			}
			p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, clients+one(tt.when, "quarantine")), Names: imitator{}})
			if err != nil {
				t.Fatal(err)
			}
			s.Client = p.Client(s.Client.Address)
			if v := p.Decide(s, ev, nil); v.Action != tt.want {
				t.Errorf("%s: %s, want %s: %+v", tt.when, v.Action, tt.want, v.Reasons)
			}
		}
	}
}

// What the settings say of a registry is asked by its name, and one that lacks a variable that a
// rule asks for, without has, is refused by that rule, which says why.
func TestUpstreamVars(t *testing.T) {
	vars := map[string]map[string]string{"docker.io": {"trust": "low", "team": ""}, "GHCR.io": {"trust": "high"}}
	for _, tt := range []struct {
		registry, when, action string
		want                   policy.Action
		says                   string
	}{
		{"docker.io", `upstream.vars.trust == "low"`, "quarantine", policy.Quarantine, ""},
		{"docker.io", `upstream.vars["trust"] in ["low", "none"]`, "quarantine", policy.Quarantine, ""},
		{"docker.io", `has(upstream.vars.team) && upstream.vars.team == ""`, "quarantine", policy.Quarantine, ""},
		{"docker.io", `upstream.vars.exists(k, k == "trust") && upstream.vars.size() == 2`, "quarantine", policy.Quarantine, ""},
		{"docker.io", `upstream.vars.trust == "low" && finding.category == "secret"`, "quarantine", policy.Quarantine, ""},
		{"docker.io", `upstream.vars.trust == "low" && findings.exists(f, f.category == "secret")`, "quarantine", policy.Quarantine, ""},
		{"ghcr.io", `upstream.vars.trust == "high"`, "quarantine", policy.Quarantine, ""},
		{"ghcr.io", `upstream.vars.trust == "low"`, "quarantine", policy.Allow, ""},
		{"ghcr.io", `has(upstream.vars.team) && upstream.vars.team == "web"`, "quarantine", policy.Allow, ""},
		{"ghcr.io", `"team" in upstream.vars`, "quarantine", policy.Allow, ""},
		{"ghcr.io", `upstream.vars.team == "web"`, "quarantine", policy.Block, `could not be evaluated: no such key: team (the registry is "ghcr.io")`},
		{"ghcr.io", `upstream.vars.team == "web"`, "warn", policy.Block, "no such key: team"},
		{"ghcr.io", `upstream.vars.team == "web"`, "allow", policy.Block, "no such key: team"},
		{"ghcr.io", `upstream.vars.team == "web" && finding.category == "secret"`, "warn", policy.Block, "no such key: team"},
		{"quay.io", `upstream.vars.trust == "low"`, "quarantine", policy.Block, "no such key: trust"},
		{"quay.io", `has(upstream.vars.trust)`, "quarantine", policy.Allow, ""},
		{"", `upstream.vars.trust == "low"`, "quarantine", policy.Block, "no such key: trust"},
	} {
		p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, one(tt.when, tt.action)), Upstreams: vars})
		if err != nil {
			t.Fatal(err)
		}
		s, ev := imageOf(2, inspect.Finding{Rule: "secret/x", Category: inspect.Secret, Confidence: inspect.High})
		s.Image.Reference.Registry = tt.registry
		v := p.Decide(s, ev, nil)
		if v.Action != tt.want || tt.says != "" && !strings.Contains(v.Reasons[0].Message, tt.says) {
			t.Errorf("%s: %s, %s: %s, want %s: %+v", tt.registry, tt.when, tt.action, v.Action, tt.want, v.Reasons)
		}
	}
	for when, want := range map[string]string{
		`upstream.vars.trust == "low" || upstream.vars["team"] == "web" || "trust" in upstream.vars`: "[]",
		`has(upstream.vars.trsut) && upstream.vars.trsut == "low"`:                                   "[trsut]",
		`upstream.vars["tier"] == "1" || "taem" in upstream.vars || image.namespace == "vars"`:       "[tier taem]",
	} {
		p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, one(when, "block")), Upstreams: vars})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(p.UnknownVars()); got != want {
			t.Errorf("%s: unknown are %s, want %s", when, got, want)
		}
	}
	for when, says := range map[string]string{
		`upstream.trust == "low"`: "undefined field 'trust'", `upstream.vars.tier > 1`: "no matching overload", `findings.exists(upstream, upstream.category == "x")`: "upstream is taken",
	} {
		if _, err := policy.ParseRules("test.yaml", []byte(one(when, "block"))); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", when, err)
		}
	}
}

// imitator knows what ngnix imitates.
type imitator struct{}

func (imitator) Check(string, string) []inspect.Finding { return nil }
func (imitator) Imitates(_, repository string) string {
	return map[string]string{"library/ngnix": "nginx"}[repository]
}

// Questions without an image: what is asked of them that they cannot have is left open
// while it may come, and counts against them where it will not.
func TestWhatIsNotKnown(t *testing.T) {
	whole, all := imageOf(2, inspect.Finding{Rule: "x/y", Category: inspect.Secret})
	name := policy.Subject{Image: policy.Image{Reference: whole.Image.Reference}, At: noon}
	index, blob, early := name, name, all
	index.Image.Digest = oci.DigestOf([]byte("index"))
	blob.Image.Layers = whole.Image.Layers[:1]
	early.Reports = slices.DeleteFunc(slices.Clone(all.Reports), func(r inspect.Report) bool { return r.Kind == inspect.KindConfig })
	contradicted := all
	contradicted.Reports = append(slices.Clone(all.Reports), inspect.Report{Digest: whole.Image.Config, Kind: inspect.KindConfig, Config: &inspect.ImageConfig{User: "other"}})
	indexReport := policy.Evidence{Reports: []inspect.Report{{Digest: index.Image.Digest, Kind: inspect.KindManifest}}}
	const (
		block, pass, wait = policy.Block, policy.Allow, policy.Stream
	)
	for _, tt := range []struct {
		when, action                                  string
		name, index, blob, early, whole, contradicted policy.Action
	}{
		{`image.repository == "a/b"`, "block", block, block, block, block, block, block},
		{`image.digest != ""`, "block", pass, block, block, block, block, block},
		{`now - image.firstSeen < duration("24h")`, "block", pass, block, block, block, block, block},
		{`image.size < 10`, "block", pass, block, block, block, block, block},
		{`image.config.user == ""`, "block", pass, pass, block, wait, block, block},
		{`image.config.user != ""`, "block", pass, pass, block, wait, pass, block},
		{`image.config.user != ""`, "warn", pass, pass, pass, wait, pass, pass},
		{`!has(image.created)`, "block", pass, pass, block, wait, block, block},
		{`image.repository == "other" && image.config.user == ""`, "block", pass, pass, pass, wait, pass, pass},
		{`finding.category == "secret" && image.config.user != "x"`, "block", pass, pass, block, wait, block, block},
		{`finding.category == "miner" && image.config.user != "x"`, "block", pass, pass, pass, wait, pass, pass},
	} {
		for what, ask := range map[string]struct {
			s    policy.Subject
			ev   policy.Evidence
			want policy.Action
		}{
			"a name": {name, policy.Evidence{}, tt.name}, "an index": {index, indexReport, tt.index}, "a blob": {blob, all, tt.blob},
			"an image without its config": {whole, early, tt.early}, "an image": {whole, all, tt.whole}, "an image of two configs": {whole, contradicted, tt.contradicted},
		} {
			if v := decide(t, one(tt.when, tt.action), ask.s, ask.ev); v.Action != ask.want {
				t.Errorf("%s of %s: %s, want %s", tt.when, what, v.Action, ask.want)
			}
		}
	}
	// What allows an image that it is not known of yet holds back what later rules mind.
	const allows = "rules:\n- {name: ours, when: image.config.user == 'x', action: allow}\n- {name: all, when: finding.category == 'secret', action: block}\n"
	for what, ask := range map[string]struct {
		s    policy.Subject
		ev   policy.Evidence
		want policy.Action
	}{"before the config": {whole, early, wait}, "after it": {whole, all, block}, "a blob alone": {blob, all, block}} {
		if v := decide(t, allows, ask.s, ask.ev); v.Action != ask.want {
			t.Errorf("%s: %s, want %s", what, v.Action, ask.want)
		}
	}
}

// A rule that cannot be evaluated refuses by its name, even one that allows or warns; an
// exception for it is one for any finding.
func TestRulesFailClosed(t *testing.T) {
	s, ev := imageOf(1, inspect.Finding{Rule: "x/y", Category: inspect.Secret, Path: "not-a-number"})
	for _, action := range []string{"allow", "warn", "quarantine", "block"} {
		for _, when := range []string{`int(finding.path) > 3`, `int(image.tag) > 3`, `client.address.inNetwork(image.tag)`, `image.tag.glob(image.tag + "[")`, `image.config.cmd[7] == "x"`} {
			v := decide(t, one(when, action), s, ev)
			if v.Action != policy.Block || v.Reasons[0].Rule != "it" || !strings.HasPrefix(v.Reasons[0].Message, "The policy's rule it could not be evaluated: ") {
				t.Errorf("%s: %s: %s, %+v", action, when, v.Action, v.Reasons)
			}
			rule := "policy/it"
			if strings.Contains(when, "finding") {
				rule = "x/y"
			}
			if v := decide(t, one(when, action), s, ev, policy.Exception{Rule: rule}); v.Action != policy.Allow {
				t.Errorf("%s: %s: excused it is %s", action, when, v.Action)
			}
		}
	}
}

// No rule runs for long, whatever it is given: it fails.
func TestRulesCannotHang(t *testing.T) {
	s, ev := imageOf(1)
	for i := range 3000 {
		ev.Reports[2].Findings = append(ev.Reports[2].Findings, inspect.Finding{Rule: "x/y", Path: fmt.Sprint("a/", i, strings.Repeat("x", 100)), Layer: s.Image.Layers[0]})
	}
	for _, when := range []string{
		`findings.exists(f, f.path.contains("b") || [1,2,3,4,5,6,7,8].exists(i, [1,2,3,4,5,6,7,8].exists(j, [1,2,3,4,5,6,7,8].exists(k, f.path == "no" && i + j == k))))`,
		`finding.path.matches("(x+x+)+y") || [1,2,3,4,5,6,7,8].exists(i, [1,2,3,4,5,6,7,8].exists(j, [1,2,3,4,5,6,7,8].exists(k, [1,2,3,4,5,6,7,8].exists(l, finding.path.endsWith("q") && i + j + k == l))))`,
	} {
		v := decide(t, one(when, "warn"), s, ev)
		if v.Action != policy.Block || !strings.Contains(v.Reasons[0].Message, "could not be evaluated") {
			t.Errorf("%s: %+v", v.Action, v.Reasons[:min(1, len(v.Reasons))])
		}
	}
}

// A rule in mode audit changes nothing of what is done, and is on record.
func TestAuditRules(t *testing.T) {
	secret := inspect.Finding{Rule: "secret/x", Category: inspect.Secret, Confidence: inspect.High}
	s, ev := imageOf(1, secret)
	const rules = "rules:\n- {name: trial, when: finding.category == 'secret', action: block, mode: audit}\n- {name: image-trial, when: image.namespace == 'a', action: quarantine, mode: audit}\n" +
		"- {name: meant, when: finding.category == 'secret', action: %s}\n"
	for action, want := range map[string]policy.Action{"warn": policy.Allow, "quarantine": policy.Quarantine, "allow": policy.Allow} {
		v := decide(t, fmt.Sprintf(rules, action), s, ev)
		if v.Action != want || v.Judged != policy.Block || v.Meant() != want {
			t.Errorf("%s: %s, judged %s, meant %s", action, v.Action, v.Judged, v.Meant())
		}
		var by []string
		for _, r := range v.Reasons {
			by = append(by, fmt.Sprint(r.Rule, " ", r.Action, " ", r.Audit))
		}
		wantBy := map[string][]string{
			"warn":       {"trial block true", "image-trial quarantine true", "meant allow false"},
			"quarantine": {"meant quarantine false", "trial block true", "image-trial quarantine true"},
			"allow":      {"trial block true", "image-trial quarantine true"},
		}[action]
		if diff := cmp.Diff(wantBy, by); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", action, diff)
		}
	}
	v := decide(t, "mode: audit\n"+one("true", "block"), s, ev)
	if v.Action != policy.Allow || v.Judged != policy.Block || v.Meant() != policy.Block {
		t.Errorf("a file in audit: %s, judged %s, meant %s", v.Action, v.Judged, v.Meant())
	}
	ev.Reports = ev.Reports[:1]
	if v := decide(t, fmt.Sprintf(rules, "warn"), s, ev); v.Meant() != policy.Stream {
		t.Errorf("without reports: meant %s", v.Meant())
	}
	if v := (policy.Verdict{}); v.Meant() != policy.Block {
		t.Errorf("the zero Verdict means %s", v.Meant())
	}
}

// Key tells apart what the rules tell apart, and nothing else.
func TestKey(t *testing.T) {
	s, _ := imageOf(1)
	change := map[string]func(*policy.Subject){
		"tag": func(s *policy.Subject) { s.Image.Reference.Tag = "other" }, "address": func(s *policy.Subject) { s.Client.Address = "192.0.2.9" },
		"name": func(s *policy.Subject) { s.Client.Name = "n" }, "groups": func(s *policy.Subject) { s.Client.Groups = []string{"g"} },
		"time": func(s *policy.Subject) { s.At = s.At.Add(time.Minute) }, "first": func(s *policy.Subject) { s.Image.FirstSeen = noon.Add(-time.Minute) },
	}
	for when, want := range map[string][]string{
		`image.official`: nil, `finding.path == "x"`: nil, `image.tag == "x"`: {"tag"}, `client.name == "x"`: {"address", "groups", "name"},
		`now - image.firstSeen < duration("24h")`: nil, `now > timestamp("2030-01-01T00:00:00Z")`: nil,
	} {
		p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, one(when, "block"))})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for name, f := range change {
			other := s
			f(&other)
			if p.Key(other) != p.Key(s) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", when, diff)
		}
		if p.AsksFirstSeen() != strings.Contains(when, "firstSeen") || p.Timely() != strings.Contains(when, "now") {
			t.Errorf("%s: AsksFirstSeen = %t, Timely = %t", when, p.AsksFirstSeen(), p.Timely())
		}
	}
}
