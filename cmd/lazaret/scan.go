package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/scan"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// Exit codes of a verdict that refuses. One that passes is exitOK, and one that is not
// known exitError.
const (
	exitBlock      = 3
	exitQuarantine = 4
)

// A scanFlags is what the command line of scan says.
type scanFlags struct {
	format, output, platform, name, client string
	all, insecure                          bool
}

func scanCommand(t terminal) *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan TARGET",
		Short: "Inspect an image as the mirror does, without a server",
		Long: `Inspect an image with the inspector and the policy of the mirror, and print the verdict.

TARGET is one of
  oci:DIR[:NAME]       an OCI image layout, or the image of that name in it
  docker-archive:FILE  what docker save wrote
  dir:DIR              a root filesystem, as one layer
  REFERENCE            an image of a registry, such as nginx:1.27

Images of LAZARET_UPSTREAM_REGISTRY (Docker Hub) are read from LAZARET_UPSTREAM, others
from their own registry, with the logins of the Docker configuration.

The exit code is 0 when the image would be served (allow, warn), 3 when it is blocked,
4 when it is quarantined, 1 when that could not be told, and 2 for wrong usage.`,
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runScan(cmd.Context(), t, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "table", "table, json or sarif")
	flags.StringVarP(&f.output, "output", "o", "", "write to this file instead of standard output")
	flags.StringVar(&f.platform, "platform", "", "the image to take from an index, as os/arch[/variant] (default linux/"+runtime.GOARCH+")")
	flags.BoolVar(&f.all, "all-platforms", false, "scan every image of an index; the worst verdict counts")
	flags.StringVar(&f.name, "name", "", "judge the image under this repository's name instead of its own")
	flags.BoolVar(&f.insecure, "insecure", false, "speak plain HTTP to the image's own registry (registries on this machine: always)")
	return cmd
}

// A scanJob is a command line that makes sense.
type scanJob struct {
	target scan.Target
	cfg    scan.Config
	write  func(scan.Result, io.Writer) error
}

func runScan(ctx context.Context, t terminal, f scanFlags, target string) (err error) {
	job, err := newScanJob(ctx, t, f, target)
	if err != nil {
		return err
	}
	out, err := openOutput(t.stdout, f.output)
	if err != nil {
		return err
	}
	defer out.abandon()
	bar := newBar(t.stderr)
	job.cfg.Progress = bar.progress
	result, err := scan.Scan(ctx, job.cfg, job.target)
	bar.end()
	if err != nil {
		return err
	}
	if err := job.write(result, out); err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	switch result.Verdict {
	case scan.Allow, scan.Warn:
		return nil
	case scan.Block:
		return &exitCode{exitBlock, result.Err()}
	case scan.Quarantine:
		return &exitCode{exitQuarantine, result.Err()}
	}
	return &exitCode{exitError, result.Err()}
}

// newScanJob checks the command line and the settings: all its errors but those of
// broken rule data are of usage.
func newScanJob(ctx context.Context, t terminal, f scanFlags, target string) (job scanJob, err error) {
	switch f.format {
	case "table":
		job.write = scan.Result.WriteTable
	case "json":
		job.write = scan.Result.WriteJSON
	case "sarif":
		job.write = func(r scan.Result, w io.Writer) error { return r.WriteSARIF(w, version()) }
	default:
		return job, usage(fmt.Errorf("--format %.80q is not table, json or sarif", f.format))
	}
	if f.all && f.platform != "" {
		return job, usage(errors.New("--platform and --all-platforms exclude each other"))
	}
	job.cfg.Platform, job.cfg.AllPlatforms = oci.Platform{OS: "linux", Architecture: runtime.GOARCH}, f.all
	if f.platform != "" {
		if job.cfg.Platform, err = scan.ParsePlatform(f.platform); err != nil {
			return job, usage(fmt.Errorf("--platform: %w", err))
		}
	}
	if f.name != "" {
		if job.cfg.Name, err = oci.ParseReference(f.name); err != nil {
			return job, usage(fmt.Errorf("--name: %w", err))
		}
	}
	if job.target, err = scan.ParseTarget(target); err != nil {
		return job, usage(err)
	}
	cfg, err := config.Load(t.env)
	if err != nil {
		return job, usage(err)
	}
	job.cfg.IdleTimeout, job.cfg.Deadline, job.cfg.Now = cfg.DownloadIdleTimeout, cfg.DownloadDeadline, time.Now
	if job.target.Kind == scan.KindReference {
		client, err := scanClient(cfg, job.target.Reference.Registry, f.insecure)
		if err != nil {
			return job, err
		}
		job.cfg.Registry = registry{client}
	}
	cfg.LogLevel = max(cfg.LogLevel, slog.LevelWarn) // people read this
	known, err := openFeeds(ctx, cfg, newLogger(t.stderr, cfg), nil)
	if err != nil {
		return job, err
	}
	av, err := openAntivirus(ctx, cfg, newLogger(t.stderr, cfg))
	if err != nil {
		return job, err
	}
	if job.cfg.Inspector, err = newInspector(cfg, known.Set(), av); err != nil {
		return job, err
	}
	job.cfg.Policy, err = newPolicy(cfg, policy.Enforce, known) // LAZARET_MODE is about serving
	return job, err
}

