package scan_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/internal/testimage"
)

// damages are ways in which a blob's bytes are not what its digest says.
var damages = map[string]func([]byte) []byte{
	"other bytes": func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b },
	"cut":         func(b []byte) []byte { return b[:len(b)-1] },
	"longer":      func(b []byte) []byte { return append(bytes.Clone(b), 0) },
	"empty":       func([]byte) []byte { return nil },
}

func layoutBlob(dir string, d oci.Digest) string {
	return filepath.Join(dir, "blobs", "sha256", d.Encoded())
}

// A blob whose bytes are wrong leaves the verdict unknown, whatever else is clean.
func TestWrongBlobsAreNotClean(t *testing.T) {
	img := build(t, spec("echo hello"))
	for name, damage := range damages {
		for _, d := range []oci.Digest{img.Layers[1].Digest, img.ConfigDescriptor.Digest} {
			dir := layoutDir(t, "app:1", img)
			if err := os.WriteFile(layoutBlob(dir, d), damage(img.Blobs[d]), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := config(t)
			reg := serve("1", img)
			reg.blobs[d] = damage(img.Blobs[d])
			cfg.Registry = reg
			for _, s := range []string{"oci:" + dir, "acme/app:1"} {
				if s == "acme/app:1" && (name == "cut" || name == "empty") {
					continue // a body that ends early is asked for again: see TestDownload
				}
				r := run(t, cfg, s)
				if r.Verdict != scan.Unknown || !errors.Is(r.Err(), scan.ErrContent) {
					t.Errorf("%s, %s: %s, %v; want unknown and ErrContent", name, s, r.Verdict, r.Err())
				}
			}
		}
	}
}

// What was read is reason enough to refuse, even if something else could not be.
func TestRefusesByWhatWasRead(t *testing.T) {
	img := build(t, spec("mark-malware"))
	dir := layoutDir(t, "app:1", img)
	if err := os.Remove(layoutBlob(dir, img.Layers[0].Digest)); err != nil {
		t.Fatal(err)
	}
	r := run(t, config(t), "oci:"+dir)
	if r.Verdict != scan.Block || !errors.Is(r.Err(), fs.ErrNotExist) {
		t.Errorf("%s, %v; want block, and that a layer is not there", r.Verdict, r.Err())
	}
	if r.Stats.Layers != 1 {
		t.Errorf("%d layers were read, want 1", r.Stats.Layers)
	}
}

func TestLayoutsThatCannotBeRead(t *testing.T) {
	img := build(t, spec("echo hello"))
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	manifest := "blobs/sha256/" + img.Digest.Encoded()
	for name, tt := range map[string]struct {
		spoil func(*testing.T, string)
		want  error
	}{
		"no layout":        {func(t *testing.T, dir string) { remove(t, dir, "oci-layout") }, fs.ErrNotExist},
		"another version":  {write("oci-layout", `{"imageLayoutVersion":"2.0.0"}`), scan.ErrContent},
		"not JSON":         {write("oci-layout", `1.0.0`), scan.ErrContent},
		"no index":         {func(t *testing.T, dir string) { remove(t, dir, "index.json") }, fs.ErrNotExist},
		"an empty index":   {write("index.json", `{"schemaVersion":2,"manifests":[]}`), scan.ErrContent},
		"a huge index":     {write("index.json", `{"schemaVersion":2,"manifests":[]}`+strings.Repeat(" ", oci.MaxManifestSize)), scan.ErrContent},
		"an image instead": {write("index.json", string(img.Manifest)), scan.ErrContent},
		"wrong manifest":   {write(manifest, string(img.Config)), scan.ErrContent},
		"no manifest":      {func(t *testing.T, dir string) { remove(t, dir, manifest) }, fs.ErrNotExist},
		"a directory":      {func(t *testing.T, dir string) { remove(t, dir, manifest); mkdir(t, dir, manifest) }, scan.ErrContent},
	} {
		dir := layoutDir(t, "app:1", img)
		tt.spoil(t, dir)
		if r, err := scan.Scan(t.Context(), config(t), target(t, "oci:"+dir)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %q, %v; want %v", name, r.Verdict, err, tt.want)
		}
	}
	for _, s := range []string{"oci:" + layoutDir(t, "app:1", img) + ":other", "oci:/nonexistent", "dir:/nonexistent", "docker-archive:/nonexistent", "docker-archive:/"} {
		if r, err := scan.Scan(t.Context(), config(t), target(t, s)); err == nil {
			t.Errorf("%s: %s; want an error", s, r.Verdict)
		}
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
}

// A layout may be an attacker's: its links stay in it.
func TestLayoutLinksDoNotLeadOut(t *testing.T) {
	img := build(t, spec("echo hello"))
	dir := layoutDir(t, "app:1", img)
	outside := filepath.Join(t.TempDir(), "layer")
	layer := img.Layers[1].Digest
	if err := os.WriteFile(outside, img.Blobs[layer], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(layoutBlob(dir, layer)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, layoutBlob(dir, layer)); err != nil {
		t.Fatal(err)
	}
	if r := run(t, config(t), "oci:"+dir); r.Verdict != scan.Unknown || r.Err() == nil {
		t.Errorf("a layer outside of the layout: %s, %v; want unknown and an error", r.Verdict, r.Err())
	}
}

func TestPlatforms(t *testing.T) {
	on := func(platform, text string) testimage.Image {
		p, err := scan.ParsePlatform(platform)
		if err != nil {
			t.Fatal(err)
		}
		s := spec(text)
		s.OS, s.Arch = p.OS, p.Architecture
		img := build(t, s)
		img.Platform = p
		return img
	}
	clean, evil := on("linux/amd64", "echo hello"), on("linux/arm64", "mark-malware")
	old, older := on("linux/arm/v6", "mark-secret"), on("linux/arm/v5", "echo five")
	silent := serveIndex("1", testimage.Index(false, evil))
	for ref, body := range silent.manifests { // the index, without the platform
		if b := bytes.Replace(body, []byte(`"platform":{"architecture":"arm64","os":"linux"}`), []byte(`"annotations":{}`), 1); !bytes.Equal(b, body) {
			silent.manifests[ref] = b
		}
	}
	for _, tt := range []struct {
		name, platform string
		reg            *fakeRegistry
		want           scan.Verdict // "" for an error
		digest         oci.Digest
	}{
		{"the platform's", "linux/amd64", serveIndex("1", testimage.Index(false, clean, evil)), scan.Allow, clean.Digest},
		{"Docker's manifest list", "linux/amd64", serveIndex("1", testimage.Index(true, clean, evil)), scan.Allow, clean.Digest},
		{"another platform's", "linux/arm64", serveIndex("1", testimage.Index(false, clean, evil)), scan.Block, evil.Digest},
		{"arm64 means v8", "linux/arm64/v8", serveIndex("1", testimage.Index(false, clean, evil)), scan.Block, evil.Digest},
		{"arm64 v9 is another", "linux/arm64/v9", serveIndex("1", testimage.Index(false, clean, evil)), "", ""},
		{"the best variant", "linux/arm", serveIndex("1", testimage.Index(false, older, old)), scan.Warn, old.Digest},
		{"a lower variant", "linux/arm/v5", serveIndex("1", testimage.Index(false, old, older)), scan.Allow, older.Digest},
		{"none that runs", "linux/arm/v5", serveIndex("1", testimage.Index(false, old)), "", ""},
		{"none", "windows/amd64", serveIndex("1", testimage.Index(false, clean, evil)), "", ""},
		{"all", "", serveIndex("1", testimage.Index(false, clean, evil)), scan.Block, testimage.Index(false, clean, evil).Digest},
		{"a member that says no platform", "linux/amd64", silent, scan.Block, evil.Digest},
		{"two that fit", "linux/amd64", serveIndex("1", testimage.Index(false, clean, on("linux/amd64", "mark-malware"))), scan.Block, ""},
		{"not an index", "linux/arm64", serve("1", clean), scan.Allow, clean.Digest},
	} {
		cfg := config(t)
		cfg.Registry, cfg.AllPlatforms = tt.reg, tt.platform == ""
		if tt.platform != "" {
			var err error
			if cfg.Platform, err = scan.ParsePlatform(tt.platform); err != nil {
				t.Fatal(err)
			}
		}
		r, err := scan.Scan(t.Context(), cfg, target(t, "acme/app:1"))
		if r.Verdict != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %v; want %q", tt.name, r.Verdict, err, tt.want)
		}
		if tt.digest != "" && r.Digest != tt.digest {
			t.Errorf("%s: digest %s, want %s", tt.name, r.Digest, tt.digest)
		}
	}
}

func TestParsePlatform(t *testing.T) {
	for _, in := range []string{"", "linux", "linux/", "/amd64", "linux//v7", "linux/arm/v7/x"} {
		if p, err := scan.ParsePlatform(in); !errors.Is(err, scan.ErrTarget) {
			t.Errorf("ParsePlatform(%q) = %+v, %v; want ErrTarget", in, p, err)
		}
	}
	for _, in := range []string{"linux/amd64", "linux/arm/v7"} {
		if p, err := scan.ParsePlatform(in); err != nil || scan.FormatPlatform(p) != in {
			t.Errorf("ParsePlatform(%q) = %+v, %v", in, p, err)
		}
	}
}

// An index that leads on and on ends somewhere.
func TestIndexesAreBounded(t *testing.T) {
	img := build(t, spec("echo hello"))
	reg := serve("1", img)
	body := testimage.Index(false, img).Manifest
	add := func(b []byte) oci.Digest {
		d := oci.DigestOf(b)
		reg.manifests[d.String()], reg.manifests["1"] = b, b
		return d
	}
	deep := func(n int) {
		reg.manifests["1"] = img.Manifest
		last, lastSize := img.Digest, len(img.Manifest)
		for range n {
			b := bytes.ReplaceAll(body, []byte(img.Digest), []byte(last))
			b = bytes.ReplaceAll(b, []byte(`"size":`+strconv.Itoa(len(img.Manifest))), []byte(`"size":`+strconv.Itoa(lastSize)))
			last, lastSize = add(b), len(b)
		}
	}
	cfg := config(t)
	cfg.Registry = reg
	deep(4)
	if r := run(t, cfg, "acme/app:1"); r.Verdict != scan.Allow || r.Digest != img.Digest {
		t.Errorf("four indexes: %s of %s; want allow of %s", r.Verdict, r.Digest, img.Digest)
	}
	deep(5)
	if _, err := scan.Scan(t.Context(), cfg, target(t, "acme/app:1")); !errors.Is(err, scan.ErrContent) {
		t.Errorf("five indexes: %v; want ErrContent", err)
	}
	wide := testimage.Index(false, slices.Repeat([]testimage.Image{img}, 1001)...)
	add(wide.Manifest)
	if _, err := scan.Scan(t.Context(), cfg, target(t, "acme/app:1")); !errors.Is(err, scan.ErrContent) {
		t.Errorf("1001 members: %v; want ErrContent", err)
	}
}
