package scan_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// marks is a detector of its own, so that these tests do not depend on what others find:
// the file's bytes name the category and the confidence.
type marks struct{}

var markTexts = map[string]inspect.Finding{
	"mark-malware": {Rule: "mark/malware", Category: inspect.Malware, Severity: inspect.Critical, Confidence: inspect.High},
	"mark-secret":  {Rule: "mark/secret", Category: inspect.Secret, Severity: inspect.Medium, Confidence: inspect.Medium},
	"mark-hint":    {Rule: "mark/hint", Category: inspect.Forwarder, Severity: inspect.Low, Confidence: inspect.Low},
}

func (marks) Name() string                     { return "mark" }
func (marks) Version() string                  { return "1" }
func (marks) Wants(*inspect.File) inspect.Want { return inspect.Hits }

func (marks) Patterns() []inspect.Pattern {
	var out []inspect.Pattern
	for text := range markTexts {
		out = append(out, inspect.Pattern{ID: text, Literals: []string{text}})
	}
	return out
}

func (marks) Judge(_ *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	for _, h := range s.Hits {
		f := markTexts[h.Pattern]
		f.Line, f.Offset, f.Evidence = h.Line, h.Offset, string(h.Groups[0])+" <here>"
		found(f)
	}
}

// imitations is a policy.Namer that minds one repository.
type imitations struct{}

func (imitations) Check(_, repository string) []inspect.Finding {
	if repository != "library/ngnix" {
		return nil
	}
	return []inspect.Finding{{Rule: "name/imitated", Category: inspect.Typosquat, Severity: inspect.High, Confidence: inspect.Medium, Evidence: "ngnix for nginx"}}
}

// config has the detector, the default policy, and a clock that takes 1.5 s from each
// look at it to the next.
func config(t testing.TB) scan.Config {
	t.Helper()
	i, err := inspect.New(inspect.Limits{}, marks{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: policy.DefaultRules(), Names: imitations{}, NamesVersion: "1"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return scan.Config{
		Inspector: i, Policy: p, Platform: oci.Platform{OS: "linux", Architecture: "amd64"},
		Now: func() time.Time { now = now.Add(1500 * time.Millisecond); return now },
	}
}

// spec is an image of two layers: a clean one, and one with a file of the given text.
func spec(text string) testimage.Spec {
	return testimage.Spec{
		Layers: []testimage.Layer{
			{CreatedBy: "ADD base", Files: []testimage.File{{Path: "etc/os-release", Body: []byte("ID=example\n")}}},
			{CreatedBy: "COPY app", Files: []testimage.File{{Path: "app/run.sh", Body: []byte("#!/bin/sh\n" + text + "\n")}}},
		},
		Cmd: []string{"/app/run.sh"},
	}
}

func build(t testing.TB, s testimage.Spec) testimage.Image {
	t.Helper()
	img, err := testimage.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func layoutDir(t testing.TB, name string, img testimage.Image) string {
	t.Helper()
	dir := t.TempDir()
	if err := testimage.WriteLayout(dir, name, img); err != nil {
		t.Fatal(err)
	}
	return dir
}

func archiveFile(t testing.TB, repoTag string, img testimage.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := testimage.WriteDockerArchive(&b, repoTag, img); err != nil {
		t.Fatal(err)
	}
	return writeTemp(t, b.Bytes())
}

// tarFile writes an archive of files.
func tarFile(t testing.TB, files ...testimage.File) string {
	t.Helper()
	b, err := testimage.Tar(files)
	if err != nil {
		t.Fatal(err)
	}
	return writeTemp(t, b)
}

func writeTemp(t testing.TB, b []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func tree(t testing.TB, img testimage.Image) string {
	t.Helper()
	dir := t.TempDir()
	if err := testimage.WriteTree(dir, img); err != nil {
		t.Fatal(err)
	}
	return dir
}

func target(t testing.TB, s string) scan.Target {
	t.Helper()
	out, err := scan.ParseTarget(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// run scans, and fails the test on an error.
func run(t testing.TB, cfg scan.Config, s string) scan.Result {
	t.Helper()
	r, err := scan.Scan(t.Context(), cfg, target(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A fakeRegistry has everything in memory.
type fakeRegistry struct {
	manifests map[string][]byte // by tag or digest
	blobs     map[oci.Digest][]byte
	// body, if set, makes what is read of a blob.
	body func(ctx context.Context, d oci.Digest, rest []byte) io.ReadCloser
}

var errMissing = errors.New("no such content")

func serve(tag string, images ...testimage.Image) *fakeRegistry {
	f := &fakeRegistry{manifests: map[string][]byte{}, blobs: map[oci.Digest][]byte{}}
	for _, img := range images {
		f.manifests[img.Digest.String()], f.manifests[tag] = img.Manifest, img.Manifest
		for d, b := range img.Blobs {
			f.blobs[d] = b
		}
	}
	return f
}

func serveIndex(tag string, idx testimage.IndexImage) *fakeRegistry {
	f := serve(tag, idx.Images...)
	f.manifests[tag], f.manifests[idx.Digest.String()] = idx.Manifest, idx.Manifest
	return f
}

func (f *fakeRegistry) Manifest(_ context.Context, ref oci.Reference) ([]byte, oci.Digest, error) {
	b, ok := f.manifests[ref.TagOrDigest()]
	if !ok {
		return nil, "", errMissing
	}
	if ref.Digest != "" {
		return b, ref.Digest, nil
	}
	return b, oci.DigestOf(b), nil
}

func (f *fakeRegistry) Blob(ctx context.Context, _ string, d oci.Digest, offset int64) (io.ReadCloser, error) {
	b, ok := f.blobs[d]
	if !ok || offset > int64(len(b)) {
		return nil, errMissing
	}
	if f.body != nil {
		return f.body(ctx, d, b[offset:]), nil
	}
	return io.NopCloser(bytes.NewReader(b[offset:])), nil
}

func readFile(t testing.TB, root fs.FS, path string) testimage.File {
	t.Helper()
	b, err := fs.ReadFile(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return testimage.File{Path: path, Body: b}
}
