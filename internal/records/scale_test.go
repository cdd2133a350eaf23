package records_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
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
		"name":       {Limit: 9, ClientName: "runner"},
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
		"name":       "SEARCH pulls USING INDEX pulls_client_name (client_name=?)",
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

// million fills pulls with a million rows of 90 days: 2000 clients, 400 repositories, 5000 images, a
// manifest for four blobs, one in 200 refused.
func (d database) million(b *testing.B) {
	b.Helper()
	numbers, hash := "WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < 999999)", "printf('%064x', %s)"
	if d.postgres() {
		numbers, hash = "WITH g(i) AS (SELECT generate_series(0::bigint, 999999))", "lpad(to_hex(%s), 64, '0')"
	}
	digest := func(of string) string { return "'sha256:' || " + strings.Replace(hash, "%s", of, 1) }
	image := "(i * 7919 / 5) % 5000"
	d.exec(b, numbers+` INSERT INTO pulls (at, request_id, client, user_agent, registry, repository, reference, digest, image, kind, verdict, judged, reasons, bytes, held_ms, source, status)
		SELECT `+strconv.FormatInt(start.Add(-90*24*time.Hour).UnixMicro(), 10)+` + i * 7776000, 'request' || i, '10.0.' || ((i / 5) % 2000 / 250) || '.' || ((i / 5) % 2000 % 250),
		'docker/29.0.1 go/go1.25 kernel/6.1 os/linux arch/amd64', 'docker.io', 'library/app' || (`+image+` % 400), 'v' || (`+image+` % 20),
		CASE WHEN i % 5 = 0 THEN `+digest(image)+` ELSE `+digest("5000 + "+image+" * 4 + i % 5")+` END, `+digest(image)+`,
		CASE WHEN i % 5 = 0 THEN 'manifest' ELSE 'blob' END, CASE WHEN i % 200 = 0 THEN 'block' ELSE 'allow' END, CASE WHEN i % 200 = 0 THEN 'block' ELSE 'allow' END,
		CASE WHEN i % 200 = 0 THEN '[{"action":"block","policy":"miner","finding":{"rule":"miner/binary"}}]' ELSE '[]' END,
		1000000, 3, 'store', CASE WHEN i % 200 = 0 THEN 403 ELSE 200 END FROM g`)
	if d.postgres() {
		d.exec(b, "VACUUM ANALYZE pulls")
	}
}

// BenchmarkMillion times what people look at among a million rows, and shows how it is found:
//
//	go test -run '^$' -bench Million -benchtime 20x ./internal/records
func BenchmarkMillion(b *testing.B) {
	for name, make := range map[string]func(testing.TB) database{"sqlite": newSQLite, "postgres": newPostgres} {
		b.Run(name, func(b *testing.B) {
			db := make(b)
			r := db.open(b, records.Config{})
			db.million(b)
			middle := start.Add(-45 * 24 * time.Hour)
			d := oci.Digest("sha256:" + strings.Repeat("0", 61) + "7cf") // 1999
			cases := map[string]records.Filter{
				"newest":              {},
				"page in the middle":  {Before: records.Key{At: middle, ID: 500_000}},
				"since an hour":       {Since: start.Add(-time.Hour)},
				"digest":              {Digest: d},
				"image":               {Image: d},
				"refusals":            {Verdict: "block"},
				"refusals, middle":    {Verdict: "block", Before: records.Key{At: middle, ID: 500_000}},
				"client":              {Client: "10.0.3.7"},
				"client's refusals":   {Client: "10.0.3.10", Verdict: "block"},
				"repository, a day":   {Repository: "library/app7", Since: start.Add(-24 * time.Hour)},
				"request":             {RequestID: "request123456"},
				"digest that is none": {Digest: oci.DigestOf(nil)},
			}
			for _, name := range slices.Sorted(maps.Keys(cases)) {
				b.Run(name, func(b *testing.B) {
					query, args := records.Query(cases[name])
					rows := 0
					for b.Loop() {
						got, err := r.Pulls(b.Context(), cases[name])
						if err != nil {
							b.Fatal(err)
						}
						rows = len(got)
					}
					b.ReportMetric(float64(rows), "rows")
					b.Logf("%d rows: %s", rows, db.plan(b, query, args))
				})
			}
			b.Run("who has an image", func(b *testing.B) {
				holders := 0
				for b.Loop() {
					got, err := r.Holders(b.Context(), "docker.io", "library/app399", d)
					if err != nil {
						b.Fatal(err)
					}
					holders = len(got)
				}
				b.ReportMetric(float64(holders), "rows")
			})
			b.Run("record", func(b *testing.B) {
				for b.Loop() {
					if err := r.Record(b.Context(), example(), true); err != nil {
						b.Fatal(err)
					}
				}
				if err := r.Flush(b.Context()); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
