package scan_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/internal/testimage"
)

// saved is an entry of manifest.json.
type saved struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func manifestJSON(t testing.TB, images ...saved) testimage.File {
	t.Helper()
	b, err := json.Marshal(images)
	if err != nil {
		t.Fatal(err)
	}
	return testimage.File{Path: "manifest.json", Body: b}
}

// files are an image as docker save wrote it before Docker 25. Its layers must be plain.
func files(t testing.TB, tag string, img testimage.Image) []testimage.File {
	t.Helper()
	one := saved{Config: img.ConfigDescriptor.Digest.Encoded() + ".json", RepoTags: []string{tag}}
	out := []testimage.File{{Path: one.Config, Body: img.Config}}
	for _, l := range img.Layers {
		file := testimage.File{Path: l.Digest.Encoded() + "/layer.tar", Body: img.Blobs[l.Digest]}
		one.Layers = append(one.Layers, file.Path)
		out = append(out, file)
	}
	return append(out, manifestJSON(t, one))
}

// layoutFiles are an image layout, as docker save adds it since Docker 25.
func layoutFiles(t testing.TB, tag string, img testimage.Image) []testimage.File {
	t.Helper()
	root := os.DirFS(layoutDir(t, tag, img))
	var out []testimage.File
	for _, path := range []string{"oci-layout", "index.json", blobPath(img.Digest)} {
		out = append(out, readFile(t, root, path))
	}
	for d := range img.Blobs {
		out = append(out, readFile(t, root, blobPath(d)))
	}
	return out
}

func blobPath(d oci.Digest) string { return "blobs/sha256/" + d.Encoded() }

// asBlobs is an entry of manifest.json whose paths are those of a layout.
func asBlobs(tag string, img testimage.Image) saved {
	s := saved{Config: blobPath(img.ConfigDescriptor.Digest), RepoTags: []string{tag}}
	for _, l := range img.Layers {
		s.Layers = append(s.Layers, blobPath(l.Digest))
	}
	return s
}

func TestArchives(t *testing.T) {
	clean, evil := build(t, spec("echo hello")), build(t, spec("mark-malware"))
	zipped := spec("mark-malware")
	zipped.Layers[1].Compression = "gzip"
	gz := build(t, zipped)
	linked := files(t, "app:1", evil)
	layer := &linked[2]
	real := testimage.File{Path: "layers/2.tar", Body: layer.Body}
	*layer = testimage.File{Path: layer.Path, Type: tar.TypeSymlink, Link: "../layers/2.tar"}
	hard := files(t, "app:1", evil)
	hard[2] = testimage.File{Path: hard[2].Path, Type: tar.TypeLink, Link: "./layers/2.tar"}
	blobs := append(layoutFiles(t, "app:1", clean), manifestJSON(t, asBlobs("ngnix:1", clean)))

	for name, tt := range map[string]struct {
		files  []testimage.File
		want   scan.Verdict
		digest oci.Digest
	}{
		"as before Docker 25":      {files(t, "app:1", clean), scan.Allow, clean.ConfigDescriptor.Digest},
		"malware":                  {files(t, "app:1", evil), scan.Block, evil.ConfigDescriptor.Digest},
		"a misspelt name":          {files(t, "ngnix:1", clean), scan.Quarantine, clean.ConfigDescriptor.Digest},
		"a symbolic link":          {append(linked, real), scan.Block, evil.ConfigDescriptor.Digest},
		"a hard link":              {append([]testimage.File{real}, hard...), scan.Block, evil.ConfigDescriptor.Digest},
		"a layout alone":           {layoutFiles(t, "app:1", evil), scan.Block, evil.Digest},
		"a layout's name":          {layoutFiles(t, "ngnix:1", clean), scan.Quarantine, clean.Digest},
		"both, with a worse name":  {blobs, scan.Quarantine, clean.Digest},
		"a compressed old layer":   {append(rename(files(t, "app:1", gz), gz.ConfigDescriptor.Digest.Encoded()+".json", "config.json"), testimage.File{Path: "x/", Type: tar.TypeDir}), scan.Block, gz.ConfigDescriptor.Digest},
		"compressed blobs":         {append(layoutFiles(t, "app:1", gz), manifestJSON(t, asBlobs("app:1", gz))), scan.Block, gz.Digest},
		"another in manifest.json": {append(layoutFiles(t, "app:1", clean), files(t, "app:1", evil)...), scan.Block, ""},
		"another in the layout":    {append(layoutFiles(t, "app:1", evil), files(t, "app:1", clean)...), scan.Block, ""},
	} {
		r := run(t, config(t), "docker-archive:"+tarFile(t, tt.files...))
		if r.Verdict != tt.want || r.Err() != nil {
			t.Errorf("%s: %s, %v; want %s", name, r.Verdict, r.Err(), tt.want)
		}
		if tt.digest != "" && r.Digest != tt.digest {
			t.Errorf("%s: digest %s, want %s", name, r.Digest, tt.digest)
		}
	}
}

