// Package testimage builds container images in memory, for tests, benchmarks and
// `lazaret demo`.
//
// The same Spec always gives the same bytes, and what Build returns is a valid image
// that a real engine loads and unpacks, unless the Spec holds raw layers that are not.
// There are ready-made Specs of a clean image and of images that look malicious. Those
// are harmless: they hold the texts that a detector looks for and no working code, and
// the wallet, keys and tokens in them are made from the seed while the test runs, so
// they are nobody's.
package testimage

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
)

// A File is an entry of a layer. Zero Mode means 0644, or 0755 for a directory.
type File struct {
	Path     string
	Body     []byte
	Mode     int64  // permission bits
	Type     byte   // a type flag of archive/tar; 0 is a regular file
	Link     string // target, if Type is a link
	UID, GID int
}

// A Layer is an archive of files, in their order.
type Layer struct {
	Files       []File
	Compression string // "gzip", "zstd" or "" for none
	CreatedBy   string // the layer's entry in the image's history
	// Raw is the blob, used as it is in place of Files; Compression then only says
	// which media type the manifest claims.
	Raw []byte
}

// A Spec says what an image is made of.
type Spec struct {
	Layers       []Layer
	Docker       bool // Docker schema 2 media types, not OCI ones
	Env          []string
	Entrypoint   []string
	Cmd          []string
	Healthcheck  []string // its Test: "CMD" or "CMD-SHELL" and what follows
	OnBuild      []string
	User         string
	Labels       map[string]string
	Annotations  map[string]string // of the manifest
	OS, Arch     string            // linux, amd64 if empty
	ExtraHistory []string          // history entries that made no layer, after those that did
}

// An Image is a built image: its manifest, and every blob the manifest names.
type Image struct {
	Manifest         []byte
	MediaType        string // of the manifest
	Digest           oci.Digest
	Platform         oci.Platform
	Config           []byte
	ConfigDescriptor oci.Descriptor
	Layers           []oci.Descriptor
	Blobs            map[oci.Digest][]byte // config and layers
}

// Descriptor returns the descriptor of the image's manifest, as an index names it.
func (i Image) Descriptor() oci.Descriptor {
	p := i.Platform
	return oci.Descriptor{MediaType: i.MediaType, Digest: i.Digest, Size: int64(len(i.Manifest)), Platform: &p}
}

// An IndexImage is an index and the images it names.
type IndexImage struct {
	Manifest  []byte
	MediaType string // of the index
	Digest    oci.Digest
	Images    []Image
}

// epoch is the time that every file and config bears.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// encode writes a config, with what Docker adds to OCI's if the image has any of that
// (https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md).
func (s Spec) encode(config v1.Image) []byte {
	if s.Healthcheck == nil && s.OnBuild == nil {
		return encode(config)
	}
	type healthcheck struct {
		Test []string `json:"Test"`
	}
	var docker struct {
		v1.Image
		Config struct {
			v1.ImageConfig
			Healthcheck *healthcheck `json:"Healthcheck,omitempty"`
			OnBuild     []string     `json:"OnBuild,omitempty"`
		} `json:"config"`
	}
	docker.Image, docker.Config.ImageConfig, docker.Config.OnBuild = config, config.Config, s.OnBuild
	if s.Healthcheck != nil {
		docker.Config.Healthcheck = &healthcheck{s.Healthcheck}
	}
	return encode(docker)
}

// Media types of Docker layers that are not compressed with gzip: what containerd
// writes (images/mediatypes.go in its repository).
const (
	mediaTypeDockerLayerPlain = "application/vnd.docker.image.rootfs.diff.tar"
	mediaTypeDockerLayerZstd  = "application/vnd.docker.image.rootfs.diff.tar.zstd"
)

