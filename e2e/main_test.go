// Package e2e_test shows the whole of Lazaret at work: the binary as users run it, in
// front of a stand-in for Docker Hub, pulled through by real clients.
//
// The engines come from Debian's packages (make test installs them). A test that finds
// one missing fails where CI is set and is skipped elsewhere.
package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// binary is the lazaret under test, built once.
var binary string

// binaryVariable names it to this test's own processes in other namespaces.
const binaryVariable = "LAZARET_E2E_BINARY"

func TestMain(m *testing.M) {
	if binary = os.Getenv(binaryVariable); binary != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "lazaret-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "lazaret")
	build := exec.Command("go", "build", "-o", binary, "../cmd/lazaret")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// need skips the test if a program is not installed, and fails it where CI is set.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is not installed", p)
			}
			t.Skipf("%s is not installed", p)
		}
	}
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("must run as root")
		}
		t.Skip("must run as root")
	}
}

// patience bounds every wait of these tests; none of them measures time.
const patience = 90 * time.Second

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// startHub starts the stand-in for Docker Hub: tokens, and blobs from another host.
func startHub(t *testing.T) *testhub.Hub {
	t.Helper()
	hub, err := testhub.Start(testhub.Config{Redirect: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		hub.Close()
		if leaks := hub.Leaks(); len(leaks) > 0 {
			t.Errorf("a token reached the blobs' host: %v", leaks)
		}
	})
	return hub
}

// holdBlob makes the hub stop in the middle of a blob, after so many bytes, until
// release is called.
func holdBlob(hub *testhub.Hub, d oci.Digest, after int64) (release func()) {
	gate := testhub.NewGate(after)
	hub.SetFaults(testhub.Fault{Match: testhub.Blob(d), Gate: gate})
	return gate.Open
}

// push builds an image and puts it on the hub.
func push(t *testing.T, hub *testhub.Hub, repository, tag string, spec testimage.Spec) testimage.Image {
	t.Helper()
	img, err := testimage.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Push(t.Context(), repository, tag, img); err != nil {
		t.Fatal(err)
	}
	return img
}

// A mirror is a running `lazaret serve`.
type mirror struct {
	t     *testing.T
	url   string // of the registry API
	admin string
	dir   string // its working directory
	cmd   *exec.Cmd
	ended chan struct{}

	mu  sync.Mutex // guards log
	log []map[string]any
}

// startMirror runs `lazaret serve` in dir, a new one if empty, with settings over the
// defaults, and waits until it listens.
func startMirror(t *testing.T, hub, dir string, settings ...string) *mirror {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	m := &mirror{t: t, dir: dir, ended: make(chan struct{})}
	m.cmd = exec.Command(binary, "serve")
	m.cmd.Dir = dir
	m.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"LAZARET_ADDR=127.0.0.1:0", "LAZARET_ADMIN_ADDR=127.0.0.1:0", "LAZARET_UPSTREAM=" + hub,
	}, settings...)
	stderr, err := m.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan map[string]any, 1)
	go m.read(stderr, listening)
	t.Cleanup(func() { m.kill(); m.dump() })
	select {
	case line := <-listening:
		m.url, m.admin = fmt.Sprint("http://", line["addr"]), fmt.Sprint("http://", line["admin"])
	case <-m.ended:
		t.Fatal("lazaret ended before it served")
	case <-time.After(patience):
		t.Fatal("lazaret does not serve")
	}
	return m
}

// read keeps the log, and passes on the line that says where it listens.
func (m *mirror) read(r io.Reader, listening chan<- map[string]any) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			line = map[string]any{"msg": lines.Text()}
		}
		m.mu.Lock()
		m.log = append(m.log, line)
		m.mu.Unlock()
		if line["msg"] == "serving" {
			listening <- line
		}
	}
	_ = m.cmd.Wait() // how it ended is the test's affair
	close(m.ended)
}

// lines returns what was logged with a message.
func (m *mirror) lines(msg string) []map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []map[string]any
	for _, line := range m.log {
		if line["msg"] == msg {
			out = append(out, line)
		}
	}
	return out
}

