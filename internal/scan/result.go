package scan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A Verdict is what comes of a scan.
type Verdict string

// The verdicts. The zero value is none, and no verdict passes but Allow and Warn.
const (
	Allow      Verdict = "allow"
	Warn       Verdict = "warn"       // it would be served, with something to mention
	Unknown    Verdict = "unknown"    // some of it could not be read
	Quarantine Verdict = "quarantine" // refused until a person has looked
	Block      Verdict = "block"      // refused
)

// verdicts are all verdicts, the worst last.
var verdicts = []Verdict{Allow, Warn, Unknown, Quarantine, Block}

// A Result is what a scan found. Its JSON form is documented in docs/scan.md, and stable.
type Result struct {
	Target   string        `json:"target"`  // as typed
	Digest   oci.Digest    `json:"digest"`  // of what was scanned, see docs/scan.md
	Ruleset  inspect.SetID `json:"ruleset"` // that it was scanned with
	Verdict  Verdict       `json:"verdict"`
	Reasons  []Reason      `json:"reasons"`  // for the verdict, worst first
	Findings []Finding     `json:"findings"` // all, those that decided first
	Stats    Stats         `json:"stats"`

	// Errors say what could not be read. The rest was, and is in the Result.
	Errors []error `json:"-"`
}

// A Reason is a finding that a rule of the policy minds.
type Reason struct {
	Action  Verdict `json:"action"`  // Block, Quarantine or Warn
	Policy  string  `json:"policy"`  // the policy's rule
	Message string  `json:"message"` // what it tells a developer
	Audit   bool    `json:"audit"`   // it is in mode audit: the action is not taken
	Finding Finding `json:"finding"`
}

// A Finding is an inspect.Finding of which no key is ever left out.
type Finding struct {
	Rule       string           `json:"rule"`
	Category   inspect.Category `json:"category"`
	Severity   inspect.Level    `json:"severity"`
	Confidence inspect.Level    `json:"confidence"`
	Layer      oci.Digest       `json:"layer"` // the blob it is in, a config or manifest too; "" of a name
	Path       string           `json:"path"`  // "" of a blob as a whole
	Line       int              `json:"line"`  // from 1; 0 where lines mean nothing
	Offset     int64            `json:"offset"`
	Evidence   string           `json:"evidence"`
	CreatedBy  string           `json:"created_by"`
}

// Stats count the layers that were read; each of them once, however many images share it.
type Stats struct {
	Layers            int     `json:"layers"`
	Files             int     `json:"files"`
	BytesCompressed   int64   `json:"bytes_compressed"`
	BytesUncompressed int64   `json:"bytes_uncompressed"`
	Seconds           float64 `json:"seconds"` // of the whole scan
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// newResult judges what was inspected: every image, under each of its names.
func newResult(cfg Config, t Target, c *content, blobs []*blob) Result {
	r := Result{
		Target: t.String(), Digest: c.whole(), Ruleset: cfg.Inspector.Set(), Verdict: Allow,
		Reasons: []Reason{}, Findings: []Finding{},
	}
	var ev policy.Evidence
	for _, b := range blobs {
		if b.err != nil {
			r.Errors = append(r.Errors, b.err)
			continue
		}
		ev.Reports = append(ev.Reports, b.report)
		if b.layer {
			r.Stats.Layers++
			r.Stats.Files += b.report.Stats.Files
			r.Stats.BytesCompressed += b.report.Stats.BytesCompressed
			r.Stats.BytesUncompressed += b.report.Stats.BytesUncompressed
		}
	}
	if len(r.Errors) > 0 {
		r.Verdict = Unknown
	}
	at := cfg.Now()
	seen := map[Finding]bool{}
	for _, img := range c.images {
		names := img.names
		if len(names) == 0 {
			names = []oci.Reference{{}}
		}
		for _, name := range names {
			v := cfg.Policy.Decide(policy.Subject{Image: img.subject(name), At: at}, ev, nil)
			r.add(v, seen)
		}
	}
	r.sort()
	return r
}

// whole is the digest of what was scanned: the image's, or, if there are several, that of
// what lists them.
func (c *content) whole() oci.Digest {
	var one oci.Digest
	for _, img := range c.images {
		d := img.subject(oci.Reference{}).Digest
		switch {
		case img.index:
		case one != "" && one != d:
			return c.digest
		default:
			one = d
		}
	}
	return cmp.Or(one, c.digest)
}

// subject puts the image as policy knows it. A root filesystem's digest is its layer's.
func (i image) subject(name oci.Reference) policy.Image {
	out := policy.Image{Reference: name, Digest: i.digest}
	if i.config != nil {
		out.Config, out.ConfigType, out.Size = i.config.desc.Digest, i.configType, i.config.desc.Size
	}
	for _, l := range i.layers {
		if !slices.Contains(out.Layers, l.desc.Digest) {
			out.Size += l.desc.Size
		}
		out.Layers = append(out.Layers, l.desc.Digest)
	}
	if out.Digest == "" && len(out.Layers) > 0 {
		out.Digest = out.Layers[0]
	}
	return out
}

// add takes a verdict of the policy in. The worst wins.
func (r *Result) add(v policy.Verdict, seen map[Finding]bool) {
	now := verdictOf(v.Action)
	if now == Allow && len(v.Reasons) > 0 {
		now = Warn
	}
	if slices.Index(verdicts, now) > slices.Index(verdicts, r.Verdict) {
		r.Verdict = now
	}
	for _, f := range v.Found {
		if f := Finding(f); !seen[f] {
			seen[f] = true
			r.Findings = append(r.Findings, f)
		}
	}
	for _, why := range v.Reasons {
		one := Reason{Action: verdictOf(why.Action), Policy: why.Rule, Message: why.Message, Audit: why.Audit, Finding: Finding(why.Finding)}
		if one.Action == Allow {
			one.Action = Warn
		}
		if !slices.Contains(r.Reasons, one) {
			r.Reasons = append(r.Reasons, one)
		}
	}
}

func verdictOf(a policy.Action) Verdict {
	switch a {
	case policy.Allow:
		return Allow
	case policy.Quarantine:
		return Quarantine
	case policy.Wait, policy.Stream:
		return Unknown
	}
	return Block
}

// aside puts what is not acted upon behind what is.
func aside(audit bool) int {
	if audit {
		return 1
	}
	return 0
}

// sort puts first what decided, then what is worst; what is equal stays in the order of
// the image.
func (r *Result) sort() {
	gravity := func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Confidence, a.Confidence))
	}
	slices.SortStableFunc(r.Reasons, func(a, b Reason) int {
		return cmp.Or(aside(a.Audit)-aside(b.Audit), cmp.Compare(slices.Index(verdicts, b.Action), slices.Index(verdicts, a.Action)),
			gravity(a.Finding, b.Finding))
	})
	weight := map[Finding]int{}
	for _, why := range r.Reasons {
		if why.Audit {
			why.Action = Warn
		}
		weight[why.Finding] = max(weight[why.Finding], slices.Index(verdicts, why.Action))
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), gravity(a, b))
	})
}

// Err joins what could not be read; nil if all was.
func (r Result) Err() error {
	if len(r.Errors) == 0 {
		return nil
	}
	return fmt.Errorf("scan %s: %w", r.Target, errors.Join(r.Errors...))
}

// WriteJSON writes the result as docs/scan.md has it.
func (r Result) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
