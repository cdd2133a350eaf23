package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
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
	settings string               // of dockerd
	stop     func()               // ends Lazaret
	daemons  map[string]*exec.Cmd // of the engines
	end      map[string]func()    // ends them
}

// newFleet starts containerd and dockerd, as they come, and Lazaret: Debian's, or those of
// folders. Docker Hub has a clean image, and gives a canary to whoever asks. dockerd has further
// settings if it is given some.
func newFleet(t *testing.T, settings string, bin ...string) *fleet {
	m := newMachine(t)
	m.bin = bin
	push(t, m.hub, "library/clean", "latest", testimage.Clean("enrolled", 1<<20))
	for _, tag := range []string{"manifest", "stream"} {
		push(t, m.hub, "lazaret/canary", tag, testimage.Clean("false "+tag, 1<<20))
	}
	f := &fleet{machine: m, settings: settings, stop: m.serve(), daemons: map[string]*exec.Cmd{}, end: map[string]func(){}}
	if settings != "" {
		f.daemonJSON("")
	}
	for _, engine := range []string{"containerd", "docker"} {
		f.begin(engine)
	}
	return f
}

// begin starts the daemon of an engine.
func (f *fleet) begin(engine string, env ...string) {
	f.t.Helper()
	var ready, daemon []string
	switch engine {
	case "containerd":
		ready, daemon = []string{"ctr", "version"}, []string{"containerd"}
	case "docker":
		ready, daemon = []string{"docker", "version"}, []string{"dockerd"}
	case "buildkit":
		ready = []string{"buildctl", "debug", "workers"}
		daemon = []string{"buildkitd", "--root", "/var/lib/buildkit", "--oci-worker-snapshotter=native", "--oci-worker-net=host", "--containerd-worker=false"}
	case "crio":
		dir := f.dir + "/lib/crio"
		write(f.t, dir+"/crio.conf", strings.NewReplacer("DIR/s\"", "/run/crio/crio.sock\"", "DIR/.config/containers", "/etc/containers", "DIR", "/var/lib/crio").Replace(crioSettings))
		ready, daemon = []string{"crictl", "--runtime-endpoint", "unix:///run/crio/crio.sock", "version"}, []string{"crio", "--config", "/var/lib/crio/crio.conf", "--config-dir", ""}
	}
	f.daemons[engine], f.end[engine] = f.start(env, ready, daemon...)
}

// diagnose runs the doctor, for some engines or all that there are.
func (f *fleet) diagnose(engines ...string) (r doctor.Report, code int) {
	f.t.Helper()
	flags := []string{"--mirror", "https://lazaret.example", "--ca", f.ca}
	if len(engines) > 0 {
		flags = append(flags, "--engine", strings.Join(engines, ","))
	}
	return f.doctor(flags...)
}

// doctor runs it with flags, and returns what it says and its exit code.
func (f *fleet) doctor(flags ...string) (r doctor.Report, code int) {
	f.t.Helper()
	o := f.run(append([]string{binary, "doctor", "--format", "json"}, flags...)...)
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

// edit changes a file of the machine.
func (f *fleet) edit(name string, change func(string) string) {
	f.t.Helper()
	before, err := os.ReadFile(f.dir + name)
	if err == nil {
		err = os.WriteFile(f.dir+name, []byte(change(string(before))), 0o644)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// daemonJSON writes dockerd's settings anew, with more of them.
func (f *fleet) daemonJSON(more string) {
	f.edit("/etc/docker/daemon.json", func(string) string { return `{"bridge": "none", "iptables": false` + f.settings + more + "}\n" })
}

// reload has dockerd read its file again, until it has the mirrors of it.
func (f *fleet) reload() {
	f.t.Helper()
	b, err := os.ReadFile(f.dir + "/etc/docker/daemon.json")
	if err != nil {
		f.t.Fatal(err)
	}
	var want struct {
		Mirrors []string `json:"registry-mirrors"`
	}
	if err := errors.Join(json.Unmarshal(b, &want), f.daemons["docker"].Process.Signal(syscall.SIGHUP)); err != nil {
		f.t.Fatal(err)
	}
	for ctx := patient(f.t); ; {
		has := strings.NewReplacer("/ ", " ", "/]", "]").Replace(f.must("docker", "info", "--format", "{{.RegistryConfig.Mirrors}}"))
		if strings.TrimSpace(has) == fmt.Sprint(want.Mirrors) {
			return
		}
		select {
		case <-ctx.Done():
			f.t.Fatalf("dockerd has the mirrors %s, and its file %v", has, want.Mirrors)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// A host from the way that it comes to one that is enforced, with Debian's dockerd, containerd
// and podman; with a Lazaret that is wrong; and back.
func TestHostIsEnrolled(t *testing.T) {
	f := newFleet(t, "")
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

// wrong has Lazaret be another, not be trusted, be down, and refuse nothing. How the host is wrong:
// TestHostIsSetRight.
func (f *fleet) wrong() {
	// The engines say where it is.
	r, code := f.doctor("--ca", f.ca, "--engine", "docker")
	if code != 0 || r.Mirror != "https://lazaret.example" {
		f.t.Errorf("as docker has it: exit %d, %s", code, r.Mirror)
	}
	if r, code = f.doctor("--engine", "docker"); code != 3 {
		f.t.Errorf("without --ca: exit %d", code)
	}
	f.host(r, doctor.Unknown, "this host does not trust the certificate of https://lazaret.example")

	f.must("nft", "delete", "table", "inet", "lazaret_podman")
	if r, code = f.doctor("--mirror", "https://registry-1.docker.io", "--engine", "podman"); code != 1 {
		f.t.Errorf("Docker Hub in the place of Lazaret: exit %d", code)
	}
	f.host(r, doctor.Bypassable, "https://registry-1.docker.io does not refuse the canary")
	f.says(r, "podman", doctor.Bypassable, "docker.io is located at lazaret.example, which is not Lazaret")
	f.stop()
	r, code = f.diagnose("docker", "containerd")
	if code != 1 {
		f.t.Errorf("Lazaret is down, and the way to Docker Hub is open: exit %d", code)
	}
	f.host(r, doctor.Unknown, "does not answer")
	f.says(r, "docker", doctor.Bypassable, "was pulled, past Lazaret")
	f.says(r, "containerd", doctor.Bypassable, "way to Docker Hub is open")
	f.must("nft", "-f", "/etc/nftables.d/lazaret-podman.nft")
	if r, code = f.diagnose("containerd"); code != 3 {
		f.t.Errorf("Lazaret is down, and nothing is open: exit %d", code)
	}
	f.says(r, "containerd", doctor.Unknown, "nobody answered")

	f.stop = f.serve("LAZARET_MODE=audit")
	if r, code = f.diagnose("containerd"); code != 1 {
		f.t.Errorf("Lazaret is in mode audit: exit %d", code)
	}
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
