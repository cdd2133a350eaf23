package proxy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

func TestCleanImageIsPulled(t *testing.T) {
	for _, mode := range []policy.Mode{policy.Enforce, policy.Hold, policy.Audit} {
		for _, agent := range []string{"", dockerAgent, containerdAgent, podmanAgent} {
			t.Run(string(mode)+" "+agent[:min(6, len(agent))], func(t *testing.T) {
				f := newFixture(t, settings{mode: mode})
				f.agent = agent
				img := f.push("acme/clean", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1<<20), layer("y", "text", 300)}})
				for range 2 { // in flight, and from the store
					if m := f.manifest("acme/clean", "latest"); m.status != http.StatusOK || oci.DigestOf(m.body) != img.Digest {
						t.Fatalf("manifest: %d", m.status)
					}
					for d := range img.Blobs {
						f.whole(f.blob("acme/clean", d), d)
					}
				}
				for d := range img.Blobs {
					if n := f.hub.Downloads(d); n != 1 {
						t.Errorf("%s was downloaded %d times", d, n)
					}
				}
			})
		}
	}
}

func TestRefusedAtItsManifest(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1000), layer("y", marker, 1000)}})
	says := []string{"refused by Lazaret", "acme/bad:latest", "miner", "marker/found", img.Layers[1].Digest.String()[:19], "/opt/y", "Ask Ada.", "Request "}
	for range 2 {
		f.denied(f.manifest("acme/bad", "latest"), says...)
		f.denied(f.manifest("acme/bad", img.Digest.String()), "marker/found")
		if a := f.do(http.MethodHead, "/v2/acme/bad/manifests/latest"); a.status != http.StatusForbidden {
			t.Errorf("HEAD: %d", a.status)
		}
	}
	for d := range img.Blobs { // none of them leaves, the clean ones no more than the others
		f.denied(f.blob("acme/bad", d))
		f.denied(f.blob("acme/bad", d, "Range", "bytes=0-9"))
		f.denied(f.blob("acme/bad", d, "If-None-Match", `"`+d.String()+`"`))
		if a := f.do(http.MethodHead, path("blobs", "acme/bad", d)); a.status != http.StatusForbidden {
			t.Errorf("HEAD of blob %s: %d", d, a.status)
		}
	}
}

// The client has all but the tail when the verdict comes.
func TestRefusedInMidStream(t *testing.T) {
	for name, agent := range map[string]string{"unknown": "", "docker": dockerAgent, "podman": podmanAgent, "containerd": containerdAgent} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, settings{})
			f.agent = agent
			img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 2<<20)}})
			bad := img.Layers[0]
			gate := testhub.NewGate(bad.Size / 2)
			f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(bad.Digest), Gate: gate})
			if m := f.manifest("acme/bad", "latest"); m.status != http.StatusOK {
				t.Fatalf("manifest: %d %s", m.status, m.body)
			}
			res, err := http.DefaultTransport.RoundTrip(f.request(path("blobs", "acme/bad", bad.Digest)))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			// What upstream has sent so far, less the hold, is here before the verdict.
			first := make([]byte, bad.Size/2-64<<10)
			if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != string(img.Blobs[bad.Digest][:len(first)]) {
				t.Fatalf("the first half: %v", err)
			}
			gate.Open()
			rest, err := io.ReadAll(res.Body)
			got := append(first, rest...)
			if reset := errors.Is(err, syscall.ECONNRESET); err == nil || reset != (name == "containerd") {
				t.Errorf("the answer ended by %v", err)
			}
			if int64(len(got)) > bad.Size-64<<10 {
				t.Errorf("%d of %d bytes left", len(got), bad.Size)
			}
			if !bytes.HasPrefix(img.Blobs[bad.Digest], got) {
				t.Error("a byte is wrong: what is kept of it would fail a pull that is allowed later")
			}
			again := f.blob("acme/bad", bad.Digest, "Range", fmt.Sprintf("bytes=%d-", len(got)-1))
			if name == "containerd" {
				if again.status != http.StatusPartialContent || len(again.body) > 0 || again.broken == nil {
					t.Errorf("the last byte again: %d, %d bytes, %v", again.status, len(again.body), again.broken)
				}
				return
			}
			f.denied(again, "marker/found")
			if says := strings.Contains(string(again.body), "no such process"); says != (name == "docker") {
				t.Errorf("says the words: %t", says)
			}
		})
	}
}

