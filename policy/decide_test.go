package policy_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// imageOf is an image of a/b with that many layers, all of its evidence, and fs found in its first layer.
func imageOf(layers int, fs ...inspect.Finding) (policy.Subject, policy.Evidence) {
	digest := func(part string) oci.Digest { return oci.DigestOf([]byte(part)) }
	img := policy.Image{
		Reference: oci.Reference{Registry: oci.DockerHub, Repository: "a/b", Tag: "latest"},
		Digest:    digest("manifest"), Config: digest("config"),
	}
	history := make([]string, layers)
	for i := range layers {
		img.Layers = append(img.Layers, digest(fmt.Sprint("layer ", i)))
		history[i] = fmt.Sprint("RUN step ", i)
	}
	var ev policy.Evidence
	for _, d := range img.Blobs() {
		r := inspect.Report{Digest: d, Set: "set", Kind: inspect.KindLayer}
		switch d {
		case img.Digest:
			r.Kind = inspect.KindManifest
		case img.Config:
			r.Kind, r.Config = inspect.KindConfig, &inspect.ImageConfig{History: history}
		case img.Layers[0]:
			for _, f := range fs {
				f.Layer = d
				r.Findings = append(r.Findings, f)
			}
		}
		ev.Reports = append(ev.Reports, r)
	}
	return policy.Subject{Image: img, Client: policy.Client{Address: "192.0.2.1"}, At: noon}, ev
}

func TestDefaultRules(t *testing.T) {
	const nothing = "" // no rule applies
	for _, tt := range []struct {
		category   inspect.Category
		confidence inspect.Level
		want       policy.Action
		rule       string
	}{
		{inspect.Miner, inspect.High, policy.Block, "miner"},
		{inspect.Miner, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.Miner, inspect.Low, policy.Allow, nothing},
		{inspect.Backdoor, inspect.High, policy.Block, "planted-access"},
		{inspect.Backdoor, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.Malware, inspect.High, policy.Block, "malware"},
		{inspect.Malware, inspect.Low, policy.Allow, nothing},
		{inspect.Typosquat, inspect.High, policy.Quarantine, "imitated-name"},
		{inspect.Typosquat, inspect.Medium, policy.Quarantine, "imitated-name"},
		{inspect.Typosquat, inspect.Low, policy.Allow, "official-name-elsewhere"},
		{inspect.Uninspectable, inspect.Low, policy.Allow, "unread-sample"},
		{inspect.Uninspectable, inspect.Medium, policy.Quarantine, "uninspectable"},
		{inspect.Uninspectable, inspect.High, policy.Quarantine, "uninspectable"},
		{inspect.Secret, inspect.High, policy.Allow, "weak-signal"},
		{inspect.Secret, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.Secret, inspect.Low, policy.Allow, nothing},
		{inspect.HackingTool, inspect.High, policy.Quarantine, "purpose"},
		{inspect.HackingTool, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.HackingTool, inspect.Low, policy.Allow, nothing},
		{inspect.ProxyAvoidance, inspect.High, policy.Quarantine, "purpose"},
		{inspect.ProxyAvoidance, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.ProxyAvoidance, inspect.Low, policy.Allow, nothing},
		{inspect.DNSHijack, inspect.High, policy.Block, "names-led-astray"},
		{inspect.DNSHijack, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.DNSHijack, inspect.Low, policy.Allow, nothing},
		{inspect.Forwarder, inspect.High, policy.Quarantine, "purpose"},
		{inspect.Forwarder, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.Forwarder, inspect.Low, policy.Allow, nothing},
		{inspect.MaliciousDomain, inspect.High, policy.Block, "names-led-astray"},
		{inspect.MaliciousDomain, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.MaliciousDomain, inspect.Low, policy.Allow, nothing},
		{inspect.NewDomain, inspect.High, policy.Quarantine, "doubtful-domain"},
		{inspect.NewDomain, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.NewDomain, inspect.Low, policy.Allow, nothing},
		{inspect.DynamicDNS, inspect.High, policy.Quarantine, "doubtful-domain"},
		{inspect.DynamicDNS, inspect.Medium, policy.Allow, "weak-signal"},
		{inspect.DynamicDNS, inspect.Low, policy.Allow, nothing},
		{"a category of a later version", inspect.High, policy.Allow, "weak-signal"},
	} {
		t.Run(fmt.Sprintf("%s %s", tt.category, tt.confidence), func(t *testing.T) {
			s, ev := imageOf(2, inspect.Finding{Rule: "x/y", Category: tt.category, Severity: inspect.Medium, Confidence: tt.confidence})
			v := newPolicy(t, policy.Enforce, nil).Decide(s, ev, nil)
			if v.Action != tt.want || v.Judged != tt.want {
				t.Errorf("Action %s, Judged %s, want %s", v.Action, v.Judged, tt.want)
			}
			var rule string
			if len(v.Reasons) > 0 {
				rule = v.Reasons[0].Rule
			}
			if rule != tt.rule || len(v.Reasons) > 1 {
				t.Errorf("Reasons %+v, want one of rule %q", v.Reasons, tt.rule)
			}
			if v.Warned() != (tt.want == policy.Allow && tt.rule != nothing) {
				t.Errorf("Warned = %t", v.Warned())
			}
			if len(v.Found) != 1 || !v.Final() {
				t.Errorf("Found %+v, Final %t", v.Found, v.Final())
			}
		})
	}
}

