package proxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
)

// noSuchProcess are the words for which dockerd's graph-driver client does not go on to
// the next endpoint: the text of ESRCH, in continueOnError of moby's distribution/errors.go.
const noSuchProcess = "no such process"

// denialManifest makes the manifest that says why: of an image whose config's media type
// is the text, which clients show, and whose blobs exist nowhere. It is kept for a day
// under its digest, and so are its blobs' digests, since a client may ask for either by
// digest, of another replica too.
func (s *Server) denialManifest(ctx context.Context, text string) (oci.Digest, []byte, error) {
	nowhere := oci.DigestOf([]byte("lazaret: refused: " + text))
	doc, err := json.Marshal(v1.Manifest{
		Versioned: oci.SchemaVersion2,
		MediaType: oci.MediaTypeOCIManifest,
		Config:    oci.Descriptor{MediaType: text, Digest: nowhere, Size: int64(len(text))},
		Layers:    []oci.Descriptor{{MediaType: oci.MediaTypeOCILayerGzip, Digest: nowhere, Size: int64(len(text))}},
	})
	if err != nil {
		return "", nil, fmt.Errorf("proxy: make a denial: %w", err)
	}
	d := oci.DigestOf(doc)
	for digest, content := range map[oci.Digest][]byte{d: doc, nowhere: []byte(text)} {
		if err := s.memo.Put(ctx, denialKey(digest), content); err != nil {
			// In this process's memory it is; another replica answers "unknown".
			s.log.WarnContext(ctx, "denial not stored", "error", err.Error())
		}
	}
	return d, doc, nil
}

func denialKey(d oci.Digest) string { return "denial:" + d.String() }

// denialDocument returns what denialManifest kept under a digest.
func (s *Server) denialDocument(ctx context.Context, d oci.Digest) ([]byte, bool) {
	if d == "" {
		return nil, false
	}
	b, err := s.memo.Get(ctx, denialKey(d))
	return b, err == nil
}

// noStore keeps an answer that says no out of caches between here and the client: after an
// exception it would be wrong.
func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

// redirectNowhere answers with a Location that is no URL: the space in its host makes Go's
// http.Client stop here and quote it.
func redirectNowhere(w http.ResponseWriter, text string) error {
	noStore(w)
	w.Header().Set("Location", "https://"+strings.ReplaceAll(text, "%", "")+"/")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusTemporaryRedirect)
	return nil
}

// headWithoutDigest sends containerd for the manifest itself: what it gets then is final.
func headWithoutDigest(w http.ResponseWriter) error {
	noStore(w)
	w.WriteHeader(http.StatusOK)
	return nil
}

// headWithText has the text where containerd looks for a digest, which it quotes. It looks
// only if there is a length.
func headWithText(w http.ResponseWriter, text string) error {
	noStore(w)
	w.Header().Set(contentDigest, text)
	w.Header().Set("Content-Type", oci.MediaTypeOCIManifest)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusOK)
	return nil
}

// headWithReason answers 300 with the text as HTTP/1.1's reason phrase (RFC 9112, section
// 4). net/http writes its own phrases alone, so the connection is taken from it, and closed.
// HTTP/2 has no phrase (RFC 9113, section 8.3.2): there the client is sent for the manifest,
// and gets the text by redirectNowhere.
func headWithReason(w http.ResponseWriter, q *request, text string) error {
	rw, ok := w.(*responseWriter)
	if !ok || q.ProtoMajor != 1 {
		return headWithoutDigest(w)
	}
	// The responseWriter itself gives no connection away: this one carries no content.
	conn, _, err := http.NewResponseController(rw.ResponseWriter).Hijack()
	if err != nil {
		return headWithoutDigest(w)
	}
	defer conn.Close()
	rw.status = http.StatusMultipleChoices
	if err := conn.SetWriteDeadline(time.Now().Add(stall)); err != nil {
		return q.sent(err)
	}
	noStore(w)
	h := w.Header().Clone()
	h.Set("Content-Length", "0")
	h.Set("Connection", "close")
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", rw.status, text)
	_ = h.Write(&b) // into memory
	b.WriteString("\r\n")
	_, err = conn.Write(b.Bytes())
	return q.sent(err)
}

