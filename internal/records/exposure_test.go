package records_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

func TestHolders(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		stream := func(minute int, client string) records.Pull {
			p := pullAt(minute, client, "a")
			p.Verdict = "stream"
			return p
		}
		refused := func(minute int, client string) records.Pull {
			p := pullAt(minute, client, "a")
			p.Kind, p.Verdict, p.Status = "blob", "block", 403
			return p
		}
		blob := pullAt(9, "blob alone", "a")
		blob.Kind = "blob"
		head := pullAt(9, "head alone", "a")
		head.Bytes = 0
		elsewhere := pullAt(9, "elsewhere", "a")
		elsewhere.Repository = "library/redis"
		record(t, r,
			pullAt(1, "twice", "a"), pullAt(4, "twice", "a"), pullAt(2, "once", "a"), stream(3, "streamed"),
			stream(3, "streamed, refused"), refused(4, "streamed, refused"),
			stream(3, "refused, excepted"), refused(4, "refused, excepted"), pullAt(5, "refused, excepted", "a"),
			refused(3, "refused"), blob, head, elsewhere, pullAt(9, "another image", "b"))
		got, err := r.Holders(t.Context(), "docker.io", "library/nginx", oci.DigestOf([]byte("a")))
		if err != nil {
			t.Fatal(err)
		}
		minute := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
		want := []records.Holder{
			{Client: "once", Name: "runner", First: minute(2), Last: minute(2), Pulls: 1},
			{Client: "refused, excepted", Name: "runner", First: minute(3), Last: minute(5), Pulls: 2},
			{Client: "streamed", Name: "runner", First: minute(3), Last: minute(3), Pulls: 1},
			{Client: "twice", Name: "runner", First: minute(1), Last: minute(4), Pulls: 2},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("holders (-want +got):\n%s", diff)
		}
	})
}

// An exposure is kept as long as the last pull of its image would be.
func TestOldExposuresAreRemoved(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		record(t, r, pullAt(0, "c", "new"), pullAt(-100*24*60, "c", "old"))
		for _, content := range []string{"new", "old"} {
			x := records.Exposure{Registry: "docker.io", Repository: "library/nginx", Digest: oci.DigestOf([]byte(content)), State: records.Exposed,
				Clients: []records.Holder{{Client: "c", First: start, Last: start, Pulls: 1}}}
			if _, err := r.PutExposure(t.Context(), x); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		r = db.open(t, records.Config{Retention: 90 * day})
		for {
			left, err := r.Exposures(t.Context(), records.ExposureFilter{})
			if err != nil {
				t.Fatal(err)
			}
			if len(left) == 1 {
				if left[0].Digest != oci.DigestOf([]byte("new")) || len(left[0].Clients) != 1 {
					t.Errorf("left is %+v", left[0])
				}
				break
			}
			runtime.Gosched() // the test's own time limit ends a purge that does not come
		}
	})
}

func TestExposures(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		clock := newClock()
		r := db.open(t, records.Config{Now: clock.now})
		a, b := oci.DigestOf([]byte("a")), oci.DigestOf([]byte("b"))
		holder := func(client string, pulls int64) records.Holder {
			return records.Holder{Client: client, Name: "n" + client, First: start, Last: start.Add(time.Duration(pulls) * time.Second), Pulls: pulls}
		}
		exposure := func(d oci.Digest, state string, clients ...records.Holder) records.Exposure {
			x := records.Exposure{Registry: "docker.io", Repository: "library/nginx", Digest: d, State: state, Reasons: []byte(`[]`), Rules: "s1", Policy: "p1", Clients: clients}
			if state == records.Exposed {
				x.Verdict, x.Reasons = "block", []byte(found)
			}
			return x
		}
		for i, step := range []struct {
			x    records.Exposure
			news bool
		}{
			{exposure(a, records.Resolved), false}, // never was one
			{exposure(a, records.Unknown), true},
			{exposure(a, records.Unknown), false},
			{exposure(a, records.Exposed, holder("c", 1)), true},
			{exposure(a, records.Exposed, holder("c", 2)), false},
			{exposure(b, records.Unknown), true},
			{exposure(a, records.Exposed, holder("c", 2), holder("d", 1)), true},
			{exposure(a, records.Exposed, holder("d", 1)), false}, // c's pulls were purged
		} {
			news, err := r.PutExposure(t.Context(), step.x)
			if err != nil || news != step.news {
				t.Errorf("step %d: news %t, %v", i, news, err)
			}
			clock.pass(time.Minute)
		}
		all := func(f records.ExposureFilter) []records.Exposure {
			t.Helper()
			got, err := r.Exposures(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i].ID = 0
			}
			return got
		}
		wantA, wantB := exposure(a, records.Exposed, holder("c", 2), holder("d", 1)), exposure(b, records.Unknown)
		wantA.At, wantB.At = start.Add(3*time.Minute), start.Add(5*time.Minute)
		for name, tc := range map[string]struct {
			f    records.ExposureFilter
			want []records.Exposure
		}{
			"all":     {records.ExposureFilter{}, []records.Exposure{wantB, wantA}},
			"exposed": {records.ExposureFilter{State: records.Exposed}, []records.Exposure{wantA}},
			"open":    {records.ExposureFilter{Unresolved: true}, []records.Exposure{wantB, wantA}},
			"digest":  {records.ExposureFilter{Digest: b}, []records.Exposure{wantB}},
			"none":    {records.ExposureFilter{Digest: a, State: records.Unknown}, nil},
		} {
			if diff := cmp.Diff(tc.want, all(tc.f)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if news, err := r.PutExposure(t.Context(), exposure(a, records.Resolved)); err != nil || !news {
			t.Errorf("resolved: %t, %v", news, err)
		}
		if got := all(records.ExposureFilter{State: records.Exposed}); len(got) > 0 {
			t.Errorf("still exposed: %v", got)
		}
		if got := all(records.ExposureFilter{Unresolved: true}); len(got) != 1 || got[0].Digest != b {
			t.Errorf("still open: %v", got)
		}
	})
}
