package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache/cachetest"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// get fetches a URL whole and returns status, headers and body.
func get(t *testing.T, url string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(patient(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("GET %s: %d, broke off after %d bytes: %v", url, res.StatusCode, len(b), err)
	}
	return res.StatusCode, res.Header, b
}

// pullRaw pulls an image as a client would, manifest and then all blobs at once, and
// checks every digest.
func pullRaw(url, repository, reference string, img testimage.Image) error {
	res, err := http.Get(url + "/v2/" + repository + "/manifests/" + reference)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Equal(body, img.Manifest) {
		return fmt.Errorf("manifest: %d %v %.200s", res.StatusCode, err, body)
	}
	errs := make(chan error, len(img.Blobs))
	for d := range img.Blobs {
		go func() {
			res, err := http.Get(url + "/v2/" + repository + "/blobs/" + d.String())
			if err != nil {
				errs <- err
				return
			}
			defer res.Body.Close()
			h := sha256.New()
			n, err := io.Copy(h, res.Body)
			if got := "sha256:" + hex.EncodeToString(h.Sum(nil)); err != nil || res.StatusCode != http.StatusOK || got != d.String() {
				err = fmt.Errorf("blob %s: status %d, %d bytes, %s, %v", d, res.StatusCode, n, got, err)
			}
			errs <- err
		}()
	}
	for range img.Blobs {
		if e := <-errs; e != nil {
			err = e
		}
	}
	return err
}

// blobGETs counts what the hub was asked for, by blob.
func blobGETs(hub *testhub.Hub, repository string, img testimage.Image) map[string]int {
	out := map[string]int{}
	for d := range img.Blobs {
		out[d.String()] = hub.Count("GET", "/v2/"+repository+"/blobs/"+d.String())
	}
	return out
}

func TestSixteenClientsOneDownload(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/clean", "latest", testimage.Clean("clean1", 8<<20))
	hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, BytesPerSecond: 8 << 20}) // so that all of them find it in flight
	m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=0s")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := pullRaw(m.url, "library/clean", "latest", img); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for d, n := range blobGETs(hub, "library/clean", img) {
		if n != 1 {
			t.Errorf("the hub was asked for %s %d times", d, n)
		}
	}
	if n := hub.Count("GET", "/v2/library/clean/manifests/"+img.Digest.String()); n != 1 {
		t.Errorf("the hub was asked for the manifest %d times", n)
	}
}

func TestTwoReplicasShareFindings(t *testing.T) {
	need(t, "redis-server")
	redis := cachetest.StartRedis(t)
	hub := startHub(t)
	clean := push(t, hub, "library/clean", "latest", testimage.Clean("clean2", 3<<20))
	miner := push(t, hub, "library/coolapp", "latest", testimage.Miner("miner3", 3<<20))
	settings := []string{"LAZARET_REDIS_URL=" + redis.URL(), "LAZARET_MANIFEST_WAIT=20s"}
	first := startMirror(t, hub.URL(), "", settings...)
	second := startMirror(t, hub.URL(), "", settings...)

	d1 := startDockerd(t, first.url)
	checkPulls(t, d1, "clean", clean)
	checkRefused(t, d1, "coolapp:latest", "is blocked", "miner")
	if len(first.lines("inspected")) == 0 {
		t.Fatal("the first replica inspected nothing")
	}

	minerBlobs := blobGETs(hub, "library/coolapp", miner)
	d2 := startDockerd(t, second.url)
	checkPulls(t, d2, "clean", clean)
	checkRefused(t, d2, "coolapp:latest", "is blocked", "miner")
	if lines := second.lines("inspected"); len(lines) > 0 {
		t.Errorf("the second replica inspected: %v", lines)
	}
	for d, n := range blobGETs(hub, "library/coolapp", miner) {
		if n != minerBlobs[d] {
			t.Errorf("the second replica downloaded the miner's %s", d)
		}
	}
}

// Redis going away means "inspect again", and never "pass".
func TestRedisGoesAway(t *testing.T) {
	need(t, "redis-server")
	redis := cachetest.StartRedis(t)
	hub := startHub(t)
	clean := push(t, hub, "library/clean", "latest", testimage.Clean("clean4", 2<<20))
	push(t, hub, "library/coolapp", "latest", testimage.Miner("miner5", 2<<20))
	m := startMirror(t, hub.URL(), "", "LAZARET_REDIS_URL="+redis.URL(), "LAZARET_MANIFEST_WAIT=20s")
	redis.Stop()
	if err := pullRaw(m.url, "library/clean", "latest", clean); err != nil {
		t.Error(err)
	}
	status, _, body := get(t, m.url+"/v2/library/coolapp/manifests/latest")
	if status != http.StatusForbidden || !strings.Contains(string(body), "DENIED") {
		t.Errorf("the miner's manifest: %d %s", status, body)
	}
	status, _, body = get(t, m.admin+"/readyz")
	if status != http.StatusOK || !strings.Contains(string(body), "degraded") {
		t.Errorf("readyz: %d %s, want 200 and degraded", status, body)
	}
}

