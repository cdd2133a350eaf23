package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// maxTagList bounds one page of tags, in bytes. Hub's pages have 10,000 tags and fewer.
const maxTagList = 8 << 20

// maxReferrerPages bounds how many pages of referrers are joined.
const maxReferrerPages = 16

// Tags lists a repository's tags in the registry's order: at most n (all that it gives
// at once if n is 0) that come after last. more says that others follow: the last of
// tags is what to ask for them with.
func (c *Client) Tags(ctx context.Context, repository string, n int, last string) (tags []string, more bool, err error) {
	u, err := c.path(repository, "tags", "list")
	if err != nil {
		return nil, false, err
	}
	q := url.Values{}
	if n > 0 {
		q.Set("n", strconv.Itoa(n))
	}
	if last != "" {
		q.Set("last", last)
	}
	u.RawQuery = q.Encode()
	r := request{op: "tags", method: http.MethodGet, repository: repository, url: u}
	err = c.do(ctx, r, func(a *answer) (bool, error) {
		body, err := a.readAll(r, maxTagList)
		if err != nil {
			return false, err
		}
		var doc struct {
			Tags []string `json:"tags"`
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			return false, r.error(ErrProtocol, "the list of tags is not JSON")
		}
		tags, more = doc.Tags, nextLink(a.Header, u) != nil && len(doc.Tags) > 0
		return false, nil
	})
	return tags, more, err
}

// nextLink finds the URL of the following page: RFC 5988's Link header with rel="next",
// as the Distribution Specification 1.1 has it ("Listing Tags", "Listing Referrers").
// Nil if there is none, or if it leads to another host.
func nextLink(h http.Header, page *url.URL) *url.URL {
	for _, value := range h.Values("Link") {
		target, params, ok := strings.Cut(value, ">")
		target, found := strings.CutPrefix(strings.TrimSpace(target), "<")
		params = strings.ReplaceAll(strings.ToLower(params), `"`, "")
		if !ok || !found || !strings.Contains(params, "rel=next") {
			continue
		}
		u, err := page.Parse(target)
		if err != nil || u.Host != page.Host || u.Scheme != page.Scheme {
			return nil
		}
		return u
	}
	return nil
}

// Referrers lists the manifests that refer to d, as an index. artifactType, if not
// empty, asks for one type; filtersApplied says whether the registry kept to it. A
// registry without the referrers API is asked for the tag that stands in for it
// (Distribution Specification 1.1, "Referrers Tag Schema"), unfiltered; no referrers
// at all is an empty index. Pages are joined; more than 16, or more than
// oci.MaxManifestSize bytes, is ErrProtocol.
func (c *Client) Referrers(ctx context.Context, repository string, d oci.Digest, artifactType string) (body []byte, mediaType string, filtersApplied bool, err error) {
	if _, err := oci.ParseDigest(d.String()); err != nil {
		return nil, "", false, fmt.Errorf("upstream: referrers: %w", err)
	}
	u, err := c.path(repository, "referrers", d.String())
	if err != nil {
		return nil, "", false, err
	}
	if artifactType != "" {
		u.RawQuery = url.Values{"artifactType": {artifactType}}.Encode()
	}
	r := request{op: "referrers", method: http.MethodGet, repository: repository, url: u,
		header: http.Header{"Accept": {oci.MediaTypeOCIIndex}}}
	first, err := c.referrersPage(ctx, r)
	if errors.Is(err, ErrNotFound) {
		return c.referrersByTag(ctx, repository, d)
	}
	if err != nil {
		return nil, "", false, err
	}
	body, err = c.joinPages(ctx, r, first)
	return body, oci.MediaTypeOCIIndex, first.filtered, err
}

// A page is one answer of the referrers API.
type page struct {
	body     []byte
	filtered bool
	next     *url.URL
}

func (c *Client) referrersPage(ctx context.Context, r request) (page, error) {
	var p page
	err := c.do(ctx, r, func(a *answer) (bool, error) {
		body, err := a.readAll(r, oci.MaxManifestSize)
		if err != nil {
			return false, err
		}
		if m, err := oci.ParseManifest(body); err != nil || !m.IsIndex() {
			return false, r.error(ErrProtocol, "the list of referrers is not an index")
		}
		p = page{body: body, next: nextLink(a.Header, r.url)}
		for filter := range strings.SplitSeq(a.Header.Get("OCI-Filters-Applied"), ",") {
			p.filtered = p.filtered || strings.TrimSpace(filter) == "artifactType"
		}
		return false, nil
	})
	return p, err
}

// joinPages follows the pages after the first and adds their descriptors to its own.
// A single page is left as it came.
func (c *Client) joinPages(ctx context.Context, r request, p page) ([]byte, error) {
	if p.next == nil {
		return p.body, nil
	}
	all := emptyIndex()
	size := 0
	for n := 1; ; n++ {
		var doc index
		if err := json.Unmarshal(p.body, &doc); err != nil {
			return nil, r.error(ErrProtocol, "the list of referrers is not an index")
		}
		all.Manifests = append(all.Manifests, doc.Manifests...)
		if size += len(p.body); size > oci.MaxManifestSize || n > maxReferrerPages {
			return nil, r.error(ErrProtocol, "the list of referrers does not end")
		}
		if p.next == nil {
			return json.Marshal(all)
		}
		r.url = p.next
		var err error
		if p, err = c.referrersPage(ctx, r); err != nil {
			return nil, err
		}
	}
}

// referrersByTag is the fall-back. The tag is the digest with "-" for ":", its hex cut
// to 64 characters.
func (c *Client) referrersByTag(ctx context.Context, repository string, d oci.Digest) ([]byte, string, bool, error) {
	tag := d.Algorithm().String() + "-" + d.Encoded()[:64]
	m, err := c.Manifest(ctx, oci.Reference{Registry: c.cfg.Registry, Repository: repository, Tag: tag})
	if errors.Is(err, ErrNotFound) {
		body, err := json.Marshal(emptyIndex())
		return body, oci.MediaTypeOCIIndex, false, err
	}
	if err != nil {
		return nil, "", false, err
	}
	return m.Body, m.Descriptor.MediaType, false, nil
}

// An index keeps descriptors as they came: their annotations are not ours to lose.
type index struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Manifests     []json.RawMessage `json:"manifests"`
}

func emptyIndex() index {
	return index{SchemaVersion: 2, MediaType: oci.MediaTypeOCIIndex, Manifests: []json.RawMessage{}}
}
