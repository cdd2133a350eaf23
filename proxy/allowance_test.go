package proxy_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// An allowlist is what a test puts in force, under a name that says how often it did.
type allowlist struct {
	exceptions []policy.Exception
	name       string
}

func (l *allowlist) put(ex ...policy.Exception) { l.exceptions, l.name = ex, l.name+"+" }

func (l *allowlist) in(s policy.Subject) (out []policy.Exception, name string) {
	for _, e := range l.exceptions {
		if e.Concerns(&s) {
			out = append(out, e)
		}
	}
	return out, l.name
}

// pulls wants an image to pass whole, or to be refused at its manifest and at its last layer.
func (f *fixture) pulls(repository, reference string, img testimage.Image, want bool) {
	f.t.Helper()
	m, last := f.manifest(repository, reference), img.Layers[len(img.Layers)-1].Digest
	if !want {
		f.denied(m, "marker/found")
		f.denied(f.blob(repository, last))
		return
	}
	if m.status != http.StatusOK {
		f.t.Errorf("manifest %s: %d %.300s", reference, m.status, m.body)
	}
	for d := range img.Blobs {
		f.whole(f.blob(repository, d), d)
	}
}

// Each scope holds at the manifest and at every blob, where a tag is no longer spoken of;
// and what was remembered of a verdict is not taken for that of another client or tag.
func TestScopes(t *testing.T) {
	list := &allowlist{}
	f := newFixture(t, settings{wait: 15 * time.Second, except: list.in})
	bad, err := testimage.Build(testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	if err != nil {
		t.Fatal(err)
	}
	idx := testimage.Index(false, bad)
	if err := f.hub.PushIndex(t.Context(), "acme/multi", "1.0", idx); err != nil {
		t.Fatal(err)
	}
	if m := f.manifest("acme/multi", "1.0"); m.status != http.StatusOK { // nothing is known of its members
		t.Fatalf("index: %d", m.status)
	}
	member := bad.Digest.String()
	f.pulls("acme/multi", member, bad, false)
	f.denied(f.manifest("acme/multi", "1.0"), "marker/found")
	for _, tc := range []struct {
		name string
		e    policy.Exception
		want bool
	}{
		{"digest", policy.Exception{Digest: bad.Digest}, true},
		{"index", policy.Exception{Repository: "acme/multi", Digest: idx.Digest}, true},
		{"another digest", policy.Exception{Repository: "acme/multi", Digest: oci.DigestOf(nil)}, false},
		{"tag of the index", policy.Exception{Repository: "acme/*", Tag: "1.0"}, true},
		{"another tag", policy.Exception{Repository: "acme/*", Tag: "2.0"}, false},
		{"tag elsewhere", policy.Exception{Repository: "acme/other", Tag: "1.0"}, false},
		{"network", policy.Exception{Client: "127.0.0.0/8"}, true},
		{"another network", policy.Exception{Client: "192.0.2.0/24"}, false},
		{"path", policy.Exception{Path: "opt/*"}, true},
		{"another path", policy.Exception{Path: "etc/*"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.t = t
			list.put(tc.e)
			f.pulls("acme/multi", member, bad, tc.want)
			if index := f.manifest("acme/multi", "1.0"); (index.status == http.StatusOK) != tc.want {
				t.Errorf("index: %d", index.status)
			}
		})
	}
	f.t = t
	for d := range bad.Blobs {
		if n := f.hub.Downloads(d); n > 1 {
			t.Errorf("%s was downloaded %d times", d, n)
		}
	}
}

// A tag that is followed takes its exception along, and leaves none behind.
func TestATagIsFollowed(t *testing.T) {
	list := &allowlist{}
	f := newFixture(t, settings{wait: 15 * time.Second, except: list.in})
	first := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	f.pulls("acme/bad", "latest", first, false)
	list.put(policy.Exception{Repository: "acme/bad", Tag: "latest"})
	f.pulls("acme/bad", "latest", first, true)
	f.pulls("acme/bad", first.Digest.String(), first, true)
	second := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("y", marker, 1000)}})
	f.denied(f.manifest("acme/bad", second.Digest.String()), "marker/found") // no pull has seen the tag move
	f.pulls("acme/bad", "latest", second, true)
	f.pulls("acme/bad", first.Digest.String(), first, false)
}

// The ledger has the image that each row is about, a layer's too, and the client by the
// policy's name for it; an exception may go by that name.
func TestTheLedgerSaysWhoAndWhichImage(t *testing.T) {
	list := &allowlist{}
	f := newFixture(t, settings{wait: 15 * time.Second, except: list.in})
	f.server.UsePolicy(newPolicy(t, policy.Enforce, `rules: [{name: mine, when: finding.category == "miner", action: block}]
clients: [{name: loop, networks: [127.0.0.0/8]}]`))
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	f.pulls("acme/bad", "latest", img, false)
	list.put(policy.Exception{Client: "loop"})
	f.pulls("acme/bad", "latest", img, true)
	list.put(policy.Exception{Client: "other"})
	f.pulls("acme/bad", "latest", img, false)
	f.until("the rows", func() bool { return len(f.ledger.all()) >= 2+1+len(img.Blobs)+2 })
	for _, row := range f.ledger.all() {
		if row.ClientName != "loop" || row.Image != img.Digest.String() {
			t.Errorf("%s %s is of client %q and image %q", row.Kind, row.Digest, row.ClientName, row.Image)
		}
		if want := map[bool]string{true: "block", false: "allow"}[row.Status == http.StatusForbidden]; row.Verdict != want || row.Judged != want {
			t.Errorf("%s %s, %d: verdict %q, judged %q, want %q", row.Kind, row.Digest, row.Status, row.Verdict, row.Judged, want)
		}
	}
}
