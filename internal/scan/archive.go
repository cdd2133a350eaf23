package scan

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
)

// Bounds of an archive of docker save: entries, and bytes of their names. An image has at
// most some hundred of the one and paths of less than a hundred bytes.
const (
	maxEntries = 100_000
	maxName    = 4096
	maxLinks   = 10   // that lead from one to the next
	maxSaved   = 1000 // images in manifest.json
)

// An archive is a tar file that is read in place. The entries' names are clean.
type archive struct {
	file    *os.File
	entries map[string]entry
}

// An entry is where a regular file of an archive lies, or, if link is set, which other
// entry it is.
type entry struct {
	offset, size int64
	link         string
}

// openArchive opens what docker save wrote: manifest.json and what it names (moby's
// image/tarexport), and since Docker 25 an OCI image layout too. Of the two, docker
// load reads the one or the other, depending on its image store, so all that either
// names is scanned.
func openArchive(ctx context.Context, cfg Config, name string) (_ *content, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close() // it was only read
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open the archive: %s is not a regular file", name)
	}
	a, err := newArchive(f)
	if err != nil {
		return nil, err
	}
	l := layout{a}
	r := newResolver(cfg, l)
	c := &content{close: f.Close}
	_, oldest := a.entries["manifest.json"]
	_, newer := a.entries[v1.ImageLayoutFile]
	if !oldest && !newer {
		return nil, fmt.Errorf("%w: no archive of docker save: it has neither manifest.json nor %s", ErrContent, v1.ImageLayoutFile)
	}
	if newer {
		if c.images, c.digest, err = l.images(ctx, r, ""); err != nil {
			return nil, err
		}
	}
	if oldest {
		if err := a.saved(r, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// newArchive finds where everything lies, without reading what is between the headers.
func newArchive(f *os.File) (*archive, error) {
	a := &archive{file: f, entries: map[string]entry{}}
	magic := make([]byte, magicSize)
	if n, _ := f.ReadAt(magic, 0); compressed(magic[:n]) {
		return nil, fmt.Errorf("%w: the archive is compressed; decompress it first, so that it can be read in place", ErrContent)
	}
	t := tar.NewReader(f) // it skips by seeking
	for count := 0; ; count++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: read the archive: %w", ErrContent, err)
		}
		if count >= maxEntries || len(h.Name) > maxName || len(h.Linkname) > maxName {
			return nil, fmt.Errorf("%w: the archive has too many entries, or a name of more than %d bytes", ErrContent, maxName)
		}
		if err := a.add(h); err != nil {
			return nil, err
		}
	}
}

// add notes the entry whose header was just read.
func (a *archive) add(h *tar.Header) error {
	name := path.Clean(h.Name)
	var e entry
	switch h.Typeflag {
	case tar.TypeReg:
		var err error
		if e.offset, err = a.file.Seek(0, io.SeekCurrent); err != nil {
			return fmt.Errorf("read the archive: %w", err)
		}
		e.size = h.Size
	case tar.TypeLink:
		e.link = path.Clean(h.Linkname)
	case tar.TypeSymlink:
		e.link = path.Join(path.Dir(name), h.Linkname)
	default:
		return nil // directories; nothing else belongs here, and nothing else can be opened
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return fmt.Errorf("%w: %s is a sparse file", ErrContent, printable(name, 200))
		}
	}
	// Of two files of a name some programs read the first and some the last.
	if _, twice := a.entries[name]; twice {
		return fmt.Errorf("%w: the archive has two files %s", ErrContent, printable(name, 200))
	}
	a.entries[name] = e
	return nil
}

func (a *archive) find(name string) (entry, error) {
	for range maxLinks {
		e, ok := a.entries[path.Clean(name)]
		if !ok {
			return entry{}, fmt.Errorf("%s: %w in the archive", printable(name, 200), fs.ErrNotExist)
		}
		if e.link == "" {
			return e, nil
		}
		name = e.link
	}
	return entry{}, fmt.Errorf("%w: too many links at %s", ErrContent, printable(name, 200))
}

func (a *archive) open(name string) (io.ReadCloser, int64, error) {
	e, err := a.find(name)
	if err != nil {
		return nil, 0, err
	}
	return a.section(e), e.size, nil
}

func (a *archive) section(e entry) io.ReadCloser {
	return io.NopCloser(io.NewSectionReader(a.file, e.offset, e.size))
}

