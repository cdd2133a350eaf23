package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// verdict is that of a case that is opened for an image.
func (f *fixture) verdict(repository string, d oci.Digest, again bool) policy.Verdict {
	f.t.Helper()
	c, err := f.server.Reopen(f.t.Context(), oci.DockerHub, repository, d, again)
	if err != nil {
		f.t.Fatal(err)
	}
	if c.Rules() != f.set || c.Policy() == "" {
		f.t.Errorf("by rules %q and policy %q, want rules %q", c.Rules(), c.Policy(), f.set)
	}
	return c.Decide(f.t.Context(), "192.0.2.7")
}

// What passed is judged by new rules from what is stored, and nothing is fetched for it.
func TestReopen(t *testing.T) {
	list := &allowlist{}
	f := newFixture(t, settings{wait: 15 * time.Second, except: list.in})
	img := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "newly known words", 1000)}})
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Fatalf("manifest: %d", m.status)
	}
	before := f.hub.Counts()
	want := func(what string, v policy.Verdict, judged policy.Action, missing int) {
		t.Helper()
		if v.Judged != judged || len(v.Missing) != missing {
			t.Errorf("%s: %s, %d missing; want %s, %d", what, v.Judged, len(v.Missing), judged, missing)
		}
	}
	want("as it was", f.verdict("acme/app", img.Digest, false), policy.Allow, 0)
	f.use("newly known words")
	want("before it is inspected again", f.verdict("acme/app", img.Digest, false), policy.Stream, 1+len(img.Blobs))
	want("inspected again", f.verdict("acme/app", img.Digest, true), policy.Block, 0)
	want("by the reports of that", f.verdict("acme/app", img.Digest, false), policy.Block, 0)
	list.put(policy.Exception{Client: "192.0.2.7"})
	want("excepted for the client", f.verdict("acme/app", img.Digest, false), policy.Allow, 0)
	want("what is not stored", f.verdict("acme/app", oci.DigestOf([]byte("gone")), true), policy.Stream, 1)
	list.put()
	want("a bad name", f.verdict("acme/ngnix", "", false), policy.Quarantine, 0)
	want("a good name", f.verdict("acme/app", "", false), policy.Allow, 0)
	for request, n := range f.hub.Counts() {
		if n != before[request] {
			t.Errorf("%s: asked of upstream %d times by a review", request, n-before[request])
		}
	}
}

// Of an image whose manifest is not stored its own report says nothing of what it is made of.
func TestReopenWithoutTheManifest(t *testing.T) {
	first := newFixture(t, settings{wait: 15 * time.Second})
	img := first.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "clean", 1000)}})
	first.pulls("acme/app", "latest", img, true)
	first.inspected(img)
	first.reported(img.Digest)
	other := newFixture(t, settings{store: first.store, hub: first.hub}) // the same reports, another disk
	if v := other.verdict("acme/app", img.Digest, true); v.Judged != policy.Stream || v.Action != policy.Stream || len(v.Missing) != 1 {
		t.Errorf("%s, judged %s, %d missing", v.Action, v.Judged, len(v.Missing))
	}
}

// What is purged is refused as before, by what is known of it, and downloaded again once an
// exception lets it pass.
func TestPurge(t *testing.T) {
	list := &allowlist{}
	f := newFixture(t, settings{wait: 15 * time.Second, except: list.in})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	f.pulls("acme/bad", "latest", img, false)
	f.inspected(img)
	for _, want := range []bool{true, false} {
		if was, err := f.server.Purge(t.Context(), img.Digest); err != nil || was != want {
			t.Errorf("purged: %t, %v; want %t", was, err, want)
		}
	}
	for d := range img.Blobs {
		if _, _, err := f.blobs.Open(t.Context(), d); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("%s is still stored: %v", d, err)
		}
	}
	f.pulls("acme/bad", "latest", img, false)
	list.put(policy.Exception{Digest: img.Digest})
	f.pulls("acme/bad", "latest", img, true)
}

// away is an engine that cannot be asked.
type away struct{ markers }

func (away) Name() string                            { return "away" }
func (a away) Stream(context.Context) inspect.Stream { return a }
func (away) File(*inspect.File) io.WriteCloser       { return nil }
func (away) End() ([]inspect.Finding, []inspect.Gap, bool) {
	return []inspect.Finding{{Rule: "away/unreachable", Category: inspect.Uninspectable, Confidence: inspect.High, Path: "x"}}, nil, true
}

// That an engine is away makes an image wait, or be refused, when it is pulled. It is no
// reason to tell everybody who has an image that it would be refused now.
func TestReviewWhileAnEngineIsAway(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "clean", 1000)}})
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Fatalf("manifest: %d", m.status)
	}
	i, err := inspect.New(inspect.DefaultLimits(), away{})
	if err != nil {
		t.Fatal(err)
	}
	f.set = i.Set()
	f.server.Use(i)
	for range 2 { // the second by reports that are kept for the moment
		if v := f.verdict("acme/app", img.Digest, true); v.Judged != policy.Stream || len(v.Missing) == 0 {
			t.Errorf("%s, %d missing; want stream, and some", v.Judged, len(v.Missing))
		}
	}
	f.denied(f.manifest("acme/app", "latest"), "away/unreachable")
}

// The manifest of a pull may ask Docker Hub about a repository; its blobs, and a review, take what is known.
func TestWhoAsksDockerHub(t *testing.T) {
	var mu sync.Mutex
	asked := map[bool]int{}
	f := newFixture(t, settings{wait: 15 * time.Second, facts: func(_ context.Context, repository string, ask bool) *policy.HubFacts {
		mu.Lock()
		defer mu.Unlock()
		asked[ask]++
		return nil
	}})
	img := f.push("acme/app", testimage.Spec{Layers: []testimage.Layer{layer("x", "clean", 1000)}})
	if m := f.manifest("acme/app", "latest"); m.status != http.StatusOK {
		t.Fatalf("manifest: %d", m.status)
	}
	pulled := asked[true]
	if pulled == 0 || asked[false] != 0 {
		t.Errorf("a pull: %v", asked)
	}
	f.whole(f.blob("acme/app", img.Layers[0].Digest), img.Layers[0].Digest)
	mu.Lock()
	known := asked[false]
	if asked[true] != pulled || known == 0 {
		t.Errorf("a blob: %v", asked)
	}
	mu.Unlock()
	f.verdict("acme/app", img.Digest, false)
	if asked[true] != pulled || asked[false] == known {
		t.Errorf("a review: %v", asked)
	}
}
