package testhub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
)

// Push stores an image under a tag, or, if tag is empty, under its digest alone. A name
// without a namespace is in library/. A tag that exists is moved.
func (h *Hub) Push(ctx context.Context, repo, tag string, img testimage.Image) error {
	name, err := oci.ParseRepository(repo)
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	for d, b := range img.Blobs {
		if err := h.putBlob(ctx, name, d, b); err != nil {
			return fmt.Errorf("push %s: %w", name, err)
		}
	}
	if err := h.putManifest(ctx, name, tag, img.MediaType, img.Manifest); err != nil {
		return fmt.Errorf("push %s: %w", name, err)
	}
	return nil
}

// PushIndex stores an index and the images in it.
func (h *Hub) PushIndex(ctx context.Context, repo, tag string, idx testimage.IndexImage) error {
	for _, img := range idx.Images {
		if err := h.Push(ctx, repo, "", img); err != nil {
			return err
		}
	}
	name, err := oci.ParseRepository(repo)
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	if err := h.putManifest(ctx, name, tag, idx.MediaType, idx.Manifest); err != nil {
		return fmt.Errorf("push %s: %w", name, err)
	}
	return nil
}

// PushBlob stores a blob that no manifest names, and returns its digest.
func (h *Hub) PushBlob(ctx context.Context, repo string, blob []byte) (oci.Digest, error) {
	name, err := oci.ParseRepository(repo)
	if err != nil {
		return "", fmt.Errorf("push: %w", err)
	}
	d := oci.DigestOf(blob)
	if err := h.putBlob(ctx, name, d, blob); err != nil {
		return "", fmt.Errorf("push %s: %w", name, err)
	}
	return d, nil
}

