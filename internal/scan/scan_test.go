package scan_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/internal/testimage"
)

func TestParseTarget(t *testing.T) {
	hub := oci.Reference{Registry: oci.DockerHub, Repository: "library/nginx", Tag: "latest"}
	for in, want := range map[string]scan.Target{
		"nginx":                       {Kind: scan.KindReference, Reference: hub},
		"docker.io/nginx:latest":      {Kind: scan.KindReference, Reference: hub},
		"oci:dir":                     {Kind: scan.KindLayout, Path: "dir"},
		"oci:/a/b:name:tag":           {Kind: scan.KindLayout, Path: "/a/b", Name: "name:tag"},
		"docker-archive:a:b.tar":      {Kind: scan.KindArchive, Path: "a:b.tar"},
		"dir:.":                       {Kind: scan.KindDirectory, Path: "."},
		"docker.io/library/oci:1":     {Kind: scan.KindReference, Reference: oci.Reference{Registry: oci.DockerHub, Repository: "library/oci", Tag: "1"}},
		"127.0.0.1:5000/x:y":          {Kind: scan.KindReference, Reference: oci.Reference{Registry: "127.0.0.1:5000", Repository: "x", Tag: "y"}},
		"docker-archive:./-":          {Kind: scan.KindArchive, Path: "./-"},
		"library/docker-archive:28.2": {Kind: scan.KindReference, Reference: oci.Reference{Registry: oci.DockerHub, Repository: "library/docker-archive", Tag: "28.2"}},
	} {
		got, err := scan.ParseTarget(in)
		if err != nil {
			t.Errorf("ParseTarget(%q): %v", in, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(scan.Target{})); diff != "" {
			t.Errorf("ParseTarget(%q): (-want +got)\n%s", in, diff)
		}
		if got.String() != in {
			t.Errorf("ParseTarget(%q).String() = %q", in, got)
		}
	}
	for _, in := range []string{"", "oci:", "oci::name", "oci:dir:", "dir:", "docker-archive:", "docker-archive:-", "dir:-", "Nginx", "https://docker.io/nginx", "a b"} {
		if _, err := scan.ParseTarget(in); !errors.Is(err, scan.ErrTarget) {
			t.Errorf("ParseTarget(%q): error %v, want ErrTarget", in, err)
		}
	}
}

// An image is judged the same wherever it lies.
func TestVerdicts(t *testing.T) {
	raw := spec("nothing")
	raw.Layers[1].Raw = []byte("this is no archive of any kind")
	for name, tt := range map[string]struct {
		spec  testimage.Spec
		want  scan.Verdict
		rules []string // of the findings, in order
		bare  bool     // a directory cannot show it
	}{
		"clean":         {spec("echo hello"), scan.Allow, nil, false},
		"a weak hint":   {spec("mark-hint"), scan.Allow, []string{"mark/hint"}, false},
		"a secret":      {spec("mark-secret mark-hint"), scan.Warn, []string{"mark/secret", "mark/hint"}, false},
		"uninspectable": {raw, scan.Quarantine, []string{"inspect/gap"}, true},
		"malware":       {spec("mark-hint mark-secret\nmark-malware"), scan.Block, []string{"mark/malware", "mark/secret", "mark/hint"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			img := build(t, tt.spec)
			cfg := config(t)
			cfg.Registry = serve("1", img)
			digests := map[string]oci.Digest{
				"acme/app:1":                                     img.Digest,
				"oci:" + layoutDir(t, "acme/app:1", img):         img.Digest,
				"docker-archive:" + archiveFile(t, "app:1", img): img.ConfigDescriptor.Digest,
			}
			if !tt.bare {
				digests["dir:"+tree(t, img)] = ""
			}
			for _, s := range slices.Sorted(maps.Keys(digests)) {
				r := run(t, cfg, s)
				if r.Verdict != tt.want || r.Err() != nil {
					t.Errorf("%s: %s, %v; want %s", s, r.Verdict, r.Err(), tt.want)
				}
				var rules []string
				for _, f := range r.Findings {
					rules = append(rules, f.Rule)
					if made := "COPY app"; digests[s] != "" && f.CreatedBy != made {
						t.Errorf("%s: created_by of %s is %q, want %q", s, f.Rule, f.CreatedBy, made)
					}
				}
				if diff := cmp.Diff(tt.rules, rules); diff != "" {
					t.Errorf("%s: findings (-want +got)\n%s", s, diff)
				}
				if want := digests[s]; want != "" && r.Digest != want {
					t.Errorf("%s: digest %s, want %s", s, r.Digest, want)
				}
				if refuses := tt.want == scan.Block || tt.want == scan.Quarantine; refuses && (len(r.Reasons) == 0 || r.Reasons[0].Action != tt.want) {
					t.Errorf("%s: reasons %+v do not begin with %s", s, r.Reasons, tt.want)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	img := build(t, spec("echo hello"))
	cfg := config(t)
	cfg.Registry = serve("1", img)
	bad, err := oci.ParseReference("ngnix")
	if err != nil {
		t.Fatal(err)
	}
	renamed := cfg
	renamed.Name = bad
	good := cfg
	good.Name = oci.Reference{Registry: oci.DockerHub, Repository: "acme/app", Tag: "1"}
	for _, tt := range []struct {
		target string
		cfg    scan.Config
		want   scan.Verdict
	}{
		{"ngnix:1", cfg, scan.Quarantine},
		{"acme/ngnix:1", cfg, scan.Allow},
		{"acme/app:1", renamed, scan.Quarantine},
		{"ngnix:1", good, scan.Allow},
		{"oci:" + layoutDir(t, "docker.io/library/ngnix:1", img), cfg, scan.Quarantine},
		{"oci:" + layoutDir(t, "ngnix:1", img), cfg, scan.Quarantine},
		{"oci:" + layoutDir(t, "ngnix", img), cfg, scan.Allow}, // a tag
		{"oci:" + layoutDir(t, "ngnix", img), renamed, scan.Quarantine},
		{"docker-archive:" + archiveFile(t, "ngnix:1", img), cfg, scan.Quarantine},
		{"docker-archive:" + archiveFile(t, "acme/app:1", img), cfg, scan.Allow},
		{"dir:" + tree(t, img), cfg, scan.Allow},
		{"dir:" + tree(t, img), renamed, scan.Quarantine},
	} {
		r := run(t, tt.cfg, tt.target)
		if r.Verdict != tt.want {
			t.Errorf("%s under the name %q: %s, want %s", tt.target, tt.cfg.Name.Repository, r.Verdict, tt.want)
		}
		if tt.want == scan.Quarantine && (len(r.Findings) != 1 || r.Findings[0].Category != inspect.Typosquat || r.Findings[0].Layer != "") {
			t.Errorf("%s: findings %+v, want one on the name", tt.target, r.Findings)
		}
	}
}

func TestProgressAndStats(t *testing.T) {
	img := build(t, spec("echo hello"))
	size := int64(len(img.Manifest))
	for _, b := range img.Blobs {
		size += int64(len(b))
	}
	cfg := config(t)
	cfg.Registry = serve("1", img)
	var mu sync.Mutex
	var most, total int64
	cfg.Progress = func(read, of int64) {
		mu.Lock()
		defer mu.Unlock()
		most, total = max(most, read), of
	}
	r := run(t, cfg, "acme/app:1")
	if most != size || total != size {
		t.Errorf("progress came to %d of %d bytes, want %d", most, total, size)
	}
	layers := img.Layers[0].Size + img.Layers[1].Size
	want := scan.Stats{Layers: 2, Files: 2, BytesCompressed: layers, BytesUncompressed: layers}
	if diff := cmp.Diff(want, r.Stats, cmpopts.IgnoreFields(scan.Stats{}, "Seconds")); diff != "" {
		t.Errorf("stats: (-want +got)\n%s", diff)
	}
	if r.Stats.Seconds != 3 { // from the first look at the clock to the third
		t.Errorf("%v seconds, want 3", r.Stats.Seconds)
	}
	run(t, cfg, "dir:"+tree(t, img))
	if total != -1 {
		t.Errorf("the total of a directory is %d, want -1", total)
	}
}

func TestCanceled(t *testing.T) {
	img := build(t, spec("echo hello"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range []string{"oci:" + layoutDir(t, "app:1", img), "docker-archive:" + archiveFile(t, "app:1", img), "dir:" + tree(t, img)} {
		if r, err := scan.Scan(ctx, config(t), target(t, s)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %s, %v; want context.Canceled", s, r.Verdict, err)
		}
	}
}

// What a manifest names as the config of an image is read as one, or the image is not passed.
func TestConfigUnread(t *testing.T) {
	img := build(t, spec("echo"))
	for mediaType, want := range map[string]scan.Verdict{
		oci.MediaTypeOCIConfig:                     scan.Quarantine,
		"application/vnd.cncf.helm.config.v1+json": scan.Allow,
	} {
		body, err := json.Marshal(map[string]any{
			"schemaVersion": 2, "mediaType": oci.MediaTypeOCIManifest,
			"config": oci.Descriptor{MediaType: mediaType, Digest: img.Layers[0].Digest, Size: img.Layers[0].Size}, "layers": img.Layers,
		})
		if err != nil {
			t.Fatal(err)
		}
		f := serve("1", img)
		f.manifests["1"], f.manifests[oci.DigestOf(body).String()] = body, body
		cfg := config(t)
		cfg.Registry = f
		if r := run(t, cfg, "registry.example/acme/app:1"); r.Verdict != want {
			t.Errorf("%s: %s, want %s", mediaType, r.Verdict, want)
		}
	}
}
