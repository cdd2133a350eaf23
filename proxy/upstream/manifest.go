package upstream

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Manifest is the bytes of a manifest or index and what they are.
type Manifest struct {
	Descriptor oci.Descriptor // Digest and Size are of Body; MediaType is what the Content-Type said
	Body       []byte
}

// acceptManifests asks for every kind of manifest that Lazaret reads. Without it Docker
// Hub answers with schema 1, or with one platform's image in place of the index.
var acceptManifests = http.Header{"Accept": {strings.Join([]string{
	oci.MediaTypeOCIIndex, oci.MediaTypeOCIManifest, oci.MediaTypeDockerManifestList, oci.MediaTypeDockerManifest,
}, ", ")}}

// Head finds a manifest's digest, size and media type without its bytes: Docker Hub does not
// count that as a pull. A registry that does not tell all three by HEAD is asked by GET.
// A digest other than the one asked for is ErrVerify.
func (c *Client) Head(ctx context.Context, ref oci.Reference) (oci.Descriptor, error) {
	r, err := c.manifestRequest("head manifest", http.MethodHead, ref)
	if err != nil {
		return oci.Descriptor{}, err
	}
	var d oci.Descriptor
	var told bool
	err = c.do(ctx, r, func(a *answer) (bool, error) {
		digest, err := oci.ParseDigest(a.Header.Get("Docker-Content-Digest"))
		d = oci.Descriptor{MediaType: mediaType(a.Header), Digest: digest, Size: a.ContentLength}
		told = err == nil && d.Size > 0 && d.MediaType != ""
		if told && ref.Digest != "" && digest != ref.Digest {
			return false, r.error(ErrVerify, "the digest is said to be "+digest.String())
		}
		return false, nil
	})
	if err != nil {
		return oci.Descriptor{}, err
	}
	if !told {
		m, err := c.Manifest(ctx, ref)
		return m.Descriptor, err
	}
	return d, nil
}

// Manifest gets a manifest, of at most oci.MaxManifestSize bytes. Its digest is computed
// from its bytes; one that differs from the digest asked for, or from what the
// registry itself says, is ErrVerify.
func (c *Client) Manifest(ctx context.Context, ref oci.Reference) (Manifest, error) {
	r, err := c.manifestRequest("manifest", http.MethodGet, ref)
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	err = c.do(ctx, r, func(a *answer) (bool, error) {
		body, err := a.readAll(r, oci.MaxManifestSize)
		if err != nil {
			return false, err
		}
		digest := oci.DigestOf(body)
		if want := ref.Digest; want != "" {
			if got := want.Algorithm().FromBytes(body); got != want {
				return false, r.error(ErrVerify, "the bytes have the digest "+got.String())
			}
			digest = want
		}
		if said, err := oci.ParseDigest(a.Header.Get("Docker-Content-Digest")); err == nil {
			if got := said.Algorithm().FromBytes(body); got != said {
				return false, r.error(ErrVerify, fmt.Sprintf("the bytes have the digest %s, the answer said %s", got, said))
			}
		}
		m = Manifest{Descriptor: oci.Descriptor{MediaType: mediaType(a.Header), Digest: digest, Size: int64(len(body))}, Body: body}
		return false, nil
	})
	return m, err
}

func (c *Client) manifestRequest(op, method string, ref oci.Reference) (request, error) {
	if _, err := oci.NewReference(ref.Repository, ref.TagOrDigest()); err != nil {
		return request{}, fmt.Errorf("upstream: %s: %w", op, err)
	}
	u, err := c.path(ref.Repository, "manifests", ref.TagOrDigest())
	return request{op: op, method: method, repository: ref.Repository, url: u, header: acceptManifests}, err
}

// mediaType reads the Content-Type without its parameters; empty if it cannot be read.
func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
