// Package explain shows every finding on an image, or on one blob, and what a policy made of
// it.
//
// It promises that no finding is left out, down to those that say nothing alone. What is not known is
// listed as missing. It inspects nothing and changes nothing: Stored reads what a mirror keeps.
package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/policy"
)

// ErrNone says that nothing is known of a digest.
var ErrNone = errors.New("no report")

// An Explanation is all that is known of an image, or of one blob. Its JSON form is
// documented in docs/correlation.md.
type Explanation struct {
	Target   string        `json:"target"`
	Digest   oci.Digest    `json:"digest"`
	Kind     inspect.Kind  `json:"kind"` // "" of what was inspected now
	Ruleset  inspect.SetID `json:"ruleset"`
	Policy   string        `json:"policy_revision"`
	Verdict  scan.Verdict  `json:"verdict"`
	Missing  []oci.Digest  `json:"missing"` // blobs of the image without a report
	Findings []Finding     `json:"findings"`
}

// A Finding is a finding with what the policy made of it.
type Finding struct {
	scan.Finding
	Action  scan.Verdict `json:"action"`  // "" where no rule of the policy minds it
	Policy  string       `json:"policy"`  // the rule that does
	Message string       `json:"message"` // what it tells a developer
	Audit   bool         `json:"audit"`   // the rule is in mode audit: the action is not taken
}

// Result explains what a scan found, by a policy of a revision.
func Result(r scan.Result, revision string) Explanation {
	e := Explanation{Target: r.Target, Digest: r.Digest, Ruleset: r.Ruleset, Policy: revision, Verdict: r.Verdict, Missing: []oci.Digest{}}
	minded := map[scan.Finding]scan.Reason{}
	for i := len(r.Reasons) - 1; i >= 0; i-- { // the worst, which is first, stays
		minded[r.Reasons[i].Finding] = r.Reasons[i]
	}
	e.Findings = []Finding{}
	for _, f := range r.Findings {
		e.Findings = append(e.Findings, Finding{f, minded[f].Action, minded[f].Policy, minded[f].Message, minded[f].Audit})
	}
	rank := []scan.Verdict{scan.Block, scan.Quarantine, scan.Warn, ""}
	slices.SortStableFunc(e.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Action), slices.Index(rank, b.Action)), cmp.Compare(b.Confidence, a.Confidence))
	})
	return e
}

// Verdict completes an explanation by the verdict of a policy.
func Verdict(e Explanation, v policy.Verdict) Explanation {
	e.Missing = append([]oci.Digest{}, v.Missing...)
	r := scan.Result{Target: e.Target, Digest: e.Digest, Ruleset: e.Ruleset, Verdict: verdictOf(v.Action, len(v.Reasons) > 0)}
	for _, f := range v.Found {
		r.Findings = append(r.Findings, scan.Finding(f))
	}
	for _, why := range v.Reasons {
		r.Reasons = append(r.Reasons, scan.Reason{Action: verdictOf(why.Action, true), Policy: why.Rule, Message: why.Message, Audit: why.Audit, Finding: scan.Finding(why.Finding)})
	}
	out := Result(r, e.Policy)
	out.Kind, out.Missing = e.Kind, e.Missing
	return out
}

func verdictOf(a policy.Action, reasons bool) scan.Verdict {
	switch a {
	case policy.Block:
		return scan.Block
	case policy.Quarantine:
		return scan.Quarantine
	case policy.Allow:
		if reasons {
			return scan.Warn
		}
		return scan.Allow
	}
	return scan.Unknown
}

// A Query is what is asked about a digest.
type Query struct {
	Digest oci.Digest
	Name   oci.Reference // judge the image under this name; zero: under none
	Client string        // for the client of this address, "" for none
	At     time.Time
	// FirstSeen says when the image was first asked for, zero if that is not known. It is
	// called if the policy asks for it and there is a name; nil: it is not known.
	FirstSeen func(ctx context.Context, registry, repository string, d oci.Digest) (time.Time, error)
}

// Stored is what a mirror keeps.
type Stored struct {
	Reports *cache.Reports
	Blobs   *cache.Blobs
}

// Explain explains what is known of a digest under a rule set: of an image's manifest whose
// bytes are stored too, the image; else the blob alone. Exceptions do not count. ErrNone if
// there is no report.
func (s Stored) Explain(ctx context.Context, set inspect.SetID, p *policy.Policy, q Query) (Explanation, error) {
	img, reports, err := s.Image(ctx, set, q.Digest)
	if err != nil {
		return Explanation{}, err
	}
	img.Reference = q.Name
	if p.AsksFirstSeen() && q.Name.Repository != "" && q.FirstSeen != nil {
		if img.FirstSeen, err = q.FirstSeen(ctx, q.Name.Registry, q.Name.Repository, q.Digest); err != nil {
			return Explanation{}, err
		}
	}
	v := p.Decide(policy.Subject{Image: img, Client: p.Client(q.Client), At: q.At}, policy.Evidence{Reports: reports}, nil)
	return Verdict(Explanation{Target: q.Digest.String(), Digest: q.Digest, Kind: reports[0].Kind, Ruleset: set, Policy: p.Revision()}, v), nil
}

// Image returns what a digest is, and the reports on it and its parts, its own first.
func (s Stored) Image(ctx context.Context, set inspect.SetID, d oci.Digest) (policy.Image, []inspect.Report, error) {
	var img policy.Image
	got, err := s.Reports.Get(ctx, set, d)
	own, ok := got[d]
	if !ok {
		if err == nil {
			err = fmt.Errorf("%w on %s under the rule set %s", ErrNone, d, set)
		}
		return img, nil, err
	}
	reports := []inspect.Report{own}
	switch own.Kind {
	case inspect.KindConfig:
		return policy.Image{Config: d}, reports, nil
	case inspect.KindManifest:
	default:
		return policy.Image{Layers: []oci.Digest{d}}, reports, nil
	}
	img.Digest = d
	m, err := s.manifest(ctx, d)
	if err != nil {
		if errors.Is(err, cache.ErrMiss) {
			err = nil // the manifest alone
		}
		return img, reports, err
	}
	img.Config, img.ConfigType, img.Size = m.Config.Digest, m.Config.MediaType, m.Size()
	for _, l := range m.Layers {
		img.Layers = append(img.Layers, l.Digest)
	}
	parts, err := s.Reports.Get(ctx, set, img.Blobs()...)
	for _, part := range img.Blobs() {
		if r, ok := parts[part]; ok && part != d {
			reports = append(reports, r)
		}
	}
	return img, reports, err
}

func (s Stored) manifest(ctx context.Context, d oci.Digest) (oci.Manifest, error) {
	f, _, err := s.Blobs.Open(ctx, d)
	if err != nil {
		return oci.Manifest{}, err
	}
	defer f.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, oci.MaxManifestSize))
	if err != nil {
		return oci.Manifest{}, fmt.Errorf("read the manifest: %w", err)
	}
	return oci.ParseManifest(b)
}
