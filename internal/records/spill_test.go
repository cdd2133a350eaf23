package records_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/records"
)

func named(id string) records.Pull {
	p := example()
	p.RequestID = id
	return p
}

func requestIDs(t *testing.T, r *records.Records) (out []string) {
	t.Helper()
	for _, p := range list(t, r, records.Filter{Limit: 1000}) {
		out = append(out, p.RequestID)
	}
	slices.Sort(out)
	return out
}

// With a database that takes no rows, Close keeps them all, and the next start writes them.
func TestCloseKeepsWhatItCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		cfg := records.Config{Queue: 8, Spill: filepath.Join(t.TempDir(), "records.spill"), Metrics: prometheus.NewPedanticRegistry()}
		r := db.open(t, cfg)
		record(t, r, named("a"))
		release := db.block(t)
		if err := r.Record(t.Context(), named("b"), true); err != nil {
			t.Fatal(err)
		}
		for value(t, cfg.Metrics.(prometheus.Gatherer), "lazaret_records_queued") > 0 {
			runtime.Gosched() // until the writer has it in hand
		}
		for _, id := range []string{"c", "d"} {
			if err := r.Record(t.Context(), named(id), false); err != nil {
				t.Fatal(err)
			}
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Close(cancelled); err != nil {
			t.Errorf("rows are lost: %v", err)
		}
		release()
		r = db.open(t, records.Config{Spill: cfg.Spill})
		record(t, r, named("e"))
		if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, requestIDs(t, r)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if left, err := filepath.Glob(cfg.Spill + "*"); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// A refusal for which there was no room in time is written once the database takes rows.
func TestARefusalIsNeverLost(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		metrics := prometheus.NewPedanticRegistry()
		r := db.open(t, records.Config{Queue: 8, Spill: filepath.Join(t.TempDir(), "records.spill"), Metrics: metrics})
		record(t, r, example())
		release := db.block(t)
		stick(t, r, metrics)
		fill(t, r)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Record(cancelled, named("refusal"), true); err != nil {
			t.Fatal(err)
		}
		if n := value(t, metrics, "lazaret_records_spilled_total"); n != 1 {
			t.Errorf("%v rows counted as spilled, want 1", n)
		}
		release()
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		record(t, r, named("later"))
		if ids := requestIDs(t, r); !slices.Contains(ids, "refusal") || !slices.Contains(ids, "later") {
			t.Errorf("rows: %v", ids)
		}
	})
}

// A server that drops its connections costs no row.
func TestConnectionsAreLost(t *testing.T) {
	db := newPostgres(t)
	r := db.open(t, records.Config{})
	for _, id := range []string{"a", "b", "c"} {
		record(t, r, named(id))
		if _, err := r.Changes(t.Context(), "exceptions"); err != nil {
			t.Fatal(err)
		}
		db.exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	}
	record(t, r, named("d"))
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, requestIDs(t, r)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// What a crash leaves behind is read: rows that were written before it are not written
// twice, and a line that it has cut costs that line.
func TestSpillAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		path := filepath.Join(t.TempDir(), "records.spill")
		write := func(file, rest string, ids ...string) {
			t.Helper()
			var b bytes.Buffer
			for _, id := range ids {
				line, err := json.Marshal(named(id))
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%s\n", line)
			}
			if err := os.WriteFile(file, append(b.Bytes(), rest...), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(path, `{"RequestID":"cut`, "c")
		write(path+".reading", "", "a", "b")
		r := db.open(t, records.Config{})
		record(t, r, named("a"))
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r = db.open(t, records.Config{Spill: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, requestIDs(t, r)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if err := r.Close(t.Context()); err != nil { // the log is at rest
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), "rows=1 damaged=1") {
			t.Errorf("the log does not say so: %s", &log)
		}
	})
}
