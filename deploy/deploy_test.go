// Package deploy_test holds what this folder and the Dockerfile give to administrators
// to what the program takes, and to what they promise about confinement.
package deploy_test

import (
	"bufio"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gopkg.in/yaml.v3"
)

// binary is lazaret, built once by the Makefile, as the Dockerfile does; but with the
// paths of the sources, so that what other tests have compiled is used again.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lazaret-deploy-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "lazaret")
	code := 1
	if out, err := exec.Command("make", "-C", "..", "build", "DIST="+dir, "TRIMPATH=").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "make build: %v\n%s", err, out)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// settings runs `lazaret config` with an environment of these variables alone and
// returns the variables with their values.
func settings(t *testing.T, env map[string]string) map[string]string {
	t.Helper()
	cmd := exec.Command(binary, "config")
	cmd.Env = []string{}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lazaret config with %v: %v\n%s", env, err, out)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && strings.HasPrefix(k, "LAZARET_") {
			values[k] = v
		}
	}
	return values
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A step is an instruction of a Dockerfile, with its lines joined.
type step struct{ name, rest string }

// dockerfile returns the steps of the final stage.
func dockerfile(t *testing.T) (final []step) {
	t.Helper()
	text := strings.ReplaceAll(read(t, "../Dockerfile"), "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		if name == "FROM" {
			final = nil
		}
		final = append(final, step{name, strings.TrimSpace(rest)})
	}
	return final
}

func (s step) is(name string) bool { return s.name == name }

func TestBinaryIsStatic(t *testing.T) {
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Errorf("it wants the libraries %v, %v", libraries, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it wants a dynamic loader, which an empty image does not have")
		}
	}
}

func TestDockerfile(t *testing.T) {
	final := dockerfile(t)
	if from := final[0].rest; from != "scratch" {
		t.Errorf("the final stage is made from %s", from)
	}
	env, users, exposed := map[string]string{}, []string{}, ""
	for _, s := range final {
		switch s.name {
		case "ENV":
			for pair := range strings.FieldsSeq(s.rest) {
				k, v, _ := strings.Cut(pair, "=")
				env[k] = v
			}
		case "USER":
			users = append(users, s.rest)
		case "EXPOSE":
			exposed += " " + s.rest + " "
		case "RUN", "ADD":
			t.Errorf("the final stage has %s %s: nothing can run in it, and all it holds comes from the build", s.name, s.rest)
		}
	}
	if !slices.Equal(users, []string{"65532:65532"}) {
		t.Errorf("it runs as %v", users)
	}
	for name, value := range settings(t, env) {
		if port, ok := strings.CutPrefix(value, "0.0.0.0:"); ok && !strings.Contains(exposed, " "+port+" ") {
			t.Errorf("%s=%s is not exposed", name, value)
		}
	}
	if dir := env["LAZARET_DATA_DIR"]; !slices.ContainsFunc(final, func(s step) bool { return s.is("VOLUME") && s.rest == dir }) {
		t.Errorf("the data directory %q is no volume", dir)
	}
	if !slices.ContainsFunc(final, func(s step) bool { return s.is("COPY") && strings.HasSuffix(s.rest, "/ca-certificates.crt") }) {
		t.Error("there are no certificates to check upstream by")
	}
}

// What the image holds is all that the program needs: it runs with nothing else below its root.
func TestImageIsWhole(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("only root can change the root")
		}
		t.Skip("only root can change the root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("make", "-C", "..", "rootfs", "DIST="+dir, "TRIMPATH=").CombinedOutput(); err != nil {
		t.Fatalf("make rootfs: %v\n%s", err, out)
	}
	root := filepath.Join(dir, "rootfs")
	f, err := elf.Open(filepath.Join(root, "usr/local/bin/lazaret"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil || !slices.ContainsFunc(libraries, func(l string) bool { return strings.HasPrefix(l, "libhs.") }) {
		t.Errorf("it is not the native program: it wants %v, %v", libraries, err)
	}
	cmd := exec.Command("/usr/local/bin/lazaret", "rules")
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "miner/") {
		t.Errorf("lazaret rules, alone: %v\n%s", err, out)
	}
}

