package testhub

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
)

// A target is what a path under /v2/ names. The kind is "" for /v2/ itself.
type target struct {
	repo string
	kind string // manifests, blobs, tags, referrers; other for the rest
	ref  string
}

// parseTarget reads a path. A repository's own name may hold any of the kinds, so only
// the last two segments count.
func parseTarget(path string) target {
	rest := strings.TrimPrefix(path, "/v2/")
	if rest == "" || path == "/v2" {
		return target{}
	}
	parts := strings.Split(rest, "/")
	if i := slices.Index(parts, "uploads"); i > 1 && parts[i-1] == "blobs" {
		return target{repo: strings.Join(parts[:i-1], "/"), kind: "other"}
	}
	n := len(parts)
	if n >= 3 {
		switch parts[n-2] {
		case "manifests", "blobs", "tags", "referrers":
			return target{strings.Join(parts[:n-2], "/"), parts[n-2], parts[n-1]}
		}
	}
	return target{kind: "other"}
}

// ServeHTTP is the registry and its token service, so that the hub can also be mounted
// elsewhere, under TLS for one. The challenge names the host that was asked. Blobs are
// redirected to CDNURL all the same.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.enter() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer h.handling.Done()
	switch {
	case r.URL.Path == "/token":
		h.count(r)
		h.answer(w, r, h.faultFor(r), h.serveToken)
	case r.URL.Path == "/v2" || strings.HasPrefix(r.URL.Path, "/v2/"):
		h.serveAPI(w, r)
	case strings.HasPrefix(r.URL.Path, FactsPath+"/v2/"):
		h.count(r)
		h.answer(w, r, h.faultFor(r), h.serveFacts)
	default:
		http.NotFound(w, r)
	}
}

// enter registers a request; the caller calls handling.Done. It fails once closed.
func (h *Hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.handling.Add(1)
	return true
}

func (h *Hub) count(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[r.Method+" "+r.URL.Path]++
}

// serveAPI lets in who has a token. Only then does a request meet its fault, so that a
// challenge uses none up; the exception is /v2/, which is asked for the challenge's sake.
func (h *Hub) serveAPI(w http.ResponseWriter, r *http.Request) {
	t := parseTarget(r.URL.Path)
	var f Fault
	if t.kind == "" {
		f = h.faultFor(r)
	}
	if f.Status == 0 && !h.authorized(r, t) {
		h.answer(w, r, f, func(w http.ResponseWriter, r *http.Request) { h.challenge(w, r, t) })
		return
	}
	h.count(r)
	switch t.kind {
	case "":
		h.answer(w, r, f, h.app.ServeHTTP)
	case "manifests":
		h.answer(w, r, h.faultFor(r), func(w http.ResponseWriter, r *http.Request) { h.serveManifest(w, r, t) })
	case "blobs":
		if h.redirecting() {
			h.answer(w, r, Fault{}, h.redirectBlob)
			return
		}
		h.countDownload(r, t)
		h.answer(w, r, h.faultFor(r), h.app.ServeHTTP)
	case "referrers":
		h.answer(w, r, h.faultFor(r), func(w http.ResponseWriter, r *http.Request) { h.serveReferrers(w, r, t) })
	default:
		h.answer(w, r, h.faultFor(r), h.app.ServeHTTP)
	}
}

// answer serves a request as its fault has it.
func (h *Hub) answer(w http.ResponseWriter, r *http.Request, f Fault, handler http.HandlerFunc) {
	b := newBody(h, w, r, f)
	defer b.end() // cuts the connection, after all else, if that is the fault
	if !b.delay() {
		return
	}
	if f.Status != 0 {
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		writeError(b, f.Status, "", nil)
		return
	}
	handler(b, r.WithContext(h.quiet(r.Context())))
}

func (h *Hub) redirecting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.redirect
}

func (h *Hub) countDownload(r *http.Request, t target) {
	if r.Method != http.MethodGet {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.downloads[oci.Digest(t.ref)]++
}

// redirectBlob sends the client to the CDN, if the registry has the blob.
func (h *Hub) redirectBlob(w http.ResponseWriter, r *http.Request) {
	if res := h.internal(r.Context(), http.MethodHead, r.URL.Path, nil, nil); res.status != http.StatusOK {
		h.app.ServeHTTP(w, r) // says what is wrong
		return
	}
	http.Redirect(w, r, h.cdnURL+"/cdn"+r.URL.Path+"?verify="+url.QueryEscape(h.secret), http.StatusTemporaryRedirect)
}

// serveCDN serves blobs to who brings a signed URL and no Authorization. A store like S3
// takes one kind of authentication, and answers 400 to two.
func (h *Hub) serveCDN(w http.ResponseWriter, r *http.Request) {
	if !h.enter() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer h.handling.Done()
	h.count(r)
	path, ok := strings.CutPrefix(r.URL.Path, "/cdn")
	t := parseTarget(path)
	switch {
	case r.Header.Get("Authorization") != "":
		h.mu.Lock()
		h.leaks = append(h.leaks, r.URL.Path)
		h.mu.Unlock()
		http.Error(w, "only one auth mechanism allowed", http.StatusBadRequest)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case !ok || t.kind != "blobs":
		http.NotFound(w, r)
		return
	case r.URL.Query().Get("verify") != h.secret:
		http.Error(w, "bad signature", http.StatusForbidden)
		return
	}
	h.countDownload(r, t)
	h.answer(w, r, h.faultFor(r), func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.URL = &url.URL{Path: path}
		inner.RequestURI = path
		h.app.ServeHTTP(plainHeaders{w}, inner)
	})
}

