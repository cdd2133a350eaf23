package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Spool is one blob on its way in: a file with one writer and any number of
// followers, each reading at its own pace. A blob that is stored already has a spool
// too, one that has ended.
//
// It is owned by Blobs, which ends it. The file stays open for as long as anybody holds
// the spool or a follower of it, whatever becomes of its name: the runtime closes it after that.
type Spool struct {
	desc oci.Descriptor
	at   io.ReaderAt

	mu     sync.Mutex // guards what follows
	size   int64      // of the whole blob; -1 while it is not known
	n      int64      // bytes written
	done   bool       // finish was called
	err    error      // its argument
	change chan struct{}
}

func newSpool(desc oci.Descriptor, at io.ReaderAt) *Spool {
	return &Spool{desc: desc, at: at, size: -1, change: make(chan struct{})}
}

// wake tells all who wait that something has changed. The caller holds mu.
func (s *Spool) wake() { close(s.change); s.change = make(chan struct{}) }

func (s *Spool) setSize(size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size < 0 && size >= 0 {
		s.size = size
		s.wake()
	}
}

func (s *Spool) wrote(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n += int64(n)
	s.wake()
}

// finish ends the blob; nil means that every byte is there and verified.
func (s *Spool) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.size = s.n
	}
	s.done, s.err = true, err
	s.wake()
}

// Digest returns the blob's digest.
func (s *Spool) Digest() oci.Digest { return s.desc.Digest }

