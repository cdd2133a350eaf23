package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// manifest answers GET and HEAD of a manifest, by tag or by digest. A HEAD opens the
// admission as a GET does: clients resolve a tag by it, and it is where a refusal shows best.
func (s *Server) manifest(w http.ResponseWriter, q *request, last string) error {
	ctx, cancel := q.toHeaders()
	defer cancel()
	ref, err := oci.NewReference(q.repository, last)
	if err != nil {
		return err
	}
	ref.Registry, ref.Repository = q.registry, q.repository
	q.kind, q.asked = "manifest", last
	if v := s.decideName(q, ref); v.Action.Refuses() {
		return s.refuseManifest(w, q, ref, document{}, v)
	}
	if doc, ok := s.denialDocument(ctx, ref.Digest); ok { // a client that follows up a refusal
		q.refusal, q.digest = true, last
		return s.writeManifest(w, q, ref.Digest, oci.MediaTypeOCIManifest, doc)
	}
	d, stale, err := s.resolve(ctx, q, ref)
	if err != nil {
		return err
	}
	q.digest, q.image = d.String(), d.String()
	body, err := s.manifestBytes(ctx, q, d)
	if err != nil {
		return err
	}
	m, err := oci.ParseManifest(body)
	if err != nil {
		return err
	}
	if err := s.link(ctx, q, image{d, m}); err != nil {
		return err
	}
	v, err := s.judgeManifest(ctx, q, ref, image{d, m}, body)
	if err != nil {
		return err
	}
	q.verdict = &v
	switch {
	case v.Action.Refuses():
		return s.refuseManifest(w, q, ref, document{image{d, m}, body}, v)
	case stale != nil && v.Action != policy.Allow:
		return stale // upstream is out of reach and what is stored has no passing verdict
	case stale != nil:
		w.Header().Set("Warning", `110 lazaret "Response is Stale"`) // RFC 7234, section 5.5.1
	}
	if !m.IsIndex() {
		s.noteServed(q, d)
	}
	return s.writeManifest(w, q, d, m.MediaType, body)
}

// answerTime is what is kept of MaxHeaderWait for the answer itself.
const answerTime = time.Second

// judgeManifest returns the verdict on a manifest: at once if it is known, else after
// ManifestWait at most.
func (s *Server) judgeManifest(ctx context.Context, q *request, ref oci.Reference, img image, body []byte) (policy.Verdict, error) {
	if img.manifest.IsIndex() {
		return s.judgeIndex(ctx, q, ref, img, body)
	}
	if v, ok := s.remembered(ctx, q, s.subject(ctx, q, policy.Image{Reference: ref, Digest: img.digest})); ok {
		return v, nil
	}
	a, err := s.admitImage(ctx, q, ref, img)
	if err != nil {
		return policy.Verdict{}, err
	}
	begin := s.cfg.Now()
	until := time.Now().Add(s.cfg.ManifestWait)
	if latest := q.headersBy.Add(-answerTime); until.After(latest) {
		until = latest
	}
	wait, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	v, err := a.await(wait, a.subject.Image.Blobs())
	q.held += s.cfg.Now().Sub(begin)
	if ctx.Err() != nil {
		return v, ctx.Err()
	}
	if err != nil && wait.Err() == nil {
		// A blob could not be had. Its own request will say so, or try again; the gate
		// holds whatever of the image can be had.
		s.log.WarnContext(ctx, "image not inspected", "id", q.id, "digest", img.digest.String(), "error", err.Error())
	}
	if v.Final() {
		a.remember(ctx, v)
	}
	return v, nil
}

// decideName judges a repository's name, before anyone is asked for its content.
func (s *Server) decideName(q *request, ref oci.Reference) policy.Verdict {
	v := s.newAdmission(q.Context(), q, policy.Image{Reference: ref}).decide()
	q.verdict = &v
	return v
}

func (s *Server) writeManifest(w http.ResponseWriter, q *request, d oci.Digest, mediaType string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set(contentDigest, d.String())
	h.Set("Etag", etag(d))
	h.Set("Cache-Control", "no-cache")
	if matches(q.Header.Get("If-None-Match"), d) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if q.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return q.sent(err)
}

// resolve turns a reference into a digest: a tag by what is remembered within its
// time, else by a HEAD upstream, which Docker Hub does not count as a pull. If upstream
// is down or limits the rate, the last known digest is returned with upstream's error
// as stale.
func (s *Server) resolve(ctx context.Context, q *request, ref oci.Reference) (d oci.Digest, stale, err error) {
	if ref.Digest != "" {
		return ref.Digest, nil, nil
	}
	known, err := s.tagsBy.Get(ctx, ref)
	if err != nil && !errors.Is(err, cache.ErrMiss) {
		s.log.WarnContext(ctx, "tag not readable", "id", q.id, "error", err.Error())
	}
	have := err == nil
	if have && s.cfg.Now().Sub(known.Checked) < s.cfg.TagTTL {
		q.source = "store"
		return known.Digest, nil, nil
	}
	desc, err := shared(ctx, s, "tag "+ref.String(), func(ctx context.Context) (oci.Descriptor, error) {
		return q.up.Head(ctx, ref)
	})
	switch {
	case err == nil:
	case have && (errors.Is(err, upstream.ErrUnavailable) || errors.Is(err, upstream.ErrRateLimited)):
		q.source = "store"
		return known.Digest, err, nil
	case errors.Is(err, upstream.ErrNotFound):
		return "", nil, fmt.Errorf("%w: %w", errManifestUnknown, err)
	default:
		return "", nil, err
	}
	tag := cache.Tag{Digest: desc.Digest, MediaType: desc.MediaType, Size: desc.Size, Checked: s.cfg.Now()}
	if err := s.tagsBy.Put(ctx, ref, tag); err != nil {
		s.log.WarnContext(ctx, "tag not stored", "id", q.id, "error", err.Error())
	}
	return desc.Digest, nil, nil
}

