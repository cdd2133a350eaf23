package proxy_test

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// use puts an inspector in force that finds other words too.
func (f *fixture) use(words ...string) {
	f.t.Helper()
	i, err := inspect.New(inspect.DefaultLimits(), markers{words})
	if err != nil {
		f.t.Fatal(err)
	}
	f.set = i.Set()
	f.server.Use(i)
}

// A rule set that changes decides anew on what was decided, both ways, and fetches nothing.
func TestAnotherRuleSet(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "newly known words", 1000)}})
	for range 2 { // the second by the verdict that is remembered
		if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
			t.Fatalf("manifest: %d", m.status)
		}
	}
	f.whole(f.blob("acme/app", img.Layers[0].Digest), img.Layers[0].Digest)
	f.use("newly known words")
	f.denied(f.manifest("acme/app", "latest"), "marker/found")
	f.denied(f.blob("acme/app", img.Layers[0].Digest))
	f.use()
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Errorf("manifest: %d", m.status)
	}
	for d := range img.Blobs {
		if n := f.hub.Downloads(d); n > 1 {
			t.Errorf("%s was downloaded %d times", d, n)
		}
	}
}

// What is being inspected when the rule set changes ends under the old one, and its verdict
// is not taken for one of the new.
func TestAnotherRuleSetInMidPull(t *testing.T) {
	f := newFixture(t, settings{})
	img := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "newly known words", 1<<20)}})
	last := img.Layers[0]
	gate := testhub.NewGate(last.Size / 2)
	f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(last.Digest), Gate: gate})
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Fatalf("manifest: %d", m.status)
	}
	begun := make(chan answer)
	go func() { begun <- f.blob("acme/app", last.Digest) }()
	<-gate.Reached()
	f.use("newly known words")
	gate.Open()
	if a := <-begun; a.broken == nil && a.status == http.StatusOK && oci.DigestOf(a.body) != last.Digest {
		t.Errorf("neither the blob nor a refusal: %d, %d bytes", a.status, len(a.body))
	}
	var m answer
	f.until("the refusal", func() bool {
		m = f.manifest("acme/app", "latest")
		return m.status != http.StatusOK
	})
	f.denied(m, "marker/found")
}

// An outage is an engine that can be asked when down is not set.
type outage struct {
	markers
	down *atomic.Bool
}

func (outage) Name() string                            { return "outage" }
func (o outage) Stream(context.Context) inspect.Stream { return o }
func (outage) File(*inspect.File) io.WriteCloser       { return nil }
func (o outage) End() ([]inspect.Finding, []inspect.Gap, bool) {
	if o.down.Load() {
		return []inspect.Finding{{Rule: "outage/unreachable", Category: inspect.Uninspectable, Confidence: inspect.High}}, nil, true
	}
	return nil, nil, false
}

// What was decided while an engine could not be asked holds for the moment: neither the
// reports nor the verdict outlast a minute, and nothing is downloaded again.
func TestPartialReportsAreNotKept(t *testing.T) {
	var later atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	f := newFixture(t, settings{wait: 15 * time.Second, store: cache.NewMemory(now), now: now})
	img := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "clean", 1000)}})
	o := outage{down: new(atomic.Bool)}
	i, err := inspect.New(inspect.DefaultLimits(), o)
	if err != nil {
		t.Fatal(err)
	}
	f.set = i.Set()
	f.server.Use(i)
	o.down.Store(true)
	f.denied(f.manifest("acme/app", "latest"), "outage/unreachable")
	f.denied(f.blob("acme/app", img.Layers[0].Digest))
	o.down.Store(false)
	later.Store(int64(2 * time.Minute))
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Errorf("afterwards: %d %.200s", m.status, m.body)
	}
	f.whole(f.blob("acme/app", img.Layers[0].Digest), img.Layers[0].Digest)
	for d := range img.Blobs {
		if n := f.hub.Downloads(d); n > 1 {
			t.Errorf("%s was downloaded %d times", d, n)
		}
	}
}