// plainHeaders takes away the headers that only a registry sends.
type plainHeaders struct{ http.ResponseWriter }

func (p plainHeaders) WriteHeader(status int) {
	for _, k := range []string{"Docker-Content-Digest", "Docker-Distribution-Api-Version", "Etag"} {
		p.Header().Del(k)
	}
	p.ResponseWriter.WriteHeader(status)
}

// rateWindow is Docker Hub's, in seconds: six hours.
const rateWindow = 21600

// serveManifest counts a GET as a pull and says how many are left
// (https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit).
func (h *Hub) serveManifest(w http.ResponseWriter, r *http.Request, t target) {
	limit := cmp.Or(h.cfg.PullLimit, 100)
	h.mu.Lock()
	over := h.cfg.PullLimit > 0 && h.pulls >= limit
	if r.Method == http.MethodGet && !over {
		h.pulls++
	}
	left := max(0, limit-h.pulls)
	raw, isRaw := h.raw[t.repo][t.ref]
	h.mu.Unlock()

	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		source = r.RemoteAddr
	}
	w.Header().Set("RateLimit-Limit", fmt.Sprintf("%d;w=%d", limit, rateWindow))
	w.Header().Set("RateLimit-Remaining", fmt.Sprintf("%d;w=%d", left, rateWindow))
	w.Header().Set("Docker-RateLimit-Source", source)
	switch {
	case over && r.Method == http.MethodGet:
		writeError(w, http.StatusTooManyRequests, "", nil)
	case isRaw:
		raw.serve(w, r)
	default:
		h.app.ServeHTTP(w, r)
	}
}

// serveReferrers lists what refers to a manifest (Distribution Specification 1.1,
// "Listing Referrers"), which distribution 3.1 cannot.
func (h *Hub) serveReferrers(w http.ResponseWriter, r *http.Request, t target) {
	subject, err := oci.ParseDigest(t.ref)
	if err != nil {
		writeError(w, http.StatusBadRequest, "DIGEST_INVALID", nil)
		return
	}
	h.mu.Lock()
	all := slices.Clone(h.referrers[t.repo][subject])
	h.mu.Unlock()
	if kind := r.URL.Query().Get("artifactType"); kind != "" {
		all = slices.DeleteFunc(all, func(d oci.Descriptor) bool { return d.ArtifactType != kind })
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	body, err := json.Marshal(v1.Index{
		Versioned: oci.SchemaVersion2, MediaType: oci.MediaTypeOCIIndex, Manifests: append([]oci.Descriptor{}, all...),
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, "", nil)
		return
	}
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	writeBody(w, r, oci.MediaTypeOCIIndex, body)
}

func writeBody(w http.ResponseWriter, r *http.Request, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone
	}
}

// writeError writes an error as the Distribution Specification 1.1 has it ("Error
// Codes"); an empty code is the usual one of the status.
func writeError(w http.ResponseWriter, status int, code string, detail any) {
	message := map[int]string{
		http.StatusUnauthorized: "authentication required",
		http.StatusTooManyRequests: "You have reached your pull rate limit. You may increase the limit by " +
			"authenticating and upgrading: https://www.docker.com/increase-rate-limit",
	}[status]
	if code == "" {
		code = map[int]string{
			http.StatusUnauthorized: "UNAUTHORIZED", http.StatusForbidden: "DENIED", http.StatusTooManyRequests: "TOOMANYREQUESTS",
			http.StatusMethodNotAllowed: "UNSUPPORTED", http.StatusNotFound: "MANIFEST_UNKNOWN",
		}[status]
	}
	type item struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  any    `json:"detail,omitempty"`
	}
	one := item{cmp.Or(code, "UNKNOWN"), cmp.Or(message, strings.ToLower(http.StatusText(status))), detail}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string][]item{"errors": {one}}) // the client is gone
}