// A savedImage is an entry of manifest.json (moby, image/tarexport/tarexport.go, manifestItem).
type savedImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// saved adds the images of manifest.json to c. One that is there already gets its names.
func (a *archive) saved(r *resolver, c *content) error {
	body, err := layout{a}.read("manifest.json")
	if err != nil {
		return err
	}
	var list []savedImage
	if err := json.Unmarshal(body, &list); err != nil {
		return fmt.Errorf("%w: manifest.json: %w", ErrContent, err)
	}
	if len(list) == 0 || len(list) > maxSaved {
		return fmt.Errorf("%w: manifest.json lists %d images", ErrContent, len(list))
	}
	if c.digest == "" {
		c.digest = oci.DigestOf(body)
	}
	for _, s := range list {
		img, err := a.image(r, s)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(c.images, img.same); i >= 0 {
			c.images[i].names = merge(c.images[i].names, img.names)
			continue
		}
		c.images = append(c.images, img)
	}
	return nil
}

// same reports whether two images have the same content.
func (i image) same(o image) bool {
	return i.config == o.config && slices.Equal(i.layers, o.layers)
}

func merge(a, b []oci.Reference) []oci.Reference {
	for _, ref := range b {
		if !slices.Contains(a, ref) {
			a = append(a, ref)
		}
	}
	return a
}

// image makes an image of an entry of manifest.json. It has no manifest, so its digest
// is its config's, which is what Docker calls the image's ID.
func (a *archive) image(r *resolver, s savedImage) (image, error) {
	f, _, err := a.open(s.Config)
	if err != nil {
		return image{}, fmt.Errorf("config: %w", err)
	}
	body, err := readDocument(f)
	if err != nil {
		return image{}, fmt.Errorf("config: %w", err)
	}
	d := oci.DigestOf(body)
	if claimed := pathDigest(s.Config); claimed != "" && claimed.Algorithm().FromBytes(body) != claimed {
		return image{}, fmt.Errorf("%w: config %s has the digest %s", ErrContent, claimed, d)
	} else if claimed != "" {
		d = claimed
	}
	var config struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err := json.Unmarshal(body, &config); err != nil {
		return image{}, fmt.Errorf("%w: config %s: %w", ErrContent, d, err)
	}
	if got, want := len(s.Layers), len(config.RootFS.DiffIDs); got != want {
		return image{}, fmt.Errorf("%w: %d layers, but the config has %d", ErrContent, got, want)
	}
	img := image{digest: d, config: r.bytes("", d, body)}
	for _, tag := range s.RepoTags {
		ref, err := oci.ParseReference(tag)
		if err != nil {
			return image{}, fmt.Errorf("%w: name of the image: %w", ErrContent, err)
		}
		img.names = append(img.names, ref)
	}
	for i, name := range s.Layers {
		b, err := a.layer(r, name, config.RootFS.DiffIDs[i])
		if err != nil {
			return image{}, fmt.Errorf("layer %d: %w", i+1, err)
		}
		img.layers = append(img.layers, b)
	}
	return img, nil
}

// layer finds a layer and the digest that its bytes must have: that in its path, or, of a
// plain archive, the config's diff_id. A compressed layer in the old form has no digest
// anywhere, so it is read for it: what is inspected is then at least what is reported.
func (a *archive) layer(r *resolver, name, diffID string) (*blob, error) {
	e, err := a.find(name)
	if err != nil {
		return nil, err
	}
	d := oci.Descriptor{Size: e.size, Digest: pathDigest(name)}
	if d.Digest == "" {
		magic := make([]byte, magicSize)
		n, err := a.section(e).Read(magic)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w", printable(name, 200), err)
		}
		if compressed(magic[:n]) {
			if d.Digest, err = digest.SHA256.FromReader(a.section(e)); err != nil {
				return nil, fmt.Errorf("read %s: %w", printable(name, 200), err)
			}
		} else if d.Digest, err = oci.ParseDigest(diffID); err != nil {
			return nil, fmt.Errorf("%w: config: diff_ids: %w", ErrContent, err)
		}
	}
	b := r.add(d, func(context.Context) (io.ReadCloser, error) { return a.section(e), nil })
	b.layer = true
	return b, nil
}

// pathDigest is the digest in a path: blobs/sha256/HEX, or an old config's HEX.json or
// sha256:HEX; "" if there is none.
func pathDigest(name string) oci.Digest {
	name = path.Clean(name)
	dir, base := path.Split(name)
	if strings.HasPrefix(dir, v1.ImageBlobsDir+"/") {
		d, err := oci.ParseDigest(path.Base(dir) + ":" + base)
		if err != nil || blobPath(d) != name {
			return ""
		}
		return d
	}
	if encoded, ok := strings.CutSuffix(name, ".json"); ok {
		name = "sha256:" + encoded
	}
	d, err := oci.ParseDigest(name)
	if err != nil {
		return ""
	}
	return d
}

// magicSize is how many bytes compressed looks at, at most.
const magicSize = 6

// compressed reports whether b begins as gzip, zstd, bzip2 or xz do: RFC 1952 section
// 2.3.1, RFC 8878 section 3.1.1, "BZh", xz file format 1.2.1 section 2.1.1.1.
func compressed(b []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "BZh", "\xfd7zXZ\x00"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	return false
}
