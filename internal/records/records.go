// Package records keeps what must be known later: who pulled what, and what was
// answered. It keeps it in SQLite, in a file that its owner alone can read, or in
// PostgreSQL, which replicas share. The queries are the same.
//
// It promises the pull path that recording delays nothing: Record puts a row into a
// bounded queue that one goroutine writes from, in batches, each of them durable once it
// is written. When the queue is full an ordinary row is dropped, counted and reported; a row
// that must not be missed (a refusal) waits for room, and when its time is up it is kept in
// a file until the database takes rows again. Close writes all that is queued, or keeps it there.
// It trusts nothing in a row: texts are bounded and kept as they came, for whoever
// shows them to escape.
package records

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Errors of Record.
var (
	ErrFull   = errors.New("records: the queue is full")
	ErrClosed = errors.New("records: closed")
)

// Config is what Open needs. Only Path or URL must be set.
type Config struct {
	Path      string        // of the SQLite database; it and its folder are made if missing
	URL       string        // of a PostgreSQL database, instead of Path
	Queue     int           // rows that may wait to be written; 4096 if zero
	Spill     string        // file for rows that the database takes too late; "": none
	Retention time.Duration // for which rows are kept; 0 keeps them for ever
	// ExceptionTTL is for how long an exception may hold from when it is made or renewed; 90
	// days if zero.
	ExceptionTTL time.Duration
	// RefusalWindow is for how long refusals of one image to one client are gathered before
	// they are told of; an hour if zero. The first is told of at once.
	RefusalWindow time.Duration
	Log           *slog.Logger          // nil: none
	Metrics       prometheus.Registerer // nil: none
	Now           func() time.Time      // nil: time.Now
}

// Records is the open database. It may be used by many goroutines at once.
type Records struct {
	cfg     Config
	log     *slog.Logger
	db      *sql.DB
	metrics *metrics
	seen    firsts

	queue  chan item
	dead   chan struct{} // closed when the writer has ended
	stop   func()        // ends the writer even where it cannot write
	crowd  crowd         // the writer's
	left   []Pull        // in the writer's hand when it was stopped; read after dead
	spill  spill
	closed sync.Once      // what follows Close happens once
	failed error          // what Close returned
	inside sync.WaitGroup // Record and Flush calls that may still send

	mu      sync.Mutex // guards the rest
	closing bool
	dropped int       // rows since the last line about them
	told    time.Time // when that was
}

// An item of the queue is a row, or a mark: a channel to close once all before it is written.
type item struct {
	pull Pull
	mark chan struct{}
}

// Open opens the database, brings its schema up to date and starts the writer. A database
// that a newer Lazaret has written is an error.
func Open(ctx context.Context, cfg Config) (*Records, error) {
	if cfg.Queue < 0 || cfg.Retention < 0 || cfg.ExceptionTTL < 0 || cfg.RefusalWindow < 0 {
		return nil, errors.New("records: a negative queue, retention or lifetime")
	}
	if cfg.RefusalWindow == 0 {
		cfg.RefusalWindow = window
	}
	if cfg.ExceptionTTL == 0 {
		cfg.ExceptionTTL = 90 * 24 * time.Hour
	}
	if cfg.Queue == 0 {
		cfg.Queue = 4096
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	db, err := open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("records: open %s: %w", cmp.Or(cfg.Path, "the database"), err) // no URL: it has a password
	}
	r := &Records{cfg: cfg, log: cfg.Log, db: db, queue: make(chan item, cfg.Queue), dead: make(chan struct{})}
	r.spill.path, r.spill.waiting = cfg.Spill, true // of the run before
	if r.metrics, err = newMetrics(cfg.Metrics, func() int { return len(r.queue) }); err != nil {
		db.Close()
		return nil, fmt.Errorf("records: register metrics: %w", err)
	}
	// The writer outlives every request; Close ends it.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	go r.write(running)
	return r, nil
}

// Record queues a row. It does not wait, unless must is set and the queue is full: then
// until there is room or ctx ends, and when ctx ends first the row goes into the spill
// file. The error is ErrFull, ErrClosed, or ctx's where there is no such file.
func (r *Records) Record(ctx context.Context, p Pull, must bool) error {
	if !r.enter() {
		return ErrClosed
	}
	defer r.inside.Done()
	if p.At.IsZero() {
		p.At = r.cfg.Now()
	}
	it := item{pull: p.bounded()}
	select {
	case r.queue <- it:
		return nil
	default:
	}
	if !must {
		r.drop()
		return ErrFull
	}
	err := r.send(ctx, it)
	if err == nil {
		return nil
	}
	if failed := r.spill.put(it.pull); failed != nil {
		return errors.Join(err, fmt.Errorf("records: keep the row in a file: %w", failed))
	}
	r.metrics.spilled.Inc()
	return nil
}

// Flush waits until every row that was queued before is written, or ctx ends.
func (r *Records) Flush(ctx context.Context) error {
	if !r.enter() {
		return ErrClosed
	}
	mark := make(chan struct{})
	err := r.send(ctx, item{mark: mark})
	r.inside.Done()
	if err != nil {
		return err
	}
	select {
	case <-mark:
		return nil
	case <-r.dead:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("records: flush: %w", ctx.Err())
	}
}

// Ping reports whether the database answers.
func (r *Records) Ping(ctx context.Context) error {
	if err := r.db.PingContext(ctx); err != nil {
		return fmt.Errorf("records: ping: %w", err)
	}
	return nil
}

// Close takes no more rows, writes those that are queued, and closes the database. When
// ctx ends first the error says how many rows are lost. Later calls return the same.
func (r *Records) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	r.closed.Do(func() { r.failed = r.close(ctx) })
	return r.failed
}

func (r *Records) close(ctx context.Context) error {
	go func() { // ends with the last Record, which the writer or its death lets go
		r.inside.Wait()
		close(r.queue)
	}()
	var err error
	select {
	case <-r.dead:
	case <-ctx.Done():
		r.stop()
		<-r.dead
		left := r.left
		for it := range r.queue {
			if it.mark == nil {
				left = append(left, it.pull)
			}
		}
		if len(left) > 0 {
			if failed := r.spill.put(left...); failed != nil {
				err = fmt.Errorf("records: close: %d rows are lost: %w, and %w", len(left), ctx.Err(), failed)
			} else {
				r.log.Warn("rows kept in a file until the next start", "rows", len(left), "path", r.cfg.Spill)
			}
		}
	}
	r.stop()
	return errors.Join(err, r.db.Close())
}

// enter counts a call that may send to the queue, unless Close has begun.
func (r *Records) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return false
	}
	r.inside.Add(1)
	return true
}

func (r *Records) send(ctx context.Context, it item) error {
	select {
	case r.queue <- it:
		return nil
	case <-r.dead:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("records: wait for room in the queue: %w", ctx.Err())
	}
}

// dropLine is how often a line says that rows are dropped: what fills the queue must not fill the log.
const dropLine = 10 * time.Second

// drop counts a row that found no room.
func (r *Records) drop() {
	r.metrics.dropped.Inc()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped++
	now := r.cfg.Now()
	if !r.told.IsZero() && now.Sub(r.told) < dropLine {
		return
	}
	r.log.Warn("pulls are not recorded: the queue is full", "rows", r.dropped, "queue", r.cfg.Queue)
	r.told, r.dropped = now, 0
}
