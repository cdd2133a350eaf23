package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/testimage"
)

// An engine pulls images from Docker Hub through a mirror, and is no dockerd.
type engine struct {
	pull   func(ctx context.Context, reference string) outcome
	images func(ctx context.Context) outcome
	hub    *hubCounter
}

// command runs a program that has Docker Hub behind the counting proxy.
func (e *engine) command(ctx context.Context, env []string, name string, args ...string) outcome {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(append(os.Environ(), "HTTPS_PROXY="+e.hub.url, "HTTP_PROXY="+e.hub.url, "NO_PROXY=127.0.0.1,localhost"), env...)
	b, err := cmd.CombinedOutput()
	return outcome{string(b), err}
}

// write makes a file for an engine to read.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startPodman sets Debian's podman up with a store of its own.
func startPodman(t *testing.T, mirrorURL string) *engine {
	return startPodmanWith(t, fmt.Sprintf("[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = %q\ninsecure = true\n", strings.TrimPrefix(mirrorURL, "http://")))
}

// startPodmanWith sets it up with a registries.conf.
func startPodmanWith(t *testing.T, registries string) *engine {
	need(t, "podman")
	e := &engine{hub: newHubCounter(t)}
	dir := t.TempDir()
	write(t, dir+"/registries.conf", registries)
	write(t, dir+"/policy.json", `{"default":[{"type":"insecureAcceptAnything"}]}`)
	podman := func(ctx context.Context, args ...string) outcome {
		store := []string{"--root", dir + "/root", "--runroot", dir + "/run", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"}
		return e.command(ctx, []string{"CONTAINERS_REGISTRIES_CONF=" + dir + "/registries.conf"}, "podman", append(store, args...)...)
	}
	e.pull = func(ctx context.Context, reference string) outcome {
		return podman(ctx, "pull", "--signature-policy", dir+"/policy.json", reference)
	}
	e.images = func(ctx context.Context) outcome { return podman(ctx, "images", "--all") }
	return e
}

// startContainerd starts Debian's containerd, to be asked by ctr.
func startContainerd(t *testing.T, mirrorURL string) *engine {
	return startContainerdWith(t, map[string]string{
		"docker.io": fmt.Sprintf("server = \"https://registry-1.docker.io\"\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n", mirrorURL),
	})
}

// startContainerdWith starts it with a hosts.toml for each registry.
func startContainerdWith(t *testing.T, hosts map[string]string) *engine {
	need(t, "containerd", "ctr")
	e := &engine{hub: newHubCounter(t)}
	dir, err := os.MkdirTemp("", "lc") // short: a unix socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/config.toml", fmt.Sprintf("version = 2\nroot = \"%[1]s/root\"\nstate = \"%[1]s/state\"\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = \"%[1]s/s\"\n", dir))
	for registry, text := range hosts {
		write(t, dir+"/certs.d/"+registry+"/hosts.toml", text)
	}
	daemon := exec.Command("containerd", "--config", dir+"/config.toml")
	var log strings.Builder // read when the daemon has ended
	daemon.Stdout, daemon.Stderr = &log, &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		_ = daemon.Wait()
		if t.Failed() {
			t.Logf("containerd:\n%s", log.String()[max(0, log.Len()-3000):])
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Logf("left behind: %v", err)
		}
	})
	ctr := func(ctx context.Context, args ...string) outcome {
		return e.command(ctx, nil, "ctr", append([]string{"--address", dir + "/s", "images"}, args...)...)
	}
	for ctx := patient(t); ctr(ctx, "list").err != nil; {
		select {
		case <-ctx.Done():
			t.Fatal("containerd does not answer")
		case <-time.After(100 * time.Millisecond):
		}
	}
	e.pull = func(ctx context.Context, reference string) outcome {
		return ctr(ctx, "pull", "--snapshotter", "native", "--hosts-dir", dir+"/certs.d", reference)
	}
	e.images = func(ctx context.Context) outcome { return ctr(ctx, "list", "--quiet") }
	return e
}

// podman and containerd pull what is clean through the mirror alone, and have nothing of
// what is not, wherever they go then.
func TestOtherEngines(t *testing.T) {
	for name, start := range map[string]func(*testing.T, string) *engine{"podman": startPodman, "containerd": startContainerd} {
		t.Run(name, func(t *testing.T) {
			hub := startHub(t)
			clean := push(t, hub, "library/clean", "latest", testimage.Clean(name, 1<<20))
			push(t, hub, "library/coolapp", "latest", testimage.Miner(name, 1<<20))
			m := startMirror(t, hub.URL(), "")
			e := start(t, m.url)
			if o := e.pull(patient(t), "docker.io/library/clean:latest"); o.err != nil {
				t.Fatalf("pull: %v\n%s", o.err, o.out)
			}
			if asked := e.hub.requests(); len(asked) > 0 {
				t.Errorf("for a clean image it went to %v", asked)
			}
			if n := len(m.lines("pull")); n < len(clean.Blobs) {
				t.Errorf("the mirror has %d lines of pulls, for %d blobs", n, len(clean.Blobs))
			}
			o := e.pull(patient(t), "docker.io/library/coolapp:latest")
			if o.err == nil {
				t.Errorf("the miner was pulled:\n%s", o.out)
			}
			images := e.images(patient(t))
			if images.err != nil || !strings.Contains(images.out, "library/clean") || strings.Contains(images.out, "coolapp") {
				t.Errorf("images: %v\n%s", images.err, images.out)
			}
			t.Logf("%s of the miner, then asking %v:\n%s", name, e.hub.requests(), o.out)
		})
	}
}
