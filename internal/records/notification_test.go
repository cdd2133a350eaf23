package records_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// told lists notifications as they came, of one type or of all.
func told(t *testing.T, r *records.Records, kind string) []records.Notification {
	t.Helper()
	out, err := r.Notifications(t.Context(), records.NotificationFilter{Type: kind, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b records.Notification) int { return int(a.ID - b.ID) })
	return out
}

func notice(t *testing.T, n records.Notification) (out records.Notice) {
	t.Helper()
	if err := json.Unmarshal(n.Data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// blockedAt is a refusal for good at a minute after the start.
func blockedAt(minute int, content string) records.Pull {
	p := quarantinedAt(minute, content)
	p.Verdict, p.Judged = "block", "block"
	p.Reasons = `[{"action":"block","policy":"miners","message":"no miners","finding":{"rule":"miner/binary","category":"miner","layer":"sha256:1","path":"opt/x","evidence":"xm…"}},{"finding":{"rule":"other"}}]`
	return p
}

func sweep(t *testing.T, r *records.Records, s records.Sweep) {
	t.Helper()
	if err := r.Sweep(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// A client that tries again and again is told of at once, and then as a number.
func TestRefusalsAreToldTogether(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now, RefusalWindow: time.Hour})
		blob := blockedAt(1, "a")
		blob.Kind, blob.Digest = "blob", oci.DigestOf([]byte("layer")).String()
		passed, audited := pullAt(1, "192.0.2.7", "a"), blockedAt(1, "a")
		audited.Verdict = "allow"
		record(t, r, blockedAt(0, "a"), blob, passed, audited)
		first := told(t, r, records.PullRefused)
		if len(first) != 1 {
			t.Fatalf("%d notifications of two refusals in a batch", len(first))
		}
		a := oci.DigestOf([]byte("a"))
		got := notice(t, first[0])
		atOnce := got.Times // both, or one if the writer had it before it saw the other
		if atOnce != 1 && atOnce != 2 || got.RequestID != fmt.Sprint("IDa", atOnce-1) {
			t.Errorf("%d refusals, the last of them %s", atOnce, got.RequestID)
		}
		want := records.Notice{
			Registry: "docker.io", Repository: "library/nginx", Digest: a, Verdict: "block", Client: "192.0.2.7", ClientName: "runner",
			Cause: &records.Cause{Policy: "miners", Rule: "miner/binary", Category: "miner", Layer: "sha256:1", Path: "opt/x", Evidence: "xm…", Message: "no miners", More: 1},
		}
		got.Times, got.RequestID, got.Reference = 0, "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notice (-want +got):\n%s", diff)
		}
		if n := first[0]; n.State != "new" || n.Subject != "docker.io/library/nginx@"+a.String() || !n.At.Equal(start) || len(n.UID) != 26 {
			t.Errorf("notification: %+v", n)
		}

		other := blockedAt(2, "a")
		other.Client = "192.0.2.8"
		for range 5 {
			record(t, r, blockedAt(2, "a"))
		}
		record(t, r, other, blockedAt(2, "b"), blockedAt(3, "a"))
		if got := told(t, r, records.PullRefused); len(got) != 3 {
			t.Errorf("%d notifications, want one each for another client and another image, and none for the same again", len(got))
		}
		sweep(t, r, records.Sweep{}) // no window has ended
		clock.pass(time.Hour)
		sweep(t, r, records.Sweep{})
		sweep(t, r, records.Sweep{})
		all := told(t, r, records.PullRefused)
		if len(all) != 4 {
			t.Fatalf("%d notifications after the window, want one more", len(all))
		}
		if n := notice(t, all[3]); n.Times != 8-atOnce || !n.Since.Equal(start) || n.RequestID != "IDa3" {
			t.Errorf("the rest of the window: %+v", n)
		}
		// The window after one with refusals counts on; after one without, the next refusal is the first again.
		record(t, r, blockedAt(62, "a"), blockedAt(62, "b"))
		if got := told(t, r, records.PullRefused); len(got) != 5 {
			t.Errorf("%d notifications, want b's alone as new", len(got))
		}
		clock.pass(time.Hour)
		sweep(t, r, records.Sweep{})
		clock.pass(time.Hour)
		sweep(t, r, records.Sweep{})
		record(t, r, blockedAt(200, "a"))
		total := int64(0)
		for _, n := range told(t, r, records.PullRefused) {
			total += notice(t, n).Times
		}
		if total != 2+5+1+1+1+2+1 {
			t.Errorf("%d refusals were told of, of 13", total)
		}
	})
}

