package records_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// pullAt is a manifest that passed at a minute after the start.
func pullAt(minute int, client, content string) records.Pull {
	p := example()
	d := oci.DigestOf([]byte(content)).String()
	p.At, p.Client, p.Digest, p.Image, p.Verdict, p.Judged, p.Status = start.Add(time.Duration(minute)*time.Minute), client, d, d, "allow", "allow", 200
	return p
}

func TestFirstSeen(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		d := oci.DigestOf([]byte("a"))
		if _, err := r.FirstSeen(t.Context(), "docker.io", "library/nginx", d); !errors.Is(err, records.ErrNone) {
			t.Errorf("before any pull: %v", err)
		}
		refused := pullAt(3, "c", "a")
		refused.Verdict, refused.Status = "block", 403
		record(t, r, pullAt(5, "c", "a"), refused)
		record(t, r, pullAt(9, "c", "a"))
		for range 2 { // the second from memory
			at, err := r.FirstSeen(t.Context(), "docker.io", "library/nginx", d)
			if err != nil || !at.Equal(start.Add(3*time.Minute)) {
				t.Errorf("got %v, %v", at, err)
			}
		}
		if _, err := r.FirstSeen(t.Context(), "docker.io", "library/redis", d); !errors.Is(err, records.ErrNone) {
			t.Errorf("in another repository: %v", err)
		}
	})
}

func TestImages(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		refused := pullAt(1, "c", "never passed")
		refused.Verdict, refused.Status = "block", 403
		head := pullAt(1, "c", "head alone")
		head.Bytes = 0
		blob := pullAt(1, "c", "blob")
		blob.Kind = "blob"
		record(t, r, pullAt(1, "c", "a"), pullAt(4, "c", "a"), pullAt(2, "c", "b"), pullAt(3, "c", "old"), refused, head, blob)
		var all []records.Image
		var after records.Image
		for {
			images, err := r.Images(t.Context(), records.ImageFilter{Given: true, After: after, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			if len(images) == 0 {
				break
			}
			all, after = append(all, images...), images[0]
		}
		minute := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
		want := map[string][3]time.Time{
			"a": {minute(1), minute(4), minute(4)}, "b": {minute(2), minute(2), minute(2)}, "old": {minute(3), minute(3), minute(3)},
		}
		if len(all) != len(want) {
			t.Errorf("%d images, want %d: %v", len(all), len(want), all)
		}
		for content, times := range want {
			d := oci.DigestOf([]byte(content))
			found := false
			for _, i := range all {
				if i.Digest == d {
					found = true
					if diff := cmp.Diff(times, [3]time.Time{i.First, i.Last, i.Passed}); diff != "" {
						t.Errorf("%s (-want +got):\n%s", content, diff)
					}
				}
			}
			if !found {
				t.Errorf("%s is not listed", content)
			}
		}
		if got, err := r.Images(t.Context(), records.ImageFilter{Passed: minute(4)}); err != nil || len(got) != 1 {
			t.Errorf("since then: %v, %v", got, err)
		}
	})
}

// What an older Lazaret has written is there after its schema was brought up to date.
func TestOldDataIsMigrated(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		folder, dialect := "sqlite", goose.DialectSQLite3
		if db.postgres() {
			folder, dialect = "postgres", goose.DialectPostgres
		}
		old, err := goose.NewProvider(dialect, db.raw(t), os.DirFS(filepath.Join("migrations", folder)), goose.WithDisableGlobalRegistry(true))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := old.UpTo(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		d := oci.DigestOf([]byte("x"))
		for i, row := range []string{"'manifest', 'allow', '', 7, 0, 'store', 200", "'manifest', 'block', '[]', 9, 3, 'upstream', 403", "'blob', 'allow', '', 7, 0, 'store', 200"} {
			db.exec(t, fmt.Sprintf(`INSERT INTO pulls (at, request_id, client, user_agent, registry, repository, reference, digest, kind, verdict, reasons, bytes, held_ms, source, status)
				VALUES (%d, 'r', 'c', 'u', 'docker.io', 'library/nginx', 'latest', '%s', %s)`, start.UnixMicro()+int64(i), d, row))
		}
		r := db.open(t, records.Config{})
		var got []string
		for _, p := range list(t, r, records.Filter{}) {
			got = append(got, fmt.Sprint(p.Kind, p.Verdict, p.Status, p.Image == d.String()))
		}
		if diff := cmp.Diff([]string{"bloballow200 false", "manifestblock403 true", "manifestallow200 true"}, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if at, err := r.FirstSeen(t.Context(), "docker.io", "library/nginx", d); err != nil || !at.Equal(start) {
			t.Errorf("first seen %v, %v", at, err)
		}
		if images, err := r.Images(t.Context(), records.ImageFilter{Given: true}); err != nil || len(images) != 1 || !images[0].Passed.Equal(start) {
			t.Errorf("images %v, %v", images, err)
		}
		record(t, r, example())
	})
}

// Both databases have the same tables, with the same columns in the same order.
func TestSchemasAgree(t *testing.T) {
	columns := map[bool][]string{}
	each(t, func(t *testing.T, db database) {
		db.open(t, records.Config{})
		query := `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' ORDER BY m.name, c.cid`
		if db.postgres() {
			query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%' ORDER BY table_name, ordinal_position`
		}
		rows, err := db.raw(t).QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var column string
			if err := rows.Scan(&column); err != nil {
				t.Fatal(err)
			}
			columns[db.postgres()] = append(columns[db.postgres()], column)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	})
	if postgres == nil {
		t.Skip("PostgreSQL is not installed")
	}
	if diff := cmp.Diff(columns[false], columns[true]); diff != "" {
		t.Errorf("columns (-sqlite +postgres):\n%s", diff)
	}
}

// Images are listed page by page, whatever they are chosen by.
func TestImagePages(t *testing.T) {
	each(t, func(t *testing.T, db database) {
		r := db.open(t, records.Config{})
		for i, name := range []string{"acme/a", "acme/b", "library/nginx", "library/nginx", "library/nginx"} {
			p := example()
			p.At, p.Repository, p.RequestID = start.Add(time.Duration(i)*time.Minute), name, ""
			p.Digest = "sha256:" + string("abcde"[i]) + p.Digest[8:]
			p.Image = p.Digest
			if i == 3 {
				p.Verdict, p.Status = "allow", 200
			}
			record(t, r, p)
		}
		pages := func(f records.ImageFilter) (got []string) {
			for f.Limit = 2; ; {
				page, err := r.Images(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range page {
					got = append(got, i.Repository+" "+i.Digest.String()[7:8])
				}
				if len(page) < f.Limit {
					return got
				}
				f.After = page[len(page)-1]
			}
		}
		for name, tt := range map[string]struct {
			filter records.ImageFilter
			want   []string
		}{
			"all":             {records.ImageFilter{}, []string{"acme/a a", "acme/b b", "library/nginx c", "library/nginx d", "library/nginx e"}},
			"of a repository": {records.ImageFilter{Registry: "docker.io", Repository: "library/nginx"}, []string{"library/nginx c", "library/nginx d", "library/nginx e"}},
			"of a digest":     {records.ImageFilter{Digest: oci.Digest("sha256:b" + example().Image[8:])}, []string{"acme/b b"}},
			"given":           {records.ImageFilter{Given: true}, []string{"library/nginx d"}},
			"given later":     {records.ImageFilter{Passed: start.Add(time.Hour)}, nil},
		} {
			if diff := cmp.Diff(tt.want, pages(tt.filter)); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", name, diff)
			}
		}
	})
}
