package proxy

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// A family is a kind of client, by how it takes a refusal. docs/clients.md has what
// was measured of each.
type family string

// The families. containerd's are of its library, whatever is built on it: dockerd with
// the containerd image store, BuildKit, nerdctl, the CRI, k3s.
const (
	classic       family = "classic"        // dockerd with the graph-driver store
	containerd    family = "containerd"     // from 2.3 on
	oldContainerd family = "containerd-old" // before 2.3, or of no known version
	podman        family = "podman"         // podman, skopeo, buildah, CRI-O: containers/image
	crane         family = "crane"          // crane, and what else is built on go-containerregistry
	unknown       family = "unknown"
)

// firsts are the first releases whose resolver minds the status of the GET that follows
// a HEAD without a digest: containerd 2.3, and BuildKit 0.32, the first that is built on it.
var firsts = map[string][2]int{"containerd": {2, 3}, "containerd-client": {2, 3}, "buildkit": {0, 32}}

// containersImage are the names that containers/image goes by: its own, and those that its users give it.
var containersImage = []string{"containers", "podman", "libpod", "libimage", "skopeo", "buildah", "cri-o"}

// familyOf reads the client's family from its User-Agent. A client that lies is
// answered as what it claims to be: that changes how a refusal is worded, never
// whether it is one.
func familyOf(userAgent string) family {
	name, _, _ := strings.Cut(userAgent, "/")
	switch {
	case name == "docker":
		for product := range strings.FieldsSeq(userAgent) {
			if strings.HasPrefix(product, "containerd-client/") {
				return containerdOf(product)
			}
		}
		return classic
	case name == "containerd", name == "buildkit":
		product, _, _ := strings.Cut(userAgent, " ")
		return containerdOf(product)
	case slices.Contains(containersImage, strings.ToLower(name)), strings.Contains(userAgent, "containers/image"):
		return podman
	case strings.Contains(userAgent, "go-containerregistry"):
		return crane
	}
	return unknown
}

// containerdOf reads the version of a product, as in "containerd/v2.4.2+unknown".
func containerdOf(product string) family {
	name, version, _ := strings.Cut(product, "/")
	major, minor, ok := release(version)
	first := firsts[name]
	if ok && (major > first[0] || major == first[0] && minor >= first[1]) {
		return containerd
	}
	return oldContainerd
}

// release reads the first two numbers of a version.
func release(version string) (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		rest = rest[:end]
	}
	major, err := strconv.Atoi(first)
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(rest)
	return major, minor, err == nil
}

// addressOf returns the peer's address without its port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// identify finds out who asks, if anybody is to be asked.
func (s *Server) identify(q *request) error {
	if s.cfg.Clients == nil {
		return nil
	}
	name, groups, err := s.cfg.Clients.Identify(q.Request)
	if err != nil {
		scope := ""
		if rt, err := parseRoute(q.URL.Path); err == nil && rt.name != "" {
			if _, err := oci.ParseRepository(rt.name); err == nil { // what a header may say
				scope = "repository:" + rt.name + ":pull"
			}
		}
		return &unauthorized{s.cfg.Clients.Challenge(scope, err), err}
	}
	q.login = policy.Client{Name: name, Groups: groups}
	return nil
}
