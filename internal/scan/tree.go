package scan

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// openDirectory takes a directory for a root filesystem, as an image of one layer.
func openDirectory(dir string) (*content, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the directory: %w", err)
	}
	b := treeBlob(rooted{root})
	return &content{images: []image{{layers: []*blob{b}}}, close: root.Close}, nil
}

// treeBlob makes a layer of a file system. Its digest is that of the archive which is
// made while it is read: the same tree gives the same digest.
func treeBlob(fsys fs.FS) *blob {
	t := &tree{fsys: fsys}
	return &blob{
		desc: oci.Descriptor{MediaType: oci.MediaTypeOCILayer, Size: -1}, layer: true,
		open: t.open, complete: t.complete,
	}
}

// A tree is a file system on its way into an archive.
type tree struct {
	fsys fs.FS
	sum  hash.Hash
	gaps []inspect.Gap // of one writer; read after it has ended
}

// open starts the writer, which ends with the archive or when the reader is closed.
func (t *tree) open(ctx context.Context) (io.ReadCloser, error) {
	r, w := io.Pipe()
	t.sum = digest.SHA256.Hash()
	s := &treeStream{r: r, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		w.CloseWithError(t.write(ctx, io.MultiWriter(t.sum, w))) // of a pipe it cannot fail
	}()
	return s, nil
}

type treeStream struct {
	r     *io.PipeReader
	ended chan struct{}
}

func (s *treeStream) Read(p []byte) (int, error) { return s.r.Read(p) }

func (s *treeStream) Close() error {
	err := s.r.Close()
	<-s.ended
	return err
}

// complete gives the report the digest, and the gaps that only the writer knows.
func (t *tree) complete(r *inspect.Report) {
	r.Digest = digest.NewDigest(digest.SHA256, t.sum)
	for i := range r.Findings {
		r.Findings[i].Layer = r.Digest
	}
	r.Gaps = append(r.Gaps, t.gaps...)
}

// maxTreeGaps bounds how many gaps are listed; a last one says that there are more.
const maxTreeGaps = 100

func (t *tree) gap(path string, err error) {
	switch n := len(t.gaps); {
	case n < maxTreeGaps:
		if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
			err = pe.Err // the path is beside it
		}
		t.gaps = append(t.gaps, inspect.Gap{Path: printable(path, maxName), Why: printable(err.Error(), 300)})
	case n == maxTreeGaps:
		t.gaps = append(t.gaps, inspect.Gap{Why: fmt.Sprintf("more than %d files that could not be read", maxTreeGaps)})
	}
}

// write writes the archive. What cannot be read is a gap; an error is ctx's or w's.
func (t *tree) write(ctx context.Context, w io.Writer) error {
	tw := tar.NewWriter(sink{w})
	err := fs.WalkDir(t.fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil: // a directory of which not all could be listed
			t.gap(path, err)
			return nil
		}
		var broken *writeError
		if err := t.entry(tw, path, d); errors.As(err, &broken) {
			return broken.err
		} else if err != nil {
			t.gap(path, err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	return tw.Close()
}

// A writeError tells the archive's failure from that of a file in it.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

// entry writes one entry: its header, and of a regular file its bytes. Sockets are left out,
// since no archive can hold one.
func (t *tree) entry(tw *tar.Writer, path string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Mode().Type() == fs.ModeSocket {
		return nil
	}
	var link string
	if info.Mode().Type() == fs.ModeSymlink {
		if link, err = fs.ReadLink(t.fsys, path); err != nil {
			return err
		}
	}
	h, err := tar.FileInfoHeader(nameless{info}, link)
	if err != nil {
		return err
	}
	h.Name = path
	if info.IsDir() {
		h.Name += "/"
	}
	h.ModTime, h.AccessTime, h.ChangeTime = time.Unix(0, 0), time.Time{}, time.Time{}
	if !info.Mode().IsRegular() {
		return tw.WriteHeader(h)
	}
	f, err := t.fsys.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if !now.Mode().IsRegular() {
		return errors.New("replaced while it was read")
	}
	h.Size = now.Size()
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	return copyFile(tw, f, h.Size)
}

// copyFile writes exactly size bytes: those of f, and zeros in the place of what
// it no longer has. A file whose length changed is an error.
func copyFile(w io.Writer, f io.Reader, size int64) error {
	n, err := io.Copy(w, io.LimitReader(f, size))
	var broken *writeError
	if errors.As(err, &broken) {
		return err
	}
	if n < size {
		if _, padded := io.CopyN(w, zeros{}, size-n); padded != nil {
			return padded
		}
		if err == nil {
			err = errors.New("became shorter while it was read")
		}
		return err
	}
	if extra, _ := io.ReadFull(f, make([]byte, 1)); extra > 0 {
		return errors.New("longer than it says it is")
	}
	return nil
}

// A sink marks the errors of writing.
type sink struct{ w io.Writer }

func (s sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// nameless keeps tar.FileInfoHeader from looking up the names of users and groups, which
// are this machine's and not the tree's.
type nameless struct{ fs.FileInfo }

func (nameless) Uname() (string, error) { return "", nil }
func (nameless) Gname() (string, error) { return "", nil }

// rooted is a file system that no link leads out of, with any name that a file can have
// (that of os.Root.FS takes UTF-8 alone), and that does not wait for a named pipe's writer.
type rooted struct{ root *os.Root }

func (r rooted) Open(name string) (fs.File, error) {
	return r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func (r rooted) Lstat(name string) (fs.FileInfo, error) { return r.root.Lstat(name) }
func (r rooted) ReadLink(name string) (string, error)   { return r.root.Readlink(name) }
func (r rooted) Stat(name string) (fs.FileInfo, error)  { return r.root.Stat(name) }
