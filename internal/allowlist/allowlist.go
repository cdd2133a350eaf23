// Package allowlist holds the exceptions in force, as the policy takes them.
//
// It promises that a change to the records is in force in every replica within Every and
// the time of one query, and that an exception which expires ends at that moment. While
// the records cannot be read, what was last read stays in force until it expires: a
// database that is down takes no exception away early, and gives none longer.
// It trusts the records.
//
// A revocation during such an outage reaches no replica before the end of it.
package allowlist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// Records say what is in force, and when that changed; *records.Records is one.
type Records interface {
	Changes(ctx context.Context, topic string) (int64, error)
	InForce(ctx context.Context) ([]records.Exception, error)
}

// Config is what New needs. Only Records must be set.
type Config struct {
	Records Records
	Every   time.Duration    // between looks at the records; a second if zero
	Log     *slog.Logger     // nil: none
	Now     func() time.Time // nil: time.Now
}

// A List is the exceptions in force. It may be used by many goroutines at once.
type List struct {
	cfg     Config
	current atomic.Pointer[snapshot]
	failing atomic.Bool // the last look did not succeed
}

// A snapshot is what the records said.
type snapshot struct {
	change int64
	all    []entry
}

// An entry is an exception, with what names it and its state among those in force.
type entry struct {
	policy.Exception
	name string
}

// New makes a list and reads it for the first time.
func New(ctx context.Context, cfg Config) (*List, error) {
	if cfg.Records == nil || cfg.Every < 0 {
		return nil, errors.New("allowlist: no records, or a negative interval")
	}
	if cfg.Every == 0 {
		cfg.Every = time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	l := &List{cfg: cfg}
	if err := l.Refresh(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Run looks at the records until ctx ends.
func (l *List) Run(ctx context.Context) {
	tick := time.NewTicker(l.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// A query that hangs must not keep a change out for long after the database is back.
		looking, cancel := context.WithTimeout(ctx, 10*l.cfg.Every)
		err := l.Refresh(looking)
		cancel()
		switch failed := err != nil && ctx.Err() == nil; {
		case failed && !l.failing.Swap(true):
			l.cfg.Log.Error("exceptions not readable: what was read last stays in force", "error", err.Error())
		case !failed && l.failing.Swap(false):
			l.cfg.Log.Info("exceptions readable again")
		}
	}
}

// Ready reports whether the last look at the records succeeded.
func (l *List) Ready(context.Context) error {
	if l.failing.Load() {
		return errors.New("allowlist: exceptions not readable")
	}
	return nil
}

// Refresh looks at the records once.
func (l *List) Refresh(ctx context.Context) error {
	// First the number, then the list: a change between them is read again at the next look.
	n, err := l.cfg.Records.Changes(ctx, "exceptions")
	if err != nil {
		return fmt.Errorf("allowlist: %w", err)
	}
	last := l.current.Load()
	if last != nil && last.change == n {
		return nil
	}
	rows, err := l.cfg.Records.InForce(ctx)
	if err != nil {
		return fmt.Errorf("allowlist: %w", err)
	}
	next := &snapshot{change: n}
	for _, e := range rows {
		next.all = append(next.all, entry{fromRecord(e), strconv.FormatInt(e.ID, 10) + "@" + strconv.FormatInt(e.At.UnixMicro(), 10)})
	}
	l.current.Store(next)
	if last != nil {
		l.cfg.Log.Info("exceptions", "in_force", len(rows), "change", n)
	}
	return nil
}

func fromRecord(e records.Exception) policy.Exception {
	return policy.Exception{
		ID: strconv.FormatInt(e.ID, 10), Repository: e.Scope.Repository, Tag: e.Scope.Tag, Digest: e.Scope.Digest, Rule: e.Scope.Rule,
		Path: e.Scope.Path, Fingerprint: e.Scope.Fingerprint, Client: e.Scope.Client, Expires: e.Expires,
	}
}

// For returns the exceptions in force that concern a subject, and a name for just these:
// other exceptions, other name. It takes a subject as of now, whatever its time: one that
// waits for a verdict for long is not served by what has expired meanwhile.
func (l *List) For(s policy.Subject) (out []policy.Exception, name string) {
	now := l.cfg.Now()
	all := l.current.Load().all
	for i := range all {
		e := &all[i]
		if now.Before(e.Expires) && e.Concerns(&s) {
			out = append(out, e.Exception)
			name += e.name + " "
		}
	}
	return out, name
}
