package enrol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/internal/ca"
	"github.com/lazaret/lazaret/internal/enrol"
)

var update = flag.Bool("update", false, "write the goldens")

// A golden is a host before and after, as a txtar: its comment is the request in JSON, after
// a line on what it shows; files below before/ are the host's; the others are what is to come
// of it.
type golden struct {
	name    string
	about   string
	request enrol.Request
	host    fstest.MapFS
	want    []txtar.File
}

// A goldenRequest is the JSON of a request. Its authority is made for the test: it is in the
// goldens as the word CERTIFICATE.
type goldenRequest struct {
	Client, Mirror, Version, Store, Close, Image string
	CA, Replace                                  bool
	Registries                                   []string
	Hub, Addrs                                   []netip.Addr
}

func readGolden(t *testing.T, file string, authority []byte) golden {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	about, text, _ := strings.Cut(string(a.Comment), "\n")
	var r goldenRequest
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	g := golden{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), about: about, host: fstest.MapFS{}, request: enrol.Request{
		Client: enrol.Client(r.Client), Mirror: r.Mirror, Store: enrol.Store(r.Store), Close: enrol.Close(r.Close), Image: r.Image,
		Replace: r.Replace, Registries: r.Registries, HubAddrs: r.Hub, Addrs: r.Addrs,
	}}
	if r.Version != "" {
		if g.request.Version, err = enrol.ParseVersion(r.Version); err != nil {
			t.Fatal(err)
		}
	}
	if r.CA {
		g.request.CA = authority
	}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "before/"); ok {
			g.host[name] = &fstest.MapFile{Data: f.Data, Mode: 0o640}
		} else {
			g.want = append(g.want, f)
		}
	}
	return g
}

func goldens(t *testing.T) []golden {
	t.Helper()
	pair, err := ca.Init("Test", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 30 {
		t.Fatalf("goldens: %v, %v", files, err)
	}
	var out []golden
	for _, f := range files {
		out = append(out, readGolden(t, f, pair.Cert))
	}
	return out
}

// outcome is what came of a plan as a golden has it.
func (g golden) outcome(p enrol.Plan, err error) (out []txtar.File) {
	add := func(name, text string) {
		if text != "" {
			out = append(out, txtar.File{Name: name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
		}
	}
	if err != nil {
		kind := "error"
		if errors.Is(err, enrol.ErrConflict) {
			kind = "conflict"
		}
		add(kind, err.Error())
		return out
	}
	for _, c := range p.Changes {
		text := string(c.After)
		if g.request.CA != nil {
			text = strings.ReplaceAll(text, string(g.request.CA), "CERTIFICATE\n")
		}
		add("after"+c.Path, text)
	}
	manifest := p.Manifest
	if g.request.CA != nil {
		indented := "    " + strings.ReplaceAll(strings.TrimSpace(string(g.request.CA)), "\n", "\n    ")
		manifest = strings.ReplaceAll(manifest, indented, "    CERTIFICATE")
	}
	add("manifest", manifest)
	add("restart", strings.Join(p.Restart, "\n"))
	add("notes", strings.Join(p.Notes, "\n"))
	return out
}

// What each client and version is given, where there is nothing, where there are settings to
// keep, and where a person must decide.
func TestGoldens(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			p, err := enrol.Make(g.request, g.host)
			got := g.outcome(p, err)
			if *update {
				rewrite(t, g, got)
				return
			}
			if d := cmp.Diff(g.want, got); d != "" {
				t.Errorf("%s (-golden +got):\n%s", g.about, d)
			}
			for _, c := range p.Changes {
				wellFormed(t, c)
			}
		})
	}
}

func rewrite(t *testing.T, g golden, got []txtar.File) {
	file := filepath.Join("testdata", g.name+".txtar")
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var files []txtar.File
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "before/") {
			files = append(files, f)
		}
	}
	a.Files = append(files, got...)
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wellFormed parses a file as its reader would.
func wellFormed(t *testing.T, c enrol.Change) {
	t.Helper()
	var err error
	switch filepath.Ext(c.Path) {
	case ".json":
		err = json.Unmarshal(c.After, &map[string]any{})
	case ".toml", ".conf":
		err = toml.Unmarshal(c.After, &map[string]any{})
	case ".yaml":
		err = yaml.Unmarshal(c.After, &map[string]any{})
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", c.Path, err, c.After)
	}
}

