package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// A store has content by its digest: a repository, a layout, an archive.
type store interface {
	// manifest returns the bytes of a manifest. They are verified by who asks.
	manifest(ctx context.Context, d oci.Descriptor) ([]byte, error)
	// open opens a blob. What it reads is verified by who asks.
	open(ctx context.Context, d oci.Descriptor) (io.ReadCloser, error)
}

// Bounds of what an index leads to. Docker Hub's largest indexes list some 30 manifests.
const (
	maxDepth     = 4
	maxManifests = 1000
)

// A resolver follows manifests down to blobs.
type resolver struct {
	store    store
	platform oci.Platform
	all      bool
	read     int // manifests
	blobs    map[blobKey]*blob
}

// A blobKey has the size too, so that a false claim of it fails where it is made, and
// does not depend on which manifest came first.
type blobKey struct {
	digest oci.Digest
	size   int64
}

func newResolver(cfg Config, s store) *resolver {
	return &resolver{store: s, platform: cfg.Platform, all: cfg.AllPlatforms, blobs: map[blobKey]*blob{}}
}

// add returns the blob of a descriptor, made when it is first asked for.
func (r *resolver) add(d oci.Descriptor, open func(context.Context) (io.ReadCloser, error)) *blob {
	k := blobKey{d.Digest, d.Size}
	if r.blobs[k] == nil {
		r.blobs[k] = &blob{desc: oci.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}, open: open}
	}
	return r.blobs[k]
}

func (r *resolver) stored(d oci.Descriptor) *blob {
	return r.add(d, func(ctx context.Context) (io.ReadCloser, error) { return r.store.open(ctx, d) })
}

func (r *resolver) bytes(mediaType string, d oci.Digest, b []byte) *blob {
	return r.add(oci.Descriptor{MediaType: mediaType, Digest: d, Size: int64(len(b))}, func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b)), nil
	})
}

// fetch gets and verifies the manifest of a descriptor.
func (r *resolver) fetch(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	if r.read++; r.read > maxManifests {
		return nil, fmt.Errorf("%w: more than %d manifests", ErrContent, maxManifests)
	}
	b, err := r.store.manifest(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w", d.Digest, err)
	}
	if int64(len(b)) != d.Size {
		return nil, fmt.Errorf("%w: manifest %s has %d bytes, not %d", ErrContent, d.Digest, len(b), d.Size)
	}
	if got := d.Digest.Algorithm().FromBytes(b); got != d.Digest {
		return nil, fmt.Errorf("%w: manifest %s has the digest %s", ErrContent, d.Digest, got)
	}
	return b, nil
}

// walk returns the images that a manifest leads to: its own, or, of an index, that of
// the index itself and those of the members chosen.
func (r *resolver) walk(ctx context.Context, names []oci.Reference, d oci.Digest, body []byte, depth int) ([]image, error) {
	m, err := oci.ParseManifest(body)
	if err != nil {
		return nil, fmt.Errorf("%w: manifest %s: %w", ErrContent, d, err)
	}
	img := image{names: names, digest: d, index: m.IsIndex(), manifest: r.bytes(m.MediaType, d, body)}
	if !m.IsIndex() {
		img.config, img.configType = r.stored(m.Config), m.Config.MediaType
		for _, l := range m.Layers {
			b := r.stored(l)
			b.layer = true
			img.layers = append(img.layers, b)
		}
		return []image{img}, nil
	}
	members, err := r.choose(m.Manifests)
	if err != nil {
		return nil, fmt.Errorf("index %s: %w", d, err)
	}
	below, err := r.follow(ctx, names, members, depth+1)
	return append([]image{img}, below...), err
}

// follow walks several manifests.
func (r *resolver) follow(ctx context.Context, names []oci.Reference, ds []oci.Descriptor, depth int) ([]image, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: indexes in indexes, more than %d deep", ErrContent, maxDepth)
	}
	var out []image
	for _, d := range ds {
		body, err := r.fetch(ctx, d)
		if err != nil {
			return nil, err
		}
		images, err := r.walk(ctx, names, d.Digest, body, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, images...)
	}
	return out, nil
}

// errPlatform says that there is nothing for the platform that was asked for.
var errPlatform = errors.New("no image for the platform")

// choose returns the members that a client of the platform may take. All that fit best
// are returned, because it is the client's own order that decides between them; members
// that do not say their platform are taken when none fits, as containerd does
// (core/images/image.go, Manifest).
func (r *resolver) choose(members []oci.Descriptor) ([]oci.Descriptor, error) {
	if r.all {
		return members, nil
	}
	var silent, fit []oci.Descriptor
	best := len(armVariants)
	for _, d := range members {
		if d.Platform == nil {
			silent = append(silent, d)
			continue
		}
		rank, ok := match(r.platform, *d.Platform)
		if !ok || rank > best {
			continue
		}
		if rank < best {
			fit, best = nil, rank
		}
		fit = append(fit, d)
	}
	switch {
	case len(fit) > 0:
		return fit, nil
	case len(silent) > 0:
		return silent, nil
	}
	return nil, fmt.Errorf("%w %s: it has %s", errPlatform, FormatPlatform(r.platform), listed(members))
}

func listed(members []oci.Descriptor) string {
	var names []string
	for _, d := range members {
		if name := printable(FormatPlatform(*d.Platform), 60); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	const most = 30
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return strings.Join(names, ", ")
}

// armVariants are the variants of arm that a machine of the first runs, best first.
var armVariants = []string{"v8", "v7", "v6", "v5"}

// match reports whether a machine of the platform want runs images for have, and how
// well: 0 is best. Left out, the variant of arm is v7 and that of arm64 v8, as containerd
// has it (github.com/containerd/platforms, normalizeArch and Only).
func match(want, have oci.Platform) (rank int, ok bool) {
	if want.OS != have.OS || want.Architecture != have.Architecture {
		return 0, false
	}
	w, h := variant(want), variant(have)
	if w == h {
		return 0, true
	}
	if want.Architecture != "arm" {
		return 0, false
	}
	i, j := slices.Index(armVariants, w), slices.Index(armVariants, h)
	return j - i, i >= 0 && j > i
}

func variant(p oci.Platform) string {
	switch {
	case p.Variant == "" && p.Architecture == "arm":
		return "v7"
	case p.Variant == "" && p.Architecture == "arm64":
		return "v8"
	case p.Variant == "v1" && p.Architecture == "amd64":
		return ""
	}
	return p.Variant
}

// ParsePlatform reads os/arch[/variant]. The error wraps ErrTarget.
func ParsePlatform(s string) (oci.Platform, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return oci.Platform{}, fmt.Errorf("%w: platform %.80q is not os/arch or os/arch/variant", ErrTarget, s)
	}
	p := oci.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}

// FormatPlatform writes os/arch[/variant].
func FormatPlatform(p oci.Platform) string {
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}
