package records_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

var ada = records.Actor{Name: "ada", Origin: "cli desk"}

const day = 24 * time.Hour

// a clock that a test moves.
type clock struct {
	mu sync.Mutex // guards at
	at time.Time
}

func newClock() *clock { return &clock{at: start} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func add(t testing.TB, r *records.Records, s records.Scope) records.Exception {
	t.Helper()
	e, err := r.AddException(t.Context(), ada, records.NewException{Reason: "it is ours", Ticket: "SEC-1", Scope: s})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func inForce(t testing.TB, r *records.Records) (out []int64) {
	t.Helper()
	all, err := r.InForce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		out = append(out, e.ID)
	}
	return out
}

func TestAnExceptionLives(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now, ExceptionTTL: 10 * day})
		changes := func() int64 {
			t.Helper()
			n, err := r.Changes(t.Context(), "exceptions")
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		scope := records.Scope{
			Repository: "acme/*", Digest: oci.DigestOf([]byte("x")), Rule: "miner/binary", Path: "opt/*",
			Fingerprint: strings.Repeat("ab", 16), Client: "192.0.2.0/24",
		}
		e := add(t, r, scope)
		want := records.Exception{
			ID: 1, At: start, Author: "ada", Reason: "it is ours", Ticket: "SEC-1", Source: "hand", Scope: scope, Expires: start.Add(10 * day),
		}
		got, err := r.GetException(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]records.Exception{want, want}, []records.Exception{e, got}); diff != "" {
			t.Errorf("exception (-want +got):\n%s", diff)
		}
		if n := changes(); n != 1 {
			t.Errorf("%d changes, want 1", n)
		}
		clock.pass(10*day - time.Second)
		if diff := cmp.Diff([]int64{1}, inForce(t, r)); diff != "" {
			t.Errorf("just before its time (-want +got):\n%s", diff)
		}
		clock.pass(time.Second)
		if got := inForce(t, r); len(got) > 0 {
			t.Errorf("at its time: %v", got)
		}
		if e, err = r.Renew(t.Context(), ada, 1, clock.now().Add(5*day)); err != nil || !e.Expires.Equal(start.Add(15*day)) || e.State(clock.now()) != "in force" {
			t.Errorf("renewed: %+v, %v", e, err)
		}
		if _, err := r.Renew(t.Context(), ada, 1, clock.now().Add(11*day)); !errors.Is(err, records.ErrInvalid) {
			t.Errorf("renewed for too long: %v", err)
		}
		if diff := cmp.Diff([]int64{1}, inForce(t, r)); diff != "" {
			t.Errorf("renewed (-want +got):\n%s", diff)
		}
		if e, err = r.Revoke(t.Context(), ada, 1); err != nil || e.State(clock.now()) != "revoked" || e.RevokedBy != "ada" {
			t.Errorf("revoked: %+v, %v", e, err)
		}
		if got := inForce(t, r); len(got) > 0 {
			t.Errorf("revoked: %v", got)
		}
		for name, err := range map[string]error{
			"revoke twice": second(r.Revoke(t.Context(), ada, 1)),
			"renew":        second(r.Renew(t.Context(), ada, 1, time.Time{})),
		} {
			if !errors.Is(err, records.ErrState) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.Revoke(t.Context(), ada, 99); !errors.Is(err, records.ErrNone) {
			t.Errorf("none: %v", err)
		}
		if n := changes(); n != 3 {
			t.Errorf("%d changes, want 3: what failed changed nothing", n)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestExceptionsThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		for name, n := range map[string]records.NewException{
			"no scope":             {Reason: "r"},
			"no reason":            {Scope: records.Scope{Rule: "a/b"}},
			"a blank reason":       {Reason: "  ", Scope: records.Scope{Rule: "a/b"}},
			"no pattern":           {Reason: "r", Scope: records.Scope{Repository: "a/["}},
			"no pattern of a path": {Reason: "r", Scope: records.Scope{Path: "["}},
			"no digest":            {Reason: "r", Scope: records.Scope{Digest: "sha256:12"}},
			"a tag of nothing":     {Reason: "r", Scope: records.Scope{Tag: "latest"}, FollowTag: true},
			"a tag of many":        {Reason: "r", Scope: records.Scope{Repository: "a/*", Tag: "latest"}, FollowTag: true},
			"a tag and a digest":   {Reason: "r", Scope: records.Scope{Repository: "a/b", Tag: "1", Digest: oci.DigestOf(nil)}},
			"no fingerprint":       {Reason: "r", Scope: records.Scope{Fingerprint: "xy"}},
			"no client":            {Reason: "r", Scope: records.Scope{Client: "192.0.2.0/99"}},
			"no address":           {Reason: "r", Scope: records.Scope{Client: "192.0.2.300"}},
			"too long":             {Reason: "r", Scope: records.Scope{Rule: "a/b"}, Expires: start.Add(90*day + time.Second)},
			"too late":             {Reason: "r", Scope: records.Scope{Rule: "a/b"}, Expires: start},
			"a long story":         {Reason: strings.Repeat("r", 513), Scope: records.Scope{Rule: "a/b"}},
			"not text":             {Reason: "a\x00b", Scope: records.Scope{Rule: "a/b"}},
		} {
			if e, err := r.AddException(t.Context(), ada, n); !errors.Is(err, records.ErrInvalid) {
				t.Errorf("%s: %+v, %v", name, e, err)
			}
		}
		if _, err := r.AddException(t.Context(), records.Actor{}, records.NewException{Reason: "r", Scope: records.Scope{Rule: "a/b"}}); !errors.Is(err, records.ErrInvalid) {
			t.Errorf("nobody's: %v", err)
		}
		if rows, err := r.Audit(t.Context(), 0, 0); err != nil || len(rows) > 0 {
			t.Errorf("the log has what did not happen: %v, %v", rows, err)
		}
	})
}

