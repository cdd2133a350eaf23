package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/explain"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/replay"
	"github.com/lazaret/lazaret/policy"
)

// A mirror has the default policy in force, and one report: on a layer with a miner in it.
type mirror struct {
	records *records.Records
	policy  *policy.Policy
	report  inspect.Report
	hold    chan struct{} // a replay waits until it is closed; nil: it does not
	began   chan struct{}
}

func newMirror(t *testing.T) (*mirror, *fixture) {
	t.Helper()
	p, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: policy.DefaultRules()})
	if err != nil {
		t.Fatal(err)
	}
	d := oci.DigestOf([]byte("layer"))
	m := &mirror{policy: p, report: inspect.Report{Digest: d, Set: "set", Kind: inspect.KindLayer, Findings: []inspect.Finding{{
		Rule: "miner/binary", Category: inspect.Miner, Severity: inspect.High, Confidence: inspect.High, Layer: d, Path: "usr/bin/xmrig", Evidence: "xmrig",
	}}, Gaps: []inspect.Gap{{Path: "a.zip", Why: "encrypted"}}}}
	f := newFixture(t, func(c *admin.Config) {
		m.records = c.Records
		c.Facts, c.Policies = m, m
		c.Rules = func(context.Context) (admin.RuleSet, error) {
			return admin.RuleSet{Ruleset: "set", Policy: p.Revision(), Rules: p.Rules()}, nil
		}
		c.Feeds = func() []admin.Feed {
			return []admin.Feed{{Name: "feeds.example/list", Category: "miner", Entries: 3, Failed: true}}
		}
		c.Status = func(context.Context) admin.Status {
			return admin.Status{Upstream: "https://registry-1.docker.io", Mode: "enforce", Ruleset: "set", Policy: p.Revision(), Ready: "degraded", Parts: map[string]string{"reports": "failed"}}
		}
	})
	return m, f
}

func (m *mirror) Report(_ context.Context, d oci.Digest) (inspect.Report, error) {
	if d != m.report.Digest {
		return inspect.Report{}, fmt.Errorf("%w on %s", explain.ErrNone, d)
	}
	return m.report, nil
}

func (m *mirror) Explain(ctx context.Context, q explain.Query) (explain.Explanation, error) {
	r, err := m.Report(ctx, q.Digest)
	if err != nil {
		return explain.Explanation{}, err
	}
	s := policy.Subject{Image: policy.Image{Reference: q.Name, Layers: []oci.Digest{q.Digest}}, Client: m.policy.Client(q.Client), At: q.At}
	return explain.Verdict(explain.Explanation{Digest: q.Digest, Kind: r.Kind, Ruleset: r.Set, Policy: m.policy.Revision()},
		m.policy.Decide(s, policy.Evidence{Reports: []inspect.Report{r}}, nil)), nil
}

func (m *mirror) InForce(context.Context) (admin.InForce, error) {
	return admin.InForce{Policy: m.policy, Rules: policy.DefaultRules(), File: "/etc/policy.yaml", Text: policy.DefaultText(), Refused: errors.New("line 3: no")}, nil
}

func (m *mirror) Replay(ctx context.Context, rules *policy.Rules, since time.Time) (replay.Result, error) {
	if m.hold != nil {
		m.began <- struct{}{}
		<-m.hold
	}
	tried, err := policy.New(policy.Config{Mode: policy.Enforce, Rules: rules})
	if err != nil {
		return replay.Result{}, err
	}
	return replay.Run(ctx, replay.Config{Records: m.records, InForce: m.policy, Tried: tried, Since: since,
		Reopen: func(context.Context, string, string, oci.Digest) (replay.Case, error) { return m, nil }})
}

// DecideBy implements replay.Case: every image is the layer.
func (m *mirror) DecideBy(_ context.Context, p *policy.Policy, client, _ string, at time.Time) policy.Verdict {
	return p.Decide(policy.Subject{Image: policy.Image{Layers: []oci.Digest{m.report.Digest}}, Client: p.Client(client), At: at}, policy.Evidence{Reports: []inspect.Report{m.report}}, nil)
}

func (m *mirror) Partial() bool { return false }

const policyPath = admin.Prefix + "/policy"

func TestPolicyInForce(t *testing.T) {
	m, f := newMirror(t)
	w := f.call(t, "GET", policyPath, "", "viewer")
	tag := w.Header().Get("ETag")
	if w.Code != 200 || tag != `"`+m.policy.Revision()+`"` {
		t.Fatalf("%d, ETag %s", w.Code, tag)
	}
	p := as[admin.Policy](t, f, "viewer", "GET", policyPath, "")
	if p.Text != policy.DefaultText() || len(p.Rules) != len(policy.DefaultRules().All()) || p.Refused != "line 3: no" || p.Mode != "enforce" || p.Rules[0].When == "" {
		t.Errorf("%+v", p)
	}
	for header, want := range map[string]int{tag: 304, `"other", ` + tag: 304, "W/" + tag: 304, "*": 304, `"other"`: 200} {
		r := f.request(t, "GET", policyPath, "", "viewer")
		r.Header.Set("If-None-Match", header)
		if w := f.serve(r); w.Code != want || w.Header().Get("ETag") != tag || want == 304 && w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d %q, want %d", header, w.Code, w.Body, want)
		}
	}
}

