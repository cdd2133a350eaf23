package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/clamd"
)

// An antivirus is the clamd of the settings; nil if they name none.
type antivirus struct {
	client *clamd.Client
	log    *slog.Logger
	asked  atomic.Pointer[string] // what it called itself last; "" before it ever did
}

// openAntivirus asks clamd what it is. One that does not answer is no error: what is to
// be done about it then is a setting.
func openAntivirus(ctx context.Context, cfg config.Config, log *slog.Logger) (*antivirus, error) {
	if cfg.Clamd == "" {
		return nil, nil
	}
	c, err := clamd.New(clamd.Config{
		Address: cfg.Clamd, Connections: cfg.ClamdConnections, Timeout: cfg.ClamdTimeout, MaxFile: int64(cfg.ClamdMaxFile),
		Unavailable: clamd.Unavailable(cfg.ClamdUnavailable), Patience: cfg.ClamdPatience,
	})
	if err != nil {
		return nil, fmt.Errorf("set up clamd: %w", err)
	}
	a := &antivirus{client: c, log: log}
	a.asked.Store(new(string))
	a.ask(ctx)
	return a, nil
}

// ask asks for clamd's version, and reports whether that is another than before.
func (a *antivirus) ask(ctx context.Context) bool {
	v, err := a.client.Version(ctx)
	if err != nil {
		a.log.Warn("clamd does not answer", "error", err.Error())
		return false
	}
	if was := a.asked.Swap(&v); *was == v {
		return false
	}
	a.log.Info("clamd", "version", v)
	return true
}

// detectors are those that have clamd scan.
func (a *antivirus) detectors() []inspect.Detector {
	if a == nil {
		return nil
	}
	return []inspect.Detector{a.client.Detector(*a.asked.Load())}
}

// antivirusRefresh is how often clamd is asked whether its database has changed. Its own
// freshclam looks every two hours.
const antivirusRefresh = time.Minute

// run calls changed whenever clamd has another database, until ctx ends.
func (a *antivirus) run(ctx context.Context, changed func()) {
	if a == nil {
		return
	}
	tick := time.NewTicker(antivirusRefresh)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if a.ask(ctx) {
				changed()
			}
		case <-ctx.Done():
			return
		}
	}
}
