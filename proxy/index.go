package proxy

import (
	"context"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A RefuseIndex says which of an index's members must be known to be refused for the index
// to be refused as a whole. The zero value is RefuseIndexAny.
type RefuseIndex string

// The choices.
const (
	RefuseIndexAny   RefuseIndex = "any"   // one of them: whoever pulls, for whatever platform
	RefuseIndexAll   RefuseIndex = "all"   // every image in it; attestations are not counted
	RefuseIndexNever RefuseIndex = "never" // the members alone are refused, where a reason shows less well
)

// attestationMark is the annotation by which BuildKit tells, in an index, the manifests of
// attestations from those of images (docs/attestations/attestation-storage.md in moby/buildkit).
const attestationMark = "vnd.docker.reference.type"

// judgeIndex returns the verdict on an index: by its own bytes, its name, and, as RefuseIndex
// has it, by those of its members that are known to be refused.
func (s *Server) judgeIndex(ctx context.Context, q *request, ref oci.Reference, img image, body []byte) (policy.Verdict, error) {
	a := s.newAdmission(ctx, q, policy.Image{Reference: ref, Digest: img.digest})
	if missing := a.lookUp(ctx, []oci.Descriptor{{Digest: img.digest}}); len(missing) > 0 {
		report, err := s.exams.content(ctx, a.inspector, oci.Descriptor{Digest: img.digest, Size: int64(len(body))}, body)
		if err != nil {
			return policy.Verdict{}, err
		}
		a.known = append(a.known, report)
	}
	v := a.decide()
	if v.Action.Refuses() {
		return v, nil
	}
	if member, refusal, ok := s.refusedMember(ctx, q, ref, img.manifest.Manifests); ok {
		q.member = &member
		return refusal, nil
	}
	return v, nil
}

// refusedMember returns the member for which an index is refused, and its verdict. Only what
// is known of members counts: nothing is fetched to judge an index.
func (s *Server) refusedMember(ctx context.Context, q *request, ref oci.Reference, members []oci.Descriptor) (first oci.Descriptor, v policy.Verdict, refused bool) {
	if s.cfg.RefuseIndex == RefuseIndexNever {
		return first, v, false
	}
	all := s.cfg.RefuseIndex == RefuseIndexAll
	for _, member := range members {
		if all && member.Annotations[attestationMark] != "" {
			continue // it is no image, and nobody pulls it to run it
		}
		known, ok := s.memberVerdict(ctx, q, ref, member.Digest)
		if !ok || !known.Action.Refuses() {
			if all {
				return first, v, false
			}
			continue
		}
		if !refused {
			first, v, refused = member, known, true
		}
		if !all {
			return first, v, true
		}
	}
	return first, v, refused
}

// memberVerdict returns the verdict on a member of an index, if it is at hand: remembered, or,
// where verdicts are not worth that, by the reports that are known on what was asked for lately.
func (s *Server) memberVerdict(ctx context.Context, q *request, ref oci.Reference, d oci.Digest) (policy.Verdict, bool) {
	if !q.policy.Timely() {
		return s.remembered(ctx, q, s.subject(ctx, q, policy.Image{Reference: ref, Digest: d}))
	}
	m, ok := s.manifests.get(d)
	if !ok || m.IsIndex() {
		return policy.Verdict{}, false
	}
	a := s.newAdmission(ctx, q, subjectOf(ref, image{d, m}))
	a.lookUp(ctx, append(m.Blobs(), oci.Descriptor{Digest: d}))
	return a.decide(), true
}
