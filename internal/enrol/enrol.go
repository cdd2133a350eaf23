// Package enrol sets container hosts up to pull through Lazaret alone: it plans which files
// an engine needs, and writes them, or puts back what was there.
//
// Make is pure: files in, files out. It promises that a setting which it does not mean to
// change is in the file after as it was before, comments and order included; what it cannot
// merge so, it refuses with the lines that a person is to add. It trusts nobody but checks
// itself: each merged file is parsed again and compared with the one before.
//
// Apply writes a plan by renames, after it has kept what was there; Undo puts back the last
// plan, and refuses where a file has changed since.
//
// What each client needs, and why, was measured: docs/clients.md, section 4.
package enrol

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// A Client is a kind of container engine.
type Client string

// The clients.
const (
	Docker     Client = "docker"
	Containerd Client = "containerd"
	Podman     Client = "podman"
	CRIO       Client = "crio"
	BuildKit   Client = "buildkit"
	K3s        Client = "k3s"
	Kubernetes Client = "kubernetes"
)

// Clients returns all clients.
func Clients() []Client {
	return []Client{Docker, Containerd, Podman, CRIO, BuildKit, K3s, Kubernetes}
}

// A Store is where dockerd keeps images, which decides what it reads to find a mirror.
type Store string

// The stores.
const (
	StoreFound      Store = ""           // as the host's files and the version say
	StoreClassic    Store = "classic"    // graph drivers
	StoreContainerd Store = "containerd" // containerd's
)

// A Close says how far the network's way past Lazaret is closed.
type Close string

// The ways to close.
const (
	CloseNone Close = "none"
	CloseHub  Close = "hub" // Docker Hub's addresses, for the whole host
	CloseAll  Close = "all" // and the engine's service reaches no other web server than Lazaret
)

// hub is the registry that Lazaret mirrors by default.
const hub = "docker.io"

// HubNames are the names by which engines ask Docker Hub for tokens and manifests. Its blobs
// come from a content network that others use as well; without a manifest nobody asks it.
func HubNames() []string {
	return []string{"registry-1.docker.io", "auth.docker.io", "index.docker.io"}
}

// A Request is what a host is to be set up for.
type Request struct {
	Client     Client
	Version    Version  // of the engine; for kubernetes, of the nodes' containerd. Zero: not known
	Mirror     string   // URL of Lazaret: https://host[:port], or http
	CA         []byte   // PEM of the authority of its certificate; nil: one that hosts trust already
	Registries []string // that are mirrored; nil: Docker Hub
	Store      Store    // of docker
	Replace    bool     // other mirrors of the same registries give way
	Close      Close
	HubAddrs   []netip.Addr // what HubNames resolve to, for CloseHub
	Addrs      []netip.Addr // what the mirror's name resolves to, for CloseAll
	Image      string       // of Lazaret, for kubernetes
}

// A Change is a file before and after.
type Change struct {
	Path   string // absolute
	Before []byte // nil: there is none
	After  []byte
	Mode   fs.FileMode // of a new file
}

// A Plan is what Make came to.
type Plan struct {
	Changes  []Change // those that change something
	Restart  []string // commands after which the settings are in force
	Notes    []string // what the files alone do not do
	Manifest string   // for kubernetes: what to apply to the cluster, YAML
}

// ErrConflict says that the host has settings that would lead past Lazaret, or that cannot
// be merged. Its text has what to do.
var ErrConflict = errors.New("settings in the way")

// Make plans the enrolment of the host whose files are host's, by paths without the leading
// slash. ErrConflict: a person must decide.
func Make(r Request, host fs.FS) (Plan, error) {
	p := &planner{Request: r, host: host}
	if err := p.check(); err != nil {
		return Plan{}, err
	}
	makers := map[Client]func() error{
		Docker: p.docker, Containerd: p.containerd, Podman: p.podman, CRIO: p.podman,
		BuildKit: p.buildkit, K3s: p.k3s, Kubernetes: p.kubernetes,
	}
	if err := makers[r.Client](); err != nil {
		return Plan{}, err
	}
	if r.Client != Kubernetes {
		if err := p.close(); err != nil {
			return Plan{}, err
		}
	}
	return p.plan, nil
}

