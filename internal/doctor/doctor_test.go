package doctor_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lazaret/lazaret/internal/doctor"
)

const (
	lazaret = "https://lazaret.example"
	said    = `{"errors":[{"code":"DENIED","message":"refused by Lazaret: lazaret/canary:latest is blocked"}]}`
)

// An answer is what a program wrote, and how it ended.
type answer struct {
	out string
	err error
}

var (
	errExit = errors.New("exit status 1")
	refusal = answer{"Error: refused by Lazaret: lazaret/canary is blocked\n", errExit}
	spoilt  = answer{"ctr: failed to copy: flate: corrupt input before offset 1\n", errExit}
	reset   = answer{"ctr: failed to copy: read tcp 192.0.2.2:40000->192.0.2.1:443: read: connection reset by peer\n", errExit}
	fine    = answer{}
)

// A host is one that is made up.
type host struct {
	programs  map[string]answer // by how the command begins; the longest holds
	addresses map[string][]netip.Addr
	open      []string // addresses that answer
	get       func() (int, string, error)
	files     fstest.MapFS
	ran       []string
}

func (h *host) Find(program string) bool {
	for command := range h.programs {
		if name, _, _ := strings.Cut(command, " "); name == program {
			return true
		}
	}
	return false
}

func (h *host) Run(_ context.Context, program string, args ...string) (string, error) {
	command := strings.Join(append([]string{program}, args...), " ")
	h.ran = append(h.ran, command)
	best := ""
	for c := range h.programs {
		if strings.HasPrefix(command, c) && len(c) > len(best) {
			best = c
		}
	}
	if best == "" {
		return "no such command", errExit
	}
	return h.programs[best].out, h.programs[best].err
}

func (h *host) LookUp(_ context.Context, name string) ([]netip.Addr, error) {
	if a, ok := h.addresses[name]; ok {
		return a, nil
	}
	return nil, errors.New("no such host")
}

func (h *host) Dial(_ context.Context, address string) error {
	if slices.Contains(h.open, address) {
		return nil
	}
	return errors.New("connection refused")
}

func (h *host) Get(_ context.Context, url string) (int, string, error) {
	if url != lazaret+"/v2/lazaret/canary/manifests/latest" {
		return 0, "", errors.New("no such host " + url)
	}
	return h.get()
}

// right is a host whose engines are set up as they should be.
func right() *host {
	hosts := &fstest.MapFile{Data: []byte("server = \"https://lazaret.example\"\n[host.\"https://lazaret.example\"]\n  capabilities = [\"pull\", \"resolve\"]\n")}
	return &host{
		programs: map[string]answer{
			"dockerd":     fine,
			"docker info": {`{"ServerVersion":"29.7.2","Driver":"overlayfs","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]],"RegistryConfig":{"Mirrors":null}}`, nil},
			"docker pull": refusal,
			"docker pull docker.io/lazaret/canary:stream": reset,
			"docker images":          fine,
			"docker rmi":             {"no such image", errExit},
			"containerd config dump": {"version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = '/etc/containerd/certs.d:/etc/docker/certs.d'\n", nil},
			"ctr version":            {"Client:\n  Version:  x\n\nServer:\n  Version:  v2.4.2\n  Revision: y\n", nil},
			"ctr --namespace lazaret-doctor images pull": refusal,
			"ctr --namespace lazaret-doctor images list": fine,
			"ctr --namespace": fine,
			"ctr namespaces":  fine,
			"podman info":     {`{"registries":{"search":["docker.io"],"docker.io":{"Prefix":"docker.io","Location":"lazaret.example","Mirrors":null}},"version":{"Version":"4.3.1"}}`, nil},
			"podman pull":     refusal,
			"podman images":   fine,
			"podman rmi":      fine,
			"crio --version":  {"crio version 1.30.0\n", nil},
			"crictl":          fine,
			"crictl --runtime-endpoint unix:///var/run/crio/crio.sock pull":   refusal,
			"crictl --runtime-endpoint unix:///var/run/crio/crio.sock images": {`{"images":[]}`, nil},
			"buildkitd":              fine,
			"buildctl debug workers": fine,
			"sh -c":                  refusal,
			"k3s ctr version":        {"Server:\n  Version: v1.7.29-k3s1\n", nil},
			"k3s ctr --namespace lazaret-doctor images pull": spoilt,
			"k3s ctr": fine,
		},
		addresses: map[string][]netip.Addr{},
		get:       func() (int, string, error) { return 403, said, nil },
		files: fstest.MapFS{
			"etc/docker/certs.d/docker.io/hosts.toml":                               hosts,
			"etc/containerd/certs.d/docker.io/hosts.toml":                           hosts,
			"var/lib/rancher/k3s/agent/etc/containerd/certs.d/docker.io/hosts.toml": hosts,
			"etc/containers/registries.conf":                                        {Data: []byte("[[registry]]\nlocation = \"docker.io\"\n")},
			"etc/containers/registries.conf.d/zzz-lazaret.conf":                     {Data: []byte("[[registry]]\nprefix = \"docker.io\"\nlocation = \"lazaret.example\"\n")},
			"etc/buildkit/buildkitd.toml":                                           {Data: []byte("[registry.\"docker.io\"]\n  mirrors = [\"lazaret.example\"]\n")},
		},
	}
}

