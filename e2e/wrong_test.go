package e2e_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/doctor"
)

// A flaw is a way in which an enrolled host with the network closed is wrong.
type flaw struct {
	name   string
	engine string
	wrong  func(f *fleet)
	open   bool // the way to Docker Hub is, too
	want   doctor.Status
	says   string         // in a check of the engine, of that status
	hand   func(f *fleet) // what the fix leaves to a person; may be nil
}

// Files of the engines that enrol writes, beside those of TestHostIsEnrolled.
const (
	dockerHosts    = "/etc/docker/certs.d/docker.io/hosts.toml"
	dockerCA       = "/etc/docker/certs.d/lazaret.example/ca.crt"
	containerdToml = "/etc/containerd/config.toml"
	buildkitdToml  = "/etc/buildkit/buildkitd.toml"
)

// set has a flaw replace a file.
func set(name, text string) func(*fleet) {
	return func(f *fleet) { f.edit(name, func(string) string { return text }) }
}

// remove has it remove one.
func remove(name string) func(*fleet) {
	return func(f *fleet) {
		f.t.Helper()
		if err := os.Remove(f.dir + name); err != nil {
			f.t.Fatal(err)
		}
	}
}

// other has it put another authority in a file.
func other(name string) func(*fleet) {
	return func(f *fleet) {
		f.t.Helper()
		b, err := os.ReadFile(f.dir + "/hub-ca.crt")
		if err != nil {
			f.t.Fatal(err)
		}
		f.edit(name, func(string) string { return string(b) })
	}
}

// mirrors has it give dockerd mirrors.
func mirrors(list string) func(*fleet) {
	return func(f *fleet) {
		f.daemonJSON(`, "registry-mirrors": [` + list + "]")
		f.reload()
	}
}

// restarted has it start a daemon anew.
func restarted(engine string, env ...string) func(*fleet) {
	return func(f *fleet) { f.end[engine](); f.begin(engine, env...) }
}

// hide has it put what is no program in a program's place, wherever it is, and show takes it away.
func hide(program string) func(*fleet) {
	return func(f *fleet) {
		f.must("sh", "-c", "while p=$(command -v "+program+"); do mount --bind /dev/null $p; done")
	}
}

func show(program string) func(*fleet) {
	return func(f *fleet) {
		f.must("sh", "-c", "umount $(awk '$2 ~ \"bin/"+program+"$\" { print $2 }' /proc/self/mounts)")
	}
}

// hostsFlaws are those of a hosts.toml.
func hostsFlaws(engine, name string) []flaw {
	const (
		host     = "[host.\"https://lazaret.example\"]\n  capabilities = [\"pull\", \"resolve\"]\n"
		isServer = "server = \"https://lazaret.example\"\n"
	)
	return []flaw{
		{"no hosts.toml", engine, remove(name), false, doctor.Bypassable, "there is no " + name, nil},
		{"a broken one", engine, set(name, "server = "), false, doctor.Unknown, "cannot be read", remove(name)},
		{"no host", engine, set(name, isServer), false, doctor.Bypassable, "names no [host]", nil},
		{"another host", engine, set(name, isServer+host+"[host.\"https://mirror.gcr.io\"]\n"), false, doctor.Bypassable, "names others than Lazaret: https://lazaret.example, https://mirror.gcr.io", nil},
		{"no server", engine, set(name, host), false, doctor.Bypassable, "has no server", nil},
		{"Docker Hub as server", engine, set(name, "server = \"https://registry-1.docker.io\"\n"+host), false, doctor.Bypassable, "has https://registry-1.docker.io as its server", nil},
		{"pull alone", engine, set(name, isServer+strings.Replace(host, ", \"resolve\"", "", 1)), false, doctor.Bypassable, "lets Lazaret not pull and resolve", nil},
		{"no hosts.toml, open", engine, remove(name), true, doctor.Bypassable, "was pulled, past Lazaret", nil},
	}
}

