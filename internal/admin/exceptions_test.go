package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/records"
)

const exceptions = admin.Prefix + "/exceptions"

func TestExceptionOfATagIsPinned(t *testing.T) {
	f := newFixture(t)
	f.pulled(t, refused("library/nginx", 1))
	body := `{"image":"nginx:latest","reason":"ours","ticket":"SEC-1","for":"7d"}`
	w := f.call(t, "POST", exceptions, body, "reviewer")
	if w.Code != http.StatusCreated || w.Header().Get("Location") != exceptions+"/1" {
		t.Fatalf("%d, Location %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	got := as[admin.Exception](t, f, "viewer", "GET", exceptions+"/1", "")
	want := admin.Exception{
		ID: 1, State: "in force", Created: f.now, Author: "a reviewer", Reason: "ours", Ticket: "SEC-1", Source: "hand",
		Scope: admin.Scope{Repository: "library/nginx", Digest: refused("", 1).Digest}, Expires: f.now.Add(7 * 24 * time.Hour),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	followed := as[admin.Exception](t, f, "reviewer", "POST", exceptions, `{"image":"nginx:latest","follow_tag":true,"reason":"ours"}`)
	if diff := cmp.Diff(admin.Scope{Repository: "library/nginx", Tag: "latest"}, followed.Scope); diff != "" {
		t.Error(diff)
	}
	log := as[admin.Items[admin.Change]](t, f, "viewer", "GET", admin.Prefix+"/audit?limit=1000", "")
	if n := len(log.Items); n != 2 || log.Items[1].Actor != "a reviewer" || log.Items[1].Origin != "192.0.2.7, token 7" || log.Items[1].Action != "exception.add" {
		t.Errorf("the audit log has %+v", log.Items)
	}
}

func TestExceptionChanges(t *testing.T) {
	f := newFixture(t)
	as[admin.Exception](t, f, "reviewer", "POST", exceptions, `{"scope":{"rule":"miner/binary"},"reason":"ours"}`)
	until := f.now.Add(89 * 24 * time.Hour)
	if e := as[admin.Exception](t, f, "reviewer", "POST", exceptions+"/1/renew", `{"expires":"`+until.Format(time.RFC3339)+`"}`); !e.Expires.Equal(until) {
		t.Errorf("renewed until %v, want %v", e.Expires, until)
	}
	if w := f.call(t, "POST", exceptions+"/1/renew", `{"for":"91d"}`, "reviewer"); w.Code != 422 || !strings.Contains(w.Body.String(), "LAZARET_EXCEPTION_MAX_TTL") {
		t.Errorf("beyond the longest: %d %s", w.Code, w.Body)
	}
	if e := as[admin.Exception](t, f, "admin", "POST", exceptions+"/1/revoke", ""); e.State != "revoked" || e.RevokedBy != "a admin" {
		t.Errorf("revoked: %+v", e)
	}
	if w := f.call(t, "POST", exceptions+"/1/revoke", "", "admin"); w.Code != http.StatusConflict {
		t.Errorf("revoked twice: %d", w.Code)
	}
	if got := as[admin.Items[admin.Exception]](t, f, "viewer", "GET", exceptions, ""); len(got.Items) != 0 {
		t.Errorf("in force: %+v", got.Items)
	}
	if got := as[admin.Items[admin.Exception]](t, f, "viewer", "GET", exceptions+"?all=true", ""); len(got.Items) != 1 {
		t.Errorf("all: %+v", got.Items)
	}
}

// TestWhatIsNotTaken has bodies that say something that is not meant, or too much.
func TestWhatIsNotTaken(t *testing.T) {
	f := newFixture(t)
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"no scope":                {`{"reason":"x"}`, 422},
		"no reason":               {`{"scope":{"rule":"a/b"}}`, 422},
		"an unknown field":        {`{"scope":{"rule":"a/b"},"reason":"x","colour":"red"}`, 422},
		"a misspelt scope":        {`{"scope":{"rule":"a/b","pth":"etc/*"},"reason":"x"}`, 422},
		"an image and a digest":   {`{"image":"nginx:1","scope":{"digest":"sha256:00"},"reason":"x"}`, 422},
		"another registry":        {`{"image":"quay.io/a/b:1","reason":"x"}`, 422},
		"a tag nobody pulled":     {`{"image":"nginx:1","reason":"x"}`, 404},
		"two lifetimes":           {`{"scope":{"rule":"a/b"},"reason":"x","for":"1d","expires":"2026-03-02T00:00:00Z"}`, 422},
		"a span that is none":     {`{"scope":{"rule":"a/b"},"reason":"x","for":"-1d"}`, 422},
		"a past expiry":           {`{"scope":{"rule":"a/b"},"reason":"x","expires":"2026-02-28T00:00:00Z"}`, 422},
		"follow_tag without tag":  {`{"scope":{"rule":"a/b"},"follow_tag":true,"reason":"x"}`, 422},
		"no JSON":                 {`scope`, 400},
		"two values":              {`{"scope":{"rule":"a/b"},"reason":"x"}{}`, 400},
		"a body that is too long": {`{"scope":{"rule":"a/b"},"reason":"x"` + strings.Repeat(" ", 70<<10) + `}`, 413},
	} {
		t.Run(name, func(t *testing.T) {
			if w := f.call(t, "POST", exceptions, tt.body, "reviewer"); w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
	for _, query := range []string{"?colour=red", "?limit=1001", "?limit=-1", "?cursor=!", "?cursor=AAAA", "?all=perhaps"} {
		if w := f.call(t, "GET", exceptions+query, "", "viewer"); w.Code != 422 {
			t.Errorf("%s: %d, want 422", query, w.Code)
		}
	}
	if log := as[admin.Items[admin.Change]](t, f, "viewer", "GET", admin.Prefix+"/audit", ""); len(log.Items) != 0 {
		t.Errorf("what was not taken is in the audit log: %+v", log.Items)
	}
}

func TestImport(t *testing.T) {
	f := newFixture(t)
	as[admin.Exception](t, f, "reviewer", "POST", exceptions, `{"scope":{"rule":"miner/binary"},"reason":"by hand"}`)
	put := func(names ...string) admin.Imported {
		var all []string
		for _, n := range names {
			all = append(all, fmt.Sprintf(`{"name":%q,"scope":{"repository":"nginx","rule":"a/%s"},"reason":"x","expires":"2026-04-01T00:00:00Z"}`, n, n))
		}
		return as[admin.Imported](t, f, "reviewer", "POST", exceptions+"/import", `{"source":"gitops","exceptions":[`+strings.Join(all, ",")+`]}`)
	}
	put("a", "b")
	if diff := cmp.Diff(admin.Imported{Added: []string{"c"}, Kept: []string{"b"}, Revoked: []string{"a"}, Expired: []string{}}, put("b", "c")); diff != "" {
		t.Error(diff)
	}
	got := as[admin.Items[admin.Exception]](t, f, "viewer", "GET", exceptions+"?source=import+gitops", "")
	if len(got.Items) != 2 || got.Items[0].Scope.Repository != "library/nginx" {
		t.Errorf("of the source: %+v", got.Items)
	}
	if w := f.call(t, "POST", exceptions+"/import", `{"source":"s","exceptions":[{"name":"t","scope":{"repository":"nginx","tag":"1"},"reason":"x","expires":"2026-04-01T00:00:00Z"}]}`, "reviewer"); w.Code != 422 {
		t.Errorf("a tag that is not followed: %d", w.Code)
	}
}

// TestPages goes through a list page by page while rows come in.
func TestPages(t *testing.T) {
	f := newFixture(t)
	var rows []records.Pull
	for n := range 25 {
		rows = append(rows, refused("library/nginx", n))
	}
	f.pulled(t, rows...)
	var seen []string
	path := admin.Prefix + "/pulls?repository=nginx&limit=10"
	for range 4 {
		w := f.call(t, "GET", path, "", "viewer")
		page := as[admin.Items[admin.Pull]](t, f, "viewer", "GET", path, "")
		for _, p := range page.Items {
			seen = append(seen, p.RequestID)
		}
		f.pulled(t, refused("library/nginx", 100+len(seen))) // it comes before the page that is next
		link := w.Header().Get("Link")
		if (link == "") != (page.Next == "") {
			t.Fatalf("next %q, Link %q", page.Next, link)
		}
		if link == "" {
			break
		}
		var ok bool
		if path, ok = strings.CutPrefix(strings.TrimSuffix(link, `>; rel="next"`), "<"); !ok || !strings.Contains(path, "repository=nginx") {
			t.Fatalf("Link: %s", link)
		}
	}
	var want []string
	for n := range 25 {
		want = append(want, fmt.Sprintf("REQUEST%d", 24-n))
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}
