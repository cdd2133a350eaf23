package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A Case is an image that was asked for before, with what is known of it under the rules
// that are in force. Nothing is downloaded for it.
type Case struct {
	s         *Server
	inspector *inspect.Inspector
	policy    *policy.Policy
	image     policy.Image
	known     []inspect.Report
	partial   bool // its manifest is not stored: what it is made of is not known
}

// Reopen opens the case of an image of a repository, or with no digest that of its name.
// Blobs that are stored and have no report under the rules in force are inspected again,
// one after the other, if again is set. What can be had neither way is missing in the verdict.
func (s *Server) Reopen(ctx context.Context, registry, repository string, d oci.Digest, again bool) (*Case, error) {
	c := &Case{s: s, inspector: s.exams.current(), policy: s.policy.Load()}
	c.image.Reference = oci.Reference{Registry: registry, Repository: repository, Digest: d}
	c.image.Digest = d
	if d == "" {
		return c, nil
	}
	blobs := []oci.Descriptor{{Digest: d}}
	body, err := s.storedManifest(ctx, d)
	switch {
	case errors.Is(err, cache.ErrMiss): // its own report may be there
		c.partial = true
	case err != nil:
		return nil, fmt.Errorf("proxy: review %s: %w", d, err)
	default:
		m, err := oci.ParseManifest(body)
		if err != nil {
			return nil, fmt.Errorf("proxy: review %s: %w", d, err)
		}
		blobs[0].Size = int64(len(body))
		if !m.IsIndex() {
			blobs = append(blobs, m.Blobs()...)
			c.image.Config, c.image.ConfigType, c.image.Size = m.Config.Digest, m.Config.MediaType, m.Size()
			for _, l := range m.Layers {
				c.image.Layers = append(c.image.Layers, l.Digest)
			}
		}
	}
	digests := make([]oci.Digest, len(blobs))
	for i, b := range blobs {
		digests[i] = b.Digest
	}
	known, err := s.cfg.Reports.Get(ctx, c.inspector.Set(), digests...)
	if err != nil {
		s.log.WarnContext(ctx, "reports not readable", "error", err.Error())
	}
	for _, b := range blobs {
		report, ok := known[b.Digest]
		if !ok && again {
			report, ok = s.inspectStored(ctx, c.inspector, b)
		}
		if ok && !report.Partial { // which says more of the moment than of the blob
			c.known = append(c.known, report)
		}
	}
	return c, ctx.Err()
}

// inspectStored inspects a blob if it is stored, whose digest was verified before it was.
// It is not an exam, so that a shutdown need not wait for it.
func (s *Server) inspectStored(ctx context.Context, i *inspect.Inspector, d oci.Descriptor) (inspect.Report, bool) {
	f, _, err := s.cfg.Blobs.Open(ctx, d.Digest)
	if err != nil {
		return inspect.Report{}, false
	}
	defer f.Close() // it was only read
	report, err := i.Inspect(ctx, d, f)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "stored blob not inspected again", slog.String("digest", d.Digest.String()), slog.String("error", err.Error()))
		return inspect.Report{}, false
	}
	s.exams.keep(report)
	return report, true
}

// Partial reports whether it is not known what the image is made of. A verdict on it then
// is one on its name and its manifest alone.
func (c *Case) Partial() bool { return c.partial }

// Decide returns the verdict that a client would be given now.
func (c *Case) Decide(ctx context.Context, client string) policy.Verdict {
	return c.DecideBy(ctx, c.policy, client, "", c.s.cfg.Now())
}

// DecideBy returns the verdict that a policy, in force or not, has on the image as the client
// of an address asked for it at some time, by a tag or, if that is "", by its digest; by the
// exceptions that are in force now.
func (c *Case) DecideBy(ctx context.Context, p *policy.Policy, client, tag string, at time.Time) policy.Verdict {
	img := c.image
	if tag != "" {
		img.Reference.Tag, img.Reference.Digest = tag, ""
	}
	q := &request{id: "review", client: client, policy: p, registry: img.Reference.Registry, repository: img.Reference.Repository}
	subject := c.s.subject(ctx, q, img)
	subject.At = at
	ex, _ := c.s.cfg.Exceptions(subject)
	v := p.Decide(subject, policy.Evidence{Reports: c.known}, ex)
	if c.partial && len(v.Missing) == 0 { // its blobs are, and nobody knows which
		v.Missing = []oci.Digest{c.image.Digest}
		v.Action, v.Judged = min(v.Action, policy.Stream), min(v.Judged, policy.Stream)
	}
	return v
}

// Rules names the rule set by whose reports the case is decided.
func (c *Case) Rules() inspect.SetID { return c.inspector.Set() }

// Policy is the revision of the policy that decides.
func (c *Case) Policy() string { return c.policy.Revision() }

// Purge removes what is stored of an image, and reports whether there was anything. A layer that
// other images have too is downloaded again for them; who reads it now reads on.
func (s *Server) Purge(ctx context.Context, d oci.Digest) (bool, error) {
	body, err := s.storedManifest(ctx, d)
	if errors.Is(err, cache.ErrMiss) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("proxy: purge %s: %w", d, err)
	}
	m, err := oci.ParseManifest(body)
	if err != nil {
		return false, fmt.Errorf("proxy: purge %s: %w", d, err)
	}
	blobs := []oci.Descriptor{{Digest: d}}
	if !m.IsIndex() {
		blobs = append(m.Blobs(), blobs...) // the manifest last: without it nobody would find the others
	}
	for _, b := range blobs {
		if err := s.cfg.Blobs.Delete(ctx, b.Digest); err != nil {
			return true, fmt.Errorf("proxy: purge %s: %w", d, err)
		}
	}
	return true, nil
}
