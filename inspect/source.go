package inspect

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// A source is the blob as it is given to Inspect. It remembers the reader's failure, so
// that it is told from damage that the layers above find in the bytes, and stops
// reading when ctx ends. It is used by one goroutine at a time; waited is for all.
type source struct {
	ctx    context.Context
	r      io.Reader
	n      int64 // bytes read
	err    error // of r or ctx, other than io.EOF
	done   bool  // io.EOF was read
	waited atomic.Int64
}

func (s *source) Read(p []byte) (int, error) {
	for range 100 { // as many empty reads as bufio allows
		if s.err != nil {
			return 0, s.err
		}
		if s.done {
			return 0, io.EOF
		}
		if s.err = s.ctx.Err(); s.err != nil {
			return 0, s.err
		}
		start := time.Now()
		n, err := s.r.Read(p)
		s.waited.Add(int64(time.Since(start)))
		s.n += int64(n)
		if err == io.EOF {
			s.done = true
		} else {
			s.err = err
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	if s.err == nil && !s.done {
		s.err = io.ErrNoProgress
	}
	if s.err == nil {
		return 0, io.EOF
	}
	return 0, s.err
}

// A clock says whether an inspection has worked for too long.
type clock struct {
	start  time.Time
	limit  time.Duration
	source *source
}

func (c *clock) elapsed() time.Duration { return time.Since(c.start) }

// check returns the gap to report when the time is over or ctx has ended.
func (c *clock) check() error {
	if c.source.ctx.Err() != nil {
		return stopped("canceled") // Inspect returns the context's error
	}
	if c.elapsed()-time.Duration(c.source.waited.Load()) > c.limit {
		return stopped("not inspected within " + c.limit.String())
	}
	return nil
}

// stopped is why a part of a blob is not read on: a limit or damage. It becomes a Gap.
type stopped string

func (s stopped) Error() string { return string(s) }
