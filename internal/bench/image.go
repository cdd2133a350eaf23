package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"github.com/lazaret/lazaret/internal/testimage"
)

// The image is made of what lies on the machine, because an inspection takes as long as
// the content lets it: noise is faster, and one text over and over is another thing.

// A part is a layer of the image.
type part struct {
	name      string
	createdBy string
	share     int64                  // of the image's size, in percent; 0: its files once
	wants     func(path string) bool // which files
	roots     []string               // where they are
}

// maxFile is the largest file that is taken, in bytes.
const maxFile = 96 << 20

// parts are the layers, base first: a root filesystem, a language's files, its programs.
func parts(ctx context.Context) ([]part, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("find the Go sources: %w", err)
	}
	dirs := strings.Fields(string(out))
	if len(dirs) != 2 {
		return nil, fmt.Errorf("find the Go sources: go env says %q", out)
	}
	goroot, modules := dirs[0], dirs[1]
	return []part{
		{"system", "ADD rootfs.tar.xz / # buildkit", 15, func(string) bool { return true }, []string{"/usr/lib", "/usr/bin"}},
		{"text", "COPY src /usr/src # buildkit", 25, isText, []string{filepath.Join(goroot, "src"), modules}},
		{"binaries", "COPY bin /usr/local/bin # buildkit", 60, isProgram, []string{filepath.Join(goroot, "pkg", "tool"), filepath.Join(goroot, "bin"), "/usr/lib", "/usr/bin"}},
		{"program", "COPY hello /hello # buildkit", 0, isText, []string{filepath.Join(goroot, "src", "errors")}},
	}, nil
}

// isText takes sources and what lies among them. Test data is left out: there are
// archives in it that are broken on purpose.
func isText(path string) bool {
	if strings.Contains(path, "/testdata/") || strings.Contains(path, "/cache/download/") {
		return false
	}
	return slices.Contains([]string{".go", ".s", ".c", ".h", ".md", ".txt", ".json", ".yaml", ".yml", ".html", ".js", ".css", ".py", ".sh", ".proto", ".mod", ".sum"}, filepath.Ext(path))
}

// isProgram takes executables: ELF files.
func isProgram(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	_, err = io.ReadFull(f, magic)
	return err == nil && string(magic) == "\x7fELF"
}

// buildImage makes the image, of about size bytes compressed. It is held in memory.
func buildImage(ctx context.Context, size int64, parts []part) (testimage.Image, []layerFacts, error) {
	layers, facts := make([]testimage.Layer, len(parts)), make([]layerFacts, len(parts))
	group, ctx := errgroup.WithContext(ctx)
	for i, p := range parts {
		group.Go(func() error {
			blob, f, err := p.pack(ctx, size*p.share/100)
			if err != nil {
				return fmt.Errorf("layer of %s: %w", p.name, err)
			}
			layers[i], facts[i] = testimage.Layer{Raw: blob, Compression: "gzip", CreatedBy: p.createdBy}, f
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return testimage.Image{}, nil, err
	}
	img, err := testimage.Build(testimage.Spec{
		Layers: layers, Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, Cmd: []string{"/hello"},
		ExtraHistory: []string{`CMD ["/hello"]`},
	})
	return img, facts, err
}

// layerFacts is what a layer came out as.
type layerFacts struct {
	Name         string
	Compressed   int64 // bytes
	Uncompressed int64 // bytes, of files
	Files        int
	Rounds       int // how often the files were gone through, the last time perhaps in part
}

// errFull ends a walk when the layer has its size.
var errFull = errors.New("full")

// pack makes the layer's blob: the files in their order, and again under another
// directory if they are too few, until it has about size bytes. Repeats are much farther
// apart than the 32 KiB that gzip looks back (RFC 1951, section 2).
func (p part) pack(ctx context.Context, size int64) ([]byte, layerFacts, error) {
	k := packer{part: p, size: size, facts: layerFacts{Name: p.name}}
	compressed, err := gzip.NewWriterLevel(&k.blob, gzip.DefaultCompression)
	if err != nil {
		return nil, k.facts, err
	}
	k.archive = tar.NewWriter(compressed)
	for err == nil {
		before := k.facts.Files
		for i, root := range p.roots {
			if err = k.addTree(ctx, root, fmt.Sprintf("%s/%d/%d", p.name, k.facts.Rounds, i)); err != nil {
				break
			}
		}
		k.facts.Rounds++
		switch {
		case err != nil:
		case k.facts.Files == before:
			return nil, k.facts, fmt.Errorf("no files in %s", strings.Join(p.roots, ", "))
		case size == 0:
			err = errFull
		}
	}
	if !errors.Is(err, errFull) {
		return nil, k.facts, err
	}
	err = errors.Join(k.archive.Close(), compressed.Close())
	k.facts.Compressed = int64(k.blob.Len())
	return k.blob.Bytes(), k.facts, err
}

// A packer makes one layer.
type packer struct {
	part    part
	size    int64
	blob    bytes.Buffer
	archive *tar.Writer
	facts   layerFacts
}

// addTree adds the part's files below root, under prefix. errFull: the layer has its size.
func (k *packer) addTree(ctx context.Context, root, prefix string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case k.size > 0 && int64(k.blob.Len()) >= k.size:
			return errFull
		case err != nil || !e.Type().IsRegular() || !k.part.wants(path):
			return nil // what cannot be read is not in the image
		}
		n, err := addFile(k.archive, prefix+strings.TrimPrefix(path, root), path)
		if n > 0 {
			k.facts.Files++
		}
		k.facts.Uncompressed += n
		return err
	})
}

// addFile adds a file under a name and returns its size; 0 if it was left out.
func addFile(w *tar.Writer, name, path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, nil // not ours to read: the image is as good without it
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || info.Size() > maxFile {
		return 0, nil // as above
	}
	h := &tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size(), ModTime: info.ModTime(), Format: tar.FormatPAX}
	if err := w.WriteHeader(h); err != nil {
		return 0, fmt.Errorf("add %s: %w", path, err)
	}
	if _, err := io.CopyN(w, f, info.Size()); err != nil {
		return 0, fmt.Errorf("add %s: %w", path, err)
	}
	return info.Size(), nil
}
