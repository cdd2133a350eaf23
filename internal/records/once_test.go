package records_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/records"
)

// What is asked for with a key is made once, however often and by however many at once.
func TestOnce(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		now := start
		var mu sync.Mutex
		r := db.open(t, records.Config{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
		ask := func(who string, o records.Once) (records.Exception, error) {
			return r.AddException(t.Context(), records.Actor{Name: who, Origin: "test"}, records.NewException{Reason: "ours", Scope: records.Scope{Rule: "a/b"}, Once: o})
		}
		key := records.Once{Key: "k", Sum: "s"}
		type made struct {
			e   records.Exception
			err error
		}
		results := make([]made, 6)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() { results[i].e, results[i].err = ask("alice", key) })
		}
		all.Wait()
		first := 0
		for _, m := range results {
			if diff := cmp.Diff(results[0].e, m.e); diff != "" || m.e.ID == 0 {
				t.Errorf("%+v, %v", m.e, m.err)
			}
			switch {
			case m.err == nil:
				first++
			case !errors.Is(m.err, records.ErrAgain):
				t.Error(m.err)
			}
		}
		if first != 1 {
			t.Errorf("%d of 6 made it, want 1", first)
		}
		if _, err := r.Revoke(t.Context(), records.Actor{Name: "bob", Origin: "test"}, results[0].e.ID); err != nil {
			t.Fatal(err)
		}
		if e, err := ask("alice", key); !errors.Is(err, records.ErrAgain) || e.RevokedBy != "bob" {
			t.Errorf("what was made is returned as it is now: %+v, %v", e, err)
		}
		if _, err := ask("alice", records.Once{Key: "k", Sum: "another"}); !errors.Is(err, records.ErrReused) {
			t.Errorf("the key for something else: %v", err)
		}
		if e, err := ask("bob", key); err != nil || e.ID == results[0].e.ID {
			t.Errorf("somebody else's key: %+v, %v", e, err)
		}
		for range 2 {
			if _, err := ask("alice", records.Once{}); err != nil {
				t.Errorf("without a key: %v", err)
			}
		}
		mu.Lock()
		now = now.Add(records.OnceFor + time.Minute)
		mu.Unlock()
		if e, err := ask("alice", key); err != nil || e.ID == results[0].e.ID {
			t.Errorf("a day later: %+v, %v", e, err)
		}
		head, err := r.VerifyAudit(t.Context(), records.AuditHead{})
		if err != nil || head.ID != 6 { // five were made, one revoked
			t.Errorf("the audit log has %d rows, want 6: %v", head.ID, err)
		}
	})
}

// A request for an exception is made once with a key, and refused without one.
func TestAskOnce(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		record(t, r, example())
		who := records.Actor{Name: "dev", Origin: "test"}
		key := records.Once{Key: "k", Sum: "s"}
		made, err := r.Ask(t.Context(), who, "r1", "why", key)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.Ask(t.Context(), who, "r1", "why", key); !errors.Is(err, records.ErrAgain) || cmp.Diff(made, again) != "" {
			t.Errorf("again: %+v, %v", again, err)
		}
		if _, err := r.Ask(t.Context(), who, "r1", "why", records.Once{}); !errors.Is(err, records.ErrState) {
			t.Errorf("without the key: %v", err)
		}
	})
}
