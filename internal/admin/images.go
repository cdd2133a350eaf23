package admin

import (
	"context"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/explain"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// Facts are what is known of blobs under the rules in force. explain.ErrNone says that
// nothing is.
type Facts interface {
	Report(ctx context.Context, d oci.Digest) (inspect.Report, error)
	Explain(ctx context.Context, q explain.Query) (explain.Explanation, error)
}

// An Image is a manifest in a repository that clients asked for.
type Image struct {
	Registry   string    `json:"registry"`
	Repository string    `json:"repository"`
	Digest     string    `json:"digest"`
	First      time.Time `json:"first" doc:"When it was first asked for, refused or not."`
	Last       time.Time `json:"last" doc:"When it was last asked for."`
	Passed     time.Time `json:"passed,omitzero" doc:"When it was last given to a client; absent if never."`
}

func imageOf(i records.Image) Image {
	return Image{i.Registry, i.Repository, i.Digest.String(), i.First, i.Last, i.Passed}
}

// An Explanation is all that is known of an image, or of one blob.
type Explanation struct {
	Digest   string      `json:"digest"`
	Kind     string      `json:"kind" doc:"manifest, config, layer or other."`
	Ruleset  string      `json:"ruleset"`
	Policy   string      `json:"policy_revision"`
	Verdict  string      `json:"verdict" doc:"allow, warn, unknown, quarantine, block. Exceptions do not count."`
	Missing  []string    `json:"missing" nullable:"false" doc:"Blobs of the image without a report."`
	Findings []Explained `json:"findings" nullable:"false" doc:"Those that decided first."`
}

// An Explained is a finding with what the policy made of it.
type Explained struct {
	Finding
	Action  string `json:"action" doc:"Empty where no rule of the policy minds it."`
	Policy  string `json:"policy" doc:"The rule that does."`
	Message string `json:"message" doc:"What it tells a developer."`
	Audit   bool   `json:"audit" doc:"The rule is in mode audit: the action is not taken."`
}

func explanationOf(e explain.Explanation) Explanation {
	out := Explanation{
		Digest: e.Digest.String(), Kind: string(e.Kind), Ruleset: string(e.Ruleset), Policy: e.Policy, Verdict: string(e.Verdict),
		Missing: digests(e.Missing), Findings: []Explained{},
	}
	for _, f := range e.Findings {
		out.Findings = append(out.Findings, Explained{findingOf(inspect.Finding(f.Finding)), string(f.Action), f.Policy, f.Message, f.Audit})
	}
	return out
}

func digests(all []oci.Digest) []string {
	out := []string{}
	for _, d := range all {
		out = append(out, d.String())
	}
	return out
}

// A Report is what was found in one blob. It knows no policy.
type Report struct {
	Digest   string    `json:"digest"`
	Ruleset  string    `json:"ruleset"`
	Kind     string    `json:"kind" doc:"manifest, config, layer or other."`
	Findings []Finding `json:"findings" nullable:"false"`
	Gaps     []Gap     `json:"gaps" nullable:"false" doc:"What was not looked at."`
	Partial  bool      `json:"partial,omitempty" doc:"An engine could not be asked: it is inspected again before long."`
	Files    int       `json:"files"`
	Bytes    int64     `json:"bytes" doc:"Compressed, as stored."`
	Unpacked int64     `json:"unpacked" doc:"Bytes uncompressed."`
}

// A Gap is something that was not looked at.
type Gap struct {
	Path   string `json:"path,omitempty" doc:"Absent of the blob itself."`
	Why    string `json:"why"`
	Inside bool   `json:"inside,omitempty" doc:"It is about what is packed in the file, which itself was read as it is."`
	Mild   bool   `json:"mild,omitempty" doc:"It says little of the file: damage behind what could be read, or a form that is not read at all."`
}

func reportOf(r inspect.Report) Report {
	out := Report{
		Digest: r.Digest.String(), Ruleset: string(r.Set), Kind: string(r.Kind), Findings: []Finding{}, Gaps: []Gap{}, Partial: r.Partial,
		Files: r.Stats.Files, Bytes: r.Stats.BytesCompressed, Unpacked: r.Stats.BytesUncompressed,
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, findingOf(f))
	}
	for _, g := range r.Gaps {
		out.Gaps = append(out.Gaps, Gap(g))
	}
	return out
}

type imagesInput struct {
	Paging
	Repository string `query:"repository" maxLength:"512" doc:"Of this repository."`
	Digest     string `query:"digest" maxLength:"200" doc:"With this digest."`
	Passed     string `query:"passed" maxLength:"64" doc:"Given to a client not longer ago than this: 30d, 12h, or a time of RFC 3339."`
}

func (a *api) bindImages() {
	register(a, "list-images", a.listImages)
	register(a, "explain-image", func(ctx context.Context, in *struct {
		Digest string `path:"digest" maxLength:"200" doc:"Of a manifest, a config or a layer."`
		Name   string `query:"name" maxLength:"512" doc:"Judge the image under this repository's name."`
		Client string `query:"client" maxLength:"64" doc:"Judge it for the client of this address."`
	}) (*answer[Explanation], error) {
		if a.cfg.Facts == nil {
			return nil, errAbsent
		}
		d, err := digest(in.Digest)
		if err != nil {
			return nil, err
		}
		q := explain.Query{Digest: d, Client: in.Client, At: a.now()}
		if in.Name != "" {
			if q.Name, err = oci.ParseReference(in.Name); err != nil {
				return nil, invalid("name: %v", err)
			}
		}
		e, err := a.cfg.Facts.Explain(ctx, q)
		return answerOf(explanationOf(e), err)
	})
	register(a, "get-report", func(ctx context.Context, in *struct {
		Digest string `path:"digest" maxLength:"200" doc:"Of a manifest, a config or a layer."`
	}) (*answer[Report], error) {
		if a.cfg.Facts == nil {
			return nil, errAbsent
		}
		d, err := digest(in.Digest)
		if err != nil {
			return nil, err
		}
		r, err := a.cfg.Facts.Report(ctx, d)
		return answerOf(reportOf(r), err)
	})
}

func (a *api) listImages(ctx context.Context, in *imagesInput) (*page[Image], error) {
	f := records.ImageFilter{Limit: in.Limit}
	var err error
	if f.Digest, err = digest(in.Digest); err != nil {
		return nil, err
	}
	if in.Repository != "" {
		ref, err := a.image(in.Repository)
		if err != nil {
			return nil, err
		}
		f.Registry, f.Repository = ref.Registry, ref.Repository
	}
	if f.Passed, err = since(in.Passed, a.now()); err != nil {
		return nil, err
	}
	parts, err := in.keys(3)
	if err != nil {
		return nil, err
	}
	if parts != nil {
		f.After = records.Image{Registry: parts[0], Repository: parts[1], Digest: oci.Digest(parts[2])}
		if f.After.Digest == "" {
			return nil, errCursor
		}
	}
	rows, err := a.cfg.Records.Images(ctx, f)
	return paged(&in.Paging, rows, imageOf, func(i records.Image) string { return i.Registry + "\x00" + i.Repository + "\x00" + i.Digest.String() }), err
}
