package scan_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
)

// A fault is a body that gives n bytes and then fails, or stands still until its
// context ends.
type fault struct {
	ctx   context.Context
	rest  []byte
	n     int
	err   error
	still bool
}

func (f *fault) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), f.n)], f.rest)
	f.n, f.rest = f.n-n, f.rest[n:]
	switch {
	case n > 0:
		return n, nil
	case f.still:
		<-f.ctx.Done()
		return 0, f.ctx.Err()
	}
	return 0, f.err
}

func (f *fault) Close() error { return nil }

func TestDownload(t *testing.T) {
	img := build(t, spec("mark-secret"))
	layer := img.Layers[1].Digest
	broke := errors.New("connection reset")
	for name, tt := range map[string]struct {
		faults []fault // of one body after the other; a good one follows
		want   scan.Verdict
		err    error
		after  time.Duration // at least
	}{
		"at once":           {nil, scan.Warn, nil, 0},
		"breaks off":        {[]fault{{n: 100, err: broke}, {n: 0, err: broke}, {n: 1000, err: io.ErrUnexpectedEOF}}, scan.Warn, nil, 0},
		"ends early":        {[]fault{{n: 100, err: io.EOF}}, scan.Warn, nil, 0},
		"breaks too often":  {[]fault{{n: 1, err: broke}, {n: 1, err: broke}, {n: 1, err: broke}, {n: 1, err: broke}}, scan.Unknown, broke, 0},
		"always ends early": {[]fault{{n: 1, err: io.EOF}, {err: io.EOF}, {err: io.EOF}, {err: io.EOF}}, scan.Unknown, io.ErrUnexpectedEOF, 0},
		"stands still":      {[]fault{{n: 100, still: true}}, scan.Warn, nil, time.Minute},
		"stands too long":   {[]fault{{still: true}, {still: true}, {still: true}, {still: true}}, scan.Unknown, context.DeadlineExceeded, 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reg := serve("1", img)
				opened := 0
				reg.body = func(ctx context.Context, d oci.Digest, rest []byte) io.ReadCloser {
					if d == layer {
						opened++
						if opened <= len(tt.faults) {
							f := tt.faults[opened-1]
							f.ctx, f.rest = ctx, rest
							return &f
						}
					}
					return &fault{rest: rest, n: len(rest), err: io.EOF}
				}
				cfg := config(t)
				cfg.Registry = reg
				start := time.Now()
				r := run(t, cfg, "acme/app:1")
				if r.Verdict != tt.want || (r.Err() != nil) != (tt.want == scan.Unknown) || !errors.Is(r.Err(), tt.err) {
					t.Errorf("%s, %v; want %s, %v", r.Verdict, r.Err(), tt.want, tt.err)
				}
				if took := time.Since(start); took < tt.after {
					t.Errorf("it took %s, less than %s", took, tt.after)
				}
				if wants := min(len(tt.faults)+1, 4); opened != wants {
					t.Errorf("the layer was asked for %d times, want %d", opened, wants)
				}
			})
		})
	}
}

func TestDownloadDeadline(t *testing.T) {
	img := build(t, spec("echo hello"))
	synctest.Test(t, func(t *testing.T) {
		reg := serve("1", img)
		reg.body = func(ctx context.Context, _ oci.Digest, rest []byte) io.ReadCloser {
			return &fault{ctx: ctx, rest: rest, still: true}
		}
		cfg := config(t)
		cfg.Registry, cfg.IdleTimeout, cfg.Deadline = reg, time.Hour, 90*time.Second
		start := time.Now()
		r := run(t, cfg, "acme/app:1")
		if r.Verdict != scan.Unknown || !errors.Is(r.Err(), context.DeadlineExceeded) {
			t.Errorf("%s, %v; want unknown and that the deadline passed", r.Verdict, r.Err())
		}
		if took := time.Since(start); took > 10*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestRegistryThatHasNoSuchImage(t *testing.T) {
	img := build(t, spec("echo hello"))
	cfg := config(t)
	if _, err := scan.Scan(t.Context(), cfg, target(t, "acme/app:1")); !errors.Is(err, scan.ErrTarget) {
		t.Errorf("without a registry: %v; want ErrTarget", err)
	}
	reg := serve("1", img)
	cfg.Registry = reg
	if _, err := scan.Scan(t.Context(), cfg, target(t, "acme/app:2")); !errors.Is(err, errMissing) {
		t.Errorf("no such tag: %v; want the registry's error", err)
	}
	delete(reg.blobs, img.Layers[0].Digest)
	if r := run(t, cfg, "acme/app:1"); r.Verdict != scan.Unknown || !errors.Is(r.Err(), errMissing) {
		t.Errorf("no such layer: %s, %v; want unknown and the registry's error", r.Verdict, r.Err())
	}
	reg.manifests["1"] = []byte(`{"schemaVersion":1,"fsLayers":[]}`)
	if _, err := scan.Scan(t.Context(), cfg, target(t, "acme/app:1")); !errors.Is(err, oci.ErrManifest) {
		t.Errorf("schema 1: %v; want ErrManifest", err)
	}
}