// kill -9 in the middle of a download leaves nothing that could be served.
func TestKilledInMidDownload(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/clean", "latest", testimage.Clean("clean6", 6<<20))
	layer := img.Layers[len(img.Layers)-1]
	dir := t.TempDir()
	m := startMirror(t, hub.URL(), dir, "LAZARET_MANIFEST_WAIT=0s")
	release := holdBlob(hub, layer.Digest, 1<<20)
	defer release()
	if status, _, _ := get(t, m.url+"/v2/library/clean/manifests/latest"); status != http.StatusOK {
		t.Fatalf("manifest: %d", status)
	}
	res, err := http.Get(m.url + "/v2/library/clean/blobs/" + layer.Digest.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 512<<10)); err != nil { // it is in flight
		t.Fatal(err)
	}
	m.kill()
	if n, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Errorf("the client's download ended well, after %d bytes more", n)
	}
	res.Body.Close()
	blob := strings.TrimPrefix(layer.Digest.String(), "sha256:")
	if err := filepath.WalkDir(filepath.Join(dir, "lazaret-data", "store"), func(path string, e os.DirEntry, err error) error {
		if err == nil && strings.Contains(path, blob) {
			t.Errorf("the store has %s of a blob that never arrived", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	release()

	m = startMirror(t, hub.URL(), dir)
	spools, err := os.ReadDir(filepath.Join(dir, "lazaret-data", "spool"))
	if err != nil || len(spools) > 0 {
		t.Errorf("spools after the start: %v %v", spools, err)
	}
	if err := pullRaw(m.url, "library/clean", "latest", img); err != nil {
		t.Error(err)
	}
}

// After kill -9 a refused image is refused again, before a byte is downloaded.
func TestRefusalSurvivesKill(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/coolapp", "latest", testimage.Miner("miner7", 2<<20))
	dir := t.TempDir()
	m := startMirror(t, hub.URL(), dir, "LAZARET_MANIFEST_WAIT=20s")
	refused := func(m *mirror) {
		t.Helper()
		if status, _, body := get(t, m.url+"/v2/library/coolapp/manifests/latest"); status != http.StatusForbidden {
			t.Fatalf("%d %s", status, body)
		}
	}
	refused(m)
	// Its report is on disk once the download has ended; the verdict may have come before.
	waitFor(t, "the layers' reports", func() bool { return len(m.lines("inspected")) >= len(img.Blobs) })
	m.kill()
	before := blobGETs(hub, "library/coolapp", img)
	m = startMirror(t, hub.URL(), dir, "LAZARET_MANIFEST_WAIT=20s")
	refused(m)
	for d, n := range blobGETs(hub, "library/coolapp", img) {
		if n != before[d] {
			t.Errorf("%s was downloaded again", d)
		}
		status, _, body := get(t, m.url+"/v2/library/coolapp/blobs/"+d)
		if status != http.StatusForbidden {
			t.Errorf("blob %s of the refused image: %d %.100s", d, status, body)
		}
	}
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := patient(t)
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A graceful stop lets a pull in progress end.
func TestDrain(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/clean", "latest", testimage.Clean("clean8", 4<<20))
	layer := img.Layers[len(img.Layers)-1]
	m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=0s")
	release := holdBlob(hub, layer.Digest, 1<<20)
	defer release()
	if status, _, _ := get(t, m.url+"/v2/library/clean/manifests/latest"); status != http.StatusOK {
		t.Fatalf("manifest: %d", status)
	}
	res, err := http.Get(m.url + "/v2/library/clean/blobs/" + layer.Digest.String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stopped := make(chan int, 1)
	go func() { stopped <- m.stop() }()
	waitFor(t, "the drain", func() bool { return len(m.lines("draining")) > 0 })
	release()
	h := sha256.New()
	if _, err := io.Copy(h, res.Body); err != nil {
		t.Errorf("the pull in progress was cut: %v", err)
	}
	if got := "sha256:" + hex.EncodeToString(h.Sum(nil)); got != layer.Digest.String() {
		t.Errorf("got %s", got)
	}
	if code := <-stopped; code != 0 {
		t.Errorf("exit code %d", code)
	}
}
