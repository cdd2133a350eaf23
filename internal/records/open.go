package records

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone
)

// Both folders have the same tables and columns under the same numbers.
//
//go:embed migrations/*/*.sql
var migrations embed.FS

// open opens the database that cfg names and brings its schema up to date.
func open(ctx context.Context, cfg Config) (*sql.DB, error) {
	connect, dialect := func() (*sql.DB, error) { return openSQLite(cfg.Path) }, goose.DialectSQLite3
	if cfg.URL != "" {
		connect, dialect = func() (*sql.DB, error) { return openPostgres(cfg.URL) }, goose.DialectPostgres
	}
	db, err := connect()
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, dialect); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func openSQLite(path string) (*sql.DB, error) {
	if path == "" {
		return nil, errors.New("no path")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// SQLite would make it readable by all: it says who pulled what. Its WAL takes on the same mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// WAL, so that lists do not stand in the writer's way; FULL, so that a batch that is
	// written stays written when the power goes; transactions take the write lock at their
	// start, where waiting for it is safe.
	dsn := url.URL{Scheme: "file", Path: absolute, RawQuery: url.Values{
		"_pragma": {"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	return db, nil
}

func openPostgres(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler))}
	folder := "migrations/sqlite"
	if dialect == goose.DialectPostgres {
		folder = "migrations/postgres"
		one, err := lock.NewPostgresSessionLocker() // replicas that start at once take turns
		if err != nil {
			return fmt.Errorf("make a lock for migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(one))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if has > knows {
		return fmt.Errorf("the database has schema version %d, this Lazaret knows %d: a newer one has written it", has, knows)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return nil
}
