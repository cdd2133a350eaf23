package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/policy"
)

func explainCommand(t terminal) *cobra.Command {
	f := scanFlags{}
	cmd := &cobra.Command{
		Use:   "explain DIGEST|TARGET",
		Short: "Show every finding on an image, and what the policy made of it",
		Long: `Show every finding, down to those that say nothing alone: its layer, path, line and
redacted evidence, the history entry that made it, and what the policy made of it.

DIGEST (sha256:...) is an image, a config or a layer that the mirror inspected: its reports are
read from the report store of the settings, and nothing is inspected. Give --name for
the verdict under a repository's name. Any TARGET of "lazaret scan" is inspected now.

The exit code is 0 whatever the verdict, 1 when the findings could not be had, and 2 for
wrong usage.`,
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runExplain(cmd.Context(), t, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "table", "table, which is text for people, or json")
	flags.StringVarP(&f.output, "output", "o", "", "write to this file instead of standard output")
	flags.StringVar(&f.platform, "platform", "", "as of lazaret scan")
	flags.BoolVar(&f.all, "all-platforms", false, "as of lazaret scan")
	flags.StringVar(&f.name, "name", "", "judge the image under this repository's name")
	flags.StringVar(&f.client, "client", "", "judge it for the client of this address")
	flags.BoolVar(&f.insecure, "insecure", false, "as of lazaret scan")
	return cmd
}

func runExplain(ctx context.Context, t terminal, f scanFlags, target string) error {
	if f.format != "table" && f.format != "json" {
		return usage(fmt.Errorf("--format %.80q is not table or json", f.format))
	}
	var e explanation
	var failed error
	if d, err := oci.ParseDigest(target); err == nil {
		if e, err = explainStored(ctx, t, f, d); err != nil {
			return err
		}
	} else {
		job, err := newScanJob(ctx, t, f, target)
		if err != nil {
			return err
		}
		result, err := scan.Scan(ctx, job.cfg, job.target)
		if err != nil {
			return err
		}
		e, failed = explainResult(result, job.cfg.Policy.Revision()), result.Err()
	}
	out, err := openOutput(t.stdout, f.output)
	if err != nil {
		return err
	}
	defer out.abandon()
	write := explanation.writeText
	if f.format == "json" {
		write = func(e explanation, w io.Writer) error { return writeJSON(w, e) }
	}
	return errors.Join(write(e, out), out.commit(), failed)
}

// An explanation is all that is known of an image, or of one blob. Its JSON form is
// documented in docs/correlation.md.
type explanation struct {
	Target   string        `json:"target"`
	Digest   oci.Digest    `json:"digest"`
	Kind     inspect.Kind  `json:"kind"` // "" of what was inspected now
	Ruleset  inspect.SetID `json:"ruleset"`
	Policy   string        `json:"policy_revision"`
	Verdict  scan.Verdict  `json:"verdict"`
	Missing  []oci.Digest  `json:"missing"` // blobs of the image without a report
	Findings []explained   `json:"findings"`
}

// An explained is a finding with what the policy made of it.
type explained struct {
	scan.Finding
	Action  scan.Verdict `json:"action"`  // "" where no rule of the policy minds it
	Policy  string       `json:"policy"`  // the rule that does
	Message string       `json:"message"` // what it tells a developer
	Audit   bool         `json:"audit"`   // the rule is in mode audit: the action is not taken
}

// explainResult explains what was scanned now.
func explainResult(r scan.Result, revision string) explanation {
	e := explanation{Target: r.Target, Digest: r.Digest, Ruleset: r.Ruleset, Policy: revision, Verdict: r.Verdict, Missing: []oci.Digest{}}
	minded := map[scan.Finding]scan.Reason{}
	for i := len(r.Reasons) - 1; i >= 0; i-- { // the worst, which is first, stays
		minded[r.Reasons[i].Finding] = r.Reasons[i]
	}
	e.Findings = []explained{}
	for _, f := range r.Findings {
		e.Findings = append(e.Findings, explained{f, minded[f].Action, minded[f].Policy, minded[f].Message, minded[f].Audit})
	}
	rank := []scan.Verdict{scan.Block, scan.Quarantine, scan.Warn, ""}
	slices.SortStableFunc(e.Findings, func(a, b explained) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Action), slices.Index(rank, b.Action)), cmp.Compare(b.Confidence, a.Confidence))
	})
	return e
}

