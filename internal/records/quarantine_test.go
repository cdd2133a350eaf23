package records_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

const found = `[{"action":"quarantine","policy":"purpose","finding":{"rule":"hackingtool/tool"}}]`

// quarantinedAt is a refusal of an image at a minute after the start.
func quarantinedAt(minute int, content string) records.Pull {
	p := pullAt(minute, "192.0.2.7", content)
	p.Verdict, p.Judged, p.Status, p.Reasons, p.RequestID = "quarantine", "quarantine", 403, found, fmt.Sprint("ID", content, minute)
	return p
}

func held(t *testing.T, r *records.Records, state string) (out []records.Quarantined) {
	t.Helper()
	f := records.StateFilter{State: state, Limit: 1}
	for {
		page, err := r.Quarantine(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return out
		}
		out = append(out, page...)
		f.Before = records.Key{At: page[0].At, ID: page[0].ID}
	}
}

func TestQuarantine(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		blob := quarantinedAt(0, "a")
		blob.Kind, blob.Reference, blob.Digest, blob.RequestID = "blob", "sha256:00", "sha256:00", "BLOB"
		blocked := quarantinedAt(3, "blocked")
		blocked.Verdict = "block"
		audited := quarantinedAt(3, "audited")
		audited.Verdict = "allow"
		record(t, r, blob, quarantinedAt(1, "a"), blocked, audited)
		record(t, r, quarantinedAt(2, "a"), quarantinedAt(4, "b"))
		a, b := oci.DigestOf([]byte("a")), oci.DigestOf([]byte("b"))
		minute := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
		refused := func(id string, d oci.Digest) records.Refused {
			return records.Refused{RequestID: id, Client: "192.0.2.7", Registry: "docker.io", Repository: "library/nginx", Reference: "latest", Digest: d, Reasons: []byte(found)}
		}
		want := []records.Quarantined{
			{ID: 2, At: minute(4), Last: minute(4), Times: 1, Refused: refused("IDb4", b), Decision: records.Decision{State: "waiting"}},
			{ID: 1, At: minute(0), Last: minute(2), Times: 3, Refused: refused("BLOB", a), Decision: records.Decision{State: "waiting"}},
		}
		got := held(t, r, "")
		for i := range got { // a row that conflicts uses up a number in PostgreSQL
			want[i].ID = got[i].ID
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in quarantine (-want +got):\n%s", diff)
		}
		idA, idB := got[1].ID, got[0].ID

		clock.pass(10 * time.Minute)
		x, err := r.Release(t.Context(), ada, idA, "we make that tool", "SEC-1", time.Time{})
		if err != nil || x.State != "released" || x.Exception != 1 || x.By != "ada" || x.Word != "we make that tool" {
			t.Errorf("released: %+v, %v", x, err)
		}
		e, err := r.GetException(t.Context(), 1)
		if err != nil || e.Scope != (records.Scope{Repository: "library/nginx", Digest: a}) || e.Reason != "we make that tool" {
			t.Errorf("the exception: %+v, %v", e, err)
		}
		if x, err = r.Reject(t.Context(), ada, idB, "nobody needs it"); err != nil || x.State != "rejected" {
			t.Errorf("rejected: %+v, %v", x, err)
		}
		for since, want := range map[time.Time]int{start: 1, x.Decided: 1, x.Decided.Add(time.Microsecond): 0} {
			if got, err := r.RejectedSince(t.Context(), since); err != nil || len(got) != want || want > 0 && got[0].ID != idB {
				t.Errorf("rejected since %s: %+v, %v", since, got, err)
			}
		}
		for name, err := range map[string]error{
			"release twice":    second(r.Release(t.Context(), ada, idA, "r", "", time.Time{})),
			"reject released":  second(r.Reject(t.Context(), ada, idA, "r")),
			"reject twice":     second(r.Reject(t.Context(), ada, idB, "r")),
			"clear a rejected": second(r.Clear(t.Context(), ada, idB, "r")),
		} {
			if !errors.Is(err, records.ErrState) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.Release(t.Context(), ada, 99, "r", "", time.Time{}); !errors.Is(err, records.ErrNone) {
			t.Errorf("none: %v", err)
		}

		// A refusal that a replica gave before it knew of the release changes nothing; one by which
		// the exception has ended does. What is rejected stays so.
		record(t, r, quarantinedAt(10, "a"), quarantinedAt(20, "b"))
		if got := held(t, r, "released"); len(got) != 1 || got[0].Times != 4 {
			t.Errorf("refused as it was released: %+v", got)
		}
		record(t, r, quarantinedAt(20, "a"))
		if got := held(t, r, "waiting"); len(got) != 1 || got[0].Digest != a {
			t.Errorf("refused after the exception: %+v", got)
		}
		if x, err = r.Clear(t.Context(), records.Actor{Name: "lazaret"}, idA, "no rule minds it any more"); err != nil || x.State != "cleared" {
			t.Errorf("cleared: %+v, %v", x, err)
		}
		if _, err := r.Release(t.Context(), ada, idB, "on second thoughts", "", time.Time{}); err != nil {
			t.Errorf("a rejected one is released: %v", err)
		}
		if head, err := r.VerifyAudit(t.Context(), records.AuditHead{}); err != nil || head.ID != 4 {
			t.Errorf("%d rows on the log, want 4: %v", head.ID, err)
		}
	})
}

