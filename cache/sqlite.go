package cache

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone
)

// SQLite is a Store in a file.
type SQLite struct {
	db  *sql.DB
	now func() time.Time
}

// schema is of version 1; times are Unix milliseconds, 0 for never.
const schema = `
CREATE TABLE IF NOT EXISTS value (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS value_expires ON value (expires) WHERE expires > 0;
CREATE TABLE IF NOT EXISTS member (key TEXT NOT NULL, member TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (key, member)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_expires ON member (expires) WHERE expires > 0;
`

// OpenSQLite opens the store in the file at path, which is made if need be, and removes
// what has expired; now is its clock.
func OpenSQLite(ctx context.Context, path string, now func() time.Time) (*SQLite, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cache: open %s: %w", path, err)
	}
	// NORMAL: a crash of the machine may lose the last values, which are computed again;
	// it never damages the file in WAL mode (https://sqlite.org/pragma.html#pragma_synchronous).
	dsn := url.URL{Scheme: "file", Path: absolute, RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)"}, "_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("cache: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(4)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("cache: open %s: %w", path, err)
	}
	s := &SQLite{db, now}
	for _, table := range []string{"value", "member"} {
		if _, err := db.ExecContext(ctx, "DELETE FROM "+table+" WHERE expires > 0 AND expires <= ?", now().UnixMilli()); err != nil {
			db.Close()
			return nil, fmt.Errorf("cache: sweep %s: %w", path, err)
		}
	}
	return s, nil
}

func (s *SQLite) until(ttl time.Duration) int64 {
	if ttl == 0 {
		return 0
	}
	return s.now().Add(ttl).UnixMilli()
}

// Get implements Store.
func (s *SQLite) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	out := make([][]byte, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	args := make([]any, 0, len(keys)+1)
	at := map[string][]int{}
	for i, k := range keys {
		args = append(args, k)
		at[k] = append(at[k], i)
	}
	args = append(args, s.now().UnixMilli())
	rows, err := s.db.QueryContext(ctx, "SELECT key, value FROM value WHERE key IN (?"+strings.Repeat(",?", len(keys)-1)+") AND (expires = 0 OR expires > ?)", args...)
	if err != nil {
		return nil, fmt.Errorf("cache: read: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		value := []byte{}
		if err := rows.Scan(&key, &value); err != nil {
			return nil, fmt.Errorf("cache: read: %w", err)
		}
		if value == nil {
			value = []byte{}
		}
		for _, i := range at[key] {
			out[i] = value
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("cache: read: %w", err)
	}
	return out, nil
}

// Set implements Store.
func (s *SQLite) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if value == nil {
		value = []byte{}
	}
	_, err := s.db.ExecContext(ctx, "INSERT INTO value (key, value, expires) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
		key, value, s.until(ttl))
	if err != nil {
		return fmt.Errorf("cache: write: %w", err)
	}
	return nil
}

// Add implements Store.
func (s *SQLite) Add(ctx context.Context, key, member string, ttl time.Duration) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("cache: write: %w", err)
	}
	defer tx.Rollback()
	until := s.until(ttl)
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"DELETE FROM member WHERE key = ? AND expires > 0 AND expires <= ?", []any{key, s.now().UnixMilli()}},
		{"INSERT INTO member (key, member, expires) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", []any{key, member, until}},
		{"UPDATE member SET expires = ? WHERE key = ?", []any{until, key}}, // a set expires as a whole, as in Redis
	} {
		if _, err := tx.ExecContext(ctx, q.sql, q.args...); err != nil {
			return fmt.Errorf("cache: write: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("cache: write: %w", err)
	}
	return nil
}

// Members implements Store.
func (s *SQLite) Members(ctx context.Context, key string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT member FROM member WHERE key = ? AND (expires = 0 OR expires > ?)", key, s.now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("cache: read: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var m string
		if err := rows.Scan(&m); err != nil {
			return nil, fmt.Errorf("cache: read: %w", err)
		}
		out = append(out, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("cache: read: %w", err)
	}
	return out, nil
}

// Close implements Store.
func (s *SQLite) Close() error { return s.db.Close() }
