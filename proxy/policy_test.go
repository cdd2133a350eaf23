package proxy_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy"
)

// A clock is what a test says that it is.
type clock struct {
	mu sync.Mutex // guards at
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A memory remembers images in a map.
type memory struct {
	mu  sync.Mutex // guards what follows
	at  map[string]time.Time
	err error
}

func (m *memory) FirstSeen(_ context.Context, registry, repository string, d oci.Digest) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return time.Time{}, m.err
	}
	at, ok := m.at[registry+"/"+repository+"@"+d.String()]
	if !ok {
		return time.Time{}, records.ErrNone
	}
	return at, nil
}

func (m *memory) put(key string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at[key] = at
}

const coolDown = `
rules:
  - name: cool-down
    when: now - image.firstSeen < duration("24h")
    action: quarantine
    message: Images wait here for a day before they are used.
`

// An image that was not asked for before waits, by any way to it and through its index
// only once, and passes when its time has come without a change of anything else.
func TestCoolDown(t *testing.T) {
	for name, known := range map[string]*memory{"remembered": {at: map[string]time.Time{}}, "by this process alone": nil, "by a memory that fails": {err: errors.New("down")}} {
		t.Run(name, func(t *testing.T) {
			c := &clock{at: time.Now()}
			s := settings{wait: 15 * time.Second, policy: coolDown, now: c.now}
			if known != nil {
				s.memory = known
			}
			f := newFixture(t, s)
			img, err := testimage.Build(testimage.Spec{Layers: []testimage.Layer{layer("x", "clean", 1000)}})
			if err != nil {
				t.Fatal(err)
			}
			idx := testimage.Index(false, img)
			if err := f.hub.PushIndex(t.Context(), "acme/new", "1", idx); err != nil {
				t.Fatal(err)
			}
			f.denied(f.manifest("acme/new", "1"), "acme/new:1 is in quarantine", "policy/cool-down", "Images wait here for a day")
			f.denied(f.manifest("acme/new", idx.Digest.String()), "policy/cool-down")
			if n := f.hub.Downloads(img.Layers[0].Digest); n > 0 {
				t.Errorf("a layer of what waits was downloaded %d times", n)
			}
			c.turn(23 * time.Hour)
			f.denied(f.manifest("acme/new", "1"))
			if known != nil && known.err == nil {
				known.put("docker.io/acme/new@"+idx.Digest.String(), c.now().Add(-48*time.Hour)) // by another replica
			} else {
				c.turn(2 * time.Hour)
			}
			if m := f.manifest("acme/new", "1"); m.status != http.StatusOK {
				t.Errorf("the index after its time: %d %.300s", m.status, m.body)
			}
			f.pulls("acme/new", img.Digest.String(), img, true)
		})
	}
}