// lazaret runs a command with the mirror's settings, on its own machine.
func (m *mirror) lazaret(args ...string) string {
	m.t.Helper()
	cmd := exec.CommandContext(patient(m.t), binary, args...)
	cmd.Dir, cmd.Env = m.dir, append(slices.Clone(m.cmd.Env), "USER=ada")
	b, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("lazaret %s: %v\n%s", strings.Join(args, " "), err, b)
	}
	return string(b)
}

// kill is kill -9.
func (m *mirror) kill() {
	_ = m.cmd.Process.Kill() // it may have ended
	<-m.ended
}

// stop asks it to end and returns its exit code.
func (m *mirror) stop() int {
	m.t.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		m.t.Fatal(err)
	}
	select {
	case <-m.ended:
	case <-time.After(patience):
		m.t.Fatal("lazaret does not end")
	}
	return m.cmd.ProcessState.ExitCode()
}

// dump shows the log of a test that failed.
func (m *mirror) dump() {
	if !m.t.Failed() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, line := range m.log {
		b, _ := json.Marshal(line)
		m.t.Logf("lazaret: %s", b)
	}
}

// A dockerd is a Docker engine that mirrors Docker Hub through a mirror. Docker Hub
// itself is a proxy that counts who asks for it and lets nobody through.
type dockerd struct {
	t      *testing.T
	socket string
	hub    *hubCounter
}

// startDockerd starts Debian's dockerd.
func startDockerd(t *testing.T, mirrorURL string) *dockerd {
	t.Helper()
	need(t, "dockerd", "docker", "containerd")
	hub := newHubCounter(t)
	return runDockerd(t, hub, func(args ...string) *exec.Cmd {
		cmd := exec.Command("dockerd", append(args, "--registry-mirror", mirrorURL)...)
		cmd.Env = append(os.Environ(), "HTTPS_PROXY="+hub.url, "HTTP_PROXY="+hub.url, "NO_PROXY=127.0.0.1,localhost")
		return cmd
	})
}

// runDockerd runs one in a folder of its own, by the command that is made of its arguments, until the
// test ends, and waits until it answers.
func runDockerd(t *testing.T, hub *hubCounter, command func(args ...string) *exec.Cmd) *dockerd {
	t.Helper()
	dir, err := os.MkdirTemp("", "ld") // short: a unix socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	d := &dockerd{t: t, socket: "unix://" + dir + "/s", hub: hub}
	cmd := command("--data-root", dir+"/d", "--exec-root", dir+"/e", "--pidfile", dir+"/p", "-H", d.socket, "--bridge=none", "--iptables=false")
	log, err := os.Create(dir + "/log")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		log.Close()
		if b, err := os.ReadFile(dir + "/log"); err == nil && t.Failed() {
			t.Logf("dockerd, its last words:\n%s", b[max(0, len(b)-3000):])
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Logf("left behind: %v", err)
		}
	})
	ctx := patient(t)
	for d.docker(ctx, "version").err != nil {
		select {
		case <-ctx.Done():
			t.Fatal("dockerd does not answer")
		case <-time.After(100 * time.Millisecond):
		}
	}
	return d
}

// An outcome is how a command ended.
type outcome struct {
	out string // stdout and stderr
	err error
}

func (d *dockerd) docker(ctx context.Context, args ...string) outcome {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+d.socket)
	b, err := cmd.CombinedOutput()
	return outcome{string(b), err}
}

// images returns the references that `docker images` knows, "<none>" ones included.
func (d *dockerd) images() []string {
	d.t.Helper()
	o := d.docker(patient(d.t), "images", "--all", "--format", "{{.Repository}}:{{.Tag}}")
	if o.err != nil {
		d.t.Fatalf("docker images: %v\n%s", o.err, o.out)
	}
	return strings.Fields(o.out)
}

// A hubCounter stands where Docker Hub would be: an HTTP proxy that counts and refuses.
type hubCounter struct {
	url string

	mu    sync.Mutex // guards asked
	asked []string
}

func newHubCounter(t *testing.T) *hubCounter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hubCounter{url: "http://" + l.Addr().String()}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r.Host)
		h.mu.Unlock()
		http.Error(w, "this is where Docker Hub would be", http.StatusBadGateway)
	})}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return h
}

// requests returns the hosts that were asked for.
func (h *hubCounter) requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.asked...)
}
