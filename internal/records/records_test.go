package records_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

func TestARowComesBackWhole(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		record(t, r, example())
		want := example()
		want.ID = 1
		if diff := cmp.Diff([]records.Pull{want}, list(t, r, records.Filter{})); diff != "" {
			t.Errorf("row (-want +got):\n%s", diff)
		}
	})
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "a?b#c%20d.db")
	record(t, database{cfg: records.Config{Path: path}}.open(t, records.Config{}), example())
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v", name, info.Mode())
		}
	}
}

// Whatever a client sends is written: a row that a database refuses would hold up all others.
func TestWhatIsNoText(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		p := example()
		p.UserAgent, p.Reasons, p.Client = "a\x00b\xffc", "\"\x00\"", strings.Repeat("x", 511)+"\u00e9"
		record(t, r, p)
		got := list(t, r, records.Filter{})[0]
		if got.UserAgent != "a?b?c" || got.Reasons != `"?"` || got.Client != strings.Repeat("x", 511)+"?" {
			t.Errorf("got %q, %q, %q", got.UserAgent, got.Reasons, got.Client)
		}
	})
}

func TestTimeIsTheClocksWhereARowHasNone(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		record(t, r, records.Pull{})
		if got := list(t, r, records.Filter{})[0].At; !got.Equal(start) {
			t.Errorf("at %v, want %v", got, start)
		}
	})
}

func TestLongTextsAreCut(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		p := example()
		p.UserAgent, p.Reasons = strings.Repeat("u", 1<<20), strings.Repeat("[", 1<<20)
		record(t, r, p)
		got := list(t, r, records.Filter{})[0]
		if len(got.UserAgent) != 512 || got.Reasons != `[{"rule":"records/too-long","message":"1048576 bytes of reasons were not kept"}]` {
			t.Errorf("user agent of %d bytes, reasons %.100s", len(got.UserAgent), got.Reasons)
		}
	})
}

