package enrol

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

const containerdTOML = "/etc/containerd/config.toml"

// containerd plans config.toml, so that the CRI reads certs.d, and certs.d.
func (p *planner) containerd() error {
	src, err := p.read(containerdTOML)
	if err != nil {
		return err
	}
	cfg, err := decodeTOML(src)
	if err != nil {
		return fmt.Errorf("%s: %w", containerdTOML, err)
	}
	dir, err := p.containerdConfig(src, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", containerdTOML, err)
	}
	ca, err := p.writeCA(path.Join(dir, "lazaret-ca.crt"))
	if err != nil {
		return err
	}
	if err := p.hosts(dir, ca); err != nil {
		return err
	}
	p.note("ctr reads %[1]s only when it is told to: ctr images pull --hosts-dir %[1]s (or, from containerd 2.1 on, config_path of the plugin io.containerd.transfer.v1.local). Close the network against those who do not.", dir)
	return nil
}

// registryTable is where the versions of config.toml have the CRI's registries:
// https://github.com/containerd/containerd/blob/main/docs/cri/registry.md
func registryTable(version int64) []string {
	switch version {
	case 1:
		return []string{"plugins", "cri", "registry"}
	case 2:
		return []string{"plugins", "io.containerd.grpc.v1.cri", "registry"}
	}
	return []string{"plugins", "io.containerd.cri.v1.images", "registry"}
}

// containerdConfig sets config_path, and returns the folder of certs.d.
func (p *planner) containerdConfig(src []byte, cfg map[string]any) (dir string, err error) {
	version, said := cfg["version"].(int64)
	if !said {
		version = 1
	}
	after := src
	if len(cfg) == 0 { // no file, or one of comments
		if !p.Version.Known() {
			return "", fmt.Errorf("there is nothing in it, and containerd's version is not known: --engine-version says it")
		}
		version = 2
		edits := []tomlEdit{{nil, "version", int64(2)}}
		if p.Version.AtLeast(2, 0, 0) {
			version = 3
			// What containerd reads where it has no config.toml (DefaultConfigIncludePattern, from 2.2 on).
			edits = []tomlEdit{{nil, "imports", []string{"/etc/containerd/conf.d/*.toml"}}, {nil, "version", int64(3)}}
		}
		if after, err = editTOML(src, edits...); err != nil {
			return "", err
		}
	}
	table := registryTable(version)
	if registry, ok := lookUp(cfg, table); ok {
		registry, _ := registry.(map[string]any)
		if path, _ := registry["config_path"].(string); path != "" {
			first, _, _ := strings.Cut(path, ":") // the first folder that knows a registry is taken
			return first, nil
		}
		if len(asTable(registry["mirrors"])) > 0 {
			return "", conflict("[%s.mirrors] excludes config_path. Move what is in it to files in certs.d, one for each registry, and take it out:\n  https://github.com/containerd/containerd/blob/main/docs/hosts.md", tomlPath(table))
		}
		for host, c := range asTable(registry["configs"]) {
			if asTable(c)["tls"] != nil {
				return "", conflict("[%s.configs.%s.tls] excludes config_path. Move it to certs.d/%s/hosts.toml, and take it out:\n  https://github.com/containerd/containerd/blob/main/docs/hosts.md", tomlPath(table), tomlPath([]string{host}), host)
			}
		}
	}
	const certs = "/etc/containerd/certs.d"
	if after, err = editTOML(after, tomlEdit{table, "config_path", certs}); err != nil {
		return "", err
	}
	if p.write(containerdTOML, src, after) {
		p.restart("systemctl restart containerd")
	}
	return certs, nil
}

func asTable(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// hosts plans DIR/REGISTRY/hosts.toml for each registry: both the server and the host are
// Lazaret, since without the server containerd goes on to Docker Hub, and 1.6 and 1.7 reject a
// file without a host and go there as well.
func (p *planner) hosts(dir, ca string) error {
	for _, registry := range p.Registries {
		for _, name := range names(registry) {
			if err := p.hostsFile(path.Join(dir, name, "hosts.toml"), ca); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) hostsFile(name, ca string) error {
	src, err := p.read(name)
	if err != nil {
		return err
	}
	cfg, err := decodeTOML(src)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	mirror := p.mirror.String()
	for host := range asTable(cfg["host"]) {
		if host == mirror {
			continue
		}
		if !p.Replace {
			return conflict("%s has another host, %s, from which images come past Lazaret; --replace writes the file anew", name, host)
		}
		cfg = nil
	}
	if len(cfg) == 0 {
		p.write(name, src, []byte(p.newHosts(ca)))
		return nil
	}
	edits := []tomlEdit{{nil, "server", mirror}, {[]string{"host", mirror}, "capabilities", capabilities(cfg, mirror)}}
	if ca != "" {
		edits = append(edits, tomlEdit{nil, "ca", ca}, tomlEdit{[]string{"host", mirror}, "ca", ca})
	}
	after, err := editTOML(src, edits...)
	if errors.Is(err, ErrConflict) {
		if !p.Replace {
			return fmt.Errorf("%s: %w\nor --replace, which writes the file anew", name, err)
		}
		after, err = []byte(p.newHosts(ca)), nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p.write(name, src, after)
	return nil
}

// capabilities are those that a file gives to a host, and those that a mirror must have.
func capabilities(cfg map[string]any, host string) (out []string) {
	has, _ := lookUp(cfg, []string{"host", host, "capabilities"})
	list, _ := has.([]any)
	for _, c := range append(list, "pull", "resolve") {
		if c, ok := c.(string); ok && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func (p *planner) newHosts(ca string) string {
	var b strings.Builder
	mirror := p.mirror.String()
	fmt.Fprintf(&b, "# Lazaret, and nobody else: without the server here, the registry itself would be asked\n# whenever Lazaret refuses. Written by lazaret enrol.\nserver = %q\n", mirror)
	if ca != "" {
		fmt.Fprintf(&b, "ca = %q\n", ca)
	}
	fmt.Fprintf(&b, "\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n", mirror)
	if ca != "" {
		fmt.Fprintf(&b, "  ca = %q\n", ca)
	}
	return b.String()
}
