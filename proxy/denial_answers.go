package proxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		return s.spoilManifest(w, q, d, m)
	}
	if !m.manifest.IsIndex() {
		s.noteServed(q, d)
	}
	return s.writeManifest(w, q, d, m.manifest.MediaType, m.body)
}

// unknownLength is that of a spoilt manifest which nobody has: its name was refused.
// Almost none is as long, so that a client which knows the size finds it wrong.
const unknownLength = 64 << 10

// spoilManifest answers with other bytes than the digest's, as many as it has.
func (s *Server) spoilManifest(w http.ResponseWriter, q *request, d oci.Digest, m document) error {
	mediaType, length := oci.MediaTypeOCIManifest, int64(unknownLength)
	if m.body != nil {
		mediaType, length = m.manifest.MediaType, int64(len(m.body))
	}
	noStore(w)
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set(contentDigest, d.String())
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(http.StatusOK)
	if q.Method == http.MethodHead {
		return nil
	}
	return s.writeNoise(w, q, d, length, length)
}

// spoilBlob answers with other bytes than the blob's, all of them or the range that was
// asked for. If its size cannot be had, the answer is refusal.
func (s *Server) spoilBlob(w http.ResponseWriter, q *request, r *ruling, refusal error) error {
	size, err := r.size(q.Context())
	if err != nil || size <= 0 {
		return refusal
	}
	blobHeaders(w.Header(), r.desc.Digest)
	w.Header().Del("Etag")
	noStore(w)
	status, first, length := http.StatusOK, int64(0), size
	if spec := q.Header.Get("Range"); spec != "" {
		from, n, ok, bad := parseRange(spec, size)
		switch {
		case bad:
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return nil
		case ok:
			status, first, length = http.StatusPartialContent, from, n
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, first+n-1, size))
		}
	}
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(status)
	return s.writeNoise(w, q, r.desc.Digest, first+length, length)
}

// spoilRest completes an answer that has begun by other bytes than the blob's.
func (s *Server) spoilRest(w http.ResponseWriter, q *request, r *ruling, refusal error) error {
	rw, ok := w.(*responseWriter)
	length, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
	if !ok || err != nil || length <= rw.bytes {
		return refusal
	}
	end := length
	if rw.status == http.StatusPartialContent {
		var first int64
		if _, err := fmt.Sscanf(w.Header().Get("Content-Range"), "bytes %d-%d/", &first, &end); err != nil {
			return refusal
		}
		end++
	}
	if err := s.writeNoise(w, q, r.desc.Digest, end, length-rw.bytes); err != nil {
		return errors.Join(refusal, err)
	}
	return nil
}

// guessable is how few random bytes might be the right ones by chance.
const guessable = 16

// writeNoise writes the n bytes before end of what has this digest, and none of them is what
// it was. They are random: an attacker who knew them could make content that ends in them.
// Too few of them are held against those that they stand for, and if those cannot be had, it
// is an error.
func (s *Server) writeNoise(w http.ResponseWriter, q *request, d oci.Digest, end, n int64) error {
	noise := make([]byte, min(n, copyBuffer))
	rand.Read(noise) // never fails (crypto/rand)
	if n < guessable {
		right, err := s.storedBytes(q.Context(), d, end-n, n)
		if err != nil {
			return err
		}
		for bytes.Equal(noise, right) {
			rand.Read(noise)
		}
	}
	flush := http.NewResponseController(w)
	for n > 0 {
		if err := flush.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return q.sent(err)
		}
		sent, err := w.Write(noise[:min(n, int64(len(noise)))])
		if err != nil {
			return q.sent(err)
		}
		n -= int64(sent)
	}
	return nil
}

// storedBytes returns n bytes of what is stored under a digest.
func (s *Server) storedBytes(ctx context.Context, d oci.Digest, offset, n int64) ([]byte, error) {
	f, _, err := s.cfg.Blobs.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read %s: %w", d, err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("read %s: %w", d, err)
	}
	return b, nil
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
