package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// headerRoom is what is kept of MaxHeaderWait when an answer of which nothing may be
// sent yet waits for its verdict before its headers go out, in the hope of a clean "403".
const headerRoom = MaxHeaderWait / 4

// Bounds on how slowly a client may read: stall without taking a piece of a download, and
// slowest, in bytes a second, over the whole of a stored blob.
const (
	stall   = 3 * time.Minute
	slowest = 16 << 10
)

// copyBuffer is the size of the pieces in which a download in flight is copied to a client, in bytes.
const copyBuffer = 256 << 10

// blob answers GET and HEAD of a blob.
func (s *Server) blob(w http.ResponseWriter, q *request, last string) error {
	ctx := q.Context()
	d, err := oci.ParseDigest(last)
	if err != nil {
		return err
	}
	q.kind, q.asked, q.digest = "blob", last, last
	early, cancel := q.toHeaders()
	defer cancel()
	links, err := s.blobLinks(early, q, d)
	if err != nil {
		return err
	}
	r, err := s.rule(early, q, s.describe(q, d, links), links)
	if err != nil {
		return err
	}
	v, decided := r.now()
	if !decided && q.Method == http.MethodGet {
		s.log.DebugContext(ctx, "verdict awaited", "id", q.id, "client", q.client, "repository", q.repository, "digest", last)
	}
	if !decided && q.Method == http.MethodGet && s.mustWait(q, r) {
		if v, decided, err = r.waitForHeaders(ctx); err != nil {
			return err
		}
	}
	if decided {
		q.verdict = &v
		if v.Action.Refuses() && !r.classicConfig(ctx) {
			return s.refuseBlob(w, q, r, v)
		}
		return s.sendPassed(w, q, r.desc)
	}
	return s.sendHeld(w, q, r)
}

// blobLinks returns what names the blob in this repository. If nothing does, upstream is asked.
func (s *Server) blobLinks(ctx context.Context, q *request, d oci.Digest) ([]cache.Link, error) {
	links, err := s.links.Get(ctx, q.registry, q.repository, d)
	if err != nil {
		s.log.WarnContext(ctx, "links not readable", "id", q.id, "error", err.Error())
	}
	if len(links) > 0 {
		return links, nil
	}
	if doc, ok := s.denialDocument(ctx, d); ok { // of an image that exists only to say no
		q.refusal = true
		return nil, &refused{text: string(doc)}
	}
	_, err = shared(ctx, s, "blob "+q.where()+" "+d.String(), func(ctx context.Context) (int64, error) {
		return q.up.HeadBlob(ctx, q.repository, d)
	})
	if errors.Is(err, upstream.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errBlobUnknown, err)
	}
	if err != nil {
		return nil, err
	}
	l := cache.Link{Role: roleBlob}
	s.addLink(ctx, q, d, l)
	return []cache.Link{l}, nil
}

// describe returns the blob's descriptor as the manifest that names it has it; its size
// is 0, for unknown, if none is at hand.
func (s *Server) describe(q *request, d oci.Digest, links []cache.Link) oci.Descriptor {
	for _, l := range links {
		m, ok := s.manifests.get(l.Manifest)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(m.Blobs(), func(b oci.Descriptor) bool { return b.Digest == d }); i >= 0 {
			return m.Blobs()[i]
		}
	}
	return oci.Descriptor{Digest: d}
}

// hold is how many of the blob's last bytes wait for the verdict.
func (s *Server) hold(q *request) int64 {
	switch q.policy.Mode() {
	case policy.Hold:
		return math.MaxInt64
	case policy.Audit:
		return 0
	}
	return s.cfg.HoldBytes
}

// mustWait reports whether nothing of the blob may be sent before its verdict: it is
// no larger than the hold, or a range of it was asked for, which a client may use at
// once (lazy snapshotters do).
func (s *Server) mustWait(q *request, r *ruling) bool {
	if q.policy.Mode() == policy.Audit {
		return false
	}
	return q.Header.Get("Range") != "" || (r.desc.Size > 0 && r.desc.Size <= s.hold(q))
}

// waitForHeaders waits for the verdict as long as a client waits for an answer's headers.
func (r *ruling) waitForHeaders(ctx context.Context) (v policy.Verdict, decided bool, err error) {
	wait, cancel := context.WithDeadline(ctx, r.q.headersBy.Add(-headerRoom))
	defer cancel()
	v, err = r.wait(wait)
	switch {
	case err == nil:
		return v, true, nil
	case ctx.Err() == nil && wait.Err() != nil:
		return v, false, nil
	}
	return v, false, err
}

// sendPassed sends a blob whose verdict passes.
func (s *Server) sendPassed(w http.ResponseWriter, q *request, d oci.Descriptor) error {
	f, size, err := s.cfg.Blobs.Open(q.Context(), d.Digest)
	switch {
	case err == nil:
		defer f.Close()
		q.source = "store"
		blobHeaders(w.Header(), d.Digest)
		// A client may be slow, and must not stand still for ever.
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(stall + time.Duration(size/slowest)*time.Second)); err != nil {
			return err
		}
		http.ServeContent(w, q.Request, "", time.Time{}, f)
		return nil
	case !errors.Is(err, cache.ErrMiss):
		return err
	}
	if q.Method == http.MethodHead {
		return s.sendHead(w, q, d)
	}
	// The report came from elsewhere, the bytes are still to come. The tail waits for the
	// digest to be checked: nothing else about it is open.
	return s.follow(w, q, s.exams.fill(q.up, q.repository, d), cache.Follow{Hold: s.cfg.HoldBytes})
}