// Whatever changes what is refused is told of, in order, and what came to nothing is not.
func TestWhatIsToldOf(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		record(t, r, quarantinedAt(0, "a"))
		record(t, r, quarantinedAt(1, "a")) // still waits: nothing new
		record(t, r, quarantinedAt(2, "b"), quarantinedAt(2, "c"))
		ids := map[oci.Digest]int64{}
		for _, x := range held(t, r, "waiting") {
			ids[x.Digest] = x.ID
		}
		id := func(content string) int64 { return ids[oci.DigestOf([]byte(content))] }
		clock.pass(10 * time.Minute)
		must(second(r.Release(t.Context(), ada, id("a"), "ours", "", time.Time{})))
		if err := second(r.Reject(t.Context(), ada, id("b"), "")); err == nil {
			t.Fatal("rejected without a reason")
		}
		must(second(r.Reject(t.Context(), ada, id("b"), "never")))
		must(second(r.Clear(t.Context(), ada, id("c"), "it would pass now")))
		record(t, r, quarantinedAt(30, "a")) // waits again: the exception has ended
		bob := records.Actor{Name: "bob"}
		q, err := r.Ask(t.Context(), bob, "IDb2", "the build needs it", records.Once{})
		must(err)
		if err := second(r.Decline(t.Context(), ada, q.ID, "")); err == nil {
			t.Fatal("declined without a word")
		}
		must(second(r.Decline(t.Context(), ada, q.ID, "use another")))
		q, err = r.Ask(t.Context(), bob, "IDc2", "this too", records.Once{})
		must(err)
		must(second(r.Approve(t.Context(), ada, q.ID, "for now", time.Time{})))
		e, err := r.AddException(t.Context(), ada, records.NewException{Reason: "ours", Scope: records.Scope{Repository: "acme/*"}})
		must(err)
		must(second(r.Renew(t.Context(), ada, e.ID, clock.now().Add(9*day))))
		must(second(r.Revoke(t.Context(), ada, e.ID)))
		in := records.Import{Source: "file", Exceptions: []records.NamedException{{Name: "n", NewException: records.NewException{Reason: "r", Scope: records.Scope{Repository: "x/y"}, Expires: start.Add(9 * day)}}}}
		must(second(r.Import(t.Context(), ada, in)))
		must(second(r.Import(t.Context(), ada, in))) // nothing new
		x := records.Exposure{Registry: "docker.io", Repository: "acme/app", Digest: oci.DigestOf([]byte("x")), State: records.Exposed, Verdict: "block", Reasons: []byte(found),
			Clients: []records.Holder{{Client: "192.0.2.1", Name: "ci", First: start, Last: start, Pulls: 1}, {Client: "192.0.2.2", First: start, Last: start, Pulls: 1}}}
		must(second(r.PutExposure(t.Context(), x)))
		must(second(r.PutExposure(t.Context(), x)))
		x.State, x.Clients = records.Resolved, nil
		must(second(r.PutExposure(t.Context(), x)))

		type line struct {
			Type, Subject string
			Notice        records.Notice
		}
		var got []line
		for _, n := range told(t, r, "") {
			if n.Type == records.PullRefused {
				continue
			}
			l := line{n.Type, n.Subject, notice(t, n)}
			l.Notice.Cause, l.Notice.Quarantine = nil, 0 // of the rows
			got = append(got, l)
		}
		image := func(content string) (string, records.Notice) {
			d := oci.DigestOf([]byte(content))
			return "docker.io/library/nginx@" + d.String(), records.Notice{Registry: "docker.io", Repository: "library/nginx", Reference: "latest", Digest: d, Client: "192.0.2.7"}
		}
		quarantine := func(kind, content string, edit func(*records.Notice)) line {
			s, n := image(content)
			n.Verdict, n.Times = "quarantine", 1
			edit(&n)
			return line{kind, s, n}
		}
		request := func(kind, content, id, why string, number int64, edit func(*records.Notice)) line {
			_, n := image(content)
			n.RequestID, n.Asker, n.Reason, n.Request = id, "bob", why, number
			edit(&n)
			return line{kind, fmt.Sprint("request/", number), n}
		}
		exception := func(kind string, expires time.Time) line {
			return line{kind, "exception/3", records.Notice{Exception: 3, Reason: "ours", By: "ada", Source: "hand", Repository: "acme/*", Scope: &records.Scope{Repository: "acme/*"}, Expires: expires}}
		}
		now := clock.now()
		nothing := func(*records.Notice) {}
		byID := func(id string) func(*records.Notice) { return func(n *records.Notice) { n.RequestID = id } }
		_, exposed := image("x")
		exposed.Repository, exposed.Reference, exposed.Client, exposed.Verdict, exposed.Holders, exposed.Clients = "acme/app", "", "", "block", 2, []string{"ci (192.0.2.1)", "192.0.2.2"}
		want := []line{
			quarantine("image.quarantined", "a", byID("IDa0")),
			quarantine("image.quarantined", "b", byID("IDb2")),
			quarantine("image.quarantined", "c", byID("IDc2")),
			quarantine("image.released", "a", func(n *records.Notice) {
				n.RequestID, n.Times, n.By, n.Word, n.Exception = "IDa0", 2, "ada", "ours", 1
			}),
			quarantine("image.rejected", "b", func(n *records.Notice) { n.RequestID, n.By, n.Word = "IDb2", "ada", "never" }),
			quarantine("image.cleared", "c", func(n *records.Notice) { n.RequestID, n.By, n.Word = "IDc2", "ada", "it would pass now" }),
			quarantine("image.quarantined", "a", func(n *records.Notice) { n.RequestID, n.Times = "IDa0", 3 }),
			request("request.asked", "b", "IDb2", "the build needs it", 1, nothing),
			request("request.declined", "b", "IDb2", "the build needs it", 1, func(n *records.Notice) { n.By, n.Word = "ada", "use another" }),
			request("request.asked", "c", "IDc2", "this too", 2, nothing),
			request("request.approved", "c", "IDc2", "this too", 2, func(n *records.Notice) { n.By, n.Word, n.Exception = "ada", "for now", 2 }),
			exception("exception.added", now.Add(30*day)),
			exception("exception.renewed", now.Add(9*day)),
			exception("exception.revoked", now.Add(9*day)),
			{"exception.imported", "import file", records.Notice{Source: "import file", By: "ada", Added: []string{"n"}}},
			{"image.exposed", "docker.io/acme/app@" + exposed.Digest.String(), exposed},
		}
		slices.SortStableFunc(got[1:3], func(a, b line) int { return strings.Compare(a.Notice.RequestID, b.Notice.RequestID) }) // of one batch: by digest
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// An exception that ends soon is told of once for each end that it is given.
func TestExpiringExceptionsAreToldOf(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		add := func(holds time.Duration) records.Exception {
			e, err := r.AddException(t.Context(), ada, records.NewException{Reason: "r", Scope: records.Scope{Repository: "a/b"}, Expires: clock.now().Add(holds)})
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		long, revoked := add(30*day), add(30*day)
		add(5 * day) // whoever made it for less than the notice knows
		if _, err := r.Revoke(t.Context(), ada, revoked.ID); err != nil {
			t.Fatal(err)
		}
		soon := records.Sweep{Expiring: 7 * day}
		sweep(t, r, soon)
		clock.pass(23*day - time.Second)
		sweep(t, r, soon)
		if got := told(t, r, records.ExceptionExpiring); len(got) > 0 {
			t.Errorf("told of too early: %v", got)
		}
		clock.pass(time.Second)
		sweep(t, r, records.Sweep{})
		for range 3 {
			sweep(t, r, soon)
		}
		got := told(t, r, records.ExceptionExpiring)
		if len(got) != 1 || got[0].Subject != fmt.Sprint("exception/", long.ID) || !notice(t, got[0]).Expires.Equal(long.Expires) {
			t.Fatalf("told of: %+v", got)
		}
		if _, err := r.Renew(t.Context(), ada, long.ID, clock.now().Add(20*day)); err != nil {
			t.Fatal(err)
		}
		sweep(t, r, soon)
		clock.pass(13 * day)
		sweep(t, r, soon)
		if got := told(t, r, records.ExceptionExpiring); len(got) != 2 {
			t.Errorf("renewed, it is told of %d times, want 2", len(got))
		}
	})
}