// explainVerdict explains a verdict of the policy.
func explainVerdict(e explanation, v policy.Verdict) explanation {
	e.Missing = append([]oci.Digest{}, v.Missing...)
	r := scan.Result{Target: e.Target, Digest: e.Digest, Ruleset: e.Ruleset, Verdict: verdictOf(v.Action, len(v.Reasons) > 0)}
	for _, f := range v.Found {
		r.Findings = append(r.Findings, scan.Finding(f))
	}
	for _, why := range v.Reasons {
		r.Reasons = append(r.Reasons, scan.Reason{Action: verdictOf(why.Action, true), Policy: why.Rule, Message: why.Message, Audit: why.Audit, Finding: scan.Finding(why.Finding)})
	}
	out := explainResult(r, e.Policy)
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

// explainStored explains what the report store has on a digest: of an image's manifest
// whose bytes are stored too, the image; else the blob alone.
func explainStored(ctx context.Context, t terminal, f scanFlags, d oci.Digest) (explanation, error) {
	var none explanation
	cfg, err := config.Load(t.env)
	if err != nil {
		return none, usage(err)
	}
	var name oci.Reference
	if f.name != "" {
		if name, err = oci.ParseReference(f.name); err != nil {
			return none, usage(fmt.Errorf("--name: %w", err))
		}
	}
	cfg.LogLevel = max(cfg.LogLevel, slog.LevelWarn) // people read this
	log := newLogger(t.stderr, cfg)
	known, err := openFeeds(ctx, cfg, log, nil)
	if err != nil {
		return none, err
	}
	av, err := openAntivirus(ctx, cfg, log)
	if err != nil {
		return none, err
	}
	i, err := newInspector(cfg, known.Set(), av)
	if err != nil {
		return none, err
	}
	p, err := newPolicy(cfg, policy.Enforce, known)
	if err != nil {
		return none, err
	}
	s, err := openStored(ctx, cfg, log)
	if err != nil {
		return none, err
	}
	defer s.close(ctx)
	img, reports, err := s.image(ctx, i.Set(), d)
	if err != nil {
		return none, err
	}
	img.Reference = name
	if p.AsksFirstSeen() && name.Repository != "" {
		if img.FirstSeen, err = firstSeen(ctx, cfg, log, name.Registry, name.Repository, d); err != nil {
			return none, err
		}
	}
	v := p.Decide(policy.Subject{Image: img, Client: p.Client(f.client), At: time.Now()}, policy.Evidence{Reports: reports}, nil)
	return explainVerdict(explanation{Target: d.String(), Digest: d, Kind: reports[0].Kind, Ruleset: i.Set(), Policy: p.Revision()}, v), nil
}

// firstSeen asks the records when an image was first asked for; zero if they do not know.
func firstSeen(ctx context.Context, cfg config.Config, log *slog.Logger, registry, repository string, d oci.Digest) (time.Time, error) {
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "records.db")); cfg.DatabaseURL == "" && errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	cfg.PullRetention = 0 // that is for the mirror to see to
	r, err := openRecords(ctx, cfg, log, nil)
	if err != nil {
		return time.Time{}, err
	}
	at, err := r.FirstSeen(ctx, registry, repository, d)
	if errors.Is(err, records.ErrNone) {
		at, err = time.Time{}, nil
	}
	return at, errors.Join(err, r.Close(ctx))
}

// A stored reads what a mirror keeps. It changes nothing of it.
type stored struct {
	app     *app
	reports *cache.Reports
	spool   string // of its own: opening a blob store empties the spool, which may be in use
}

func openStored(ctx context.Context, cfg config.Config, log *slog.Logger) (*stored, error) {
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "reports.db")); cfg.RedisURL == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no reports: there is no reports.db in LAZARET_DATA_DIR (%s)", cfg.DataDir)
	}
	spool, err := os.MkdirTemp("", "lazaret-explain-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	cfg.SpoolDir = spool
	s := &stored{app: &app{cfg: cfg, log: log}, spool: spool}
	if err = s.app.openCache(ctx); err == nil {
		s.reports, err = cache.NewReports(s.app.store, cfg.LRUSize, []byte(cfg.ReportKey))
	}
	if err != nil {
		s.close(ctx)
		return nil, err
	}
	return s, nil
}

func (s *stored) close(ctx context.Context) {
	_ = s.app.release(ctx) // it was only read
	_ = os.RemoveAll(s.spool)
}

// image returns what a digest is, and the reports on it and its parts, its own first.
func (s *stored) image(ctx context.Context, set inspect.SetID, d oci.Digest) (policy.Image, []inspect.Report, error) {
	var img policy.Image
	got, err := s.reports.Get(ctx, set, d)
	own, ok := got[d]
	if !ok {
		if err == nil {
			err = fmt.Errorf("no report on %s under the rule set %s", d, set)
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
	parts, err := s.reports.Get(ctx, set, img.Blobs()...)
	for _, part := range img.Blobs() {
		if r, ok := parts[part]; ok && part != d {
			reports = append(reports, r)
		}
	}
	return img, reports, err
}

func (s *stored) manifest(ctx context.Context, d oci.Digest) (oci.Manifest, error) {
	f, _, err := s.app.blobs.Open(ctx, d)
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
