package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/records"
)

// scriptServer runs a mirror over the records in a directory until the script ends, with settings
// if it is given some. $SERVER becomes the URL of its Admin API, $FIRST the first token,
// $VIEWER, $REVIEWER, $ADMIN and $EXPIRED tokens of these kinds, and $UNKNOWN one of no server.
func scriptServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: server DIRECTORY [SETTING...]")
	}
	dir := ts.MkAbs(args[0])
	cfg, err := config.Load(append([]string{"LAZARET_ADDR=127.0.0.1:0", "LAZARET_ADMIN_ADDR=127.0.0.1:0", "LAZARET_DATA_DIR=" + dir, "LAZARET_UPSTREAM=" + ts.Getenv("LAZARET_UPSTREAM")}, args[1:]...))
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	a, err := newApp(ctx, cfg, slog.New(slog.DiscardHandler))
	ts.Check(err)
	var shown bytes.Buffer
	ts.Check(firstToken(ctx, a.records, time.Now(), cfg.FirstTokenTTL, &shown))
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	ts.Defer(func() {
		stop()
		ts.Check(<-ended)
	})
	ts.Setenv("SERVER", "http://"+a.admin.Addr().String())
	ts.Setenv("FIRST", regexp.MustCompile(`lzt_\w+`).FindString(shown.String()))
	token := func(variable, name, role string, r *records.Records, expires time.Time) {
		secret, hash := auth.NewToken()
		ts.Setenv(variable, secret)
		if r != nil {
			_, err := r.AddToken(ctx, records.Actor{Name: "test", Origin: "test"}, records.NewToken{Name: name, Role: role, Hash: hash, Expires: expires})
			ts.Check(err)
		}
	}
	token("VIEWER", "a-viewer", "viewer", a.records, time.Time{})
	token("REVIEWER", "a-reviewer", "reviewer", a.records, time.Time{})
	token("ADMIN", "a-admin", "admin", a.records, time.Time{})
	token("UNKNOWN", "", "admin", nil, time.Time{})
	// One whose time is up is of somebody who lives two days ago.
	then := time.Now().Add(-48 * time.Hour)
	past, err := records.Open(ctx, records.Config{Path: filepath.Join(dir, "records.db"), Now: func() time.Time { return then }})
	ts.Check(err)
	token("EXPIRED", "late", "admin", past, then.Add(time.Hour))
	ts.Check(past.Close(ctx))
}
