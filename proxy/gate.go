package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// Roles of a blob in an image, as links keep them.
const (
	roleConfig    = "config"
	roleLayer     = "layer"
	roleLastLayer = "last-layer"
	roleManifest  = "manifest" // the image manifest or index itself: the repository has it
	roleMember    = "member"   // an image manifest that an index of the repository lists
	roleBlob      = "blob"     // upstream confirmed that the repository has it
)

// An image is a manifest, by its digest.
type image struct {
	digest   oci.Digest
	manifest oci.Manifest
}

// errNoVerdict says that evidence is missing where it was needed. It is what stands in
// the way of a byte when everything else has gone wrong.
var errNoVerdict = errors.New("proxy: no verdict")

// A claim is what a blob is to one image: the images that decide on a blob are its claims.
type claim struct {
	img  image
	role string
}

// claims returns the images whose verdict decides on a blob for this client. If the
// client was given manifests in this repository that name the blob, the latest of
// them alone decides: that is what it is pulling. If it was not (its manifest came
// from its own store, or through another replica), any image that names the blob may
// let it pass. None: the blob stands for itself.
func (s *Server) claims(ctx context.Context, q *request, blob oci.Digest, links []cache.Link) ([]claim, error) {
	served, _ := s.served.get(clientRepository{q.who(), q.where()})
	for _, d := range slices.Backward(served) {
		m, err := s.parsedManifest(ctx, q, d)
		if err != nil {
			return nil, err
		}
		if names(m, blob) {
			return []claim{{img: image{d, m}, role: roleIn(m, blob)}}, nil
		}
	}
	var out []claim
	for _, l := range links {
		if !isPart(l.Role) {
			continue
		}
		m, err := s.parsedManifest(ctx, q, l.Manifest)
		if err != nil {
			return nil, err
		}
		out = append(out, claim{img: image{l.Manifest, m}, role: l.Role})
	}
	return out, nil
}

func names(m oci.Manifest, d oci.Digest) bool {
	return slices.ContainsFunc(m.Blobs(), func(b oci.Descriptor) bool { return b.Digest == d })
}

func isPart(role string) bool {
	return role == roleConfig || role == roleLayer || role == roleLastLayer
}

// gates reports whether the blob in this role is held until the image as a whole has a
// verdict. It must be one whose loss stops the client, and that it asks for beside the
// others, or nothing would flow until all is known. podman, crane, BuildKit and what unpacks
// as it fetches (dockerd over containerd, the CRI, the transfer service: Unpacker in its
// core/unpack) ask for the config before any layer, and classic dockerd goes to Hub when a
// config fails (ImageConfigPullError in moby's distribution/errors.go). So it is the last
// layer, and, for who is not known, the config too.
func gates(f family, role string) bool {
	switch role {
	case roleLayer:
		return false
	case roleConfig:
		return f == unknown
	}
	return true
}

// A ruling is a blob's case for one client: what must be known before its tail may go.
type ruling struct {
	s     *Server
	q     *request
	desc  oci.Descriptor
	cases []rulingCase
}

type rulingCase struct {
	admission *admission
	need      []oci.Digest
	claim     claim
}

// rule opens the case of a blob. Whatever lacks a report is being examined from here on.
func (s *Server) rule(ctx context.Context, q *request, d oci.Descriptor, links []cache.Link) (*ruling, error) {
	claims, err := s.claims(ctx, q, d.Digest, links)
	if err != nil {
		return nil, err
	}
	r := &ruling{s: s, q: q, desc: d}
	for _, c := range claims {
		ref := oci.Reference{Registry: q.registry, Repository: q.repository, Digest: c.img.digest}
		a, err := s.admitImage(ctx, q, ref, c.img)
		if err != nil {
			return nil, err
		}
		// Always: the blob's own report, and those of the small parts that can refuse the
		// image; at the gate, all.
		need := []oci.Digest{d.Digest, c.img.digest, c.img.manifest.Config.Digest}
		if gates(q.family, c.role) || q.policy.Mode() == policy.Hold || q.policy.NeedsAll() {
			need = a.subject.Image.Blobs()
		}
		if q.family == classic && c.role == roleConfig {
			need = a.subject.Image.Blobs() // see classicConfig
		}
		r.cases = append(r.cases, rulingCase{a, need, c})
	}
	if len(r.cases) == 0 {
		r.cases = []rulingCase{{admission: s.admitBlob(ctx, q, d), need: []oci.Digest{d.Digest}}}
	}
	return r, nil
}

// now returns the verdict if no more waiting is needed: it refuses, or it lets the blob pass.
func (r *ruling) now() (v policy.Verdict, decided bool) {
	refusals := 0
	for _, c := range r.cases {
		w := c.admission.decide()
		if passes(w, c.need) {
			r.q.image = c.claim.img.digest.String()
			return w, true
		}
		if w.Action.Refuses() {
			refusals++
			v = w
			r.q.image = c.claim.img.digest.String()
		}
	}
	return v, refusals == len(r.cases)
}

