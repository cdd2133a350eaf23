package proxy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// maxPage is the most tags that are asked for at once; Docker Hub gives no more.
const maxPage = 1000

// tags answers tags/list (end-8a, end-8b of the specification), page by page, from upstream.
func (s *Server) tags(w http.ResponseWriter, q *request) error {
	if v := s.decideName(q, oci.Reference{Registry: q.registry, Repository: q.repository}); v.Action.Refuses() {
		q.refusal = true
		return &refused{text: s.refusalText(q, v)}
	}
	n, last := 0, q.URL.Query().Get("last")
	if text := q.URL.Query().Get("n"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 0 {
			return fmt.Errorf("%w: %.40q", errPage, text)
		}
		n = min(n, maxPage)
		if n == 0 { // "the response MUST NOT include any results"
			return writeTags(w, q, nil)
		}
	}
	tags, more, err := q.up.Tags(q.Context(), q.repository, n, last)
	if errors.Is(err, upstream.ErrNotFound) {
		return fmt.Errorf("%w: %w", errNameUnknown, err)
	}
	if err != nil {
		return err
	}
	if more && len(tags) > 0 {
		size := n
		if size == 0 {
			size = len(tags)
		}
		query := url.Values{"n": {strconv.Itoa(size)}, "last": {tags[len(tags)-1]}}
		if ns := q.URL.Query().Get("ns"); ns != "" {
			query.Set("ns", ns) // the next page is of the same registry
		}
		next := url.URL{Path: q.URL.Path, RawQuery: query.Encode()}
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next.String()))
	}
	return writeTags(w, q, tags)
}

func writeTags(w http.ResponseWriter, q *request, tags []string) error {
	if tags == nil {
		tags = []string{}
	}
	body, err := json.Marshal(map[string]any{"name": q.repository, "tags": tags})
	if err != nil {
		return fmt.Errorf("write tags: %w", err)
	}
	return writeBody(w, q, "application/json", body)
}

// referrers answers the list of manifests whose subject is a digest (end-12a, end-12b).
func (s *Server) referrers(w http.ResponseWriter, q *request, last string) error {
	d, err := oci.ParseDigest(last)
	if err != nil {
		return err
	}
	if v := s.decideName(q, oci.Reference{Registry: q.registry, Repository: q.repository}); v.Action.Refuses() {
		q.refusal = true
		return &refused{text: s.refusalText(q, v)}
	}
	body, _, filtered, err := q.up.Referrers(q.Context(), q.repository, d, q.URL.Query().Get("artifactType"))
	if err != nil {
		return err
	}
	m, err := oci.ParseManifest(body)
	if err != nil {
		return err
	}
	if !m.IsIndex() {
		return fmt.Errorf("%w: upstream's referrers are not an index", oci.ErrManifest)
	}
	if filtered {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	return writeBody(w, q, oci.MediaTypeOCIIndex, body)
}

func writeBody(w http.ResponseWriter, q *request, mediaType string, body []byte) error {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if q.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return q.sent(err)
}
