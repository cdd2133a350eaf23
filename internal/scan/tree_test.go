package scan_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/scan"
)

// gaps are the paths and reasons of what was not looked at.
func gaps(r scan.Result) map[string]string {
	out := map[string]string{}
	for _, f := range r.Findings {
		if f.Category == inspect.Uninspectable {
			out[f.Path] = f.Evidence
		}
	}
	return out
}

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDirectory(t *testing.T) {
	outside := t.TempDir()
	put(t, outside, "evil", "mark-malware")
	dir := t.TempDir()
	put(t, dir, "etc/config", "a\nmark-secret\n")
	put(t, dir, "name-\xff-that-is-not-UTF-8", "mark-secret")
	put(t, dir, strings.Repeat("long/", 100)+"path", "mark-secret")
	put(t, dir, "empty", "")
	for link, to := range map[string]string{"out": filepath.Join(outside, "evil"), "up": "../../evil", "dangling": "nowhere", "loop": "loop", "dir": outside} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	first := run(t, config(t), "dir:"+dir)
	if first.Verdict != scan.Warn || first.Err() != nil {
		t.Errorf("%s, %v; want warn", first.Verdict, first.Err())
	}
	var found []string
	for _, f := range first.Findings {
		if f.Layer != first.Digest {
			t.Errorf("a finding is in the layer %s, not %s", f.Layer, first.Digest)
		}
		if f.Evidence != "mark-secret <here>" {
			t.Errorf("evidence %q", f.Evidence)
		}
		found = append(found, f.Path)
	}
	want := []string{"etc/config", strings.Repeat("long/", 100) + "path", `name-\xff-that-is-not-UTF-8`}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings: (-want +got)\n%s", diff)
	}
	if first.Findings[0].Line != 2 || first.Findings[0].Offset != 2 {
		t.Errorf("line %d, offset %d; want 2, 2", first.Findings[0].Line, first.Findings[0].Offset)
	}

	if err := os.Chtimes(filepath.Join(dir, "empty"), time.Unix(0, 0), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if again := run(t, config(t), "dir:"+dir); again.Digest != first.Digest {
		t.Errorf("the same tree has the digest %s and then %s", first.Digest, again.Digest)
	}
	put(t, dir, "empty", "x")
	if other := run(t, config(t), "dir:"+dir); other.Digest == first.Digest {
		t.Errorf("another tree has the same digest, %s", first.Digest)
	}
}

func TestEmptyDirectory(t *testing.T) {
	if r := run(t, config(t), "dir:"+t.TempDir()); r.Verdict != scan.Allow || r.Digest == "" {
		t.Errorf("%s of %q; want allow", r.Verdict, r.Digest)
	}
}

// A hostile is a file system in which some files cannot be read, or are not as long as
// they say.
type hostile struct {
	fstest.MapFS
	claims map[string]int64 // sizes
}

func (h hostile) Open(name string) (fs.File, error) {
	f, err := h.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(name, "secret/"):
		f.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case strings.HasPrefix(name, "bad/") && name != "bad/":
		return hostileFile{File: f, broken: true}, nil
	}
	if n, ok := h.claims[name]; ok {
		return hostileFile{File: f, size: n}, nil
	}
	return f, nil
}

func (h hostile) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "hidden" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return h.MapFS.ReadDir(name)
}

type hostileFile struct {
	fs.File
	size   int64
	broken bool
}

func (f hostileFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	if err != nil || f.broken {
		return info, err
	}
	return sized{info, f.size}, nil
}

func (f hostileFile) Read(p []byte) (int, error) {
	if f.broken {
		return 0, syscall.EIO
	}
	return f.File.Read(p)
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

// What cannot be read is not clean, and hides nothing else.
func TestUnreadableFilesAreGaps(t *testing.T) {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: 0o644} }
	fsys := hostile{
		MapFS: fstest.MapFS{
			"a": text("mark-secret"), "bad/sector": text("x"), "grown": text("1234567"), "hidden/file": text("x"),
			"secret/key": text("x"), "secret/line\n\x1b[2J": text("x"), "shrunk": text("12"), "z": text("mark-malware"),
		},
		claims: map[string]int64{"grown": 3, "shrunk": 5000},
	}
	r, err := scan.ScanFS(t.Context(), config(t), fsys)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != scan.Block {
		t.Errorf("%s; want block, for the file after all those", r.Verdict)
	}
	want := map[string]string{
		"bad/sector": "input/output error", "grown": "longer than it says it is", "hidden": "permission denied",
		"secret/key": "permission denied", "secret/line\ufffd\ufffd[2J": "permission denied", "shrunk": "became shorter while it was read",
	}
	if diff := cmp.Diff(want, gaps(r)); diff != "" {
		t.Errorf("gaps: (-want +got)\n%s", diff)
	}
	delete(fsys.MapFS, "z")
	if r, err = scan.ScanFS(t.Context(), config(t), fsys); err != nil || r.Verdict != scan.Quarantine {
		t.Errorf("%s, %v; want quarantine", r.Verdict, err)
	}
}

func TestManyUnreadableFiles(t *testing.T) {
	fsys := hostile{MapFS: fstest.MapFS{}}
	for i := range 300 {
		fsys.MapFS["secret/"+strings.Repeat("x", 1+i/26)+string(rune('a'+i%26))] = &fstest.MapFile{}
	}
	r, err := scan.ScanFS(t.Context(), config(t), fsys)
	if err != nil {
		t.Fatal(err)
	}
	if g := gaps(r); len(g) != 101 || g[""] == "" {
		t.Errorf("%d gaps are listed, want 100 and one that says there are more", len(g))
	}
}