// rename gives a file another path, in manifest.json too.
func rename(all []testimage.File, from, to string) []testimage.File {
	for i := range all {
		if all[i].Path == from {
			all[i].Path = to
		}
		if all[i].Path == "manifest.json" {
			all[i].Body = bytes.ReplaceAll(all[i].Body, []byte(from), []byte(to))
		}
	}
	return all
}

func TestArchiveOfSeveralImages(t *testing.T) {
	clean, secret := build(t, spec("echo hello")), build(t, spec("mark-secret"))
	list := manifestJSON(t, asBlobs("app:1", clean), asBlobs("app:2", secret))
	all := []testimage.File{list}
	seen := map[oci.Digest]bool{}
	for _, img := range []testimage.Image{clean, secret} {
		for d, b := range img.Blobs {
			if !seen[d] {
				seen[d] = true
				all = append(all, testimage.File{Path: blobPath(d), Body: b})
			}
		}
	}
	r := run(t, config(t), "docker-archive:"+tarFile(t, all...))
	if r.Verdict != scan.Warn || r.Digest != oci.DigestOf(list.Body) {
		t.Errorf("%s of %s; want warn of manifest.json", r.Verdict, r.Digest)
	}
	if r.Stats.Layers != 3 { // the base is shared
		t.Errorf("%d layers were read, want 3", r.Stats.Layers)
	}
}

// What other tools write is read too: go-containerregistry compresses layers, and
// names them and the config in its own way.
func TestArchiveOfAnotherTool(t *testing.T) {
	zipped := spec("mark-malware")
	for i := range zipped.Layers {
		zipped.Layers[i].Compression = "gzip"
	}
	img := build(t, zipped)
	index, err := layout.ImageIndexFromPath(layoutDir(t, "app:1", img))
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := index.Image(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag("ngnix:1")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, tag, theirs); err != nil {
		t.Fatal(err)
	}
	r := run(t, config(t), "docker-archive:"+file)
	if r.Verdict != scan.Block || len(r.Reasons) != 3 || r.Reasons[0].Finding.Layer != img.Layers[1].Digest || r.Digest != img.ConfigDescriptor.Digest {
		t.Errorf("%s of %s for %+v; want block for the second layer, its name and both", r.Verdict, r.Digest, r.Reasons)
	}
}

func TestArchivesThatCannotBeRead(t *testing.T) {
	clean, evil := build(t, spec("echo hello")), build(t, spec("mark-malware"))
	good := files(t, "app:1", clean)
	config2 := func(s saved) []testimage.File { return []testimage.File{good[0], good[1], good[2], manifestJSON(t, s)} }
	cfgName := good[0].Path
	for name, all := range map[string][]testimage.File{
		"nothing":             nil,
		"no manifest.json":    good[:3],
		"two of a name":       append([]testimage.File{{Path: "manifest.json", Body: []byte("[]")}}, good...),
		"two of a clean name": append([]testimage.File{{Path: "./x/../manifest.json", Body: []byte("[]")}}, good...),
		"no list":             {{Path: "manifest.json", Body: []byte(`{}`)}},
		"an empty list":       {{Path: "manifest.json", Body: []byte(`[]`)}},
		"null":                {{Path: "manifest.json", Body: []byte(`null`)}},
		"no config":           config2(saved{Config: "none.json"}),
		"a layer too few":     config2(saved{Config: cfgName, Layers: []string{good[1].Path}}),
		"a layer not there":   config2(saved{Config: cfgName, Layers: []string{good[1].Path, "none/layer.tar"}}),
		"a bad name":          config2(saved{Config: cfgName, RepoTags: []string{"A b"}, Layers: []string{good[1].Path, good[2].Path}}),
		"a link to itself":    config2(saved{Config: "loop"}),
		"a config by another's name": {
			{Path: evil.ConfigDescriptor.Digest.Encoded() + ".json", Body: clean.Config}, good[1], good[2],
			manifestJSON(t, saved{Config: evil.ConfigDescriptor.Digest.Encoded() + ".json", Layers: []string{good[1].Path, good[2].Path}}),
		},
		"a layout of a wrong version": {{Path: "oci-layout", Body: []byte(`{}`)}, {Path: "index.json", Body: []byte(`{}`)}},
	} {
		if name == "a link to itself" {
			all = append(all, testimage.File{Path: "loop", Type: tar.TypeSymlink, Link: "loop"})
		}
		if r, err := scan.Scan(t.Context(), config(t), target(t, "docker-archive:"+tarFile(t, all...))); err == nil {
			t.Errorf("%s: %s; want an error", name, r.Verdict)
		}
	}
	whole, err := testimage.Tar(good)
	if err != nil {
		t.Fatal(err)
	}
	gz, err := testimage.Compress("gzip", whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"truncated in a layer": whole[:len(whole)/2], "truncated in a header": whole[:700], "compressed": gz,
		"no tar": bytes.Repeat([]byte("x"), 4096), "sparse": sparse(t, whole),
	} {
		if r, err := scan.Scan(t.Context(), config(t), target(t, "docker-archive:"+writeTemp(t, b))); !errors.Is(err, scan.ErrContent) || name == "sparse" && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %q, %v; want ErrContent", name, r.Verdict, err)
		}
	}
}

