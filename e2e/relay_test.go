package e2e_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
)

// A relay stands before a mirror and passes bytes on, as they are. It can break a connection.
type relay struct {
	addr string
	to   string

	mu  sync.Mutex // guards cut
	cut int64      // > 0: the next connection that has brought so many bytes is broken off
}

func startRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String(), to: to}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.pass(c)
		}
	}()
	t.Cleanup(func() { l.Close() })
	return r
}

// cutNext has the next connection break off after so many bytes of answers.
func (r *relay) cutNext(after int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = after
}

// cutNow reports whether a connection that has brought n bytes is to be broken off.
func (r *relay) cutNow(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut == 0 || n < r.cut {
		return false
	}
	r.cut = 0
	return true
}

// wasCut reports whether what cutNext asked for has happened.
func (r *relay) wasCut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cut == 0
}

func (r *relay) pass(client net.Conn) {
	defer client.Close()
	mirror, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer mirror.Close()
	go func() {
		_, _ = io.Copy(mirror, client) // ends when either does
		_ = mirror.(*net.TCPConn).CloseWrite()
	}()
	buf := make([]byte, 32<<10)
	for brought := int64(0); ; {
		n, err := mirror.Read(buf)
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
		if errors.Is(err, syscall.ECONNRESET) {
			_ = client.(*net.TCPConn).SetLinger(0) // a reset goes on as one
		}
		if brought += int64(n); err != nil || r.cutNow(brought) {
			return
		}
	}
}
