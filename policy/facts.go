package policy

import (
	"cmp"
	"fmt"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// facts gathers the findings on an image: its name's, each blob's, and a finding for
// each gap, in the order of the image's blobs, whatever the order of the evidence.
// It lists in v the blobs that have no report.
func (p *Policy) facts(img Image, at time.Time, blobs map[oci.Digest]*known, v *Verdict) []inspect.Finding {
	var out []inspect.Finding
	if p.names != nil && img.Reference.Repository != "" {
		out = append(out, p.named(img, at)...)
	}
	made := createdBy(img, blobs[img.Config])
	all := img.Blobs()
	n := len(out) + 1
	for _, d := range all {
		if k := blobs[d]; k != nil {
			n += len(k.findings) + len(k.gaps)
		}
	}
	if n > 1 {
		out = slices.Grow(out, n)
	}
	for _, d := range all {
		k := blobs[d]
		if k == nil {
			v.Missing = append(v.Missing, d)
			continue
		}
		from := len(out)
		out = append(out, k.findings...)
		for i := range out[from:] {
			if f := &out[from+i]; f.CreatedBy == "" {
				f.CreatedBy = made[d]
			}
		}
		for _, g := range k.gaps {
			out = append(out, p.gap(d, g, made[d]))
		}
		if d == img.Config && k.foreign && img.runs() {
			out = append(out, inspect.Finding{
				Rule: ruleConfigUnread, Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: inspect.High,
				Layer: d, Evidence: "the manifest names it as the image's config, and it was read as something else",
			})
		}
	}
	return out
}

// named returns what is wrong with an image's name. Who Hub vouches for imitates nobody,
// and an imitation that hardly anybody pulls yet is the more surely one; the name of an
// official image elsewhere is no more than that, since everybody's first image has one.
func (p *Policy) named(img Image, at time.Time) []inspect.Finding {
	found := p.names.Check(img.Reference.Registry, img.Reference.Repository)
	if img.Hub == nil {
		return found
	}
	out := make([]inspect.Finding, 0, len(found))
	for _, f := range found {
		if f.Category == inspect.Typosquat {
			if img.Hub.trusted() {
				continue
			}
			if img.Hub.obscure(at) && f.Rule != ruleElsewhere {
				f.Confidence = min(f.Confidence+1, inspect.High)
			}
			f.Evidence = evidence(fmt.Sprintf("%s; %d pulls, registered %s", f.Evidence, img.Hub.Pulls, img.Hub.Registered.Format(time.DateOnly)))
		}
		out = append(out, f)
	}
	return out
}

// Rules of the findings that the policy makes itself.
const (
	ruleElsewhere    = "name/official-elsewhere" // of package name
	ruleGap          = "inspect/gap"
	ruleConfigUnread = "policy/config-unread"
)

// emptyConfig is the digest of "{}", the empty descriptor of the OCI Image Specification 1.1,
// manifest.md: whatever it is called, it says nothing that a client could act on.
var emptyConfig = oci.DigestOf([]byte("{}"))

// runs reports whether clients take the config of the image for one that says what to run.
// Artifacts (charts, signatures, modules, caches) have configs of types of their own.
// Docker takes some types that old registries made up for an image's too:
// https://github.com/moby/moby/blob/v28.5.2/distribution/registry.go, defaultImageTypes.
func (i Image) runs() bool {
	t, _, err := mime.ParseMediaType(i.ConfigType)
	if err != nil {
		t = strings.ToLower(strings.TrimSpace(i.ConfigType))
	}
	switch t {
	case oci.MediaTypeOCIConfig, oci.MediaTypeDockerConfig, "", oci.MediaTypeOctetStream, "application/json", "text/html":
		return i.Config != emptyConfig
	}
	return false
}

// A known is all that the reports on one blob say.
type known struct {
	findings []inspect.Finding
	gaps     []inspect.Gap
	scripts  []inspect.Script
	configs  []*inspect.ImageConfig
	foreign  bool // by one of them at least it is no config
}

// index finds what is known by digest. Reports are pure functions of the bytes and the
// rule set, so there should be one a digest; if there are more, all that any of
// them says is held against the blob, in an order that does not depend on theirs.
func index(reports []inspect.Report) map[oci.Digest]*known {
	out := make(map[oci.Digest]*known, len(reports))
	several := map[oci.Digest]bool{}
	for i := range reports {
		r := &reports[i]
		k := out[r.Digest]
		if k == nil {
			k = &known{findings: r.Findings, gaps: r.Gaps, scripts: r.Scripts}
			out[r.Digest] = k
		} else {
			several[r.Digest] = true
			k.findings = slices.Concat(k.findings, r.Findings)
			k.gaps = slices.Concat(k.gaps, r.Gaps)
			k.scripts = slices.Concat(k.scripts, r.Scripts)
		}
		if r.Config != nil {
			k.configs = append(k.configs, r.Config)
		}
		k.foreign = k.foreign || r.Kind != inspect.KindConfig || r.Config == nil
	}
	for d := range several {
		k := out[d]
		slices.SortFunc(k.findings, compareFindings)
		k.findings = slices.Compact(k.findings)
		slices.SortFunc(k.gaps, func(a, b inspect.Gap) int {
			inner := map[bool]int{true: 1}
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why), cmp.Compare(inner[a.Inside], inner[b.Inside]), cmp.Compare(inner[a.Mild], inner[b.Mild]))
		})
		k.gaps = slices.Compact(k.gaps)
		slices.SortFunc(k.configs, compareConfigs)
	}
	return out
}

// compareFindings orders findings by every field: 0 means the same.
func compareFindings(a, b inspect.Finding) int {
	return cmp.Or(
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Category, b.Category),
		cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Confidence, b.Confidence),
		cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Evidence, b.Evidence), cmp.Compare(a.CreatedBy, b.CreatedBy))
}

// compareConfigs orders configs by what a verdict takes of them.
func compareConfigs(a, b *inspect.ImageConfig) int {
	return cmp.Or(slices.Compare(a.Entrypoint, b.Entrypoint), slices.Compare(a.Cmd, b.Cmd), slices.Compare(a.History, b.History))
}

// gap makes a finding of what was not looked at. Archives that break every limit are what
// those who write programs for archives test them with, and the official images of
// languages hold them: what is packed in a file among samples says little, unless the
// image starts it, which a correlation sees. So does what is damaged or of a form that is
// not read. What is both says nothing, and is of low severity.
func (p *Policy) gap(d oci.Digest, g inspect.Gap, made string) inspect.Finding {
	f := inspect.Finding{
		Rule: ruleGap, Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: inspect.High,
		Layer: d, Path: g.Path, Evidence: g.Why, CreatedBy: made,
	}
	sample := (g.Inside || g.Mild) && p.table.sample(g.Path)
	if g.Mild || sample {
		f.Confidence = inspect.Low
	}
	if g.Mild && sample {
		f.Severity = inspect.Low
	}
	return f
}

// createdBy maps each layer to the history entry of the config that made it. A config
// whose history does not fit the layers says nothing.
func createdBy(img Image, k *known) map[oci.Digest]string {
	if img.Config == "" || k == nil || len(k.configs) == 0 || len(k.configs[0].History) != len(img.Layers) {
		return nil
	}
	out := make(map[oci.Digest]string, len(img.Layers))
	for i, d := range img.Layers {
		out[d] = k.configs[0].History[i]
	}
	return out
}