// classicFlaws are those of dockerd with its classic image store.
func classicFlaws() []flaw {
	return []flaw{
		{"no mirror", "docker", mirrors(""), false, doctor.Bypassable, "dockerd has no mirror", nil},
		{"another mirror", "docker", mirrors(`"https://lazaret.example", "https://mirror.gcr.io"`), false, doctor.Bypassable, "has other mirrors than Lazaret", nil},
		{"open", "docker", func(*fleet) {}, true, doctor.Bypassable, "the way to Docker Hub is open", nil},
		{"another authority, open", "docker", other(dockerCA), true, doctor.Bypassable, "was pulled, past Lazaret", nil},
		{"another authority", "docker", other(dockerCA), false, doctor.Unknown, "nobody answered", nil},
	}
}

// dockerFlaws are those of dockerd, whatever its store.
func dockerFlaws() []flaw {
	return []flaw{
		{"a proxy", "docker", restarted("docker", "HTTPS_PROXY=http://"+lazaretAddress+":3128", "NO_PROXY=lazaret.example"), false, doctor.Unknown, "dockerd asks by a proxy", restarted("docker")},
		{"no client", "docker", hide("docker"), false, doctor.Unknown, "no docker to ask it by", show("docker")},
		{"down", "docker", func(f *fleet) { f.end["docker"]() }, false, doctor.Unknown, "dockerd does not answer", func(f *fleet) { f.begin("docker") }},
	}
}

// registriesFlaws are those of registries.conf, which CRI-O reads once.
func registriesFlaws(engine string) []flaw {
	read := func(wrong func(*fleet)) func(*fleet) {
		return func(f *fleet) {
			wrong(f)
			if engine == "crio" {
				restarted(engine)(f)
			}
		}
	}
	registry := func(location, more string) func(*fleet) {
		return read(set(podmanConf, "[[registry]]\nprefix = \"docker.io\"\nlocation = \""+location+"\"\n"+more))
	}
	const mirror = "[[registry.mirror]]\nlocation = \"lazaret.example\"\n"
	const below = "/etc/containers/registries.conf.d/below.conf"
	return []flaw{
		{"no registry", engine, read(remove(podmanConf)), false, doctor.Bypassable, "no [[registry]] says where docker.io is", nil},
		{"elsewhere", engine, registry("mirror.gcr.io", ""), false, doctor.Bypassable, "docker.io is located at mirror.gcr.io, which is not Lazaret", nil},
		{"another mirror", engine, registry("lazaret.example", mirror+"[[registry.mirror]]\nlocation = \"mirror.gcr.io\"\n"), false, doctor.Bypassable, "has another mirror than Lazaret: mirror.gcr.io", nil},
		{"by digest alone", engine, registry("docker.io", mirror+"pull-from-mirror = \"digest-only\"\n"), false, doctor.Bypassable, "pull-from-mirror is not all", nil},
		{"a mirror, open", engine, registry("docker.io", mirror), true, doctor.Bypassable, "which is asked itself whenever Lazaret refuses", nil},
		{"a part elsewhere", engine, func(f *fleet) {
			write(f.t, f.dir+below, "[[registry]]\nprefix = \"docker.io/acme\"\nlocation = \"mirror.gcr.io/acme\"\n")
		}, false, doctor.Bypassable, "docker.io/acme is sent to mirror.gcr.io/acme, past Lazaret", remove(below)},
		{"a broken file", engine, func(f *fleet) { write(f.t, f.dir+below, "[[registry") }, false, doctor.Unknown, map[string]string{"podman": "podman does not tell its settings", "crio": "cannot be read"}[engine], remove(below)},
		{"another authority", engine, other("/etc/containers/certs.d/lazaret.example/ca.crt"), false, doctor.Unknown, "does not trust the certificate", nil},
	}
}

// crioFlaws are those of CRI-O itself.
func crioFlaws() []flaw {
	return []flaw{
		{"no crictl", "crio", hide("crictl"), false, doctor.Unknown, "there is no crictl to pull by", show("crictl")},
		{"down", "crio", func(f *fleet) { f.end["crio"]() }, false, doctor.Unknown, "CRI-O does not answer", func(f *fleet) { f.begin("crio") }},
	}
}

