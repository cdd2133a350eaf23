package e2e_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/doctor"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A fleet is a machine with its engines, and Lazaret.
type fleet struct {
	*machine
	dockerd *exec.Cmd
	stop    func() // ends Lazaret
}

// newFleet starts Debian's containerd and dockerd, as they come, and Lazaret. Docker Hub has
// a clean image, and gives a canary to whoever asks.
func newFleet(t *testing.T) *fleet {
	m := newMachine(t)
	push(t, m.hub, "library/clean", "latest", testimage.Clean("enrolled", 1<<20))
	for _, tag := range []string{"manifest", "stream"} {
		push(t, m.hub, "lazaret/canary", tag, testimage.Clean("false "+tag, 1<<20))
	}
	f := &fleet{machine: m, stop: m.serve()}
	m.start(nil, []string{"ctr", "version"}, "containerd")
	f.dockerd, _ = m.start(nil, []string{"docker", "version"}, "dockerd")
	return f
}

// diagnose runs the doctor, and returns what it says and its exit code.
func (f *fleet) diagnose(engines ...string) (r doctor.Report, code int) {
	f.t.Helper()
	args := []string{binary, "doctor", "--mirror", "https://lazaret.example", "--ca", f.ca, "--format", "json"}
	if len(engines) > 0 {
		args = append(args, "--engine", strings.Join(engines, ","))
	}
	o := f.run(args...)
	var exit *exec.ExitError
	if o.err != nil && !errors.As(o.err, &exit) {
		f.t.Fatal(o.err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		f.t.Fatalf("%v\n%s", err, o.out)
	}
	f.t.Logf("exit %d\n%s", code, o.out)
	return r, code
}

// says wants an engine's status, and a check of that status whose detail has the words.
func (f *fleet) says(r doctor.Report, engine string, want doctor.Status, words ...string) {
	f.t.Helper()
	at := slices.IndexFunc(r.Engines, func(e doctor.Engine) bool { return e.Name == engine })
	if at < 0 || r.Engines[at].Status != want {
		f.t.Errorf("%s is not %s: %+v", engine, want, r)
		return
	}
	for _, w := range words {
		if !slices.ContainsFunc(r.Engines[at].Checks, func(c doctor.Check) bool { return c.Status == want && strings.Contains(c.Detail, w) }) {
			f.t.Errorf("of %s it does not say %q: %+v", engine, w, r.Engines[at].Checks)
		}
	}
}

// host wants a check of the host.
func (f *fleet) host(r doctor.Report, want doctor.Status, words string) {
	f.t.Helper()
	if !slices.ContainsFunc(r.Checks, func(c doctor.Check) bool { return c.Status == want && strings.Contains(c.Detail, words) }) {
		f.t.Errorf("of the host it does not say %s, %q: %+v", want, words, r.Checks)
	}
}

func (f *fleet) enrol(client string, flags ...string) {
	f.t.Helper()
	f.must(append([]string{binary, "enrol", "--client", client, "--mirror", "https://lazaret.example", "--ca", f.ca}, flags...)...)
}

// nothing wants no engine to have anything of the canary.
func (f *fleet) nothing() {
	f.t.Helper()
	for _, command := range [][]string{
		{"docker", "images", "--all"}, {"podman", "images", "--all"}, {"ctr", "namespaces", "list"}, {"ctr", "--namespace", "lazaret-doctor", "content", "list", "--quiet"},
	} {
		if out := f.must(command...); strings.Contains(out, "canary") || strings.Contains(out, "lazaret-doctor") || strings.Contains(out, "sha256:") {
			f.t.Errorf("%v: %s", command, out)
		}
	}
}

// edit changes a file of the machine, and returns what puts it back.
func (f *fleet) edit(name string, change func(string) string) (back func()) {
	f.t.Helper()
	before, err := os.ReadFile(f.dir + name)
	if err == nil {
		err = os.WriteFile(f.dir+name, []byte(change(string(before))), 0o644)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return func() {
		if err := os.WriteFile(f.dir+name, before, 0o644); err != nil {
			f.t.Fatal(err)
		}
	}
}

// reload has dockerd read its file again, until it has the mirror.
func (f *fleet) reload() {
	f.t.Helper()
	if err := f.dockerd.Process.Signal(syscall.SIGHUP); err != nil {
		f.t.Fatal(err)
	}
	for ctx := patient(f.t); !strings.Contains(f.must("docker", "info", "--format", "{{.RegistryConfig.Mirrors}}"), "lazaret.example"); {
		select {
		case <-ctx.Done():
			f.t.Fatal("dockerd takes no mirror from the file")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// A host from the way that it comes to one that is enforced, with Debian's dockerd, containerd
// and podman; wrong again in each way; and back.
func TestHostIsEnrolled(t *testing.T) {
	f := newFleet(t)
	before := f.etc()

	// As it comes, every engine asks Docker Hub, and gets the canary there.
	r, code := f.diagnose()
	if code != 1 || f.asked.Load() == 0 {
		t.Errorf("exit %d, Docker Hub asked %d times", code, f.asked.Load())
	}
	f.host(r, doctor.Bypassable, "reaches registry-1.docker.io ("+hubAddress+")")
	f.host(r, doctor.Enforced, "https://lazaret.example refuses the canary")
	f.says(r, "docker", doctor.Bypassable, "no mirror", "was pulled", "has of the canary")
	f.says(r, "podman", doctor.Bypassable, "no [[registry]]", "was pulled", "has of the canary")
	f.says(r, "containerd", doctor.Bypassable, "no config_path", "was pulled", "has of the canary")
	f.nothing()

	// Enrolled, with the way to Docker Hub open.
	for _, client := range []string{"docker", "containerd", "podman"} {
		f.enrol(client, "--close", "none")
	}
	f.reload()
	was := f.asked.Load()
	r, code = f.diagnose()
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	f.says(r, "docker", doctor.Bypassable, "way to Docker Hub is open")
	f.says(r, "podman", doctor.Bypassable, "registries.conf of their own")
	f.says(r, "containerd", doctor.Enforced, "as host and as server", "refused: ", "nothing of the canary")
	for _, pull := range [][]string{
		{"docker", "pull", "clean"}, {"podman", "pull", "clean"}, {"ctr", "images", "pull", "--hosts-dir", "/etc/containerd/certs.d", "docker.io/library/clean:latest"},
		{"ctr", "images", "pull", "--hosts-dir", "/etc/containerd/certs.d", "registry-1.docker.io/library/clean:latest"},
	} {
		f.must(pull...)
	}
	f.must("docker", "rmi", "clean")
	f.must("podman", "rmi", "clean")
	if n := f.asked.Load() - was; n > 0 {
		t.Errorf("Docker Hub was asked %d times, beside the mirror", n)
	}

	// And closed.
	f.enrol("podman", "--close", "hub")
	f.must("nft", "-f", "/etc/nftables.d/lazaret-podman.nft")
	r, code = f.diagnose()
	if code != 0 || r.Status != doctor.Enforced || len(r.Engines) != 3 {
		t.Errorf("exit %d: %+v", code, r)
	}
	for _, e := range r.Engines {
		f.says(r, e.Name, doctor.Enforced, "refused: ", "nothing of the canary")
	}
	f.nothing()
	if n := f.asked.Load() - was; n > 0 {
		t.Errorf("Docker Hub was asked %d times, beside the mirror", n)
	}

	f.wrong()

	// Back, to the byte.
	for _, client := range []string{"docker", "containerd", "podman", "podman"} {
		f.must(binary, "enrol", "--client", client, "--undo")
	}
	if d := cmp.Diff(before, f.etc()); d != "" {
		t.Errorf("-before +after:\n%s", d)
	}
}

const (
	hostsToml  = "/etc/containerd/certs.d/docker.io/hosts.toml"
	podmanConf = "/etc/containers/registries.conf.d/zzz-lazaret.conf"
)

// wrong makes the machine wrong in each way, and right again.
func (f *fleet) wrong() {
	plainMirror := func(more string) func(string) string {
		return func(string) string {
			return "[[registry]]\nlocation = \"docker.io\"\n[[registry.mirror]]\nlocation = \"lazaret.example\"\n" + more
		}
	}
	// With the way to Docker Hub closed, as it is now.
	back := f.edit(hostsToml, func(s string) string { return strings.Replace(s, "server = ", "# server = ", 1) })
	r, _ := f.diagnose("containerd")
	f.says(r, "containerd", doctor.Bypassable, "has no server")
	back()

	back = f.edit(podmanConf, plainMirror("pull-from-mirror = \"digest-only\"\n"))
	r, _ = f.diagnose("podman")
	f.says(r, "podman", doctor.Bypassable, "pull-from-mirror is not all")
	back()

	// An authority that is not trusted, closed and open.
	backs := []func(){}
	for _, name := range []string{"/etc/docker/certs.d/lazaret.example/ca.crt", "/etc/containerd/certs.d/lazaret-ca.crt", "/etc/containers/certs.d/lazaret.example/ca.crt"} {
		other, err := os.ReadFile(f.dir + "/hub-ca.crt")
		if err != nil {
			f.t.Fatal(err)
		}
		backs = append(backs, f.edit(name, func(string) string { return string(other) }))
	}
	r, code := f.diagnose()
	if code != 3 {
		f.t.Errorf("nobody trusts the certificate: exit %d", code)
	}
	f.says(r, "containerd", doctor.Unknown, "does not trust the certificate")
	f.says(r, "podman", doctor.Unknown, "does not trust the certificate")
	f.says(r, "docker", doctor.Unknown, "nobody answered")

	f.must("nft", "delete", "table", "inet", "lazaret_podman")
	r, _ = f.diagnose("docker", "podman")
	f.says(r, "docker", doctor.Bypassable, "was pulled, past Lazaret", "has of the canary")
	f.says(r, "podman", doctor.Bypassable, "does not trust the certificate")
	for _, back := range backs {
		back()
	}

	back = f.edit(podmanConf, plainMirror(""))
	r, _ = f.diagnose("podman")
	f.says(r, "podman", doctor.Bypassable, "asked itself whenever")
	back()

	// Lazaret is down, or refuses nothing.
	f.stop()
	r, _ = f.diagnose("docker", "containerd")
	f.host(r, doctor.Unknown, "does not answer")
	f.says(r, "docker", doctor.Bypassable, "was pulled, past Lazaret")
	f.says(r, "containerd", doctor.Bypassable, "way to Docker Hub is open")
	f.must("nft", "-f", "/etc/nftables.d/lazaret-podman.nft")
	if r, code = f.diagnose("containerd"); code != 3 {
		f.t.Errorf("Lazaret is down, and nothing is open: exit %d", code)
	}
	f.says(r, "containerd", doctor.Unknown, "nobody answered")

	f.stop = f.serve("LAZARET_MODE=audit")
	r, _ = f.diagnose("containerd")
	f.host(r, doctor.Bypassable, "mode audit")
	f.nothing()
}

// nftables takes the rules that keep an engine's service to Lazaret.
func TestServicesAreClosed(t *testing.T) {
	need(t, "unshare", "nft")
	for _, client := range []string{"docker", "containerd", "crio", "buildkit", "k3s"} {
		dir := t.TempDir()
		write(t, dir+"/check.sh", `set -e
mount -t tmpfs none /sys/fs/cgroup
for unit in docker containerd crio buildkit k3s k3s-agent; do mkdir -p /sys/fs/cgroup/system.slice/$unit.service; done
nft -f "$1"
nft list table inet "lazaret_$2"
`)
		enrol := exec.Command(binary, "enrol", "--client", client, "--mirror", "https://192.0.2.1:8443", "--root", dir, "--engine-version", "1.28.6", "--close", "all")
		if out, err := enrol.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.Command("unshare", "--mount", "--net", "sh", dir+"/check.sh", dir+"/etc/nftables.d/lazaret-"+client+".nft", client).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "192.0.2.1 tcp dport 8443 accept") || !strings.Contains(string(out), "reject with tcp reset") {
			t.Errorf("%s: %v\n%s", client, err, out)
		}
	}
}
