package proxy

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// arrival bounds the wait for a client's system to have all that was sent to it.
const arrival = 2 * time.Second

// resetConnection ends an answer of HTTP/1.1 whose body has begun by a TCP reset, where it can. For that
// containerd ends the pull; after another break it comes back for the rest, and if the mirror were gone by then,
// Docker Hub would give it. A reset throws away what has not arrived, and without its headers the answer would
// be none: so it waits for that, and leaves the connection to the server if it waits in vain. What a
// proxy on the way makes of the reset is a break like another.
func resetConnection(w http.ResponseWriter, q *request) {
	rw, ok := w.(*responseWriter)
	if !ok || q.ProtoMajor != 1 || rw.bytes == 0 {
		return
	}
	// The responseWriter itself gives no connection away: this one carries nothing more.
	c := http.NewResponseController(rw.ResponseWriter)
	if c.Flush() != nil {
		return
	}
	conn, _, err := c.Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn() // closed without TLS's own farewell, which a client takes for the end
		defer conn.Close()
	}
	if tcp, ok := conn.(*net.TCPConn); ok && arrived(tcp) && tcp.SetLinger(0) == nil {
		_ = tcp.Close() // a reset; the other closings find it closed
	}
}

// arrived waits until the peer has acknowledged all that was written, and reports whether it has.
func arrived(c *net.TCPConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	for end := time.Now().Add(arrival); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		left, err := 0, error(nil)
		if e := raw.Control(func(fd uintptr) { left, err = unacknowledged(int(fd)) }); e != nil || err != nil {
			return false
		}
		if left == 0 {
			return true
		}
	}
	return false
}
