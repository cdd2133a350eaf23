package proxy

import (
	"net/http"
	"strings"

	"github.com/lazaret/lazaret/policy"
)

// A route is a request's path, taken apart.
type route struct {
	kind string // "base", "manifests", "blobs", "tags", "referrers"
	name string // the repository as it was written
	last string // tag, digest, or "list"
}

// parseRoute reads the endpoints end-1 to end-12 of the Distribution Specification 1.1
// that a pull can need. A repository's name may itself hold any of the words, so the
// last two parts of the path decide.
func parseRoute(path string) (route, error) {
	if path == "/v2/" || path == "/v2" {
		return route{kind: "base"}, nil
	}
	rest, ok := strings.CutPrefix(path, "/v2/")
	if !ok {
		return route{}, errRoute
	}
	if name, ok := cutUpload(rest); ok { // pushes: refused, but with the right error
		return route{kind: "uploads", name: name}, nil
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 3 {
		return route{}, errRoute
	}
	rt := route{
		kind: parts[len(parts)-2],
		name: strings.Join(parts[:len(parts)-2], "/"),
		last: parts[len(parts)-1],
	}
	switch {
	case rt.kind == "manifests", rt.kind == "blobs", rt.kind == "referrers":
	case rt.kind == "tags" && rt.last == "list":
	default:
		return route{}, errRoute
	}
	return rt, nil
}

func cutUpload(rest string) (name string, ok bool) {
	name, _, ok = strings.Cut(rest, "/blobs/uploads")
	return name, ok && name != ""
}

// dispatch finds the handler of a request.
func (s *Server) dispatch(w http.ResponseWriter, q *request) error {
	rt, err := parseRoute(q.URL.Path)
	if err != nil {
		return err
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return errMethod
	}
	if rt.kind == "base" {
		if _, err := s.origins.addressed(q.Request); err != nil {
			return err
		}
		return s.base(w, q)
	}
	if q.up, q.repository, err = s.origins.find(q.Request, rt.name); err != nil {
		return err
	}
	q.registry, q.direct = q.up.Registry(), s.origins.direct(q.Request)
	if q.repository == policy.Canary { // of any registry: it is our own
		return s.canary(w, q, rt)
	}
	if err := s.readable(q); err != nil {
		return err
	}
	switch rt.kind {
	case "manifests":
		return s.manifest(w, q, rt.last)
	case "blobs":
		return s.blob(w, q, rt.last)
	case "tags":
		return s.tags(w, q)
	case "referrers":
		return s.referrers(w, q, rt.last)
	}
	return errRoute // uploads, read
}

// readable refuses a repository that the mirror may read and its clients may not.
func (s *Server) readable(q *request) error {
	ctx, cancel := q.toHeaders()
	defer cancel()
	return q.up.Readable(ctx, q.repository)
}

// base answers the API's version check.
func (s *Server) base(w http.ResponseWriter, q *request) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "2")
	if q.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write([]byte("{}"))
	return q.sent(err)
}
