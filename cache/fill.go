package cache

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Fetch opens a blob at its source, from an offset on. size is the whole blob's in
// bytes, -1 if it is not known. ctx lasts as long as the body is read.
type Fetch func(ctx context.Context, offset int64) (body io.ReadCloser, size int64, err error)

// Tries of one download, and the wait between them: backoff times 2^n and a random
// factor in [0.5, 1.5). A source retries what is its own affair; these are for bodies
// that break off.
const (
	fetchTries = 4
	backoff    = 200 * time.Millisecond
)

// Fill joins the download of a blob that is in flight, or starts it. A blob that is
// stored gives a spool that has ended. d.Size is checked if it is not 0; whoever claims
// another size has a download of its own, so that a false claim spoils nobody else's.
// The download belongs to Blobs: no request's end is its end.
func (b *Blobs) Fill(d oci.Descriptor, fetch Fetch) *Spool {
	key := flight{d.Digest, d.Size}
	b.mu.Lock()
	s := b.flying[key]
	b.mu.Unlock()
	if s != nil {
		return s
	}
	// Between the two looks at flying a download may have ended and been stored: the
	// store is asked last, but not under the lock, since it may be far away.
	if s, err := b.stored(d); !errors.Is(err, ErrMiss) {
		if err != nil {
			return ended(d, err)
		}
		return s
	}
	return b.lead(d, key, fetch)
}

// lead starts a download, or joins one that has been started meanwhile.
func (b *Blobs) lead(d oci.Descriptor, key flight, fetch Fetch) *Spool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.flying[key]; s != nil {
		return s
	}
	if b.closed {
		return ended(d, errClosed)
	}
	if b.cfg.Driver != "s3" { // near enough to look again: it may have ended just now
		if s, err := b.stored(d); err == nil {
			return s
		}
	}
	f, err := b.newSpoolFile()
	if err != nil {
		return ended(d, fmt.Errorf("cache: make a spool: %w", err))
	}
	s := newSpool(d, f)
	b.flying[key] = s
	b.wg.Add(1)
	go b.run(s, f, fetch)
	return s
}

// ended is the spool of a download that could not begin.
func ended(d oci.Descriptor, err error) *Spool {
	s := newSpool(d, nil)
	s.finish(err)
	return s
}

// stored opens a stored blob as a spool that has ended.
func (b *Blobs) stored(d oci.Descriptor) (*Spool, error) {
	r, size, err := b.Open(b.ctx, d.Digest)
	if err != nil {
		return nil, err
	}
	at, ok := r.(io.ReaderAt)
	if !ok {
		r.Close()
		at = driverAt{b, blobPath(d.Digest)}
	}
	if d.Size > 0 && d.Size != size {
		r.Close()
		return nil, fmt.Errorf("cache: %s has %d bytes, not %d: %w", d.Digest, size, d.Size, ErrVerify)
	}
	s := newSpool(d, at)
	s.n = size
	s.finish(nil)
	return s, nil
}

func (b *Blobs) run(s *Spool, f *os.File, fetch Fetch) {
	defer b.wg.Done()
	err := b.download(s, f, fetch)
	if err == nil {
		err = b.store(context.WithoutCancel(b.ctx), s.desc.Digest, f)
	}
	// Gone from the spool directory by rename if it was stored that way; removed otherwise.
	if rm := os.Remove(f.Name()); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		b.cfg.Log.Warn("spool not removed", "error", rm.Error())
	}
	b.mu.Lock()
	delete(b.flying, flight{s.desc.Digest, s.desc.Size})
	b.mu.Unlock()
	if err != nil {
		b.cfg.Log.LogAttrs(b.ctx, slog.LevelWarn, "download failed", slog.String("digest", s.desc.Digest.String()), slog.String("error", err.Error()))
	}
	s.finish(err)
}

