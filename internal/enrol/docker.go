package enrol

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const daemonJSON = "/etc/docker/daemon.json"

// A dockerConfig is what is read of daemon.json:
// https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
type dockerConfig struct {
	Mirrors  []string        `json:"registry-mirrors"`
	Features map[string]bool `json:"features"`
	Driver   string          `json:"storage-driver"`
	DataRoot string          `json:"data-root"`
}

// docker plans daemon.json and, for the containerd image store, certs.d.
func (p *planner) docker() error {
	src, err := p.read(daemonJSON)
	if err != nil {
		return err
	}
	var cfg dockerConfig
	if len(strings.TrimSpace(string(src))) > 0 {
		if err := json.Unmarshal(src, &cfg); err != nil {
			return fmt.Errorf("%s: %w", daemonJSON, err)
		}
	}
	if err := p.dockerFlags(); err != nil {
		return err
	}
	if others := p.otherMirrors(cfg.Mirrors); len(others) > 0 && !p.Replace {
		return conflict("%s has other mirrors (%s), by which images come past Lazaret; --replace takes them out", daemonJSON, strings.Join(others, ", "))
	}
	store, err := p.dockerStore(cfg)
	if err != nil {
		return err
	}
	if store == StoreContainerd && !p.Version.Docker().AtLeast(28, 0, 0) {
		p.note("Docker %s reads no hosts.toml for its containerd image store: it goes to Docker Hub whenever Lazaret does not answer. Close the network.", p.Version)
		store = StoreClassic
	}
	if store == StoreContainerd {
		return p.dockerContainerd(src, cfg)
	}
	return p.dockerClassic(src)
}

// dockerStore finds which store dockerd keeps images in, by the rules of moby's
// daemon/image_store_choice.go.
func (p *planner) dockerStore(cfg dockerConfig) (Store, error) {
	if p.Store != StoreFound {
		if p.Store != StoreClassic && p.Store != StoreContainerd {
			return "", fmt.Errorf("no store %.40q", p.Store)
		}
		return p.Store, nil
	}
	if !p.Version.Known() {
		return "", fmt.Errorf("Docker's version is not known: --engine-version says it")
	}
	if on, ok := cfg.Features["containerd-snapshotter"]; ok {
		if on {
			return StoreContainerd, nil
		}
		return StoreClassic, nil
	}
	if !p.Version.Docker().AtLeast(29, 0, 0) {
		return StoreClassic, nil
	}
	root := cfg.DataRoot
	if root == "" {
		root = "/var/lib/docker"
	}
	for _, driver := range []string{"overlay2", "fuse-overlayfs", "btrfs", "zfs"} {
		if cfg.Driver == driver {
			return StoreClassic, nil
		}
		// What an older Docker has left there is used on.
		entries, err := fs.ReadDir(p.host, strings.TrimPrefix(path.Join(root, driver), "/"))
		if err == nil && len(entries) > 0 {
			return StoreClassic, nil
		}
	}
	if cfg.Driver == "vfs" {
		return StoreClassic, nil
	}
	return StoreContainerd, nil
}

func (p *planner) otherMirrors(mirrors []string) []string {
	return slices.DeleteFunc(slices.Clone(mirrors), p.isMirror)
}

// isMirror reports whether a URL is the mirror's.
func (p *planner) isMirror(url string) bool {
	return strings.EqualFold(strings.TrimRight(url, "/"), p.mirror.String())
}

// dockerFlags refuses a mirror on dockerd's command line: dockerd does not start where the
// same setting is in its file as well, and a file cannot take it away.
func (p *planner) dockerFlags() error {
	files := []string{"/etc/default/docker", "/etc/sysconfig/docker", "/etc/systemd/system/docker.service", "/usr/lib/systemd/system/docker.service", "/lib/systemd/system/docker.service"}
	const dropIns = "/etc/systemd/system/docker.service.d"
	more, err := p.list(dropIns)
	if err != nil {
		return err
	}
	for _, name := range more {
		files = append(files, path.Join(dropIns, name))
	}
	for _, name := range files {
		b, err := p.read(name)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && strings.Contains(line, "--registry-mirror") {
				return conflict("%s starts dockerd with --registry-mirror: take it out there, dockerd does not start with it in both places", name)
			}
		}
	}
	return nil
}

// dockerClassic has the mirror in daemon.json.
func (p *planner) dockerClassic(src []byte) error {
	after, err := editJSON(src, jsonEdit{"registry-mirrors", []string{p.mirror.String()}})
	if err != nil {
		return fmt.Errorf("%s: %w", daemonJSON, err)
	}
	if p.write(daemonJSON, src, after) {
		p.restart("systemctl reload docker")
	}
	if _, err := p.writeCA(p.dockerCA()); err != nil {
		return err
	}
	if !slices.Equal(p.Registries, []string{hub}) {
		p.note("With its classic image store Docker knows mirrors of Docker Hub alone: other registries are asked directly.")
	}
	p.note("Docker's classic image store has no setting without Docker Hub: Lazaret's refusals stop it, but whenever Lazaret does not answer it asks Docker Hub. Close the network.")
	p.note(`"docker pull registry-1.docker.io/library/x", written so, skips mirrors. Close the network.`)
	return nil
}

// dockerCA is where dockerd looks for the authority of a registry's certificate.
func (p *planner) dockerCA() string { return "/etc/docker/certs.d/" + p.mirror.Host + "/ca.crt" }

// dockerContainerd has the mirror in certs.d, which registry-mirrors must not disturb.
func (p *planner) dockerContainerd(src []byte, cfg dockerConfig) error {
	if len(cfg.Mirrors) > 0 {
		// Empty, since dockerd keeps what it has when it reads a file again that has no such key.
		after, err := editJSON(src, jsonEdit{"registry-mirrors", []string{}})
		if err != nil {
			return fmt.Errorf("%s: %w", daemonJSON, err)
		}
		if p.write(daemonJSON, src, after) {
			p.restart("systemctl reload docker")
		}
	}
	ca, err := p.writeCA(p.dockerCA())
	if err != nil {
		return err
	}
	return p.hosts("/etc/docker/certs.d", ca)
}
