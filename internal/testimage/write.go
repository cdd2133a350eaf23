package testimage

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
)

// maxRawArchive is how much of a raw layer is decompressed to learn the digest of its
// archive, in bytes: a decompression bomb is a legitimate raw layer.
const maxRawArchive = 64 << 20

// WriteLayout writes the image into an OCI image layout (Image Specification 1.1,
// image-layout.md) under name, the org.opencontainers.image.ref.name. The directory
// is made if need be; other images in it stay, one of the same name is replaced.
func WriteLayout(dir, name string, img Image) error {
	blobs := map[oci.Digest][]byte{img.Digest: img.Manifest}
	for d, b := range img.Blobs {
		blobs[d] = b
	}
	for d, b := range blobs {
		path := filepath.Join(dir, v1.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
		if err := writeFile(path, b); err != nil {
			return fmt.Errorf("write layout: %w", err)
		}
	}
	var index v1.Index
	b, err := os.ReadFile(filepath.Join(dir, v1.ImageIndexFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("write layout: %w", err)
	default:
		if err := json.Unmarshal(b, &index); err != nil {
			return fmt.Errorf("write layout: read %s: %w", v1.ImageIndexFile, err)
		}
	}
	index.Versioned, index.MediaType = oci.SchemaVersion2, oci.MediaTypeOCIIndex
	index.Manifests = slices.DeleteFunc(index.Manifests, func(d oci.Descriptor) bool {
		return d.Annotations[v1.AnnotationRefName] == name
	})
	d := img.Descriptor()
	d.Annotations = map[string]string{v1.AnnotationRefName: name}
	index.Manifests = append(index.Manifests, d)
	if err := writeFile(filepath.Join(dir, v1.ImageIndexFile), encode(index)); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	layout := encode(v1.ImageLayout{Version: v1.ImageLayoutVersion})
	if err := writeFile(filepath.Join(dir, v1.ImageLayoutFile), layout); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return nil
}

func writeFile(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}

// WriteDockerArchive writes the image as `docker save` does: manifest.json, the
// config, and each layer's archive, not compressed. A layer that cannot be
// decompressed is written as it is.
func WriteDockerArchive(w io.Writer, repoTag string, img Image) error {
	type entry struct { // moby, image/tarexport: manifestItem
		Config   string
		RepoTags []string
		Layers   []string
	}
	e := entry{Config: img.ConfigDescriptor.Digest.Encoded() + ".json", RepoTags: []string{repoTag}, Layers: []string{}}
	files := []File{{Path: e.Config, Body: img.Config}}
	for i, l := range img.Layers {
		body := img.Blobs[l.Digest]
		if archive, err := decompress(body, maxRawArchive); err == nil {
			body = archive
		}
		path := fmt.Sprintf("%04d-%s/layer.tar", i, l.Digest.Encoded()) // two equal layers need two paths
		e.Layers = append(e.Layers, path)
		files = append(files, File{Path: path, Body: body})
	}
	files = append(files, File{Path: "manifest.json", Body: encode([]entry{e})})
	archive, err := Tar(files)
	if err != nil {
		return fmt.Errorf("write docker archive: %w", err)
	}
	if _, err := w.Write(archive); err != nil {
		return fmt.Errorf("write docker archive: %w", err)
	}
	return nil
}

// WriteTree writes the regular files and directories of the image's layers under dir,
// base layer first: a root filesystem. Whiteouts, links and special files are left out.
func WriteTree(dir string, img Image) error {
	root, err := os.OpenRoot(dir) // a raw layer may hold any path
	if err != nil {
		return fmt.Errorf("write tree: %w", err)
	}
	defer root.Close()
	for _, l := range img.Layers {
		archive, err := decompress(img.Blobs[l.Digest], maxRawArchive)
		if err != nil {
			return fmt.Errorf("write tree: layer %s: %w", l.Digest, err)
		}
		if err := extract(root, archive); err != nil {
			return fmt.Errorf("write tree: layer %s: %w", l.Digest, err)
		}
	}
	return nil
}

func extract(root *os.Root, archive []byte) error {
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.FromSlash(h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(path, 0o755)
		case tar.TypeReg:
			var body []byte
			if body, err = io.ReadAll(r); err != nil {
				return err
			}
			if err = root.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				err = root.WriteFile(path, body, fs.FileMode(h.Mode).Perm())
			}
		}
		if err != nil {
			return err
		}
	}
}

// errTooLong says that a blob holds more than may be decompressed.
var errTooLong = errors.New("too long")

// decompress returns what is in a gzip or zstd stream, known by its first bytes
// (RFC 1952 section 2.3.1, RFC 8878 section 3.1.1), or b itself if it is neither.
func decompress(b []byte, limit int64) ([]byte, error) {
	r, err := decompressor(b)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(out)) > limit {
		err = errTooLong
	}
	return out, err
}

func decompressor(b []byte) (io.ReadCloser, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return gzip.NewReader(bytes.NewReader(b))
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		d, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// rawDiffID is the digest of the archive in a raw layer, or of the layer itself if it
// cannot be decompressed.
func rawDiffID(raw []byte) oci.Digest {
	r, err := decompressor(raw)
	if err != nil {
		return oci.DigestOf(raw)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, maxRawArchive+1))
	if err != nil || n > maxRawArchive {
		return oci.DigestOf(raw)
	}
	return digest.NewDigest(digest.SHA256, h)
}
