package oci

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// ParseManifest reads an image manifest or an index, OCI or Docker schema 2.
// The kind is taken from the bytes alone, so that it can be known again from the
// digest: from the mediaType field, or, where OCI lets that be absent, from which
// list is there. A document that could be read as both (CVE-2021-41190), a key that
// occurs twice at the top or differs from a known one only in case, bytes after the
// document, Docker schema 1 and a malformed descriptor are errors that wrap ErrManifest.
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
	var doc struct {
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
	sizes := map[Digest]int64{}
	all := m.Manifests
	if !m.IsIndex() {
		all = append([]Descriptor{m.Config}, m.Layers...)
	}
	for _, d := range all {
		if was, ok := sizes[d.Digest]; ok && was != d.Size {
			return fail("descriptor %s has two sizes, %d and %d", d.Digest, was, d.Size)
		}
		sizes[d.Digest] = d.Size
		if _, err := ParseDigest(d.Digest.String()); err != nil {
			return fail("%w", err)
		}
		if d.Size < 0 {
			return fail("descriptor %s has size %d", d.Digest, d.Size)
		}
	}
	return m, nil
}

// manifestKeys are the keys that decide what a manifest is. encoding/json matches
// keys without regard to case and lets the last one win; other parsers do neither,
// so a document that uses that freedom could mean one thing here and another to a client.
var manifestKeys = []string{"schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "fsLayers", "subject", "annotations"}

func strictKeys(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return fmt.Errorf("not a JSON object")
	}
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
		for _, known := range manifestKeys {
			if key != known && bytes.EqualFold([]byte(key), []byte(known)) {
				return fmt.Errorf("key %.80q differs from %q only in case", key, known)
			}
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("bytes after the document")
	}
	return nil
}
