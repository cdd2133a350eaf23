package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lazaret/lazaret/internal/records"
)

// Config is what New needs. Only Records must be set.
type Config struct {
	Records Store
	OIDC    *OIDC            // nil: API tokens alone
	Log     *slog.Logger     // nil: none
	Now     func() time.Time // nil: time.Now
}

// A Store has the tokens; *records.Records is one.
type Store interface {
	TokenByHash(ctx context.Context, hash string) (records.Token, error) // records.ErrNone: no such token
	TokenUsed(ctx context.Context, id int64, at time.Time) error
}

// Bearer knows people by the bearer token of their request (RFC 6750, section 2.1): an API
// token, or a token of an OIDC issuer. It asks the records each time, so that a revocation
// acts at once on every replica.
type Bearer struct {
	cfg  Config
	uses chan use // to be put down
	done sync.WaitGroup
	stop func()
}

// A use of a token.
type use struct {
	id int64
	at time.Time
}

// usesWaiting is how many uses may wait to be put down. What finds no room is left out: the next use will say the same.
const usesWaiting = 64

// New makes a Bearer. Close ends it.
func New(cfg Config) *Bearer {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &Bearer{cfg: cfg, uses: make(chan use, usesWaiting), stop: stop}
	b.done.Go(func() { b.putDown(ctx) })
	return b
}

// Close ends the writer of uses; those that still wait are left out. It must come before
// the records are closed.
func (b *Bearer) Close() {
	b.stop()
	b.done.Wait()
}

// Authenticate implements Authenticator.
func (b *Bearer) Authenticate(r *http.Request) (Identity, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return Identity{}, ErrNoCredentials
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	switch {
	case len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "":
		return Identity{}, ErrBadCredentials
	case strings.HasPrefix(token, tokenPrefix):
		return b.byToken(r.Context(), token)
	case b.cfg.OIDC != nil:
		return b.cfg.OIDC.identify(r.Context(), token)
	}
	return Identity{}, ErrBadCredentials
}

// byToken finds an API token by its hash. Time tells nothing but whether a hash is on
// record, and nobody can choose a hash.
func (b *Bearer) byToken(ctx context.Context, token string) (Identity, error) {
	if !IsToken(token) {
		return Identity{}, ErrBadCredentials // misspelt; the records need not be asked
	}
	t, err := b.cfg.Records.TokenByHash(ctx, HashToken(token))
	if errors.Is(err, records.ErrNone) {
		return Identity{}, ErrBadCredentials
	}
	if err != nil {
		return Identity{}, fmt.Errorf("auth: look up a token: %w", err)
	}
	now := b.cfg.Now()
	if state := t.State(now); state != "in force" {
		return Identity{}, fmt.Errorf("%w: token %d is %s", ErrBadCredentials, t.ID, state)
	}
	role, err := ParseRole(t.Role)
	if err != nil {
		return Identity{}, fmt.Errorf("auth: token %d: %w", t.ID, err)
	}
	if now.Sub(t.Used) >= records.TokenUseStep {
		select {
		case b.uses <- use{t.ID, now}:
		default:
		}
	}
	return Identity{Name: t.Name, Role: role, Via: fmt.Sprintf("token %d", t.ID)}, nil
}

// putDown writes uses until ctx ends: beside the requests, which wait for no writer.
func (b *Bearer) putDown(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case u := <-b.uses:
			if err := b.cfg.Records.TokenUsed(ctx, u.id, u.at); err != nil && ctx.Err() == nil {
				b.cfg.Log.Warn("the use of a token is not put down", "token", u.id, "error", err)
			}
		}
	}
}