// A tag stands for the digest that was last pulled by it, unless it is to be followed.
func TestATagIsPinned(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		ask := func(follow bool) (records.Exception, error) {
			return r.AddException(t.Context(), ada, records.NewException{
				Reason: "r", Scope: records.Scope{Repository: "library/nginx", Tag: "latest"}, FollowTag: follow,
			})
		}
		if _, err := ask(false); !errors.Is(err, records.ErrUnknown) {
			t.Errorf("never pulled: %v", err)
		}
		elsewhere := pullAt(9, "c", "elsewhere")
		elsewhere.Repository = "library/redis"
		record(t, r, pullAt(1, "c", "first"), pullAt(2, "c", "second"), elsewhere)
		e, err := ask(false)
		if err != nil || e.Scope != (records.Scope{Repository: "library/nginx", Digest: oci.DigestOf([]byte("second"))}) {
			t.Errorf("pinned: %+v, %v", e.Scope, err)
		}
		e, err = ask(true)
		if err != nil || e.Scope != (records.Scope{Repository: "library/nginx", Tag: "latest"}) {
			t.Errorf("followed: %+v, %v", e.Scope, err)
		}
	})
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		hand := add(t, r, records.Scope{Rule: "by/hand"})
		one := func(name, rule string, days int) records.NamedException {
			return records.NamedException{Name: name, NewException: records.NewException{
				Reason: "r", Scope: records.Scope{Rule: rule}, Expires: start.Add(time.Duration(days) * day),
			}}
		}
		put := func(source string, all ...records.NamedException) (records.Imported, error) {
			return r.Import(t.Context(), ada, records.Import{Source: source, Exceptions: all})
		}
		for i, step := range []struct {
			source string
			all    []records.NamedException
			want   records.Imported
			force  []int64
		}{
			{"a.yaml", []records.NamedException{one("x", "r/x", 10), one("y", "r/y", 10)}, records.Imported{Added: []string{"x", "y"}}, []int64{1, 2, 3}},
			{"a.yaml", []records.NamedException{one("x", "r/x", 10), one("y", "r/y", 10)}, records.Imported{Kept: []string{"x", "y"}}, []int64{1, 2, 3}},
			{"b.yaml", []records.NamedException{one("x", "r/b", 10)}, records.Imported{Added: []string{"x"}}, []int64{1, 2, 3, 4}},
			{"a.yaml", []records.NamedException{one("y", "r/z", 10), one("old", "r/o", -1)}, records.Imported{Added: []string{"y"}, Revoked: []string{"x", "y"}, Expired: []string{"old"}}, []int64{1, 4, 5}},
			{"a.yaml", nil, records.Imported{Revoked: []string{"y"}}, []int64{1, 4}},
		} {
			got, err := put(step.source, step.all...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("step %d (-want +got):\n%s", i, diff)
			}
			if diff := cmp.Diff(step.force, inForce(t, r)); diff != "" {
				t.Errorf("step %d in force (-want +got):\n%s", i, diff)
			}
			clock.pass(time.Minute)
		}
		if _, err := r.Renew(t.Context(), ada, 4, time.Time{}); !errors.Is(err, records.ErrState) {
			t.Errorf("a renewal of what the file will undo: %v", err)
		}
		tagged := one("t", "", 10)
		tagged.Scope = records.Scope{Repository: "a/b", Tag: "1"}
		for name, all := range map[string][]records.NamedException{
			"no name": {one("", "r/x", 1)}, "twice": {one("x", "r/x", 1), one("x", "r/y", 1)}, "no expiry": {{Name: "x", NewException: records.NewException{Reason: "r", Scope: records.Scope{Rule: "r/x"}}}},
			"a tag": {tagged}, "too long": {one("new", "r/new", 5), one("x", "r/x", 91)}, "no scope": {one("x", "", 1)},
		} {
			if _, err := put("b.yaml", all...); !errors.Is(err, records.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if diff := cmp.Diff([]int64{hand.ID, 4}, inForce(t, r)); diff != "" {
			t.Errorf("after imports that failed (-want +got):\n%s", diff)
		}
	})
}

