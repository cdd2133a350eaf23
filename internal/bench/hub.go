package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// The hub is this binary again, in a process of its own, so that its memory and its CPU
// time are counted to neither system. It is told what to do by lines of JSON on its
// standard input, answers each on its standard output, and ends when the input ends.

// A hubOrder starts a scenario: what was counted is forgotten.
type hubOrder struct {
	BytesPerSecond int64 // of each blob; 0: as fast as it can
	Read           bool  // change nothing, only answer
}

// A hubState is the hub's answer.
type hubState struct {
	URL       string
	Downloads map[oci.Digest]int // GETs of each blob that was asked for
}

// serveHub is the hidden subcommand. args: the directory of the content, and the digests
// of the blobs to tell of.
func serveHub(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	content, err := testhub.Start(testhub.Config{Dir: args[0]})
	if err != nil {
		return err
	}
	defer content.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	front := &throttle{next: content}
	server := &http.Server{Handler: front, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener) // until it is closed
	defer server.Close()
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	for ctx.Err() == nil {
		var o hubOrder
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("hub: read an order: %w", err)
		}
		if !o.Read {
			front.bytesPerSecond.Store(o.BytesPerSecond)
			content.ResetCounts()
		}
		state := hubState{URL: "http://" + listener.Addr().String(), Downloads: map[oci.Digest]int{}}
		for _, d := range args[1:] {
			state.Downloads[oci.Digest(d)] = content.Downloads(oci.Digest(d))
		}
		if err := answers.Encode(state); err != nil {
			return fmt.Errorf("hub: answer: %w", err)
		}
	}
	return ctx.Err()
}

// A throttle serves each body no faster than it is told. (The hub's own throttle is for
// tests: it goes by ticks of 10 ms, too coarse for tens of megabytes a second.)
type throttle struct {
	next           http.Handler
	bytesPerSecond atomic.Int64 // 0: as fast as it can
}

func (t *throttle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rate := t.bytesPerSecond.Load(); rate > 0 {
		w = &slowBody{ResponseWriter: w, ctx: r.Context(), begin: time.Now(), rate: float64(rate)}
	}
	t.next.ServeHTTP(w, r)
}

type slowBody struct {
	http.ResponseWriter
	ctx   context.Context
	begin time.Time
	rate  float64 // bytes a second
	sent  int
}

// Unwrap lets http.ResponseController flush.
func (b *slowBody) Unwrap() http.ResponseWriter { return b.ResponseWriter }

func (b *slowBody) Write(p []byte) (int, error) {
	n, err := b.ResponseWriter.Write(p)
	b.sent += n
	due := b.begin.Add(time.Duration(float64(b.sent) / b.rate * float64(time.Second)))
	select {
	case <-time.After(time.Until(due)):
	case <-b.ctx.Done():
		return n, b.ctx.Err()
	}
	return n, err
}

// A hub is the other end: the hub's process. It is used by one goroutine.
type hub struct {
	url     string
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
}

// fillHub puts the image into dir, in the layout of distribution's storage.
func fillHub(ctx context.Context, dir string, img testimage.Image) error {
	h, err := testhub.Start(testhub.Config{Dir: dir})
	if err != nil {
		return err
	}
	return errors.Join(h.Push(ctx, repository, tag, img), h.Close())
}

// startHub starts the hub over a filled directory.
func startHub(dir string, blobs []oci.Descriptor, stderr io.Writer) (*hub, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	args := []string{"hub", dir}
	for _, b := range blobs {
		args = append(args, b.Digest.String())
	}
	h := &hub{cmd: exec.Command(self, args...)} // ended by stop alone
	h.cmd.Stderr = stderr
	if h.orders, err = h.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	h.answers = json.NewDecoder(out)
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	state, err := h.order(hubOrder{})
	if err != nil {
		return nil, errors.Join(err, h.stop())
	}
	h.url = state.URL
	return h, nil
}

func (h *hub) order(o hubOrder) (hubState, error) {
	var state hubState
	if err := json.NewEncoder(h.orders).Encode(o); err != nil {
		return state, fmt.Errorf("order the hub: %w", err)
	}
	if err := h.answers.Decode(&state); err != nil {
		return state, fmt.Errorf("hear from the hub: %w", err)
	}
	return state, nil
}

func (h *hub) stop() error {
	_ = h.orders.Close() // the hub ends by it, or has ended
	if err := h.cmd.Wait(); err != nil {
		return fmt.Errorf("the hub: %w", err)
	}
	return nil
}