// ask makes a notification that is told once.
func ask(t *testing.T, r *records.Records, n int) {
	t.Helper()
	e := records.NewException{Reason: "r", Scope: records.Scope{Repository: fmt.Sprint("a/", n)}}
	if _, err := r.AddException(t.Context(), ada, e); err != nil {
		t.Fatal(err)
	}
}

func route(t *testing.T, r *records.Records, targets ...string) int {
	t.Helper()
	n, err := r.Route(t.Context(), func(records.Notification) []string { return targets })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func claim(t *testing.T, r *records.Records, target string, limit int) []records.Claim {
	t.Helper()
	got, err := r.Claim(t.Context(), target, time.Minute, limit)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func settle(t *testing.T, r *records.Records, c records.Claim, o records.Outcome) bool {
	t.Helper()
	mine, err := r.Settle(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	return mine
}

func TestDeliveries(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		state := func(id int64) records.Notification {
			t.Helper()
			n, err := r.GetNotification(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		ask(t, r, 1)
		if n := route(t, r); n != 1 || state(1).State != "unwanted" {
			t.Errorf("without a webhook: %d routed, %+v", n, state(1))
		}
		ask(t, r, 2)
		if n := route(t, r, "x", "y"); n != 1 || state(2).State != "queued" {
			t.Errorf("%d routed, %+v", n, state(2))
		}
		if n := route(t, r, "x", "y"); n != 0 {
			t.Errorf("routed twice: %d", n)
		}
		if got := claim(t, r, "z", 9); len(got) > 0 {
			t.Errorf("of another webhook: %v", got)
		}
		x := claim(t, r, "x", 9)
		if len(x) != 1 || x[0].Attempts != 1 || x[0].Notification.ID != 2 || x[0].Notification.Type != "exception.added" || len(x[0].Notification.Data) < 10 {
			t.Fatalf("claimed: %+v", x)
		}
		if got := claim(t, r, "x", 9); len(got) > 0 {
			t.Errorf("claimed twice: %v", got)
		}

		// It failed, is tried again when it is due, and then by another when its taker is gone.
		if !settle(t, r, x[0], records.Outcome{State: records.Queued, Next: clock.now().Add(time.Hour), Error: "status 500"}) {
			t.Error("the outcome was not noted")
		}
		clock.pass(time.Hour - time.Second)
		if got := claim(t, r, "x", 9); len(got) > 0 {
			t.Errorf("too early: %v", got)
		}
		clock.pass(time.Second)
		gone := claim(t, r, "x", 9)
		clock.pass(time.Minute)
		again := claim(t, r, "x", 9)
		if len(gone) != 1 || len(again) != 1 || again[0].Attempts != 3 || again[0].Error != "status 500" {
			t.Fatalf("after its lease: %+v, %+v", gone, again)
		}
		if settle(t, r, gone[0], records.Outcome{State: records.Dead, Error: "late"}) {
			t.Error("who lost a lease settled")
		}
		settle(t, r, again[0], records.Outcome{State: records.Dead, Error: "status 410"})
		if n := state(2); n.State != "dead" || n.Deliveries[1].State != "queued" {
			t.Errorf("dead at one, queued at the other: %+v", n)
		}
		settle(t, r, claim(t, r, "y", 9)[0], records.Outcome{State: records.Delivered})
		end := clock.now()
		want := []records.Delivery{
			{Target: "x", State: "dead", Since: start, Attempts: 3, Ended: end, Error: "status 410"},
			{Target: "y", State: "delivered", Since: start, Attempts: 1, Ended: end},
		}
		got := state(2)
		for i := range got.Deliveries {
			got.Deliveries[i].ID = 0
		}
		if diff := cmp.Diff(want, got.Deliveries); diff != "" || got.State != "dead" {
			t.Errorf("%s: deliveries (-want +got):\n%s", got.State, diff)
		}
		if got, err := r.Backlogs(t.Context()); err != nil || len(got) != 1 || got[0] != (records.Backlog{Target: "x", State: "dead", N: 1}) {
			t.Errorf("backlogs: %v, %v", got, err)
		}

		// Replayed, it goes to who has not had it: the URL of one has changed.
		if _, err := r.Replay(t.Context(), ada, 1); !errors.Is(err, records.ErrState) {
			t.Errorf("of one that is not dead: %v", err)
		}
		if _, err := r.Replay(t.Context(), ada, 99); !errors.Is(err, records.ErrNone) {
			t.Errorf("of none: %v", err)
		}
		if n, err := r.Replay(t.Context(), ada, 2); err != nil || n.State != "new" || len(n.Deliveries) != 1 {
			t.Errorf("replayed: %+v, %v", n, err)
		}
		route(t, r, "x2", "y")
		if n := state(2); n.State != "queued" || len(n.Deliveries) != 2 || n.Deliveries[0].Target != "x2" || n.Deliveries[0].Attempts != 0 {
			t.Errorf("routed again: %+v", n)
		}
		if got := claim(t, r, "y", 9); len(got) > 0 {
			t.Errorf("delivered twice: %v", got)
		}
		settle(t, r, claim(t, r, "x2", 9)[0], records.Outcome{State: records.Delivered})
		if n := state(2); n.State != "delivered" {
			t.Errorf("in the end: %+v", n)
		}
	})
}

func TestOldNotifications(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		for i := range 3 {
			ask(t, r, i)
			clock.pass(time.Second)
		}
		route(t, r, "gone")
		settle(t, r, claim(t, r, "gone", 1)[0], records.Outcome{State: records.Delivered})
		settle(t, r, claim(t, r, "gone", 1)[0], records.Outcome{State: records.Queued, Next: clock.now(), Error: "status 500"})
		states := func() (out []string) {
			for _, n := range told(t, r, "") {
				s := n.State
				if len(n.Deliveries) > 0 {
					s += " " + n.Deliveries[0].Error
				}
				out = append(out, s)
			}
			return out
		}
		keep := records.Sweep{GiveUp: 3 * day, Keep: 30 * day}
		clock.pass(3 * day)
		sweep(t, r, keep)
		if diff := cmp.Diff([]string{"delivered ", "queued status 500", "queued "}, states()); diff != "" {
			t.Errorf("before it is given up (-want +got):\n%s", diff)
		}
		clock.pass(time.Second)
		sweep(t, r, keep)
		if diff := cmp.Diff([]string{"delivered ", "dead status 500", "dead no mirror has this webhook"}, states()); diff != "" {
			t.Errorf("given up (-want +got):\n%s", diff)
		}
		clock.pass(27*day - 3*time.Second)
		ask(t, r, 9)
		sweep(t, r, keep)
		if got := states(); len(got) != 3 {
			t.Errorf("the first alone is past its time: %v", got)
		}
		clock.pass(40 * day)
		sweep(t, r, keep)
		if diff := cmp.Diff([]string{"new"}, states()); diff != "" {
			t.Errorf("what nobody was told stays (-want +got):\n%s", diff)
		}
		left := 0
		if err := db.raw(t).QueryRow("SELECT count(*) FROM deliveries").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d deliveries of none are left: %v", left, err)
		}
	})
}

