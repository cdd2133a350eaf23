package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/inspect/name"
	"github.com/lazaret/lazaret/internal/eval/written"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// An evaluator has the inspector and the policy of a mirror with default settings, and
// a feed of the domains that the generator uses.
type evaluator struct {
	inspector *inspect.Inspector
	policy    *policy.Policy
}

func newEvaluator() (*evaluator, error) {
	var feeds []*feed.Feed
	for _, f := range []struct {
		category inspect.Category
		format   feed.Format
		text     string
	}{
		{inspect.MaliciousDomain, feed.Auto, maliciousFeed()},
		{inspect.NewDomain, "dated", newFeed()},
	} {
		parsed, err := feed.Parse(feed.Options{Name: string(f.category), Category: f.category, Format: f.format}, []byte(f.text))
		if err != nil {
			return nil, fmt.Errorf("feed of %s: %w", f.category, err)
		}
		feeds = append(feeds, parsed)
	}
	for _, f := range written.Feeds() {
		format := feed.Auto
		if f.Format != "" {
			format = feed.Format(f.Format)
		}
		parsed, err := feed.Parse(feed.Options{Name: f.Name, Category: f.Category, Format: format}, []byte(f.Text))
		if err != nil {
			return nil, fmt.Errorf("feed %s: %w", f.Name, err)
		}
		feeds = append(feeds, parsed)
	}
	detectors, err := builtin.WithFeeds(feed.New(feeds...))
	if err != nil {
		return nil, err
	}
	// A bomb of this evaluation is small, so that it ends soon; what is inspected is not.
	inspector, err := inspect.New(inspect.Limits{Bytes: 16 << 30, RatioFrom: 64 << 20}, detectors...)
	if err != nil {
		return nil, err
	}
	names, err := name.Default()
	if err != nil {
		return nil, err
	}
	decide, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: policy.DefaultRules(), Names: hubNames{names}, NamesVersion: names.Version()})
	if err != nil {
		return nil, err
	}
	return &evaluator{inspector, decide}, nil
}

// hubNames judges names as those of Docker Hub, which all images of an evaluation have.
type hubNames struct{ *name.List }

func (n hubNames) Check(_, repository string) []inspect.Finding { return n.List.Check(repository) }
func (n hubNames) Imitates(_, repository string) string         { return n.List.Imitates(repository) }

// image returns the verdict on a built image and the reports it rests on.
func (e *evaluator) image(ctx context.Context, repository string, img testimage.Image) (policy.Verdict, []inspect.Report, error) {
	ref, err := oci.ParseReference(repository)
	if err != nil {
		return policy.Verdict{}, nil, err
	}
	subject := policy.Image{Reference: ref, Digest: img.Digest, Config: img.ConfigDescriptor.Digest}
	var reports []inspect.Report
	add := func(d oci.Descriptor, b []byte) error {
		r, err := e.inspector.Inspect(ctx, d, bytes.NewReader(b))
		reports = append(reports, r)
		return err
	}
	if err := add(img.Descriptor(), img.Manifest); err != nil {
		return policy.Verdict{}, nil, err
	}
	for _, d := range append([]oci.Descriptor{img.ConfigDescriptor}, img.Layers...) {
		if err := add(d, img.Blobs[d.Digest]); err != nil {
			return policy.Verdict{}, nil, err
		}
	}
	for _, d := range img.Layers {
		subject.Layers = append(subject.Layers, d.Digest)
	}
	return e.policy.Decide(policy.Subject{Image: subject}, policy.Evidence{Reports: reports}, nil), reports, nil
}

// layer returns the verdict on one layer by itself, read from r.
func (e *evaluator) layer(ctx context.Context, name string, r io.Reader) (policy.Verdict, inspect.Report, error) {
	d := oci.DigestOf([]byte(name))
	report, err := e.inspector.Inspect(ctx, oci.Descriptor{Digest: d, Size: -1}, r)
	if err != nil {
		return policy.Verdict{}, report, fmt.Errorf("%s: %w", name, err)
	}
	ref, err := oci.ParseReference("library/nginx")
	if err != nil {
		return policy.Verdict{}, report, err
	}
	report.Digest = d
	for i := range report.Findings {
		report.Findings[i].Layer = d
	}
	v := e.policy.Decide(policy.Subject{Image: policy.Image{Reference: ref, Layers: []oci.Digest{d}}}, policy.Evidence{Reports: []inspect.Report{report}}, nil)
	return v, report, nil
}
