package testimage_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/klauspost/compress/zstd"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
)

const small = 16 << 10 // bytes of noise: enough where the size is not the point

func build(t *testing.T, s testimage.Spec) testimage.Image {
	t.Helper()
	img, err := testimage.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// specs are all kinds of image that Build makes.
func specs() map[string]testimage.Spec {
	docker := testimage.Clean("docker", small)
	docker.Docker = true
	mixed := testimage.Clean("mixed", small)
	mixed.Layers[0].Compression, mixed.Layers[1].Compression = "zstd", ""
	return map[string]testimage.Spec{
		"clean":  testimage.Clean("clean", small),
		"miner":  testimage.Miner("miner", small),
		"key":    testimage.PlantedKey("key", small),
		"secret": testimage.LeakedSecret("secret", small),
		"docker": docker,
		"mixed":  mixed,
		"empty":  {},
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	for name, s := range specs() {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(build(t, s), build(t, s)); diff != "" {
				t.Errorf("the second image differs (-first +second):\n%s", diff)
			}
		})
	}
}

func TestAnotherSeedGivesOtherLayers(t *testing.T) {
	for name, sample := range map[string]func(string, int) testimage.Spec{
		"clean": testimage.Clean, "miner": testimage.Miner, "key": testimage.PlantedKey, "secret": testimage.LeakedSecret,
	} {
		a, b := build(t, sample("a", small)), build(t, sample("b", small))
		for i := range a.Layers {
			if a.Layers[i].Digest == b.Layers[i].Digest {
				t.Errorf("%s: layer %d is the same for two seeds", name, i)
			}
		}
	}
}

func TestSizeIsOfTheLastLayer(t *testing.T) {
	const size = 2 << 20
	for name, s := range map[string]testimage.Spec{
		"clean": testimage.Clean("s", size), "miner": testimage.Miner("s", size),
		"key": testimage.PlantedKey("s", size), "secret": testimage.LeakedSecret("s", size),
	} {
		img := build(t, s)
		if got := img.Layers[len(img.Layers)-1].Size; got < size || got > size+size/4 {
			t.Errorf("%s: the last layer has %d bytes, not about %d", name, got, size)
		}
	}
}

// What an image says of itself is true: digests, sizes, diff IDs and history.
func TestBuildIsConsistent(t *testing.T) {
	for name, s := range specs() {
		t.Run(name, func(t *testing.T) {
			img := build(t, s)
			m, err := oci.ParseManifest(img.Manifest)
			if err != nil {
				t.Fatal(err)
			}
			if m.MediaType != img.MediaType || oci.DigestOf(img.Manifest) != img.Digest {
				t.Errorf("manifest is %s %s, said to be %s %s", m.MediaType, oci.DigestOf(img.Manifest), img.MediaType, img.Digest)
			}
			for _, d := range m.Blobs() {
				if b := img.Blobs[d.Digest]; oci.DigestOf(b) != d.Digest || int64(len(b)) != d.Size {
					t.Errorf("blob %s is not what its descriptor says", d.Digest)
				}
			}
			var config v1.Image
			if err := json.Unmarshal(img.Config, &config); err != nil {
				t.Fatal(err)
			}
			want := []oci.Digest{}
			for _, l := range img.Layers {
				want = append(want, oci.DigestOf(unpack(t, l.MediaType, img.Blobs[l.Digest])))
			}
			if diff := cmp.Diff(want, config.RootFS.DiffIDs); diff != "" {
				t.Errorf("diff IDs (-want +got):\n%s", diff)
			}
			made := 0
			for _, h := range config.History {
				if !h.EmptyLayer {
					made++
				}
			}
			if made != len(img.Layers) {
				t.Errorf("history tells of %d layers, there are %d", made, len(img.Layers))
			}
		})
	}
}