func (h *host) openHub() {
	hub := netip.MustParseAddr("203.0.113.9")
	h.addresses["registry-1.docker.io"] = []netip.Addr{hub}
	h.open = append(h.open, hub.String()+":443")
}

func (h *host) set(command, out string, err error) { h.programs[command] = answer{out, err} }
func (h *host) file(name, content string)          { h.files[name] = &fstest.MapFile{Data: []byte(content)} }

func (h *host) examine(t *testing.T, engines ...string) doctor.Report {
	t.Helper()
	return doctor.Examine(t.Context(), doctor.Config{Mirror: lazaret, Engines: engines, Runner: h, Network: h, Files: h.files})
}

const classicInfo = `{"ServerVersion":"20.10.24","Driver":"overlay2","RegistryConfig":{"Mirrors":["https://lazaret.example/"]}}`

// A host that is right in all is enforced, and says so of each engine.
func TestRight(t *testing.T) {
	h := right()
	r := h.examine(t)
	if r.Status != doctor.Enforced || len(r.Engines) != len(doctor.Names()) {
		t.Fatalf("%+v", r)
	}
	for _, e := range r.Engines {
		if e.Status != doctor.Enforced || len(e.Checks) < 4 {
			t.Errorf("%+v", e)
		}
	}
	// The engines know the mirror themselves.
	found := doctor.Examine(t.Context(), doctor.Config{Runner: h, Network: h, Files: h.files})
	if found.Mirror != lazaret || found.Status != doctor.Enforced {
		t.Errorf("%s: %+v", found.Mirror, found)
	}
	h.set("docker info", classicInfo, nil) // dockerd's classic store writes it with a slash
	found = doctor.Examine(t.Context(), doctor.Config{Engines: []string{"docker"}, Runner: h, Network: h, Files: h.files})
	if found.Mirror != lazaret || found.Status != doctor.Enforced {
		t.Errorf("%s: %+v", found.Mirror, found)
	}
	// Whatever was pulled is removed.
	for _, want := range []string{"docker rmi lazaret/canary:stream", "podman rmi docker.io/lazaret/canary:manifest", "ctr namespaces remove lazaret-doctor", "k3s ctr namespaces remove lazaret-doctor"} {
		if !slices.Contains(h.ran, want) {
			t.Errorf("%q was not run", want)
		}
	}
}