func TestPolicyIsChecked(t *testing.T) {
	_, f := newMirror(t)
	check := func(text string) admin.Checked {
		body, err := json.Marshal(admin.PolicyText{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return as[admin.Checked](t, f, "viewer", "POST", policyPath+"/validate", string(body))
	}
	if got := check(policy.DefaultText()); !got.Valid || got.Rules == 0 || len(got.Errors) != 0 {
		t.Errorf("the default: %+v", got)
	}
	got := check("rules:\n  - name: a\n    when: image.nothing == 1\n    action: block\n")
	if got.Valid || len(got.Errors) == 0 || got.Errors[0].Line != 3 || got.Errors[0].Message == "" {
		t.Errorf("an unknown field: %+v", got)
	}
	if w := f.call(t, "POST", policyPath+"/validate", `{"text":"`+strings.Repeat("x", 3<<20)+`"}`, "viewer"); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("3 MiB: %d", w.Code)
	}
}

func TestPolicyIsTried(t *testing.T) {
	m, f := newMirror(t)
	f.pulled(t, refused("acme/app", 1))
	lax, err := json.Marshal(admin.Trial{PolicyText: admin.PolicyText{Text: "rules:\n  - name: none\n    when: image.official && !image.official\n    action: block\n"}, Since: "7d"})
	if err != nil {
		t.Fatal(err)
	}
	got := as[admin.Replay](t, f, "reviewer", "POST", policyPath+"/test", string(lax))
	want := []admin.Difference{{
		Change: "allowed", Repository: "acme/app", Digest: refused("", 1).Digest, Was: "block", Now: "allow", Policy: "miner", Rule: "miner/binary", Path: "usr/bin/xmrig",
		Message: got.Changes[0].Message, Tags: []string{"latest"}, Clients: []admin.ReplayClient{{Address: "192.0.2.9", Pulls: 1, Last: f.now.Add(-time.Minute)}},
	}}
	if diff := cmp.Diff(want, got.Changes); diff != "" || got.Pulls != 1 || got.Policy != m.policy.Revision() || got.Tried == got.Policy {
		t.Errorf("%+v: (-want +got)\n%s", got, diff)
	}
	for header, status := range map[string]int{`"another"`: 412, `"` + m.policy.Revision() + `"`: 200} {
		r := f.request(t, "POST", policyPath+"/test", string(lax), "reviewer")
		r.Header.Set("If-Match", header)
		if w := f.serve(r); w.Code != status {
			t.Errorf("If-Match %s: %d %s, want %d", header, w.Code, w.Body, status)
		}
	}
	for body, status := range map[string]int{`{"text":"rules: ["}`: 422, `{"text":"a","since":"soon"}`: 422} {
		if w := f.call(t, "POST", policyPath+"/test", body, "reviewer"); w.Code != status {
			t.Errorf("%s: %d %s, want %d", body, w.Code, w.Body, status)
		}
	}
	// One at a time.
	m.hold, m.began = make(chan struct{}), make(chan struct{})
	first := make(chan int)
	go func() { first <- f.serve(f.request(t, "POST", policyPath+"/test", string(lax), "reviewer")).Code }()
	<-m.began
	if w := f.call(t, "POST", policyPath+"/test", string(lax), "reviewer"); w.Code != http.StatusTooManyRequests {
		t.Errorf("two at once: %d", w.Code)
	}
	close(m.hold)
	if code := <-first; code != 200 {
		t.Errorf("the first of two: %d", code)
	}
}

// A deadlined answer remembers by when the body is to be read.
type deadlined struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (d *deadlined) SetReadDeadline(t time.Time) error {
	d.until = append(d.until, t)
	return nil
}

// TestTrialsMayTakeLong: the body's deadline, at which net/http ends a request, holds for the body alone.
func TestTrialsMayTakeLong(t *testing.T) {
	m, f := newMirror(t)
	m.hold, m.began = make(chan struct{}), make(chan struct{})
	w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.api.ServeHTTP(w, f.request(t, "POST", policyPath+"/test", `{"text":"rules:\n- {name: a, when: image.official, action: block}\n"}`, "reviewer"))
	}()
	<-m.began
	if n := len(w.until); n < 2 || w.until[0].IsZero() || !w.until[n-1].IsZero() {
		t.Errorf("while the policy is tried the deadlines for reading were %v, want one and then none", w.until)
	}
	close(m.hold)
	<-ended
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestImages(t *testing.T) {
	m, f := newMirror(t)
	f.pulled(t, refused("acme/b", 2), refused("acme/a", 1), refused("acme/a", 3))
	var got []string
	path := admin.Prefix + "/images?limit=2"
	for path != "" {
		page := as[admin.Items[admin.Image]](t, f, "viewer", "GET", path, "")
		for _, i := range page.Items {
			got = append(got, i.Registry+"/"+i.Repository+"@"+i.Digest[len(i.Digest)-1:])
		}
		path = ""
		if page.Next != "" {
			path = admin.Prefix + "/images?limit=2&cursor=" + page.Next
		}
	}
	if diff := cmp.Diff([]string{"docker.io/acme/a@1", "docker.io/acme/a@3", "docker.io/acme/b@2"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if page := as[admin.Items[admin.Image]](t, f, "viewer", "GET", admin.Prefix+"/images?passed=7d", ""); len(page.Items) != 0 {
		t.Errorf("given to clients: %+v", page.Items)
	}
	d := m.report.Digest.String()
	e := as[admin.Explanation](t, f, "viewer", "GET", admin.Prefix+"/images/"+d+"?name=acme/a", "")
	if e.Verdict != "block" || len(e.Findings) != 2 || e.Findings[0].Policy != "miner" || e.Findings[0].Fingerprint == "" { // the gap counts as one
		t.Errorf("explanation: %+v", e)
	}
	r := as[admin.Report](t, f, "viewer", "GET", admin.Prefix+"/reports/"+d, "")
	if r.Ruleset != "set" || len(r.Findings) != 1 || len(r.Gaps) != 1 || r.Kind != "layer" {
		t.Errorf("report: %+v", r)
	}
	for path, status := range map[string]int{"/reports/" + oci.DigestOf(nil).String(): 404, "/reports/latest": 422, "/images/" + oci.DigestOf(nil).String(): 404, "/images/" + d + "?name=A+B": 422} {
		if w := f.call(t, "GET", admin.Prefix+path, "", "viewer"); w.Code != status {
			t.Errorf("%s: %d %s, want %d", path, w.Code, w.Body, status)
		}
	}
}

func TestStatus(t *testing.T) {
	_, f := newMirror(t)
	s := as[admin.Status](t, f, "viewer", "GET", admin.Prefix+"/status", "")
	if s.Version != "1.2.3" || s.Ready != "degraded" || s.Parts["reports"] != "failed" || cmp.Diff([]string{"docker.io"}, s.Registries) != "" {
		t.Errorf("status: %+v", s)
	}
	if r := as[admin.Rules](t, f, "viewer", "GET", admin.Prefix+"/rules", ""); r.Ruleset != "set" || len(r.Rules) == 0 || r.Rules[0].ID == "" {
		t.Errorf("rules: %+v", r)
	}
	if got := as[admin.Feeds](t, f, "viewer", "GET", admin.Prefix+"/feeds", ""); len(got.Feeds) != 1 || !got.Feeds[0].Failed {
		t.Errorf("feeds: %+v", got)
	}
}

// TestPartsThatAreAbsent asks an API over nothing but records.
func TestPartsThatAreAbsent(t *testing.T) {
	f := newFixture(t)
	f.pulled(t, refused("acme/a", 1))
	for _, path := range []string{"/status", "/rules", "/feeds", "/policy", "/reports/" + refused("", 1).Digest, "/images/" + refused("", 1).Digest, "/quarantine/1/evidence?layer=" + refused("", 1).Digest} {
		if w := f.call(t, "GET", admin.Prefix+path, "", "admin"); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	f := newFixture(t)
	f.pulled(t, refused("acme/app", 1))
	for path, body := range map[string]string{
		exceptions: `{"scope":{"rule":"a/b"},"reason":"x","for":"1d"}`,
		requests:   `{"request_id":"REQUEST1","why":"x"}`,
	} {
		post := func(key, body string) (int, string, string) {
			r := f.request(t, "POST", path, body, "reviewer")
			r.Header.Set("Idempotency-Key", key)
			w := f.serve(r)
			return w.Code, w.Header().Get("Idempotency-Replayed"), w.Body.String()
		}
		code, replayed, first := post("k1", body)
		if code != 201 || replayed != "" {
			t.Fatalf("%s: %d, replayed %q: %s", path, code, replayed, first)
		}
		f.now = f.now.Add(time.Minute)
		if code, replayed, again := post("k1", body); code != 201 || replayed != "true" || again != first {
			t.Errorf("%s again: %d, replayed %q: %s", path, code, replayed, again)
		}
		if code, _, text := post("k1", strings.Replace(body, "x", "y", 1)); code != 422 || !strings.Contains(text, "the key was used for something different") {
			t.Errorf("%s, something else: %d %s", path, code, text)
		}
		if code, _, _ := post(strings.Repeat("k", 256), body); code != 422 {
			t.Errorf("%s, a key that is too long: %d", path, code)
		}
	}
	if got := as[admin.Items[admin.Exception]](t, f, "viewer", "GET", exceptions, ""); len(got.Items) != 1 {
		t.Errorf("%d exceptions, want 1", len(got.Items))
	}
}
