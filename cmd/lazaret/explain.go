package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/explain"
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
	var e explain.Explanation
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
		e, failed = explain.Result(result, job.cfg.Policy.Revision()), result.Err()
	}
	out, err := openOutput(t.stdout, f.output)
	if err != nil {
		return err
	}
	defer out.abandon()
	write := writeExplanation
	if f.format == "json" {
		write = func(e explain.Explanation, w io.Writer) error { return writeJSON(w, e) }
	}
	return errors.Join(write(e, out), out.commit(), failed)
}

// explainStored explains what the report store has on a digest: of an image's manifest
// whose bytes are stored too, the image; else the blob alone.
func explainStored(ctx context.Context, t terminal, f scanFlags, d oci.Digest) (explain.Explanation, error) {
	var none explain.Explanation
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
	return s.Explain(ctx, i.Set(), p, explain.Query{
		Digest: d, Name: name, Client: f.client, At: time.Now(),
		FirstSeen: func(ctx context.Context, registry, repository string, d oci.Digest) (time.Time, error) {
			return firstSeen(ctx, cfg, log, registry, repository, d)
		},
	})
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
	explain.Stored
	app   *app
	spool string // of its own: opening a blob store empties the spool, which may be in use
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
		s.Blobs = s.app.blobs
		s.Reports, err = cache.NewReports(s.app.store, cfg.LRUSize, []byte(cfg.ReportKey))
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
