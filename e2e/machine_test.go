package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lazaret/lazaret/internal/ca"
	"github.com/lazaret/lazaret/internal/testhub"
)

// Addresses of a machine's own network.
const (
	hubAddress     = "203.0.113.9" // of registry-1.docker.io and auth.docker.io
	lazaretAddress = "192.0.2.1"   // of lazaret.example
)

// A machine is a host of its own, in namespaces of mounts and network: its /etc is a copy, its
// /var/lib and /run are empty, and its network has itself and a stand-in for Docker Hub at
// Docker Hub's own names, with a certificate that the machine trusts.
type machine struct {
	t   *testing.T
	dir string
	pid int
	bin []string // folders of programs before the system's

	hub   *testhub.Hub
	asked atomic.Int64 // requests that came to Docker Hub's own names
	ca    string       // file with the authority of lazaret.example
	cert  string
	key   string
}

const machineScript = `set -e
mount --make-rprivate /
mkdir "$1/etc" "$1/lib"
cp -a /etc/. "$1/etc/"
rm -rf "$1/etc/docker" "$1/etc/containers/registries.conf.d"
mount --bind "$1/etc" /etc
mount --bind "$1/lib" /var/lib
mount -t tmpfs run /run
ip link set lo up
ip address add ` + hubAddress + `/32 dev lo
ip address add ` + lazaretAddress + `/32 dev lo
cat > /etc/hosts <<END
127.0.0.1 localhost
` + hubAddress + ` registry-1.docker.io auth.docker.io index.docker.io
` + lazaretAddress + ` lazaret.example
END
: > /etc/resolv.conf
printf 'unqualified-search-registries = ["docker.io"]\n' > /etc/containers/registries.conf
mkdir -p /etc/docker /etc/containerd
printf '{\n  "bridge": "none",\n  "iptables": false\n}\n' > /etc/docker/daemon.json
printf 'version = 2\n# by hand\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.intern/pause:3.9"\n' > /etc/containerd/config.toml
cat "$1/hub-ca.crt" >> /etc/ssl/certs/ca-certificates.crt
echo ready
exec cat
`

func newMachine(t *testing.T) *machine {
	t.Helper()
	need(t, "unshare", "nsenter", "ip", "nft", "dockerd", "docker", "containerd", "ctr", "podman")
	dir, err := os.MkdirTemp("", "lm")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: dir}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Logf("left behind: %v", err)
		}
	})
	hubPair := m.issue("hub-ca.crt", "registry-1.docker.io", "auth.docker.io", "index.docker.io")
	mirrorPair := m.issue("ca.crt", "lazaret.example")
	m.ca, m.cert, m.key = dir+"/ca.crt", dir+"/mirror.crt", dir+"/mirror.key"
	write(t, m.cert, string(mirrorPair.Cert))
	write(t, m.key, string(mirrorPair.Key))
	write(t, dir+"/machine.sh", machineScript)

	holder := exec.Command("unshare", "--mount", "--net", "sh", dir+"/machine.sh", dir)
	holder.Stderr = os.Stderr
	in, err := holder.StdinPipe() // the machine ends with it
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = holder.Wait() })
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Fatalf("the machine does not start: %v", err)
	}
	m.pid = holder.Process.Pid
	m.startHub(hubPair)
	return m
}

// issue makes an authority, whose certificate goes into a file, and a certificate of it.
func (m *machine) issue(file string, hosts ...string) ca.Pair {
	m.t.Helper()
	root, err := ca.Init("Test of "+hosts[0], time.Now(), time.Hour)
	if err != nil {
		m.t.Fatal(err)
	}
	pair, err := ca.Issue(root, hosts, time.Now(), time.Hour)
	if err != nil {
		m.t.Fatal(err)
	}
	write(m.t, filepath.Join(m.dir, file), string(root.Cert))
	return pair
}

// inside runs f in the machine's network. What f listens on stays there.
func (m *machine) inside(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", m.pid))
		if err == nil {
			err = errors.Join(unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET), ns.Close())
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

func (m *machine) startHub(pair ca.Pair) {
	m.t.Helper()
	cert, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		m.t.Fatal(err)
	}
	var l net.Listener
	err = m.inside(func() error {
		var err error
		if m.hub, err = testhub.Start(testhub.Config{}); err != nil {
			return err
		}
		l, err = tls.Listen("tcp", hubAddress+":443", &tls.Config{Certificates: []tls.Certificate{cert}})
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked.Add(1)
		m.hub.ServeHTTP(w, r)
	})}
	go func() { _ = srv.Serve(l) }()
	m.t.Cleanup(func() { srv.Close(); m.hub.Close() })
}

// command is a command of the machine.
func (m *machine) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--target", fmt.Sprint(m.pid), "--mount", "--net", "--"}, args...)...)
	cmd.Env = []string{"PATH=" + strings.Join(append(slices.Clone(m.bin), os.Getenv("PATH")), ":"), "HOME=" + m.dir}
	return cmd
}

func (m *machine) run(args ...string) outcome {
	m.t.Helper()
	b, err := m.command(patient(m.t), args...).CombinedOutput()
	return outcome{string(b), err}
}

// must runs a command that must work, and returns what it wrote.
func (m *machine) must(args ...string) string {
	m.t.Helper()
	o := m.run(args...)
	if o.err != nil {
		m.t.Fatalf("%v: %v\n%s", args, o.err, o.out)
	}
	return o.out
}

// start starts a daemon; stop ends it. It answers once ready succeeds.
func (m *machine) start(env []string, ready []string, args ...string) (daemon *exec.Cmd, stop func()) {
	m.t.Helper()
	cmd := m.command(context.Background(), args...)
	cmd.Env = append(cmd.Env, env...)
	var log bytes.Buffer // read when the daemon has ended
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	m.t.Cleanup(func() {
		stop()
		if m.t.Failed() {
			m.t.Logf("%s, its last words:\n%s", args[0], log.Bytes()[max(0, log.Len()-3000):])
		}
	})
	for ctx := patient(m.t); m.run(ready...).err != nil; {
		select {
		case <-ctx.Done():
			m.t.Fatalf("%s does not answer", args[0])
		case <-time.After(100 * time.Millisecond):
		}
	}
	return cmd, stop
}

// serve starts lazaret at https://lazaret.example.
func (m *machine) serve(settings ...string) (stop func()) {
	m.t.Helper()
	dir := m.t.TempDir()
	env := append([]string{
		"LAZARET_ADDR=" + lazaretAddress + ":443", "LAZARET_ADMIN_ADDR=127.0.0.1:5001", "LAZARET_UPSTREAM=" + m.hub.URL(),
		"LAZARET_TLS_CERT=" + m.cert, "LAZARET_TLS_KEY=" + m.key, "LAZARET_DATA_DIR=" + dir,
	}, settings...)
	_, stop = m.start(env, []string{"bash", "-c", "exec 3<>/dev/tcp/" + lazaretAddress + "/443"}, binary, "serve")
	return stop
}

// etc is what is in the machine's /etc of the engines: mode and content by path.
func (m *machine) etc() map[string]string {
	m.t.Helper()
	out := map[string]string{}
	for _, part := range []string{"docker", "containerd", "containers", "nftables.d"} {
		err := filepath.WalkDir(m.dir+"/etc/"+part, func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			var b []byte
			if e.Type().IsRegular() {
				b, err = os.ReadFile(path)
			}
			if strings.HasSuffix(path, "key.json") { // dockerd's own
				return err
			}
			out[strings.TrimPrefix(path, m.dir)] = fmt.Sprintf("%s %s", e.Type(), b)
			return err
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
	return out
}
