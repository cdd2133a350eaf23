package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/lazaret/lazaret/config"
)

// A replica is a mirror in this process.
type replica struct {
	*app
	environ []string
}

// newReplica runs a mirror with settings until the test ends.
func newReplica(t *testing.T, environ ...string) *replica {
	t.Helper()
	r, _ := startReplica(t, environ...)
	return r
}

// startReplica runs a mirror with settings until it is stopped, or the test ends.
func startReplica(t *testing.T, environ ...string) (r *replica, stop func()) {
	t.Helper()
	environ = append([]string{"USER=ada", "LAZARET_ADDR=127.0.0.1:0", "LAZARET_ADMIN_ADDR=127.0.0.1:0", "LAZARET_DATA_DIR=" + t.TempDir()}, environ...)
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return &replica{a, environ}, stop
}

// adminAddr is where its Admin API listens.
func (r *replica) adminAddr() string { return r.app.admin.Addr().String() }

// get asks the replica and returns the status and the body.
func (r *replica) get(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := http.Get("http://" + r.pull.Addr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil && res.StatusCode == http.StatusOK {
		return 0, err.Error() // broken off
	}
	return res.StatusCode, string(body)
}

// lazaret runs a command with the replica's settings and returns what it printed.
func (r *replica) lazaret(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, r.environ, &stdout, &stderr); code != exitOK {
		t.Fatalf("lazaret %s: exit %d: %s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}
