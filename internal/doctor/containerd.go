package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lazaret/lazaret/policy"
)

// A hostsFile is what is read of hosts.toml:
// https://github.com/containerd/containerd/blob/main/docs/hosts.md
type hostsFile struct {
	Server string               `toml:"server"`
	Host   map[string]hostEntry `toml:"host"`
}

type hostEntry struct {
	Capabilities []string `toml:"capabilities"`
}

// A containerdConfig is what is read of containerd config dump, of each version.
type containerdConfig struct {
	Disabled []string `toml:"disabled_plugins"`
	Plugins  map[string]struct {
		Registry struct {
			ConfigPath string         `toml:"config_path"`
			Mirrors    map[string]any `toml:"mirrors"`
		} `toml:"registry"`
	} `toml:"plugins"`
}

// criPlugins have the CRI's registries, by the versions of the file.
func criPlugins() []string {
	return []string{"io.containerd.cri.v1.images", "io.containerd.grpc.v1.cri", "cri"}
}

// namespace is the one that containerd pulls the canary into; it is removed.
const namespace = "lazaret-doctor"

// containerd opens containerd, as ctr finds it (CONTAINERD_ADDRESS).
func containerd(ctx context.Context, x *exam) {
	dir := x.containerdDir(ctx)
	if dir != "" {
		x.hosts(dir)
	}
	if !x.Runner.Find("ctr") {
		x.note("canary", Unknown, "there is no ctr to pull by", "install ctr")
		return
	}
	x.ctr(ctx, dir, "ctr")
}

// k3s opens the containerd within k3s.
func k3s(ctx context.Context, x *exam) {
	const dir = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d"
	x.hosts(dir)
	x.ctr(ctx, dir, "k3s", "ctr")
}

// containerdDir finds the folder of hosts.toml that the CRI reads, "" if it reads none.
func (x *exam) containerdDir(ctx context.Context) string {
	const usual = "/etc/containerd/certs.d"
	text, err := x.Runner.Run(ctx, "containerd", "config", "dump")
	var cfg containerdConfig
	if err == nil {
		err = toml.Unmarshal([]byte(text), &cfg)
	}
	if err != nil {
		x.settings(Unknown, "mend what containerd config dump complains of", "containerd does not tell its settings: %s", lastLine(text))
		return usual
	}
	for _, name := range criPlugins() {
		plugin, ok := cfg.Plugins[name]
		if !ok {
			continue
		}
		if first, _, _ := strings.Cut(plugin.Registry.ConfigPath, ":"); first != "" {
			return first
		}
		if len(plugin.Registry.Mirrors) > 0 {
			x.settings(Bypassable, x.after("move them to certs.d, a file for each registry"), "containerd has its mirrors in config.toml, after which it asks the registry itself")
			return ""
		}
		if name == "io.containerd.cri.v1.images" { // its default: plugins/cri/images/plugin.go
			return usual
		}
		if slices.Contains(cfg.Disabled, name) || slices.Contains(cfg.Disabled, "cri") {
			return usual // as nerdctl has it
		}
		x.settings(Bypassable, x.enrol(""), "containerd's config.toml has no config_path: it reads no hosts.toml, and asks Docker Hub")
		return ""
	}
	return usual
}

// hosts judges DIR/REGISTRY/hosts.toml of each registry.
func (x *exam) hosts(dir string) {
	for _, registry := range x.Registries {
		name := path.Join(dir, registry, "hosts.toml")
		b, err := fs.ReadFile(x.Files, strings.TrimPrefix(name, "/"))
		if errors.Is(err, fs.ErrNotExist) {
			x.settings(Bypassable, x.enrol(""), "there is no %s: %s is asked itself", name, registry)
			continue
		}
		var f hostsFile
		if err == nil {
			err = toml.Unmarshal(b, &f)
		}
		if err != nil {
			x.settings(Unknown, x.after("remove it"), "%s cannot be read: %s", name, lastLine(err.Error()))
			continue
		}
		x.judgeHosts(name, registry, f)
	}
}

