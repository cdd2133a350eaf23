package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Media types that Lazaret reads. Sources: OCI Image Specification 1.1 media-types.md,
// and Docker's "Image Manifest V 2, Schema 2".
const (
	MediaTypeOCIManifest        = "application/vnd.oci.image.manifest.v1+json"
	MediaTypeOCIIndex           = "application/vnd.oci.image.index.v1+json"
	MediaTypeOCIConfig          = "application/vnd.oci.image.config.v1+json"
	MediaTypeOCILayer           = "application/vnd.oci.image.layer.v1.tar"
	MediaTypeOCILayerGzip       = "application/vnd.oci.image.layer.v1.tar+gzip"
	MediaTypeOCILayerZstd       = "application/vnd.oci.image.layer.v1.tar+zstd"
	MediaTypeDockerManifest     = "application/vnd.docker.distribution.manifest.v2+json"
	MediaTypeDockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
	MediaTypeDockerConfig       = "application/vnd.docker.container.image.v1+json"
	MediaTypeDockerLayer        = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	MediaTypeDockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
	MediaTypeOctetStream        = "application/octet-stream"
)

// MaxManifestSize is the largest manifest that is read, in bytes: the least that the
// Distribution Specification 1.1 ("Pushing Manifests") asks registries to take, and what they all stop at.
const MaxManifestSize = 4 << 20

// A Manifest is what Lazaret needs of an image manifest or an index.
type Manifest struct {
	MediaType    string // one of the four above, never empty
	ArtifactType string
	Config       Descriptor   // zero in an index
	Layers       []Descriptor // of an image, base first
	Manifests    []Descriptor // of an index
	Subject      *Descriptor
	Annotations  map[string]string
}

// IsIndex reports whether the manifest lists other manifests.
func (m Manifest) IsIndex() bool {
	return m.MediaType == MediaTypeOCIIndex || m.MediaType == MediaTypeDockerManifestList
}

// Blobs returns the config and then the layers, each digest once, in the order
// of the manifest; nil for an index.
func (m Manifest) Blobs() []Descriptor {
	if m.IsIndex() {
		return nil
	}
	seen := make(map[Digest]bool, len(m.Layers)+1)
	var out []Descriptor
	for _, d := range append([]Descriptor{m.Config}, m.Layers...) {
		if !seen[d.Digest] {
			seen[d.Digest] = true
			out = append(out, d)
		}
	}
	return out
}

// Size returns the bytes of the config and the layers as the manifest has them, each digest
// once; 0 for an index. No registry holds more than fits, so that a sum that does not
// stays the largest.
func (m Manifest) Size() int64 {
	var sum int64
	for _, d := range m.Blobs() {
		if d.Size > math.MaxInt64-sum {
			return math.MaxInt64
		}
		sum += d.Size
	}
	return sum
}

// Elsewhere returns the descriptors whose content a client may take from another place
// than the registry: from URLs that the manifest gives, or from the manifest itself,
// where "data" embeds it (OCI Image Specification 1.1, descriptor.md). containerd tries
// both before it asks a registry (core/remotes/handlers.go and docker/fetcher.go), so
// such content passes by whoever stands there. The embedded `{}` that the specification
// recommends for artifacts without a config (manifest.md, "Guidance for an Empty
// Descriptor") is harmless and left out.
func (m Manifest) Elsewhere() []Descriptor {
	var out []Descriptor
	for _, d := range m.descriptors() {
		if len(d.URLs) > 0 || len(d.Data) > 0 && string(d.Data) != "{}" {
			out = append(out, d)
		}
	}
	return out
}

// descriptors returns all that a client may follow: the members of an index, or the
// config and the layers of an image.
func (m Manifest) descriptors() []Descriptor {
	if m.IsIndex() {
		return m.Manifests
	}
	return append([]Descriptor{m.Config}, m.Layers...)
}

