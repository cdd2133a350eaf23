package proxy_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// Digests of the canary's variants. They are the same everywhere, so that a host can be asked
// whether it has one.
const (
	canaryManifest = "sha256:9eee028ade385963390a7acb3783feb70e06496ad069602e071980cc6f4669c9"
	canaryStream   = "sha256:8606c0448d2280289f59fe2fc608a1c4f5762036fc380386606ae643a7225ad9"
)

// streamed gets the manifest of the stream variant.
func streamed(f *fixture) v1.Manifest {
	f.t.Helper()
	a := f.manifest(policy.Canary, "stream")
	var m v1.Manifest
	if err := json.Unmarshal(a.body, &m); err != nil || a.status != http.StatusOK || oci.DigestOf(a.body) != canaryStream {
		f.t.Fatalf("%d, %s, %v", a.status, oci.DigestOf(a.body), err)
	}
	return m
}

// The canary is refused to every family at the manifest, in each mode, whatever the policy and
// the exceptions say, and no upstream is asked.
func TestCanaryIsAlwaysRefused(t *testing.T) {
	everything := func(policy.Subject) ([]policy.Exception, string) {
		return []policy.Exception{{ID: "all", Repository: "*/*"}, {ID: "rule", Rule: "policy/canary"}}, "all"
	}
	for _, mode := range []policy.Mode{policy.Enforce, policy.Hold, policy.Audit} {
		t.Run(string(mode), func(t *testing.T) {
			f := newFixture(t, settings{mode: mode, except: everything, policy: "rules:\n  - name: nothing\n    when: \"false\"\n    action: block\n"})
			for range 2 {
				for _, tag := range []string{"latest", "manifest"} {
					a := f.manifest(policy.Canary, tag)
					f.denied(a, "lazaret/canary:"+tag+" is blocked: policy, rule policy/canary", "lazaret-canary.txt", "always refused")
					if got := strings.Contains(string(a.body), "any other is not, in mode audit"); got != (mode == policy.Audit) {
						t.Errorf("mode %s is said: %v", mode, got)
					}
				}
				f.denied(f.manifest(policy.Canary, canaryManifest))
				m := streamed(f)
				a := f.blob(policy.Canary, m.Layers[0].Digest)
				if a.status == http.StatusOK && a.broken == nil && oci.DigestOf(a.body) == m.Layers[0].Digest {
					t.Error("the layer was given")
				}
			}
			if n := f.hub.Counts(); len(n) > 0 {
				t.Errorf("the hub was asked: %v", n)
			}
		})
	}
}

// The layer of the stream variant is refused in mid-stream to each family, at every pull; and
// before any byte to a client that tries again at once, by a range or from the start.
func TestCanaryStream(t *testing.T) {
	for name, agent := range map[string]string{"classic": dockerAgent, "containerd": containerdAgent, "podman": podmanAgent, "unknown": "curl/8"} {
		t.Run(name, func(t *testing.T) {
			var clock atomic.Int64 // seconds
			f := newFixture(t, settings{wait: 5 * time.Second, now: func() time.Time { return time.Unix(clock.Load(), 0) }})
			f.agent = agent
			for range 3 {
				clock.Add(120)
				m := streamed(f)
				f.whole(f.blob(policy.Canary, m.Config.Digest), m.Config.Digest)
				d, size := m.Layers[0].Digest, int(m.Layers[0].Size)
				a := f.blob(policy.Canary, d)
				if a.status != http.StatusOK || len(a.body) < size-(64<<10) || oci.DigestOf(a.body) == d {
					t.Fatalf("%d, %d of %d bytes, %v", a.status, len(a.body), size, a.broken)
				}
				if a.broken == nil {
					t.Error("it was not broken off")
				}
				for _, header := range [][]string{{"Range", "bytes=100-"}, nil} {
					again := f.blob(policy.Canary, d, header...)
					if name == "containerd" {
						if again.status >= 300 || again.broken == nil || len(again.body) > 0 {
							t.Errorf("then %d, %d bytes, %v", again.status, len(again.body), again.broken)
						}
						continue
					}
					f.denied(again, "policy/canary")
				}
			}
		})
	}
}

// What is recorded of the canary is a test, and never a refusal of an image.
func TestCanaryIsRecordedAsTest(t *testing.T) {
	f := newFixture(t, settings{})
	f.manifest(policy.Canary, "latest")
	m := streamed(f)
	f.blob(policy.Canary, m.Config.Digest)
	f.blob(policy.Canary, m.Layers[0].Digest)
	f.until("the rows", func() bool { return len(f.ledger.all()) == 4 })
	for _, row := range f.ledger.all() {
		if row.Verdict != "test" || row.Repository != policy.Canary {
			t.Errorf("%+v", row)
		}
	}
	if rows := f.ledger.all(); !slices.ContainsFunc(rows, func(r records.Pull) bool { return strings.Contains(r.Reasons, "policy/canary") }) {
		t.Errorf("no reason: %+v", rows)
	}
}

// There is nothing else under the name.
func TestCanaryHasNoOthers(t *testing.T) {
	f := newFixture(t, settings{})
	for _, reference := range []string{"v2", oci.DigestOf([]byte("x")).String()} {
		if a := f.manifest(policy.Canary, reference); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", reference, a.status)
		}
	}
	if a := f.do(http.MethodGet, "/v2/"+policy.Canary+"/tags/list"); a.status != http.StatusOK || !strings.Contains(string(a.body), `"latest","manifest","stream"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if n := f.hub.Counts(); len(n) > 0 {
		t.Errorf("the hub was asked: %v", n)
	}
}

// The canary is in every registry that is mirrored, by each form of a name, and in no other.
func TestCanaryInEveryRegistry(t *testing.T) {
	f := newFixture(t, settings{others: map[string]string{"ghcr.io": "http://127.0.0.1:1"}})
	for i, path := range []string{
		"/v2/lazaret/canary/manifests/latest", "/v2/lazaret/canary/manifests/latest?ns=docker.io",
		"/v2/lazaret/canary/manifests/latest?ns=ghcr.io", "/v2/ghcr.io/lazaret/canary/manifests/latest",
	} {
		f.denied(f.do(http.MethodGet, path), "policy/canary")
		f.until("the row", func() bool { return len(f.ledger.all()) == i+1 })
		want := "docker.io"
		if i > 1 {
			want = "ghcr.io"
		}
		if row := f.ledger.all()[i]; row.Registry != want || row.Verdict != "test" || row.Digest != canaryManifest {
			t.Errorf("%s: %+v", path, row)
		}
	}
	if a := f.do(http.MethodGet, "/v2/lazaret/canary/manifests/latest?ns=quay.io"); a.status != http.StatusForbidden && a.status != http.StatusNotFound || strings.Contains(string(a.body), "canary") {
		t.Errorf("of a registry that is not mirrored: %d %s", a.status, a.body)
	}
	if n := f.hub.Counts(); len(n) > 0 {
		t.Errorf("the hub was asked: %v", n)
	}
}
