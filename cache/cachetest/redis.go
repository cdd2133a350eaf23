// Package cachetest is what every backend of cache.Store must pass, and a real Redis to
// test with.
package cachetest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A Redis is a running redis-server with an empty, unsaved database.
type Redis struct {
	t    *testing.T
	addr string
	dir  string
	cmd  *exec.Cmd
}

// StartRedis starts Debian's redis-server on a free port of loopback. Where it is not
// installed the test is skipped, and fails if CI is set.
func StartRedis(t *testing.T) *Redis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Redis{t: t, addr: l.Addr().String(), dir: t.TempDir()}
	l.Close()
	r.Start()
	t.Cleanup(r.Stop)
	return r
}

// URL returns the server's URL.
func (r *Redis) URL() string { return "redis://" + r.addr + "/0" }

// Start starts the server again after Stop, at the same address, and waits until it listens.
func (r *Redis) Start() {
	r.t.Helper()
	host, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.cmd = exec.Command("redis-server", "--bind", host, "--port", port, "--dir", r.dir, "--save", "", "--appendonly", "no", "--logfile", filepath.Join(r.dir, "log"))
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("tcp", r.addr)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("redis-server does not listen: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Stop kills the server.
func (r *Redis) Stop() {
	if r.cmd.ProcessState == nil {
		_ = r.cmd.Process.Kill() // it may have ended
		_ = r.cmd.Wait()
	}
}
