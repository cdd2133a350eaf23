package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// blobs are stored in memory.
type blobs map[oci.Digest][]byte

func (b blobs) Open(_ context.Context, d oci.Digest) (io.ReadSeekCloser, int64, error) {
	content, ok := b[d]
	if !ok {
		return nil, 0, fmt.Errorf("open %s: %w", d, cache.ErrMiss)
	}
	return readCloser{bytes.NewReader(content)}, int64(len(content)), nil
}

type readCloser struct{ io.ReadSeeker }

func (readCloser) Close() error { return nil }

// A kept is an image in quarantine, number 1, of which everything is stored.
type kept struct {
	*fixture
	image   testimage.Image
	finding inspect.Finding
	script  string
	stored  blobs
}

func keepQuarantined(t *testing.T, change ...func(*admin.Config)) kept {
	t.Helper()
	k := kept{script: strings.Repeat("# a long way to go\n", 100) + "<script>alert(1)</script>\nxmrig -o stratum+tcp://pool.example:3333\n", stored: blobs{}}
	var err error
	k.image, err = testimage.Build(testimage.Spec{Env: []string{"A=a"}, Layers: []testimage.Layer{{
		Compression: "gzip", Files: []testimage.File{{Path: "usr/bin/start.sh", Body: []byte(k.script), Mode: 0o755}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for d, b := range k.image.Blobs {
		k.stored[d] = b
	}
	k.stored[k.image.Digest] = k.image.Manifest
	k.finding = inspect.Finding{
		Rule: "miner/stratum-launch", Category: inspect.Miner, Severity: inspect.High, Confidence: inspect.High, Layer: k.image.Layers[0].Digest,
		Path: "usr/bin/start.sh", Offset: int64(strings.Index(k.script, "xmrig")), Evidence: "xmrig -o stratum",
	}
	reasons, err := json.Marshal([]policy.Reason{{Action: policy.Quarantine, Rule: "miner", Finding: k.finding}})
	if err != nil {
		t.Fatal(err)
	}
	k.fixture = newFixture(t, append(change, func(c *admin.Config) { c.Blobs = k.stored })...)
	k.pulled(t, records.Pull{
		RequestID: "R1", Client: "192.0.2.9", Repository: "acme/app", Reference: "1", Digest: k.image.Digest.String(), Image: k.image.Digest.String(),
		Kind: "manifest", Verdict: "quarantine", Status: 403, Reasons: string(reasons),
	})
	return k
}

const evidencePath = admin.Prefix + "/quarantine/1/evidence"

func TestEvidence(t *testing.T) {
	k := keepQuarantined(t)
	layer := k.image.Layers[0].Digest.String()
	from := k.finding.Offset - 256
	for name, tt := range map[string]struct {
		query string
		want  string
		size  string
	}{
		"by finding":          {"finding=" + k.finding.Fingerprint(), k.script[from:], fmt.Sprint(len(k.script))},
		"on from there":       {"length=5&offset=256&finding=" + k.finding.Fingerprint(), "xmrig", fmt.Sprint(len(k.script))},
		"by layer and path":   {"layer=" + layer + "&path=usr/bin/start.sh&length=6", "# a lo", fmt.Sprint(len(k.script))},
		"the config's part":   {"layer=" + k.image.ConfigDescriptor.Digest.String() + "&path=config:env", "A=a\n", "4"},
		"the manifest itself": {"layer=" + k.image.Digest.String() + "&length=10", string(k.image.Manifest[:10]), fmt.Sprint(len(k.image.Manifest))},
	} {
		t.Run(name, func(t *testing.T) {
			w := k.call(t, "GET", evidencePath+"?"+tt.query, "", "reviewer")
			if w.Code != http.StatusOK || w.Body.String() != tt.want {
				t.Fatalf("%d %q, want %q", w.Code, w.Body, tt.want)
			}
			for header, want := range map[string]string{
				"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename="evidence-1.bin"`,
				"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Evidence-Size": tt.size,
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
		})
	}
	log := as[admin.Items[admin.Change]](t, k.fixture, "viewer", "GET", admin.Prefix+"/audit", "")
	if len(log.Items) != 5 {
		t.Fatalf("%d rows in the audit log, want one for each of 5 looks", len(log.Items))
	}
	for _, row := range log.Items {
		if row.Actor != "a reviewer" || row.Origin != "192.0.2.7, token 7" || row.Action != "quarantine.evidence" || row.Object != "1" || !strings.Contains(row.After, `"layer":"sha256:`) {
			t.Errorf("audit: %+v", row)
		}
	}
}

// TestNoEvidence has what nobody is shown, and leaves no trace of a look.
func TestNoEvidence(t *testing.T) {
	k := keepQuarantined(t)
	foreign := oci.DigestOf([]byte("of another image"))
	k.stored[foreign] = []byte("of another image")
	layer := k.image.Layers[0].Digest
	for name, tt := range map[string]struct {
		query, token string
		status       int
	}{
		"a viewer":                  {"finding=" + k.finding.Fingerprint(), "viewer", 403},
		"another image's blob":      {"layer=" + foreign.String(), "reviewer", 404},
		"a path that is not there":  {"layer=" + layer.String() + "&path=etc/shadow", "reviewer", 404},
		"another finding":           {"finding=00000000000000000000000000000000", "reviewer", 404},
		"nothing said":              {"", "reviewer", 422},
		"too much":                  {"length=1048577&layer=" + layer.String(), "reviewer", 422},
		"a finding and a path":      {"path=a&finding=" + k.finding.Fingerprint(), "reviewer", 422},
		"a layer that is no digest": {"layer=../../etc/passwd", "reviewer", 422},
	} {
		if w := k.call(t, "GET", evidencePath+"?"+tt.query, "", tt.token); w.Code != tt.status {
			t.Errorf("%s: %d %.200s, want %d", name, w.Code, w.Body, tt.status)
		}
	}
	delete(k.stored, layer)
	if w := k.call(t, "GET", evidencePath+"?finding="+k.finding.Fingerprint(), "", "admin"); w.Code != http.StatusNotFound {
		t.Errorf("after a purge: %d %s", w.Code, w.Body)
	}
	if log := as[admin.Items[admin.Change]](t, k.fixture, "viewer", "GET", admin.Prefix+"/audit", ""); len(log.Items) != 0 {
		t.Errorf("the audit log has looks that there were not: %+v", log.Items)
	}
}

// TestEvidenceNeedsARow closes the records while somebody looks: what cannot be put on record is not shown.
func TestEvidenceNeedsARow(t *testing.T) {
	k := keepQuarantined(t)
	api := newFixture(t, func(c *admin.Config) {
		c.Records = k.records
		c.Blobs = closing{k.stored, func() { _ = k.records.Close(t.Context()) }}
	})
	w := api.call(t, "GET", evidencePath+"?finding="+k.finding.Fingerprint(), "", "reviewer")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "xmrig") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A closing calls something when a blob is opened.
type closing struct {
	blobs
	then func()
}

func (c closing) Open(ctx context.Context, d oci.Digest) (io.ReadSeekCloser, int64, error) {
	c.then()
	return c.blobs.Open(ctx, d)
}

func TestQuarantineDecisions(t *testing.T) {
	k := keepQuarantined(t)
	q := as[admin.Quarantined](t, k.fixture, "viewer", "GET", admin.Prefix+"/quarantine/1", "")
	if q.State != "waiting" || q.Repository != "acme/app" || len(q.Reasons) != 1 || q.Reasons[0].Finding.Fingerprint != k.finding.Fingerprint() {
		t.Errorf("show: %+v", q)
	}
	if w := k.call(t, "POST", admin.Prefix+"/quarantine/1/release", `{"reason":"ours"}`, "viewer"); w.Code != 403 {
		t.Errorf("a viewer releases: %d", w.Code)
	}
	q = as[admin.Quarantined](t, k.fixture, "reviewer", "POST", admin.Prefix+"/quarantine/1/reject", `{"reason":"a miner"}`)
	if diff := cmp.Diff(admin.Decision{Decided: k.now, By: "a reviewer", Word: "a miner"}, q.Decision); diff != "" || q.State != "rejected" {
		t.Errorf("rejected: %s %s", q.State, diff)
	}
	q = as[admin.Quarantined](t, k.fixture, "reviewer", "POST", admin.Prefix+"/quarantine/1/release", `{"reason":"ours after all","for":"1d"}`)
	e := as[admin.Exception](t, k.fixture, "viewer", "GET", fmt.Sprintf("%s/exceptions/%d", admin.Prefix, q.Exception), "")
	if want := (admin.Scope{Repository: "acme/app", Digest: k.image.Digest.String()}); e.Scope != want || q.State != "released" {
		t.Errorf("released: %+v by %+v", q, e)
	}
	if got := as[admin.Items[admin.Quarantined]](t, k.fixture, "viewer", "GET", admin.Prefix+"/quarantine?state=waiting", ""); len(got.Items) != 0 {
		t.Errorf("waiting: %+v", got.Items)
	}
}

var errDown = errors.New("a detail that is nobody's business")

func TestFaultsStayInside(t *testing.T) {
	k := keepQuarantined(t)
	api := newFixture(t, func(c *admin.Config) { c.Records, c.Blobs = k.records, down{} })
	w := api.call(t, "GET", evidencePath+"?finding="+k.finding.Fingerprint(), "", "reviewer")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "business") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type down struct{}

func (down) Open(context.Context, oci.Digest) (io.ReadSeekCloser, int64, error) {
	return nil, 0, errDown
}
