package scan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/internal/testimage"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with testdata/NAME.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}

func write(t *testing.T, f func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// findings is an image with a finding of each kind: in text, in a binary, in the config, in
// nothing but a name, and a gap.
func findings(t *testing.T) scan.Result {
	t.Helper()
	s := spec("mark-malware")
	s.Layers[1].Files = append(s.Layers[1].Files,
		testimage.File{Path: "opt/a b:c", Body: []byte("\x00\x01 mark-hint")},
		testimage.File{Path: "opt/" + strings.Repeat("deep/", 20) + "x", Body: []byte("1\n2\nmark-secret\n")},
	)
	s.Layers = append(s.Layers, testimage.Layer{Raw: []byte("no archive, but mark-secret"), CreatedBy: "RUN make \x1b[31mred"})
	s.Labels = map[string]string{"note": "mark-hint"}
	cfg := config(t)
	cfg.Registry = serve("1", build(t, s))
	r := run(t, cfg, "ngnix:1")
	r.Ruleset = "0123456789abcdef0123456789abcdef" // it changes with every change of the engine
	return r
}

func TestGoldens(t *testing.T) {
	r := findings(t)
	golden(t, "findings.json", write(t, r.WriteJSON))
	golden(t, "findings.table", write(t, r.WriteTable))
	golden(t, "findings.sarif", write(t, func(w io.Writer) error { return r.WriteSARIF(w, "v1.2.3") }))
	cfg := config(t)
	cfg.Registry = serve("1", build(t, spec("echo hello")))
	r = run(t, cfg, "acme/app:1")
	r.Ruleset = "0123456789abcdef0123456789abcdef"
	golden(t, "clean.json", write(t, r.WriteJSON))
	golden(t, "clean.table", write(t, r.WriteTable))
}

// The keys of the JSON form are promised, all of them, always.
func TestJSONKeys(t *testing.T) {
	finding := []string{"category", "confidence", "created_by", "evidence", "layer", "line", "offset", "path", "rule", "severity"}
	want := map[string][]string{
		"":          {"digest", "findings", "reasons", "ruleset", "stats", "target", "verdict"},
		"stats":     {"bytes_compressed", "bytes_uncompressed", "files", "layers", "seconds"},
		"findings":  finding,
		"reasons":   {"action", "audit", "finding", "message", "policy"},
		"reasons.f": finding,
	}
	var doc struct {
		All     map[string]json.RawMessage
		Reasons []map[string]json.RawMessage
	}
	b := write(t, findings(t).WriteJSON)
	decode(t, b, &doc.All)
	decode(t, doc.All["reasons"], &doc.Reasons)
	var many []map[string]any
	decode(t, doc.All["findings"], &many)
	var stats, one map[string]any
	decode(t, doc.All["stats"], &stats)
	decode(t, doc.Reasons[0]["finding"], &one)
	got := map[string][]string{"": keys(doc.All), "stats": keys(stats), "reasons": keys(doc.Reasons[0]), "reasons.f": keys(one), "findings": keys(many[0])}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys: (-want +got)\n%s", diff)
	}
	for _, f := range many {
		if diff := cmp.Diff(finding, keys(f)); diff != "" {
			t.Errorf("keys of %v: (-want +got)\n%s", f, diff)
		}
	}
}

func decode(t *testing.T, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// A hostile path or command does not reach the terminal as it is.
func TestTableIsHarmless(t *testing.T) {
	r := scan.Result{Target: "dir:\x1b]0;x\a", Verdict: scan.Allow, Findings: []scan.Finding{{
		Rule: "a\nb", Path: "x\r\x1b[2J\u202e", Evidence: "tab\there\xff", CreatedBy: strings.Repeat("é", 100) + "\x1b",
	}}}
	for _, c := range string(write(t, r.WriteTable)) {
		if c != '\n' && (c < ' ' || c == 0x7f || c == '\u202e') {
			t.Errorf("the table holds %q", c)
		}
	}
}

// sarifRun is what SARIF 2.1.0 asks of a log, as far as it is checked here.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name, Version string
				Rules         []struct {
					ID               string
					ShortDescription struct{ Text string }
				}
			}
		}
		Invocations []struct {
			ExecutionSuccessful        *bool
			ToolExecutionNotifications []struct {
				Level   string
				Message struct{ Text string }
			}
		}
		OriginalURIBaseIDs map[string]any `json:"originalUriBaseIds"`
		Results            []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI, URIBaseID string }
					Region           *struct{ StartLine int }
				}
			}
			PartialFingerprints map[string]string
			Properties          map[string]any
		}
		Properties map[string]any
	}
}

