package inspect_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

const (
	diff1 = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	diff2 = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// documents are the parts that a detector sees of a blob, by path.
func documents(t *testing.T, blob string) (map[string][]string, inspect.Report) {
	t.Helper()
	got := map[string][]string{}
	d := fake{
		name: "d", version: "1",
		wants: func(*inspect.File) inspect.Want { return inspect.Content },
		judge: func(f *inspect.File, s inspect.Seen, _ func(inspect.Finding)) {
			if (f.Type == inspect.Document) != (f.Path != "") || f.Type == inspect.Document && f.Size != int64(len(s.Content)) {
				t.Errorf("%q has type %d and size %d", f.Path, f.Type, f.Size)
			}
			got[f.Path] = strings.Split(strings.TrimSuffix(string(s.Content), "\n"), "\n")
		},
	}
	r := report(t, inspector(t, inspect.Limits{}, d), []byte(blob))
	return got, r
}

func TestConfig(t *testing.T) {
	got, r := documents(t, `{
		"architecture": "arm", "variant": "v7", "os": "linux", "os.version": "1", "author": "someone",
		"created": "2026-01-02T03:04:05.6+01:00",
		"config": {
			"User": "nobody", "Env": ["PATH=/bin", "NOTE=two\nlines"], "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["a b", "c"],
			"Healthcheck": {"Test": ["CMD", "true"], "Interval": 5}, "Labels": {"b": "2", "a": "1", "A": "3"}, "OnBuild": ["RUN x"],
			"Volumes": {"/Data": {}, "/data": {}}, "Shell": ["/bin/ash"], "WorkingDir": "/srv"
		},
		"container_config": {"Cmd": ["/bin/sh", "-c", "old"]},
		"history": [
			{"created_by": "ADD file:1 in /", "comment": "base"}, {"created_by": "ENV A=1", "empty_layer": true}, {"created_by": "RUN \u0078\r\nmore"}
		],
		"rootfs": {"type": "layers", "diff_ids": ["`+diff1+`", "`+diff2+`"]},
		"vendor": [{"note": "n"}, 7, null], "config.labels.x": "y"
	}`)
	want := map[string][]string{
		"config:env":         {"PATH=/bin", `NOTE=two\nlines`},
		"config:entrypoint":  {"/bin/sh", "-c"},
		"config:cmd":         {"a b", "c"},
		"config:healthcheck": {"CMD", "true"},
		"config:labels":      {"A=3", "a=1", "b=2"},
		"config:onbuild":     {"RUN x"},
		"config:history":     {"ADD file:1 in /", "ENV A=1", `RUN x\r\nmore`},
		"config:other": {
			"variant=v7", `os\.version=1`, "author=someone", "config.User=nobody", "config.Shell=/bin/ash", "config.WorkingDir=/srv",
			"container_config.Cmd=/bin/sh", "container_config.Cmd=-c", "container_config.Cmd=old", "history.comment=base", "vendor.note=n", `config\.labels\.x=y`,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	config := &inspect.ImageConfig{
		Platform:   oci.Platform{Architecture: "arm", Variant: "v7", OS: "linux", OSVersion: "1"},
		Created:    time.Date(2026, 1, 2, 2, 4, 5, 6e8, time.UTC),
		User:       "nobody",
		Entrypoint: []string{"/bin/sh", "-c"},
		Cmd:        []string{"a b", "c"},
		History:    []string{"ADD file:1 in /", `RUN x\x0d\x0amore`},
		DiffIDs:    []oci.Digest{diff1, diff2},
	}
	if diff := cmp.Diff(config, r.Config); diff != "" || r.Kind != inspect.KindConfig || len(r.Gaps) > 0 {
		t.Errorf("kind %s, gaps %v, config (-want +got):\n%s", r.Kind, r.Gaps, diff)
	}
}

func TestManifest(t *testing.T) {
	image := `{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "` + diff1 + `", "size": 2, "data": "e30=", "annotations": {"k": "config's"}},
		"layers": [{"mediaType": "x", "digest": "` + diff2 + `", "size": 9, "urls": ["https://example.com/a"], "annotations": {"k": "layer's\nnext"}}],
		"annotations": {"z": "1", "a": "2"}}`
	got, r := documents(t, image)
	want := map[string][]string{
		"manifest:annotations": {"a=2", "z=1", "k=config's", `k=layer's\nnext`, "urls=https://example.com/a"},
		"manifest:data":        {"{}"},
	}
	if diff := cmp.Diff(want, got); diff != "" || r.Kind != inspect.KindManifest || len(r.Gaps) > 0 || r.Config != nil {
		t.Errorf("kind %s, gaps %v, documents (-want +got):\n%s", r.Kind, r.Gaps, diff)
	}
	index := `{"schemaVersion": 2, "manifests": [{"mediaType": "x", "digest": "` + diff1 + `", "size": 2, "annotations": {"k": "v"}}], "annotations": {"a": "b"}}`
	got, r = documents(t, index)
	if diff := cmp.Diff(map[string][]string{"manifest:annotations": {"a=b", "k=v"}}, got); diff != "" || r.Kind != inspect.KindManifest {
		t.Errorf("kind %s, documents (-want +got):\n%s", r.Kind, diff)
	}
}

// What Docker's encoding/json would read is what is inspected, and what readers could
// differ on is a gap.
func TestHostileJSON(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	for _, c := range []struct {
		name string
		blob string
		kind inspect.Kind
		want map[string][]string
		gaps []string
	}{
		{
			"keys in another case", `{"RootFS":{"Diff_IDs":[]},"CONFIG":{"cmd":["x"],"ENTRYPOINT":["y"]}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"x"}, "config:entrypoint": {"y"}}, nil,
		},
		{
			"a key with the long s", `{"rootf` + "ſ" + `":{},"config":{"Label` + "ſ" + `":{"a":"b"}}}`, inspect.KindConfig,
			map[string][]string{"config:labels": {"a=b"}, "config:other": {"config.Labelſ.a=b"}}, nil,
		},
		{
			"a key twice", `{"rootfs":{},"config":{"Cmd":["x"],"Cmd":["y"]}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"y"}}, []string{`: config: key "config.Cmd" occurs twice`},
		},
		{
			"a key twice in two cases", `{"rootfs":{},"config":{"Cmd":["x"]},"Config":{"Env":["A=b"]}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"x"}, "config:env": {"A=b"}}, []string{`: config: key "Config" occurs twice`},
		},
		{
			"a string for a list", `{"rootfs":{},"config":{"Cmd":"run me","Entrypoint":"sh"}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"run me"}, "config:entrypoint": {"sh"}}, nil,
		},
		{
			"wrong types", `{"rootfs":{},"config":{"Env":"A=b","Cmd":["x"]}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"x"}},
			[]string{": malformed config: config.Env is a JSON string"},
		},
		{
			"a malformed diff_id", `{"rootfs":{"diff_ids":["sha256:1"]}}`, inspect.KindConfig, map[string][]string{},
			[]string{": config: diff_ids: invalid digest: invalid checksum digest length"},
		},
		{"a year that cannot be written", `{"rootfs":{},"created":"9999-12-31T23:59:59-10:00"}`, inspect.KindConfig, map[string][]string{}, nil},
		{"a time that is none", `{"rootfs":{},"created":"yesterday"}`, inspect.KindConfig, map[string][]string{}, nil},
		{
			"a long command", `{"rootfs":{},"config":{"Cmd":["a","` + long + `","b"]}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"a", long, "b"}}, []string{"config:cmd: more than 65536 bytes"},
		},
		{
			"a config and a manifest", `{"schemaVersion":2,"config":{"digest":"` + diff1 + `","size":2,"Cmd":["x"]},"layers":[],"rootfs":{}}`, inspect.KindConfig,
			map[string][]string{"config:cmd": {"x"}, "config:other": {"config.digest=" + diff1}}, []string{": both a manifest and a config"},
		},
		{"Docker schema 1", `{"schemaVersion":1,"fsLayers":[]}`, inspect.KindOther, map[string][]string{"": {`{"schemaVersion":1,"fsLayers":[]}`}}, []string{": invalid manifest: docker schema 1 is not supported"}},
		{"another document", ` {"name":"chart"}`, inspect.KindOther, map[string][]string{"": {` {"name":"chart"}`}}, nil},
		{"a list", `[1,2]`, inspect.KindOther, map[string][]string{"": {`[1,2]`}}, nil},
		{"an empty object", `{}`, inspect.KindOther, map[string][]string{"": {`{}`}}, nil},
		{"a cut document", `{"rootfs":{}`, inspect.KindOther, map[string][]string{"": {`{"rootfs":{}`}}, []string{": unknown format"}},
		{"two documents", `{"rootfs":{}}{}`, inspect.KindOther, map[string][]string{"": {`{"rootfs":{}}{}`}}, []string{": unknown format"}},
		{"blanks", "   \n", inspect.KindOther, map[string][]string{"": {"   "}}, []string{": unknown format"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, r := documents(t, c.blob)
			if diff := cmp.Diff(c.want, got); diff != "" || r.Kind != c.kind {
				t.Errorf("kind %s, documents (-want +got):\n%s", r.Kind, diff)
			}
			if diff := cmp.Diff(c.gaps, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentLimits(t *testing.T) {
	many := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	for _, c := range []struct {
		name   string
		blob   string
		limits inspect.Limits
		gap    string
	}{
		{"too large", `{"rootfs":{},"x":"` + strings.Repeat("y", 2000) + `"}`, inspect.Limits{Document: 2000}, ": a JSON document of more than 2000 bytes"},
		{"too many parts", `{"rootfs":{},"x":` + many(1000, "0") + `}`, inspect.Limits{Tokens: 1000}, ": JSON document: too many parts"},
		{"too deep", `{"rootfs":{},"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, inspect.Limits{}, ": unknown format"},
		{"too many layers", `{"rootfs":{"diff_ids":` + many(1001, `"`+diff1+`"`) + `}}`, inspect.Limits{}, ": config: 1001 layers, more than 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !json.Valid([]byte(c.blob)) && c.name != "too deep" {
				t.Fatal("no JSON")
			}
			r := report(t, inspector(t, c.limits, finder()), []byte(c.blob))
			if diff := cmp.Diff([]string{c.gap}, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// A history that fits the layers keeps doing so when it is shortened.
func TestLongHistory(t *testing.T) {
	var history []string
	for n := range 100 {
		history = append(history, fmt.Sprintf(`{"created_by":"RUN %d %s","empty_layer":%t}`, n, strings.Repeat("é", 300), n%2 == 1))
	}
	_, r := documents(t, `{"rootfs":{},"history":[`+strings.Join(history, ",")+`]}`)
	if len(r.Config.History) != 50 {
		t.Fatalf("%d entries", len(r.Config.History))
	}
	for n, h := range r.Config.History {
		if want := fmt.Sprintf("RUN %d é", 2*n); !strings.HasPrefix(h, want) || len(h) > inspect.MaxEvidence {
			t.Errorf("entry %d is %q", n, h)
		}
	}
}
