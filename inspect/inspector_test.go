package inspect_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

func TestNewRefuses(t *testing.T) {
	with := func(p inspect.Pattern) inspect.Detector {
		return fake{name: "d", version: "1", patterns: []inspect.Pattern{p}}
	}
	for _, c := range []struct {
		name      string
		limits    inspect.Limits
		detectors []inspect.Detector
		want      string
	}{
		{"a negative limit", inspect.Limits{Bytes: -1}, nil, "inspect: limit Bytes is negative"},
		{"a negative count", inspect.Limits{Entries: -1}, nil, "inspect: limit Entries is negative"},
		{"a negative time", inspect.Limits{Deadline: -time.Second}, nil, "inspect: limit Deadline is negative"},
		{"a window that zstd does not know", inspect.Limits{Window: 1 << 30}, nil, "inspect: limit Window is 1073741824, not from 1 KiB to 512 MiB"},
		{"no name", inspect.Limits{}, []inspect.Detector{fake{version: "1"}}, `inspect: detector "" has no name or no version`},
		{"no version", inspect.Limits{}, []inspect.Detector{fake{name: "d"}}, `inspect: detector "d" has no name or no version`},
		{"a name twice", inspect.Limits{}, []inspect.Detector{finder(), lister(), finder()}, `inspect: two detectors "finder"`},
		{"no ID", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{Literals: []string{"abc"}})}, `inspect: detector d: pattern "": it has no ID`},
		{"no literal", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p"})}, `inspect: detector d: pattern "p": it has no literal`},
		{"a short literal", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p", Literals: []string{"ab"}})}, `inspect: detector d: pattern "p": literal "ab" has 2 bytes, not from 3 to 255`},
		{"a long literal", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p", Literals: []string{strings.Repeat("a", 256)}})}, `inspect: detector d: pattern "p": literal "` + strings.Repeat("a", 256) + `" has 256 bytes, not from 3 to 255`},
		{"a literal that is not ASCII", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p", Literals: []string{"née"}})}, `inspect: detector d: pattern "p": literal "née" is not ASCII`},
		{"a literal of signs", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p", Literals: []string{`"^"`}})}, `inspect: detector d: pattern "p": literal "\"^\"" is of signs alone that are taken for each other, and so for any indentation`},
		{"a large window", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p", Literals: []string{"abc"}, After: inspect.MaxWindow + 1})}, `inspect: detector d: pattern "p": its window is 0 and 4097 bytes, not from 0 to 4096`},
		{"a negative Max", inspect.Limits{}, []inspect.Detector{with(inspect.Pattern{ID: "p", Literals: []string{"abc"}, Max: -1})}, `inspect: detector d: pattern "p": its Max is negative`},
		{"an ID twice", inspect.Limits{}, []inspect.Detector{fake{name: "d", version: "1", patterns: []inspect.Pattern{{ID: "p", Literals: []string{"abc"}}, {ID: "p", Literals: []string{"abd"}}}}}, `inspect: detector d: two patterns "p"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := inspect.New(c.limits, c.detectors...)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// The set is another one whenever reports may be.
func TestSet(t *testing.T) {
	base := func() fake {
		return fake{name: "d", version: "1", patterns: []inspect.Pattern{{ID: "p", Literals: []string{"abc"}, Regexp: regexp.MustCompile("abc+")}}}
	}
	with := func(change func(*fake)) inspect.SetID {
		f := base()
		change(&f)
		return inspector(t, inspect.Limits{}, f).Set()
	}
	want := with(func(*fake) {})
	seen := map[inspect.SetID]string{want: "the base"}
	for name, set := range map[string]inspect.SetID{
		"another limit":    inspector(t, inspect.Limits{Entries: 1}, base()).Set(),
		"another detector": inspector(t, inspect.Limits{}, base(), finder()).Set(),
		"none":             inspector(t, inspect.Limits{}).Set(),
		"another name":     with(func(f *fake) { f.name = "e" }),
		"another version":  with(func(f *fake) { f.version = "2" }),
		"another ID":       with(func(f *fake) { f.patterns[0].ID = "q" }),
		"another literal":  with(func(f *fake) { f.patterns[0].Literals = []string{"abd"} }),
		"one more literal": with(func(f *fake) { f.patterns[0].Literals = []string{"abc", "abd"} }),
		"another regexp":   with(func(f *fake) { f.patterns[0].Regexp = regexp.MustCompile("abc*") }),
		"no regexp":        with(func(f *fake) { f.patterns[0].Regexp = nil }),
		"another window":   with(func(f *fake) { f.patterns[0].Before = 9 }),
		"another Max":      with(func(f *fake) { f.patterns[0].Max = 9 }),
	} {
		if len(set) != 32 || seen[set] != "" {
			t.Errorf("%s: set %q is that of %s", name, set, seen[set])
		}
		seen[set] = name
	}
	if got := inspector(t, inspect.DefaultLimits(), base()).Set(); got != want {
		t.Errorf("set %s with the defaults spelled out, %s without", got, want)
	}
	a, b := inspector(t, inspect.Limits{}, base(), finder()).Set(), inspector(t, inspect.Limits{}, finder(), base()).Set()
	if a != b {
		t.Errorf("set %s or %s by the order of detectors", a, b)
	}
}

// full is a report in which everything is set.
func full() inspect.Report {
	d := oci.DigestOf([]byte("full"))
	return inspect.Report{
		Digest: d, Set: "set", Kind: inspect.KindConfig,
		Findings: []inspect.Finding{{
			Rule: "miner/x", Category: inspect.Miner, Severity: inspect.Critical, Confidence: inspect.High, Layer: d,
			Path: "config:cmd", Line: 3, Offset: 7, Evidence: "<é>",
		}},
		Gaps: []inspect.Gap{{Path: "p", Why: "w"}, {Why: "x"}},
		Config: &inspect.ImageConfig{
			Platform: oci.Platform{OS: "linux", Architecture: "amd64"}, Created: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), User: "u",
			Entrypoint: []string{"e"}, Cmd: []string{"c"}, History: []string{"h"}, DiffIDs: []oci.Digest{d},
		},
		Stats: inspect.Stats{Files: 1, BytesCompressed: 2, BytesUncompressed: 3, Elapsed: 4},
	}
}

// The bytes of a report are kept for years: this is version 1 of the format.
func TestEncodedReport(t *testing.T) {
	want := "\x01" + `{"digest":"DIGEST","set":"set","kind":"config",` +
		`"findings":[{"rule":"miner/x","category":"miner","severity":"critical","confidence":"high","layer":"DIGEST",` +
		`"path":"config:cmd","line":3,"offset":7,"evidence":"\u003cé\u003e"}],` +
		`"gaps":[{"path":"p","why":"w"},{"why":"x"}],` +
		`"config":{"platform":{"architecture":"amd64","os":"linux"},"created":"2026-01-02T03:04:05.000000006Z","user":"u",` +
		`"entrypoint":["e"],"cmd":["c"],"history":["h"],"diff_ids":["DIGEST"]},` +
		`"stats":{"files":1,"bytes_compressed":2,"bytes_uncompressed":3,"elapsed_ns":4}}`
	want = strings.ReplaceAll(want, "DIGEST", oci.DigestOf([]byte("full")).String())
	got, err := inspect.EncodeReport(full())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("encoded (-want +got):\n%s", diff)
	}
	back, err := inspect.DecodeReport([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), back); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good, err := inspect.EncodeReport(full())
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("no %s in %s", old, good)
		}
		return strings.Replace(string(good), old, with, 1)
	}
	for name, b := range map[string]string{
		"nothing":                "",
		"no version":             string(good[1:]),
		"another version":        "\x02" + string(good[1:]),
		"the version alone":      "\x01",
		"cut":                    string(good[:len(good)-1]),
		"more after it":          string(good) + "{}",
		"null":                   "\x01null",
		"an unknown key":         swap(`"set"`, `"verdict":"allow","set"`),
		"no digest":              swap(`"digest":"`+full().Digest.String(), `"digest":"`),
		"a malformed digest":     swap(`{"digest":"sha256:`, `{"digest":"sha256:z`),
		"no set":                 swap(`"set":"set"`, `"set":""`),
		"an unknown kind":        swap(`"kind":"config"`, `"kind":"file"`),
		"a config of a layer":    swap(`"kind":"config"`, `"kind":"layer"`),
		"an unknown category":    swap(`"category":"miner"`, `"category":"mine"`),
		"an unknown level":       swap(`"critical"`, `"fatal"`),
		"too sure":               swap(`"confidence":"high"`, `"confidence":"critical"`),
		"a finding of another":   swap(`"layer":"sha256:`, `"layer":"sha512:`),
		"a finding of no rule":   swap(`"miner/x"`, `""`),
		"a negative offset":      swap(`"offset":7`, `"offset":-7`),
		"much evidence":          swap(`"evidence":"`, `"evidence":"`+strings.Repeat("x", inspect.MaxEvidence)),
		"a gap of no reason":     swap(`"why":"w"`, `"why":""`),
		"a negative count":       swap(`"files":1`, `"files":-1`),
		"a malformed layer":      swap(`"diff_ids":["`, `"diff_ids":["x`),
		"a number for a string":  swap(`"set":"set"`, `"set":1`),
		"larger than any report": "\x01" + strings.Repeat(" ", inspect.MaxReport),
	} {
		if r, err := inspect.DecodeReport([]byte(b)); !errors.Is(err, inspect.ErrReport) || r.Digest != "" {
			t.Errorf("%s: report %v, error %v", name, r, err)
		}
	}
}

// What could not be read again is not written.
func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*inspect.Report){
		"the zero report":      func(r *inspect.Report) { *r = inspect.Report{} },
		"another's finding":    func(r *inspect.Report) { r.Findings[0].Layer = oci.DigestOf(nil) },
		"an unknown severity":  func(r *inspect.Report) { r.Findings[0].Severity = 9 },
		"a config of no kind":  func(r *inspect.Report) { r.Kind = inspect.KindOther },
		"larger than a report": func(r *inspect.Report) { r.Config.Cmd = []string{strings.Repeat("x", inspect.MaxReport)} },
	} {
		r := full()
		change(&r)
		if b, err := inspect.EncodeReport(r); !errors.Is(err, inspect.ErrReport) || b != nil {
			t.Errorf("%s: %d bytes, error %v", name, len(b), err)
		}
	}
}
