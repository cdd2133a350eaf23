package proxy

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// The canary is an image that exists in every registry under policy.Canary, since Lazaret
// answers for it and asks nobody. It is made of nothing but this file, so that its digests are
// the same everywhere; it is stored, inspected, decided on and refused as any image is. It
// has two variants, by tag:
//
//   - manifest, and latest: refused at the manifest;
//   - stream: its manifest and config are given out, and its layer, larger than what is
//     held by default, is refused in mid-stream at every pull, as that of an image is which
//     nobody has asked for before. What the same client asks of it then, for canaryRest, is
//     refused before any byte, as it would be of such an image: else classic dockerd, which
//     drops what it has after a refused range and begins anew, would come to no end.
//
// What is recorded of it has the verdict "test", and counts as no refusal of an image.

// A canary is a variant.
type canary struct {
	manifest, config, layer oci.Digest
	content                 map[oci.Digest][]byte // of all three
}

// canaryStream is the tag of the variant that is refused in mid-stream.
const canaryStream = "stream"

// canaryPad is how many lines the layer of the stream variant has beside the marker: 1 MiB.
const canaryPad = 1 << 14

// canaryRest is how long the layer is refused at once after it was refused in mid-stream, to the
// same client. dockerd tries again within 10 s.
const canaryRest = time.Minute

// canaryTags are the tags of the variants.
func canaryTags() []string { return []string{"latest", "manifest", canaryStream} }

// newCanaries makes all variants, by tag.
func newCanaries() (map[string]canary, error) {
	out := map[string]canary{}
	for _, tag := range canaryTags() {
		c, err := newCanary(tag)
		if err != nil {
			return nil, err
		}
		out[tag] = c
	}
	return out, nil
}

// newCanary makes the variant of a tag.
func newCanary(tag string) (canary, error) {
	text := "This is the canary of Lazaret. It does nothing, and no host may have it: where this file is,\nimages come past the mirror's refusals.\n"
	if tag == canaryStream {
		text += strings.Repeat(fmt.Sprintf("%-63s\n", "A canary sings while the air is good."), canaryPad)
	}
	layer, err := canaryLayer(text)
	if err != nil {
		return canary{}, err
	}
	config, err := json.Marshal(v1.Image{
		Platform: v1.Platform{Architecture: "amd64", OS: "linux"},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []oci.Digest{oci.DigestOf(layer)}},
	})
	if err != nil {
		return canary{}, fmt.Errorf("proxy: make the canary: %w", err)
	}
	c := canary{config: oci.DigestOf(config), layer: oci.DigestOf(layer)}
	manifest, err := json.Marshal(v1.Manifest{
		Versioned: oci.SchemaVersion2,
		MediaType: oci.MediaTypeOCIManifest,
		Config:    oci.Descriptor{MediaType: oci.MediaTypeOCIConfig, Digest: c.config, Size: int64(len(config))},
		Layers:    []oci.Descriptor{{MediaType: oci.MediaTypeOCILayer, Digest: c.layer, Size: int64(len(layer))}},
	})
	if err != nil {
		return canary{}, fmt.Errorf("proxy: make the canary: %w", err)
	}
	c.manifest = oci.DigestOf(manifest)
	c.content = map[oci.Digest][]byte{c.manifest: manifest, c.config: config, c.layer: layer}
	return c, nil
}

