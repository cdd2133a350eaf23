package records_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/testpg"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 123456000, time.UTC)

// postgres is the server of all tests; nil where none is installed and CI is not set.
var postgres *testpg.Server

func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	postgres, err = testpg.Start(ctx)
	if err != nil && (!errors.Is(err, testpg.ErrMissing) || os.Getenv("CI") != "") {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if postgres != nil {
		if err := postgres.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// A database is an empty one of either kind.
type database struct {
	cfg         records.Config // that names it
	driver, dsn string         // by which the test looks into it
	lock        string         // begins a transaction that keeps others from writing pulls
}

func (d database) postgres() bool { return d.cfg.URL != "" }

// each runs a test on both kinds.
func each(t *testing.T, test func(t *testing.T, db database)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, newPostgres(t)) })
}

func newSQLite(t testing.TB) database {
	path := filepath.Join(t.TempDir(), "records.db")
	return database{records.Config{Path: path}, "sqlite", path, "BEGIN IMMEDIATE"}
}

func newPostgres(t testing.TB) database {
	t.Helper()
	if postgres == nil {
		t.Skip("PostgreSQL is not installed: see .ci/install")
	}
	url, err := postgres.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return database{records.Config{URL: url}, "pgx", url, "BEGIN; LOCK TABLE pulls IN ACCESS EXCLUSIVE MODE"}
}

// open opens it with what else cfg says.
func (d database) open(t testing.TB, cfg records.Config) *records.Records {
	t.Helper()
	cfg.Path, cfg.URL = d.cfg.Path, d.cfg.URL
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return start }
	}
	r, err := records.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	return r
}

// raw opens it beside Records.
func (d database) raw(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (d database) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := d.raw(t).ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func (d database) count(t testing.TB) int {
	t.Helper()
	var n int
	if err := d.raw(t).QueryRow("SELECT count(*) FROM pulls").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// block keeps all others from writing pulls until it is released.
func (d database) block(t *testing.T) (release func()) {
	t.Helper()
	conn, err := d.raw(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), d.lock); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		_, _ = conn.ExecContext(context.Background(), "ROLLBACK")
		conn.Close()
	})
	t.Cleanup(release)
	return release
}

func record(t testing.TB, r *records.Records, pulls ...records.Pull) {
	t.Helper()
	for _, p := range pulls {
		if err := r.Record(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, r *records.Records, f records.Filter) []records.Pull {
	t.Helper()
	pulls, err := r.Pulls(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return pulls
}

func example() records.Pull {
	d := oci.DigestOf([]byte("x")).String()
	return records.Pull{
		At: start, RequestID: "r1", Client: "192.0.2.7", ClientName: "runner", UserAgent: "docker/29", Registry: "docker.io", Repository: "library/nginx",
		Reference: "latest", Digest: d, Image: d, Kind: "manifest", Verdict: "block", Judged: "block",
		Reasons: `[{"rule":"miner/binary"}]`, Bytes: 1 << 40, HeldMS: 5000, Source: "upstream", Status: 403,
	}
}