// download brings the blob into f and verifies it.
func (b *Blobs) download(s *Spool, f *os.File, fetch Fetch) error {
	ctx, cancel := context.WithTimeout(b.ctx, b.cfg.Deadline)
	defer cancel()
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	sum := s.desc.Digest.Algorithm().Hash()
	in := &intake{b: b, s: s, f: f, sum: sum, buf: make([]byte, copyBuffer)}
	for try := 1; ; try++ {
		again, err := in.fetch(ctx, fetch)
		if err == nil {
			break
		}
		if !again || try == fetchTries || ctx.Err() != nil {
			return err
		}
		pause := time.Duration(float64(backoff<<try) * (0.5 + rand.Float64()))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if got := fmt.Sprintf("%s:%x", s.desc.Digest.Algorithm(), sum.Sum(nil)); got != s.desc.Digest.String() {
		return fmt.Errorf("download %s: got %s: %w", s.desc.Digest, got, ErrVerify)
	}
	return nil
}

// An intake writes what a source gives, once each byte, into a spool.
type intake struct {
	b   *Blobs
	s   *Spool
	f   *os.File
	sum hash.Hash
	buf []byte
	n   int64
}

// fetch makes one attempt, from where the last one broke off. again: another may do better.
func (in *intake) fetch(ctx context.Context, fetch Fetch) (again bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(in.b.cfg.IdleTimeout, func() {
		cancel(fmt.Errorf("download %s: nothing came for %s: %w", in.s.desc.Digest, in.b.cfg.IdleTimeout, context.DeadlineExceeded))
	})
	defer idle.Stop()
	body, size, err := fetch(ctx, in.n)
	if err != nil {
		return false, fmt.Errorf("download %s: %w", in.s.desc.Digest, err)
	}
	defer body.Close()
	if want := in.s.desc.Size; want > 0 && size >= 0 && size != want {
		return false, fmt.Errorf("download %s: upstream has %d bytes, the manifest says %d: %w", in.s.desc.Digest, size, want, ErrVerify)
	}
	if size > in.b.cfg.MaxBlob {
		return false, fmt.Errorf("download %s: %d bytes, more than the limit of %d", in.s.desc.Digest, size, in.b.cfg.MaxBlob)
	}
	in.s.setSize(size)
	for {
		n, err := body.Read(in.buf)
		if n > 0 {
			idle.Reset(in.b.cfg.IdleTimeout)
			if werr := in.write(in.buf[:n], size); werr != nil {
				return false, werr
			}
		}
		if errors.Is(err, io.EOF) {
			if want := max(size, in.s.desc.Size); want > 0 && in.n < want {
				return true, fmt.Errorf("download %s: broke off after %d of %d bytes: %w", in.s.desc.Digest, in.n, want, io.ErrUnexpectedEOF)
			}
			return false, nil
		}
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return true, fmt.Errorf("download %s: %w", in.s.desc.Digest, err)
		}
	}
}

func (in *intake) write(p []byte, size int64) error {
	limit := in.b.cfg.MaxBlob
	if size >= 0 {
		limit = min(limit, size)
	}
	if want := in.s.desc.Size; want > 0 {
		limit = min(limit, want)
	}
	if in.n+int64(len(p)) > limit {
		return fmt.Errorf("download %s: more than %d bytes: %w", in.s.desc.Digest, limit, ErrVerify)
	}
	if _, err := in.f.Write(p); err != nil {
		return fmt.Errorf("download %s: write the spool: %w", in.s.desc.Digest, err)
	}
	in.sum.Write(p)
	in.n += int64(len(p))
	in.s.wrote(len(p))
	return nil
}

// Shutdown takes no new downloads, waits for those in flight until ctx ends, and then ends them.
func (b *Blobs) Shutdown(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	defer b.stop()
	done := make(chan struct{})
	go func() { b.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		b.stop()
		<-done
		return fmt.Errorf("cache: end downloads: %w", ctx.Err())
	}
}