// A level below the lowest is no way round a rule without a floor.
func TestRuleWithoutFloor(t *testing.T) {
	s, ev := imageOf(1, inspect.Finding{Category: inspect.Uninspectable, Confidence: -1})
	p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, "rules: [{name: all, when: finding.category != '', action: quarantine}]")})
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Decide(s, ev, nil); v.Action != policy.Quarantine {
		t.Errorf("Action %s", v.Action)
	}
}

// What is packed in a file among samples and could not be read warns, unless it is started.
func TestGapInSample(t *testing.T) {
	const sample = "usr/local/go/src/archive/zip/testdata/x.zip"
	for name, tt := range map[string]struct {
		gap  inspect.Gap
		cmd  string
		want policy.Action
	}{
		"inside a sample":           {inspect.Gap{Path: sample + "!/a", Why: "encrypted", Inside: true}, "/bin/true", policy.Allow},
		"a sample in capitals":      {inspect.Gap{Path: "opt/TestData/x.zip!/a", Why: "encrypted", Inside: true}, "/bin/true", policy.Allow},
		"the sample itself":         {inspect.Gap{Path: sample, Why: "larger than the limit"}, "/bin/true", policy.Quarantine},
		"inside another file":       {inspect.Gap{Path: "opt/x.zip!/a", Why: "encrypted", Inside: true}, "/bin/true", policy.Quarantine},
		"inside a started sample":   {inspect.Gap{Path: sample + "!/a", Why: "encrypted", Inside: true}, "java -jar /" + sample, policy.Quarantine},
		"damaged":                   {inspect.Gap{Path: "opt/x.tgz", Why: "damaged", Mild: true}, "/bin/true", policy.Allow},
		"damaged, in a sample":      {inspect.Gap{Path: sample + "!/a", Why: "damaged", Inside: true, Mild: true}, "/bin/true", policy.Allow},
		"a damaged sample, started": {inspect.Gap{Path: sample, Why: "damaged", Mild: true}, "java -jar /" + sample, policy.Quarantine},
		"handed to a program":       {inspect.Gap{Path: "opt/x.7z", Why: "unsupported", Mild: true}, "7z x -p1 /opt/x.7z", policy.Quarantine},
		"a folder that ends alike":  {inspect.Gap{Path: "opt/mytest/x.zip!/a", Why: "encrypted", Inside: true}, "/bin/true", policy.Quarantine},
	} {
		t.Run(name, func(t *testing.T) {
			s, ev := imageOf(1)
			for i := range ev.Reports {
				if ev.Reports[i].Kind == inspect.KindConfig {
					ev.Reports[i].Config.Cmd = strings.Fields(tt.cmd)
				} else if ev.Reports[i].Kind == inspect.KindLayer {
					ev.Reports[i].Gaps = []inspect.Gap{tt.gap}
				}
			}
			v := newPolicy(t, policy.Enforce, nil).Decide(s, ev, nil)
			if v.Action != tt.want || (len(v.Reasons) == 0) != (name == "damaged, in a sample") {
				t.Errorf("Action %s for %+v, want %s", v.Action, v.Reasons, tt.want)
			}
		})
	}
}