// giveRefused gives a client of podman's family what it asked for by digest, for with any
// other answer it would go to Docker Hub, and keeps it with us, where the blobs are
// refused. An index is given only if it is refused for a member, which is refused itself
// when it is asked for. What is refused on its own is spoilt.
func (s *Server) giveRefused(w http.ResponseWriter, q *request, d oci.Digest, m document) error {
	if m.body == nil || m.manifest.IsIndex() && q.member == nil {
		return spoilManifest(w, q, d, m)
	}
	if !m.manifest.IsIndex() {
		s.noteServed(q, d)
	}
	return s.writeManifest(w, q, d, m.manifest.MediaType, m.body)
}

// unknownLength is that of a spoilt manifest which nobody has: its name was refused.
// Almost none is as long, so that a client which knows the size finds it wrong.
const unknownLength = 64 << 10

// shape is what may be said of a document without giving it: its media type and its length in bytes.
func (m document) shape() (mediaType string, length int64) {
	if m.body == nil {
		return oci.MediaTypeOCIManifest, unknownLength
	}
	return m.manifest.MediaType, int64(len(m.body))
}

// spoilManifest answers with other bytes than the digest's, as many as it has. They are random.
func spoilManifest(w http.ResponseWriter, q *request, d oci.Digest, m document) error {
	mediaType, length := m.shape()
	noStore(w)
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set(contentDigest, d.String())
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(http.StatusOK)
	if q.Method == http.MethodHead {
		return nil
	}
	noise := make([]byte, length)
	rand.Read(noise) // never fails (crypto/rand)
	_, err := w.Write(noise)
	return q.sent(err)
}

// halt answers a GET of what has a digest and so many bytes, or of a range of it, so that containerd
// takes the answer for its own, gets nothing of it, and asks nobody else. Its body breaks off before
// the first byte: it asks three times more for that, and gives up. BuildKit would begin anew
// for 7 s then, so where all is asked for, whoever accepts "deflate", as containerd does from 2.0 on, gets a body that
// is no such thing: its first block is of the type that RFC 1951 reserves (section 3.2.3). A range
// may be a piece of several that are fetched side by side, and whose encoding nobody looks at.
func halt(w http.ResponseWriter, q *request, d oci.Digest, mediaType string, size int64, refusal error) error {
	h := w.Header()
	noStore(w)
	h.Set("Content-Type", mediaType)
	h.Set(contentDigest, d.String())
	first, length, ok, bad := parseRange(q.Header.Get("Range"), size)
	switch {
	case bad:
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return nil
	case ok:
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, first+length-1, size))
		h.Set("Content-Length", strconv.FormatInt(length, 10))
		w.WriteHeader(http.StatusPartialContent)
	case strings.Contains(q.Header.Get("Accept-Encoding"), "deflate"):
		h.Set("Content-Encoding", "deflate")
		h.Set("Content-Length", "1")
		w.WriteHeader(http.StatusOK)
		_, err := w.Write([]byte{0b111}) // the last block, of type 3
		return q.sent(err)
	default:
		h.Set("Content-Length", strconv.FormatInt(size, 10))
		w.WriteHeader(http.StatusOK)
	}
	if err := http.NewResponseController(w).Flush(); err != nil { // without headers it would be no answer
		return q.sent(err)
	}
	return refusal
}

// size returns the blob's size in bytes: the manifest's word, or what is stored, or what
// upstream says.
func (r *ruling) size(ctx context.Context) (int64, error) {
	if r.desc.Size > 0 {
		return r.desc.Size, nil
	}
	f, size, err := r.s.cfg.Blobs.Open(ctx, r.desc.Digest)
	switch {
	case err == nil:
		return size, f.Close()
	case !errors.Is(err, cache.ErrMiss):
		return 0, err
	}
	return shared(ctx, r.s, "blob "+r.q.repository+" "+r.desc.Digest.String(), func(ctx context.Context) (int64, error) {
		return r.q.up.HeadBlob(ctx, r.q.repository, r.desc.Digest)
	})
}