// Every way to be wrong that is known, and what is said of it.
func TestWrong(t *testing.T) {
	const hostsToml = "etc/containerd/certs.d/docker.io/hosts.toml"
	for name, c := range map[string]struct {
		engine string
		wrong  func(h *host)
		want   doctor.Status
		says   string // in a detail or a fix
	}{
		"classic, right":     {"docker", func(h *host) { h.set("docker info", classicInfo, nil) }, doctor.Enforced, "only mirror"},
		"classic, no mirror": {"docker", func(h *host) { h.set("docker info", `{"ServerVersion":"20.10.24"}`, nil) }, doctor.Bypassable, "no mirror"},
		"classic, others": {"docker", func(h *host) {
			h.set("docker info", strings.Replace(classicInfo, "[", `["https://mirror.gcr.io",`, 1), nil)
		}, doctor.Bypassable, "other mirrors"},
		"classic, Hub open": {"docker", func(h *host) { h.set("docker info", classicInfo, nil); h.openHub() }, doctor.Bypassable, "--close hub"},
		"docker, proxy": {"docker", func(h *host) {
			h.set("docker info", strings.Replace(classicInfo, "{", `{"HttpsProxy":"http://p",`, 1), nil)
		}, doctor.Unknown, "proxy"},
		"docker, down": {"docker", func(h *host) { h.set("docker info", "Cannot connect", errExit) }, doctor.Unknown, "does not answer"},
		"docker, no client": {"docker", func(h *host) {
			for c := range h.programs {
				if strings.HasPrefix(c, "docker ") {
					delete(h.programs, c)
				}
			}
		}, doctor.Unknown, "install"},
		"containerd store, mirrors": {"docker", func(h *host) {
			h.set("docker info", strings.Replace(h.programs["docker info"].out, "null", `["https://lazaret.example/"]`, 1), nil)
		}, doctor.Bypassable, "registry-mirrors"},
		"containerd store, absent": {"docker", func(h *host) { delete(h.files, "etc/docker/certs.d/docker.io/hosts.toml") }, doctor.Bypassable, "there is no"},

		"pulled": {"docker", func(h *host) { h.set("docker pull", "Status: Downloaded", nil) }, doctor.Bypassable, "was pulled, past Lazaret"},
		"Hub answered": {"docker", func(h *host) {
			h.set("docker pull", "pull access denied for lazaret/canary, repository does not exist", errExit)
		}, doctor.Bypassable, "another registry"},
		"distrust": {"docker", func(h *host) {
			h.set("docker pull", "tls: failed to verify certificate: x509: certificate signed by unknown authority", errExit)
		}, doctor.Unknown, "--ca FILE"},
		"distrust, Hub": {"podman", func(h *host) {
			h.openHub()
			h.set("podman pull", "x509: certificate signed by unknown authority", errExit)
		}, doctor.Bypassable, "--ca FILE"},
		"down":         {"docker", func(h *host) { h.set("docker pull", "dial tcp: connect: connection refused", errExit) }, doctor.Unknown, "nobody answered"},
		"down, Hub":    {"docker", func(h *host) { h.openHub(); h.set("docker pull", "dial tcp: i/o timeout", errExit) }, doctor.Bypassable, "way to Docker Hub is open"},
		"unclear":      {"docker", func(h *host) { h.set("docker pull", "disk full", errExit) }, doctor.Unknown, "not clear"},
		"left":         {"docker", func(h *host) { h.set("docker images", "lazaret/canary:stream\n", nil) }, doctor.Bypassable, "has of the canary"},
		"left, unseen": {"docker", func(h *host) { h.set("docker images", "", errExit) }, doctor.Unknown, "could not be seen"},

		"no server": {"containerd", func(h *host) { h.file(hostsToml, "[host.\"https://lazaret.example\"]\n") }, doctor.Bypassable, "has no server"},
		"server is Hub": {"containerd", func(h *host) {
			h.file(hostsToml, "server = \"https://registry-1.docker.io\"\n[host.\"https://lazaret.example\"]\n")
		}, doctor.Bypassable, "as its server"},
		"server alone": {"containerd", func(h *host) { h.file(hostsToml, "server = \"https://lazaret.example\"\n") }, doctor.Bypassable, "no [host]"},
		"other host": {"containerd", func(h *host) {
			h.file(hostsToml, "server = \"https://lazaret.example\"\n[host.\"https://lazaret.example\"]\n[host.\"https://mirror.gcr.io\"]\n")
		}, doctor.Bypassable, "names others"},
		"pull alone": {"containerd", func(h *host) {
			h.file(hostsToml, "server = \"https://lazaret.example\"\n[host.\"https://lazaret.example\"]\ncapabilities = [\"pull\"]\n")
		}, doctor.Bypassable, "not pull and resolve"},
		"broken file": {"containerd", func(h *host) { h.file(hostsToml, "server = ") }, doctor.Unknown, "cannot be read"},
		"no config_path": {"containerd", func(h *host) {
			h.set("containerd config dump", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  config_path = \"\"\n", nil)
		}, doctor.Bypassable, "no config_path"},
		"CRI off": {"containerd", func(h *host) {
			h.set("containerd config dump", "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  config_path = \"\"\n", nil)
		}, doctor.Enforced, "as host and as server"},
		"default of 2": {"containerd", func(h *host) {
			h.set("containerd config dump", "version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = ''\n", nil)
		}, doctor.Enforced, "as host and as server"},
		"mirrors in config": {"containerd", func(h *host) {
			h.set("containerd config dump", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\"]\n  endpoint = [\"https://lazaret.example\"]\n", nil)
		}, doctor.Bypassable, "mirrors in config.toml"},
		"no dump":   {"containerd", func(h *host) { h.set("containerd config dump", "no", errExit) }, doctor.Unknown, "does not tell"},
		"ctr, down": {"containerd", func(h *host) { h.set("ctr version", "timeout", errExit) }, doctor.Unknown, "does not answer"},

		"podman, none":         {"podman", func(h *host) { h.set("podman info", `{"registries":{"search":["docker.io"]},"version":{}}`, nil) }, doctor.Bypassable, "no [[registry]]"},
		"podman, Hub open":     {"podman", func(h *host) { h.openHub() }, doctor.Bypassable, "registries.conf of their own"},
		"plain mirror":         {"podman", func(h *host) { h.openHub(); h.set("podman info", mirrored(""), nil) }, doctor.Bypassable, "asked itself whenever"},
		"plain mirror, closed": {"podman", func(h *host) { h.set("podman info", mirrored(""), nil) }, doctor.Enforced, "way to it is closed"},
		"pull-from-mirror":     {"podman", func(h *host) { h.set("podman info", mirrored(`,"PullFromMirror":"digest-only"`), nil) }, doctor.Bypassable, "pull-from-mirror is not all"},
		"blocked with mirror": {"podman", func(h *host) {
			h.set("podman info", strings.Replace(mirrored(""), `"Location":"docker.io"`, `"Location":"docker.io","Blocked":true`, 1), nil)
		}, doctor.Enforced, "blocked"},
		"blocked": {"podman", func(h *host) {
			h.set("podman info", `{"registries":{"docker.io":{"Prefix":"docker.io","Location":"docker.io","Blocked":true}}}`, nil)
		}, doctor.Enforced, "is blocked"},
		"podman, other mirror": {"podman", func(h *host) {
			h.set("podman info", strings.Replace(mirrored(""), "lazaret.example", "mirror.gcr.io", 1), nil)
		}, doctor.Bypassable, "another mirror"},
		"podman, elsewhere": {"podman", func(h *host) { h.set("podman info", `{"registries":{"docker.io":{"Location":"mirror.gcr.io"}}}`, nil) }, doctor.Bypassable, "which is not Lazaret"},
		"podman, a part": {"podman", func(h *host) {
			h.set("podman info", strings.Replace(h.programs["podman info"].out, `"search"`, `"docker.io/team":{"Prefix":"docker.io/team","Location":"docker.io/team"},"search"`, 1), nil)
		}, doctor.Bypassable, "docker.io/team is sent"},
		"podman, broken": {"podman", func(h *host) { h.set("podman info", "Error: x", errExit) }, doctor.Unknown, "does not tell"},

		"crio, earlier holds not": {"crio", func(h *host) { delete(h.files, "etc/containers/registries.conf.d/zzz-lazaret.conf") }, doctor.Bypassable, "which is not Lazaret"},
		"crio, broken":            {"crio", func(h *host) { h.file("etc/containers/registries.conf", "[[") }, doctor.Unknown, "cannot be read"},
		"crio, no crictl": {"crio", func(h *host) {
			for c := range h.programs {
				if strings.HasPrefix(c, "crictl") {
					delete(h.programs, c)
				}
			}
		}, doctor.Unknown, "no crictl"},
		"crio, down": {"crio", func(h *host) {
			h.set("crictl --runtime-endpoint unix:///var/run/crio/crio.sock version", "no such file or directory", errExit)
		}, doctor.Unknown, "CRI-O does not answer"},
		"crio, left": {"crio", func(h *host) {
			h.set("crictl --runtime-endpoint unix:///var/run/crio/crio.sock images", `{"images":[{"repoTags":["docker.io/lazaret/canary:stream"]}]}`, nil)
		}, doctor.Bypassable, "has of the canary"},

		"buildkit, none":     {"buildkit", func(h *host) { delete(h.files, "etc/buildkit/buildkitd.toml") }, doctor.Bypassable, "not Lazaret alone"},
		"buildkit, Hub open": {"buildkit", func(h *host) { h.openHub() }, doctor.Bypassable, "after its mirrors"},
		"buildkit, built":    {"buildkit", func(h *host) { h.set("sh -c", "done", nil) }, doctor.Bypassable, "was pulled"},
		"buildkit, down":     {"buildkit", func(h *host) { h.set("buildctl debug workers", "no", errExit) }, doctor.Unknown, "does not answer"},

		"k3s, none": {"k3s", func(h *host) {
			delete(h.files, "var/lib/rancher/k3s/agent/etc/containerd/certs.d/docker.io/hosts.toml")
		}, doctor.Bypassable, "there is no"},
		"k3s, left": {"k3s", func(h *host) {
			h.set("k3s ctr --namespace lazaret-doctor images list", "docker.io/lazaret/canary:stream", nil)
		}, doctor.Bypassable, "has of the canary"},
	} {
		t.Run(name, func(t *testing.T) {
			h := right()
			c.wrong(h)
			r := h.examine(t, c.engine)
			if len(r.Engines) != 1 || r.Engines[0].Name != c.engine || r.Engines[0].Status != c.want {
				t.Fatalf("want %s: %+v", c.want, r)
			}
			text := ""
			for _, check := range r.Engines[0].Checks {
				if check.Status == c.want {
					text += check.Detail + "; " + check.Fix + "\n"
				}
			}
			if !strings.Contains(text, c.says) {
				t.Errorf("it does not say %q:\n%s", c.says, text)
			}
		})
	}
}

