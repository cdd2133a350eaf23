// Package exposure finds what was given out and would be refused now.
//
// Rules, feeds and policies change; images that passed stay where they are. After each
// change, a review goes through the images that were given to clients, decides on each anew
// for every client that has it, and keeps what it comes to on record: who has what would
// be refused now, and of which images that is not known, because their reports are of
// older rules. It takes out of quarantine what no rule minds any more, and removes what is
// stored of images that were rejected or that nobody has asked for in a while.
//
// It promises to download nothing, to work on one image at a time, and that a review
// which another change overtakes is made again. It trusts the records to know who has what.
package exposure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// A Case is an image with what is known of it; *proxy.Case is one.
type Case interface {
	Decide(ctx context.Context, client string) policy.Verdict
	Rules() inspect.SetID
	Policy() string
}

// Config is what New needs. Records and Reopen must be set.
type Config struct {
	Records *records.Records
	// Reopen opens the case of an image, or with no digest that of a repository's name.
	Reopen func(ctx context.Context, registry, repository string, d oci.Digest) (Case, error)
	// Purge removes what is stored of an image, and reports whether there was anything; nil: nothing is removed.
	Purge     func(ctx context.Context, d oci.Digest) (bool, error)
	Keep      time.Duration // what waits in quarantine, since it was last asked for; 0: for ever
	Retention time.Duration // images that were last given out before are left alone; 0: none are
	Every     time.Duration // between reviews that nothing asks for; an hour if zero
	Look      time.Duration // between looks for what a person has rejected meanwhile; 10 s if zero
	Log       *slog.Logger  // nil: none
	Now       func() time.Time
}

// A Watch reviews. Make it with New.
type Watch struct {
	cfg   Config
	asked chan struct{} // holds one token while a review is asked for
}

// New makes a watch.
func New(cfg Config) (*Watch, error) {
	if cfg.Records == nil || cfg.Reopen == nil || cfg.Every < 0 || cfg.Look < 0 || cfg.Retention < 0 || cfg.Keep < 0 {
		return nil, errors.New("exposure: a part is missing, or a time negative")
	}
	if cfg.Every == 0 {
		cfg.Every = time.Hour
	}
	if cfg.Look == 0 {
		cfg.Look = 10 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Watch{cfg: cfg, asked: make(chan struct{}, 1)}, nil
}

// Ask asks for a review: something changed that verdicts rest on. It does not wait.
func (w *Watch) Ask() {
	select {
	case w.asked <- struct{}{}:
	default: // one is to come
	}
}

// Run reviews when it is asked to, and every so often, until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	tick, look := time.NewTicker(w.cfg.Every), time.NewTicker(w.cfg.Look)
	defer tick.Stop()
	defer look.Stop()
	looked := w.cfg.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			begin := w.cfg.Now()
			if err := w.Rejected(ctx, looked.Add(-overlap)); err == nil {
				looked = begin
			} else if ctx.Err() == nil {
				w.cfg.Log.Error("what was rejected is not removed yet", "error", err.Error())
			}
			continue
		case <-w.asked:
		case <-tick.C:
		}
		begin := w.cfg.Now()
		n, err := w.Review(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.cfg.Log.Error("review not finished", "images", n.Images, "error", err.Error())
		default:
			w.cfg.Log.Info("review", "images", n.Images, "exposed", n.Exposed, "unknown", n.Unknown, "cleared", n.Cleared, "purged", n.Purged, "took", w.cfg.Now().Sub(begin))
		}
	}
}

// A Count says what a review came to.
type Count struct {
	Images  int // that clients have
	Exposed int // of them, that would be refused
	Unknown int // of them, that are to be inspected again
	Cleared int // taken out of quarantine
	Purged  int // in quarantine, of which what was stored is removed
}

// Review goes through all once.
func (w *Watch) Review(ctx context.Context) (n Count, err error) {
	f := records.ImageFilter{Given: true, Limit: 200}
	if w.cfg.Retention > 0 {
		f.Passed = w.cfg.Now().Add(-w.cfg.Retention)
	}
	for {
		images, err := w.cfg.Records.Images(ctx, f)
		if err != nil {
			return n, err
		}
		for _, img := range images {
			if err := w.image(ctx, img, &n); err != nil {
				return n, fmt.Errorf("review %s@%s: %w", img.Repository, img.Digest, err)
			}
		}
		if len(images) < f.Limit {
			break
		}
		f.After = images[len(images)-1]
	}
	if err := w.quarantine(ctx, &n); err != nil {
		return n, err
	}
	return n, w.purge(ctx, &n)
}

