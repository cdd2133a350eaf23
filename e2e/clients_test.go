package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A client is one row of the matrix. start sets the functions.
type client struct {
	name       string
	direct     bool   // it knows the mirror alone, by its name
	chunks     int    // bytes of a layer's pieces that it gets side by side
	gives      bool   // it gives up when a layer breaks off
	together   bool   // it asks for config and layers together
	unmirrored bool   // it cannot be told of a mirror: only the network keeps it from Docker Hub
	enrol      string // whose files `lazaret enrol` has, if its work is tried here
	enrolled   bool   // it has these files, and not such as leave the way to Docker Hub open
	begin      func(s *scene, c *client, mirrorURL string)

	pull   func(ctx context.Context, reference string) outcome
	images func(ctx context.Context) outcome // what it has
	remove func(ctx context.Context, reference string)
	run    func(ctx context.Context, reference string) outcome // nil: it runs nothing
	ends   []func()
}

var clients = []*client{
	{name: "dockerd-20.10", begin: startMatrixDockerd("", "")},
	{name: "dockerd-29-graph", begin: startMatrixDockerd("moby", "false")},
	{name: "dockerd-29-containerd", begin: startMatrixDockerd("moby", "true")},
	{name: "containerd-1.6", together: true, begin: startMatrixContainerd("")},
	{name: "containerd-1.7", together: true, begin: startMatrixContainerd("containerd1")},
	// The transfer service of 1.7 reads no hosts.toml: it knows no mirror.
	{name: "containerd-1.7-transfer", unmirrored: true, begin: startMatrixContainerd("containerd1", "--local=false")},
	{name: "containerd-2", together: true, begin: startMatrixContainerd("containerd2", "--local")},
	{name: "containerd-2-transfer", begin: startMatrixContainerd("containerd2")},
	{name: "containerd-2-chunked", chunks: 64 << 10, begin: startMatrixContainerd("containerd2")},
	{name: "cri-containerd-1.7", enrol: "containerd", begin: startMatrixCRI("containerd1", 2)},
	{name: "cri-containerd-2", enrol: "containerd", begin: startMatrixCRI("containerd2", 3)},
	{name: "nerdctl", enrol: "containerd", begin: startMatrixNerdctl},
	{name: "podman", gives: true, begin: startMatrixPodman},
	{name: "skopeo", gives: true, begin: startMatrixSkopeo},
	{name: "buildah", gives: true, begin: startMatrixBuildah},
	{name: "crio", enrol: "crio", begin: startMatrixCRIO},
	{name: "buildkit", begin: startMatrixBuildkit},
	{name: "crane", direct: true, gives: true, begin: startMatrixCrane},
}

// start has the client pull through a mirror.
func (c *client) start(s *scene, _ *client, m *mirror) {
	s.t.Helper()
	c.begin(s, c, m.url)
}

// stop ends what start has started.
func (c *client) stop() {
	for _, end := range c.ends {
		end()
	}
	c.ends = nil
}