// canaryLayer is a tar of the marker. It is not compressed: what a compressor makes of it may
// change with the compressor.
func canaryLayer(text string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h := &tar.Header{Name: policy.CanaryMarker, Mode: 0o444, Size: int64(len(text)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
	err := w.WriteHeader(h)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("proxy: make the canary: %w", err)
	}
	return b.Bytes(), nil
}

// canary answers a request for the canary.
func (s *Server) canary(w http.ResponseWriter, q *request, rt route) error {
	switch rt.kind {
	case "manifests":
		return s.canaryManifest(w, q, rt.last)
	case "blobs":
		return s.canaryBlob(w, q, rt.last)
	case "tags":
		return writeTags(w, q, canaryTags())
	}
	return errManifestUnknown
}

func (s *Server) canaryManifest(w http.ResponseWriter, q *request, last string) error {
	ctx, cancel := q.toHeaders()
	defer cancel()
	ref, err := oci.NewReference(q.repository, last)
	if err != nil {
		return err
	}
	ref.Registry = q.registry
	q.kind, q.asked, q.source = "manifest", last, "store"
	if doc, ok := s.denialDocument(ctx, ref.Digest); ok { // a client that follows up a refusal
		q.refusal, q.digest = true, last
		return s.writeManifest(w, q, ref.Digest, oci.MediaTypeOCIManifest, doc)
	}
	c, tag, err := s.findCanary(func(tag string, c canary) bool { return ref.Tag == tag || ref.Digest == c.manifest })
	if err != nil {
		return err
	}
	q.digest, q.image = c.manifest.String(), c.manifest.String()
	img, err := s.keepCanary(ctx, q, c)
	if err != nil {
		return err
	}
	a, err := s.admitImage(ctx, q, ref, img)
	if err != nil {
		return err
	}
	if tag == canaryStream {
		s.noteServed(q, c.manifest)
		return s.writeManifest(w, q, c.manifest, oci.MediaTypeOCIManifest, c.content[c.manifest])
	}
	wait, done := context.WithDeadline(ctx, q.headersBy.Add(-answerTime))
	defer done()
	v, err := a.await(wait, a.subject.Image.Blobs())
	if err != nil {
		return err
	}
	if !v.Action.Refuses() {
		return errNoVerdict
	}
	return s.refuseManifest(w, q, ref, document{img, c.content[c.manifest]}, v)
}

func (s *Server) canaryBlob(w http.ResponseWriter, q *request, last string) error {
	early, cancel := q.toHeaders()
	defer cancel()
	d, err := oci.ParseDigest(last)
	if err != nil {
		return err
	}
	c, tag, err := s.findCanary(func(_ string, c canary) bool { return d == c.config || d == c.layer })
	if errors.Is(err, errManifestUnknown) {
		if err := s.readable(q); err != nil {
			return err
		}
		return s.blob(w, q, last) // of a refusal's document, or of nothing
	}
	if err != nil {
		return err
	}
	img, err := s.keepCanary(early, q, c)
	if err != nil {
		return err
	}
	q.kind, q.asked, q.digest, q.image = "blob", last, last, c.manifest.String()
	desc := oci.Descriptor{Digest: d, Size: int64(len(c.content[d]))}
	if tag == canaryStream && d == c.config { // not held: the layer's refusal is what is to be seen
		return s.sendPassed(w, q, desc)
	}
	r, err := s.rule(early, q, desc, []cache.Link{{Manifest: img.digest, Role: roleLastLayer}})
	if err != nil {
		return err
	}
	if tag == canaryStream && q.Header.Get("Range") == "" && q.policy.Mode() != policy.Audit && !s.canaryRests(q) {
		return s.sendHeld(w, q, r)
	}
	v, decided, err := r.waitForHeaders(q.Context())
	if err != nil {
		return err
	}
	if !decided || !v.Action.Refuses() {
		return errNoVerdict
	}
	return s.refuseBlob(w, q, r, v)
}

// canaryRests reports whether the client was refused the layer in mid-stream lately; if not, it
// is about to be.
func (s *Server) canaryRests(q *request) bool {
	if q.Method == http.MethodHead {
		return false
	}
	now, rests := s.cfg.Now(), false
	s.canarySung.update(q.client, func(last time.Time) time.Time {
		if rests = now.Sub(last) < canaryRest; rests {
			return last
		}
		return now
	})
	return rests
}

// findCanary returns the variant that is asked for, with its tag.
func (s *Server) findCanary(is func(tag string, c canary) bool) (canary, string, error) {
	all, err := s.canaries()
	if err != nil {
		return canary{}, "", err
	}
	for tag, c := range all {
		if is(tag, c) {
			return c, tag, nil
		}
	}
	return canary{}, "", errManifestUnknown
}

// keepCanary stores what is not stored, as if upstream had been asked for it, and links it to
// the repository.
func (s *Server) keepCanary(ctx context.Context, q *request, c canary) (image, error) {
	for _, d := range []oci.Digest{c.manifest, c.config, c.layer} {
		if _, err := s.cfg.Blobs.Stat(ctx, d); err == nil {
			continue
		} else if !errors.Is(err, cache.ErrMiss) {
			return image{}, err
		}
		if err := s.cfg.Blobs.Put(ctx, d, c.content[d]); err != nil {
			return image{}, err
		}
	}
	m, err := oci.ParseManifest(c.content[c.manifest])
	if err != nil {
		return image{}, err
	}
	img := image{c.manifest, m}
	s.addLink(ctx, q, c.manifest, cache.Link{Manifest: c.manifest, Role: roleManifest})
	return img, s.link(ctx, q, img)
}

// isTest reports whether a request is for the canary.
func (q *request) isTest() bool {
	return q.repository == policy.Canary && slices.Contains([]string{"manifest", "blob"}, q.kind)
}
