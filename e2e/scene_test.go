package e2e_test

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/testhub"
)

// sceneVariable tells the test's process in a scene whose scene it is.
const sceneVariable = "LAZARET_E2E_SCENE"

// A scene is a network of its own: loopback, where Docker Hub's names lead to a stand-in.
// It is this test again, in its own network, mount and process namespaces: what it
// starts ends with it, and nothing of it reaches the machine.
type scene struct {
	t         *testing.T
	dir       string
	hub       *testhub.Hub // where the mirrors get from
	standIn   *standIn     // where the clients must not go
	hello     []byte       // a program without libraries
	engines   map[string]string
	images    int // that were put on the hub
	relays    map[*mirror]*relay
	cert, key string // of the mirrors and of Docker Hub's names; files
	ca        string // their authority; file
}

// hubNames are Docker Hub's: the API, the tokens, what an old client says for them, and the blobs.
var hubNames = []string{"registry-1.docker.io", "auth.docker.io", "index.docker.io", "docker.io", "production.cloudflare.docker.com"}

// mirrorName is the mirror's, over TLS.
const mirrorName = "lazaret.test"

// enterScene runs a scene in namespaces and takes over how it went.
func enterScene(t *testing.T, name, hello string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", self, "-test.run", "^TestMatrix$", "-test.timeout", "10m"}
	if testing.Verbose() {
		args = append(args, "-test.v")
	}
	if *update {
		args = append(args, "-update")
	}
	cmd := exec.CommandContext(t.Context(), "unshare", args...)
	cmd.Env = append(os.Environ(), sceneVariable+"="+name, binaryVariable+"="+binary, "LAZARET_E2E_HELLO="+hello)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	t.Logf("%s took %s", name, time.Since(began).Round(time.Second))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// newScene sets the namespaces up that this process was started in.
func newScene(t *testing.T) *scene {
	dir, err := os.MkdirTemp("", "lz") // short: a unix socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is still mounted goes with the namespace
	s := &scene{t: t, dir: dir, engines: enginesFolders(t), relays: map[*mirror]*relay{}}
	if s.hello, err = os.ReadFile(os.Getenv("LAZARET_E2E_HELLO")); err != nil {
		t.Fatal(err)
	}
	hosts := dir + "/hosts"
	write(t, hosts, "127.0.0.1 localhost "+mirrorName+" "+strings.Join(hubNames, " ")+"\n")
	s.must("ip", "link", "set", "lo", "up")
	s.must("mount", "--bind", hosts, "/etc/hosts")
	s.must("mount", "-t", "tmpfs", "tmpfs", "/run") // where engines keep what runs, by its name
	s.must(binary, "ca", "init", "--dir", dir+"/ca")
	s.must(binary, append([]string{"ca", "issue", "--dir", dir + "/ca", "--out", dir + "/host", mirrorName}, hubNames...)...)
	s.cert, s.key, s.ca = dir+"/host.crt", dir+"/host.key", dir+"/ca/ca.crt"
	// All clients are written in Go, and take this for the host's authorities, as this process does.
	t.Setenv("SSL_CERT_FILE", s.ca)
	s.hub = startHub(t)
	s.standIn = s.startStandIn()
	return s
}

// must runs a command of the set-up.
func (s *scene) must(name string, args ...string) {
	s.t.Helper()
	if b, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, b)
	}
}

func (s *scene) patient() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), 45*time.Second)
	s.t.Cleanup(cancel)
	return ctx
}

// get asks a mirror, over whatever it speaks.
func (s *scene) get(url string) (int, http.Header, []byte) { s.t.Helper(); return get(s.t, url) }

// A standIn is where Docker Hub's names lead: it counts, and serves what the hub has.
type standIn struct {
	mu    sync.Mutex // guards asked
	asked []string
}

func (s *scene) startStandIn() *standIn {
	s.t.Helper()
	in := &standIn{}
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.note(r.Method + " " + r.Host + r.URL.Path)
		s.hub.ServeHTTP(w, r)
	})}
	l, err := net.Listen("tcp", "127.0.0.1:443")
	if err != nil {
		s.t.Fatal(err)
	}
	go srv.ServeTLS(countingListener{l, in}, s.cert, s.key)
	s.t.Cleanup(func() { srv.Close() })
	return in
}

func (in *standIn) note(what string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.asked = append(in.asked, what)
}

// requests returns the connections and the requests since reset.
func (in *standIn) requests() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.asked)
}

func (in *standIn) reset() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.asked = nil
}

// A countingListener counts connections, so that one on which nothing was asked is seen as well.
type countingListener struct {
	net.Listener
	in *standIn
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.in.note("connection")
	}
	return c, err
}

