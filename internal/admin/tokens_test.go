package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/auth"
)

// A token is shown when it is made, opens what its role opens, and nothing once it is revoked.
func TestTokenFromMakingToRevocation(t *testing.T) {
	f := newFixture(t)
	made := as[admin.MadeToken](t, f, "admin", "POST", "/api/v1/tokens", `{"name":"ci","role":"viewer","for":"7d"}`)
	want := admin.Token{ID: 1, State: "in force", Created: f.now, Name: "ci", Role: "viewer", Author: "a admin", Expires: f.now.Add(7 * 24 * time.Hour)}
	if diff := cmp.Diff(want, made.Token); diff != "" || !auth.IsToken(made.Secret) {
		t.Errorf("%q (-want +got):\n%s", made.Secret, diff)
	}
	w := f.call(t, "GET", "/api/v1/tokens", "", "admin")
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "lzt_") || strings.Contains(w.Body.String(), auth.HashToken(made.Secret)) {
		t.Errorf("the list shows it: %s", w.Body)
	}
	if got := as[admin.Items[admin.Token]](t, f, "admin", "GET", "/api/v1/tokens", ""); cmp.Diff([]admin.Token{want}, got.Items) != "" {
		t.Errorf("list: %+v", got)
	}
	known := auth.New(auth.Config{Records: f.records, Now: func() time.Time { return f.now }})
	defer known.Close()
	g := newFixture(t, func(c *admin.Config) { c.Records, c.Auth = f.records, known })
	me := as[admin.Person](t, g, made.Secret, "GET", "/api/v1/whoami", "")
	if diff := cmp.Diff(admin.Person{Name: "ci", Role: "viewer", Via: "token 1"}, me); diff != "" {
		t.Errorf("who am I (-want +got):\n%s", diff)
	}
	if w := g.call(t, "POST", "/api/v1/exceptions", `{"reason":"r","scope":{"rule":"a/b"}}`, made.Secret); w.Code != http.StatusForbidden {
		t.Errorf("a viewer adds an exception: %d %s", w.Code, w.Body)
	}
	want.State, want.Revoked, want.RevokedBy = "revoked", f.now, "a admin"
	got := as[admin.Token](t, f, "admin", "POST", "/api/v1/tokens/1/revoke", "")
	if !got.LastUsed.IsZero() { // it is put down a moment after the use
		want.LastUsed = f.now
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("revoked (-want +got):\n%s", diff)
	}
	if w := g.call(t, "GET", "/api/v1/whoami", "", made.Secret); w.Code != http.StatusUnauthorized {
		t.Errorf("with what was revoked: %d %s", w.Code, w.Body)
	}
	if got := as[admin.Items[admin.Token]](t, f, "admin", "GET", "/api/v1/tokens", ""); len(got.Items) != 0 {
		t.Errorf("in force: %+v", got)
	}
	if got := as[admin.Items[admin.Token]](t, f, "admin", "GET", "/api/v1/tokens?all=true", ""); len(got.Items) != 1 {
		t.Errorf("all: %+v", got)
	}
	log := as[admin.Items[admin.Change]](t, f, "viewer", "GET", "/api/v1/audit", "")
	if len(log.Items) != 2 || log.Items[0].Action != "token.revoke" || log.Items[1].Action != "token.create" || strings.Contains(log.Items[1].After, "lzt_") {
		t.Errorf("audit log: %+v", log.Items)
	}
}

func TestTokenLifetimes(t *testing.T) {
	f := newFixture(t)
	const day = 24 * time.Hour
	for body, want := range map[string]time.Time{
		`{"name":"a","role":"admin"}`:                                  f.now.Add(90 * day),
		`{"name":"b","role":"admin","no_expiry":true}`:                 {},
		`{"name":"c","role":"admin","expires":"2027-01-01T00:00:00Z"}`: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := as[admin.MadeToken](t, f, "admin", "POST", "/api/v1/tokens", body); !got.Expires.Equal(want) {
			t.Errorf("%s expires at %s, want %s", body, got.Expires, want)
		}
	}
	for body, want := range map[string]int{
		`{"name":"d","role":"admin","no_expiry":true,"for":"7d"}`:      422,
		`{"name":"d","role":"root"}`:                                   422,
		`{"name":"","role":"admin"}`:                                   422,
		`{"role":"admin"}`:                                             422,
		`{"name":"d","role":"admin","expires":"2020-01-01T00:00:00Z"}`: 422,
		`{"name":"a","role":"viewer"}`:                                 409,
	} {
		if w := f.call(t, "POST", "/api/v1/tokens", body, "admin"); w.Code != want || strings.Contains(w.Body.String(), "lzt_") {
			t.Errorf("%s: %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
	if w := f.call(t, "POST", "/api/v1/tokens/99/revoke", "", "admin"); w.Code != http.StatusNotFound {
		t.Errorf("revoke what is not there: %d", w.Code)
	}
}

func TestLoginWay(t *testing.T) {
	if got := as[admin.LoginWay](t, newFixture(t), "", "GET", "/api/v1/login", ""); got.OIDC != nil {
		t.Errorf("without an issuer: %+v", got)
	}
	issuer := &admin.Issuer{URL: "https://login.acme.example", ClientID: "lazaret", Scopes: []string{"openid"}}
	f := newFixture(t, func(c *admin.Config) { c.Issuer = issuer })
	if diff := cmp.Diff(admin.LoginWay{OIDC: issuer}, as[admin.LoginWay](t, f, "", "GET", "/api/v1/login", "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
