package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/admin"
)

const requests = admin.Prefix + "/requests"

// TestDeveloperAsks is the way of a request, by somebody without a token.
func TestDeveloperAsks(t *testing.T) {
	f := newFixture(t)
	f.pulled(t, refused("acme/app", 1), refused("acme/app", 2), refused("acme/app", 3))
	asked := as[admin.Request](t, f, "", "POST", requests, `{"request_id":"REQUEST1","why":"the build needs it","asker":"Dev"}`)
	if asked.Asker != "Dev (unverified)" || asked.State != "open" || asked.Repository != "acme/app" || asked.Digest != refused("", 1).Digest || len(asked.Reasons) != 1 {
		t.Errorf("asked: %+v", asked)
	}
	if got := as[admin.Request](t, f, "viewer", "POST", requests, `{"request_id":"REQUEST2","why":"why not"}`); got.Asker != "a viewer" {
		t.Errorf("with a token: %+v", got)
	}
	for name, tt := range map[string]struct {
		body, token string
		status      int
	}{
		"twice":                      {`{"request_id":"REQUEST1","why":"again","asker":"Dev"}`, "", 409},
		"of no refusal":              {`{"request_id":"REQUEST9","why":"x","asker":"Dev"}`, "", 404},
		"by nobody":                  {`{"request_id":"REQUEST3","why":"x"}`, "", 422},
		"by blanks":                  {`{"request_id":"REQUEST3","why":"x","asker":"  "}`, "", 422},
		"without a reason":           {`{"request_id":"REQUEST3","why":"","asker":"Dev"}`, "", 422},
		"with a bad token":           {`{"request_id":"REQUEST3","why":"x","asker":"Dev"}`, "wrong", 401},
		"as somebody else by token":  {`{"request_id":"REQUEST3","why":"x","asker":"the boss"}`, "viewer", 422},
		"with more than is asked of": {`{"request_id":"REQUEST3","why":"x","asker":"Dev","approve":true}`, "", 422},
	} {
		if w := f.call(t, "POST", requests, tt.body, tt.token); w.Code != tt.status {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, tt.status)
		}
	}
	if w := f.call(t, "POST", requests+"/1/approve", `{}`, "viewer"); w.Code != http.StatusForbidden {
		t.Errorf("a viewer approves: %d", w.Code)
	}
	answered := as[admin.Request](t, f, "reviewer", "POST", requests+"/1/approve", `{"word":"for this sprint","for":"7d"}`)
	if answered.State != "approved" || answered.Word != "for this sprint" || answered.By != "a reviewer" {
		t.Errorf("approved: %+v", answered)
	}
	e := as[admin.Exception](t, f, "viewer", "GET", fmt.Sprintf("%s/%d", exceptions, answered.Exception), "")
	if e.Scope != (admin.Scope{Repository: "acme/app", Digest: asked.Digest}) || !e.Expires.Equal(f.now.Add(7*24*time.Hour)) {
		t.Errorf("exception: %+v", e)
	}
	if w := f.call(t, "POST", requests+"/2/decline", `{"word":""}`, "reviewer"); w.Code != 422 {
		t.Errorf("declined without a word: %d", w.Code)
	}
	if got := as[admin.Request](t, f, "reviewer", "POST", requests+"/2/decline", `{"word":"use acme/tool"}`); got.State != "declined" {
		t.Errorf("declined: %+v", got)
	}
	if w := f.call(t, "POST", requests+"/2/approve", `{}`, "reviewer"); w.Code != http.StatusConflict {
		t.Errorf("approved after that: %d", w.Code)
	}
	if got := as[admin.Items[admin.Request]](t, f, "viewer", "GET", requests+"?state=open", ""); len(got.Items) != 0 {
		t.Errorf("open: %+v", got.Items)
	}
	if got := as[admin.Items[admin.Quarantined]](t, f, "viewer", "GET", admin.Prefix+"/quarantine?state=released", ""); len(got.Items) != 1 {
		t.Errorf("an approval takes it out of quarantine: %+v", got.Items)
	}
}

// TestAskersWait floods the API from one address, and then from many.
func TestAskersWait(t *testing.T) {
	f := newFixture(t)
	ask := func(from string) int {
		r := f.request(t, "POST", requests, `{"request_id":"GUESS","why":"x","asker":"a"}`, "")
		r.RemoteAddr = from
		return f.serve(r).Code
	}
	codes := map[int]int{}
	for range 30 {
		codes[ask("192.0.2.66:1")]++
	}
	if codes[404] != 10 || codes[429] != 20 {
		t.Errorf("30 at once from one address: %v, want 10 answered", codes)
	}
	if got := ask("192.0.2.67:1"); got != 404 {
		t.Errorf("another address has to wait as well: %d", got)
	}
	f.now = f.now.Add(6 * time.Second)
	if got := ask("192.0.2.66:2"); got != 404 {
		t.Errorf("after a while: %d", got)
	}
	clear(codes)
	for n := range 200 {
		codes[ask(fmt.Sprintf("[2001:db8::%x]:1", n))]++
	}
	if codes[429] < 90 {
		t.Errorf("200 at once from as many addresses: %v", codes)
	}
	f.now = f.now.Add(time.Hour)
	r := f.request(t, "POST", requests, `{"request_id":"GUESS","why":"x","asker":"a"}`, "")
	if w := f.serve(r); w.Code != 404 || strings.Contains(w.Header().Get("Retry-After"), "60") {
		t.Errorf("an hour later: %d", w.Code)
	}
}

// TestOtherOrigins sends what a page of somebody else can make a browser send.
func TestOtherOrigins(t *testing.T) {
	f := newFixture(t)
	f.pulled(t, refused("acme/app", 1))
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := f.request(t, "POST", requests, `{"request_id":"REQUEST1","why":"x","asker":"a"}`, "")
		r.Header.Set(header, value)
		if w := f.serve(r); w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", header, w.Code, w.Body)
		}
	}
	r := f.request(t, "POST", requests, `{"request_id":"REQUEST1","why":"x","asker":"a"}`, "")
	r.Header.Set("Content-Type", "text/plain")
	if w := f.serve(r); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a form's content type: %d %s", w.Code, w.Body)
	}
	r = f.request(t, "GET", exceptions, "", "")
	r.Header.Set("Cookie", "Authorization=Bearer admin; token=admin")
	r.Header.Set("Proxy-Authorization", "Bearer admin")
	if w := f.serve(r); w.Code != http.StatusUnauthorized {
		t.Errorf("by a cookie: %d", w.Code)
	}
	for _, path := range []string{admin.Prefix + "/nothing", admin.Prefix + "/", admin.Prefix + "/exceptions/0", admin.Prefix + "/exceptions/x"} {
		w := f.call(t, "GET", path, "", "admin")
		if w.Code != 404 && w.Code != 422 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d of type %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := f.call(t, "DELETE", exceptions, "", "admin"); w.Code == 200 {
		t.Errorf("DELETE: %d", w.Code)
	}
}