func (x *exam) judgeHosts(name, registry string, f hostsFile) {
	var hosts []string
	for h := range f.Host {
		hosts = append(hosts, h)
	}
	sort.Strings(hosts)
	x.mirrors = append(x.mirrors, hosts...)
	if x.mirror == "" {
		return // it is being looked for
	}
	entry, ours := f.Host[x.mirror]
	can := func(what string) bool { return entry.Capabilities == nil || slices.Contains(entry.Capabilities, what) }
	switch {
	case len(hosts) == 0:
		x.settings(Bypassable, x.enrol(""), "%s names no [host]: containerd 1.6 and 1.7 reject it, and ask %s", name, registry)
	case !ours || len(hosts) > 1:
		x.settings(Bypassable, x.enrol("--replace"), "%s names others than Lazaret: %s", name, strings.Join(hosts, ", "))
	case f.Server == "":
		x.settings(Bypassable, x.enrol(""), "%s has no server: %s is asked whenever Lazaret refuses", name, registry)
	case !x.isMirror(f.Server):
		x.settings(Bypassable, x.enrol(""), "%s has %s as its server, which is asked whenever Lazaret refuses", name, f.Server)
	case !can("pull") || !can("resolve"):
		x.settings(Bypassable, x.enrol(""), "%s lets Lazaret not pull and resolve, so that others are asked", name)
	default:
		x.settings(Enforced, "", "%s has Lazaret as host and as server", name)
	}
}

// ctr has containerd pull by ctr.
func (x *exam) ctr(ctx context.Context, dir string, program ...string) {
	run := func(ctx context.Context, args ...string) (string, error) {
		return x.Runner.Run(ctx, program[0], slices.Concat(program[1:], args)...)
	}
	text, err := run(ctx, "version")
	if err != nil {
		x.note("canary", Unknown, "containerd does not answer: "+lastLine(text), "start it, and run the doctor as one who may ask it")
		return
	}
	x.engine.Version = serverVersion(text)
	pull := []string{"--namespace", namespace, "images", "pull"}
	if dir != "" {
		pull = append(pull, "--hosts-dir", dir)
	}
	x.pulls = &puller{
		pull: func(ctx context.Context, reference string) (string, error) {
			return run(ctx, append(slices.Clone(pull), reference)...)
		},
		left: func(ctx context.Context) (string, error) {
			images, err := run(ctx, "--namespace", namespace, "images", "list", "--quiet")
			if err != nil {
				return "", errors.New(lastLine(images))
			}
			return images, nil
		},
		remove: func(ctx context.Context) {
			for _, tag := range []string{"manifest", "stream"} {
				_, _ = run(ctx, "--namespace", namespace, "images", "remove", "--sync", "docker.io/"+policy.Canary+":"+tag) // mostly it is not there
			}
			removeContent(ctx, run)
			_, _ = run(ctx, "namespaces", "remove", namespace) // an engine that keeps it keeps an empty one
		},
	}
}

// removeContent removes what a pull that was refused left in the namespace: manifests and configs.
func removeContent(ctx context.Context, run func(context.Context, ...string) (string, error)) {
	leases, _ := run(ctx, "--namespace", namespace, "leases", "list", "--quiet")
	for lease := range strings.FieldsSeq(leases) {
		_, _ = run(ctx, "--namespace", namespace, "leases", "delete", "--sync", lease)
	}
	content, err := run(ctx, "--namespace", namespace, "content", "list", "--quiet")
	if err != nil {
		return
	}
	for digest := range strings.FieldsSeq(content) {
		_, _ = run(ctx, "--namespace", namespace, "content", "remove", digest)
	}
}

// serverVersion is what ctr version says of the server.
func serverVersion(text string) string {
	_, server, _ := strings.Cut(text, "Server:")
	_, version, _ := strings.Cut(server, "Version:")
	return firstLine(version)
}
