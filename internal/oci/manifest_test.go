package oci_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
)

// descriptor is a descriptor as JSON.
func descriptor(mediaType string, d oci.Digest, size int) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, d, size)
}

// image is an image manifest with one layer, with more, which ends in a comma, put before the rest.
func image(more string) string {
	return fmt.Sprintf(`{%s"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[%s]}`, more,
		oci.MediaTypeOCIManifest, descriptor(oci.MediaTypeOCIConfig, digestA, 1), descriptor(oci.MediaTypeOCILayerGzip, digestB, 2))
}

func TestParseManifest(t *testing.T) {
	config := oci.Descriptor{MediaType: oci.MediaTypeOCIConfig, Digest: digestA, Size: 1}
	layer := oci.Descriptor{MediaType: oci.MediaTypeOCILayerGzip, Digest: digestB, Size: 2}
	configText, layerText := descriptor(config.MediaType, digestA, 1), descriptor(layer.MediaType, digestB, 2)
	member := oci.Descriptor{MediaType: oci.MediaTypeOCIManifest, Digest: digestA, Size: 7, Platform: &oci.Platform{Architecture: "amd64", OS: "linux"}}
	memberText := fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":7,"platform":{"architecture":"amd64","os":"linux"}}`, oci.MediaTypeOCIManifest, digestA)
	subject := oci.Descriptor{MediaType: oci.MediaTypeOCIManifest, Digest: digestB, Size: 9}

	for _, tt := range []struct {
		name, in string
		want     oci.Manifest
		index    bool
	}{
		{
			name: "OCI image",
			in:   image(""),
			want: oci.Manifest{MediaType: oci.MediaTypeOCIManifest, Config: config, Layers: []oci.Descriptor{layer}},
		},
		{
			name: "Docker image",
			in:   fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[%s,%s]}`, oci.MediaTypeDockerManifest, configText, layerText, layerText),
			want: oci.Manifest{MediaType: oci.MediaTypeDockerManifest, Config: config, Layers: []oci.Descriptor{layer, layer}},
		},
		{
			name: "OCI image without a media type",
			in:   fmt.Sprintf(`{"schemaVersion":2,"config":%s,"layers":[]}`, configText),
			want: oci.Manifest{MediaType: oci.MediaTypeOCIManifest, Config: config, Layers: []oci.Descriptor{}},
		},
		{
			name: "artifact without layers, with a subject",
			in: fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"artifactType":"application/x","config":%s,"subject":%s,"annotations":{"k":"v"}}`,
				oci.MediaTypeOCIManifest, configText, descriptor(subject.MediaType, digestB, 9)),
			want: oci.Manifest{MediaType: oci.MediaTypeOCIManifest, ArtifactType: "application/x", Config: config, Subject: &subject, Annotations: map[string]string{"k": "v"}},
		},
		{
			name:  "OCI index",
			in:    fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[%s]}`, oci.MediaTypeOCIIndex, memberText),
			want:  oci.Manifest{MediaType: oci.MediaTypeOCIIndex, Manifests: []oci.Descriptor{member}},
			index: true,
		},
		{
			name:  "OCI index without a media type",
			in:    `{"schemaVersion":2,"manifests":[]}`,
			want:  oci.Manifest{MediaType: oci.MediaTypeOCIIndex, Manifests: []oci.Descriptor{}},
			index: true,
		},
		{
			name:  "Docker manifest list",
			in:    fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[%s]}`, oci.MediaTypeDockerManifestList, memberText),
			want:  oci.Manifest{MediaType: oci.MediaTypeDockerManifestList, Manifests: []oci.Descriptor{member}},
			index: true,
		},
		{
			name: "unknown keys, whatever their case, and space around",
			in:   " \n" + image(`"x":{"a":1,"A":2},"X":[[]],`) + "\n ",
			want: oci.Manifest{MediaType: oci.MediaTypeOCIManifest, Config: config, Layers: []oci.Descriptor{layer}},
		},
		{
			name: "annotations named as keys are",
			in:   image(`"annotations":{"Layers":"x","config":"y","Config":"z"},`),
			want: oci.Manifest{
				MediaType: oci.MediaTypeOCIManifest, Config: config, Layers: []oci.Descriptor{layer},
				Annotations: map[string]string{"Layers": "x", "config": "y", "Config": "z"},
			},
		},
		{
			name: "as large as may be",
			in:   image("") + strings.Repeat(" ", oci.MaxManifestSize-len(image(""))),
			want: oci.Manifest{MediaType: oci.MediaTypeOCIManifest, Config: config, Layers: []oci.Descriptor{layer}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := oci.ParseManifest([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.IsIndex() != tt.index {
				t.Errorf("IsIndex = %t", got.IsIndex())
			}
		})
	}
}