// containerdFlaws are those of containerd's own settings.
func containerdFlaws() []flaw {
	const empty = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = \"registry.intern/pause:3.9\"\n"
	return []flaw{
		{"no config_path", "containerd", set(containerdToml, empty), false, doctor.Bypassable, "config.toml has no config_path", nil},
		{"mirrors in config.toml", "containerd", set(containerdToml, empty+"[plugins.\"io.containerd.grpc.v1.cri\".registry.mirrors.\"docker.io\"]\n  endpoint = [\"https://lazaret.example\"]\n"), false,
			doctor.Bypassable, "has its mirrors in config.toml", set(containerdToml, empty)},
		{"a broken config.toml", "containerd", set(containerdToml, "version = "), false, doctor.Unknown, "containerd does not tell its settings", func(f *fleet) {
			set(containerdToml, empty)(f)
			f.enrolled("containerd")
		}},
		{"no ctr", "containerd", hide("ctr"), false, doctor.Unknown, "there is no ctr to pull by", show("ctr")},
		{"another authority", "containerd", other("/etc/containerd/certs.d/lazaret-ca.crt"), false, doctor.Unknown, "does not trust the certificate", nil},
	}
}

// buildkitFlaws are those of buildkitd.
func buildkitFlaws() []flaw {
	toml := func(text string) func(*fleet) {
		return func(f *fleet) { set(buildkitdToml, text)(f); restarted("buildkit")(f) }
	}
	return []flaw{
		{"no mirror", "buildkit", toml("debug = false\n"), false, doctor.Bypassable, "has not Lazaret alone as mirror of docker.io", nil},
		{"another mirror", "buildkit", toml("[registry.\"docker.io\"]\n  mirrors = [\"lazaret.example\", \"mirror.gcr.io\"]\n"), false, doctor.Bypassable, "has not Lazaret alone as mirror of docker.io", nil},
		{"open", "buildkit", func(*fleet) {}, true, doctor.Bypassable, "BuildKit asks docker.io itself after its mirrors", nil},
		{"a broken file", "buildkit", set(buildkitdToml, "[registry"), false, doctor.Unknown, "cannot be read", remove(buildkitdToml)},
		{"no buildctl", "buildkit", hide("buildctl"), false, doctor.Unknown, "there is no buildctl to build by", show("buildctl")},
		{"down", "buildkit", func(f *fleet) { f.end["buildkit"]() }, false, doctor.Unknown, "buildkitd does not answer", func(f *fleet) { f.begin("buildkit") }},
	}
}

// Real engines that are wrong in each way that the doctor knows: it says how, and what it says to
// do about it sets the host right.
func TestHostIsSetRight(t *testing.T) {
	built := enginesFolders(t)
	for name, tt := range map[string]struct {
		settings string
		bin      []string
		engines  []string
		flaws    []flaw
	}{
		"Debian": {"", nil, []string{"docker", "containerd", "podman"},
			slices.Concat(classicFlaws(), dockerFlaws(), containerdFlaws(), hostsFlaws("containerd", hostsToml), registriesFlaws("podman"))},
		"Docker 29": {"", []string{built["moby"], built["containerd2"], built["buildkit"]}, []string{"docker", "containerd", "buildkit"},
			slices.Concat([]flaw{
				{"a mirror in daemon.json", "docker", mirrors(`"https://lazaret.example"`), false, doctor.Bypassable, "with its containerd image store they lead on to Docker Hub", nil},
				{"another authority", "docker", other(dockerCA), false, doctor.Unknown, "does not trust the certificate", nil},
			}, dockerFlaws(), hostsFlaws("docker", dockerHosts), buildkitFlaws())},
		"Docker 29, classic store, and CRI-O": {`, "features": {"containerd-snapshotter": false}`, []string{built["moby"], built["containerd2"], built["crio"], built["crictl"]}, []string{"docker", "crio"},
			slices.Concat(classicFlaws(), registriesFlaws("crio"), crioFlaws())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, tt.settings, tt.bin...)
			for _, engine := range tt.engines {
				f.enrolled(engine)
			}
			r, code := f.diagnose(tt.engines...)
			if code != 0 || len(r.Engines) != len(tt.engines) {
				t.Fatalf("enrolled: exit %d: %+v", code, r)
			}
			for _, w := range tt.flaws {
				f.flawed(w)
			}
			f.nothing()
		})
	}
}

