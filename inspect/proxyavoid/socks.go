package proxyavoid

import (
	"regexp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

// A server of SOCKS that somebody wrote says what the protocol has it say: it answers a
// client's greeting by its version and a method (RFC 1928, section 3), listens, and connects
// to where it is told. A client of SOCKS sends the same version, but listens to nobody.

const (
	socksHello  = "socks-hello"
	socksServer = "socks-server"

	connectHello = "connect-hello" // RFC 9110, section 9.3.6
)

var (
	serves   = regexp.MustCompile(`(?i)serve_forever|\bstart_server\(|\bcreate_server\(|\bcreateServer\(|\bnet\.listen\(|\bListenAndServe\(|\.listen\(|\bstream_socket_server\(|\bTCPServer\b|\bListen\s*=>|\bsocket_listen\(`)
	connects = regexp.MustCompile(`(?i)\bcreate_connection\(|\bopen_connection\(|\bnet\.connect\(|\bcreateConnection\(|\.connect\(|\bDial(?:Timeout|Context)?\(|\bTCPSocket\.(?:new|open)\b|\bfsockopen\(|\bstream_socket_client\(|\bPeerAddr\b|\bsocket_connect\(|\bconnect_ex\(`)
)

// socks judges a script that greets as a server of SOCKS does, or answers CONNECT as a proxy of HTTP.
func socks(c *rules.Case) {
	if kind := place.RunAs(c.File); kind != place.Script && kind != place.Launch || c.Place.Aside || c.Place.Vendor {
		return
	}
	for _, h := range c.Seen.Hits {
		if (h.Pattern == socksHello || h.Pattern == connectHello) && serves.Match(c.Seen.Content) && connects.Match(c.Seen.Content) {
			c.Add(socksServer, inspect.Medium, int(h.Offset), "greets as a proxy does, listens, and connects")
			return
		}
	}
}
