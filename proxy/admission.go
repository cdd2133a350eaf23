package proxy

import (
	"context"
	"fmt"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// An admission is an image, or a single blob, on its way to a verdict: which reports
// are known, and the exams that will bring the others. It belongs to one request; the
// exams do not.
type admission struct {
	s         *Server
	inspector *inspect.Inspector // of all its reports, whatever comes into force meanwhile
	policy    *policy.Policy
	subject   policy.Subject
	known     []inspect.Report
	exams     map[oci.Digest]*exam

	exceptions string // name of those that the last decision was made with
}

// admitImage opens the admission of an image: reports for the manifest, the config and
// every layer in one look-up, and an exam begun for each blob that has none.
func (s *Server) admitImage(ctx context.Context, q *request, ref oci.Reference, img image) (*admission, error) {
	a := s.newAdmission(ctx, q, subjectOf(ref, img))
	missing := a.lookUp(ctx, append(img.manifest.Blobs(), oci.Descriptor{Digest: img.digest}))
	for _, d := range missing {
		if d.Digest != img.digest {
			a.exams[d.Digest] = s.exams.start(a.inspector, q.up, q.repository, d)
			continue
		}
		body, err := s.manifestBytes(ctx, q, img.digest)
		if err != nil {
			return nil, err
		}
		report, err := s.exams.content(ctx, a.inspector, oci.Descriptor{Digest: img.digest, Size: int64(len(body))}, body)
		if err != nil {
			return nil, err
		}
		a.known = append(a.known, report)
	}
	return a, nil
}

// subjectOf puts an image as policy knows it.
func subjectOf(ref oci.Reference, img image) policy.Image {
	config := img.manifest.Config
	out := policy.Image{Reference: ref, Digest: img.digest, Config: config.Digest, ConfigType: config.MediaType, Size: img.manifest.Size()}
	for _, l := range img.manifest.Layers {
		out.Layers = append(out.Layers, l.Digest)
	}
	return out
}

// admitBlob opens the admission of a single blob, which no image is known to name.
func (s *Server) admitBlob(ctx context.Context, q *request, d oci.Descriptor) *admission {
	ref := oci.Reference{Registry: q.registry, Repository: q.repository}
	a := s.newAdmission(ctx, q, policy.Image{Reference: ref, Layers: []oci.Digest{d.Digest}})
	for _, d := range a.lookUp(ctx, []oci.Descriptor{d}) {
		a.exams[d.Digest] = s.exams.start(a.inspector, q.up, q.repository, d)
	}
	return a
}

func (s *Server) newAdmission(ctx context.Context, q *request, img policy.Image) *admission {
	return &admission{
		s:         s,
		inspector: s.exams.current(),
		policy:    q.policy,
		subject:   s.subject(ctx, q, img),
		exams:     map[oci.Digest]*exam{},
	}
}

// lookUp gathers the reports that are known and returns the descriptors that have none.
// A report store that fails is one that knows nothing: inspect again, never pass.
func (a *admission) lookUp(ctx context.Context, ds []oci.Descriptor) (missing []oci.Descriptor) {
	digests := make([]oci.Digest, len(ds))
	for i, d := range ds {
		digests[i] = d.Digest
	}
	known, err := a.s.cfg.Reports.Get(ctx, a.inspector.Set(), digests...)
	if err != nil {
		a.s.log.WarnContext(ctx, "reports not readable", "error", err.Error())
	}
	for _, d := range ds {
		if r, ok := known[d.Digest]; ok {
			a.known = append(a.known, r)
		} else {
			missing = append(missing, d)
		}
	}
	return missing
}

// decide computes the verdict from what is known, and the exceptions in force, now.
func (a *admission) decide() policy.Verdict {
	ex, name := a.s.cfg.Exceptions(a.subject)
	a.exceptions = name
	return a.policy.Decide(a.subject, policy.Evidence{Reports: a.known}, ex)
}

// settled reports whether no report that is still to come can change what is done.
func (a *admission) settled(v policy.Verdict) bool {
	return v.Action.Refuses() || v.Judged.Refuses() && a.policy.Mode() == policy.Audit
}

// await waits until the verdict refuses, or until the report of every blob in need is
// there, and returns it. The error is that of an exam that failed, or of ctx; the
// verdict beside it is what was known by then.
func (a *admission) await(ctx context.Context, need []oci.Digest) (policy.Verdict, error) {
	wait := map[oci.Digest]bool{}
	for _, d := range need {
		if a.exams[d] != nil {
			wait[d] = true
		}
	}
	v := a.decide()
	if a.settled(v) || len(wait) == 0 {
		return v, nil
	}
	// Any exam's end can bring a refusal, so all are listened to, needed or not.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan oci.Digest)
	for d, x := range a.exams {
		go func() {
			select {
			case <-x.done:
				select {
				case ended <- d:
				case <-ctx.Done():
				}
			case <-ctx.Done():
			}
		}()
	}
	for len(wait) > 0 {
		select {
		case <-ctx.Done():
			return v, context.Cause(ctx)
		case d := <-ended:
			x := a.exams[d]
			delete(a.exams, d)
			if x.err != nil {
				if wait[d] {
					return v, fmt.Errorf("verdict on %s: %w", d, x.err)
				}
				continue
			}
			a.known = append(a.known, x.report)
			delete(wait, d)
			if v = a.decide(); a.settled(v) {
				return v, nil
			}
		}
	}
	return v, nil
}
