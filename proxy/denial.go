package proxy

import (
	"net/http"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A stage is the point of a pull at which it is refused.
type stage int

// The stages.
const (
	atTag    stage = iota // manifest by tag
	atDigest              // manifest by digest, which the user may have written
	atMember              // manifest by digest, which another answer has named
	atBlob                // blob, or a range of it; in mid-stream the answer breaks off, and the client comes back here
)

// An answer is a way to say no.
type answer int

// The answers; denial_answers.go gives them. docs/clients.md has what each client makes of them.
const (
	plain     answer = iota // 403 DENIED
	synthetic               // a manifest that says why, of an image that does not exist
	location                // a redirect to nowhere that says why
	bare                    // HEAD: 200 that names no digest; GET: 403 DENIED
	digestIs                // HEAD: 200 with the text for a digest; GET: as location
	phrase                  // HEAD: 300 with the text for a reason; GET: as location
	given                   // the manifest itself, whose blobs are refused
	words                   // 403 DENIED, with the words that keep classic dockerd from Docker Hub
	stop                    // 200 or 206, and nothing of the content
)

// answers is what stops each family of clients at each stage; where a family or a
// stage has no row, plain does. It was measured: docs/clients.md, "So (client family,
// stage) decides".
var answers = map[family]map[stage]answer{
	classic: {atTag: synthetic, atDigest: location, atMember: location, atBlob: words},
	// What containerd is refused, or the tail of it, it takes from Docker Hub, and the pull
	// succeeds. A body that fails ends it. None of its bytes may be wrong: what a failed pull has of
	// them is kept, and would fail the next one too, which an exception may have allowed.
	containerd:    {atTag: bare, atDigest: bare, atMember: stop, atBlob: stop},
	oldContainerd: {atTag: digestIs, atDigest: phrase, atMember: stop, atBlob: stop},
	// containers/image stays with whom it had the manifest from, by tag or by digest.
	podman: {atTag: synthetic, atDigest: given, atMember: given},
}

// answer picks the way to refuse a client at a stage.
func (s *Server) answer(f family, at stage) answer {
	if s.cfg.RFCDenials {
		return plain
	}
	return answers[f][at]
}

// stageOf tells at which stage a request for a manifest is. Whether a digest is a
// member's decides for containerd alone, and there it is the request that tells: what it
// resolves it asks for by HEAD, or, after an answer to that, with every type of manifest
// in Accept; what it fetches by a descriptor, with that one's type and "*/*"
// (resolver.go and fetcher.go in its core/remotes/docker). That an index of the
// repository lists the digest would tell nothing: the user may have written a member's.
func stageOf(q *request, ref oci.Reference) stage {
	switch {
	case ref.Digest == "":
		return atTag
	case q.Method == http.MethodGet && len(strings.Split(q.Header.Get("Accept"), ",")) <= 2:
		return atMember
	}
	return atDigest
}

// A document is a manifest or an index that was asked for, as far as it was had before
// its refusal: a name is refused before anyone is asked for what it names.
type document struct {
	image
	body []byte
}

// refuseManifest answers a request for a manifest whose verdict refuses.
func (s *Server) refuseManifest(w http.ResponseWriter, q *request, ref oci.Reference, m document, v policy.Verdict) error {
	q.refusal, q.verdict = true, &v
	text := s.refusalText(q, v)
	if q.direct && q.family == classic && !s.cfg.RFCDenials {
		return &refused{text: text, direct: true}
	}
	at, head := stageOf(q, ref), q.Method == http.MethodHead
	switch s.answer(q.family, at) {
	case synthetic:
		d, doc, err := s.denialManifest(q.Context(), text)
		if err != nil {
			return err
		}
		return s.writeManifest(w, q, d, oci.MediaTypeOCIManifest, doc)
	case location:
		return redirectNowhere(w, text+" ("+noSuchProcess+")")
	case bare:
		if head {
			return headWithoutDigest(w)
		}
	case digestIs:
		if head {
			return headWithText(w, text)
		}
		return redirectNowhere(w, text)
	case phrase:
		if head {
			return headWithReason(w, q, text)
		}
		return redirectNowhere(w, text)
	case given:
		return s.giveRefused(w, q, ref.Digest, m)
	case stop:
		mediaType, length := m.shape()
		return halt(w, q, ref.Digest, mediaType, length, &refused{text: text})
	}
	return &refused{text: text}
}

// refuseBlob answers a request for a blob whose verdict refuses, before any byte of it.
func (s *Server) refuseBlob(w http.ResponseWriter, q *request, r *ruling, v policy.Verdict) error {
	q.verdict = &v
	r.refusedNow()
	text := s.refusalText(q, v)
	switch s.answer(q.family, atBlob) {
	case words:
		text += " (" + noSuchProcess + ")"
	case stop:
		if size, err := r.size(q.Context()); err == nil && size > 0 && q.Method == http.MethodGet {
			return halt(w, q, r.desc.Digest, "application/octet-stream", size, &refused{text: text})
		}
	}
	return &refused{text: text}
}

// breakOff ends an answer whose body has begun: serve breaks the connection off. Whoever comes
// back for the rest is answered as at any refused blob.
func (s *Server) breakOff(w http.ResponseWriter, q *request, refusal error) error {
	q.refusal = true
	if s.answer(q.family, atBlob) == stop {
		resetConnection(w, q)
	}
	return refusal
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