// sendHead answers HEAD of a blob that is not stored.
func (s *Server) sendHead(w http.ResponseWriter, q *request, d oci.Descriptor) error {
	size := d.Size
	if size == 0 {
		var err error
		size, err = shared(q.Context(), s, "blob "+q.where()+" "+d.Digest.String(), func(ctx context.Context) (int64, error) {
			return q.up.HeadBlob(ctx, q.repository, d.Digest)
		})
		if err != nil {
			return err
		}
	}
	blobHeaders(w.Header(), d.Digest)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

// sendHeld sends a blob that has no verdict yet: all but its tail, then single bytes of
// that, never the last, and the rest once the verdict passes.
func (s *Server) sendHeld(w http.ResponseWriter, q *request, r *ruling) error {
	if q.Method == http.MethodHead {
		return s.sendHead(w, q, r.desc)
	}
	spool := s.exams.fill(q.up, q.repository, r.desc)
	f := cache.Follow{Hold: s.hold(q), Trickle: s.cfg.Trickle}
	if q.policy.Mode() != policy.Audit {
		f.Clear = func(ctx context.Context) error { return r.clear(ctx) }
	}
	if q.Header.Get("Range") != "" {
		f.Hold = math.MaxInt64
	}
	err := s.follow(w, q, spool, f)
	var deny *refused
	if !errors.As(err, &deny) {
		return err
	}
	return s.breakOff(w, q, err)
}

// clear is what a held tail waits for.
func (r *ruling) clear(ctx context.Context) error {
	v, err := r.wait(ctx)
	if err != nil {
		return err
	}
	r.q.verdict = &v
	if v.Action.Refuses() && !r.classicConfig(ctx) {
		r.refusedNow()
		return &refused{text: r.s.refusalText(r.q, v)}
	}
	return nil
}

// follow copies a download in flight to the client.
func (s *Server) follow(w http.ResponseWriter, q *request, spool *cache.Spool, f cache.Follow) error {
	ctx := q.Context()
	q.source = "upstream"
	early, cancel := q.toHeaders()
	defer cancel()
	size, err := spool.Size(early)
	if err != nil {
		return err
	}
	d := spool.Digest()
	blobHeaders(w.Header(), d)
	if matches(q.Header.Get("If-None-Match"), d) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	status, length := http.StatusOK, size
	if spec := q.Header.Get("Range"); spec != "" && (q.Header.Get("If-Range") == "" || q.Header.Get("If-Range") == etag(d)) {
		first, n, ok, bad := parseRange(spec, size)
		switch {
		case bad:
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return nil
		case ok:
			f.Offset, f.Length, status, length = first, n, http.StatusPartialContent, n
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, first+n-1, size))
		}
	}
	body := spool.Follow(ctx, f)
	defer body.Close()
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(status)
	return s.copy(w, q, body)
}

// copy sends what a follower gives, as soon as it gives it.
func (s *Server) copy(w http.ResponseWriter, q *request, body io.Reader) error {
	flush := http.NewResponseController(w)
	if err := flush.Flush(); err != nil { // the headers: a client waits for them
		return q.sent(err)
	}
	buf := make([]byte, copyBuffer)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if err := flush.SetWriteDeadline(time.Now().Add(stall)); err != nil {
				return q.sent(err)
			}
			if _, err := w.Write(buf[:n]); err != nil {
				return q.sent(err)
			}
			if err := flush.Flush(); err != nil {
				return q.sent(err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func blobHeaders(h http.Header, d oci.Digest) {
	h.Set("Content-Type", oci.MediaTypeOctetStream)
	h.Set(contentDigest, d.String())
	h.Set("Etag", etag(d))
	h.Set("Accept-Ranges", "bytes")
	// Bytes leave by the gate at every request: no cache between may answer in its place.
	h.Set("Cache-Control", "no-cache")
}

func etag(d oci.Digest) string { return `"` + d.String() + `"` }

// matches reads If-None-Match (RFC 9110, section 13.1.2).
func matches(header string, d oci.Digest) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == etag(d) || tag == d.String() {
			return true
		}
	}
	return false
}

// parseRange reads a Range header of one range (RFC 9110, section 14.1.2) for content
// of the given size. ok: the part to send. bad: a range that cannot be satisfied.
// Neither: the header is to be ignored, as the RFC lets a server do with several
// ranges and must do with what is malformed.
func parseRange(header string, size int64) (first, length int64, ok, bad bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !found || !dash || strings.Contains(spec, ",") {
		return 0, 0, false, false
	}
	if from == "" { // the last n bytes
		n, err := strconv.ParseInt(to, 10, 64)
		if err != nil || n < 0 {
			return 0, 0, false, false
		}
		n = min(n, size)
		return size - n, n, n > 0, n == 0
	}
	first, err := strconv.ParseInt(from, 10, 64)
	if err != nil || first < 0 {
		return 0, 0, false, false
	}
	last := size - 1
	if to != "" {
		n, err := strconv.ParseInt(to, 10, 64)
		if err != nil || n < first {
			return 0, 0, false, false
		}
		last = min(n, last)
	}
	if first >= size {
		return 0, 0, false, true
	}
	return first, last - first + 1, true, false
}
