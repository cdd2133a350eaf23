package records_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// lists are what people look at, by name.
func lists() map[string]records.Filter {
	d := oci.DigestOf([]byte("7"))
	return map[string]records.Filter{
		"newest":     {Limit: 9},
		"page":       {Limit: 9, Before: records.Key{At: start, ID: 100}},
		"since":      {Limit: 9, Since: start},
		"digest":     {Limit: 9, Digest: d},
		"image":      {Limit: 9, Image: d},
		"verdict":    {Limit: 9, Verdict: "block", Before: records.Key{At: start, ID: 100}},
		"client":     {Limit: 9, Client: "192.0.2.7"},
		"repository": {Limit: 9, Repository: "library/nginx", Since: start.Add(-time.Hour)},
		"request":    {Limit: 9, RequestID: "r1"},
	}
}

// plan is how a database would answer a query.
func (d database) plan(t testing.TB, query string, args []any) string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if d.postgres() {
		explain = "EXPLAIN "
	}
	rows, err := d.raw(t).QueryContext(context.Background(), explain+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		into := []any{&id, &parent, &unused, &step}
		if d.postgres() {
			into = []any{&step}
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.TrimSpace(step))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "; ")
}

// No list reads the whole table or sorts: each step is a search of one index.
func TestListsUseIndexes(t *testing.T) {
	db := newSQLite(t)
	record(t, db.open(t, records.Config{}), example())
	got := map[string]string{}
	for name, f := range lists() {
		query, args := records.Query(f)
		got[name] = db.plan(t, query, args)
	}
	want := map[string]string{
		"newest":     "SCAN pulls USING INDEX pulls_at",
		"page":       "SEARCH pulls USING INDEX pulls_at (at<?)",
		"since":      "SEARCH pulls USING INDEX pulls_at (at>?)",
		"digest":     "SEARCH pulls USING INDEX pulls_digest (digest=?)",
		"image":      "SEARCH pulls USING INDEX pulls_image (image=?)",
		"verdict":    "SEARCH pulls USING INDEX pulls_verdict (verdict=? AND at<?)",
		"client":     "SEARCH pulls USING INDEX pulls_client (client=?)",
		"repository": "SEARCH pulls USING INDEX pulls_repository (repository=? AND at>?)",
		"request":    "SEARCH pulls USING INDEX pulls_request (request_id=?); USE TEMP B-TREE FOR ORDER BY", // of one row
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
}

func BenchmarkRecord(b *testing.B) {
	for name, open := range map[string]func(testing.TB) database{"sqlite": newSQLite, "postgres": newPostgres} {
		b.Run(name, func(b *testing.B) {
			r := open(b).open(b, records.Config{})
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Record(b.Context(), example(), true); err != nil {
					b.Fatal(err)
				}
			}
			if err := r.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