// Build makes the image that s describes. An unknown compression, or a file that a
// tar archive cannot hold, is an error.
func Build(s Spec) (Image, error) {
	img := Image{
		MediaType: oci.MediaTypeOCIManifest,
		Platform:  oci.Platform{OS: orElse(s.OS, "linux"), Architecture: orElse(s.Arch, "amd64")},
		Blobs:     map[oci.Digest][]byte{},
	}
	configType := oci.MediaTypeOCIConfig
	if s.Docker {
		img.MediaType, configType = oci.MediaTypeDockerManifest, oci.MediaTypeDockerConfig
	}
	config := v1.Image{
		Created:  &epoch,
		Platform: img.Platform,
		Config:   v1.ImageConfig{User: s.User, Env: s.Env, Entrypoint: s.Entrypoint, Cmd: s.Cmd, Labels: s.Labels},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []oci.Digest{}},
	}
	for i, l := range s.Layers {
		blob, diffID, err := l.build()
		if err != nil {
			return Image{}, fmt.Errorf("testimage: layer %d: %w", i, err)
		}
		d := img.add(l.mediaType(s.Docker), blob)
		img.Layers = append(img.Layers, d)
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, diffID)
		config.History = append(config.History, v1.History{Created: &epoch, CreatedBy: l.CreatedBy})
	}
	for _, by := range s.ExtraHistory {
		config.History = append(config.History, v1.History{Created: &epoch, CreatedBy: by, EmptyLayer: true})
	}
	img.Config = s.encode(config)
	img.ConfigDescriptor = img.add(configType, img.Config)
	img.Manifest = encode(v1.Manifest{
		Versioned: oci.SchemaVersion2, MediaType: img.MediaType,
		Config: img.ConfigDescriptor, Layers: append([]oci.Descriptor{}, img.Layers...), Annotations: s.Annotations,
	})
	img.Digest = oci.DigestOf(img.Manifest)
	return img, nil
}

// Index makes an index of images: Docker's manifest list, or OCI's.
func Index(docker bool, images ...Image) IndexImage {
	idx := IndexImage{MediaType: oci.MediaTypeOCIIndex, Images: images}
	if docker {
		idx.MediaType = oci.MediaTypeDockerManifestList
	}
	list := v1.Index{Versioned: oci.SchemaVersion2, MediaType: idx.MediaType, Manifests: []oci.Descriptor{}}
	for _, i := range images {
		list.Manifests = append(list.Manifests, i.Descriptor())
	}
	idx.Manifest = encode(list)
	idx.Digest = oci.DigestOf(idx.Manifest)
	return idx
}

func (i *Image) add(mediaType string, blob []byte) oci.Descriptor {
	d := oci.Descriptor{MediaType: mediaType, Digest: oci.DigestOf(blob), Size: int64(len(blob))}
	i.Blobs[d.Digest] = blob
	return d
}

// encode writes one of image-spec's types, which hold nothing that JSON cannot.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("testimage: %T cannot be encoded: %v", v, err))
	}
	return b
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (l Layer) mediaType(docker bool) string {
	switch {
	case docker && l.Compression == "gzip":
		return oci.MediaTypeDockerLayer
	case docker && l.Compression == "zstd":
		return mediaTypeDockerLayerZstd
	case docker:
		return mediaTypeDockerLayerPlain
	case l.Compression == "gzip":
		return oci.MediaTypeOCILayerGzip
	case l.Compression == "zstd":
		return oci.MediaTypeOCILayerZstd
	}
	return oci.MediaTypeOCILayer
}

// build returns the layer's blob and the digest of the archive in it.
func (l Layer) build() ([]byte, oci.Digest, error) {
	if l.Raw != nil {
		return l.Raw, rawDiffID(l.Raw), nil
	}
	archive, err := Tar(l.Files)
	if err != nil {
		return nil, "", err
	}
	blob, err := Compress(l.Compression, archive)
	return blob, oci.DigestOf(archive), err
}

// Tar returns an archive of files.
func Tar(files []File) ([]byte, error) {
	size := 10 << 10
	for _, f := range files {
		size += 2<<10 + len(f.Body)
	}
	var b bytes.Buffer
	b.Grow(size) // large layers are copied often enough
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{
			Typeflag: f.Type, Name: f.Path, Linkname: f.Link, Mode: f.Mode, Uid: f.UID, Gid: f.GID,
			Size: int64(len(f.Body)), ModTime: epoch,
		}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Mode == 0 {
			h.Mode = 0o644
			if h.Typeflag == tar.TypeDir {
				h.Mode = 0o755
			}
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("file %q: %w", f.Path, err)
		}
		if _, err := w.Write(f.Body); err != nil {
			return nil, fmt.Errorf("file %q: %w", f.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("end archive: %w", err)
	}
	return b.Bytes(), nil
}

// Compress returns b compressed: "gzip", "zstd" or "" for not at all.
func Compress(how string, b []byte) ([]byte, error) {
	switch how {
	case "":
		return b, nil
	case "gzip":
		var out bytes.Buffer
		w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed) // most of what it gets is noise
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		if _, err := w.Write(b); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return out.Bytes(), nil
	case "zstd":
		// One worker, since several may split the frame differently from run to run.
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		defer w.Close()
		return w.EncodeAll(b, nil), nil
	}
	return nil, fmt.Errorf("no compression %q", how)
}
