package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Settings of containerd: config_path of the CRI's plugin, by version, is what `lazaret enrol` sets. It
// collects no garbage but when an image is removed: what a refusal leaves stays for the next pull.
const (
	containerdSettings = "version = %[2]d\nroot = \"%[1]s/root\"\nstate = \"%[1]s/state\"\n%[3]s[grpc]\naddress = \"%[1]s/s\"\n[plugins.\"io.containerd.gc.v1.scheduler\"]\nmutation_threshold = 0\n"
	withoutCRI         = "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"
	criRegistry1       = "[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  config_path = %q\n"
	criRegistry2       = "[plugins.\"io.containerd.cri.v1.images\".registry]\n  config_path = %q\n"
	inPieces           = "[plugins.'io.containerd.transfer.v1.local']\nmax_concurrent_downloads = 4\nconcurrent_layer_fetch_buffer = %d\n"
)

// openHosts is the hosts.toml of a host that was told of a mirror, and goes to Docker Hub as well.
const openHosts = "server = \"https://registry-1.docker.io\"\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n"

// A containerd of a scene, and where it looks for mirrors.
type containerdOf struct {
	dir, certs string
	ctr        func(ctx context.Context, args ...string) outcome
}

// containerd starts one that was built, or Debian's where built is "". Its hosts.toml leaves the
// way to Docker Hub open, or, if the client is enrolled, its files are as `lazaret enrol` leaves them.
func (s *scene) containerd(c *client, built, mirrorURL, settings, registry string) containerdOf {
	s.t.Helper()
	dir := s.folder()
	certs, config := dir+"/certs.d", dir+"/config.toml"
	settings = strings.ReplaceAll(settings, "DIR", dir)
	if c.enrolled {
		certs, config = "/etc/containerd/certs.d", "/etc/containerd/config.toml"
	} else {
		write(s.t, certs+"/docker.io/hosts.toml", fmt.Sprintf(openHosts, mirrorURL))
		if registry != "" {
			settings += fmt.Sprintf(registry, certs)
		}
	}
	write(s.t, config, settings)
	path := os.Getenv("PATH")
	if built != "" {
		path = s.engines[built] + ":" + path // the shim
	}
	if c.enrolled {
		s.enrol("containerd", mirrorURL, path)
	}
	ctr := func(ctx context.Context, args ...string) outcome {
		return s.command(ctx, nil, s.bin(built, "ctr"), append([]string{"--address", dir + "/s"}, args...)...)
	}
	c.ends = append(c.ends, s.daemon(func() bool { return ctr(s.t.Context(), "images", "list").err == nil }, []string{"PATH=" + path}, s.bin(built, "containerd"), "--config", config))
	return containerdOf{dir, certs, ctr}
}

func startMatrixContainerd(built string, flags ...string) func(*scene, *client, string) {
	return func(s *scene, c *client, mirrorURL string) {
		s.t.Helper()
		settings := fmt.Sprintf(containerdSettings, "DIR", 2, withoutCRI)
		if c.chunks > 0 {
			settings = fmt.Sprintf(containerdSettings, "DIR", 3, withoutCRI) + fmt.Sprintf(inPieces, c.chunks)
		}
		d := s.containerd(c, built, mirrorURL, settings, "")
		c.pull = func(ctx context.Context, reference string) outcome {
			return d.ctr(ctx, append(append([]string{"images", "pull", "--hosts-dir", d.certs}, flags...), reference)...)
		}
		c.images = func(ctx context.Context) outcome {
			images, content := d.ctr(ctx, "images", "list", "--quiet"), d.ctr(ctx, "content", "list", "--quiet")
			return outcome{images.out + content.out, images.err}
		}
		c.remove = func(ctx context.Context, reference string) { d.ctr(ctx, "images", "remove", "--sync", reference) }
		c.run = func(ctx context.Context, reference string) outcome {
			return d.ctr(ctx, "run", "--rm", reference, filepath.Base(s.dir)) // a name that no other scene has
		}
	}
}

// startMatrixCRI has containerd pull as the kubelet has it, asked by crictl.
func startMatrixCRI(built string, version int) func(*scene, *client, string) {
	return func(s *scene, c *client, mirrorURL string) {
		s.t.Helper()
		registry := criRegistry1
		if version > 2 {
			registry = criRegistry2
		}
		d := s.containerd(c, built, mirrorURL, fmt.Sprintf(containerdSettings, "DIR", version, ""), registry)
		s.crictl(c, d.dir+"/s")
		images := c.images
		c.images = func(ctx context.Context) outcome {
			images, content := images(ctx), d.ctr(ctx, "--namespace", "k8s.io", "content", "list", "--quiet")
			return outcome{images.out + content.out, images.err}
		}
	}
}

// crictl has a client pull by the kubelet's interface, at a socket.
func (s *scene) crictl(c *client, socket string) {
	crictl := func(ctx context.Context, args ...string) outcome {
		return s.command(ctx, nil, s.bin("crictl", "crictl"), append([]string{"--runtime-endpoint", "unix://" + socket, "--timeout", "40s"}, args...)...)
	}
	c.pull = func(ctx context.Context, reference string) outcome { return crictl(ctx, "pull", reference) }
	c.images = func(ctx context.Context) outcome { return crictl(ctx, "images", "--digests", "--no-trunc") }
	c.remove = func(ctx context.Context, reference string) { crictl(ctx, "rmi", reference) }
}

// startMatrixNerdctl has nerdctl pull for a containerd of version 2.
func startMatrixNerdctl(s *scene, c *client, mirrorURL string) {
	s.t.Helper()
	d := s.containerd(c, "containerd2", mirrorURL, fmt.Sprintf(containerdSettings, "DIR", 3, withoutCRI), "")
	nerdctl := func(ctx context.Context, args ...string) outcome {
		return s.command(ctx, nil, s.bin("nerdctl", "nerdctl"), append([]string{"--address", d.dir + "/s", "--data-root", d.dir + "/n", "--hosts-dir", d.certs}, args...)...)
	}
	c.pull = func(ctx context.Context, reference string) outcome { return nerdctl(ctx, "pull", reference) }
	c.images = func(ctx context.Context) outcome {
		images, content := nerdctl(ctx, "images", "--all", "--digests", "--no-trunc"), d.ctr(ctx, "content", "list", "--quiet")
		return outcome{images.out + content.out, images.err}
	}
	c.remove = func(ctx context.Context, reference string) { nerdctl(ctx, "rmi", "--force", reference) }
	c.run = func(ctx context.Context, reference string) outcome {
		return nerdctl(ctx, "run", "--rm", "--pull=never", "--network=none", reference)
	}
}