func (f *fixture) request(path string) *http.Request {
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.url+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("User-Agent", f.agent)
	return req
}

// The config's Cmd is what is wrong, and is known only after the layers have begun to
// flow: the gate blob of each family must not leave.
func TestImageIsHeldAtItsGate(t *testing.T) {
	for name, tt := range map[string]struct {
		agent string
		gate  string
	}{
		"unknown": {"", "config"}, "docker": {dockerAgent, "layer"}, "podman": {podmanAgent, "layer"}, "containerd": {containerdAgent, "layer"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, settings{})
			f.agent = tt.agent
			// Two layers: the verdict on the second is the image's; the first and the config are clean.
			img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 300<<10), layer("y", "text", 300<<10)}})
			gate := testhub.NewGate(10)
			defer gate.Open() // what has failed must not wait for it
			f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(img.Layers[0].Digest), Gate: gate})
			if m := f.manifest("acme/bad", "latest"); m.status != http.StatusOK {
				t.Fatalf("manifest: %d", m.status)
			}
			d := img.ConfigDescriptor.Digest
			if tt.gate == "layer" {
				d = img.Layers[1].Digest
			}
			got := make(chan answer, 1)
			go func() { got <- f.blob("acme/bad", d) }()
			select {
			case <-gate.Reached():
			case a := <-got:
				t.Fatalf("the gate blob was answered before anything was inspected: %d, %d bytes", a.status, len(a.body))
			}
			select {
			case a := <-got:
				t.Fatalf("the gate blob was answered before the verdict: %d, %d bytes", a.status, len(a.body))
			case <-time.After(100 * time.Millisecond): // long enough to see a gate that is open; nothing depends on it
			}
			gate.Open()
			if a := <-got; a.broken == nil && oci.DigestOf(a.body) == d {
				t.Errorf("the gate blob left: %d", a.status)
			}
		})
	}
}

// Classic dockerd takes a failed config for a reason to go to Docker Hub, and minds a
// layer's refusal only once it has the config.
func TestClassicConfigFollowsTheLayersRefusal(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	f.agent = dockerAgent
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	f.manifest("acme/bad", "latest") // refused, and the verdict is known
	config := img.ConfigDescriptor.Digest
	got := make(chan answer)
	go func() { got <- f.blob("acme/bad", config) }()
	f.denied(f.blob("acme/bad", img.Layers[0].Digest), "no such process")
	f.whole(<-got, config)

	// Whoever asks for no layer gets no config: another image, no layer asked for.
	other := f.push("acme/worse", testimage.Spec{Layers: []testimage.Layer{layer("z", marker, 1000)}})
	f.manifest("acme/worse", "latest")
	f.denied(f.blob("acme/worse", other.ConfigDescriptor.Digest))
}

func TestRangesWaitForTheVerdict(t *testing.T) {
	f := newFixture(t, settings{})
	img := f.push("acme/clean", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1<<20)}})
	d := img.Layers[0]
	gate := testhub.NewGate(d.Size / 2)
	f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(d.Digest), Gate: gate})
	f.manifest("acme/clean", "latest")
	got := make(chan answer)
	go func() { got <- f.blob("acme/clean", d.Digest, "Range", "bytes=0-99") }()
	<-gate.Reached()
	select {
	case a := <-got:
		t.Fatalf("a range was answered before the verdict: %d", a.status)
	case <-time.After(100 * time.Millisecond): // as above
	}
	gate.Open()
	a := <-got
	if a.status != http.StatusPartialContent || string(a.body) != string(img.Blobs[d.Digest][:100]) || a.header.Get("Content-Range") != fmt.Sprintf("bytes 0-99/%d", d.Size) {
		t.Errorf("%d, %d bytes, %s", a.status, len(a.body), a.header.Get("Content-Range"))
	}
}

