package exposure_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/exposure"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// A court has verdicts by the content of an image, or by repository where there is none.
type court struct {
	verdicts map[string]func(client string) policy.Verdict
	opened   chan string // unless nil, gets the name of each case
}

type heard func(client string) policy.Verdict

func (h heard) Decide(_ context.Context, client string) policy.Verdict { return h(client) }
func (heard) Rules() inspect.SetID                                     { return "set" }
func (heard) Policy() string                                           { return "policy" }

func (c *court) reopen(_ context.Context, _, repository string, d oci.Digest) (exposure.Case, error) {
	for name, v := range c.verdicts {
		if oci.DigestOf([]byte(name)) == d || d == "" && name == repository {
			if c.opened != nil {
				c.opened <- name
			}
			return heard(v), nil
		}
	}
	return nil, errors.New("cannot be read")
}

func always(v policy.Verdict) func(string) policy.Verdict {
	return func(string) policy.Verdict { return v }
}

func refusal(a policy.Action) policy.Verdict {
	return policy.Verdict{Action: a, Judged: a, Reasons: []policy.Reason{{Action: a, Rule: "p", Finding: inspect.Finding{Rule: "r/" + a.String()}}}}
}

var (
	pass   = policy.Verdict{Action: policy.Allow, Judged: policy.Allow}
	unsure = policy.Verdict{Action: policy.Stream, Judged: policy.Stream, Missing: []oci.Digest{"sha256:x"}}
)

func openRecords(t *testing.T) *records.Records {
	t.Helper()
	r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db"), Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	return r
}

func pull(t *testing.T, r *records.Records, content, client, verdict string, at time.Time) {
	t.Helper()
	d := ""
	if content != "" {
		d = oci.DigestOf([]byte(content)).String()
	}
	p := records.Pull{
		At: at, Client: client, Registry: "docker.io", Repository: "acme/app", Reference: "1", Digest: d, Image: d, Kind: "manifest",
		Verdict: verdict, Status: 200, Bytes: 7, Reasons: `[]`,
	}
	if err := r.Record(t.Context(), p, true); err != nil {
		t.Fatal(err)
	}
}