// PushReferrer stores an artifact (a signature, an SBOM) that refers to subject, the
// manifest of an image that need not exist, and returns the artifact's descriptor as the
// referrers list has it.
func (h *Hub) PushReferrer(ctx context.Context, repo string, subject oci.Descriptor, artifactType string, content []byte) (oci.Descriptor, error) {
	name, err := oci.ParseRepository(repo)
	if err != nil {
		return oci.Descriptor{}, fmt.Errorf("push referrer: %w", err)
	}
	subject.Platform = nil
	empty := v1.DescriptorEmptyJSON
	layer := oci.Descriptor{MediaType: oci.MediaTypeOctetStream, Digest: oci.DigestOf(content), Size: int64(len(content))}
	manifest, err := json.Marshal(v1.Manifest{
		Versioned: oci.SchemaVersion2, MediaType: oci.MediaTypeOCIManifest, ArtifactType: artifactType,
		Config: oci.Descriptor{MediaType: empty.MediaType, Digest: empty.Digest, Size: empty.Size},
		Layers: []oci.Descriptor{layer}, Subject: &subject,
	})
	if err != nil {
		return oci.Descriptor{}, fmt.Errorf("push referrer to %s: %w", name, err)
	}
	for d, b := range map[oci.Digest][]byte{empty.Digest: empty.Data, layer.Digest: content} {
		if err := h.putBlob(ctx, name, d, b); err != nil {
			return oci.Descriptor{}, fmt.Errorf("push referrer to %s: %w", name, err)
		}
	}
	if err := h.putManifest(ctx, name, "", oci.MediaTypeOCIManifest, manifest); err != nil {
		return oci.Descriptor{}, fmt.Errorf("push referrer to %s: %w", name, err)
	}
	d := oci.Descriptor{
		MediaType: oci.MediaTypeOCIManifest, ArtifactType: artifactType, Digest: oci.DigestOf(manifest), Size: int64(len(manifest)),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.referrers[name] == nil {
		h.referrers[name] = map[oci.Digest][]oci.Descriptor{}
	}
	h.referrers[name][subject.Digest] = append(h.referrers[name][subject.Digest], d)
	return d, nil
}

// A rawManifest is served as it is. The registry does not know it.
type rawManifest struct {
	mediaType string
	digest    oci.Digest
	body      []byte
}

// PushManifestRaw makes the hub answer with these bytes and this media type where ref, a
// tag or a digest, is asked for: also what no registry would take, a manifest whose blobs
// do not exist, or bytes that do not have the digest. The tag is not in the tags list.
// The digest of the bytes is returned; they are not served under it unless that is ref.
func (h *Hub) PushManifestRaw(repo, ref, mediaType string, manifest []byte) (oci.Digest, error) {
	name, err := oci.ParseRepository(repo)
	if err != nil {
		return "", fmt.Errorf("push: %w", err)
	}
	m := rawManifest{mediaType, oci.DigestOf(manifest), bytes.Clone(manifest)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.repos[name] = true
	if h.raw[name] == nil {
		h.raw[name] = map[string]rawManifest{}
	}
	h.raw[name][ref] = m
	return m.digest, nil
}

func (m rawManifest) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	w.Header().Set("Docker-Content-Digest", m.digest.String())
	w.Header().Set("Etag", `"`+m.digest.String()+`"`)
	writeBody(w, r, m.mediaType, m.body)
}

// memoryChunk is how much of a blob goes into one request to a hub in memory, in bytes.
// That driver copies all that it has of a request with each write, so that one large
// request would cost the square of its size. On disk each request costs an fsync instead.
const memoryChunk = 1 << 20

// putBlob uploads a blob to the registry, unless the repository has it.
func (h *Hub) putBlob(ctx context.Context, name string, d oci.Digest, blob []byte) error {
	if h.internal(ctx, http.MethodHead, "/v2/"+name+"/blobs/"+d.String(), nil, nil).status == http.StatusOK {
		return nil
	}
	res := h.internal(ctx, http.MethodPost, "/v2/"+name+"/blobs/uploads/", nil, nil)
	if res.status != http.StatusAccepted {
		return fmt.Errorf("begin blob %s: %w", d, res.err())
	}
	chunk := len(blob)
	if h.cfg.Dir == "" {
		chunk = memoryChunk
	}
	for rest := blob; len(rest) > 0; {
		n := min(chunk, len(rest))
		res = h.internal(ctx, http.MethodPatch, res.header.Get("Location"), nil, rest[:n])
		if res.status != http.StatusAccepted {
			return fmt.Errorf("send blob %s: %w", d, res.err())
		}
		rest = rest[n:]
	}
	end, err := url.Parse(res.header.Get("Location"))
	if err != nil {
		return fmt.Errorf("end blob %s: %w", d, err)
	}
	q := end.Query()
	q.Set("digest", d.String())
	end.RawQuery = q.Encode()
	if res = h.internal(ctx, http.MethodPut, end.String(), nil, nil); res.status != http.StatusCreated {
		return fmt.Errorf("end blob %s: %w", d, res.err())
	}
	return nil
}

func (h *Hub) putManifest(ctx context.Context, name, tag, mediaType string, manifest []byte) error {
	ref := tag
	if ref == "" {
		ref = oci.DigestOf(manifest).String()
	}
	res := h.internal(ctx, http.MethodPut, "/v2/"+name+"/manifests/"+ref, http.Header{"Content-Type": {mediaType}}, manifest)
	if res.status != http.StatusCreated {
		return fmt.Errorf("put manifest %s: %w", ref, res.err())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.repos[name] = true
	delete(h.raw[name], ref)
	return nil
}

// A result is what the registry answered to a request of ours.
type result struct {
	status int
	header http.Header
	body   bytes.Buffer
	failed error // to make the request
}

func (r *result) Header() http.Header { return r.header }

func (r *result) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *result) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

func (r *result) err() error {
	if r.failed != nil {
		return r.failed
	}
	return fmt.Errorf("the registry says %d %.500s", r.status, r.body.Bytes())
}

// internal asks the registry itself, past authorization, counts and faults.
func (h *Hub) internal(ctx context.Context, method, target string, header http.Header, content []byte) *result {
	res := &result{header: http.Header{}}
	u, err := url.Parse(target)
	if err == nil {
		u = (&url.URL{Scheme: "http", Host: "testhub.invalid"}).ResolveReference(u)
		var req *http.Request
		if req, err = http.NewRequestWithContext(h.quiet(ctx), method, u.String(), io.NopCloser(bytes.NewReader(content))); err == nil {
			for k, v := range header {
				req.Header[k] = v
			}
			req.ContentLength, req.RequestURI = int64(len(content)), u.RequestURI()
			h.app.ServeHTTP(res, req)
		}
	}
	res.failed = err
	if res.status == 0 && err == nil {
		res.status = http.StatusOK
	}
	return res
}