// folder makes one for a client's files, with a short name.
func (s *scene) folder() string {
	s.t.Helper()
	dir, err := os.MkdirTemp(s.dir, "c")
	if err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// bin is a program of an engine that was built, or of Debian's where built is "".
func (s *scene) bin(built, name string) string {
	if built == "" {
		return name
	}
	return filepath.Join(s.engines[built], name)
}

func startMatrixDockerd(built, containerdStore string) func(*scene, *client, string) {
	return func(s *scene, c *client, mirrorURL string) {
		s.t.Helper()
		dir := s.folder()
		socket := "unix://" + dir + "/s"
		settings := fmt.Sprintf(`{"registry-mirrors": [%q]}`, mirrorURL)
		path := os.Getenv("PATH")
		if built != "" {
			settings = fmt.Sprintf(`{"registry-mirrors": [%q], "features": {"containerd-snapshotter": %s}}`, mirrorURL, containerdStore)
			path = s.engines["containerd2"] + ":" + s.engines["runc"] + ":" + path // Debian 12's runc knows no time namespace
		}
		write(s.t, dir+"/daemon.json", settings)
		docker := func(ctx context.Context, args ...string) outcome {
			return s.command(ctx, []string{"DOCKER_HOST=" + socket}, "docker", args...)
		}
		c.ends = append(c.ends, s.daemon(func() bool { return docker(s.t.Context(), "version").err == nil }, []string{"PATH=" + path},
			s.bin(built, "dockerd"), "--config-file", dir+"/daemon.json", "--data-root", dir+"/d", "--exec-root", dir+"/e", "--pidfile", dir+"/p", "-H", socket, "--bridge=none", "--iptables=false"))
		c.pull = func(ctx context.Context, reference string) outcome { return docker(ctx, "pull", reference) }
		c.images = func(ctx context.Context) outcome {
			return docker(ctx, "images", "--all", "--digests", "--format", "{{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}")
		}
		c.remove = func(ctx context.Context, reference string) { docker(ctx, "rmi", "--force", reference) }
		c.run = func(ctx context.Context, reference string) outcome {
			return docker(ctx, "run", "--rm", "--pull=never", "--network=none", "--security-opt=seccomp=unconfined", reference) // of the runc that is built, libseccomp is no part
		}
	}
}

// registriesConf has podman's family pull Docker Hub's images through a mirror.
func (s *scene) registriesConf(dir, mirrorURL string) []string {
	_, location, _ := strings.Cut(mirrorURL, "://")
	write(s.t, dir+"/.config/containers/registries.conf", fmt.Sprintf("[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = %q\ninsecure = %t\n", location, strings.HasPrefix(mirrorURL, "http:")))
	write(s.t, dir+"/.config/containers/policy.json", `{"default":[{"type":"insecureAcceptAnything"}]}`)
	return []string{"HOME=" + dir}
}

func startMatrixPodman(s *scene, c *client, mirrorURL string) {
	dir := s.folder()
	env := s.registriesConf(dir, mirrorURL)
	podman := func(ctx context.Context, args ...string) outcome {
		store := []string{"--root", dir + "/root", "--runroot", dir + "/run", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"}
		return s.command(ctx, env, "podman", append(store, args...)...)
	}
	c.pull = func(ctx context.Context, reference string) outcome {
		return podman(ctx, "pull", reference)
	}
	c.images = func(ctx context.Context) outcome { return podman(ctx, "images", "--all", "--digests") }
	c.remove = func(ctx context.Context, reference string) { podman(ctx, "rmi", "--force", reference) }
	c.run = func(ctx context.Context, reference string) outcome {
		return podman(ctx, "run", "--rm", "--pull=never", "--network=none", reference)
	}
}

func startMatrixBuildah(s *scene, c *client, mirrorURL string) {
	dir := s.folder()
	env := s.registriesConf(dir, mirrorURL)
	buildah := func(ctx context.Context, args ...string) outcome {
		return s.command(ctx, env, "buildah", append([]string{"--root", dir + "/root", "--runroot", dir + "/run", "--storage-driver", "vfs"}, args...)...)
	}
	c.pull = func(ctx context.Context, reference string) outcome {
		return buildah(ctx, "pull", reference)
	}
	c.images = func(ctx context.Context) outcome { return buildah(ctx, "images", "--all", "--digests") }
	c.remove = func(ctx context.Context, reference string) { buildah(ctx, "rmi", "--force", reference) }
}

func startMatrixSkopeo(s *scene, c *client, mirrorURL string) {
	dir := s.folder()
	env := s.registriesConf(dir, mirrorURL)
	c.pull = func(ctx context.Context, reference string) outcome {
		return s.command(ctx, env, "skopeo", "copy", "docker://"+reference, "oci:"+dir+"/layout:"+theApp.FindString(reference))
	}
	c.images = func(context.Context) outcome {
		index, err := os.ReadFile(dir + "/layout/index.json")
		if os.IsNotExist(err) {
			err = nil
		}
		return outcome{string(index), err}
	}
	c.remove = func(context.Context, string) { _ = os.RemoveAll(dir + "/layout") }
}

func startMatrixBuildkit(s *scene, c *client, mirrorURL string) {
	dir := s.folder()
	_, host, _ := strings.Cut(mirrorURL, "://")
	write(s.t, dir+"/buildkitd.toml", fmt.Sprintf("[registry.\"docker.io\"]\n  mirrors = [%[1]q]\n[registry.%[1]q]\n  http = %[2]t\n", host, strings.HasPrefix(mirrorURL, "http:")))
	socket := "unix://" + dir + "/s"
	buildctl := func(ctx context.Context, args ...string) outcome {
		return s.command(ctx, nil, s.bin("buildkit", "buildctl"), append([]string{"--addr", socket}, args...)...)
	}
	c.ends = append(c.ends, s.daemon(func() bool { return buildctl(s.t.Context(), "debug", "workers").err == nil }, nil, s.bin("buildkit", "buildkitd"),
		"--config", dir+"/buildkitd.toml", "--root", dir+"/root", "--addr", socket, "--oci-worker=true", "--containerd-worker=false", "--oci-worker-snapshotter=native", "--oci-worker-net=host"))
	built := map[string]bool{}
	c.pull = func(ctx context.Context, reference string) outcome {
		build, err := os.MkdirTemp(dir, "b")
		if err != nil {
			return outcome{err: err}
		}
		write(s.t, build+"/Dockerfile", "FROM "+reference+"\nCOPY Dockerfile /Dockerfile\n")
		o := buildctl(ctx, "build", "--progress=plain", "--frontend=dockerfile.v0", "--local", "context="+build, "--local", "dockerfile="+build, "--output", "type=oci,dest="+build+"/out.tar")
		if out, err := os.Stat(build + "/out.tar"); err == nil && out.Size() > 0 {
			built[reference] = true
		}
		return o
	}
	c.images = func(context.Context) outcome { return outcome{out: fmt.Sprint(built)} }
	c.remove = func(ctx context.Context, reference string) {
		delete(built, reference)
		buildctl(ctx, "prune", "--all")
	}
}

func startMatrixCrane(s *scene, c *client, mirrorURL string) {
	dir := s.folder()
	_, host, _ := strings.Cut(mirrorURL, "://")
	c.pull = func(ctx context.Context, reference string) outcome {
		flags := []string{"pull", "--platform", "linux/amd64"}
		if strings.HasPrefix(mirrorURL, "http:") {
			flags = append(flags, "--insecure")
		}
		return s.command(ctx, nil, s.bin("crane", "crane"), append(flags, strings.Replace(reference, "docker.io", host, 1), dir+"/"+strings.ReplaceAll(theApp.FindString(reference), "/", "-")+".tar")...)
	}
	// What was refused leaves a torn archive: without a manifest, which comes last, no image.
	c.images = func(context.Context) outcome {
		var whole strings.Builder
		files, err := filepath.Glob(dir + "/*.tar")
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), "manifest.json") {
				whole.WriteString(strings.ReplaceAll(f, "acme-", "acme/") + "\n")
			}
		}
		return outcome{whole.String(), err}
	}
	c.remove = func(context.Context, string) {
		files, _ := filepath.Glob(dir + "/*.tar")
		for _, f := range files {
			_ = os.Remove(f)
		}
	}
}