func TestPagesOfNotifications(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		for i := range 5 {
			ask(t, r, i)
		}
		route(t, r, "x")
		var all []int64
		f := records.NotificationFilter{State: records.Queued, Limit: 2}
		for {
			page, err := r.Notifications(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range page {
				all = append(all, n.ID)
			}
			if len(page) < f.Limit {
				break
			}
			last := page[len(page)-1]
			f.Before = records.Key{At: last.At, ID: last.ID}
		}
		if diff := cmp.Diff([]int64{5, 4, 3, 2, 1}, all); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		if none, err := r.Notifications(t.Context(), records.NotificationFilter{State: records.Dead}); err != nil || len(none) > 0 {
			t.Errorf("dead: %v, %v", none, err)
		}
	})
}

// What several replicas find at once is told once, and each delivery is one replica's.
func TestReplicasTellOnce(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		const replicas, events = 3, 60
		clock := newClock()
		var all []*records.Records
		for range replicas {
			all = append(all, db.open(t, records.Config{Now: clock.now}))
		}
		together := func(do func(ctx context.Context, i int, r *records.Records) error) {
			t.Helper()
			var wg sync.WaitGroup
			for i, r := range all {
				wg.Go(func() {
					if err := do(t.Context(), i, r); err != nil {
						t.Errorf("replica %d: %v", i, err)
					}
				})
			}
			wg.Wait()
		}
		x := records.Exposure{Registry: "docker.io", Repository: "acme/app", Digest: oci.DigestOf([]byte("x")), State: records.Exposed, Reasons: []byte(found),
			Clients: []records.Holder{{Client: "c", First: start, Last: start, Pulls: 1}}}
		together(func(ctx context.Context, _ int, r *records.Records) error { return second(r.PutExposure(ctx, x)) })
		together(func(ctx context.Context, _ int, r *records.Records) error {
			for range 20 {
				if err := r.Record(ctx, quarantinedAt(0, "q"), true); err != nil {
					return err
				}
			}
			return r.Flush(ctx)
		})
		clock.pass(time.Hour)
		together(func(ctx context.Context, _ int, r *records.Records) error { return r.Sweep(ctx, records.Sweep{}) })
		count, refusals := map[string]int{}, int64(0)
		for _, n := range told(t, all[0], "") {
			count[n.Type]++
			if n.Type == records.PullRefused {
				refusals += notice(t, n).Times
			}
		}
		if diff := cmp.Diff(map[string]int{"image.exposed": 1, "image.quarantined": 1, "pull.refused": 2}, count); diff != "" || refusals != 20*replicas {
			t.Errorf("told of %d refusals in (-want +got):\n%s", refusals, diff)
		}

		for i := range events {
			ask(t, all[0], i)
		}
		var mu sync.Mutex
		routed, taken := 0, map[int64]int{}
		together(func(ctx context.Context, _ int, r *records.Records) error {
			for {
				n, err := r.Route(ctx, func(n records.Notification) []string {
					if n.Type != records.ExceptionAdded {
						return nil
					}
					return []string{"x"}
				})
				if err != nil || n == 0 {
					return err
				}
				mu.Lock()
				routed += n
				mu.Unlock()
			}
		})
		if routed < events {
			t.Errorf("%d routed", routed)
		}
		together(func(ctx context.Context, _ int, r *records.Records) error {
			for tries := 0; tries < 3; tries++ {
				claims, err := r.Claim(ctx, "x", time.Minute, 7)
				if err != nil {
					return err
				}
				for _, c := range claims {
					tries = 0
					mu.Lock()
					taken[c.Notification.ID]++
					mu.Unlock()
					if err := second(r.Settle(ctx, c, records.Outcome{State: records.Delivered})); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if len(taken) != events {
			t.Errorf("%d of %d were delivered", len(taken), events)
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("notification %d was taken %d times", id, n)
			}
		}
	})
}

// However long what strangers wrote is, a notice is JSON, and a window that cannot be read
// keeps no other waiting.
func TestNoticesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		long := strings.Repeat("<", 7000)
		p := blockedAt(0, "a")
		b, err := json.Marshal([]map[string]any{{"policy": long, "message": long, "finding": map[string]any{"rule": long, "category": long, "layer": long, "path": long, "evidence": long}}})
		if err != nil {
			t.Fatal(err)
		}
		// What is escaped in the row is so in the notice; the row's own bound holds for both.
		p.Reasons = strings.ReplaceAll(string(b), `\u003c`, "<")
		p.Repository, p.Reference, p.RequestID, p.Client, p.ClientName = long, long, long, long, long
		record(t, r, p, blockedAt(0, "b"))
		x := records.Exposure{Registry: "docker.io", Repository: "a/b", Digest: oci.DigestOf([]byte("x")), State: records.Exposed, Reasons: []byte(p.Reasons)}
		for i := range 50 {
			h := fmt.Sprint(i, long[:500])
			x.Clients = append(x.Clients, records.Holder{Client: h, Name: h, First: start, Last: start, Pulls: 1})
		}
		if _, err := r.PutExposure(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		record(t, r, p, blockedAt(0, "b"))
		db.exec(t, `UPDATE refusals SET data = '{' WHERE data LIKE '%nginx%'`)
		clock.pass(time.Hour)
		sweep(t, r, records.Sweep{})
		all := told(t, r, "")
		if len(all) != 5 {
			t.Fatalf("%d notifications, want two at once, two of the window and an exposure", len(all))
		}
		times := int64(0)
		for _, n := range all {
			if len(n.Data) < 10 || len(n.Data) > 64<<10 {
				t.Errorf("%s: %d bytes: %.100s", n.Type, len(n.Data), n.Data)
			}
			times += notice(t, n).Times
		}
		if times != 4 {
			t.Errorf("%d refusals were told of, of 4", times)
		}
		if n := notice(t, told(t, r, records.ImageExposed)[0]); len(n.Clients) != 20 || n.Holders != 50 {
			t.Errorf("%d clients of %d", len(n.Clients), n.Holders)
		}
	})
}