// Where verdicts hang on time, none is kept beyond its time, and an index is refused for a
// member that is known to be, as under any other policy.
func TestTimelyVerdicts(t *testing.T) {
	c := &clock{at: time.Now()}
	f := newFixture(t, settings{wait: 15 * time.Second, now: c.now, policy: `
rules:
  - {name: young, when: now - image.firstSeen < duration("1h") && finding.category == "miner", action: block}
`})
	bad, err := testimage.Build(testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.hub.PushIndex(t.Context(), "acme/multi", "1", testimage.Index(false, bad)); err != nil {
		t.Fatal(err)
	}
	if m := f.manifest("acme/multi", "1"); m.status != http.StatusOK { // nothing is known of its members
		t.Fatalf("index: %d", m.status)
	}
	f.pulls("acme/multi", bad.Digest.String(), bad, false)
	f.denied(f.manifest("acme/multi", "1"), "marker/found")
	c.turn(2 * time.Hour)
	f.pulls("acme/multi", bad.Digest.String(), bad, true)
	if m := f.manifest("acme/multi", "1"); m.status != http.StatusOK {
		t.Errorf("index after its time: %d", m.status)
	}
	f.server.UsePolicy(newPolicy(t, policy.Enforce, ""))
	f.pulls("acme/multi", bad.Digest.String(), bad, false)
}

// A rule about the image is excused as a finding is, at its manifest and at every blob.
func TestCoolDownExcused(t *testing.T) {
	list := &allowlist{}
	f := newFixture(t, settings{wait: 15 * time.Second, policy: coolDown, except: list.in})
	img := f.push("acme/new", testimage.Spec{Layers: []testimage.Layer{layer("x", "clean", 1000)}})
	f.denied(f.manifest("acme/new", "latest"), "policy/cool-down")
	list.put(policy.Exception{Repository: "acme/*", Rule: "policy/other"})
	f.denied(f.manifest("acme/new", "latest"), "policy/cool-down")
	list.put(policy.Exception{Repository: "acme/*", Rule: "policy/cool-down"})
	f.pulls("acme/new", "latest", img, true)
	list.put()
	f.denied(f.manifest("acme/new", "latest"))
	f.denied(f.blob("acme/new", img.Layers[0].Digest))
}

// A policy that is put in force acts on the next request; an image that was refused is
// not downloaded again for it, and a verdict of the old one is not taken for the new one's.
func TestUsePolicy(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	bad := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 1000)}})
	f.pulls("acme/bad", "latest", bad, false)
	for _, tt := range []struct {
		file string
		mode policy.Mode
		want bool
	}{
		{`rules: [{name: other, when: finding.category == "secret", action: block}]`, policy.Enforce, true},
		{`rules: [{name: mine, when: finding.category == "miner", action: quarantine}]`, policy.Enforce, false},
		{`rules: [{name: mine, when: finding.category == "miner", action: block, mode: audit}]`, policy.Enforce, true},
		{`rules: [{name: mine, when: finding.category == "miner", action: block}]`, policy.Hold, false},
		{"mode: audit\nrules: [{name: mine, when: finding.category == \"miner\", action: block}]", policy.Enforce, true},
		{`rules: [{name: ours, when: image.repository.glob("acme/*"), action: allow}, {name: mine, when: finding.category == "miner", action: block}]`, policy.Enforce, true},
		{`rules: [{name: here, when: client.name == "loop" && finding.category == "miner", action: block}]
clients: [{name: loop, networks: [127.0.0.0/8]}]`, policy.Enforce, false},
		{`rules: [{name: there, when: client.address.inNetwork("192.0.2.0/24") && finding.category == "miner", action: block}]`, policy.Enforce, true},
		{`rules: [{name: tags, when: image.tag == "latest", action: block, message: no}]`, policy.Enforce, false},
	} {
		f.server.UsePolicy(newPolicy(t, tt.mode, tt.file))
		m := f.manifest("acme/bad", "latest")
		if got := m.status == http.StatusOK; got != tt.want {
			t.Errorf("%s: %d %.300s", tt.file, m.status, m.body)
		}
		for _, l := range bad.Layers {
			b := f.blob("acme/bad", l.Digest)
			if got := b.status == http.StatusOK; got != tt.want && !strings.Contains(tt.file, "image.tag") {
				t.Errorf("%s: layer: %d", tt.file, b.status)
			}
		}
	}
	for d := range bad.Blobs {
		if n := f.hub.Downloads(d); n > 1 {
			t.Errorf("%s was downloaded %d times", d, n)
		}
	}
}

// What an audited rule would have refused is on record, and streams like anything else.
func TestAuditedRule(t *testing.T) {
	f := newFixture(t, settings{policy: `rules: [{name: trial, when: finding.category == "miner", action: block, mode: audit}]`})
	bad := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 300_000), layer("y", "clean", 300_000)}})
	f.pulls("acme/bad", "latest", bad, true)
	f.inspected(bad)
	f.pulls("acme/bad", "latest", bad, true)
	row := f.ledger.all()[len(bad.Blobs)+1]
	if row.Kind != "manifest" || row.Verdict != "warn" || row.Judged != "block" || !strings.Contains(row.Reasons, `"policy":"trial"`) || !strings.Contains(row.Reasons, `"audit":true`) {
		t.Errorf("%+v", row)
	}
}

// Where a rule allows by all that is found, no layer's end leaves before all is known.
func TestAllowingByFindingsWaitsForAll(t *testing.T) {
	const file = `
rules:
  - name: few
    when: findings.size() < 2
    action: allow
  - name: mine
    when: finding.category == "miner"
    action: block
`
	f := newFixture(t, settings{policy: file})
	two := f.push("acme/two", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 300_000), layer("y", marker, 300_000)}})
	f.agent = podmanAgent // which is held at the last layer alone
	gate := testhub.NewGate(1000)
	f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(two.Layers[1].Digest), Gate: gate})
	if m := f.manifest("acme/two", "latest"); m.status != http.StatusOK {
		t.Fatalf("manifest: %d", m.status)
	}
	answers := make(chan answer)
	go func() { answers <- f.blob("acme/two", two.Layers[0].Digest) }()
	f.reported(two.Layers[0].Digest)
	select {
	case a := <-answers:
		t.Errorf("the first layer was answered before the second was known: %d, %d bytes, %v", a.status, len(a.body), a.broken)
		gate.Open()
		return
	default:
	}
	gate.Open()
	first := <-answers
	if first.broken == nil && first.status == http.StatusOK && oci.DigestOf(first.body) == two.Layers[0].Digest {
		t.Error("the first layer was given whole, and the image is refused")
	}
	f.inspected(two)
	f.denied(f.blob("acme/two", two.Layers[0].Digest), "rule marker/found")
	lone := f.push("acme/one", testimage.Spec{Layers: []testimage.Layer{layer("z", marker, 300_000)}})
	f.pulls("acme/one", "latest", lone, true)
}

var _ proxy.Memory = (*records.Records)(nil)
