package admin

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What those who do not say who they are may do: a few at once, then one in a while, each
// address by itself and all together. Somebody who was refused asks once; somebody who
// guesses request IDs, of 130 random bits, would guess for ever.
const (
	askBurst, askEvery   = 10, 6 * time.Second
	askBurstAll, askRate = 100, 10 // a second
	maxAskers            = 4096    // addresses that are remembered; then it begins anew
)

// A limiter says who has to wait.
type limiter struct {
	now func() time.Time

	mu   sync.Mutex // guards what follows
	all  *rate.Limiter
	each map[string]*rate.Limiter
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, all: rate.NewLimiter(askRate, askBurstAll), each: map[string]*rate.Limiter{}}
}

// allow reports whether somebody at an address may go on.
func (l *limiter) allow(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.each[address] == nil {
		if len(l.each) >= maxAskers {
			clear(l.each)
		}
		l.each[address] = rate.NewLimiter(rate.Every(askEvery), askBurst)
	}
	now := l.now()
	return l.each[address].AllowN(now, 1) && l.all.AllowN(now, 1)
}