// What the Dockerfile copies must not be ignored, nor a folder that the build needs.
func TestDockerignore(t *testing.T) {
	ignored := strings.Fields(regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(read(t, "../.dockerignore"), ""))
	for _, needed := range []string{"go.mod", "go.sum", "Makefile", "cmd", "internal", ".git"} {
		if slices.Contains(ignored, "/"+needed) || slices.Contains(ignored, "/"+needed+"/") || slices.Contains(ignored, needed) {
			t.Errorf("%s is ignored", needed)
		}
	}
	if !slices.Contains(ignored, "/lazaret-data/") {
		t.Error("a data directory would go into the build")
	}
}

// A service is what a compose file says of one.
type service struct {
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Networks    []string
	User        string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	Privileged  bool
	Healthcheck *struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

func TestCompose(t *testing.T) {
	var c struct {
		Services map[string]service
		Networks map[string]struct{ Internal bool }
		Volumes  map[string]any
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	for name, s := range c.Services {
		if !s.ReadOnly || s.Privileged || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not confined: %+v", name, s)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s publishes %s beyond this host", name, p)
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[source]; !ok {
				t.Errorf("%s: there is no volume %s", name, source)
			}
		}
		for _, n := range s.Networks {
			if _, ok := c.Networks[n]; !ok {
				t.Errorf("%s: there is no network %s", name, n)
			}
		}
		for other, d := range s.DependsOn {
			if d.Condition == "service_healthy" && (c.Services[other].Healthcheck == nil || len(c.Services[other].Healthcheck.Test) == 0) {
				t.Errorf("%s waits for the health of %s, which has no check", name, other)
			}
		}
	}

	redis := c.Services["redis"]
	if len(redis.Ports) > 0 || len(redis.Networks) != 1 || !c.Networks[redis.Networks[0]].Internal {
		t.Errorf("others than Lazaret reach Redis: ports %v, networks %v", redis.Ports, redis.Networks)
	}
	lazaret := c.Services["lazaret"]
	if lazaret.DependsOn["redis"].Condition != "service_healthy" {
		t.Error("Lazaret does not wait for Redis")
	}
	// Once with what compose puts for a variable that is not set, and once with values.
	variable := regexp.MustCompile(`\$\{\w+:-\}`)
	for _, value := range []string{"", strings.Repeat("v", 40)} {
		env := map[string]string{}
		for k, v := range lazaret.Environment {
			env[k] = variable.ReplaceAllString(v, value)
		}
		if got := settings(t, env)["LAZARET_REDIS_URL"]; got != env["LAZARET_REDIS_URL"] {
			t.Errorf("LAZARET_REDIS_URL is %q, want %q", got, env["LAZARET_REDIS_URL"])
		}
	}
}

func TestSystemdUnit(t *testing.T) {
	values := map[string][]string{}
	scan := bufio.NewScanner(strings.NewReader(read(t, "systemd/lazaret.service")))
	for scan.Scan() {
		if k, v, ok := strings.Cut(scan.Text(), "="); ok && !strings.HasPrefix(k, "#") {
			values[k] = append(values[k], v)
		}
	}
	env := map[string]string{}
	for _, line := range values["Environment"] {
		k, v, _ := strings.Cut(line, "=")
		env[k] = strings.ReplaceAll(v, "%S", "/var/lib")
	}
	if got := settings(t, env)["LAZARET_DATA_DIR"]; got != "/var/lib/lazaret" {
		t.Errorf("the data directory is %q, but the unit may write to StateDirectory=%v alone", got, values["StateDirectory"])
	}
	for _, name := range []string{"DynamicUser", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"} {
		if !slices.Equal(values[name], []string{"yes"}) {
			t.Errorf("%s=%v", name, values[name])
		}
	}
	if !slices.Equal(values["ProtectSystem"], []string{"strict"}) || !slices.Equal(values["CapabilityBoundingSet"], []string{""}) {
		t.Error("the unit may write beyond its state, or has capabilities")
	}
}