// wait waits for the verdict. A nil error and a verdict that passes is the only
// thing that releases a blob.
func (r *ruling) wait(ctx context.Context) (policy.Verdict, error) {
	begin := r.s.cfg.Now()
	defer func() { r.q.held += r.s.cfg.Now().Sub(begin) }()
	var refusal policy.Verdict
	var failed error
	for _, c := range r.cases {
		v, err := c.admission.await(ctx, c.need)
		if img := c.claim.img; img.digest != "" && v.Final() {
			c.admission.remember(ctx, v)
		}
		switch {
		case err != nil:
			failed = err
		case passes(v, c.need):
			r.q.image = c.claim.img.digest.String()
			return v, nil
		case v.Action.Refuses():
			refusal = v
			r.q.image = c.claim.img.digest.String()
		default:
			failed = errNoVerdict
		}
	}
	if failed != nil {
		return policy.Verdict{}, failed
	}
	return refusal, nil
}

// passes is the test that every byte of a tail is put to.
func passes(v policy.Verdict, need []oci.Digest) bool {
	if v.Action != policy.Allow && v.Action != policy.Stream {
		return false
	}
	return !slices.ContainsFunc(need, func(d oci.Digest) bool { return slices.Contains(v.Missing, d) })
}

// noteServed remembers that a client was given an image's manifest.
func (s *Server) noteServed(q *request, d oci.Digest) {
	s.served.update(clientRepository{q.who(), q.where()}, func(was []oci.Digest) []oci.Digest {
		now := slices.DeleteFunc(slices.Clone(was), func(o oci.Digest) bool { return o == d })
		now = append(now, d)
		return now[max(0, len(now)-maxServedEach):]
	})
}

// noteRefused remembers that a layer of an image was refused to a client.
func (s *Server) noteRefused(q *request, manifest oci.Digest) {
	ch := s.refusal(q, manifest)
	s.refusals.update(clientImage{q.who(), q.where(), manifest}, func(chan struct{}) chan struct{} {
		select {
		case <-ch:
		default:
			close(ch)
		}
		return ch
	})
}

func (s *Server) refusal(q *request, manifest oci.Digest) chan struct{} {
	return s.refusals.update(clientImage{q.who(), q.where(), manifest}, func(ch chan struct{}) chan struct{} {
		if ch == nil {
			ch = make(chan struct{})
		}
		return ch
	})
}

// classicConfigWait is how long a refused image's config waits for a layer's refusal.
const classicConfigWait = 10 * time.Second

// classicConfig decides on the config of an image that is refused, for classic dockerd.
// That client takes any failure of a config as a reason to ask Docker Hub, and minds a
// layer's refusal only once it has the config. So the config, a piece of JSON that is of
// no use without its layers, is given after a layer of the same image was refused to
// the same client, and not before: whoever asks for no layer gets no config.
func (r *ruling) classicConfig(ctx context.Context) bool {
	if r.q.family != classic || len(r.cases) != 1 || r.cases[0].claim.role != roleConfig {
		return false
	}
	select {
	case <-r.s.refusal(r.q, r.cases[0].claim.img.digest):
		return true
	case <-time.After(classicConfigWait):
	case <-ctx.Done():
	}
	return false
}

// remembered returns the verdict on an image that was reached before, if nothing that
// it rests on has changed. It answers for manifests only: a blob's tail is released by
// reports.
func (s *Server) remembered(ctx context.Context, q *request, subject policy.Subject) (policy.Verdict, bool) {
	if q.policy.Timely() {
		return policy.Verdict{}, false
	}
	_, exceptions := s.cfg.Exceptions(subject)
	b, err := s.memo.Get(ctx, memoKey(q.policy, s.exams.current().Set(), &subject, exceptions))
	if err != nil {
		if !errors.Is(err, cache.ErrMiss) {
			s.log.WarnContext(ctx, "verdict not readable", "error", err.Error())
		}
		return policy.Verdict{}, false
	}
	var v policy.Verdict
	if err := json.Unmarshal(b, &v); err != nil || !v.Final() {
		return policy.Verdict{}, false
	}
	return v, true
}

// remember keeps a verdict on an image that is final: a refusal, or one that misses nothing.
// It is the last that the admission came to.
func (a *admission) remember(ctx context.Context, v policy.Verdict) {
	s := a.s
	if a.policy.Timely() || slices.ContainsFunc(a.known, func(r inspect.Report) bool { return r.Partial }) {
		return // it holds for the moment
	}
	b, err := json.Marshal(v)
	if err == nil {
		err = s.memo.Put(ctx, memoKey(a.policy, a.inspector.Set(), &a.subject, a.exceptions), b)
	}
	if err != nil {
		s.log.WarnContext(ctx, "verdict not stored", "error", err.Error())
	}
}
