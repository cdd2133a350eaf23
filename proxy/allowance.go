package proxy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// subject is the question about an image for the client of a request, with what
// exceptions may ask of it.
func (s *Server) subject(ctx context.Context, q *request, img policy.Image) policy.Subject {
	subject := policy.Subject{Image: img, Client: q.asker(), At: s.cfg.Now()}
	if s.cfg.HubFacts != nil && img.Reference.Registry == oci.DockerHub {
		// Neither a blob's bytes nor a review wait for an answer: a pull begins with a manifest.
		subject.Image.Hub = s.cfg.HubFacts(ctx, img.Reference.Repository, q.kind == "manifest")
	}
	if img.Digest != "" && q.policy.AsksFirstSeen() {
		s.addFirstSeen(ctx, q, &subject.Image)
	}
	ex, _ := s.cfg.Exceptions(subject)
	if img.Digest == "" || len(ex) == 0 {
		return subject
	}
	if slices.ContainsFunc(ex, func(e policy.Exception) bool { return e.Tag != "" || e.Digest != "" && e.Digest != img.Digest }) {
		s.addIndexes(ctx, q, &subject.Image)
	}
	for _, e := range ex {
		if e.Tag == "" || slices.Contains(subject.Image.Tags, e.Tag) {
			continue
		}
		if e.Tag == img.Reference.Tag || s.pointsAt(ctx, q, e.Tag, &subject.Image) {
			subject.Image.Tags = append(subject.Image.Tags, e.Tag)
		}
	}
	slices.Sort(subject.Image.Tags)
	return subject
}

// addFirstSeen adds when an image was first asked for, or an index that lists it: who waits
// for an index to come of age need not wait again for its members.
func (s *Server) addFirstSeen(ctx context.Context, q *request, img *policy.Image) {
	s.addIndexes(ctx, q, img)
	for _, d := range append([]oci.Digest{img.Digest}, img.Indexes...) {
		if at := s.firstSeen(ctx, q, d); img.FirstSeen.IsZero() || at.Before(img.FirstSeen) {
			img.FirstSeen = at
		}
	}
}

// memoryTimeout bounds the wait for what a Memory knows. What it does not say in time is new.
const memoryTimeout = 2 * time.Second

// firstSeen returns when a manifest was first asked for: now, if nobody remembers.
func (s *Server) firstSeen(ctx context.Context, q *request, d oci.Digest) time.Time {
	own := s.firsts.update(seenImage{q.where(), d}, func(was time.Time) time.Time {
		if was.IsZero() {
			return s.cfg.Now()
		}
		return was
	})
	if s.cfg.Memory == nil {
		return own
	}
	ctx, cancel := context.WithTimeout(ctx, memoryTimeout)
	defer cancel()
	at, err := s.cfg.Memory.FirstSeen(ctx, q.registry, q.repository, d)
	switch {
	case err == nil && at.Before(own):
		return at
	case err != nil && !errors.Is(err, records.ErrNone):
		s.log.WarnContext(ctx, "age of an image not readable", "id", q.id, "digest", d.String(), "error", err.Error())
	}
	return own
}

// addIndexes adds the indexes of the repository that list an image. One that is not known
// makes an exception narrower, never wider.
func (s *Server) addIndexes(ctx context.Context, q *request, img *policy.Image) {
	links, err := s.links.Get(ctx, q.registry, q.repository, img.Digest)
	if err != nil {
		s.log.WarnContext(ctx, "links not readable", "id", q.id, "error", err.Error())
	}
	for _, l := range links {
		if l.Role == roleMember && !slices.Contains(img.Indexes, l.Manifest) {
			img.Indexes = append(img.Indexes, l.Manifest)
		}
	}
	slices.Sort(img.Indexes)
}

// pointsAt reports whether a tag was last seen to point at an image or an index of it.
func (s *Server) pointsAt(ctx context.Context, q *request, tag string, img *policy.Image) bool {
	known, err := s.tagsBy.Get(ctx, oci.Reference{Registry: q.registry, Repository: q.repository, Tag: tag})
	if err != nil {
		if !errors.Is(err, cache.ErrMiss) {
			s.log.WarnContext(ctx, "tag not readable", "id", q.id, "error", err.Error())
		}
		return false
	}
	return known.Digest == img.Digest || slices.Contains(img.Indexes, known.Digest)
}

// memoKey names the verdict on an image: whatever could change the verdict is in the key.
// exceptions is the name of those that were in force.
func memoKey(p *policy.Policy, set inspect.SetID, subject *policy.Subject, exceptions string) string {
	h := sha256.New()
	ref := subject.Image.Reference
	for _, part := range []string{ref.Registry, ref.Repository, string(set), p.Revision(), p.Key(*subject), exceptions} {
		_, _ = io.WriteString(h, part+"\x00") // a hash takes all
	}
	for _, d := range subject.Image.Indexes {
		_, _ = io.WriteString(h, d.String()+"\x00")
	}
	_, _ = io.WriteString(h, strings.Join(subject.Image.Tags, " "))
	return subject.Image.Digest.String() + ":" + hex.EncodeToString(h.Sum(nil)[:16])
}
