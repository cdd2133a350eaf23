package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/records"
)

func TestTokensAreWellFormed(t *testing.T) {
	form := regexp.MustCompile(`^lzt_[a-z2-7]{40}$`)
	seen := map[string]bool{}
	for range 100 {
		token, hash := auth.NewToken()
		if !form.MatchString(token) || !auth.IsToken(token) || hash != auth.HashToken(token) || strings.Contains(hash, token[4:]) {
			t.Fatalf("%q, %q", token, hash)
		}
		if seen[token] {
			t.Fatalf("%q twice", token)
		}
		seen[token] = true
	}
}

// One letter that is wrong is found by the sum, wherever it is.
func TestMisspeltTokensAreKnown(t *testing.T) {
	token, _ := auth.NewToken()
	for i := range token {
		for _, c := range []byte("a7") {
			if token[i] != c && auth.IsToken(token[:i]+string(c)+token[i+1:]) {
				t.Errorf("with %q at %d it is a token still", c, i)
			}
		}
	}
	for _, s := range []string{"", "lzt_", token[:43], token + "a", token + "\n", token[:20] + "\n" + token[20:], strings.ToUpper(token), " " + token} {
		if auth.IsToken(s) {
			t.Errorf("%q is a token", s)
		}
	}
}

var ada = records.Actor{Name: "ada", Origin: "test"}

func openRecords(t *testing.T) *records.Records {
	t.Helper()
	r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	return r
}

func makeToken(t *testing.T, r *records.Records, name, role string, expires time.Time) (string, records.Token) {
	t.Helper()
	token, hash := auth.NewToken()
	row, err := r.AddToken(t.Context(), ada, records.NewToken{Name: name, Role: role, Hash: hash, Expires: expires})
	if err != nil {
		t.Fatal(err)
	}
	return token, row
}

func request(authorization ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/status", nil)
	for _, a := range authorization {
		r.Header.Add("Authorization", a)
	}
	return r
}

func TestBearerKnowsTokens(t *testing.T) {
	r := openRecords(t)
	now := time.Now()
	b := auth.New(auth.Config{Records: r, Now: func() time.Time { return now }})
	defer b.Close()
	viewer, row := makeToken(t, r, "ci", "viewer", now.Add(time.Hour))
	admin, _ := makeToken(t, r, "root", "admin", time.Time{})
	unknown, _ := auth.NewToken()
	want := auth.Identity{Name: "ci", Role: auth.Viewer, Via: "token 1"}
	for _, header := range []string{"Bearer " + viewer, "bearer  " + viewer + " "} {
		if got, err := b.Authenticate(request(header)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", header, got, err)
		}
	}
	if got, err := b.Authenticate(request("Bearer " + admin)); err != nil || got.Role != auth.Admin {
		t.Errorf("admin: %+v, %v", got, err)
	}
	if _, err := b.Authenticate(request()); !errors.Is(err, auth.ErrNoCredentials) {
		t.Errorf("without a header: %v", err)
	}
	bad := map[string][]string{
		"unknown":    {"Bearer " + unknown},
		"misspelt":   {"Bearer " + viewer[:43] + "1"},
		"its hash":   {"Bearer " + auth.HashToken(viewer)},
		"basic":      {"Basic " + viewer},
		"empty":      {"Bearer "},
		"no scheme":  {viewer},
		"two":        {"Bearer " + viewer, "Bearer " + admin},
		"not a type": {"Bearer eyJhbGciOiJub25lIn0.e30."},
	}
	for name, headers := range bad {
		if got, err := b.Authenticate(request(headers...)); !errors.Is(err, auth.ErrBadCredentials) || got != (auth.Identity{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	now = now.Add(time.Hour)
	if got, err := b.Authenticate(request("Bearer " + viewer)); !errors.Is(err, auth.ErrBadCredentials) || got != (auth.Identity{}) {
		t.Errorf("expired: %+v, %v", got, err)
	}
	now = now.Add(-time.Hour)
	if _, err := r.RevokeToken(t.Context(), ada, row.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Authenticate(request("Bearer " + viewer)); !errors.Is(err, auth.ErrBadCredentials) || got != (auth.Identity{}) {
		t.Errorf("revoked: %+v, %v", got, err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Authenticate(request("Bearer " + admin)); err == nil || errors.Is(err, auth.ErrBadCredentials) || got != (auth.Identity{}) {
		t.Errorf("without a database a good token is not known to be bad: %+v, %v", got, err)
	}
}

// A slowStore takes its time to put a use down.
type slowStore struct {
	auth.Store
	begun, open chan struct{}

	mu   sync.Mutex // guards uses
	uses []time.Time
}

func (s *slowStore) TokenUsed(ctx context.Context, id int64, at time.Time) error {
	select {
	case s.begun <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-s.open:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := s.Store.TokenUsed(ctx, id, at)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uses = append(s.uses, at)
	return err
}

// Requests do not wait for the last use to be written, and it is written once a minute.
func TestLastUse(t *testing.T) {
	r := openRecords(t)
	now := time.Now().Truncate(time.Microsecond).UTC()
	start := now
	s := &slowStore{Store: r, begun: make(chan struct{}), open: make(chan struct{})}
	b := auth.New(auth.Config{Records: s, Now: func() time.Time { return now }})
	token, row := makeToken(t, r, "ci", "viewer", time.Time{})
	use := func() {
		t.Helper()
		if _, err := b.Authenticate(request("Bearer " + token)); err != nil {
			t.Fatal(err)
		}
	}
	use() // it returns, though the store stands still
	<-s.begun
	for range 200 { // more than may wait
		use()
	}
	s.open <- struct{}{}
	<-s.begun // the next is at it: the first is written
	if got, err := r.GetToken(t.Context(), row.ID); err != nil || !got.Used.Equal(start) {
		t.Errorf("last used %s, %v; want %s", got.Used, err, start)
	}
	b.Close() // ends it in the middle
	if got, err := r.GetToken(t.Context(), row.ID); err != nil || !got.Used.Equal(start) {
		t.Errorf("after: last used %s, %v", got.Used, err)
	}
	s = &slowStore{Store: r, begun: make(chan struct{}, 9), open: make(chan struct{}, 9)}
	b = auth.New(auth.Config{Records: s, Now: func() time.Time { return now }})
	now = start.Add(59 * time.Second)
	use()
	now = start.Add(61 * time.Second)
	use()
	<-s.begun
	s.open <- struct{}{}
	within(t, "the use is put down", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.uses) == 1
	})
	b.Close()
	if diff := cmp.Diff([]time.Time{start.Add(61 * time.Second)}, s.uses); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

// within wants something to come true soon.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