func TestModes(t *testing.T) {
	t.Run("hold gives nothing before the image's verdict", func(t *testing.T) {
		f := newFixture(t, settings{mode: policy.Hold})
		img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1<<20), layer("y", marker, 1<<20)}})
		gate := testhub.NewGate(10)
		f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(img.Layers[1].Digest), Gate: gate})
		if m := f.manifest("acme/bad", "latest"); m.status != http.StatusOK {
			t.Fatalf("manifest: %d", m.status)
		}
		got := make(chan answer)
		go func() { got <- f.blob("acme/bad", img.Layers[0].Digest) }()
		<-gate.Reached()
		gate.Open()
		if a := <-got; a.status != http.StatusForbidden && len(a.body) > 0 {
			t.Errorf("%d, %d bytes of a clean layer of a refused image", a.status, len(a.body))
		}
	})
	t.Run("audit refuses nothing and records what would have been", func(t *testing.T) {
		f := newFixture(t, settings{mode: policy.Audit, wait: 15 * time.Second})
		img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1<<20)}})
		for range 2 {
			if m := f.manifest("acme/bad", "latest"); m.status != http.StatusOK {
				t.Fatalf("manifest: %d %s", m.status, m.body)
			}
			for d := range img.Blobs {
				f.whole(f.blob("acme/bad", d), d)
			}
		}
		said := false
		for _, r := range f.ledger.all() {
			said = said || r.Kind == "manifest" && strings.Contains(r.Reasons, "marker/found")
		}
		if !said {
			t.Error("no row says what would have been refused")
		}
	})
}

// The same layer, in another image and another repository.
func TestRefusalIsByContent(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	bad := layer("x", marker, 1000)
	f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{bad}})
	f.denied(f.manifest("acme/bad", "latest"))
	f.push("acme/mixed", testimage.Spec{Layers: []testimage.Layer{layer("y", "text", 1000), bad}})
	f.denied(f.manifest("acme/mixed", "latest"))
	// And what an image shares with a refused one of its repository is not refused with it.
	good := layer("z", "text", 1000)
	f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{bad, good}})
	f.denied(f.manifest("acme/app", "latest"))
	mended := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{good}})
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Fatalf("the mended image: %d %s", m.status, m.body)
	}
	for d := range mended.Blobs {
		f.whole(f.blob("acme/app", d), d)
	}
}

// A shared store gives no repository's blobs out under another's name.
func TestBlobsStayInTheirRepository(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/one", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1000)}})
	f.push("acme/two", testimage.Spec{Layers: []testimage.Layer{layer("y", "text", 1000)}})
	f.manifest("acme/one", "latest")
	f.manifest("acme/two", "latest")
	for d := range img.Blobs {
		f.whole(f.blob("acme/one", d), d)
		if a := f.blob("acme/two", d); a.status != http.StatusNotFound || !strings.Contains(string(a.body), "BLOB_UNKNOWN") {
			t.Errorf("blob of another repository: %d %s", a.status, a.body)
		}
	}
	if a := f.manifest("acme/two", img.Digest.String()); a.status != http.StatusNotFound {
		t.Errorf("manifest of another repository: %d", a.status)
	}
}

// A blob that no manifest has announced is inspected like any other.
func TestUnannouncedBlob(t *testing.T) {
	f := newFixture(t, settings{})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 200<<10), layer("y", "text", 200<<10)}})
	if a := f.blob("acme/bad", img.Layers[0].Digest); a.broken == nil && oci.DigestOf(a.body) == img.Layers[0].Digest {
		t.Errorf("a bad blob left: %d", a.status)
	}
	f.whole(f.blob("acme/bad", img.Layers[1].Digest), img.Layers[1].Digest)
}

