package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// An exam is one blob on its way to a report: a download, if the store does not
// have it, and an inspection that reads along. There is at most one a subject in a
// process, and it belongs to the examiner: no client's leaving ends it.
type exam struct {
	spool     *cache.Spool
	inspector *inspect.Inspector
	done      chan struct{} // closed when report and err are set

	report inspect.Report
	err    error
}

// A subject is what an exam is of: a digest and the size that its manifest claims, in
// bytes, so that a false claim fails alone, under a rule set.
type subject struct {
	digest oci.Digest
	size   int64
	set    inspect.SetID
}

// An examiner runs exams.
type examiner struct {
	blobs     *cache.Blobs
	reports   *cache.Reports
	inspector atomic.Pointer[inspect.Inspector] // of exams that begin
	log       *slog.Logger
	metrics   *metrics
	slots     chan struct{} // holds one token for each inspection that may run at once

	ctx  context.Context // of all exams; ended by shutdown
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	running map[subject]*exam
	closed  bool
}

var errShutdown = errors.New("proxy: shutting down")

func newExaminer(cfg Config, m *metrics) *examiner {
	ctx, stop := context.WithCancel(context.Background())
	e := &examiner{
		blobs: cfg.Blobs, reports: cfg.Reports, log: cfg.Log, metrics: m,
		slots: make(chan struct{}, cfg.MaxInspections), ctx: ctx, stop: stop, running: map[subject]*exam{},
	}
	e.inspector.Store(cfg.Inspector)
	return e
}

// current is the inspector that a new admission looks reports up and makes them with.
func (e *examiner) current() *inspect.Inspector { return e.inspector.Load() }

// fill joins the download of a blob, starts it, or opens the stored blob as a download
// that has ended.
func (e *examiner) fill(up *upstream.Client, repository string, d oci.Descriptor) *cache.Spool {
	return e.blobs.Fill(d, func(ctx context.Context, offset int64) (io.ReadCloser, int64, error) {
		return up.Blob(ctx, repository, d.Digest, offset)
	})
}

// start joins the exam of a blob by an inspector or begins it.
func (e *examiner) start(i *inspect.Inspector, up *upstream.Client, repository string, d oci.Descriptor) *exam {
	e.mu.Lock()
	defer e.mu.Unlock()
	of := subject{d.Digest, d.Size, i.Set()}
	if x := e.running[of]; x != nil {
		return x
	}
	x := &exam{inspector: i, done: make(chan struct{})}
	if e.closed {
		x.err = errShutdown
		close(x.done)
		return x
	}
	x.spool = e.fill(up, repository, d)
	e.running[of] = x
	e.wg.Add(1)
	e.metrics.inspecting.Inc()
	go e.run(x, d)
	return x
}

func (e *examiner) run(x *exam, d oci.Descriptor) {
	defer e.wg.Done()
	x.report, x.err = e.examine(x, d)
	e.metrics.inspecting.Dec()
	e.count(x)
	e.mu.Lock()
	delete(e.running, subject{d.Digest, d.Size, x.inspector.Set()})
	e.mu.Unlock()
	close(x.done)
}

func (e *examiner) examine(x *exam, d oci.Descriptor) (inspect.Report, error) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-e.ctx.Done():
		return inspect.Report{}, errShutdown
	}
	r := x.spool.Follow(e.ctx, cache.Follow{})
	defer r.Close()
	report, err := x.inspector.Inspect(e.ctx, d, r)
	if err != nil {
		return inspect.Report{}, fmt.Errorf("inspect %s: %w", d.Digest, err)
	}
	// What was inspected is not yet known to be the blob: the spool says so.
	if err := x.spool.Wait(e.ctx); err != nil {
		return inspect.Report{}, fmt.Errorf("download %s: %w", d.Digest, err)
	}
	e.keep(report)
	return report, nil
}

// content inspects bytes that are at hand and checked: a manifest's.
func (e *examiner) content(ctx context.Context, i *inspect.Inspector, d oci.Descriptor, b []byte) (inspect.Report, error) {
	report, err := i.Inspect(ctx, d, bytes.NewReader(b))
	if err != nil {
		return inspect.Report{}, fmt.Errorf("inspect %s: %w", d.Digest, err)
	}
	e.keep(report)
	return report, nil
}

// keep remembers a report. A store that is down costs another inspection later, no more:
// the report stays in this process's memory, and this pull goes on by it.
func (e *examiner) keep(report inspect.Report) {
	if err := e.reports.Put(e.ctx, report); err != nil {
		e.log.LogAttrs(e.ctx, slog.LevelWarn, "report not stored", slog.String("digest", report.Digest.String()), slog.String("error", err.Error()))
	}
}

func (e *examiner) count(x *exam) {
	if x.err != nil {
		e.metrics.inspections.WithLabelValues("failed").Inc()
		e.log.LogAttrs(e.ctx, slog.LevelWarn, "inspection failed", slog.String("error", x.err.Error()))
		return
	}
	result := "clean"
	if len(x.report.Findings) > 0 {
		result = "findings"
	}
	if len(x.report.Gaps) > 0 {
		result = "gaps"
	}
	e.metrics.inspections.WithLabelValues(result).Inc()
	e.metrics.inspected.Add(float64(x.report.Stats.BytesCompressed))
	for _, f := range x.report.Findings {
		e.metrics.findings.WithLabelValues(string(f.Category), f.Confidence.String()).Inc()
	}
	e.log.LogAttrs(e.ctx, slog.LevelInfo, "inspected",
		slog.String("digest", x.report.Digest.String()), slog.String("kind", string(x.report.Kind)),
		slog.Int("findings", len(x.report.Findings)), slog.Int("gaps", len(x.report.Gaps)),
		slog.Int("files", x.report.Stats.Files), slog.Int64("bytes", x.report.Stats.BytesCompressed),
		slog.Duration("took", x.report.Stats.Elapsed))
}

// shutdown takes no new exams, waits for the running ones until ctx ends, and then
// ends them.
func (e *examiner) shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	ended := make(chan struct{})
	go func() { e.wg.Wait(); close(ended) }()
	defer e.stop()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		e.stop()
		<-ended
		return fmt.Errorf("proxy: end inspections: %w", ctx.Err())
	}
}
