package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// Tries of one download, and the wait between them: pause times 2^n. A Registry retries
// what is its own affair; these are for bodies that break off.
const (
	downloadTries = 4
	downloadPause = 200 * time.Millisecond
)

// A repository is a store in a registry.
type repository struct {
	registry       Registry
	ref            oci.Reference
	idle, deadline time.Duration
}

func openReference(ctx context.Context, cfg Config, ref oci.Reference) (*content, error) {
	if cfg.Registry == nil {
		return nil, fmt.Errorf("%w: no registry to ask", ErrTarget)
	}
	s := &repository{registry: cfg.Registry, ref: ref, idle: cfg.IdleTimeout, deadline: cfg.Deadline}
	if s.idle == 0 {
		s.idle = time.Minute
	}
	if s.deadline == 0 {
		s.deadline = 2 * time.Hour
	}
	body, d, err := cfg.Registry.Manifest(ctx, ref)
	if err != nil {
		return nil, err
	}
	images, err := newResolver(cfg, s).walk(ctx, []oci.Reference{ref}, d, body, 0)
	if err != nil {
		return nil, err
	}
	return &content{images: images, digest: d}, nil
}

func (s *repository) manifest(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	body, _, err := s.registry.Manifest(ctx, oci.Reference{Registry: s.ref.Registry, Repository: s.ref.Repository, Digest: d.Digest})
	return body, err
}

func (s *repository) open(ctx context.Context, d oci.Descriptor) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.deadline, fmt.Errorf("not read within %s: %w", s.deadline, context.DeadlineExceeded))
	return &download{repository: s, ctx: ctx, cancel: cancel, desc: d}, nil
}

// A download is a blob of a registry as it comes. A body that breaks off or stands still
// is asked for again from where it broke. It is used by one goroutine.
type download struct {
	*repository
	ctx    context.Context
	cancel context.CancelFunc
	desc   oci.Descriptor
	n      int64 // bytes read
	tries  int   // bodies opened
	body   io.ReadCloser
	stop   context.CancelCauseFunc // ends the body
}

func (w *download) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := w.try(p)
		w.n += int64(n)
		switch {
		case n > 0:
			return n, nil // an error comes again, or the next body begins here
		case err == nil:
			continue
		case errors.Is(err, io.EOF) && w.n >= w.desc.Size:
			return 0, io.EOF
		case errors.Is(err, io.EOF):
			err = fmt.Errorf("it ended after %d of %d bytes: %w", w.n, w.desc.Size, io.ErrUnexpectedEOF)
		}
		w.drop()
		if w.ctx.Err() != nil {
			return 0, context.Cause(w.ctx)
		}
		if w.tries >= downloadTries {
			return 0, err
		}
		pause := time.NewTimer(downloadPause << w.tries)
		select {
		case <-pause.C:
		case <-w.ctx.Done():
			pause.Stop()
			return 0, context.Cause(w.ctx)
		}
	}
}

// try reads from the body, which it opens if there is none.
func (w *download) try(p []byte) (int, error) {
	if w.body == nil {
		ctx, stop := context.WithCancelCause(w.ctx)
		w.tries++
		body, err := w.registry.Blob(ctx, w.ref.Repository, w.desc.Digest, w.n)
		if err != nil {
			stop(nil)
			w.tries = downloadTries // the registry has tried for itself
			return 0, err
		}
		w.body, w.stop = body, stop
	}
	stop, idle := w.stop, fmt.Errorf("nothing came for %s: %w", w.idle, context.DeadlineExceeded)
	expired := make(chan struct{})
	timer := time.AfterFunc(w.idle, func() { stop(idle); close(expired) })
	n, err := w.body.Read(p)
	if !timer.Stop() {
		<-expired
		if err != nil {
			err = idle
		}
	}
	return n, err
}

// drop lets go of the body.
func (w *download) drop() {
	if w.body != nil {
		w.body.Close() // it was only read
		w.stop(nil)
		w.body = nil
	}
}

func (w *download) Close() error {
	w.drop()
	w.cancel()
	return nil
}