func TestNameIsRefusedBeforeUpstreamIsAsked(t *testing.T) {
	f := newFixture(t, settings{})
	img := f.push("acme/ngnix", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 100)}})
	f.hub.ResetCounts()
	f.denied(f.manifest("acme/ngnix", "latest"), "quarantine", "ngnix looks like nginx")
	f.denied(f.do(http.MethodGet, "/v2/acme/ngnix/tags/list"), "ngnix looks like nginx")
	for path, n := range f.hub.Counts() {
		if n > 0 && strings.Contains(path, "ngnix") {
			t.Errorf("upstream was asked for %s", path)
		}
	}
	f.denied(f.blob("acme/ngnix", img.Layers[0].Digest))
}

func TestIndexWithARefusedMember(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	good := f.push("acme/multi", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1000)}})
	bad := f.push("acme/multi", testimage.Spec{Arch: "arm64", Layers: []testimage.Layer{layer("y", marker, 1000)}})
	if err := f.hub.PushIndex(t.Context(), "acme/multi", "latest", testimage.Index(false, good, bad)); err != nil {
		t.Fatal(err)
	}
	if m := f.manifest("acme/multi", "latest"); m.status != http.StatusOK {
		t.Fatalf("an index of which nothing is known: %d %s", m.status, m.body)
	}
	if m := f.manifest("acme/multi", good.Digest.String()); m.status != http.StatusOK {
		t.Errorf("the good member: %d", m.status)
	}
	f.denied(f.manifest("acme/multi", bad.Digest.String()), "marker/found")
	f.denied(f.manifest("acme/multi", "latest"), "marker/found")
}

// Facts are not verdicts: an exception acts at once and downloads nothing.
func TestExceptionActsAtOnce(t *testing.T) {
	var ex []policy.Exception
	rev := "0"
	f := newFixture(t, settings{wait: 15 * time.Second, except: func(policy.Subject) ([]policy.Exception, string) { return ex, rev }})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	f.denied(f.manifest("acme/bad", "latest"))
	f.until("the downloads", func() bool {
		return f.hub.Downloads(img.Layers[0].Digest) == 1 && f.hub.Downloads(img.ConfigDescriptor.Digest) == 1
	})
	ex, rev = []policy.Exception{{Repository: "acme/bad", Rule: "marker/found"}}, "1"
	if m := f.manifest("acme/bad", "latest"); m.status != http.StatusOK {
		t.Fatalf("excepted: %d %s", m.status, m.body)
	}
	for d := range img.Blobs {
		f.whole(f.blob("acme/bad", d), d)
		if n := f.hub.Downloads(d); n != 1 {
			t.Errorf("%s was downloaded %d times", d, n)
		}
	}
	ex, rev = nil, "2"
	f.denied(f.manifest("acme/bad", "latest"))
	f.denied(f.blob("acme/bad", img.Layers[0].Digest))
}

// What is not a layer Lazaret can read is refused, whatever the manifest calls it.
func TestUninspectableIsRefused(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	broken := testimage.Noise("broken", 5000)
	copy(broken, "\x1f\x8b\x08\x00")
	f.push("acme/broken", testimage.Spec{Layers: []testimage.Layer{{Raw: broken, Compression: "gzip"}}})
	f.denied(f.manifest("acme/broken", "latest"), "quarantine", "uninspectable")
}