// Diff is the plan's changes as a unified diff, "" if there are none.
func (p Plan) Diff() string {
	var b bytes.Buffer
	for _, c := range p.Changes {
		before, after := c.Path, c.Path
		if c.Before == nil {
			before = "/dev/null"
		}
		if c.After == nil {
			after = "/dev/null"
		}
		b.Write(diff.Diff(before, c.Before, after, c.After))
	}
	return b.String()
}

// A planner makes one plan.
type planner struct {
	Request
	host   fs.FS
	plan   Plan
	mirror *url.URL
}

func (p *planner) check() error {
	if !slices.Contains(Clients(), p.Client) {
		return fmt.Errorf("no client %.40q", p.Client)
	}
	u, err := url.Parse(p.Mirror)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(u.Host, `"'\`+"`") {
		return fmt.Errorf("the mirror %.200q is no https://host[:port]", p.Mirror)
	}
	p.mirror = &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	if p.mirror.Scheme == "http" {
		if p.CA != nil {
			return fmt.Errorf("the mirror %s has no certificate: http and an authority exclude each other", p.mirror)
		}
		p.note("%s is not encrypted: whoever is on the way can put another image in a clean one's place by tag.", p.mirror)
	}
	if p.CA != nil {
		if err := checkCA(p.CA); err != nil {
			return err
		}
	}
	if len(p.Registries) == 0 {
		p.Registries = []string{hub}
	}
	for _, r := range p.Registries {
		if r == "" || strings.ContainsAny(r, "/\"'\\ \n*_") {
			return fmt.Errorf("%.80q is not the name of a registry", r)
		}
	}
	if !slices.Contains([]Close{"", CloseNone, CloseHub, CloseAll}, p.Close) {
		return fmt.Errorf("no way to close %.40q", p.Close)
	}
	return nil
}

// checkCA reads a file of certificates.
func checkCA(b []byte) error {
	n := 0
	for rest := b; ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("the authority's file has a %s in it: certificates alone may be spread over hosts", strings.ToLower(block.Type))
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("read the authority's certificate: %w", err)
		}
	}
	if n == 0 {
		return errors.New("the authority's file has no certificate in PEM")
	}
	return nil
}

// names are the names by which a registry is asked for. Docker Hub's own host, written out,
// is another registry to every client, and would skip what is set up for docker.io.
func names(registry string) []string {
	if registry == hub {
		return []string{hub, "registry-1.docker.io"}
	}
	return []string{registry}
}

// location is where Lazaret has a registry, for clients that do not say which they mean.
func (p *planner) location(registry string) string {
	if slices.Contains(names(hub), registry) {
		return p.mirror.Host
	}
	return p.mirror.Host + "/" + registry
}

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
}

func (p *planner) restart(command string) {
	if !slices.Contains(p.plan.Restart, command) {
		p.plan.Restart = append(p.plan.Restart, command)
	}
}

// conflict is an ErrConflict.
func conflict(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrConflict, fmt.Sprintf(format, args...))
}

// read returns a file, nil if there is none.
func (p *planner) read(name string) ([]byte, error) {
	b, err := fs.ReadFile(p.host, strings.TrimPrefix(name, "/"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}

// list returns the names in a folder, sorted; none if there is no folder.
func (p *planner) list(dir string) ([]string, error) {
	entries, err := fs.ReadDir(p.host, strings.TrimPrefix(dir, "/"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, nil
}

// write plans a file. It reports whether that changes anything.
func (p *planner) write(name string, before, after []byte) bool {
	if before != nil && bytes.Equal(before, after) {
		return false
	}
	p.plan.Changes = append(p.plan.Changes, Change{Path: path.Clean(name), Before: before, After: after, Mode: 0o644})
	return true
}

// writeCA plans the authority's certificate at a path and returns the path, "" if there is none.
func (p *planner) writeCA(name string) (string, error) {
	if p.CA == nil {
		return "", nil
	}
	before, err := p.read(name)
	if err != nil {
		return "", err
	}
	p.write(name, before, p.CA)
	return name, nil
}

// port is the mirror's.
func (p *planner) port() string {
	return cmp.Or(p.mirror.Port(), map[string]string{"http": "80", "https": "443"}[p.mirror.Scheme])
}

// local reports whether the mirror is on this very host.
func (p *planner) local() bool {
	name := p.mirror.Hostname()
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
