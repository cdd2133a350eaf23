package proxy

import (
	"net"
	"net/http"
	"strings"
)

// A family is a kind of client, by how it takes a refusal. docs/clients.md has what
// was measured of each.
type family string

// The families.
const (
	classic    family = "classic"    // dockerd with the graph-driver store
	containerd family = "containerd" // containerd, dockerd over it, BuildKit, nerdctl, the CRI
	podman     family = "podman"     // podman, skopeo, buildah, CRI-O
	unknown    family = "unknown"
)

// familyOf reads the client's family from its User-Agent. A client that lies is
// answered as what it claims to be: that changes how a refusal is worded, never
// whether it is one.
func familyOf(userAgent string) family {
	switch {
	case strings.HasPrefix(userAgent, "docker/"):
		if strings.Contains(userAgent, "containerd-client/") {
			return containerd
		}
		return classic
	case strings.HasPrefix(userAgent, "containerd/"), strings.HasPrefix(userAgent, "buildkit/"):
		return containerd
	case strings.Contains(userAgent, "containers/image"), strings.HasPrefix(userAgent, "containers/"):
		return podman
	}
	return unknown
}

// addressOf returns the peer's address without its port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