func TestSARIF(t *testing.T) {
	r := findings(t)
	r.Errors = []error{errors.New("a layer could not be read")}
	var log sarifLog
	decode(t, write(t, func(w io.Writer) error { return r.WriteSARIF(w, "v1.2.3") }), &log)
	if log.Version != "2.1.0" || !strings.HasPrefix(log.Schema, "https://") || len(log.Runs) != 1 {
		t.Fatalf("version %s, schema %s, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	one := log.Runs[0]
	if d := one.Tool.Driver; d.Name != "lazaret" || d.Version != "v1.2.3" {
		t.Errorf("made by %s %s", d.Name, d.Version)
	}
	if i := one.Invocations; len(i) != 1 || i[0].ExecutionSuccessful == nil || *i[0].ExecutionSuccessful ||
		len(i[0].ToolExecutionNotifications) != 1 || i[0].ToolExecutionNotifications[0].Message.Text != "a layer could not be read" {
		t.Errorf("invocations %+v; want one that failed and says why", i)
	}
	if len(one.Results) != len(r.Findings) {
		t.Fatalf("%d results for %d findings", len(one.Results), len(r.Findings))
	}
	seen := map[string]bool{}
	for _, rule := range one.Tool.Driver.Rules {
		if rule.ID == "" || seen[rule.ID] || rule.ShortDescription.Text == "" {
			t.Errorf("rule %+v has no ID, or not for itself, or no description", rule)
		}
		seen[rule.ID] = true
	}
	for i, res := range one.Results {
		f := r.Findings[i]
		if res.RuleID != f.Rule || res.RuleIndex >= len(one.Tool.Driver.Rules) || one.Tool.Driver.Rules[res.RuleIndex].ID != f.Rule {
			t.Errorf("result %d has the rule %s, index %d; want %s", i, res.RuleID, res.RuleIndex, f.Rule)
		}
		if want := map[inspect.Level]string{inspect.Critical: "error", inspect.High: "error", inspect.Medium: "warning", inspect.Low: "note"}[f.Severity]; res.Level != want {
			t.Errorf("result %d: level %s, want %s", i, res.Level, want)
		}
		if res.Message.Text == "" || len(res.Locations) != 1 || len(res.PartialFingerprints) != 1 {
			t.Errorf("result %d has no message, no location or no fingerprint: %+v", i, res)
		}
		if res.Properties["layer"] != f.Layer.String() || res.Properties["category"] != string(f.Category) {
			t.Errorf("result %d: properties %v", i, res.Properties)
		}
		where := res.Locations[0].PhysicalLocation
		if u, err := url.Parse(where.ArtifactLocation.URI); err != nil || where.ArtifactLocation.URI == "" || strings.ContainsAny(where.ArtifactLocation.URI, " <>") {
			t.Errorf("result %d: URI %q is none: %v", i, where.ArtifactLocation.URI, err)
		} else if f.Path != "" && (u.Scheme != "" || strings.TrimPrefix(u.Path, "./") != f.Path) {
			t.Errorf("result %d: URI %q for the path %q", i, where.ArtifactLocation.URI, f.Path)
		}
		if base := where.ArtifactLocation.URIBaseID; base != "" && one.OriginalURIBaseIDs[base] == nil {
			t.Errorf("result %d: base %q is not defined", i, base)
		}
		if line := where.Region; (line != nil) != (f.Line > 0 && f.Path != "") || line != nil && line.StartLine != f.Line {
			t.Errorf("result %d: region %+v for line %d", i, line, f.Line)
		}
	}
}

// A result is known again when the file is in another layer, and told from others.
func TestFingerprints(t *testing.T) {
	of := func(f scan.Finding) string {
		var log sarifLog
		decode(t, write(t, func(w io.Writer) error { return scan.Result{Findings: []scan.Finding{f}}.WriteSARIF(w, "1") }), &log)
		return log.Runs[0].Results[0].PartialFingerprints["lazaretFinding/v1"]
	}
	f := scan.Finding{Rule: "a/b", Path: "etc/x", Evidence: "e", Layer: oci.DigestOf([]byte("a"))}
	moved, another := f, f
	moved.Layer, moved.Line, moved.Offset = oci.DigestOf([]byte("b")), 7, 70
	another.Path = "etc/y"
	if of(f) == "" || of(f) != of(moved) || of(f) == of(another) {
		t.Errorf("fingerprints %s, moved %s, another %s", of(f), of(moved), of(another))
	}
}