// sparse puts a sparse file of PAX format 1.0 before an archive: the bytes at its place
// are not what the file reads as.
func sparse(t *testing.T, rest []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h := &tar.Header{Name: "GNUSparseFile.0/x", Typeflag: tar.TypeReg, Size: 512, Mode: 0o600, Format: tar.FormatPAX}
	h.PAXRecords = map[string]string{"COMMENT.x": "y"}
	if err := w.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(append([]byte("1\n0\n0\n"), make([]byte, 506)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	// archive/tar does not write such records, so they take the place of one it does.
	record := []byte("15 COMMENT.x=y\n")
	want := []byte("22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n28 GNU.sparse.name=x.tar.gz\n25 GNU.sparse.realsize=0\n")
	out := b.Bytes()
	i := bytes.Index(out, record)
	if i < 0 {
		t.Fatal("the record is not where it was expected")
	}
	copy(out[i:], want)
	size := []byte("00000000141\x00") // of the records, octal: 97
	copy(out[124:], size)
	checksum(out[:512])
	return append(out, rest...)
}

// checksum writes a tar header's own (POSIX.1-2017, pax, ustar Interchange Format).
func checksum(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	octal := []byte("000000\x00 ")
	for i := 5; i >= 0; i-- {
		octal[i] = '0' + byte(sum&7)
		sum >>= 3
	}
	copy(header[148:156], octal)
}

// Layers of an archive are verified: a plain one against the config's diff_ids, a blob
// against its path.
func TestWrongLayersOfArchivesAreNotClean(t *testing.T) {
	img := build(t, spec("echo hello"))
	old := files(t, "app:1", img)
	old[2].Body = bytes.Replace(bytes.Clone(old[2].Body), []byte("hello"), []byte("HELLO"), 1)
	layer := blobPath(img.Layers[1].Digest)
	newer := layoutFiles(t, "app:1", img)
	for i := range newer {
		if newer[i].Path == layer {
			newer[i].Body = bytes.Replace(newer[i].Body, []byte("hello"), []byte("HELLO"), 1)
		}
	}
	for name, all := range map[string][]testimage.File{"as before Docker 25": old, "a layout": newer} {
		r := run(t, config(t), "docker-archive:"+tarFile(t, all...))
		if r.Verdict != scan.Unknown || !errors.Is(r.Err(), scan.ErrContent) {
			t.Errorf("%s: %s, %v; want unknown and ErrContent", name, r.Verdict, r.Err())
		}
	}
}

func FuzzArchive(f *testing.F) {
	img := build(f, spec("mark-malware"))
	for _, all := range [][]testimage.File{files(f, "app:1", img), layoutFiles(f, "app:1", img), append(layoutFiles(f, "app:1", img), manifestJSON(f, asBlobs("app:1", img)))} {
		b, err := testimage.Tar(all)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	cfg := config(f)
	file := filepath.Join(f.TempDir(), "image.tar")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := scan.Scan(t.Context(), cfg, target(t, "docker-archive:"+file))
		if err != nil {
			return
		}
		if r.Digest == "" || (r.Verdict == scan.Unknown) != (r.Err() != nil && !refused(r)) {
			t.Fatalf("%s of %q, %v", r.Verdict, r.Digest, r.Err())
		}
	})
}

func refused(r scan.Result) bool { return r.Verdict == scan.Block || r.Verdict == scan.Quarantine }