// enrolled has an engine set up, and its daemon know.
func (f *fleet) enrolled(engine string) {
	f.t.Helper()
	f.inForce(f.must(binary, "enrol", "--client", engine, "--mirror", "https://lazaret.example", "--ca", f.ca))
	if engine == "buildkit" || engine == "crio" {
		f.begin(engine)
	}
}

// flawed makes the machine wrong in one way, has the doctor say so, and does what it says.
func (f *fleet) flawed(w flaw) {
	f.t.Helper()
	f.t.Logf("%s, %s", w.engine, w.name)
	if w.open {
		for table := range strings.Lines(f.must("nft", "list", "tables")) {
			f.must(append([]string{"nft", "delete"}, strings.Fields(table)...)...)
		}
	}
	w.wrong(f)
	r, code := f.diagnose(w.engine)
	if want := map[doctor.Status]int{doctor.Bypassable: 1, doctor.Unknown: 3}[w.want]; code != want {
		f.t.Errorf("%s, %s: exit %d, want %d", w.engine, w.name, code, want)
	}
	f.says(r, w.engine, w.want, w.says)
	if w.hand != nil {
		w.hand(f)
	}
	for _, command := range fixes(r) {
		f.inForce(f.must(command...))
	}
	if r, code := f.diagnose(w.engine); code != 0 || r.Status != doctor.Enforced {
		f.t.Errorf("%s, %s: it is not set right: exit %d: %+v", w.engine, w.name, code, r)
	}
}

// enrolCommand is a command among what a person is told to do.
var enrolCommand = regexp.MustCompile(`lazaret (enrol(?: [^ ,;]+)+)`)

// fixes are the commands that a report has, each once.
func fixes(r doctor.Report) (out [][]string) {
	seen := map[string]bool{}
	add := func(checks []doctor.Check) {
		for _, c := range checks {
			m := enrolCommand.FindStringSubmatch(c.Fix)
			if m != nil && !seen[m[1]] {
				seen[m[1]] = true
				out = append(out, append([]string{binary}, strings.Fields(m[1])...))
			}
		}
	}
	add(r.Checks)
	for _, e := range r.Engines {
		add(e.Checks)
	}
	return out
}

// inForce does what enrol says is to be done after it.
func (f *fleet) inForce(said string) {
	f.t.Helper()
	for line := range strings.Lines(said) {
		switch line = strings.TrimSpace(line); {
		case line == "systemctl reload docker":
			f.reload()
		case line == "systemctl restart buildkit":
			if f.end["buildkit"] != nil {
				restarted("buildkit")(f)
			}
		case line == "systemctl reload crio":
			f.reloadCRIO()
		case line == "systemctl restart containerd": // ctr reads hosts.toml by itself
		case strings.HasPrefix(line, "systemctl "):
			f.t.Errorf("nothing is known of %q", line)
		}
		if m := rulesFile.FindString(line); m != "" {
			f.must(strings.Fields(m)...)
		}
	}
}

// reloadCRIO has CRI-O read registries.conf again, until it pulls from Lazaret.
func (f *fleet) reloadCRIO() {
	f.t.Helper()
	if f.daemons["crio"] == nil {
		return // it is not started yet
	}
	if err := f.daemons["crio"].Process.Signal(syscall.SIGHUP); err != nil {
		f.t.Fatal(err)
	}
	for ctx := patient(f.t); ; {
		o := f.run("crictl", "--runtime-endpoint", "unix:///run/crio/crio.sock", "pull", "docker.io/lazaret/canary:manifest")
		if strings.Contains(o.out, "refused by Lazaret") {
			return
		}
		select {
		case <-ctx.Done():
			f.t.Fatalf("CRI-O does not pull from Lazaret: %s", o.out)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

var rulesFile = regexp.MustCompile(`nft -f [^ ,]+`)