func unpack(t *testing.T, mediaType string, b []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(b)
	var err error
	switch {
	case strings.HasSuffix(mediaType, "gzip"):
		r, err = gzip.NewReader(r)
	case strings.HasSuffix(mediaType, "zstd"):
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMediaTypes(t *testing.T) {
	layers := []testimage.Layer{{Compression: "gzip"}, {Compression: "zstd"}, {}}
	for _, test := range []struct {
		docker bool
		want   []string
	}{
		{false, []string{oci.MediaTypeOCIManifest, oci.MediaTypeOCIConfig, oci.MediaTypeOCILayerGzip, oci.MediaTypeOCILayerZstd, oci.MediaTypeOCILayer}},
		{true, []string{oci.MediaTypeDockerManifest, oci.MediaTypeDockerConfig, oci.MediaTypeDockerLayer,
			"application/vnd.docker.image.rootfs.diff.tar.zstd", "application/vnd.docker.image.rootfs.diff.tar"}},
	} {
		img := build(t, testimage.Spec{Docker: test.docker, Layers: layers})
		got := []string{img.MediaType, img.ConfigDescriptor.MediaType}
		for _, l := range img.Layers {
			got = append(got, l.MediaType)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("docker %v (-want +got):\n%s", test.docker, diff)
		}
	}
}

func TestRawLayers(t *testing.T) {
	archive, err := testimage.Tar([]testimage.File{{Path: "a", Body: []byte("a")}})
	if err != nil {
		t.Fatal(err)
	}
	packed, err := testimage.Compress("zstd", archive)
	if err != nil {
		t.Fatal(err)
	}
	bomb, err := testimage.Compress("gzip", make([]byte, 65<<20))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		raw    []byte
		diffID oci.Digest
	}{
		"valid":   {packed, oci.DigestOf(archive)},
		"damaged": {packed[:len(packed)/2], oci.DigestOf(packed[:len(packed)/2])},
		"no gzip": {[]byte("\x1f\x8b and no more"), oci.DigestOf([]byte("\x1f\x8b and no more"))},
		"plain":   {[]byte("text"), oci.DigestOf([]byte("text"))},
		"bomb":    {bomb, oci.DigestOf(bomb)},
	} {
		img := build(t, testimage.Spec{Layers: []testimage.Layer{{Raw: test.raw, Compression: "gzip"}}})
		if got := img.Layers[0]; got.Digest != oci.DigestOf(test.raw) || got.MediaType != oci.MediaTypeOCILayerGzip {
			t.Errorf("%s: the layer is %s %s", name, got.MediaType, got.Digest)
		}
		var config v1.Image
		if err := json.Unmarshal(img.Config, &config); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]oci.Digest{test.diffID}, config.RootFS.DiffIDs); diff != "" {
			t.Errorf("%s: diff ID (-want +got):\n%s", name, diff)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	for name, l := range map[string]testimage.Layer{
		"compression": {Compression: "lzma"},
		"type":        {Files: []testimage.File{{Path: "a", Type: tar.TypeDir, Body: []byte("a directory has no body")}}},
	} {
		if _, err := testimage.Build(testimage.Spec{Layers: []testimage.Layer{l}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestIndex(t *testing.T) {
	amd := build(t, testimage.Clean("amd", small))
	s := testimage.Clean("arm", small)
	s.Arch = "arm64"
	arm := build(t, s)
	for _, docker := range []bool{false, true} {
		idx := testimage.Index(docker, amd, arm)
		m, err := oci.ParseManifest(idx.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		if m.MediaType != idx.MediaType || oci.DigestOf(idx.Manifest) != idx.Digest {
			t.Errorf("docker %v: index is %s, said to be %s %s", docker, m.MediaType, idx.MediaType, idx.Digest)
		}
		if diff := cmp.Diff([]oci.Descriptor{amd.Descriptor(), arm.Descriptor()}, m.Manifests); diff != "" {
			t.Errorf("docker %v (-want +got):\n%s", docker, diff)
		}
	}
}

// go-containerregistry reads what is written, and finds nothing wrong with it.
func TestWriteLayout(t *testing.T) {
	dir := t.TempDir()
	want := map[string]string{}
	for name, s := range specs() {
		if name == "mixed" { // validate takes every layer for gzip
			continue
		}
		if err := testimage.WriteLayout(dir, name, build(t, testimage.Clean("replaced", small))); err != nil {
			t.Fatal(err)
		}
		img := build(t, s)
		if err := testimage.WriteLayout(dir, name, img); err != nil {
			t.Fatal(err)
		}
		want[name] = img.Digest.String()
	}
	path, err := layout.FromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	index, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range m.Manifests {
		got[d.Annotations[v1.AnnotationRefName]] = d.Digest.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestWriteDockerArchive(t *testing.T) {
	for kind, s := range specs() {
		t.Run(kind, func(t *testing.T) {
			img := build(t, s)
			var b bytes.Buffer
			if err := testimage.WriteDockerArchive(&b, "example/app:v1", img); err != nil {
				t.Fatal(err)
			}
			tag, err := name.NewTag("example/app:v1")
			if err != nil {
				t.Fatal(err)
			}
			got, err := tarball.Image(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }, &tag)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate.Image(got); err != nil {
				t.Error(err)
			}
			id, err := got.ConfigName()
			if err != nil {
				t.Fatal(err)
			}
			if id.String() != img.ConfigDescriptor.Digest.String() {
				t.Errorf("image ID %s, want %s", id, img.ConfigDescriptor.Digest)
			}
		})
	}
}

func TestWriteTree(t *testing.T) {
	dir := t.TempDir()
	if err := testimage.WriteTree(dir, build(t, testimage.Miner("tree", small))); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"etc/passwd":           "root:x:0:0",
		"app/run.sh":           "#!/bin/sh",
		"opt/.sys/config.json": testimage.MoneroAddress("tree"),
	} {
		b, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(b), want) {
			t.Errorf("%s does not hold %q", path, want)
		}
	}
}

func TestWriteTreeStaysInside(t *testing.T) {
	dir := t.TempDir()
	img := build(t, testimage.Spec{Layers: []testimage.Layer{{Files: []testimage.File{{Path: "../outside", Body: []byte("x")}}}}})
	if err := testimage.WriteTree(dir, img); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "outside")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written outside: %v", err)
	}
}
