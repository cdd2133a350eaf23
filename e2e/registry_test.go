package e2e_test

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// islandAddress is where the mirror is on an island.
const islandAddress = "127.0.0.2"

// A registryMode is a mirror that answers as Docker Hub and as ghcr.io, on an island where
// these names lead to it, beside a dockerd that was told nothing of it.
type registryMode struct {
	*dockerd
	world    *world
	mirror   *mirror
	hub      *testhub.Hub // behind docker.io
	ghcr     *testhub.Hub // behind ghcr.io
	password string       // of ci
}

func startRegistryMode(t *testing.T, settings ...string) *registryMode {
	t.Helper()
	need(t, "dockerd", "docker", "containerd")
	dir := t.TempDir()
	lazaret := func(args ...string) {
		t.Helper()
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("lazaret %v: %v\n%s", args, err, out)
		}
	}
	lazaret("ca", "init", "--dir", "pki", "--name", "Acme")
	if err := os.Mkdir(filepath.Join(dir, "tls"), 0o700); err != nil {
		t.Fatal(err)
	}
	lazaret("ca", "issue", "--dir", "pki", "--out", "tls/hub", "registry-1.docker.io", "auth.docker.io")
	lazaret("ca", "issue", "--dir", "pki", "--out", "tls/ghcr", "ghcr.io")
	ca, err := os.ReadFile(filepath.Join(dir, "pki", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	r := &registryMode{password: rand.Text()}
	hash, err := bcrypt.GenerateFromPassword([]byte(r.password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "clients"), "ci:"+string(hash)+"\n")

	i := newIsland(t, islandAddress+" docker.io index.docker.io registry-1.docker.io auth.docker.io ghcr.io\n", ca)
	r.world = i.world()
	i.do(func() {
		r.hub, r.ghcr = startHub(t), startHub(t)
		r.mirror = startMirror(t, r.hub.URL(), dir, append([]string{
			"LAZARET_ADDR=" + islandAddress + ":443", "LAZARET_TLS_DIR=tls", "LAZARET_UPSTREAMS=" + upstreamsFile(t, "ghcr.io", r.ghcr.URL()),
			"LAZARET_CLIENT_AUTH=optional", "LAZARET_CLIENT_PASSWORDS=clients", "LAZARET_TOKEN_REALM=https://auth.docker.io/token", "LAZARET_LOG_LEVEL=debug",
		}, settings...)...)
		r.dockerd = startDockerdOn(t, i)
	})
	return r
}

// startDockerdOn starts Debian's dockerd on an island. do must be around it.
func startDockerdOn(t *testing.T, i *island) *dockerd {
	t.Helper()
	return runDockerd(t, &hubCounter{}, func(args ...string) *exec.Cmd { return i.command("dockerd", args...) })
}

// checkAlone wants that nobody but the mirror was asked for anything.
func (r *registryMode) checkAlone() {
	r.t.Helper()
	if asked := r.world.requests(); len(asked) > 0 {
		r.t.Errorf("the world was asked: %v", asked)
	}
}

// An unprepared dockerd pulls what is clean, by both names, with a token of the mirror's own.
func TestBeingTheRegistry(t *testing.T) {
	r := startRegistryMode(t)
	clean := push(t, r.hub, "library/clean", "latest", testimage.Clean("clean", 1<<20))
	other := push(t, r.ghcr, "acme/app", "v1", testimage.Clean("of ghcr", 1<<20))
	push(t, r.hub, "acme/app", "v1", testimage.Miner("of docker.io", 1<<20))
	checkPulls(t, r.dockerd, "clean", clean)
	checkPulls(t, r.dockerd, "ghcr.io/acme/app:v1", other)
	r.checkAlone()
	if challenged := r.statuses(401); challenged == 0 {
		t.Error("dockerd was asked for no token")
	}
	for _, line := range r.mirror.lines("pull") {
		if want := map[string]string{"library/clean": "docker.io", "acme/app": "ghcr.io"}[line["repository"].(string)]; line["registry"] != want {
			t.Errorf("%s was pulled from %s", line["repository"], line["registry"])
		}
	}
	// Who logs in is known by it.
	keep := t.TempDir() // where the login is kept: not with the user's own
	for password, right := range map[string]bool{r.password: true, "wrong": false} {
		if o := r.docker(patient(t), "--config", keep, "login", "--username", "ci", "--password", password); right != (o.err == nil) {
			t.Errorf("docker login, with the right password: %v: %v\n%s", right, o.err, o.out)
		}
	}
	private := push(t, r.hub, "acme/private", "latest", testimage.Clean("private", 1<<18))
	if o := r.docker(patient(t), "--config", keep, "pull", "acme/private"); o.err != nil {
		t.Errorf("pull as ci: %v\n%s", o.err, o.out)
	}
	if who := r.client(private.Digest.String()); who != "ci" {
		t.Errorf("that pull is known as %q's", who)
	}
	r.checkAlone()
}

// client is the name by which the mirror knows who pulled an image.
func (r *registryMode) client(digest string) string {
	r.t.Helper()
	for _, line := range r.mirror.lines("pull") {
		if line["digest"] == digest {
			return line["client_name"].(string)
		}
	}
	r.t.Fatalf("nobody pulled %s", digest)
	return ""
}

// statuses counts the answers with a status.
func (r *registryMode) statuses(status float64) (n int) {
	for _, line := range r.mirror.lines("request") {
		if line["status"] == status {
			n++
		}
	}
	return n
}

// A miner is refused with the reason, and there is nowhere to go round.
func TestBeingTheRegistryRefuses(t *testing.T) {
	const unknown, denied = "daemon: unknown: refused by Lazaret", "denied: refused by Lazaret" // after dockerd's own words
	for name, tt := range map[string]struct {
		settings   []string
		says, then string
	}{
		"at the manifest": {[]string{"LAZARET_MANIFEST_WAIT=20s"}, unknown, unknown},
		"in mid-stream":   {[]string{"LAZARET_MANIFEST_WAIT=0s"}, denied, unknown},
		"by RFC alone":    {[]string{"LAZARET_MANIFEST_WAIT=20s", "LAZARET_STICKY_DENIALS=false"}, denied, denied},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRegistryMode(t, tt.settings...)
			miner := push(t, r.hub, "library/coolapp", "latest", testimage.Miner("miner", 4<<20))
			push(t, r.ghcr, "acme/coolapp", "latest", testimage.Miner("miner too", 4<<20))
			r.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, BytesPerSecond: 4 << 20})
			checkRefused(t, r.dockerd, "coolapp:latest", tt.says, "is blocked", "miner")
			byDigest := "coolapp@" + miner.Digest.String()
			if tt.then != tt.says { // dockerd keeps the manifest that it was given until it collects garbage, and then asks for layers alone
				waitFor(t, "dockerd to ask for the manifest again", func() bool {
					o := r.dockerd.docker(patient(t), "pull", byDigest)
					return o.err != nil && strings.Contains(o.out, tt.then)
				})
			}
			checkRefused(t, r.dockerd, byDigest, tt.then, "is blocked", "miner") // known by now
			if tt.then == tt.says {
				checkRefused(t, r.dockerd, "ghcr.io/acme/coolapp:latest", tt.says, "ghcr.io/acme/coolapp", "is blocked", "miner")
			}
			r.checkAlone()
		})
	}
}