// A client that is refused ever other images does not fill the outbox, and takes no other's place in it.
func TestManyImagesOfOneClient(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now, RefusalWindow: time.Hour})
		other := blockedAt(0, "x")
		other.Client = "192.0.2.8"
		var flood []records.Pull
		for i := range 300 {
			flood = append(flood, blockedAt(0, fmt.Sprint("image ", i)))
		}
		record(t, r, flood[:20]...)
		record(t, r, append(flood[20:], other)...)
		record(t, r, flood[0]) // has its window
		count := func() (images, client int, refusals int64) {
			for _, n := range told(t, r, records.PullRefused) {
				switch x := notice(t, n); {
				case x.Client != "192.0.2.7":
					continue
				case x.Repository != "":
					images++
					refusals += x.Times
				default:
					if n.Subject != "client/192.0.2.7" || x.Digest != "" || x.Cause != nil || x.ClientName != "runner" {
						t.Errorf("%+v, %+v", n, x)
					}
					client++
					refusals += x.Times
				}
			}
			return images, client, refusals
		}
		if images, client, _ := count(); images != 20 || client != 1 {
			t.Errorf("told of %d images and %d times of the client, want 20 and 1", images, client)
		}
		if all := told(t, r, records.PullRefused); len(all) != 22 {
			t.Errorf("%d notifications, want one of another client too", len(all))
		}
		clock.pass(time.Hour)
		sweep(t, r, records.Sweep{})
		if images, client, refusals := count(); images != 21 || client != 2 || refusals != 301 {
			t.Errorf("told of %d images and %d times of the client, of %d refusals; want 21, 2, 301", images, client, refusals)
		}
		record(t, r, blockedAt(70, "another hour"))
		if images, _, _ := count(); images != 22 {
			t.Errorf("in the next hour: %d images", images)
		}
	})
}
