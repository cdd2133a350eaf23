// Package evidence reads a part of one file of a stored blob, so that a person can look at
// what a finding is about.
//
// The file is found by the inspector itself, with its paths and its limits: what a finding
// names is what is shown, in an archive in a file too, and whatever the bytes are costs no more
// than inspecting them did. It promises that no more than MaxLength bytes come of it. Who may look, and that
// it is put on record, is its caller's to see to.
package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// MaxLength is the most that is read at once, in bytes.
const MaxLength = 1 << 20

// ErrNone says that the blob has no such file.
var ErrNone = errors.New("no such file")

// Blobs are what is stored; *cache.Blobs are.
type Blobs interface {
	Open(ctx context.Context, d oci.Digest) (io.ReadSeekCloser, int64, error)
}

// A Query says which bytes.
type Query struct {
	Blob   oci.Digest
	Path   string // as a finding has it: "etc/passwd", "app.jar!/a/b", "config:env"; "" of the blob as it is stored
	Offset int64  // from the start of the file
	Length int64  // at most MaxLength
}

// A Part is some bytes of a file.
type Part struct {
	Path  string // whose they are: that of the file around it where what is packed in it cannot be shown
	Size  int64  // of the file; -1 if that is not known
	Bytes []byte // from Query.Offset on; fewer where the file ends
}

// Read reads a part of a file. Of several entries with the path it takes the last, which is the one
// that clients keep. What a blob that is not stored gives is the error of Blobs.
func Read(ctx context.Context, blobs Blobs, limits inspect.Limits, q Query) (Part, error) {
	if q.Offset < 0 || q.Length < 1 || q.Length > MaxLength {
		return Part{}, fmt.Errorf("evidence: %d bytes from %d on", q.Length, q.Offset)
	}
	f, size, err := blobs.Open(ctx, q.Blob)
	if err != nil {
		return Part{}, fmt.Errorf("evidence: %w", err)
	}
	defer f.Close() // it was only read
	if q.Path == "" {
		if _, err := f.Seek(min(q.Offset, size), io.SeekStart); err != nil {
			return Part{}, fmt.Errorf("evidence: read %s: %w", q.Blob, err)
		}
		b, err := io.ReadAll(io.LimitReader(f, q.Length))
		if err != nil {
			return Part{}, fmt.Errorf("evidence: read %s: %w", q.Blob, err)
		}
		return Part{Size: size, Bytes: b}, nil
	}
	outer, _, packed := strings.Cut(q.Path, inside)
	if !packed {
		limits.Depth = 1 // what lies in archives is not asked for
	}
	t := &taker{query: q, outer: outer}
	i, err := inspect.New(limits, t)
	if err != nil {
		return Part{}, fmt.Errorf("evidence: %w", err)
	}
	if _, err := i.Inspect(ctx, oci.Descriptor{Digest: q.Blob, Size: size}, f); err != nil {
		return Part{}, fmt.Errorf("evidence: %w", err)
	}
	switch {
	case t.exact != nil:
		return *t.exact, nil
	case t.around != nil:
		return *t.around, nil
	}
	return Part{}, fmt.Errorf("evidence: %w as %.200q in %s", ErrNone, q.Path, q.Blob)
}

// inside stands in a path between an archive and what is in it.
const inside = "!/"

// A taker is a detector that finds nothing and keeps the bytes that are asked for. Files
// of a layer it takes as they stream, whatever their size; of what is packed in them, and of parts of
// a config, it is given the beginning.
type taker struct {
	query Query
	outer string // the file of the layer

	exact, around *Part
	streamed      *window // the file that the stream has brought last
}

func (*taker) Name() string                                               { return "evidence" }
func (*taker) Version() string                                            { return "1" }
func (*taker) Patterns() []inspect.Pattern                                { return nil }
func (*taker) End() (found []inspect.Finding, gaps []inspect.Gap, _ bool) { return nil, nil, false }
func (t *taker) Stream(context.Context) inspect.Stream                    { return t }

// Wants wants the file that is asked for.
func (t *taker) Wants(f *inspect.File) inspect.Want {
	if f.Path == t.query.Path && (f.Type == inspect.Regular || f.Type == inspect.Document) {
		return inspect.Content
	}
	return inspect.Nothing
}

// File takes the file of the layer that is asked for, or that has it in it.
func (t *taker) File(f *inspect.File) io.WriteCloser {
	t.streamed = nil
	if f.Path != t.outer {
		return nil
	}
	t.streamed = &window{from: t.query.Offset, length: t.query.Length}
	part := &t.around
	if t.outer == t.query.Path {
		part = &t.exact
	}
	size := f.Size
	return closer{t.streamed, func(w *window) { *part = &Part{Path: t.outer, Size: max(size, w.seen), Bytes: w.bytes} }}
}

// Judge takes what did not come by the stream.
func (t *taker) Judge(f *inspect.File, s inspect.Seen, _ func(inspect.Finding)) {
	if t.streamed != nil && f.Path == t.outer {
		return
	}
	w := window{from: t.query.Offset, length: t.query.Length}
	_, _ = w.Write(s.Content) // it takes all
	size := w.seen
	if s.Cut {
		size = max(f.Size, -1)
	}
	t.exact = &Part{Path: f.Path, Size: size, Bytes: w.bytes}
}

// A window keeps length bytes from an offset on of all that is written to it.
type window struct {
	from, length int64
	seen         int64
	bytes        []byte
}

func (w *window) Write(b []byte) (int, error) {
	n := len(b)
	if skip := w.from - w.seen; skip > 0 {
		b = b[min(skip, int64(len(b))):]
	}
	b = b[:min(int64(len(b)), w.length-int64(len(w.bytes)))]
	w.bytes = append(w.bytes, b...)
	w.seen += int64(n)
	return n, nil
}

// A closer says what has come of a window when its file ends.
type closer struct {
	*window
	done func(*window)
}

func (c closer) Close() error {
	c.done(c.window)
	return nil
}
