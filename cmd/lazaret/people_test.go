package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/records"
)

// The first token is shown once, by one of the replicas that start at once, and is good on all.
func TestFirstToken(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			cfg := records.Config{Path: filepath.Join(t.TempDir(), "records.db")}
			if kind == "postgres" {
				cfg = records.Config{URL: newPostgres(t)}
			}
			var log bytes.Buffer
			cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
			var replicas []*records.Records
			for range 3 {
				r, err := records.Open(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close(context.Background())
				replicas = append(replicas, r)
			}
			out := make([]bytes.Buffer, len(replicas))
			var all sync.WaitGroup
			for i, r := range replicas {
				all.Go(func() {
					if err := firstToken(t.Context(), r, time.Now(), 7, &out[i]); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			var shown []byte
			for i := range out {
				shown = append(shown, out[i].Bytes()...)
			}
			tokens := regexp.MustCompile(`lzt_[a-z2-7]{40}`).FindAll(shown, -1)
			if len(tokens) != 1 {
				t.Fatalf("%d tokens in\n%s", len(tokens), shown)
			}
			if bytes.Contains(log.Bytes(), tokens[0]) || bytes.Contains(log.Bytes(), []byte(auth.HashToken(string(tokens[0])))) {
				t.Errorf("it is in the log:\n%s", log.String())
			}
			for _, r := range replicas {
				people, err := openPeople(config.Config{}, r, cfg.Log)
				if err != nil {
					t.Fatal(err)
				}
				defer people.Close()
				req := httptest.NewRequest(http.MethodGet, "/", nil)
				req.Header.Set("Authorization", "Bearer "+string(tokens[0]))
				if who, err := people.Authenticate(req); err != nil || who.Role != auth.Admin || who.Name != "first" {
					t.Errorf("%+v, %v", who, err)
				}
			}
			var again bytes.Buffer
			if err := firstToken(t.Context(), replicas[1], time.Now(), 7, &again); err != nil || again.Len() > 0 {
				t.Errorf("at the next start: %v\n%s", err, again.String())
			}
		})
	}
}

// The first token ends, and says when; with 0 days it does not. That one which has ended is taken
// by nobody is shown in testdata/script/server.txtar.
func TestFirstTokenEnds(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for days, want := range map[int]struct {
		ends time.Time
		says string
	}{0: {says: "for the role admin, until it is revoked."}, 7: {now.Add(7 * 24 * time.Hour), "until 2026-12-01 12:00:00 UTC."}} {
		r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db"), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close(context.Background())
		var shown bytes.Buffer
		if err := firstToken(t.Context(), r, now, days, &shown); err != nil || !strings.Contains(shown.String(), want.says) {
			t.Errorf("%d days: %v, does not say %q:\n%s", days, err, want.says, shown.String())
		}
		row, err := r.TokenByHash(t.Context(), auth.HashToken(regexp.MustCompile(`lzt_\w+`).FindString(shown.String())))
		if err != nil || !row.Expires.Equal(want.ends) {
			t.Errorf("%d days: %v, %+v", days, err, row)
		}
	}
}

// A token that nobody could see keeps no mirror from saying so.
func TestFirstTokenThatCannotBeShown(t *testing.T) {
	r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	if err := firstToken(t.Context(), r, time.Now(), 7, closed{}); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}

var errClosed = errors.New("closed")

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }

// The roles that settings know are those of the API.
func TestOIDCRolesAreTheAPIs(t *testing.T) {
	for role := auth.Viewer; role <= auth.Admin; role++ {
		cfg, err := config.Load([]string{"LAZARET_OIDC_ISSUER=https://login.acme.example", "LAZARET_OIDC_CLIENT_ID=x", "LAZARET_OIDC_ROLES=groups:a=" + role.String()})
		if err != nil {
			t.Errorf("%s: %v", role, err)
			continue
		}
		people, err := openPeople(cfg, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		people.Close()
	}
}
