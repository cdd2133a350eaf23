package e2e_test

import (
	"errors"
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

// lazaret runs a command with the mirror's settings.
func (m *mirror) lazaret(args ...string) string {
	m.t.Helper()
	cmd := exec.CommandContext(patient(m.t), binary, args...)
	cmd.Dir, cmd.Env = m.dir, append(m.cmd.Env, "USER=ada")
	b, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("lazaret %s: %v\n%s", strings.Join(args, " "), err, b)
	}
	return string(b)
}

// fetched is what the hub gave out, by request.
func fetched(hub *testhub.Hub) map[string]int {
	out := hub.Counts()
	maps.DeleteFunc(out, func(request string, _ int) bool {
		return !strings.HasPrefix(request, "GET /v2/") || request == "GET /v2/"
	})
	return out
}

// Blocked; the developer asks with the ID of the refusal; the administrator approves; the same pull
// passes on both replicas, within 2 s and with nothing fetched; the exception expires; blocked again.
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
	waitFor(t, "the row of the refusal", func() bool { return strings.Contains(mirrors[0].lazaret("pulls", "--request", id[1]), "block") })
	before := fetched(hub)
	mirrors[0].lazaret("request", id[1], "--why", "a lesson on miners")
	mirrors[1].lazaret("request", "approve", "1", "--for", "20s", "--word", "for the lesson")
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
	if out := mirrors[0].lazaret("audit", "verify"); !strings.HasPrefix(out, "3 rows, whole") {
		t.Errorf("the audit log: %s", out)
	}
}