// dockerHub is where Docker Hub's API is: docker.io is a name alone.
const dockerHub = "https://registry-1.docker.io"

// scanClient makes a client of the registry that goes by host in references.
func scanClient(cfg config.Config, host string, insecure bool) (*upstream.Client, error) {
	if u, ok := upstreams(cfg.Registries).find(host); ok {
		c, err := newUpstream(cfg, u, nil, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, fmt.Errorf("set up the registry: %w", err)
		}
		return c, nil
	}
	up := upstream.Config{
		Registry: host, UserAgent: "lazaret/" + version(), Retries: cfg.UpstreamRetries,
		HeaderTimeout: cfg.UpstreamHeaderTimeout, MaxRetryAfter: cfg.UpstreamMaxRetryAfter,
	}
	switch {
	case host == oci.DockerHub:
		up.URL = dockerHub
	case insecure || isLoopback(host):
		up.URL = "http://" + host
	default:
		up.URL = "https://" + host
	}
	c, err := upstream.New(up)
	if err != nil {
		return nil, fmt.Errorf("set up the registry: %w", err)
	}
	return c, nil
}

// isLoopback reports whether host[:port] is this machine, by its address or as localhost.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if len(name) > 1 && name[0] == '[' {
		name = name[1 : len(name)-1] // an IPv6 address without a port
	}
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}

// A registry is a client in the form that scan asks for.
type registry struct{ *upstream.Client }

func (r registry) Manifest(ctx context.Context, ref oci.Reference) ([]byte, oci.Digest, error) {
	m, err := r.Client.Manifest(ctx, ref)
	return m.Body, m.Descriptor.Digest, err
}

func (r registry) Blob(ctx context.Context, repository string, d oci.Digest, offset int64) (io.ReadCloser, error) {
	body, _, err := r.Client.Blob(ctx, repository, d, offset)
	return body, err
}

// A bar shows progress on a terminal, and nothing where there is none.
type bar struct {
	terminal *os.File // nil: none

	mu    sync.Mutex // guards what follows
	drawn *progressbar.ProgressBar
	read  int64 // as drawn
}

func newBar(stderr io.Writer) *bar {
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{terminal: f}
	}
	return &bar{}
}

// progress is scan.Config's. What goes wrong in drawing is no reason to stop.
func (b *bar) progress(read, total int64) {
	if b.terminal == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn == nil { // the first bytes come with the total; -1 makes a spinner
		b.drawn = progressbar.NewOptions64(max(total, -1),
			progressbar.OptionSetWriter(b.terminal), progressbar.OptionSetDescription("scanning"), progressbar.OptionShowBytes(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetSpinnerChangeInterval(0)) // else a goroutine that never ends draws the spinner
	}
	if read > b.read { // calls may come out of order
		_ = b.drawn.Add64(read - b.read)
		b.read = read
	}
}

// end wipes the bar away.
func (b *bar) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn != nil {
		_ = b.drawn.Clear()
		_ = b.drawn.Exit()
	}
}

// An output is standard output, or a file that appears under its name only when it is
// whole.
type output struct {
	io.Writer
	file *os.File // nil of standard output
	name string   // to become; "" if file is written in place
}

// openOutput opens the output before the work begins, so that a path that cannot be
// written costs no time. What is there and is not a regular file, such as /dev/stderr, is
// written in place.
func openOutput(stdout io.Writer, name string) (*output, error) {
	if name == "" {
		return &output{Writer: stdout}, nil
	}
	var f *os.File
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		if f, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
			return nil, fmt.Errorf("open the output: %w", err)
		}
		return &output{Writer: f, file: f}, nil
	}
	if f, err = os.CreateTemp(filepath.Dir(name), ".lazaret-*"); err != nil {
		return nil, fmt.Errorf("open the output: %w", err)
	}
	if err := f.Chmod(0o644); err != nil { // as other programs make files, not as secrets
		return nil, errors.Join(fmt.Errorf("open the output: %w", err), f.Close(), os.Remove(f.Name()))
	}
	return &output{Writer: f, file: f, name: name}, nil
}

func (o *output) commit() error {
	f := o.file
	if f == nil {
		return nil
	}
	var err error
	if o.name != "" {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil && o.name != "" {
		err = os.Rename(f.Name(), o.name)
	}
	if err != nil {
		return fmt.Errorf("write the output: %w", err) // abandon removes the file
	}
	o.file = nil
	return nil
}

// abandon removes an output that was not committed.
func (o *output) abandon() {
	if o.file == nil {
		return
	}
	o.file.Close() // closed already where commit failed
	if o.name != "" {
		_ = os.Remove(o.file.Name())
	}
}
