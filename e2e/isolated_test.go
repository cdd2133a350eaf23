package e2e_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// An island is a network namespace with nothing in it but loopback, and what a mount
// namespace of it has in the place of /etc/hosts, /etc/resolv.conf and the system's
// certificate authorities. Names of the world are its own.
type island struct {
	t   *testing.T
	net *os.File // its network namespace
	dir string   // of the files
}

// newIsland makes one. hosts are lines of /etc/hosts; ca is trusted there beside the system's.
// Names that hosts does not have are asked of a server that counts, and answers nothing.
func newIsland(t *testing.T, hosts string, ca []byte) *island {
	t.Helper()
	need(t, "unshare", "mount")
	i := &island{t: t, dir: t.TempDir()}
	made := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = loopbackUp()
		}
		if err == nil {
			i.net, err = os.Open("/proc/thread-self/ns/net")
		}
		made <- err
	}()
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.net.Close() })
	system, err := os.ReadFile(systemAuthorities)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(i.dir, "hosts"), "127.0.0.1 localhost\n"+hosts)
	write(t, filepath.Join(i.dir, "resolv.conf"), "nameserver "+worldAddress+"\noptions timeout:1 attempts:1\n")
	write(t, filepath.Join(i.dir, "authorities"), string(system)+string(ca))
	return i
}

const (
	systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"
	worldAddress      = "127.0.0.99" // of an island: where the world would be
)

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}

// do calls f on a thread that is on the island: sockets that it opens and processes that it
// starts are there, and stay there.
func (i *island) do(f func()) {
	i.t.Helper()
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		i.t.Fatal(err)
	}
	defer home.Close()
	if err := unix.Setns(int(i.net.Fd()), unix.CLONE_NEWNET); err != nil {
		i.t.Fatal(err)
	}
	f()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		i.t.Fatal(err) // the thread ends with this goroutine, since it is locked
	}
	runtime.UnlockOSThread()
}

// command is one that has the island's files where the system's are. It must be started by do.
func (i *island) command(name string, args ...string) *exec.Cmd {
	script := fmt.Sprintf("mount --make-rprivate / && mount --bind %[1]s/hosts /etc/hosts && mount --bind %[1]s/resolv.conf /etc/resolv.conf && mount --bind %[1]s/authorities %[2]s && exec \"$0\" \"$@\"",
		i.dir, systemAuthorities)
	return exec.Command("unshare", append([]string{"--mount", "sh", "-c", script, name}, args...)...)
}

// A world counts who asks for it: by name, of its name server, or at its address.
type world struct {
	mu    sync.Mutex // guards asked
	asked []string
}

// world stands where the world would be.
func (i *island) world() *world {
	i.t.Helper()
	w := &world{}
	i.do(func() {
		names, err := net.ListenPacket("udp", worldAddress+":53")
		if err != nil {
			i.t.Fatal(err)
		}
		i.t.Cleanup(func() { names.Close() })
		go func() {
			b := make([]byte, 1500)
			for {
				n, _, err := names.ReadFrom(b)
				if err != nil {
					return
				}
				w.note(nameAsked(b[:n]))
			}
		}()
		for _, port := range []string{"80", "443"} {
			l, err := net.Listen("tcp", worldAddress+":"+port)
			if err != nil {
				i.t.Fatal(err)
			}
			i.t.Cleanup(func() { l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					w.note("port " + port)
					c.Close()
				}
			}()
		}
	})
	return w
}

func (w *world) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, what)
}

// requests returns what was asked for.
func (w *world) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.asked...)
}

// nameAsked reads the first question of a DNS message (RFC 1035, section 4.1).
func nameAsked(b []byte) string {
	var labels []string
	for at := 12; at < len(b) && b[at] != 0 && at+1+int(b[at]) <= len(b); at += 1 + int(b[at]) {
		labels = append(labels, string(b[at+1:at+1+int(b[at])]))
	}
	return "name " + strings.Join(labels, ".")
}