func TestClassicDenials(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	f.agent = dockerAgent
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	head := f.do(http.MethodHead, "/v2/acme/bad/manifests/latest")
	d := head.header.Get("Docker-Content-Digest")
	if head.status != http.StatusOK || d == "" || d == img.Digest.String() {
		t.Fatalf("HEAD by tag: %d %s", head.status, d)
	}
	get := f.manifest("acme/bad", d) // as dockerd goes on
	var doc struct {
		Config struct{ MediaType, Digest string }
		Layers []struct{ Digest string }
	}
	if err := json.Unmarshal(get.body, &doc); err != nil || get.status != http.StatusOK || oci.DigestOf(get.body).String() != d {
		t.Fatalf("the manifest that says why: %d %v %s", get.status, err, get.body)
	}
	for _, s := range []string{"refused by Lazaret", "acme/bad:latest", "marker/found", "Ask Ada."} {
		if !strings.Contains(doc.Config.MediaType, s) {
			t.Errorf("the media type does not say %q: %s", s, doc.Config.MediaType)
		}
	}
	f.denied(f.do(http.MethodGet, "/v2/acme/bad/blobs/"+doc.Config.Digest), "marker/found")
	f.denied(f.do(http.MethodGet, "/v2/acme/bad/blobs/"+doc.Layers[0].Digest), "marker/found")
	byDigest := f.manifest("acme/bad", img.Digest.String())
	if byDigest.status != http.StatusTemporaryRedirect || !strings.Contains(byDigest.header.Get("Location"), "no such process") || !strings.Contains(byDigest.header.Get("Location"), "marker/found") {
		t.Errorf("by digest: %d %s", byDigest.status, byDigest.header.Get("Location"))
	}

	plain := newFixture(t, settings{wait: 15 * time.Second, rfc: true, hub: f.hub})
	plain.agent = dockerAgent
	plain.denied(plain.manifest("acme/bad", "latest"), "marker/found")
	plain.denied(plain.manifest("acme/bad", img.Digest.String()), "marker/found")
}

// Another replica answers from the first one's findings.
func TestReplicaInspectsNothing(t *testing.T) {
	first := newFixture(t, settings{wait: 15 * time.Second})
	bad := first.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	good := first.push("acme/good", testimage.Spec{Layers: []testimage.Layer{layer("y", "text", 200<<10)}})
	first.denied(first.manifest("acme/bad", "latest"))
	first.manifest("acme/good", "latest")
	first.inspected(good)
	first.inspected(bad)
	second := newFixture(t, settings{store: first.store, hub: first.hub})
	second.denied(second.manifest("acme/bad", "latest"))
	for d := range bad.Blobs {
		second.denied(second.blob("acme/bad", d))
		if n := first.hub.Downloads(d); n != 1 {
			t.Errorf("%s was downloaded %d times", d, n)
		}
	}
	if m := second.manifest("acme/good", "latest"); m.status != http.StatusOK {
		t.Fatalf("the good one: %d", m.status)
	}
	for d := range good.Blobs {
		second.whole(second.blob("acme/good", d), d)
	}
}

// A lateStore holds the first answer to Members until it may go.
type lateStore struct {
	cache.Store
	held  atomic.Bool
	asked chan struct{} // closed when the first answer is held
	goes  chan struct{} // closed to let it go
}

func (s *lateStore) Members(ctx context.Context, key string) ([]string, error) {
	out, err := s.Store.Members(ctx, key)
	if s.held.CompareAndSwap(false, true) {
		close(s.asked)
		<-s.goes
	}
	return out, err
}

// A client that looked for a manifest before another's download ended, and asks after
// it did, finds it stored.
func TestManifestIsFetchedOnce(t *testing.T) {
	late := &lateStore{Store: cache.NewMemory(time.Now), asked: make(chan struct{}), goes: make(chan struct{})}
	f := newFixture(t, settings{wait: 5 * time.Second, store: late})
	img := f.push("library/clean", testimage.Spec{Layers: []testimage.Layer{layer("one", "hello", 1000)}})
	first := make(chan answer, 1)
	go func() { first <- f.manifest("library/clean", "latest") }()
	<-late.asked
	second := f.manifest("library/clean", "latest")
	close(late.goes)
	for _, a := range []answer{<-first, second} {
		if a.status != http.StatusOK || !bytes.Equal(a.body, img.Manifest) {
			t.Errorf("manifest: %d %.200s", a.status, a.body)
		}
	}
	if n := f.hub.Count("GET", "/v2/library/clean/manifests/"+img.Digest.String()); n != 1 {
		t.Errorf("the hub was asked for the manifest %d times", n)
	}
}