// ParseManifest reads an image manifest or an index, OCI or Docker schema 2.
// The kind is taken from the bytes alone, so that it can be known again from the
// digest: from the mediaType field, or, where OCI lets that be absent, from which
// list is there. A document that could be read as both (CVE-2021-41190), a key that
// occurs twice in the document or a descriptor or differs from a known one only in
// case, bytes after the document, Docker schema 1 and a malformed descriptor are
// errors that wrap ErrManifest.
func ParseManifest(b []byte) (Manifest, error) {
	fail := func(format string, args ...any) (Manifest, error) {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, fmt.Errorf(format, args...))
	}
	if len(b) > MaxManifestSize {
		return fail("%d bytes, more than %d", len(b), MaxManifestSize)
	}
	if err := strictKeys(b); err != nil {
		return fail("%w", err)
	}
	var doc document
	if err := json.Unmarshal(b, &doc); err != nil {
		return fail("%w", err)
	}
	if doc.SchemaVersion == 1 || doc.FSLayers != nil {
		return fail("docker schema 1 is not supported")
	}
	if doc.SchemaVersion != 2 {
		return fail("schemaVersion %d, not 2", doc.SchemaVersion)
	}
	image, index := doc.Layers != nil || doc.Config != nil, doc.Manifests != nil
	if image && index {
		return fail("both an image and an index")
	}
	m := Manifest{MediaType: doc.MediaType, ArtifactType: doc.ArtifactType, Subject: doc.Subject, Annotations: doc.Annotations}
	switch {
	case m.MediaType == "" && index:
		m.MediaType = MediaTypeOCIIndex
	case m.MediaType == "" && image:
		m.MediaType = MediaTypeOCIManifest
	}
	switch m.MediaType {
	case MediaTypeOCIIndex, MediaTypeDockerManifestList:
		if !index {
			return fail("an index without manifests")
		}
		m.Manifests = *doc.Manifests
	case MediaTypeOCIManifest, MediaTypeDockerManifest:
		if doc.Config == nil {
			return fail("an image without a config")
		}
		m.Config = *doc.Config
		if doc.Layers != nil {
			m.Layers = *doc.Layers
		}
	default:
		return fail("media type %.120q", m.MediaType)
	}
	if err := m.check(); err != nil {
		return fail("%w", err)
	}
	return m, nil
}

// A document is a manifest or an index as JSON, before it is known which. The lists
// are pointers so that an absent one can be told from an empty one.
type document struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        *Descriptor       `json:"config"`
	Layers        *[]Descriptor     `json:"layers"`
	Manifests     *[]Descriptor     `json:"manifests"`
	FSLayers      json.RawMessage   `json:"fsLayers"`
	Subject       *Descriptor       `json:"subject"`
	Annotations   map[string]string `json:"annotations"`
}

// check returns an error if a descriptor is malformed or two of them contradict each other.
func (m Manifest) check() error {
	all := m.descriptors()
	if m.Subject != nil {
		all = append(all[:len(all):len(all)], *m.Subject)
	}
	sizes := make(map[Digest]int64, len(all))
	for _, d := range all {
		if _, err := ParseDigest(d.Digest.String()); err != nil {
			return err
		}
		if d.Size < 0 {
			return fmt.Errorf("descriptor %s has size %d", d.Digest, d.Size)
		}
		if was, ok := sizes[d.Digest]; ok && was != d.Size {
			return fmt.Errorf("descriptor %s has two sizes, %d and %d", d.Digest, was, d.Size)
		}
		sizes[d.Digest] = d.Size
	}
	return nil
}

// keys are the keys of an object that say what it is, each with the keys of the object,
// or of the objects in the list, that it holds; nil where nothing looks inside.
//
// encoding/json matches keys without regard to case and lets the last one win; other
// parsers do neither, so a document that uses that freedom could mean one thing here
// and another to a client.
type keys map[string]keys

var (
	platformKeys   = keys{"architecture": nil, "os": nil, "os.version": nil, "os.features": nil, "variant": nil}
	descriptorKeys = keys{
		"mediaType": nil, "digest": nil, "size": nil, "urls": nil, "annotations": {}, "data": nil,
		"platform": platformKeys, "artifactType": nil,
	}
	manifestKeys = keys{
		"schemaVersion": nil, "mediaType": nil, "artifactType": nil, "fsLayers": nil, "annotations": {},
		"config": descriptorKeys, "layers": descriptorKeys, "manifests": descriptorKeys, "subject": descriptorKeys,
	}
)

// strictKeys returns an error if b is not one JSON object, or if a key in it is ambiguous.
func strictKeys(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	if err := manifestKeys.object(dec); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("bytes after the document")
	}
	return nil
}

// object reads an object, whose opening brace was read, to its end.
func (k keys) object(dec *json.Decoder) error {
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		if seen[key] {
			return fmt.Errorf("key %.80q occurs twice", key)
		}
		seen[key] = true
		inside, known := k[key]
		for name := range k {
			if !known && strings.EqualFold(key, name) {
				return fmt.Errorf("key %.80q differs from %q only in case", key, name)
			}
		}
		if err := inside.value(dec); err != nil {
			return err
		}
	}
	_, err := dec.Token() // the closing brace
	return err
}

// value reads a value: an object, a list of them, or what nothing looks inside. The
// recursion is as deep as the nesting of k, whatever the document's.
func (k keys) value(dec *json.Decoder) error {
	if k == nil {
		var skip json.RawMessage
		return dec.Decode(&skip)
	}
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch tok {
	case json.Delim('{'):
		return k.object(dec)
	case json.Delim('['):
		for dec.More() {
			if err := k.element(dec); err != nil {
				return err
			}
		}
		_, err := dec.Token() // the closing bracket
		return err
	}
	return nil
}

// element reads an element of a list of objects.
func (k keys) element(dec *json.Decoder) error {
	tok, err := dec.Token()
	switch {
	case err != nil:
		return err
	case tok == json.Delim('{'):
		return k.object(dec)
	case tok == json.Delim('['):
		return errors.New("a list in a list of descriptors")
	}
	return nil
}