// wait returns when ready says so, or with ctx's error.
func (s *Spool) wait(ctx context.Context, ready func() bool) error {
	for {
		s.mu.Lock()
		ok, change := ready(), s.change
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Size waits until the blob's size in bytes is known, and returns it, or the error that the download ended with.
func (s *Spool) Size(ctx context.Context) (int64, error) {
	if err := s.wait(ctx, func() bool { return s.done || s.size >= 0 }); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done && s.err != nil {
		return 0, s.err
	}
	return s.size, nil
}

// Wait returns nil once every byte is there, verified and stored, or the error that the
// download ended with.
func (s *Spool) Wait(ctx context.Context) error {
	if err := s.wait(ctx, func() bool { return s.done }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// A Follow says how to read a spool.
type Follow struct {
	Offset int64 // of the first byte
	Length int64 // bytes; 0 or less: to the end
	// Hold is how many of the blob's last bytes wait until it is verified and Clear has returned nil.
	Hold int64
	// Trickle, if positive, is how long a reader waits in the hold before it is given a
	// single held byte, never the blob's last.
	Trickle time.Duration
	// Clear is called once, when the reader has come to the hold; its error ends the
	// read in place of the held bytes. With nil, the digest's verification alone releases.
	Clear func(context.Context) error
}

// Follow reads the blob as it arrives. With no Hold and no Clear every byte is given as
// soon as it is there; the end is still io.EOF only for a blob that is verified, and the
// download's error otherwise. ctx ends this reader alone. The reader must be closed.
func (s *Spool) Follow(ctx context.Context, o Follow) io.ReadCloser {
	if o.Offset < 0 || o.Hold < 0 {
		return failed{fmt.Errorf("cache: follow at offset %d with hold %d", o.Offset, o.Hold)}
	}
	ctx, cancel := context.WithCancel(ctx)
	return &follower{s: s, ctx: ctx, cancel: cancel, o: o, off: o.Offset}
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
func (f failed) Close() error             { return nil }

// A follower is one reader of a spool. It is used by one goroutine.
type follower struct {
	s      *Spool
	ctx    context.Context
	cancel context.CancelFunc
	o      Follow
	off    int64

	asked   chan struct{} // made when Clear is begun, closed when it has returned
	verdict error         // Clear's answer, once asked is closed
	cleared bool
	closed  bool
}

// Close ends the reader; Clear's context ends with it.
func (f *follower) Close() error {
	if !f.closed {
		f.closed = true
		f.cancel()
	}
	return nil
}

// Read implements io.Reader.
func (f *follower) Read(p []byte) (int, error) {
	if f.closed {
		return 0, os.ErrClosed
	}
	if len(p) == 0 {
		return 0, nil
	}
	var tick <-chan time.Time
	for {
		f.s.mu.Lock()
		n, size, done, err, change := f.s.n, f.s.size, f.s.done, f.s.err, f.s.change
		f.s.mu.Unlock()
		if done && err != nil {
			return 0, err
		}
		if f.asked != nil && !f.cleared {
			select {
			case <-f.asked:
				if f.verdict != nil {
					return 0, f.verdict
				}
				f.cleared = true
			default:
			}
		}
		limit, end := f.limits(n, size, done)
		if f.off >= end && end >= 0 {
			return 0, io.EOF
		}
		if avail := limit - f.off; avail > 0 {
			return f.give(p, avail)
		}
		held := f.off < n // there are bytes, and they are held
		if held || done {
			f.ask()
		}
		if held && tick == nil && f.o.Trickle > 0 {
			t := time.NewTimer(f.o.Trickle)
			defer t.Stop()
			tick = t.C
		}
		select {
		case <-change:
		case <-f.asked:
			if f.verdict == nil && !done {
				// Released, and still to be verified.
				f.cleared = true
				if err := f.next(change, tick); err != nil {
					return 0, err
				}
			}
		case <-tick:
			tick = nil
			// Never the blob's last byte: of one whose end is not known, never the last there is.
			if top := f.last(n, size, end); f.off < top {
				return f.give(p, 1)
			}
		case <-f.ctx.Done():
			return 0, context.Cause(f.ctx)
		}
	}
}

// next waits for one more change, once Clear has answered and its channel always fires.
func (f *follower) next(change <-chan struct{}, tick <-chan time.Time) error {
	select {
	case <-change:
		return nil
	case <-tick:
		return nil
	case <-f.ctx.Done():
		return context.Cause(f.ctx)
	}
}

// last returns the offset that a trickle must stay below: that of the last byte of the
// blob, or of the part that was asked for.
func (f *follower) last(n, size, end int64) int64 {
	top := n - 1
	if size >= 0 {
		top = min(n, size-1)
	}
	if end >= 0 {
		top = min(top, end-1)
	}
	return top
}

// limits returns how far this reader may read now, and where its part ends; -1 while
// that is not known.
func (f *follower) limits(n, size int64, done bool) (limit, end int64) {
	end = size
	if f.o.Length > 0 && (end < 0 || f.o.Offset+f.o.Length < end) {
		end = f.o.Offset + f.o.Length
	}
	free := f.o.Hold == 0 && f.o.Clear == nil
	switch {
	case done && (f.cleared || f.o.Clear == nil), free:
		limit = n
	case size >= 0:
		limit = min(n, size-max(f.o.Hold, 1))
	default:
		limit = n - max(f.o.Hold, 1)
	}
	if end >= 0 {
		limit = min(limit, end)
	}
	if free && !done && end == size && f.off >= end {
		end = -1 // the end of file waits for the verification
	}
	return limit, end
}

// give reads at most avail bytes that are there.
func (f *follower) give(p []byte, avail int64) (int, error) {
	if int64(len(p)) > avail {
		p = p[:avail]
	}
	m, err := f.s.at.ReadAt(p, f.off)
	f.off += int64(m)
	if errors.Is(err, io.EOF) && m > 0 {
		err = nil
	}
	if err != nil {
		return m, fmt.Errorf("cache: read the spool of %s: %w", f.s.desc.Digest, err)
	}
	return m, nil
}

// ask begins to wait for Clear's answer.
func (f *follower) ask() {
	if f.o.Clear == nil || f.asked != nil {
		return
	}
	f.asked = make(chan struct{})
	go func() {
		defer close(f.asked)
		f.verdict = f.o.Clear(f.ctx)
	}()
}
