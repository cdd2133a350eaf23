package records_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/records"
)

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func addToken(t testing.TB, r *records.Records, name, role string, expires time.Time) records.Token {
	t.Helper()
	got, err := r.AddToken(t.Context(), ada, records.NewToken{Name: name, Role: role, Hash: hashOf(name), Expires: expires})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTokenFromMakingToRevocation(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		made := addToken(t, r, " ci ", "viewer", start.Add(day))
		want := records.Token{ID: 1, At: start, Name: "ci", Role: "viewer", Author: "ada", Expires: start.Add(day)}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Errorf("made (-want +got):\n%s", diff)
		}
		got, err := r.TokenByHash(t.Context(), hashOf(" ci "))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("by its hash: %v\n%s", err, diff)
		}
		if _, err := r.TokenByHash(t.Context(), hashOf("ci")); !errors.Is(err, records.ErrNone) {
			t.Errorf("by another hash: %v", err)
		}
		if s := got.State(clock.now()); s != "in force" {
			t.Errorf("it is %s", s)
		}
		clock.pass(day)
		if s := got.State(clock.now()); s != "expired" {
			t.Errorf("at its time it is %s", s)
		}
		if all, err := r.Tokens(t.Context(), records.TokenFilter{InForce: true}); len(all) > 0 || err != nil {
			t.Errorf("in force: %v %v", all, err)
		}
		revoked, err := r.RevokeToken(t.Context(), records.Actor{Name: "bob", Origin: "192.0.2.1"}, 1)
		if err != nil || revoked.State(start) != "revoked" || revoked.RevokedBy != "bob" {
			t.Errorf("revoked: %+v, %v", revoked, err)
		}
		if got, err := r.GetToken(t.Context(), 1); err != nil || !got.Revoked.Equal(clock.now()) {
			t.Errorf("after: %+v, %v", got, err)
		}
		if _, err := r.RevokeToken(t.Context(), ada, 1); !errors.Is(err, records.ErrState) {
			t.Errorf("revoked twice: %v", err)
		}
		if _, err := r.RevokeToken(t.Context(), ada, 9); !errors.Is(err, records.ErrNone) {
			t.Errorf("revoked what is not there: %v", err)
		}
		log, err := r.Audit(t.Context(), 0, 0)
		if err != nil || len(log) != 2 || log[0].Action != "token.revoke" || log[1].Action != "token.create" || log[1].Actor != "ada" {
			t.Errorf("audit log: %+v, %v", log, err)
		}
		for _, row := range log {
			if strings.Contains(row.Before+row.After, hashOf(" ci ")) {
				t.Errorf("the log has the hash: %+v", row)
			}
		}
	})
}

func TestTokensThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		good := records.NewToken{Name: "n", Role: "admin", Hash: hashOf("n")}
		for name, edit := range map[string]func(*records.NewToken){
			"no name":     func(n *records.NewToken) { n.Name = " " },
			"a long name": func(n *records.NewToken) { n.Name = strings.Repeat("n", 600) },
			"no role":     func(n *records.NewToken) { n.Role = "" },
			"not a role":  func(n *records.NewToken) { n.Role = "root" },
			"no hash":     func(n *records.NewToken) { n.Hash = "" },
			"the token":   func(n *records.NewToken) { n.Hash = "lzt_" + strings.Repeat("a", 60) },
			"too late":    func(n *records.NewToken) { n.Expires = start },
		} {
			bad := good
			edit(&bad)
			if got, err := r.AddToken(t.Context(), ada, bad); !errors.Is(err, records.ErrInvalid) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		// Two in force with one name would make the audit log ambiguous; one after the other is renewal.
		first := addToken(t, r, "ci", "viewer", start.Add(day))
		twin := records.NewToken{Name: "ci", Role: "admin", Hash: hashOf("another")}
		if _, err := r.AddToken(t.Context(), ada, twin); !errors.Is(err, records.ErrState) {
			t.Errorf("a name in use: %v", err)
		}
		clock.pass(day)
		second, err := r.AddToken(t.Context(), ada, twin)
		if err != nil {
			t.Fatalf("the name of one that has expired: %v", err)
		}
		if _, err := r.RevokeToken(t.Context(), ada, second.ID); err != nil {
			t.Fatal(err)
		}
		twin.Hash = hashOf("a third")
		if _, err := r.AddToken(t.Context(), ada, twin); err != nil {
			t.Errorf("the name of one that was revoked: %v", err)
		}
		twin.Name, twin.Hash = "other", hashOf("ci")
		if got, err := r.AddToken(t.Context(), ada, twin); err == nil {
			t.Errorf("two tokens with the hash of %d: %+v", first.ID, got)
		}
	})
}

func TestTokensPageByPage(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		for i := range 5 {
			addToken(t, r, fmt.Sprint("n", i), "viewer", time.Time{})
			clock.pass(time.Second)
		}
		var ids []int64
		f := records.TokenFilter{InForce: true, Limit: 2}
		for {
			page, err := r.Tokens(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page {
				ids = append(ids, x.ID)
			}
			if len(page) < 2 {
				break
			}
			f.Before = records.Key{At: page[1].At, ID: page[1].ID}
		}
		if diff := cmp.Diff([]int64{5, 4, 3, 2, 1}, ids); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTokenUsedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		addToken(t, r, "ci", "viewer", time.Time{})
		for _, step := range []struct{ at, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {30 * time.Second, time.Minute}} {
			if err := r.TokenUsed(t.Context(), 1, start.Add(step.at)); err != nil {
				t.Fatal(err)
			}
			if got, err := r.GetToken(t.Context(), 1); err != nil || !got.Used.Equal(start.Add(step.want)) {
				t.Errorf("used at %s: %s, %v", step.at, got.Used.Sub(start), err)
			}
		}
	})
}

// Replicas that start at once on one database make one first token.
func TestFirstTokenIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		var replicas []*records.Records
		for range 4 {
			replicas = append(replicas, db.open(t, records.Config{}))
		}
		errs := make([]error, len(replicas))
		var all sync.WaitGroup
		for i, r := range replicas {
			all.Go(func() {
				_, errs[i] = r.AddFirstToken(t.Context(), ada, records.NewToken{Name: "first", Role: "admin", Hash: hashOf(fmt.Sprint(i))})
			})
		}
		all.Wait()
		made := 0
		for i, err := range errs {
			if err == nil {
				made++
			} else if !errors.Is(err, records.ErrState) {
				t.Errorf("replica %d: %v", i, err)
			}
		}
		if made != 1 {
			t.Errorf("%d first tokens", made)
		}
		if _, err := replicas[0].RevokeToken(t.Context(), ada, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := replicas[1].AddFirstToken(t.Context(), ada, records.NewToken{Name: "first", Role: "admin", Hash: hashOf("x")}); !errors.Is(err, records.ErrState) {
			t.Errorf("another after the first was revoked: %v", err)
		}
		if log, err := replicas[2].Audit(t.Context(), 0, 0); err != nil || len(log) != 2 {
			t.Errorf("audit log: %+v, %v", log, err)
		}
	})
}
