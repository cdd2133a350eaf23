// Package unpack reads archive formats as streams.
//
// It promises to give what extraction tools would give, in one pass and in memory that
// its caller bounds, to say where it cannot, and never to panic. It trusts nothing that
// an archive says: lengths are held against the bytes, the directory of a zip against
// what lies where it points. It knows nothing of files, of layers and of what is looked
// for in them.
package unpack

import (
	"bufio"
	"errors"
	"io"
)

// The reasons why bytes of an archive were not given. Damage is none: a reader ends
// there as a tool would, with an error that wraps ErrDamaged.
var (
	ErrDamaged     = errors.New("damaged")
	ErrUnsupported = errors.New("unsupported")
	ErrMemory      = errors.New("needs too much memory")
)

// Memory is asked for before much of it is taken. It is nil for no bound.
type Memory func(bytes int64) error

func (m Memory) take(n int64) error {
	if m == nil {
		return nil
	}
	return m(n)
}

// A counter counts what is read from a source.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// source is a buffered reader that knows where it is.
type source struct {
	*bufio.Reader
	under *counter
}

func newSource(r io.Reader) *source {
	c := &counter{r: r}
	return &source{bufio.NewReaderSize(c, 16<<10), c}
}

// at is how many bytes have been taken.
func (s *source) at() int64 { return s.under.n - int64(s.Buffered()) }

// full peeks at n bytes, fewer only where the source ends. The error is the source's,
// other than io.EOF.
func (s *source) full(n int) ([]byte, error) {
	b, err := s.Peek(n)
	if err == io.EOF {
		err = nil
	}
	return b, err
}

// skip moves n bytes on, as far as the source goes.
func (s *source) skip(n int64) error {
	for n > 0 {
		k, err := s.Discard(int(min(n, 1<<20)))
		n -= int64(k)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