// enginesFolders returns where .ci/engines has built what Debian does not have, by name. If it has
// not, the test is skipped, and fails where CI is set.
func enginesFolders(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("../.ci/engines", "list").Output()
	if err != nil {
		t.Fatalf(".ci/engines: %v", err)
	}
	folders := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		name, folder, _ := strings.Cut(lines.Text(), " ")
		folders[name] = folder
	}
	for _, name := range []string{"crane", "containerd1", "containerd2", "buildkit", "moby", "crictl", "nerdctl", "crio", "runc"} {
		if folders[name] != "" {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not built: .ci/engines does it", name)
		}
		t.Skipf("%s is not built: .ci/engines does it", name)
	}
	return folders
}

// startMirror runs a mirror that speaks HTTP/1.1 in plain or TLS with HTTP/2; how is
// "enforce" or, with answers by the specification alone, "plain".
func (s *scene) startMirror(transport, how string) *mirror {
	s.t.Helper()
	settings := []string{"LAZARET_MANIFEST_WAIT=0s", "LAZARET_LOG_LEVEL=debug", "LAZARET_TAG_TTL=0s", "LAZARET_HOLD_BYTES=256KiB"}
	if how == "plain" {
		settings = append(settings, "LAZARET_STICKY_DENIALS=false")
	}
	if transport == "TLS" {
		settings = append(settings, "LAZARET_TLS_CERT="+s.cert, "LAZARET_TLS_KEY="+s.key)
	}
	m := startMirror(s.t, s.hub.URL(), "", settings...)
	r := startRelay(s.t, strings.TrimPrefix(m.url, "http://"))
	s.relays[m] = r
	if m.url = "http://" + r.addr; transport == "TLS" {
		_, port, err := net.SplitHostPort(r.addr)
		if err != nil {
			s.t.Fatal(err)
		}
		m.url = "https://" + mirrorName + ":" + port
	}
	return m
}

// enrol has `lazaret enrol` set a client up, whose programs are found by path. The scene has an
// /etc and a /var/lib of its own by then.
func (s *scene) enrol(client, mirrorURL, path string) {
	s.t.Helper()
	args := []string{"enrol", "--client", client, "--mirror", mirrorURL, "--close", "none"}
	if strings.HasPrefix(mirrorURL, "https:") {
		args = append(args, "--ca", s.ca)
	}
	if o := s.command(s.patient(), []string{"PATH=" + path}, binary, args...); o.err != nil {
		s.t.Fatalf("lazaret enrol: %v\n%s", o.err, o.out)
	}
}

// ownHost gives the scene an /etc of its own, without files of engines, and a /var/lib.
func (s *scene) ownHost() {
	s.t.Helper()
	etc := s.dir + "/etc"
	s.must("cp", "-a", "/etc", etc)
	for _, engine := range []string{"containerd", "containers", "crio", "docker"} {
		if err := os.RemoveAll(etc + "/" + engine); err != nil {
			s.t.Fatal(err)
		}
	}
	s.must("mount", "--bind", etc, "/etc")
	s.must("mount", "-t", "tmpfs", "tmpfs", "/var/lib")
}

// lazaret runs a command with a mirror's settings.
func (s *scene) lazaret(m *mirror, args ...string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.patient(), binary, args...)
	cmd.Dir, cmd.Env = m.dir, append(slices.Clone(m.cmd.Env), "USER=ada")
	if b, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("lazaret %s: %v\n%s", strings.Join(args, " "), err, b)
	}
}

// logged reports whether a line was logged with a message and a value.
func (m *mirror) logged(msg, key, value string) bool {
	for _, line := range m.lines(msg) {
		if line[key] == value {
			return true
		}
	}
	return false
}

// daemon starts a program that runs until stop, and waits until it is ready.
func (s *scene) daemon(ready func() bool, env []string, name string, args ...string) (stop func()) {
	s.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	logFile := filepath.Join(s.dir, filepath.Base(name)+".log")
	file, err := os.Create(logFile)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); file.Close(); close(ended) }()
	show := func() {
		if b, err := os.ReadFile(logFile); err == nil {
			s.t.Logf("%s, its last words:\n%s", name, b[max(0, len(b)-4000):])
		}
	}
	for ctx := s.patient(); !ready(); {
		select {
		case <-ended:
			show()
			s.t.Fatalf("%s ended", name)
		case <-ctx.Done():
			show()
			s.t.Fatalf("%s does not answer", name)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	}
}

// command runs a program to its end.
func (s *scene) command(ctx context.Context, env []string, name string, args ...string) outcome {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Dir = s.dir
	b, err := cmd.CombinedOutput()
	return outcome{string(b), err}
}