func TestReview(t *testing.T) {
	r := openRecords(t)
	pull(t, r, "fine", "a", "allow", start)
	pull(t, r, "bad", "a", "allow", start)
	pull(t, r, "bad", "b", "warn", start.Add(time.Minute))
	pull(t, r, "bad", "b", "warn", start.Add(time.Hour))
	pull(t, r, "bad for b", "a", "allow", start)
	pull(t, r, "bad for b", "b", "allow", start)
	pull(t, r, "unsure", "a", "allow", start)
	pull(t, r, "old", "a", "allow", start.Add(-91*24*time.Hour))
	pull(t, r, "unreadable", "a", "allow", start)
	pull(t, r, "refused", "a", "block", start)
	pull(t, r, "held", "a", "quarantine", start)
	pull(t, r, "held still", "a", "quarantine", start)
	pull(t, r, "held, unsure", "a", "quarantine", start)
	pull(t, r, "", "a", "quarantine", start) // by its name
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &court{verdicts: map[string]func(string) policy.Verdict{
		"fine": always(pass), "bad": always(refusal(policy.Block)), "unsure": always(unsure), "old": always(refusal(policy.Block)), "refused": always(refusal(policy.Block)),
		"bad for b": func(client string) policy.Verdict {
			if client == "b" {
				return refusal(policy.Quarantine)
			}
			return unsure
		},
		"held": always(pass), "held still": always(refusal(policy.Quarantine)), "held, unsure": always(unsure), "acme/app": always(pass),
	}}
	w, err := exposure.New(exposure.Config{Records: r, Reopen: c.reopen, Retention: 90 * 24 * time.Hour, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.Review(t.Context())
	if want := (exposure.Count{Images: 5, Exposed: 2, Unknown: 1, Cleared: 2}); err != nil || n != want {
		t.Errorf("got %+v, %v; want %+v", n, err, want)
	}
	type row struct{ State, Verdict, Reason string }
	got := map[string]row{}
	clients := map[string][]records.Holder{}
	all, err := r.Exposures(t.Context(), records.ExposureFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		for name := range c.verdicts {
			if oci.DigestOf([]byte(name)) == x.Digest {
				got[name], clients[name] = row{x.State, x.Verdict, string(x.Reasons)}, x.Clients
			}
		}
		if x.Rules != "set" || x.Policy != "policy" {
			t.Errorf("by %q and %q", x.Rules, x.Policy)
		}
	}
	reason := func(action string) string {
		return `[{"action":"` + action + `","policy":"p","finding":{"rule":"r/` + action + `","category":"","severity":"low","confidence":"low","layer":"","offset":0,"evidence":""}}]`
	}
	want := map[string]row{
		"bad": {"exposed", "block", reason("block")}, "bad for b": {"exposed", "quarantine", reason("quarantine")}, "unsure": {"unknown", "", "[]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exposures (-want +got):\n%s", diff)
	}
	wantClients := map[string][]records.Holder{
		"bad":       {{Client: "a", First: start, Last: start, Pulls: 1}, {Client: "b", First: start.Add(time.Minute), Last: start.Add(time.Hour), Pulls: 2}},
		"bad for b": {{Client: "b", First: start, Last: start, Pulls: 1}},
		"unsure":    nil,
	}
	if diff := cmp.Diff(wantClients, clients); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
	for state, want := range map[string]int{records.Waiting: 2, records.Cleared: 2} {
		if held, err := r.Quarantine(t.Context(), records.StateFilter{State: state}); err != nil || len(held) != want {
			t.Errorf("%d are %s, want %d: %v", len(held), state, want, err)
		}
	}

	// The rules are changed back.
	c.verdicts["bad"], c.verdicts["unsure"] = always(pass), always(pass)
	if n, err = w.Review(t.Context()); err != nil || n.Exposed != 1 || n.Unknown != 0 {
		t.Errorf("changed back: %+v, %v", n, err)
	}
	if open, err := r.Exposures(t.Context(), records.ExposureFilter{Unresolved: true}); err != nil || len(open) != 1 {
		t.Errorf("still open: %+v, %v", open, err)
	}
}

// What was rejected and what nobody has asked for in a while is removed, once; not what
// passes elsewhere.
func TestPurge(t *testing.T) {
	r := openRecords(t)
	pull(t, r, "new", "a", "quarantine", start.Add(-24*time.Hour))
	pull(t, r, "old", "a", "quarantine", start.Add(-31*24*time.Hour))
	pull(t, r, "rejected", "a", "quarantine", start)
	pull(t, r, "rejected, good elsewhere", "a", "quarantine", start)
	pull(t, r, "", "a", "quarantine", start.Add(-31*24*time.Hour)) // a name
	d := oci.DigestOf([]byte("rejected, good elsewhere")).String()
	good := records.Pull{At: start, Client: "a", Registry: "docker.io", Repository: "library/app", Digest: d, Image: d, Kind: "manifest", Verdict: "allow", Status: 200, Bytes: 7}
	if err := r.Record(t.Context(), good, true); err != nil {
		t.Fatal(err)
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	held, err := r.Quarantine(t.Context(), records.StateFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range held {
		if x.Last.Equal(start) {
			if _, err := r.Reject(t.Context(), records.Actor{Name: "ada"}, x.ID, "no"); err != nil {
				t.Fatal(err)
			}
		}
	}
	stored := map[oci.Digest]string{}
	c := &court{verdicts: map[string]func(string) policy.Verdict{}}
	for _, name := range []string{"new", "old", "rejected", "rejected, good elsewhere", "acme/app"} {
		stored[oci.DigestOf([]byte(name))] = name
		c.verdicts[name] = always(refusal(policy.Quarantine))
	}
	var gone []string
	w, err := exposure.New(exposure.Config{
		Records: r, Reopen: c.reopen, Keep: 30 * 24 * time.Hour, Now: func() time.Time { return start },
		Purge: func(_ context.Context, d oci.Digest) (bool, error) {
			name, ok := stored[d]
			if ok {
				gone = append(gone, name)
				delete(stored, d)
			}
			return ok, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 0} {
		if n, err := w.Review(t.Context()); err != nil || n.Purged != want {
			t.Errorf("purged %d, %v; want %d", n.Purged, err, want)
		}
	}
	if diff := cmp.Diff([]string{"rejected", "old"}, gone); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
}

// A change during a review has another one follow.
func TestRunReviewsWhenAsked(t *testing.T) {
	r := openRecords(t)
	pull(t, r, "fine", "a", "allow", start)
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &court{verdicts: map[string]func(string) policy.Verdict{"fine": always(pass)}, opened: make(chan string)}
	w, err := exposure.New(exposure.Config{Records: r, Reopen: c.reopen})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	w.Ask()
	<-c.opened
	w.Ask() // the first may still run
	w.Ask()
	<-c.opened
	stop()
	for {
		select {
		case <-c.opened: // one more, if it had begun
			continue
		case <-ended:
		}
		break
	}
}

func TestBadConfig(t *testing.T) {
	for name, cfg := range map[string]exposure.Config{"nothing": {}, "no court": {Records: openRecords(t)}} {
		if _, err := exposure.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What a person rejects is removed at the next look, long before the next review, and again if
// a clock is behind; what waits is not.
func TestRejectedIsRemovedSoon(t *testing.T) {
	r := openRecords(t)
	pull(t, r, "bad", "a", "quarantine", start)
	pull(t, r, "waits", "a", "quarantine", start)
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	bad := oci.DigestOf([]byte("bad"))
	gone := make(chan oci.Digest, 10)
	w, err := exposure.New(exposure.Config{
		Records: r, Look: time.Millisecond, Now: func() time.Time { return start },
		Reopen: (&court{}).reopen,
		Purge: func(_ context.Context, d oci.Digest) (bool, error) {
			select {
			case gone <- d:
			default:
			}
			return true, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	held, err := r.Quarantine(t.Context(), records.StateFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range held {
		if x.Digest == bad {
			if _, err := r.Reject(t.Context(), records.Actor{Name: "ada"}, x.ID, "no"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		if d := <-gone; d != bad {
			t.Errorf("removed %s", d)
		}
	}
	stop()
	<-ended
	if err := w.Rejected(t.Context(), start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	close(gone)
	for d := range gone {
		if d != bad {
			t.Errorf("removed %s", d)
		}
	}
}
