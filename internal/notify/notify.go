// Package notify tells people and programs what happened: it takes notifications from the
// outbox in the records and posts them to the webhooks that an administrator lists, as
// CloudEvents with a signature, or as messages that Slack and its like understand.
//
// It promises that each webhook gets each notification that it wants at least once, and
// normally once, however many replicas share the records; in no promised order; that what is
// not taken is tried again for Config.Patience, more and more seldom, and kept as dead after
// that; that nothing goes to any other place than the URLs listed, since redirects are not
// followed; and that no URL, which may be a secret, is shown, logged or stored.
// It trusts a webhook with what a notification says and believes nothing of its answer but
// the status and Retry-After.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/records"
)

// Config is what New needs. Records and Agent must be set.
type Config struct {
	Records  *records.Records
	Webhooks []Webhook
	Secrets  []Secret // that sign CloudEvents, the newest first; a receiver accepts any
	Source   string   // of CloudEvents: a URI reference that names this mirror
	Agent    string   // User-Agent
	Timeout  time.Duration
	Patience time.Duration // how long a delivery is tried; then it is dead
	Expiring time.Duration // how long before its end an exception is told of; 0: none is
	Keep     time.Duration // how long notifications are kept; 0: for ever
	// Transport is for tests; nil verifies TLS by the system's roots and takes proxies from the environment.
	Transport http.RoundTripper
	Log       *slog.Logger          // nil: none
	Metrics   prometheus.Registerer // nil: none
	Now       func() time.Time
	Jitter    func() float64 // in [0, 1)
}

// Bounds of the work.
const (
	perWebhook = 4                // deliveries to one webhook at once: one that hangs keeps no other waiting
	lease      = time.Minute      // for how long a replica has a delivery; more than a Timeout
	maxTimeout = 30 * time.Second // so that an attempt ends well before its lease
	every      = time.Second      // between looks at the outbox
	sweepEvery = 15 * time.Second
	grace      = 5 * time.Second // for attempts in progress when it is to stop
)

// A Notifier delivers. Make it with New.
type Notifier struct {
	cfg     Config
	hooks   []*hook
	client  *http.Client
	metrics *metrics
}

// New makes a notifier. Without webhooks it still tends the outbox.
func New(cfg Config) (*Notifier, error) {
	switch {
	case cfg.Records == nil || cfg.Agent == "" || cfg.Source == "" || cfg.Now == nil || cfg.Jitter == nil:
		return nil, errors.New("notify: a part is missing")
	case cfg.Timeout <= 0 || cfg.Timeout > maxTimeout || cfg.Patience <= 0 || cfg.Expiring < 0 || cfg.Keep < 0:
		return nil, errors.New("notify: a time is out of bounds")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	n := &Notifier{cfg: cfg, client: newClient(cfg.Transport)}
	for _, w := range cfg.Webhooks {
		if w.Kind == CloudEvents && len(cfg.Secrets) == 0 {
			return nil, errors.New("notify: no secret to sign CloudEvents with")
		}
		h, err := newHook(w)
		if err != nil {
			return nil, err
		}
		n.hooks = append(n.hooks, h)
	}
	var err error
	n.metrics, err = newMetrics(cfg.Metrics, n.hooks)
	return n, err
}

// Run delivers until ctx ends. It returns when the attempts that are in progress then have
// ended, which takes grace at most.
func (n *Notifier) Run(ctx context.Context) {
	// Attempts outlive ctx by the grace: one that is cut may have been taken, and would be told twice.
	attempts, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cut) })
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { n.repeat(ctx, every, n.route) })
	wg.Go(func() { n.repeat(ctx, sweepEvery, n.sweep) })
	for _, h := range n.hooks {
		wg.Go(func() {
			n.repeat(ctx, every, func(ctx context.Context) (bool, error) { return n.deliver(ctx, attempts, h) })
		})
	}
	wg.Wait()
}

// repeat does something every so often until ctx ends, and at once again while there is more to do.
func (n *Notifier) repeat(ctx context.Context, wait time.Duration, do func(context.Context) (more bool, err error)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false // the last time, which was said
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		more, err := do(ctx)
		switch failed := err != nil && ctx.Err() == nil; {
		case failed && !failing:
			n.cfg.Log.Error("notifications wait: the records do not answer", "error", err.Error())
		case !failed && failing:
			n.cfg.Log.Info("notifications go on")
		}
		failing = err != nil
		if more && err == nil {
			timer.Reset(0)
		} else {
			timer.Reset(wait)
		}
	}
}