// shared makes one upstream call for all who ask the same at the same time. Each
// waits no longer than its own context; the call itself outlives them, for at most
// MaxHeaderWait.
func shared[T any](ctx context.Context, s *Server, key string, call func(context.Context) (T, error)) (T, error) {
	ch := s.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), MaxHeaderWait)
		defer cancel()
		return call(ctx)
	})
	var zero T
	select {
	case r := <-ch:
		if r.Err != nil {
			return zero, r.Err
		}
		return r.Val.(T), nil
	case <-ctx.Done():
		return zero, context.Cause(ctx)
	}
}

// manifestBytes returns a manifest's bytes, checked against its digest: from the store
// if this repository is known to have it, else from upstream.
func (s *Server) manifestBytes(ctx context.Context, q *request, d oci.Digest) ([]byte, error) {
	body, err := s.ownManifest(ctx, q, d)
	if !errors.Is(err, cache.ErrMiss) {
		q.source = "store"
		return body, err
	}
	ref := oci.Reference{Registry: q.registry, Repository: q.repository, Digest: d}
	body, err = shared(ctx, s, "manifest "+ref.String(), func(ctx context.Context) ([]byte, error) {
		// The call of those who asked before may have ended since this request looked.
		if body, err := s.ownManifest(ctx, q, d); !errors.Is(err, cache.ErrMiss) {
			return body, err
		}
		m, err := q.up.Manifest(ctx, ref)
		if err != nil {
			return nil, err
		}
		if err := s.cfg.Blobs.Put(ctx, d, m.Body); err != nil {
			return nil, err
		}
		s.addLink(ctx, q, d, cache.Link{Manifest: d, Role: roleManifest})
		return m.Body, nil
	})
	if errors.Is(err, upstream.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errManifestUnknown, err)
	}
	if err != nil {
		return nil, err
	}
	q.source = "upstream"
	return body, nil
}

// ownManifest returns a manifest that is stored and that this repository is known to
// have; ErrMiss if either is not so.
func (s *Server) ownManifest(ctx context.Context, q *request, d oci.Digest) ([]byte, error) {
	links, err := s.links.Get(ctx, q.registry, q.repository, d)
	if err != nil {
		s.log.WarnContext(ctx, "links not readable", "id", q.id, "error", err.Error())
	}
	if len(links) == 0 {
		return nil, cache.ErrMiss
	}
	return s.storedManifest(ctx, d)
}

func (s *Server) storedManifest(ctx context.Context, d oci.Digest) ([]byte, error) {
	f, size, err := s.cfg.Blobs.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > oci.MaxManifestSize {
		return nil, fmt.Errorf("%w: %d bytes", oci.ErrManifest, size)
	}
	body, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read manifest %s: %w", d, err)
	}
	return body, nil
}

// parsedManifest returns an image's manifest, as its repository has it.
func (s *Server) parsedManifest(ctx context.Context, q *request, d oci.Digest) (oci.Manifest, error) {
	if m, ok := s.manifests.get(d); ok {
		return m, nil
	}
	body, err := s.manifestBytes(ctx, q, d)
	if err != nil {
		return oci.Manifest{}, err
	}
	m, err := oci.ParseManifest(body)
	if err != nil {
		return oci.Manifest{}, err
	}
	s.manifests.put(d, m)
	return m, nil
}

// link remembers which digests a manifest of this repository names: a shared store
// must not give a private repository's blobs out under another name.
func (s *Server) link(ctx context.Context, q *request, img image) error {
	s.manifests.put(img.digest, img.manifest)
	if img.manifest.IsIndex() {
		for _, m := range img.manifest.Manifests {
			s.addLink(ctx, q, m.Digest, cache.Link{Manifest: img.digest, Role: roleMember})
		}
		return nil
	}
	for _, b := range img.manifest.Blobs() {
		s.addLink(ctx, q, b.Digest, cache.Link{Manifest: img.digest, Role: roleIn(img.manifest, b.Digest)})
	}
	return nil
}

// roleIn says what a blob is to an image. A digest that is both config and layer is
// the last layer where it is that, so that it is held by every family of clients.
func roleIn(m oci.Manifest, d oci.Digest) string {
	switch {
	case len(m.Layers) > 0 && m.Layers[len(m.Layers)-1].Digest == d:
		return roleLastLayer
	case m.Config.Digest == d:
		return roleConfig
	}
	return roleLayer
}

// addLink remembers a link. If the store is down the link is in memory only, and costs
// a question to upstream later.
func (s *Server) addLink(ctx context.Context, q *request, d oci.Digest, l cache.Link) {
	if err := s.links.Add(ctx, q.registry, q.repository, d, l); err != nil {
		s.log.WarnContext(ctx, "link not stored", "id", q.id, "error", err.Error())
	}
}
