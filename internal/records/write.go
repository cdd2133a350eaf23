package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	maxBatch   = 256                    // rows a transaction, each with one fsync
	rowsEach   = 8                      // rows a statement: SQLite takes time quadratic in the number of $1, $2, ...
	firstRetry = 100 * time.Millisecond // after a batch that could not be written; doubled up to maxRetry
	maxRetry   = 5 * time.Second
	maxInsert  = 30 * time.Second // for a batch: a server that is gone without a word must not hold the writer
	purgeEvery = time.Hour
	purgeBatch = 1000 // rows a transaction, so that rows in the queue are not kept waiting
)

// write is the writer: it ends when the queue is closed and empty, or with ctx.
func (r *Records) write(ctx context.Context) {
	defer close(r.dead)
	if !r.unspill(ctx) {
		return
	}
	purge := time.NewTimer(0)
	defer purge.Stop()
	for {
		select {
		case it, open := <-r.queue:
			if !open {
				return
			}
			batch, marks := r.fill(it)
			if !r.insertAll(ctx, batch) {
				r.left = batch
				return
			}
			for _, mark := range marks {
				close(mark)
			}
			if !r.unspill(ctx) { // the database takes rows
				return
			}
		case <-purge.C:
			again := purgeEvery
			switch n, err := r.purge(ctx); {
			case err != nil:
				r.log.Error("old pulls are not removed", "error", err)
			case n == purgeBatch:
				again = 0 // there are more; rows in the queue have their turn between
			}
			purge.Reset(again)
			if !r.unspill(ctx) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// fill takes what else is queued now, up to a batch, without waiting.
func (r *Records) fill(first item) (batch []Pull, marks []chan struct{}) {
	for it, open := first, true; open; {
		if it.mark != nil {
			marks = append(marks, it.mark)
		} else {
			batch = append(batch, it.pull)
		}
		if len(batch) == maxBatch {
			break
		}
		select {
		case it, open = <-r.queue:
		default:
			return batch, marks
		}
	}
	return batch, marks
}

// insertAll writes a batch, however often it takes: a full disk may be emptied. Meanwhile
// the queue fills, which is where Record says no. It reports false when ctx ended first.
func (r *Records) insertAll(ctx context.Context, batch []Pull) bool {
	for wait := firstRetry; len(batch) > 0; wait = min(2*wait, maxRetry) {
		err := r.insert(ctx, batch)
		if err == nil {
			r.metrics.written.Add(float64(len(batch)))
			return true
		}
		r.metrics.failures.Inc()
		if ctx.Err() != nil {
			return false
		}
		r.log.Error("pulls could not be recorded; trying again", "rows", len(batch), "wait", wait, "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
	return true
}

func (r *Records) insert(ctx context.Context, batch []Pull) error {
	ctx, cancel := context.WithTimeout(ctx, maxInsert)
	defer cancel()
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for some := range slices.Chunk(batch, rowsEach) {
		args := make([]any, 0, len(some)*pullWidth)
		for i := range some {
			args = append(args, some[i].values()...)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO pulls (`+pullColumns+`) VALUES `+placeholders(len(some), pullWidth), args...); err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	if err := noteImages(ctx, tx, batch); err != nil {
		return err
	}
	if err := noteQuarantine(ctx, tx, batch); err != nil {
		return err
	}
	if err := r.noteRefusals(ctx, tx, batch); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// purge removes at most purgeBatch rows that are older than Retention, and says how many.
func (r *Records) purge(ctx context.Context) (int64, error) {
	if r.cfg.Retention == 0 {
		return 0, nil
	}
	res, err := r.db.ExecContext(ctx, `DELETE FROM pulls WHERE id IN (SELECT id FROM pulls WHERE at < $1 ORDER BY at LIMIT $2)`,
		r.cfg.Now().Add(-r.cfg.Retention).UnixMicro(), purgeBatch)
	if err != nil {
		return 0, fmt.Errorf("records: purge: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("records: purge: %w", err)
	}
	return n, r.purgeExposures(ctx)
}

// purgeExposures removes those of images that nobody was given within Retention: no review
// looks at them any more.
func (r *Records) purgeExposures(ctx context.Context) error {
	_, err := r.db.ExecContext(ctx, `DELETE FROM exposures WHERE NOT EXISTS (SELECT 1 FROM images WHERE images.registry = exposures.registry
		AND images.repository = exposures.repository AND images.digest = exposures.digest AND images.passed_at >= $1)`, r.cfg.Now().Add(-r.cfg.Retention).UnixMicro())
	if err != nil {
		return fmt.Errorf("records: purge exposures: %w", err)
	}
	return nil
}

type metrics struct {
	written, dropped, spilled, failures prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, queued func() int) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "lazaret", Subsystem: "records", Name: name, Help: help})
	}
	m := &metrics{
		written:  counter("written_total", "Rows written."),
		dropped:  counter("dropped_total", "Rows dropped because the queue was full; never a refusal."),
		spilled:  counter("spilled_total", "Refusals that were kept in a file because the queue stayed full."),
		failures: counter("write_failures_total", "Batches that could not be written at once; they are tried again."),
	}
	if reg == nil {
		return m, nil
	}
	depth := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "lazaret", Subsystem: "records", Name: "queued", Help: "Rows that wait to be written."},
		func() float64 { return float64(queued()) })
	for _, c := range []prometheus.Collector{m.written, m.dropped, m.spilled, m.failures, depth} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