func TestGapIsUninspectable(t *testing.T) {
	s, ev := imageOf(2)
	ev.Reports[2].Gaps = []inspect.Gap{{Path: "big.bin", Why: "larger than the limit"}}
	v := newPolicy(t, policy.Enforce, nil).Decide(s, ev, nil)
	want := []policy.Reason{{Action: policy.Quarantine, Rule: "uninspectable", Finding: inspect.Finding{
		Rule: "inspect/gap", Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: inspect.High,
		Layer: s.Image.Layers[0], Path: "big.bin", Evidence: "larger than the limit", CreatedBy: "RUN step 0",
	}, Message: "A part of the image could not be inspected."}}
	if diff := cmp.Diff(want, v.Reasons); diff != "" || v.Action != policy.Quarantine {
		t.Errorf("Action %s (-want +got)\n%s", v.Action, diff)
	}
}

// A blob that clients take for the config of an image must have been inspected as one.
func TestConfigUnread(t *testing.T) {
	empty := oci.DigestOf([]byte("{}"))
	config := &inspect.ImageConfig{}
	for name, tt := range map[string]struct {
		kind      inspect.Kind
		config    *inspect.ImageConfig
		mediaType string
		digest    oci.Digest
		want      policy.Action
	}{
		"a config":                      {inspect.KindConfig, config, oci.MediaTypeOCIConfig, "", policy.Allow},
		"a signature, with a config":    {inspect.KindConfig, config, oci.MediaTypeOCIConfig, "", policy.Allow},
		"a layer":                       {inspect.KindLayer, nil, oci.MediaTypeOCIConfig, "", policy.Quarantine},
		"a layer, Docker's type":        {inspect.KindLayer, nil, oci.MediaTypeDockerConfig, "", policy.Quarantine},
		"a manifest":                    {inspect.KindManifest, nil, oci.MediaTypeOCIConfig, "", policy.Quarantine},
		"another document":              {inspect.KindOther, nil, oci.MediaTypeOCIConfig, "", policy.Quarantine},
		"a config that was not kept":    {inspect.KindConfig, nil, oci.MediaTypeOCIConfig, "", policy.Quarantine},
		"no type":                       {inspect.KindOther, nil, "", "", policy.Quarantine},
		"a type with a parameter":       {inspect.KindOther, nil, "Application/vnd.oci.image.config.v1+JSON; a=b", "", policy.Quarantine},
		"a broken type":                 {inspect.KindOther, nil, " application/json", "", policy.Quarantine},
		"a type that dockerd tolerates": {inspect.KindOther, nil, "text/html", "", policy.Quarantine},
		"the empty config":              {inspect.KindOther, nil, "application/vnd.oci.empty.v1+json", empty, policy.Allow},
		"the empty config, as image's":  {inspect.KindOther, nil, oci.MediaTypeOCIConfig, empty, policy.Allow},
		"a chart":                       {inspect.KindOther, nil, "application/vnd.cncf.helm.config.v1+json", "", policy.Allow},
		"a module":                      {inspect.KindOther, nil, "application/vnd.wasm.config.v0+json", "", policy.Allow},
	} {
		t.Run(name, func(t *testing.T) {
			s, ev := imageOf(1)
			s.Image.ConfigType = tt.mediaType
			r := &ev.Reports[1]
			if tt.digest != "" {
				s.Image.Config, r.Digest = tt.digest, tt.digest
			}
			r.Kind, r.Config = tt.kind, tt.config
			p := newPolicy(t, policy.Enforce, nil)
			v := p.Decide(s, ev, nil)
			if v.Action != tt.want {
				t.Errorf("%s, want %s", v.Action, tt.want)
			}
			if refused := len(v.Reasons) == 1 && v.Reasons[0].Finding.Rule == "policy/config-unread" && v.Reasons[0].Finding.Layer == s.Image.Config; refused != tt.want.Refuses() {
				t.Errorf("Reasons %+v", v.Reasons)
			}
			// A report that says otherwise takes nothing back.
			ev.Reports = append(ev.Reports, inspect.Report{Digest: s.Image.Config, Kind: inspect.KindConfig, Config: config})
			if v := p.Decide(s, ev, nil); v.Action != tt.want {
				t.Errorf("with another report %s, want %s", v.Action, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	n := names{
		"nginx-official/ngnix": {{Rule: "name/misspelt", Category: inspect.Typosquat, Confidence: inspect.High}},
		"bitnami/redis":        {{Rule: "name/official-elsewhere", Category: inspect.Typosquat, Confidence: inspect.Low}},
	}
	for _, tt := range []struct {
		repository string
		want       policy.Action
		warned     bool
	}{
		{"nginx-official/ngnix", policy.Quarantine, false},
		{"bitnami/redis", policy.Allow, true},
		{"library/nginx", policy.Allow, false},
	} {
		// The name alone, as it is judged before anyone is asked for content.
		s := policy.Subject{Image: policy.Image{Reference: oci.Reference{Repository: tt.repository}}, At: noon}
		v := newPolicy(t, policy.Enforce, n).Decide(s, policy.Evidence{}, nil)
		if v.Action != tt.want || v.Warned() != tt.warned {
			t.Errorf("%s alone: %s, Warned %t", tt.repository, v.Action, v.Warned())
		}
		// And with a clean image under it.
		s, ev := imageOf(3)
		s.Image.Reference.Repository = tt.repository
		if v := newPolicy(t, policy.Enforce, n).Decide(s, ev, nil); v.Action != tt.want || v.Warned() != tt.warned {
			t.Errorf("%s with an image: %s, Warned %t", tt.repository, v.Action, v.Warned())
		}
	}
}

func TestMissingEvidence(t *testing.T) {
	miner := inspect.Finding{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.High}
	for _, tt := range []struct {
		mode           policy.Mode
		found          []inspect.Finding
		missing        bool
		action, judged policy.Action
		final          bool
	}{
		{policy.Enforce, nil, false, policy.Allow, policy.Allow, true},
		{policy.Enforce, nil, true, policy.Stream, policy.Stream, false},
		{policy.Enforce, []inspect.Finding{miner}, true, policy.Block, policy.Block, true},
		{policy.Hold, nil, false, policy.Allow, policy.Allow, true},
		{policy.Hold, nil, true, policy.Wait, policy.Wait, false},
		{policy.Hold, []inspect.Finding{miner}, true, policy.Block, policy.Block, true},
		{policy.Audit, nil, true, policy.Stream, policy.Stream, false},
		{policy.Audit, []inspect.Finding{miner}, false, policy.Allow, policy.Block, true},
		{policy.Audit, []inspect.Finding{miner}, true, policy.Stream, policy.Block, false},
	} {
		t.Run(fmt.Sprintf("%s, %d found, missing %t", tt.mode, len(tt.found), tt.missing), func(t *testing.T) {
			s, ev := imageOf(3, tt.found...)
			var want []oci.Digest
			if tt.missing {
				want = []oci.Digest{s.Image.Layers[2]}
				ev.Reports = ev.Reports[:len(ev.Reports)-1]
			}
			v := newPolicy(t, tt.mode, nil).Decide(s, ev, nil)
			if v.Action != tt.action || v.Judged != tt.judged || v.Final() != tt.final {
				t.Errorf("Action %s, Judged %s, Final %t; want %s, %s, %t", v.Action, v.Judged, v.Final(), tt.action, tt.judged, tt.final)
			}
			if diff := cmp.Diff(want, v.Missing); diff != "" {
				t.Errorf("Missing: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestReasonsWorstFirst(t *testing.T) {
	f := func(rule string, c inspect.Category, severity, confidence inspect.Level) inspect.Finding {
		return inspect.Finding{Rule: rule, Category: c, Severity: severity, Confidence: confidence}
	}
	s, ev := imageOf(1,
		f("warn-medium", inspect.Secret, inspect.Critical, inspect.Medium),
		f("warn-high", inspect.Secret, inspect.Low, inspect.High),
		f("gap", inspect.Uninspectable, inspect.Critical, inspect.High),
		f("none", inspect.Secret, inspect.Critical, inspect.Low),
		f("block-1", inspect.Miner, inspect.High, inspect.High),
		f("block-2", inspect.Backdoor, inspect.Critical, inspect.High),
		f("block-3", inspect.Miner, inspect.High, inspect.High),
	)
	v := newPolicy(t, policy.Enforce, nil).Decide(s, ev, nil)
	var got []string
	for _, r := range v.Reasons {
		got = append(got, r.Finding.Rule)
	}
	want := []string{"block-2", "block-1", "block-3", "gap", "warn-high", "warn-medium"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(v.Found) != 7 {
		t.Errorf("%d found, want all 7", len(v.Found))
	}
}

func TestCreatedBy(t *testing.T) {
	secret := inspect.Finding{Category: inspect.Secret, Confidence: inspect.High}
	for name, tt := range map[string]struct {
		history []string
		known   string // what the finding already says
		want    string
	}{
		"from the history":            {[]string{"COPY a", "RUN b"}, "", "COPY a"},
		"as the finding says":         {[]string{"COPY a", "RUN b"}, "ENV x", "ENV x"},
		"a history that does not fit": {[]string{"COPY a"}, "", ""},
		"no history":                  {nil, "", ""},
	} {
		f := secret
		f.CreatedBy = tt.known
		s, ev := imageOf(2, f)
		ev.Reports[1].Config.History = tt.history
		v := newPolicy(t, policy.Enforce, nil).Decide(s, ev, nil)
		if len(v.Found) != 1 || v.Found[0].CreatedBy != tt.want {
			t.Errorf("%s: found %+v, want it created by %q", name, v.Found, tt.want)
		}
	}
}

func TestExceptions(t *testing.T) {
	found := inspect.Finding{Rule: "miner/launch", Category: inspect.Miner, Confidence: inspect.High, Path: "opt/run.sh"}
	s, ev := imageOf(2, found)
	manifest, layer, other := s.Image.Digest, s.Image.Layers[0], s.Image.Layers[1]
	index := oci.DigestOf([]byte("index"))
	s.Image.Indexes, s.Image.Tags, s.Client = []oci.Digest{index}, []string{"1.0"}, policy.Client{Address: "::ffff:192.0.2.7", Name: "runner"}
	for name, tt := range map[string]struct {
		e       policy.Exception
		excuses bool
	}{
		"nothing set":              {policy.Exception{}, false},
		"an id alone":              {policy.Exception{ID: "1"}, false},
		"an expiry alone":          {policy.Exception{Expires: noon.Add(time.Hour)}, false},
		"the repository":           {policy.Exception{Repository: "a/b"}, true},
		"a glob":                   {policy.Exception{Repository: "a/*"}, true},
		"a glob of one part":       {policy.Exception{Repository: "*"}, false},
		"another repository":       {policy.Exception{Repository: "a/c"}, false},
		"a malformed glob":         {policy.Exception{Repository: "a/["}, false},
		"with its registry":        {policy.Exception{Repository: "docker.io/a/b"}, true},
		"of another registry":      {policy.Exception{Repository: "ghcr.io/a/b"}, false},
		"a glob elsewhere":         {policy.Exception{Repository: "ghcr.io/a/*"}, false},
		"a glob of registries":     {policy.Exception{Repository: "*.io/a/b"}, false},
		"the manifest":             {policy.Exception{Digest: manifest}, true},
		"the layer":                {policy.Exception{Digest: layer}, true},
		"another layer":            {policy.Exception{Digest: other}, false},
		"the rule":                 {policy.Exception{Rule: "miner/launch"}, true},
		"another rule":             {policy.Exception{Rule: "miner/other"}, false},
		"a rule is no glob":        {policy.Exception{Rule: "miner/*"}, false},
		"the path":                 {policy.Exception{Path: "opt/run.sh"}, true},
		"a glob of paths":          {policy.Exception{Path: "opt/*.sh"}, true},
		"another path":             {policy.Exception{Path: "opt/*.py"}, false},
		"an index of it":           {policy.Exception{Digest: index}, true},
		"a tag of it":              {policy.Exception{Repository: "a/b", Tag: "1.0"}, true},
		"a tag, of what?":          {policy.Exception{Tag: "1.0", Rule: "miner/launch"}, false},
		"another tag":              {policy.Exception{Repository: "a/b", Tag: "1"}, false},
		"the finding":              {policy.Exception{Fingerprint: found.Fingerprint()}, true},
		"another finding":          {policy.Exception{Fingerprint: "00"}, false},
		"the client":               {policy.Exception{Client: "192.0.2.7"}, true},
		"the client's network":     {policy.Exception{Client: "192.0.2.0/24"}, true},
		"the client's name":        {policy.Exception{Client: "runner"}, true},
		"another name":             {policy.Exception{Client: "run"}, false},
		"another network":          {policy.Exception{Client: "192.0.3.0/24"}, false},
		"no network":               {policy.Exception{Client: "192.0.2.0/99"}, false},
		"all that fit":             {policy.Exception{Repository: "a/b", Digest: layer, Rule: "miner/launch", Path: "opt/*"}, true},
		"all but one":              {policy.Exception{Repository: "a/b", Digest: layer, Rule: "miner/launch", Path: "etc/*"}, false},
		"in time":                  {policy.Exception{Rule: "miner/launch", Expires: noon.Add(time.Second)}, true},
		"expired just now":         {policy.Exception{Rule: "miner/launch", Expires: noon}, false},
		"expired":                  {policy.Exception{Rule: "miner/launch", Expires: noon.Add(-time.Second)}, false},
		"the repository, too late": {policy.Exception{Repository: "a/b", Expires: noon.Add(-time.Hour)}, false},
	} {
		want := policy.Block
		if tt.excuses {
			want = policy.Allow
		}
		v := newPolicy(t, policy.Enforce, nil).Decide(s, ev, []policy.Exception{tt.e})
		if v.Action != want {
			t.Errorf("%s: %s, want %s", name, v.Action, want)
		}
		if len(v.Found) != 1 {
			t.Errorf("%s: %d found; what is excused stays a fact", name, len(v.Found))
		}
	}
}

// A subject without a time cannot show that an exception has not expired.
// An exception is for one registry: without a name of one, for Docker Hub.
func TestExceptionsOfAnotherRegistry(t *testing.T) {
	s, ev := imageOf(1, inspect.Finding{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.High})
	p := newPolicy(t, policy.Enforce, nil)
	for repository, of := range map[string]struct {
		registry, repository string
		excuses              bool
	}{
		"ghcr.io/owner/name":  {"ghcr.io", "owner/name", true},
		"GHCR.io/owner/*":     {"ghcr.io", "owner/name", true},
		"owner/name":          {"ghcr.io", "owner/name", false},
		"*/*":                 {"ghcr.io", "name", false},
		"*/*/*":               {"ghcr.io", "owner/name", false},
		"*":                   {"ghcr.io", "name", false},
		"localhost:5000/name": {"localhost:5000", "name", true},
		"ghcr.io/*":           {"docker.io", "library/name", false},
	} {
		s.Image.Reference.Registry, s.Image.Reference.Repository = of.registry, of.repository
		v := p.Decide(s, ev, []policy.Exception{{Repository: repository}})
		if got := v.Action == policy.Allow; got != of.excuses {
			t.Errorf("%s for %s of %s: %s", repository, of.repository, of.registry, v.Action)
		}
	}
}

func TestExceptionNeedsATime(t *testing.T) {
	s, ev := imageOf(1, inspect.Finding{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.High})
	s.At = time.Time{}
	p := newPolicy(t, policy.Enforce, nil)
	if v := p.Decide(s, ev, []policy.Exception{{Rule: "miner/x", Expires: noon}}); v.Action != policy.Block {
		t.Errorf("one that expires: %s", v.Action)
	}
	if v := p.Decide(s, ev, []policy.Exception{{Rule: "miner/x"}}); v.Action != policy.Allow {
		t.Errorf("one that does not: %s", v.Action)
	}
}

// An exception for one finding does not hide another, nor what is missing.
func TestExceptionIsNarrow(t *testing.T) {
	s, ev := imageOf(2,
		inspect.Finding{Rule: "miner/a", Category: inspect.Miner, Confidence: inspect.High},
		inspect.Finding{Rule: "miner/b", Category: inspect.Miner, Confidence: inspect.High})
	p := newPolicy(t, policy.Enforce, nil)
	one := []policy.Exception{{Rule: "miner/a"}}
	if v := p.Decide(s, ev, one); v.Action != policy.Block || len(v.Reasons) != 1 || v.Reasons[0].Finding.Rule != "miner/b" {
		t.Errorf("one of two excused: %s, %+v", v.Action, v.Reasons)
	}
	both := append(one, policy.Exception{Rule: "miner/b"})
	ev.Reports = ev.Reports[:len(ev.Reports)-1]
	if v := p.Decide(s, ev, both); v.Action != policy.Stream {
		t.Errorf("both excused and a layer missing: %s", v.Action)
	}
}

// A second report on a digest, whatever it says and wherever it stands, takes nothing back.
func TestSecondReportTakesNothingBack(t *testing.T) {
	s, ev := imageOf(2, inspect.Finding{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.High})
	clean := inspect.Report{Digest: s.Image.Layers[0], Kind: inspect.KindLayer}
	p := newPolicy(t, policy.Enforce, nil)
	before := p.Decide(s, policy.Evidence{Reports: append([]inspect.Report{clean}, ev.Reports...)}, nil)
	after := p.Decide(s, policy.Evidence{Reports: append(ev.Reports[:len(ev.Reports):len(ev.Reports)], clean)}, nil)
	if before.Action != policy.Block {
		t.Errorf("Action %s", before.Action)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the order of reports matters: (-first +last)\n%s", diff)
	}
	if len(before.Found) != 1 {
		t.Errorf("found %+v, want it once", before.Found)
	}
}

// A policy is asked by many at once.
func TestDecideConcurrently(t *testing.T) {
	s, ev := imageOf(3, inspect.Finding{Rule: "secret/x", Category: inspect.Secret, Confidence: inspect.High, Path: "testdata/a"}, inspect.Finding{Rule: "miner/x", Category: inspect.Miner, Confidence: inspect.High})
	p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rulesOf(t, demanding+strings.SplitN(policy.DefaultText(), "\nrules:\n", 2)[1]), Names: names{}})
	if err != nil {
		t.Fatal(err)
	}
	want := p.Decide(s, ev, nil)
	if want.Action != policy.Block {
		t.Fatalf("%+v", want)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want, p.Decide(s, ev, nil)); diff != "" {
					t.Error(diff)
					return
				}
			}
		})
	}
	all.Wait()
}

// demanding is a policy that asks more than the default does: of the image, of paths, which
// differ from finding to finding, and of all findings.
const demanding = `
clients: [{name: farm, networks: [192.0.2.0/24], groups: [ci]}]
rules:
  - {name: cool-down, when: '!image.official && now - image.firstSeen < duration("1h")', action: quarantine}
  - {name: publishers, when: '!(image.namespace in ["a", "library", "bitnami"])', action: block}
  - {name: root, when: '"production" in client.groups && image.config.user == ""', action: block}
  - {name: many, when: 'findings.filter(f, f.category == "secret" && f.confidence >= high).size() > 1000', action: block}
  - {name: tests, when: 'finding.category == "secret" && finding.path.matches("(^|/)(testdata|fixtures)/")', action: allow}
  - {name: docs, when: 'finding.path.startsWith("usr/share/doc/")', action: allow}
`

// BenchmarkDecide decides on an image as large as they come, of findings that no rule
// joins, and of ones that many rules look at; by the default policy, and by one that asks more.
func BenchmarkDecide(b *testing.B) {
	const layers, findings = 40, 500
	more := rulesOf(b, demanding+strings.SplitN(policy.DefaultText(), "\nrules:\n", 2)[1])
	for _, bench := range []struct {
		name  string
		rules *policy.Rules
		found []string
	}{
		{"leaks", policy.DefaultRules(), []string{"secret/a", "secret/b", "secret/c"}},
		{"facts", policy.DefaultRules(), facts},
		{"leaks-demanding", more, []string{"secret/a", "secret/b", "secret/c"}},
		{"facts-demanding", more, facts},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s, ev := imageOf(layers)
			s.Image.FirstSeen = noon.Add(-48 * time.Hour)
			ev.Reports[1].Config.Entrypoint = []string{"/usr/bin/tini", "--", "/bin/sh", "-c", "cd /opt/app && exec ./start.sh 2>&1 | tee /var/log/x"}
			ev.Reports[1].Config.Cmd = []string{"nginx", "-g", "daemon off;"}
			for i := range findings {
				r := &ev.Reports[2+i%layers]
				rule := bench.found[i%len(bench.found)]
				detector, _, _ := strings.Cut(rule, "/")
				r.Findings = append(r.Findings, inspect.Finding{
					Rule: rule, Category: categories[detector], Confidence: inspect.Level(i % 3), Severity: inspect.Medium,
					Layer: r.Digest, Path: fmt.Sprint("opt/app/", i, "/config.json"), Evidence: "token = ****",
				})
			}
			ex := []policy.Exception{{Repository: "a/*", Rule: "secret/1"}, {Path: "opt/app/7/*"}, {Repository: "other/*"}}
			p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: bench.rules, Names: names{}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if v := p.Decide(s, ev, ex); len(v.Found) < findings || len(v.Reasons) > 0 && v.Reasons[0].Finding.Category == policy.CategoryPolicy {
					b.Fatalf("%s, %d found", v.Action, len(v.Found))
				}
			}
		})
	}
}

var facts = []string{"miner/mention", "miner/tool", "proxyavoid/tool", "proxyavoid/ss-config", "hackingtool/launch", "backdoor/shell-pipe", "dnshijack/redirect", "secret/a", "engine/packed", "sshkey/keys-elsewhere"}

// Who Docker Hub vouches for imitates nobody, and an imitation that hardly anybody pulls is surer.
func TestHubFacts(t *testing.T) {
	young, old := noon.Add(-10*24*time.Hour), noon.Add(-1000*24*time.Hour)
	misspelt := inspect.Finding{Rule: "name/misspelt", Category: inspect.Typosquat, Confidence: inspect.Low, Evidence: "ngonx looks like nginx"}
	elsewhere := inspect.Finding{Rule: "name/official-elsewhere", Category: inspect.Typosquat, Evidence: "it has the name of nginx"}
	listed := inspect.Finding{Rule: "domain/repository", Category: inspect.Malware, Confidence: inspect.High, Evidence: "on a feed"}
	for name, tt := range map[string]struct {
		hub     *policy.HubFacts
		finding inspect.Finding
		want    policy.Action
		words   string // in the reason; "" for none
	}{
		"nothing known":           {nil, misspelt, policy.Allow, "ngonx looks like nginx"},
		"an obscure repository":   {&policy.HubFacts{Pulls: 12, Registered: young}, misspelt, policy.Quarantine, "looks like nginx; 12 pulls, registered "},
		"much pulled":             {&policy.HubFacts{Pulls: 1e6, Registered: young}, misspelt, policy.Allow, "1000000 pulls"},
		"old":                     {&policy.HubFacts{Pulls: 12, Registered: old}, misspelt, policy.Allow, "12 pulls"},
		"of unknown age":          {&policy.HubFacts{Pulls: 12}, misspelt, policy.Allow, "12 pulls"},
		"verified":                {&policy.HubFacts{Verified: true, Pulls: 12, Registered: young}, misspelt, policy.Allow, ""},
		"official":                {&policy.HubFacts{Official: true}, misspelt, policy.Allow, ""},
		"an official name":        {&policy.HubFacts{Pulls: 12, Registered: young}, elsewhere, policy.Allow, "the name of nginx"},
		"verified, but on a feed": {&policy.HubFacts{Verified: true}, listed, policy.Block, "on a feed"},
	} {
		t.Run(name, func(t *testing.T) {
			s, ev := imageOf(1)
			s.Image.Hub = tt.hub
			v := newPolicy(t, policy.Enforce, names{s.Image.Reference.Repository: {tt.finding}}).Decide(s, ev, nil)
			if v.Action != tt.want {
				t.Errorf("Action %s, want %s", v.Action, tt.want)
			}
			var words string
			for _, r := range v.Reasons {
				words += r.Finding.Evidence
			}
			if !strings.Contains(words, tt.words) || (words == "") != (tt.words == "") {
				t.Errorf("reasons %q, want %q", words, tt.words)
			}
		})
	}
}