func TestParseManifestRefuses(t *testing.T) {
	config, layer := descriptor(oci.MediaTypeOCIConfig, digestA, 1), descriptor(oci.MediaTypeOCILayer, digestB, 2)
	// with is an image manifest whose only layer is as given.
	with := func(layer string) string {
		return fmt.Sprintf(`{"schemaVersion":2,"config":%s,"layers":[%s]}`, config, layer)
	}
	for _, tt := range []struct{ name, in, says string }{
		{"empty", ``, "EOF"},
		{"not JSON", `<html>`, "invalid character"},
		{"null", `null`, "not a JSON object"},
		{"a list", `[]`, "not a JSON object"},
		{"cut", image("")[:100], "EOF"},
		{"bytes after", image("") + `x`, "bytes after"},
		{"two documents", image("") + image(""), "bytes after"},
		{"a byte order mark", "\ufeff" + image(""), "invalid character"},
		{"too large", image("") + strings.Repeat(" ", oci.MaxManifestSize+1-len(image(""))), "more than"},
		{"too deep", strings.Repeat(`{"x":`, 20_000), "depth"},

		{"an empty object", `{}`, "schemaVersion 0"},
		{"schema 1", `{"schemaVersion":1,"name":"library/x","tag":"latest","fsLayers":[],"history":[]}`, "schema 1"},
		{"schema 1 in disguise", image(`"fsLayers":[{"blobSum":"sha256:0"}],`), "schema 1"},
		{"schema 3", `{"schemaVersion":3,"manifests":[]}`, "schemaVersion 3"},
		{"a version as text", `{"schemaVersion":"2","manifests":[]}`, "cannot unmarshal"},
		{"neither kind", `{"schemaVersion":2}`, "media type"},
		{"another media type", `{"schemaVersion":2,"mediaType":"application/json","layers":[]}`, "media type"},
		{"an image without a config", `{"schemaVersion":2,"layers":[` + layer + `]}`, "without a config"},
		{"a null config", `{"schemaVersion":2,"config":null,"layers":[` + layer + `]}`, "without a config"},

		// CVE-2021-41190: what is one thing here and another to a client.
		{"both kinds", image(`"manifests":[],`), "both"},
		{"an index by media type, an image by content", fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[]}`, oci.MediaTypeOCIIndex, config), "without manifests"},
		{"an image by media type, an index by content", fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[]}`, oci.MediaTypeOCIManifest), "without a config"},
		{"a key twice", image(`"layers":[],`), "occurs twice"},
		{"an unknown key twice", image(`"x":1,"x":1,`), "occurs twice"},
		{"a key twice by an escape", image(`"\u006cayers":[],`), "occurs twice"},
		{"a key in another case", image(`"Layers":[],`), "only in case"},
		{"a key in another case alone", `{"schemaVersion":2,"Manifests":[]}`, "only in case"},
		{"a key with a letter that folds", "{\"schemaVersion\":2,\"layer\u017f\":[]}", "only in case"},
		{"a descriptor's key twice", with(fmt.Sprintf(`{"digest":%q,"digest":%q,"size":2}`, digestA, digestB)), "occurs twice"},
		{"a descriptor's key in another case", with(fmt.Sprintf(`{"digest":%q,"Digest":%q,"size":2}`, digestA, digestB)), "only in case"},
		{"a config's key in another case", fmt.Sprintf(`{"schemaVersion":2,"config":{"digest":%q,"SIZE":1}}`, digestA), "only in case"},
		{"a platform's key twice", fmt.Sprintf(`{"schemaVersion":2,"manifests":[{"digest":%q,"size":2,"platform":{"os":"linux","os":"windows"}}]}`, digestA), "occurs twice"},
		{"an annotation twice", with(fmt.Sprintf(`{"digest":%q,"size":2,"annotations":{"a":"1","a":"2"}}`, digestA)), "occurs twice"},

		{"layers that are an object", `{"schemaVersion":2,"config":` + config + `,"layers":{}}`, "cannot unmarshal"},
		{"layers in layers", with("[" + layer + "]"), "list in a list"},
		{"a layer that is text", with(`"` + digestA.String() + `"`), "cannot unmarshal"},
		{"a null layer", with("null"), "digest"},
		{"no digest", with(`{"size":2}`), "digest"},
		{"an empty config", `{"schemaVersion":2,"config":{},"layers":[]}`, "digest"},
		{"a short digest", with(`{"digest":"sha256:beef","size":2}`), "digest"},
		{"a digest that is a path", with(`{"digest":"sha256:../../../../etc/passwd","size":2}`), "digest"},
		{"an algorithm nobody registered", with(`{"digest":"md5:` + strings.Repeat("0", 32) + `","size":2}`), "digest"},
		{"a negative size", with(descriptor("", digestB, -1)), "has size -1"},
		{"a size beyond 63 bits", with(fmt.Sprintf(`{"digest":%q,"size":9223372036854775808}`, digestB)), "cannot unmarshal"},
		{"a fraction of a size", with(fmt.Sprintf(`{"digest":%q,"size":1.5}`, digestB)), "cannot unmarshal"},
		{"two sizes for a layer", with(descriptor("", digestB, 2) + "," + descriptor("", digestB, 3)), "two sizes"},
		{"two sizes for config and layer", with(descriptor("", digestA, 2)), "two sizes"},
		{"two sizes for a member", fmt.Sprintf(`{"schemaVersion":2,"manifests":[%s,%s]}`, descriptor("", digestA, 1), descriptor("", digestA, 2)), "two sizes"},
		{"a malformed subject", image(`"subject":{"digest":"sha256:x","size":1},`), "digest"},
		{"a subject of negative size", image(fmt.Sprintf(`"subject":{"digest":%q,"size":-1},`, digestA)), "has size -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := oci.ParseManifest([]byte(tt.in))
			if !errors.Is(err, oci.ErrManifest) {
				t.Fatalf("got %+v, %v; want ErrManifest", got, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the error %q does not say %q", err, tt.says)
			}
			if len(err.Error()) > 500 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			if diff := cmp.Diff(oci.Manifest{}, got); diff != "" {
				t.Errorf("a manifest beside the error: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestManifestBlobs(t *testing.T) {
	a, b := oci.Descriptor{Digest: digestA, Size: 1}, oci.Descriptor{Digest: digestB, Size: 2}
	for _, tt := range []struct {
		name string
		m    oci.Manifest
		want []oci.Descriptor
	}{
		{"config first, each once", oci.Manifest{MediaType: oci.MediaTypeOCIManifest, Config: a, Layers: []oci.Descriptor{b, a, b}}, []oci.Descriptor{a, b}},
		{"no layers", oci.Manifest{MediaType: oci.MediaTypeOCIManifest, Config: a}, []oci.Descriptor{a}},
		{"an index", oci.Manifest{MediaType: oci.MediaTypeOCIIndex, Manifests: []oci.Descriptor{a}}, nil},
	} {
		if diff := cmp.Diff(tt.want, tt.m.Blobs()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestManifestElsewhere(t *testing.T) {
	// parse reads a manifest with one descriptor that has more fields.
	parse := func(format, more string) oci.Manifest {
		t.Helper()
		m, err := oci.ParseManifest(fmt.Appendf(nil, format, fmt.Sprintf(`{"digest":%q,"size":2,%s}`, digestB, more), descriptor("", digestA, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const asLayer, asConfig, asMember = `{"schemaVersion":2,"layers":[%s],"config":%s}`, `{"schemaVersion":2,"config":%s,"layers":[%s]}`, `{"schemaVersion":2,"manifests":[%s,%s]}`
	for _, tt := range []struct {
		name, format, more string
		want               int
	}{
		{"a layer with a URL", asLayer, `"urls":["https://example.com/layer"]`, 1},
		{"a config with a URL", asConfig, `"urls":["https://example.com/config"]`, 1},
		{"a config embedded", asConfig, `"data":"eyJ9"`, 1},
		{"a member embedded", asMember, `"data":"eyJ9"`, 1},
		{"the empty config of an artifact", asConfig, `"data":"e30="`, 0},
		{"no URLs", asLayer, `"urls":[]`, 0},
		{"null", asLayer, `"urls":null,"data":null`, 0},
	} {
		got := parse(tt.format, tt.more).Elsewhere()
		if len(got) != tt.want || tt.want == 1 && got[0].Digest != digestB {
			t.Errorf("%s: Elsewhere = %v, want %d", tt.name, got, tt.want)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(image("")))
	f.Add([]byte(image(`"annotations":{"a":"b"},"subject":` + descriptor("", digestA, 1) + `,`)))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[` + descriptor(oci.MediaTypeOCIManifest, digestA, 1) + `]}`))
	f.Add([]byte(`{"schemaVersion":2,"layers":[],"Layers":[]}`))
	f.Add([]byte(`{"schemaVersion":1,"fsLayers":[]}`))
	f.Add([]byte(`{"a":{"b":[{"c":1}]},"config":[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := oci.ParseManifest(b)
		if err != nil {
			if !errors.Is(err, oci.ErrManifest) {
				t.Fatalf("%v does not wrap ErrManifest", err)
			}
			return
		}
		if !json.Valid(b) {
			t.Fatalf("%q is no JSON but was read", b)
		}
		if m.IsIndex() == (m.Config.Digest != "") {
			t.Fatalf("%q is %+v: want an index or a config", b, m)
		}
		// What is written from the result must mean the same.
		doc := map[string]any{"schemaVersion": 2, "mediaType": m.MediaType, "config": m.Config, "layers": m.Layers}
		if m.IsIndex() {
			doc = map[string]any{"schemaVersion": 2, "mediaType": m.MediaType, "manifests": m.Manifests}
		}
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		again, err := oci.ParseManifest(text)
		if errors.Is(err, oci.ErrManifest) && len(text) > oci.MaxManifestSize {
			return
		}
		if err != nil {
			t.Fatalf("%q was read as %+v, written as %q and then: %v", b, m, text, err)
		}
		if again.MediaType != m.MediaType || len(again.Blobs()) != len(m.Blobs()) || len(again.Manifests) != len(m.Manifests) {
			t.Fatalf("%q was read as %+v and read back as %+v", b, m, again)
		}
	})
}
