package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/records"
)

// A fixture is an API over records of its own.
type fixture struct {
	records *records.Records
	api     http.Handler
	now     time.Time
}

func newFixture(t *testing.T, change ...func(*admin.Config)) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return f.now }
	var err error
	f.records, err = records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db"), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.records.Close(t.Context()) })
	cfg := admin.Config{Records: f.records, Auth: people{}, Registry: "docker.io", Version: "1.2.3", Now: clock}
	for _, c := range change {
		c(&cfg)
	}
	f.api = admin.NewAPI(cfg)
	return f
}

// A document is what tests read of an OpenAPI document.
type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
	} `json:"paths"`
}

func (f *fixture) document(t *testing.T) (d document) {
	t.Helper()
	w := f.call(t, "GET", "/openapi.json", "", "")
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusOK {
		t.Fatalf("GET /openapi.json: %d, %v", w.Code, err)
	}
	return d
}

// pulled puts rows on record, minutes apart.
func (f *fixture) pulled(t *testing.T, rows ...records.Pull) {
	t.Helper()
	for i, p := range rows {
		if p.At.IsZero() {
			p.At = f.now.Add(time.Duration(i-len(rows)) * time.Minute)
		}
		if p.Registry == "" {
			p.Registry = "docker.io"
		}
		if err := f.records.Record(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// refused is the row of an image that was put in quarantine; n tells images apart.
func refused(repository string, n int) records.Pull {
	d := fmt.Sprintf("sha256:%064x", n)
	return records.Pull{
		RequestID: fmt.Sprintf("REQUEST%d", n), Client: "192.0.2.9", Repository: repository, Reference: "latest", Digest: d, Image: d, Kind: "manifest",
		Verdict: "quarantine", Judged: "quarantine", Status: 403,
		Reasons: `[{"action":"quarantine","policy":"miners","finding":{"rule":"miner/binary","category":"miner","severity":"high","confidence":"medium","layer":"` +
			d + `","path":"usr/bin/xmrig","offset":7,"evidence":"stratum"},"message":"a miner"}]`,
	}
}

// as sends a request that must succeed, and reads its answer.
func as[T any](t *testing.T, f *fixture, token, method, path, body string) (out T) {
	t.Helper()
	w := f.call(t, method, path, body, token)
	if w.Code/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	d := json.NewDecoder(strings.NewReader(w.Body.String()))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}