func TestFilter(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		a, b := oci.DigestOf([]byte("a")), oci.DigestOf([]byte("b"))
		for i := range 10 {
			p := records.Pull{At: start.Add(time.Duration(i) * time.Minute), Digest: a.String(), Verdict: "allow"}
			if i%2 == 1 {
				p.Digest, p.Verdict = b.String(), "block"
			}
			record(t, r, p)
		}
		for _, tc := range []struct {
			name   string
			filter records.Filter
			want   []int64
		}{
			{"none", records.Filter{}, []int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
			{"digest", records.Filter{Digest: a}, []int64{9, 7, 5, 3, 1}},
			{"verdict", records.Filter{Verdict: "block"}, []int64{10, 8, 6, 4, 2}},
			{"since", records.Filter{Since: start.Add(8 * time.Minute)}, []int64{10, 9}},
			{"limit", records.Filter{Limit: 2}, []int64{10, 9}},
			{"before", records.Filter{Before: records.Key{At: start.Add(2 * time.Minute), ID: 3}}, []int64{2, 1}},
			{"all", records.Filter{Digest: b, Verdict: "block", Since: start.Add(3 * time.Minute), Before: records.Key{At: start.Add(9 * time.Minute), ID: 10}, Limit: 2}, []int64{8, 6}},
			{"nothing", records.Filter{Digest: a, Verdict: "block"}, nil},
		} {
			t.Run(tc.name, func(t *testing.T) {
				var got []int64
				for _, p := range list(t, r, tc.filter) {
					got = append(got, p.ID)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("ids (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// Pages that are walked while rows are added show each old row once.
func TestPagesHoldStill(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		for range 25 {
			record(t, r, example())
		}
		var got []int64
		for f := (records.Filter{Limit: 10}); ; {
			page := list(t, r, f)
			for _, p := range page {
				got = append(got, p.ID)
			}
			if len(page) < f.Limit {
				break
			}
			last := page[len(page)-1]
			f.Before = records.Key{At: last.At, ID: last.ID}
			record(t, r, example())
		}
		var want []int64
		for id := int64(25); id > 0; id-- {
			want = append(want, id)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
}

func TestCloseWritesAllAndReopenKeeps(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		const clients, each = 16, 100
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() {
				for i := range each {
					p := example()
					p.RequestID = fmt.Sprintf("%d/%d", c, i)
					if err := r.Record(t.Context(), p, true); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		if err := r.Record(t.Context(), example(), true); !errors.Is(err, records.ErrClosed) {
			t.Errorf("a row after Close: %v", err)
		}
		if err := r.Flush(t.Context()); !errors.Is(err, records.ErrClosed) {
			t.Errorf("a flush after Close: %v", err)
		}

		again := db.open(t, records.Config{})
		seen := map[string]bool{}
		for f := (records.Filter{Limit: 1000}); ; {
			page := list(t, again, f)
			for _, p := range page {
				seen[p.RequestID] = true
			}
			if len(page) < f.Limit {
				break
			}
			last := page[len(page)-1]
			f.Before = records.Key{At: last.At, ID: last.ID}
		}
		if len(seen) != clients*each {
			t.Errorf("%d rows of %d", len(seen), clients*each)
		}
	})
}

// Rows that are being recorded while Close runs are either kept or refused.
func TestCloseAndRecordAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{Queue: 2})
		var mu sync.Mutex
		kept := 0
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for {
					switch err := r.Record(t.Context(), example(), true); {
					case err == nil:
						mu.Lock()
						kept++
						mu.Unlock()
					case errors.Is(err, records.ErrClosed):
						return
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		if err := r.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if got := db.count(t); got != kept {
			t.Errorf("%d rows are there, %d were accepted", got, kept)
		}
	})
}

// stick gives the writer a row that it cannot write, and returns when it has it in hand:
// from then on the queue is left as it is.
func stick(t *testing.T, r *records.Records, metrics prometheus.Gatherer) {
	t.Helper()
	if err := r.Record(t.Context(), example(), true); err != nil {
		t.Fatal(err)
	}
	for value(t, metrics, "lazaret_records_queued") > 0 {
		runtime.Gosched() // the test's own time limit ends a writer that does not come
	}
}

// fill records plain rows until the queue takes no more, and returns how many it took.
func fill(t *testing.T, r *records.Records) int {
	t.Helper()
	for n := range 10_000 {
		err := r.Record(t.Context(), example(), false)
		if errors.Is(err, records.ErrFull) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("a bounded queue took 10,000 rows")
	return 0
}

func TestFullQueue(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		var log bytes.Buffer
		metrics := prometheus.NewPedanticRegistry()
		r := db.open(t, records.Config{Queue: 8, Metrics: metrics, Log: slog.New(slog.NewTextHandler(&log, nil))})
		record(t, r, example())
		release := db.block(t)
		stick(t, r, metrics)
		if took := fill(t, r); took != 8 {
			t.Errorf("a queue for 8 took %d", took)
		}
		const taken = 9
		fill(t, r)
		if dropped := value(t, metrics, "lazaret_records_dropped_total"); dropped != 2 {
			t.Errorf("%v rows counted as dropped, want 2", dropped)
		}
		if got := strings.Count(log.String(), "the queue is full"); got != 1 {
			t.Errorf("%d lines about it, want 1 in so short a time:\n%s", got, log.String())
		}

		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Record(cancelled, example(), true); !errors.Is(err, context.Canceled) {
			t.Errorf("a refusal with no room and no time: %v", err)
		}
		refusal := example()
		refusal.RequestID = "refusal"
		done := make(chan error, 1)
		go func() { done <- r.Record(t.Context(), refusal, true) }()
		select {
		case err := <-done:
			t.Fatalf("a refusal did not wait for room: %v", err)
		default:
		}
		release()
		if err := <-done; err != nil {
			t.Errorf("a refusal that waited: %v", err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := db.count(t); got != taken+2 {
			t.Errorf("%d rows, want %d: all that were taken, and the refusal", got, taken+2)
		}
		if written := value(t, metrics, "lazaret_records_written_total"); int(written) != taken+2 {
			t.Errorf("%v rows counted as written, want %d", written, taken+2)
		}
	})
}

// With a database that does not take rows, Close ends when it must and says what is lost.
func TestCloseThatCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		metrics := prometheus.NewPedanticRegistry()
		r := db.open(t, records.Config{Queue: 8, Metrics: metrics})
		record(t, r, example())
		release := db.block(t)
		stick(t, r, metrics)
		taken := 1 + fill(t, r)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		err := r.Close(cancelled)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), fmt.Sprintf("%d rows are lost", taken)) {
			t.Errorf("got %v, want %d rows lost", err, taken)
		}
		release()
		if got := db.count(t); got != 1 {
			t.Errorf("%d rows, want the 1 from before", got)
		}
	})
}

func value(t *testing.T, metrics prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() // it is one of them
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestOldRowsAreRemovedAtStart(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		const old = 2500 // more than two batches of the purge
		for i := range old + 5 {
			p := example()
			if i < old {
				p.At = start.Add(-91 * 24 * time.Hour)
			}
			if err := r.Record(t.Context(), p, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := db.count(t); got != old+5 {
			t.Fatalf("%d rows without a retention, want all %d", got, old+5)
		}
		r = db.open(t, records.Config{Retention: 90 * 24 * time.Hour})
		for db.count(t) != 5 {
			runtime.Gosched() // as above
		}
		record(t, r, example())
		if got := list(t, r, records.Filter{})[0].ID; got != old+6 {
			t.Errorf("the next id is %d, want %d", got, old+6)
		}
	})
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		if err := db.open(t, records.Config{}).Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if db.postgres() {
			db.exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
		} else {
			db.exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		}
		_, err := records.Open(t.Context(), db.cfg)
		if err == nil || !strings.Contains(err.Error(), "a newer one has written it") {
			t.Errorf("got %v", err)
		}
	})
}

func TestBadConfig(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]records.Config{
		"no path":            {},
		"a folder":           {Path: folder},
		"not a database":     {Path: garbage},
		"no server":          {URL: "postgres://nobody:hidden@127.0.0.1:1/none?connect_timeout=1"},
		"not a URL":          {URL: "postgres://nobody:hidden@[/none"},
		"negative queue":     {Path: filepath.Join(folder, "a.db"), Queue: -1},
		"negative retention": {Path: filepath.Join(folder, "a.db"), Retention: -1},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := records.Open(t.Context(), cfg)
			if err == nil {
				_ = r.Close(t.Context())
				t.Error("no error")
			} else if strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}