// image decides on one image for every client that has it.
func (w *Watch) image(ctx context.Context, img records.Image, n *Count) error {
	holders, err := w.cfg.Records.Holders(ctx, img.Registry, img.Repository, img.Digest)
	if err != nil || len(holders) == 0 {
		return err
	}
	n.Images++
	c, err := w.cfg.Reopen(ctx, img.Registry, img.Repository, img.Digest)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		// One image that cannot be read must not keep the others from being reviewed.
		w.cfg.Log.Warn("image not reviewed", "repository", img.Repository, "digest", img.Digest.String(), "error", err.Error())
		return nil
	}
	x := records.Exposure{
		Registry: img.Registry, Repository: img.Repository, Digest: img.Digest, State: records.Resolved,
		Reasons: json.RawMessage(`[]`), Rules: string(c.Rules()), Policy: c.Policy(),
	}
	worst := policy.Allow
	for _, h := range holders {
		v := c.Decide(ctx, h.Client)
		switch {
		case v.Meant().Refuses():
			x.Clients = append(x.Clients, h)
			if x.State != records.Exposed || v.Meant() < worst {
				if x.Reasons, err = json.Marshal(v.Reasons[:min(len(v.Reasons), 8)]); err != nil {
					return err
				}
				x.State, x.Verdict, worst = records.Exposed, v.Meant().String(), v.Meant()
			}
		case len(v.Missing) > 0 && x.State == records.Resolved:
			x.State = records.Unknown
		}
	}
	switch x.State {
	case records.Exposed:
		n.Exposed++
	case records.Unknown:
		n.Unknown++
	}
	news, err := w.cfg.Records.PutExposure(ctx, x)
	if news && x.State == records.Exposed {
		w.cfg.Log.Warn("exposure", "repository", x.Repository, "digest", x.Digest.String(), "verdict", x.Verdict, "clients", len(x.Clients))
	}
	return err
}

// reviewer is who the audit log says takes images out of quarantine.
var reviewer = records.Actor{Name: "lazaret", Origin: "review"}

// quarantine takes out what would pass now.
func (w *Watch) quarantine(ctx context.Context, n *Count) error {
	f := records.StateFilter{State: records.Waiting, Limit: 200}
	for {
		page, err := w.cfg.Records.Quarantine(ctx, f)
		if err != nil {
			return err
		}
		for _, x := range page {
			f.Before = records.Key{At: x.At, ID: x.ID}
			c, err := w.cfg.Reopen(ctx, x.Registry, x.Repository, x.Digest)
			if err != nil {
				if ctx.Err() != nil {
					return err
				}
				w.cfg.Log.Warn("image in quarantine not reviewed", "repository", x.Repository, "digest", x.Digest.String(), "error", err.Error())
				continue
			}
			if v := c.Decide(ctx, x.Client); v.Meant() != policy.Allow {
				continue // it is minded still, or not all is known
			}
			// A person may have decided meanwhile: then that holds.
			if _, err := w.cfg.Records.Clear(ctx, reviewer, x.ID, "it would pass now"); err != nil && !errors.Is(err, records.ErrState) {
				return err
			}
			n.Cleared++
		}
		if len(page) < f.Limit {
			return nil
		}
	}
}

// overlap is how far the clocks of replicas may differ for a rejection to be seen by the next look.
const overlap = time.Minute

// Rejected removes what is stored of what a person has rejected since a time. A look costs a
// query; a review goes through all that ever was in quarantine.
func (w *Watch) Rejected(ctx context.Context, since time.Time) error {
	if w.cfg.Purge == nil {
		return nil
	}
	all, err := w.cfg.Records.RejectedSince(ctx, since)
	if err != nil {
		return err
	}
	var n Count
	for _, x := range all {
		if err := w.remove(ctx, x, &n); err != nil {
			return err
		}
	}
	return nil
}

// purge removes what is stored of what was rejected, and of what waits for too long. It keeps no
// account of that: each replica has its own store, and what is gone costs a look.
func (w *Watch) purge(ctx context.Context, n *Count) error {
	if w.cfg.Purge == nil {
		return nil
	}
	for _, state := range []string{records.Rejected, records.Waiting} {
		f := records.StateFilter{State: state, Limit: 200}
		for {
			page, err := w.cfg.Records.Quarantine(ctx, f)
			if err != nil {
				return err
			}
			for _, x := range page {
				f.Before = records.Key{At: x.At, ID: x.ID}
				if state == records.Waiting && (w.cfg.Keep == 0 || !x.Last.Before(w.cfg.Now().Add(-w.cfg.Keep))) {
					continue
				}
				if err := w.remove(ctx, x, n); err != nil {
					return err
				}
			}
			if len(page) < f.Limit {
				break
			}
		}
	}
	return nil
}

// remove removes what is stored of one image, unless that is good under another name: there it
// would be fetched again and again. One that cannot be removed keeps no other from it.
func (w *Watch) remove(ctx context.Context, x records.Quarantined, n *Count) error {
	if x.Digest == "" {
		return nil
	}
	used, err := w.cfg.Records.PassedElsewhere(ctx, x.Registry, x.Repository, x.Digest)
	if err != nil || used {
		return err
	}
	switch was, err := w.cfg.Purge(ctx, x.Digest); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		w.cfg.Log.Warn("image in quarantine not removed", "repository", x.Repository, "digest", x.Digest.String(), "error", err.Error())
	case was:
		n.Purged++
		w.cfg.Log.Info("removed from the store", "repository", x.Repository, "digest", x.Digest.String(), "state", x.State)
	}
	return nil
}