// What was enrolled and is enrolled again changes nothing.
func TestIdempotent(t *testing.T) {
	for _, g := range goldens(t) {
		p, err := enrol.Make(g.request, g.host)
		if err != nil {
			continue
		}
		for _, c := range p.Changes {
			g.host[c.Path[1:]] = &fstest.MapFile{Data: c.After}
		}
		again, err := enrol.Make(g.request, g.host)
		if err != nil {
			t.Errorf("%s: again: %v", g.name, err)
		} else if len(again.Changes) > 0 || len(again.Restart) > 0 {
			t.Errorf("%s: again changes:\n%s%v", g.name, again.Diff(), again.Restart)
		}
	}
}

// A file that is there keeps every line that is not about mirrors.
func TestNothingIsLost(t *testing.T) {
	for _, g := range goldens(t) {
		p, err := enrol.Make(g.request, g.host)
		if err != nil || g.request.Replace {
			continue
		}
		for _, c := range p.Changes {
			if strings.HasSuffix(c.Path, ".nft") {
				continue
			}
			for line := range bytes.Lines(c.Before) {
				line = bytes.Trim(bytes.TrimSpace(line), ",{}")
				if !bytes.Contains(c.After, line) && !bytes.Contains(line, []byte("mirrors")) && !bytes.Contains(line, []byte("server")) && !bytes.Contains(line, []byte("capabilities")) && !bytes.Contains(line, []byte("endpoint")) && !bytes.Contains(line, []byte("config_path")) {
					t.Errorf("%s: %s lost %q:\n%s", g.name, c.Path, line, p.Diff())
				}
			}
		}
	}
}

func TestBadRequests(t *testing.T) {
	for name, r := range map[string]enrol.Request{
		"no https://host[:port]": {Client: enrol.Docker, Mirror: "lazaret.example"},
		"ftp: no https://":       {Client: enrol.Docker, Mirror: "ftp://x"},
		"path: no https://":      {Client: enrol.Docker, Mirror: "https://x/path"},
		"user: no https://":      {Client: enrol.Docker, Mirror: "https://a:b@x"},
		"no client":              {Client: "lxc", Mirror: "https://x"},
		"has a private key":      {Client: enrol.Docker, Mirror: "https://x", CA: []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")},
		"no certificate":         {Client: enrol.Docker, Mirror: "https://x", CA: []byte("no")},
		"exclude each other":     {Client: enrol.Docker, Mirror: "http://x", CA: []byte("no")},
		"name of a registry":     {Client: enrol.Podman, Mirror: "https://x", Registries: []string{"a/b"}},
		"no way to close":        {Client: enrol.Podman, Mirror: "https://x", Close: "most"},
		"version is not known":   {Client: enrol.Docker, Mirror: "https://x"},
		"no store":               {Client: enrol.Docker, Mirror: "https://x", Store: "tape"},
		"runs as no service":     {Client: enrol.Podman, Mirror: "https://x", Close: enrol.CloseAll, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
		"has no address":         {Client: enrol.CRIO, Mirror: "https://x", Close: enrol.CloseAll},
		"--image says which":     {Client: enrol.Kubernetes, Mirror: "https://x"},
	} {
		want := name[strings.Index(name, ":")+1:]
		if strings.Contains(name, "://") {
			want = "no https://host[:port]"
		}
		if _, err := enrol.Make(r, fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]enrol.Version{
		"Docker version 20.10.24+dfsg1, build 5d6db84":                              {20, 10, 24},
		"containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12": {1, 6, 20},
		"containerd github.com/containerd/containerd/v2 v2.4.2 abc":                 {2, 4, 2},
		"podman version 4.3.1":         {4, 3, 1},
		"k3s version v1.28.6+k3s1 (x)": {1, 28, 6},
		"29.7":                         {29, 7, 0},
	} {
		if got, err := enrol.ParseVersion(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if v, err := enrol.ParseVersion("no version here"); err == nil {
		t.Errorf("found %v", v)
	}
}