// Of a name that is refused before anything is fetched, the exception covers what minded the name.
func TestQuarantinedName(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		p := quarantinedAt(0, "")
		p.Digest, p.Image, p.Reasons = "", "", `[{"finding":{"rule":"name/misspelt"}}]`
		unknown := p
		unknown.Repository, unknown.Reasons = "library/redis", ""
		record(t, r, p, unknown)
		for _, x := range held(t, r, "waiting") {
			x, err := r.Release(t.Context(), ada, x.ID, "r", "", time.Time{})
			if x.Repository == "library/redis" {
				if !errors.Is(err, records.ErrUnknown) {
					t.Errorf("of which nothing is known: %v", err)
				}
				continue
			}
			e, err2 := r.GetException(t.Context(), x.Exception)
			if err != nil || err2 != nil || e.Scope != (records.Scope{Repository: "library/nginx", Rule: "name/misspelt"}) {
				t.Errorf("the exception: %+v, %v, %v", e, err, err2)
			}
		}
	})
}

func TestRequests(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		passed, loose := pullAt(1, "192.0.2.7", "passed"), quarantinedAt(5, "loose")
		passed.RequestID = "PASSED"
		loose.Kind, loose.Image = "blob", ""
		record(t, r, passed, quarantinedAt(2, "a"), quarantinedAt(3, "b"), loose)
		bob := records.Actor{Name: "bob", Origin: "192.0.2.7"}
		q, err := r.Ask(t.Context(), bob, "IDa2", "  the build needs it ", records.Once{})
		if err != nil {
			t.Fatal(err)
		}
		a := oci.DigestOf([]byte("a"))
		want := records.Request{
			ID: 1, At: start, Asker: "bob", Why: "the build needs it", Decision: records.Decision{State: "open"},
			Refused: records.Refused{RequestID: "IDa2", Client: "192.0.2.7", Registry: "docker.io", Repository: "library/nginx", Reference: "latest", Digest: a, Reasons: []byte(found)},
		}
		got, err := r.GetRequest(t.Context(), 1)
		if diff := cmp.Diff([]records.Request{want, want}, []records.Request{q, got}); diff != "" || err != nil {
			t.Errorf("request (-want +got):\n%s%v", diff, err)
		}
		for id, want := range map[string]error{"PASSED": records.ErrUnknown, "NONE": records.ErrUnknown, "IDa2": records.ErrState} {
			if _, err := r.Ask(t.Context(), bob, id, "why", records.Once{}); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", id, err, want)
			}
		}
		if _, err := r.Ask(t.Context(), bob, "IDb3", " ", records.Once{}); !errors.Is(err, records.ErrInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		if q, err = r.Approve(t.Context(), ada, 1, "for this sprint", start.Add(7*day)); err != nil || q.State != "approved" || q.Word != "for this sprint" || q.Exception != 1 {
			t.Errorf("approved: %+v, %v", q, err)
		}
		e, err := r.GetException(t.Context(), 1)
		if err != nil || e.Scope != (records.Scope{Repository: "library/nginx", Digest: a}) || e.Author != "ada" || e.Reason != "the build needs it" || e.Ticket != "request 1 by bob" || !e.Expires.Equal(start.Add(7*day)) {
			t.Errorf("the exception: %+v, %v", e, err)
		}
		if got := held(t, r, "released"); len(got) != 1 || got[0].Digest != a || got[0].Exception != 1 {
			t.Errorf("in quarantine: %+v", got)
		}
		if q, err = r.Ask(t.Context(), bob, "IDb3", "that too", records.Once{}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Decline(t.Context(), ada, q.ID, ""); !errors.Is(err, records.ErrInvalid) {
			t.Errorf("without a word: %v", err)
		}
		if q, err = r.Decline(t.Context(), ada, q.ID, "use the other one"); err != nil || q.State != "declined" || q.Exception != 0 {
			t.Errorf("declined: %+v, %v", q, err)
		}
		if _, err := r.Approve(t.Context(), ada, q.ID, "", time.Time{}); !errors.Is(err, records.ErrState) {
			t.Errorf("decided twice: %v", err)
		}
		if q, err = r.Ask(t.Context(), bob, "IDloose5", "a blob", records.Once{}); err != nil || q.Digest.String() != loose.Digest {
			t.Errorf("a blob alone: %+v, %v", q, err)
		}
		if open, err := r.Requests(t.Context(), records.StateFilter{State: records.Asked}); err != nil || len(open) != 1 {
			t.Errorf("open: %v, %v", open, err)
		}
		if all, err := r.Requests(t.Context(), records.StateFilter{Limit: 2}); err != nil || len(all) != 2 {
			t.Errorf("a page: %v, %v", all, err)
		}
	})
}