// mirrored is podman's word for Lazaret as a mirror of docker.io.
func mirrored(more string) string {
	return `{"registries":{"docker.io":{"Prefix":"docker.io","Location":"docker.io","Mirrors":[{"Location":"lazaret.example"` + more + `}]}},"version":{}}`
}

// What is said of the host itself.
func TestHost(t *testing.T) {
	for name, c := range map[string]struct {
		wrong func(h *host)
		want  doctor.Status
		says  string
	}{
		"Hub open":   {func(h *host) { h.openHub() }, doctor.Bypassable, "reaches registry-1.docker.io (203.0.113.9)"},
		"Hub closed": {func(h *host) { h.openHub(); h.open = nil }, doctor.Enforced, "does not lead to"},
		"registry mode": {func(h *host) {
			h.openHub()
			h.addresses["lazaret.example"] = h.addresses["registry-1.docker.io"]
		}, doctor.Enforced, "does not lead to"},
		"down": {func(h *host) { h.get = func() (int, string, error) { return 0, "", errors.New("connection refused") } }, doctor.Unknown, "does not answer"},
		"distrust": {func(h *host) {
			h.get = func() (int, string, error) { return 0, "", errors.New("x509: unknown authority") }
		}, doctor.Unknown, "does not trust"},
		"audit": {func(h *host) {
			h.get = func() (int, string, error) { return 403, said + " any other is not, in mode audit", nil }
		}, doctor.Bypassable, "mode audit"},
		"another":   {func(h *host) { h.get = func() (int, string, error) { return 404, "", nil } }, doctor.Bypassable, "not Lazaret"},
		"allows it": {func(h *host) { h.get = func() (int, string, error) { return 200, "{}", nil } }, doctor.Bypassable, "does not refuse the canary"},
		"no engine": {func(h *host) { h.programs = nil }, doctor.Unknown, "no container engine"},
	} {
		t.Run(name, func(t *testing.T) {
			h := right()
			c.wrong(h)
			r := h.examine(t, "containerd")
			if r.Status != c.want || !slices.ContainsFunc(r.Checks, func(k doctor.Check) bool { return k.Status == c.want && strings.Contains(k.Detail, c.says) }) {
				t.Errorf("want %s with %q: %+v", c.want, c.says, r)
			}
		})
	}
}

// Nothing is said to be enforced of what there was no time for.
func TestNoTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := right()
	r := doctor.Examine(ctx, doctor.Config{Mirror: lazaret, Runner: dead{h}, Network: h, Files: h.files})
	if r.Status != doctor.Unknown {
		t.Errorf("%+v", r)
	}
}

// A dead host runs nothing any more.
type dead struct{ *host }

func (dead) Run(ctx context.Context, _ string, _ ...string) (string, error) { return "", ctx.Err() }
