package testhub

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Fault is one thing, or several, that go wrong with a request. The zero value is an
// answer as it should be.
//
// A fault is met after authorization, so a 401 uses none up; except at /v2/ and at the
// token service. Where blobs are redirected, it is the CDN's answer that meets it, not
// the redirect. Bytes are counted in the body, so from a range's own start.
type Fault struct {
	Match func(*http.Request) bool // which requests; nil: all. It must not call the hub
	Times int                      // how many of them; 0: all

	Latency        time.Duration // before the status line
	BytesPerSecond int64         // of one body; 0: no bound
	Status         int           // answered in place of what was asked for
	RetryAfter     string        // a header that goes with Status: seconds, or an HTTP date
	CutAfter       int64         // the connection is closed after so many bytes; -1: after the headers
	FlipByte       int64         // this byte of the body, from 1, is sent with its bits turned over
	Gate           *Gate
}

type faultState struct {
	Fault
	met int
}

// SetFaults says what goes wrong with requests from now on, in place of what did so far.
// With no arguments everything works. Each request meets the first fault that matches it
// and has not been met so often as its Times, and only that one.
func (h *Hub) SetFaults(faults ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = nil
	for _, f := range faults {
		h.faults = append(h.faults, &faultState{Fault: f})
	}
}

func (h *Hub) faultFor(r *http.Request) Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.faults {
		if (f.Times == 0 || f.met < f.Times) && (f.Match == nil || f.Match(r)) {
			f.met++
			return f.Fault
		}
	}
	return Fault{}
}

// Blob matches a GET of the bytes of a blob, under any name, from hub or CDN.
func Blob(d oci.Digest) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/blobs/"+d.String())
	}
}

// AnyBlob matches a GET of the bytes of any blob, from hub or CDN.
func AnyBlob(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/")
}

// AnyManifest matches a GET or HEAD of any manifest.
func AnyManifest(r *http.Request) bool { return strings.Contains(r.URL.Path, "/manifests/") }

// AnyToken matches a request for a token.
func AnyToken(r *http.Request) bool { return r.URL.Path == "/token" }

// Path matches a method and a path: ("GET", "/v2/library/nginx/manifests/latest").
func Path(method, path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method && r.URL.Path == path }
}

// A Gate holds a body back once so many of its bytes have been sent, until it is opened.
// Several bodies may wait at one gate.
type Gate struct {
	after            int64
	reached, open    chan struct{}
	reachOnce, unbar sync.Once
}

// NewGate returns a closed gate after so many bytes of a body; 0 is after the headers.
// A body that is shorter than that never reaches it.
func NewGate(after int64) *Gate {
	return &Gate{after: after, reached: make(chan struct{}), open: make(chan struct{})}
}

// Reached is closed when the first body waits at the gate and all before it has been sent.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Open lets through what waits at the gate, and whatever comes later.
func (g *Gate) Open() { g.unbar.Do(func() { close(g.open) }) }

// errCut ends the handler of a body that was cut.
var errCut = errors.New("testhub: body cut")

// A body is a response as its fault has it.
type body struct {
	http.ResponseWriter
	hub    *Hub
	r      *http.Request
	f      Fault
	out    *http.ResponseController
	sent   int64
	passed bool // the gate
	cut    bool
	tick   *time.Ticker // of the throttle
}

// ticksPerSecond is how often a throttled body grows.
const ticksPerSecond = 100

func newBody(h *Hub, w http.ResponseWriter, r *http.Request, f Fault) *body {
	b := &body{ResponseWriter: w, hub: h, r: r, f: f, out: http.NewResponseController(w)}
	if f.BytesPerSecond > 0 {
		b.tick = time.NewTicker(time.Second / ticksPerSecond)
	}
	return b
}

// delay waits out the latency; it reports whether there is still someone to answer.
func (b *body) delay() bool {
	if b.f.Latency <= 0 {
		return true
	}
	t := time.NewTimer(b.f.Latency)
	defer t.Stop()
	return waitFor(b, t.C) == nil
}

// Write sends p as far as the fault lets it. After an error the handler should return.
func (b *body) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		if err := b.stops(); err != nil {
			return done, err
		}
		n, err := b.ResponseWriter.Write(b.flip(p[done : done+b.room(len(p)-done)]))
		done += n
		b.sent += int64(n)
		b.hub.bytes.Add(int64(n))
		if err != nil {
			return done, err
		}
		if err := b.pace(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// stops waits at the gate, or cuts, if it is time for that.
func (b *body) stops() error {
	if g := b.f.Gate; g != nil && !b.passed && b.sent == g.after {
		if err := b.out.Flush(); err != nil {
			return err
		}
		g.reachOnce.Do(func() { close(g.reached) })
		if err := waitFor(b, g.open); err != nil {
			return err
		}
		b.passed = true
	}
	if b.f.CutAfter != 0 && b.sent == max(0, b.f.CutAfter) {
		b.cut = true
		return errCut
	}
	return nil
}

// room is how many of n bytes can be sent before something happens.
func (b *body) room(n int) int {
	upTo := func(mark int64) {
		if mark > b.sent {
			n = int(min(int64(n), mark-b.sent))
		}
	}
	upTo(b.f.CutAfter)
	if b.f.Gate != nil && !b.passed {
		upTo(b.f.Gate.after)
	}
	if b.tick != nil {
		n = int(min(int64(n), max(1, b.f.BytesPerSecond/ticksPerSecond)))
	}
	return n
}

func (b *body) flip(p []byte) []byte {
	i := b.f.FlipByte - 1 - b.sent
	if b.f.FlipByte == 0 || i < 0 || i >= int64(len(p)) {
		return p
	}
	wrong := append([]byte(nil), p...)
	wrong[i] ^= 0xff
	return wrong
}

func (b *body) pace() error {
	if b.tick == nil {
		return nil
	}
	if err := b.out.Flush(); err != nil {
		return err
	}
	return waitFor(b, b.tick.C)
}

// waitFor waits for c, but no longer than for the client or the hub to go away.
func waitFor[T any](b *body, c <-chan T) error {
	select {
	case <-c:
		return nil
	case <-b.r.Context().Done():
		return b.r.Context().Err()
	case <-b.hub.ctx.Done():
		return b.hub.ctx.Err()
	}
}

// end is called when the handler is done. It waits at a gate at the very end of the
// body, and makes the server close the connection of a body that was cut.
func (b *body) end() {
	if b.tick != nil {
		b.tick.Stop()
	}
	if !b.cut && b.sent > 0 {
		_ = b.stops() // nothing is left to send, so a client that is gone is no matter
	}
	if b.cut {
		_ = b.out.Flush()           // what goes before the cut; the client may be gone
		panic(http.ErrAbortHandler) // net/http's way to close the connection
	}
}