// route gives each new notification to the webhooks that want it.
func (n *Notifier) route(ctx context.Context) (more bool, err error) {
	routed, err := n.cfg.Records.Route(ctx, func(x records.Notification) (names []string) {
		for _, h := range n.hooks {
			if h.wants(x.Type) {
				names = append(names, h.name)
			}
		}
		return names
	})
	return routed > 0, err
}

// sweep tends the outbox and counts what waits in it.
func (n *Notifier) sweep(ctx context.Context) (more bool, err error) {
	err = n.cfg.Records.Sweep(ctx, records.Sweep{
		Expiring: n.cfg.Expiring, Keep: n.cfg.Keep,
		GiveUp: n.cfg.Patience + 24*time.Hour, // what this mirror has a webhook for has long been given up
	})
	if err != nil {
		return false, err
	}
	backlogs, err := n.cfg.Records.Backlogs(ctx)
	if err == nil {
		n.metrics.backlog(backlogs)
	}
	return false, err
}

// deliver makes an attempt with what is due to one webhook. It returns when all have ended.
func (n *Notifier) deliver(ctx, attempts context.Context, h *hook) (more bool, err error) {
	if n.cfg.Now().Before(h.pause) {
		return false, nil
	}
	claims, err := n.cfg.Records.Claim(ctx, h.name, lease, perWebhook)
	if len(claims) == 0 {
		return false, err
	}
	var wg sync.WaitGroup
	pauses := make([]time.Time, len(claims))
	settled := make([]error, len(claims))
	for i, c := range claims {
		wg.Go(func() { pauses[i], settled[i] = n.attempt(attempts, h, c) })
	}
	wg.Wait()
	for _, p := range pauses {
		if p.After(h.pause) {
			h.pause = p
		}
	}
	return len(claims) == perWebhook, errors.Join(append(settled, err)...)
}

// attempt makes one attempt and notes what came of it. pause is until when the webhook wants nothing.
func (n *Notifier) attempt(ctx context.Context, h *hook, c records.Claim) (pause time.Time, err error) {
	wait, failure := n.post(ctx, h, c.Notification)
	now := n.cfg.Now()
	out := records.Outcome{State: records.Delivered}
	if failure != nil {
		out = records.Outcome{State: records.Queued, Error: failure.Error(), Next: now.Add(max(wait, backoff(c.Attempts, n.cfg.Jitter())))}
		switch {
		case ctx.Err() != nil:
			out.Next = now // it was cut off by this mirror's end: whoever is next may try at once
		case errors.Is(failure, errGone) || out.Next.After(c.Since.Add(n.cfg.Patience)):
			out.State, out.Next = records.Dead, time.Time{}
		}
		if wait > 0 {
			pause = now.Add(wait)
		}
	}
	// The outcome is noted even when this is the end.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	mine, err := n.cfg.Records.Settle(noting, c, out)
	if err != nil {
		return pause, fmt.Errorf("notify: %w", err)
	}
	if !mine {
		return pause, nil // another replica has had it since: it counts
	}
	n.metrics.count(h.name, out.State)
	level := slog.LevelDebug
	switch out.State {
	case records.Queued:
		level = slog.LevelInfo
	case records.Dead:
		level = slog.LevelWarn
	}
	n.cfg.Log.Log(noting, level, "notification", "id", c.Notification.ID, "type", c.Notification.Type, "webhook", h.name, "state", out.State,
		"attempt", c.Attempts, "error", out.Error, "next", out.Next)
	return pause, nil
}

const (
	firstWait = 10 * time.Second
	maxWait   = 6 * time.Hour
)

// backoff is how long to wait after an attempt, counted from 1: 10 s, doubled up to 6 h, of
// which a random half is left out, so that what failed together does not come again together.
func backoff(attempt int64, jitter float64) time.Duration {
	wait := maxWait
	if attempt < 20 { // 10 s times two to the twelfth is more than 6 h
		wait = min(firstWait<<max(attempt-1, 0), maxWait)
	}
	return wait/2 + time.Duration(jitter*float64(wait/2))
}
