package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/cache/cachetest"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/internal/testpg"
)

// startPostgres starts a server and returns the URL of an empty database.
func startPostgres(t *testing.T) string {
	t.Helper()
	server, err := testpg.Start(patient(t))
	if errors.Is(err, testpg.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip("PostgreSQL is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	url, err := server.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// A desk is a machine from which somebody looks after mirrors, by their Admin APIs.
type desk struct {
	t    *testing.T
	home string
}

func newDesk(t *testing.T) *desk { return &desk{t, t.TempDir()} }

// lazaret runs a command there. It has no settings: all it knows is what login kept.
func (d *desk) lazaret(stdin string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(patient(d.t), binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = d.home, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + d.home, "USER=ada"}, strings.NewReader(stdin)
	b, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("lazaret %s: %v\n%s", strings.Join(args, " "), err, b)
	}
	return string(b)
}

var tokens = regexp.MustCompile(`lzt_[a-z2-7]{40}`)

// firstToken finds the one that one of mirrors has shown, and says if several have.
func firstToken(t *testing.T, mirrors []*mirror) string {
	t.Helper()
	var found []string
	for _, m := range mirrors {
		m.mu.Lock()
		for _, line := range m.log {
			found = append(found, tokens.FindAllString(fmt.Sprint(line["msg"]), -1)...)
		}
		m.mu.Unlock()
	}
	if len(found) != 1 {
		t.Fatalf("%d first tokens", len(found))
	}
	return found[0]
}

// ask sends a developer's request, who has no token, and returns the status.
func ask(t *testing.T, admin, id, why string) (int, string) {
	t.Helper()
	b, err := json.Marshal(map[string]string{"request_id": id, "why": why, "asker": "bob"})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(patient(t), http.MethodPost, admin+"/api/v1/requests", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// fetched is what the hub gave out, by request.
func fetched(hub *testhub.Hub) map[string]int {
	out := hub.Counts()
	maps.DeleteFunc(out, func(request string, _ int) bool {
		return !strings.HasPrefix(request, "GET /v2/") || request == "GET /v2/"
	})
	return out
}

// Blocked; the developer asks one replica's API with the ID that docker shows, and without a token;
// a reviewer approves from another machine, by the other replica's API; the same pull passes on
// both, within 2 s and with nothing fetched; the exception expires; blocked again.
func TestDockerFromRefusalToExpiry(t *testing.T) {
	need(t, "dockerd", "docker", "containerd", "redis-server")
	hub := startHub(t)
	miner := push(t, hub, "library/coolapp", "latest", testimage.Miner("asked for", 4<<20))
	settings := []string{
		"LAZARET_DATABASE_URL=" + startPostgres(t), "LAZARET_REDIS_URL=" + cachetest.StartRedis(t).URL(), "LAZARET_MANIFEST_WAIT=20s",
		"LAZARET_STORAGE_PARAMETERS=rootdirectory=" + filepath.Join(t.TempDir(), "shared"),
	}
	var mirrors []*mirror
	var engines []*dockerd
	for range 2 {
		m := startMirror(t, hub.URL(), "", settings...)
		mirrors, engines = append(mirrors, m), append(engines, startDockerd(t, m.url))
	}
	for _, d := range engines {
		checkRefused(t, d, "coolapp:latest", "is blocked", "miner")
	}
	waitFor(t, "the downloads that the refusal left behind", func() bool {
		for d := range miner.Blobs {
			if hub.Downloads(d) == 0 && d != miner.Digest {
				return false
			}
		}
		return true
	})
	refusal := engines[1].docker(patient(t), "pull", "coolapp:latest").out
	id := regexp.MustCompile(`Request ([A-Z0-9]{20,})`).FindStringSubmatch(refusal)
	if id == nil {
		t.Fatalf("no request ID in the refusal:\n%s", refusal)
	}
	office := newDesk(t)
	office.lazaret(firstToken(t, mirrors)+"\n", "login", mirrors[0].admin, "--token-stdin")
	reviewer := tokens.FindString(office.lazaret("", "token", "create", "carol", "--role", "reviewer"))
	waitFor(t, "the row of the refusal", func() bool {
		status, body := ask(t, mirrors[0].admin, id[1], "a lesson on miners")
		if status != http.StatusCreated && status != http.StatusNotFound { // its row is written a moment after the answer
			t.Fatalf("ask: %d %s", status, body)
		}
		return status == http.StatusCreated
	})
	before := fetched(hub)
	home := newDesk(t)
	home.lazaret(reviewer+"\n", "login", mirrors[1].admin, "--token-stdin")
	if out := home.lazaret("", "request", "list"); !regexp.MustCompile(`1 +open .* bob \(unverified\) +coolapp:latest +a lesson on miners +miner/`).MatchString(strings.ReplaceAll(out, "library/", "")) {
		t.Errorf("the request, as the other replica lists it:\n%s", out)
	}
	home.lazaret("", "request", "approve", "1", "--for", "20s", "--word", "for the lesson")
	approved := time.Now()
	for i, m := range mirrors {
		for {
			if status, _, _ := get(t, m.url+"/v2/library/coolapp/manifests/latest"); status == http.StatusOK {
				break
			}
			if time.Since(approved) > 2*time.Second {
				t.Fatalf("replica %d refuses still, 2 s after the approval", i)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	for _, d := range engines {
		checkPulls(t, d, "coolapp:latest", miner)
		if o := d.docker(patient(t), "rmi", "coolapp:latest"); o.err != nil {
			t.Fatalf("docker rmi: %v\n%s", o.err, o.out)
		}
	}
	waitFor(t, "the exception to expire", func() bool {
		status, _, _ := get(t, mirrors[0].url+"/v2/library/coolapp/manifests/latest")
		return status == http.StatusForbidden
	})
	if held := time.Since(approved); held < 18*time.Second {
		t.Errorf("it expired after %s, want 20 s", held)
	}
	for _, d := range engines {
		checkRefused(t, d, "coolapp:latest", "is blocked", "miner")
	}
	if diff := cmp.Diff(before, fetched(hub)); diff != "" {
		t.Errorf("something was fetched for it (-before +after):\n%s", diff)
	}
	if out := office.lazaret("", "audit", "verify"); !strings.HasPrefix(out, "4 rows, whole") {
		t.Errorf("the audit log: %s", out)
	}
	if out := office.lazaret("", "audit", "list"); !regexp.MustCompile(`4 .* carol +127.0.0.1, token 2 +request.approve +1\n3 .* bob \(unverified\) +127.0.0.1 +request.ask +1\n`).MatchString(out) {
		t.Errorf("the audit log: %s", out)
	}
}
