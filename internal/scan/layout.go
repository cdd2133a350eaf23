package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
)

// containerdName is the annotation that containerd, and docker save with it, puts an
// image's full name in (github.com/containerd/containerd/core/images/annotations.go).
const containerdName = "io.containerd.image.name"

// A fileSet has regular files by their slash-separated names: a directory, or a tar
// archive. A file that is not there is fs.ErrNotExist.
type fileSet interface {
	open(name string) (io.ReadCloser, int64, error)
}

// A layout is an OCI image layout (OCI Image Specification 1.1, image-layout.md).
type layout struct{ files fileSet }

func openLayout(ctx context.Context, cfg Config, dir, name string) (*content, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the layout: %w", err)
	}
	l := layout{directory{root}}
	images, d, err := l.images(ctx, newResolver(cfg, l), name)
	if err != nil {
		root.Close() // it was only read
		return nil, err
	}
	return &content{images: images, digest: d, close: root.Close}, nil
}

// images returns the images of a name, or all if it is "". Each name is resolved as
// a tag would be: of an index, or of several manifests of that name, the platform's.
func (l layout) images(ctx context.Context, r *resolver, name string) ([]image, oci.Digest, error) {
	body, err := l.index()
	if err != nil {
		return nil, "", err
	}
	m, err := oci.ParseManifest(body)
	if err != nil {
		return nil, "", fmt.Errorf("%w: index.json: %w", ErrContent, err)
	}
	if !m.IsIndex() {
		return nil, "", fmt.Errorf("%w: index.json is no index", ErrContent)
	}
	d := oci.DigestOf(body)
	images := []image{{digest: d, index: true, manifest: r.bytes(m.MediaType, d, body)}}
	order, groups := byName(m.Manifests)
	if name != "" && groups[name] == nil {
		return nil, "", fmt.Errorf("no image %.200q in the layout: it has %s", name, printable(strings.Join(order, ", "), 1000))
	}
	if name != "" {
		order = []string{name}
	}
	for _, n := range order {
		members := groups[n]
		if len(members) > 1 {
			if members, err = r.choose(members); err != nil {
				return nil, "", err
			}
		}
		names, err := namesOf(members[0])
		if err != nil {
			return nil, "", err
		}
		more, err := r.follow(ctx, names, members, 1)
		if err != nil {
			return nil, "", err
		}
		images = append(images, more...)
	}
	if len(images) == 1 {
		return nil, "", fmt.Errorf("%w: a layout without images", ErrContent)
	}
	return images, d, nil
}

// index returns index.json, of a layout whose version is known.
func (l layout) index() ([]byte, error) {
	b, err := l.read(v1.ImageLayoutFile)
	if err != nil {
		return nil, fmt.Errorf("not an OCI image layout: %w", err)
	}
	var version v1.ImageLayout
	if err := json.Unmarshal(b, &version); err != nil || version.Version != v1.ImageLayoutVersion {
		return nil, fmt.Errorf("%w: %s does not say version %s", ErrContent, v1.ImageLayoutFile, v1.ImageLayoutVersion)
	}
	if b, err = l.read(v1.ImageIndexFile); err != nil {
		return nil, fmt.Errorf("not an OCI image layout: %w", err)
	}
	return b, nil
}

func (l layout) read(name string) ([]byte, error) {
	f, _, err := l.files.open(name)
	if err != nil {
		return nil, err
	}
	b, err := readDocument(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

func blobPath(d oci.Digest) string {
	return path.Join(v1.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
}

func (l layout) manifest(_ context.Context, d oci.Descriptor) ([]byte, error) {
	return l.read(blobPath(d.Digest))
}

func (l layout) open(_ context.Context, d oci.Descriptor) (io.ReadCloser, error) {
	f, size, err := l.files.open(blobPath(d.Digest))
	if err != nil {
		return nil, err
	}
	if size != d.Size {
		f.Close() // it was not even read
		return nil, fmt.Errorf("%w: %s has %d bytes, not %d", ErrContent, d.Digest, size, d.Size)
	}
	return f, nil
}

// byName groups the entries of a layout's index by their name, "" for those that have
// none, in the order in which the names come.
func byName(members []oci.Descriptor) (order []string, groups map[string][]oci.Descriptor) {
	groups = map[string][]oci.Descriptor{}
	for _, d := range members {
		name := d.Annotations[v1.AnnotationRefName]
		if full := d.Annotations[containerdName]; full != "" {
			name = full
		}
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
		groups[name] = append(groups[name], d)
	}
	return order, groups
}

// namesOf returns the repository that an entry of a layout's index says it is from. A
// bare word is a tag ("latest"), as the specification has it, and so no repository.
func namesOf(d oci.Descriptor) ([]oci.Reference, error) {
	for _, name := range []string{d.Annotations[containerdName], d.Annotations[v1.AnnotationRefName]} {
		if !strings.ContainsAny(name, "/:") {
			continue
		}
		ref, err := oci.ParseReference(name)
		if err != nil {
			return nil, fmt.Errorf("%w: name of the image: %w", ErrContent, err)
		}
		return []oci.Reference{ref}, nil
	}
	return nil, nil
}

// A directory is a fileSet that no link leads out of.
type directory struct{ root *os.Root }

func (d directory) open(name string) (io.ReadCloser, int64, error) {
	f, info, err := openRegular(d.root, name)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// openRegular opens a regular file; anything else is an error. It does not block where a
// named pipe lies in a file's place.
func openRegular(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: %s is not a regular file", ErrContent, name)
	}
	if err != nil {
		f.Close() // it was not even read
		return nil, nil, err
	}
	return f, info, nil
}