// Exceptions of a page follow those of the page before.
func TestExceptionPages(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		for i := range 7 {
			add(t, r, records.Scope{Rule: fmt.Sprint("r/", i)})
			clock.pass(time.Duration(i%2) * time.Second) // some at the same time
		}
		if _, err := r.Revoke(t.Context(), ada, 4); err != nil {
			t.Fatal(err)
		}
		for inForce, want := range map[bool][]int64{true: {7, 6, 5, 3, 2, 1}, false: {7, 6, 5, 4, 3, 2, 1}} {
			var got []int64
			f := records.ExceptionFilter{InForce: inForce, Limit: 2, Source: records.ByHand}
			for {
				page, err := r.Exceptions(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page {
					got = append(got, e.ID)
					f.Before = records.Key{At: e.At, ID: e.ID}
				}
				if len(page) < f.Limit {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in force %t (-want +got):\n%s", inForce, diff)
			}
		}
	})
}

func TestEveryChangeIsOnTheLog(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		if head, err := r.VerifyAudit(t.Context(), records.AuditHead{}); err != nil || head != (records.AuditHead{}) {
			t.Errorf("an empty log: %v, %v", head, err)
		}
		add(t, r, records.Scope{Rule: "a/b"})
		if _, err := r.Renew(t.Context(), records.Actor{Name: "bob", Origin: "192.0.2.1"}, 1, start.Add(day)); err != nil {
			t.Fatal(err)
		}
		rows, err := r.Audit(t.Context(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"id":1,"created":"2026-11-24T12:00:00.123456Z","author":"ada","reason":"it is ours","ticket":"SEC-1","source":"hand","scope":{"rule":"a/b"},"expires":"%s"}`
		first, later := fmt.Sprintf(body, "2026-12-24T12:00:00.123456Z"), fmt.Sprintf(body, "2026-11-25T12:00:00.123456Z")
		want := []records.AuditRow{
			{ID: 2, At: start, Actor: "bob", Origin: "192.0.2.1", Action: "exception.renew", Object: "1", Before: first, After: later},
			{ID: 1, At: start, Actor: "ada", Origin: "cli desk", Action: "exception.add", Object: "1", After: first},
		}
		if diff := cmp.Diff(want, rows, cmpopts.IgnoreFields(records.AuditRow{}, "Previous", "Hash")); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		head, err := r.VerifyAudit(t.Context(), records.AuditHead{ID: 1, Hash: rows[1].Hash})
		if err != nil || head != (records.AuditHead{ID: 2, Hash: rows[0].Hash}) {
			t.Errorf("head %v, %v", head, err)
		}
		for _, query := range []string{"UPDATE audit SET actor = 'eve'", "DELETE FROM audit"} {
			if _, err := db.raw(t).Exec(query); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", query, err)
			}
		}
	})
}

// Changes that come at once have their own rows, one after the other.
func TestChangesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		var wg sync.WaitGroup
		for replica := range 2 {
			r := db.open(t, records.Config{})
			for i := range 10 {
				wg.Go(func() { add(t, r, records.Scope{Rule: fmt.Sprint("r/", replica, i)}) })
			}
		}
		wg.Wait()
		if head, err := db.open(t, records.Config{}).VerifyAudit(t.Context(), records.AuditHead{}); err != nil || head.ID != 20 {
			t.Errorf("head %v, %v", head, err)
		}
	})
}

func TestTampering(t *testing.T) {
	off := map[bool]string{false: "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete", true: "ALTER TABLE audit DISABLE TRIGGER ALL"}
	for _, tc := range []struct {
		name, query string
		at          int64 // 0: it is not seen
		kept        bool  // against the head that was kept
	}{
		{"nothing", "", 0, true},
		{"who", "UPDATE audit SET actor = 'eve' WHERE id = 3", 3, false},
		{"when", "UPDATE audit SET at = at + 1 WHERE id = 1", 1, false},
		{"what", "UPDATE audit SET after = '' WHERE id = 5", 5, false},
		{"a text moved to the next column", "UPDATE audit SET actor = '', origin = actor || origin WHERE id = 2", 2, false},
		{"a row taken out", "DELETE FROM audit WHERE id = 2", 2, false},
		{"the first row taken out", "DELETE FROM audit WHERE id = 1", 1, false},
		{"the last row taken out", "DELETE FROM audit WHERE id = 5", 5, false},
		{"the end and its count taken out", "DELETE FROM audit WHERE id > 3; UPDATE changes SET n = 3 WHERE topic = 'audit'", 0, false},
		{"the same, with a head that was kept", "DELETE FROM audit WHERE id > 3; UPDATE changes SET n = 3 WHERE topic = 'audit'", 4, true},
		{"a hash", "UPDATE audit SET hash = 'x' WHERE id = 4", 4, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			each(t, func(t *testing.T, db database) {
				r := db.open(t, records.Config{})
				for i := range 5 {
					add(t, r, records.Scope{Rule: fmt.Sprint("r/", i)})
				}
				head, err := r.VerifyAudit(t.Context(), records.AuditHead{})
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range strings.Split(off[db.postgres()]+"; "+tc.query, "; ") {
					if q != "" {
						db.exec(t, q)
					}
				}
				if !tc.kept {
					head = records.AuditHead{}
				}
				_, err = r.VerifyAudit(context.Background(), head)
				var tampered *records.TamperedError
				switch {
				case tc.at == 0 && err != nil:
					t.Errorf("got %v", err)
				case tc.at != 0 && (!errors.As(err, &tampered) || tampered.ID != tc.at):
					t.Errorf("got %v, want row %d", err, tc.at)
				}
			})
		})
	}
}
