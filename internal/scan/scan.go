// Package scan gives the server's answer without the server: it inspects an image where
// it lies, in a registry, in an OCI image layout, in an archive of `docker save` or
// unpacked in a directory, with the inspector and the policy that it is given.
//
// It promises that nothing passes unread: every blob is verified against its digest
// while it is inspected, and one that cannot be read leaves the verdict unknown,
// unless what was read is refused already. It trusts nobody: manifests, archives
// and directories are an attacker's, so no name in them leads outside of the target,
// no file is read that is not a regular one, and what is kept of them in memory is
// bounded. The network is the Registry's affair.
//
// Use ParseTarget, then Scan; Result writes itself as a table, JSON or SARIF.
package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// Errors to branch on.
var (
	ErrTarget  = errors.New("invalid target")                          // it was typed wrong
	ErrContent = errors.New("the content is not what it claims to be") // a wrong digest or size, a malformed archive
)

// A Registry reads one registry.
type Registry interface {
	// Manifest returns a manifest's bytes, at most oci.MaxManifestSize of them, and their
	// digest, which is the reference's if that has one.
	Manifest(ctx context.Context, ref oci.Reference) ([]byte, oci.Digest, error)
	// Blob opens a blob at an offset in bytes. ctx lasts as long as the body is read.
	Blob(ctx context.Context, repository string, d oci.Digest, offset int64) (io.ReadCloser, error)
}

// Config is what Scan needs beside the target.
type Config struct {
	Inspector *inspect.Inspector
	Policy    *policy.Policy
	Registry  Registry // that of Target.Reference; unused for other targets

	// Platform chooses among the members of an index. AllPlatforms scans all of them.
	Platform     oci.Platform
	AllPlatforms bool
	// Name is the name that is judged in place of the target's own; none if zero.
	Name oci.Reference

	// IdleTimeout bounds the wait for a blob's next bytes from the registry, 1 min if
	// zero, and Deadline the reading of one blob as a whole, 2 h if zero.
	IdleTimeout, Deadline time.Duration

	// Progress, if set, is told how many bytes of how many were read; total is -1 while
	// it is not known. It is called from many goroutines at once.
	Progress func(read, total int64)
	Now      func() time.Time // nil: time.Now
}

// An image is what one verdict is about. Indexes have one too, since they are served.
type image struct {
	names    []oci.Reference // under which it is known; none: nameless
	digest   oci.Digest      // of the manifest; of the config where there is no manifest
	index    bool
	manifest *blob // nil where there is none
	config   *blob // nil of an index and of a directory
	layers   []*blob
	// configType is the manifest's; another manifest may call the same blob otherwise.
	configType string
}

// A blob is something to inspect, once, however many images name it.
type blob struct {
	desc  oci.Descriptor // the digest is "", and the size -1, of what is known only once it is read
	layer bool
	open  func(ctx context.Context) (io.ReadCloser, error)
	// complete, if set, adds to the report what only the reader knows. It is called
	// after the reader was closed.
	complete func(*inspect.Report)

	report inspect.Report // set by inspection, as is err
	err    error
}

// A content is a target that was opened.
type content struct {
	images []image
	digest oci.Digest // of what the images are listed in
	close  func() error
}

// Scan inspects a target and judges it. An error means that it is not even known what
// there is to inspect, or that ctx ended. If only some of the content could not be read,
// Result.Errors says so.
func Scan(ctx context.Context, cfg Config, t Target) (Result, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	start := cfg.Now()
	c, err := open(ctx, cfg, t)
	if err != nil {
		return Result{}, fmt.Errorf("scan %s: %w", t, err)
	}
	if c.close != nil {
		defer c.close() // it was only read
	}
	return judge(ctx, cfg, t, c, start)
}

// judge inspects and judges what was opened since start.
func judge(ctx context.Context, cfg Config, t Target, c *content, start time.Time) (Result, error) {
	if cfg.Name != (oci.Reference{}) {
		for i := range c.images {
			c.images[i].names = []oci.Reference{cfg.Name}
		}
	}
	blobs := c.blobs()
	inspectAll(ctx, cfg, blobs)
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("scan %s: %w", t, context.Cause(ctx))
	}
	for _, b := range blobs {
		if b.err != nil && b.desc.Digest == "" {
			return Result{}, fmt.Errorf("scan %s: %w", t, b.err)
		}
	}
	r := newResult(cfg, t, c, blobs)
	r.Stats.Seconds = seconds(cfg.Now().Sub(start))
	return r, nil
}

func open(ctx context.Context, cfg Config, t Target) (*content, error) {
	switch t.Kind {
	case KindReference:
		return openReference(ctx, cfg, t.Reference)
	case KindLayout:
		return openLayout(ctx, cfg, t.Path, t.Name)
	case KindArchive:
		return openArchive(ctx, cfg, t.Path)
	case KindDirectory:
		return openDirectory(t.Path)
	}
	return nil, fmt.Errorf("%w: kind %q", ErrTarget, t.Kind)
}

// blobs returns every blob of the images once, in their order.
func (c *content) blobs() []*blob {
	seen := map[*blob]bool{nil: true}
	var out []*blob
	for _, img := range c.images {
		for _, b := range append([]*blob{img.manifest, img.config}, img.layers...) {
			if !seen[b] {
				seen[b] = true
				out = append(out, b)
			}
		}
	}
	return out
}

// inspectAll inspects every blob, as many at once as there are processors. One that fails
// stops no other: what they hold may be reason enough to refuse.
func inspectAll(ctx context.Context, cfg Config, blobs []*blob) {
	var total int64
	for _, b := range blobs {
		if b.desc.Size < 0 {
			total = -1
			break
		}
		total += b.desc.Size
	}
	var read atomic.Int64
	progress := func(n int) {
		if cfg.Progress != nil {
			cfg.Progress(read.Add(int64(n)), total)
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range blobs {
		g.Go(func() error {
			b.err = b.inspect(ctx, cfg, progress)
			return nil
		})
	}
	_ = g.Wait() // each blob has its own error
}

func (b *blob) inspect(ctx context.Context, cfg Config, progress func(int)) error {
	body, err := b.open(ctx)
	if err != nil {
		return fmt.Errorf("open %s: %w", b.name(), err)
	}
	var r io.Reader = &counter{r: body, count: progress}
	if b.desc.Digest != "" {
		r = verify(r, b.desc)
	}
	b.report, err = cfg.Inspector.Inspect(ctx, b.desc, r)
	closed := body.Close()
	if err != nil {
		return err
	}
	if closed != nil {
		return fmt.Errorf("close %s: %w", b.name(), closed)
	}
	if b.complete != nil {
		b.complete(&b.report)
		b.desc.Digest = b.report.Digest
	}
	return nil
}

func (b *blob) name() string {
	if b.desc.Digest == "" {
		return "the content"
	}
	return b.desc.Digest.String()
}
