package proxy

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A stage is the point of a pull at which it is refused.
type stage int

// The stages.
const (
	atTag    stage = iota // manifest by tag
	atDigest              // manifest by digest
	atMember              // manifest by digest, listed by an index of the repository
	atBlob                // blob, of which nothing was sent yet
	midBlob               // blob, in mid-stream
)

// An answer is a way to say no.
type answer int

// The answers. docs/clients.md has what each client makes of them.
const (
	plain     answer = iota // 403 DENIED; in mid-stream: break off
	synthetic               // a manifest that says why, of an image that does not exist
	location                // a redirect to nowhere that says why
	words                   // 403 DENIED, with the words that keep classic dockerd from Docker Hub
	spoil                   // full length, the held tail replaced by other bytes
)

// answers is what stops each family of clients at each stage; where a family or a
// stage has no row, plain does. It was measured: docs/clients.md, "So (client family,
// stage) decides".
var answers = map[family]map[stage]answer{
	classic: {atTag: synthetic, atDigest: location, atMember: location, atBlob: words},
	podman:  {atTag: synthetic},
	// containerd takes a tail that was cut off from Docker Hub, and the pull succeeds.
	containerd: {midBlob: spoil},
}

// answer picks the way to refuse a client at a stage.
func (s *Server) answer(f family, at stage) answer {
	if s.cfg.RFCDenials {
		return plain
	}
	return answers[f][at]
}

// noSuchProcess are the words for which dockerd's graph-driver client does not go on to
// the next endpoint: the text of ESRCH, in continueOnError of moby's distribution/errors.go.
const noSuchProcess = "no such process"

// refuseManifest answers a request for a manifest whose verdict refuses.
func (s *Server) refuseManifest(w http.ResponseWriter, q *request, ref oci.Reference, v policy.Verdict) error {
	q.refusal, q.verdict = true, &v
	text := s.refusalText(q, v)
	at := atTag
	if ref.Digest != "" {
		at = atDigest
		links, err := s.links.Get(q.Context(), s.registry(), q.repository, ref.Digest)
		if err != nil {
			s.log.WarnContext(q.Context(), "links not readable", "id", q.id, "error", err.Error())
		}
		for _, l := range links {
			if l.Role == roleMember {
				at = atMember
			}
		}
	}
	switch s.answer(q.family, at) {
	case synthetic:
		d, doc, err := s.denialManifest(q.Context(), text)
		if err != nil {
			return err
		}
		return s.writeManifest(w, q, d, oci.MediaTypeOCIManifest, doc)
	case location:
		// The space in the host makes the URL unparsable, so that Go's http.Client stops
		// here and quotes it.
		w.Header().Set("Location", "https://"+strings.ReplaceAll(text, "%", "")+" ("+noSuchProcess+")/")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusTemporaryRedirect)
		return nil
	}
	return &refused{text}
}

// refuseBlob answers a request for a blob whose verdict refuses, before any byte of it.
func (s *Server) refuseBlob(q *request, r *ruling, v policy.Verdict) error {
	q.verdict = &v
	r.refusedNow()
	text := s.refusalText(q, v)
	if s.answer(q.family, atBlob) == words {
		text += " (" + noSuchProcess + ")"
	}
	return &refused{text}
}

// breakOff ends an answer whose body has begun, so that the client cannot complete the blob.
func (s *Server) breakOff(w http.ResponseWriter, q *request, r *ruling, refusal error) error {
	q.refusal, q.streamed = true, true
	rw, ok := w.(*responseWriter)
	if !ok || rw.status != http.StatusOK || s.answer(q.family, midBlob) != spoil {
		return refusal // serve breaks the connection off
	}
	size, err := r.size(q.Context())
	if err != nil {
		return refusal
	}
	// Random bytes: an attacker who knew them could make a blob that ends in them.
	tail := make([]byte, copyBuffer)
	for left := size - rw.bytes; left > 0; {
		if _, err := rand.Read(tail); err != nil {
			return refusal
		}
		n, err := w.Write(tail[:min(left, int64(len(tail)))])
		if err != nil {
			return q.sent(err)
		}
		left -= int64(n)
	}
	return nil
}

// refusedNow notes the refusal for the ledger and for the image's other blobs.
func (r *ruling) refusedNow() {
	r.q.refusal = true
	for _, c := range r.cases {
		if c.claim.role == roleLayer || c.claim.role == roleLastLayer {
			r.s.noteRefused(r.q, c.claim.img.digest)
		}
	}
}

// size returns the blob's size in bytes.
func (r *ruling) size(ctx context.Context) (int64, error) {
	return r.s.exams.fill(r.q.repository, r.desc).Size(ctx)
}

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

// maxText bounds a refusal's text, in bytes: it must fit a header line and a terminal.
const maxText = 900

// refusalText says to a developer who refuses what, why, where it was found, and what
// can be done. It is one line of printable ASCII, since some answers carry it in a header.
func (s *Server) refusalText(q *request, v policy.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "refused by Lazaret: %s", strings.TrimPrefix(q.repository, "library/"))
	if q.kind == "manifest" && q.asked != "" {
		sep := ":"
		if strings.Contains(q.asked, ":") {
			sep = "@"
		}
		b.WriteString(sep + q.asked)
	}
	verb := "is blocked"
	if v.Action == policy.Quarantine {
		verb = "is in quarantine"
	}
	b.WriteString(" " + verb)
	if len(v.Reasons) > 0 {
		f := v.Reasons[0].Finding
		fmt.Fprintf(&b, ": %s, rule %s", f.Category, f.Rule)
		if f.Layer != "" {
			fmt.Fprintf(&b, ", layer %s", short(f.Layer))
		}
		if f.Path != "" {
			fmt.Fprintf(&b, ", file /%s", strings.TrimPrefix(f.Path, "/"))
		}
		if f.Evidence != "" {
			fmt.Fprintf(&b, " (%s)", f.Evidence)
		}
		if n := len(v.Reasons) - 1; n > 0 {
			fmt.Fprintf(&b, " and %d more", n)
		}
	}
	if len(v.Reasons) > 0 && v.Reasons[0].Message != "" && v.Reasons[0].Message != v.Reasons[0].Finding.Evidence {
		b.WriteString(". " + strings.TrimSuffix(v.Reasons[0].Message, "."))
	}
	tail := ". " + s.cfg.Contact + " Request " + q.id
	head := printable(b.String())
	if room := maxText - len(tail); len(head) > room && room > 0 {
		head = head[:room]
	}
	return head + printable(tail)
}

// short is a digest as people compare it: the algorithm and twelve digits.
func short(d oci.Digest) string {
	algorithm, hex, _ := strings.Cut(d.String(), ":")
	return algorithm + ":" + hex[:min(12, len(hex))]
}

// printable replaces what a header or a terminal would take for more than text.
func printable(s string) string {
	s = strings.ReplaceAll(s, "…", "...")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
