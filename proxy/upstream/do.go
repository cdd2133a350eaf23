package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A request is one thing to ask for. Its op names it in errors and metrics.
type request struct {
	op, method, repository string
	url                    *url.URL
	header                 http.Header
	ok                     []int // statuses that are answers; 200 if empty
	nobody                 bool  // ask without credentials
}

// maxBackoff bounds one wait between attempts that upstream did not ask for.
const maxBackoff = 10 * time.Second

// errHeaderTimeout is the cause of an attempt that was cut by our own clock.
var errHeaderTimeout = errors.New("no answer in time")

// An answer is a response with its headers, not yet timed out.
type answer struct {
	*http.Response
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// close ends the answer and frees its connection.
func (a *answer) close() {
	a.timer.Stop()
	a.Body.Close()
	a.cancel(nil)
}

// do asks, as often as it takes and is allowed, and gives the answer to use, which reads
// what it wants of it within the attempt: a body that breaks is asked for again. Where
// use keeps the body it must release the timer, and close the answer in the end; in
// every other case do closes it.
func (c *Client) do(ctx context.Context, r request, use func(*answer) (keep bool, err error)) error {
	for attempt := 0; ; attempt++ {
		err := c.attempt(ctx, r, use)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return gaveUp(r.op, r.repository, context.Cause(ctx))
		}
		e := failure(r.op, r.repository, err)
		wait, again := c.wait(err, attempt)
		if !again || attempt >= c.cfg.Retries {
			return e
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return e // the caller will be gone by then; what is known now may help it
		}
		c.log.Info("asking upstream again", "operation", r.op, "repository", r.repository,
			"attempt", attempt+1, "status", e.Status, "wait", wait, "reason", e.Body)
		c.metrics.retries.WithLabelValues(operation(r.op)).Inc()
		if c.cfg.Sleep(ctx, wait) != nil {
			return gaveUp(r.op, r.repository, context.Cause(ctx))
		}
	}
}

// wait says whether an attempt that failed is worth another, and after how long.
func (c *Client) wait(err error, attempt int) (time.Duration, bool) {
	backoff := min(c.cfg.Backoff<<min(attempt, 16), maxBackoff)
	backoff = time.Duration(float64(backoff) * (0.5 + c.cfg.Rand()))
	answered := (*statusError)(nil)
	if !errors.As(err, &answered) {
		return backoff, retryable(err)
	}
	if answered.retryAfter > c.cfg.MaxRetryAfter {
		return 0, false
	}
	if answered.status == http.StatusTooManyRequests {
		return answered.retryAfter, answered.retryAfter >= 0
	}
	return max(backoff, answered.retryAfter), true
}

// retryable tells failures of the way from decisions. What is an Error by now is
// upstream's answer, or our judgement of it; a status is the token service's decision.
func retryable(err error) bool {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.broken
	}
	return !errors.Is(err, errGuarded) && failure("", "", err).Status == 0
}

// attempt asks once; twice when the first shows that the login is stale.
func (c *Client) attempt(ctx context.Context, r request, use func(*answer) (bool, error)) error {
	logins := c.logins
	if r.nobody {
		logins = c.nobody
	}
	for {
		if err := c.limited(ctx, r); err != nil {
			return err
		}
		as, err := logins.get(ctx, r.repository)
		if err != nil {
			return err
		}
		a, err := c.send(ctx, r, as)
		if err != nil {
			if errors.Is(failure(r.op, r.repository, err), ErrUnauthorized) && logins.refused(as) {
				continue
			}
			return err
		}
		if a.StatusCode == http.StatusUnauthorized && logins.refused(as) {
			a.close()
			continue // with a login too young to be refused so again
		}
		keep, err := c.answer(a, r, use)
		if !keep || err != nil {
			a.close()
		}
		return err
	}
}

// limited waits for the request's turn under PerMinute. One whose turn comes too late for
// its caller fails as the registry's own limit would.
func (c *Client) limited(ctx context.Context, r request) error {
	turn := c.limit.ReserveN(c.cfg.Now(), 1)
	wait := turn.DelayFrom(c.cfg.Now())
	if wait <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait || wait > c.cfg.HeaderTimeout {
		turn.CancelAt(c.cfg.Now())
		e := r.error(ErrRateLimited, "this mirror's own limit on requests to it")
		e.RetryAfter = wait
		return e
	}
	return c.cfg.Sleep(ctx, wait)
}

// answer looks at the status, and hands a good answer on.
func (c *Client) answer(a *answer, r request, use func(*answer) (bool, error)) (bool, error) {
	good := a.StatusCode == http.StatusOK && len(r.ok) == 0
	for _, status := range r.ok {
		good = good || a.StatusCode == status
	}
	if !good {
		return false, refusal(r.op, r.repository, a.Response)
	}
	return use(a)
}

// send makes one request and waits for its headers, or for HeaderTimeout. The timer
// runs on: it bounds what is read of the answer until somebody stops it.
func (c *Client) send(ctx context.Context, r request, as *login) (*answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), nil)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	for key, values := range r.header {
		req.Header[key] = values
	}
	timer := time.AfterFunc(c.cfg.HeaderTimeout, func() { cancel(errHeaderTimeout) })
	start := c.cfg.Now()
	res, err := as.client.Do(req)
	if err != nil {
		timer.Stop()
		status := 0
		if answered := (*statusError)(nil); errors.As(err, &answered) {
			status = answered.status
		} else if cause := context.Cause(ctx); errors.Is(cause, errHeaderTimeout) {
			err = cause
		}
		cancel(nil)
		c.metrics.attempt(r.op, status, c.cfg.Now().Sub(start))
		return nil, err
	}
	c.metrics.attempt(r.op, res.StatusCode, c.cfg.Now().Sub(start))
	res.Body = &countedBody{ReadCloser: res.Body, r: r, count: c.metrics.bytes, cause: func() error { return context.Cause(ctx) }}
	return &answer{Response: res, cancel: cancel, timer: timer}, nil
}

// A countedBody counts bytes, and says in our words what broke while they were read.
type countedBody struct {
	io.ReadCloser
	r     request
	count prometheus.Counter
	cause func() error // why the request's context ended
}

// Read gives an *Error for anything but the end.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.count.Add(float64(n))
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	switch cause := b.cause(); {
	case errors.Is(cause, errHeaderTimeout):
		err = cause
	case cause != nil:
		return n, gaveUp(b.r.op, b.r.repository, cause)
	}
	return n, &Error{Op: b.r.op, Repository: b.r.repository, Body: "the answer broke off: " + describe(err), Err: ErrUnavailable, broken: true}
}

// readAll reads a small answer whole. What is longer than limit bytes is ErrProtocol.
func (a *answer) readAll(r request, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(a.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, r.error(ErrProtocol, fmt.Sprintf("more than %d bytes", limit))
	}
	return b, nil
}

// error makes the Error of an answer that came and cannot be used.
func (r request) error(kind error, why string) *Error {
	return &Error{Op: r.op, Repository: r.repository, Body: why, Err: kind}
}
