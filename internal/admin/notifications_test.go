package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/records"
)

// Dead letters are found by pages, looked at and replayed; what is not dead is not.
func TestNotifications(t *testing.T) {
	f := newFixture(t)
	for i := range 5 {
		n := records.NewException{Reason: "r", Scope: records.Scope{Repository: fmt.Sprint("acme/", i)}}
		if _, err := f.records.AddException(t.Context(), records.Actor{Name: "ada"}, n); err != nil {
			t.Fatal(err)
		}
		f.now = f.now.Add(time.Second)
	}
	if _, err := f.records.Route(t.Context(), func(n records.Notification) []string {
		if n.ID == 5 {
			return nil
		}
		return []string{"slack:hooks.test:01234567"}
	}); err != nil {
		t.Fatal(err)
	}
	claims, err := f.records.Claim(t.Context(), "slack:hooks.test:01234567", time.Minute, 3)
	if err != nil || len(claims) != 3 {
		t.Fatalf("%v, %v", claims, err)
	}
	for _, c := range claims {
		if _, err := f.records.Settle(t.Context(), c, records.Outcome{State: records.Dead, Error: "status 410"}); err != nil {
			t.Fatal(err)
		}
	}
	get := func(path string, into any) {
		t.Helper()
		w := f.call(t, "GET", path, "", "viewer")
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil || w.Code != http.StatusOK {
			t.Fatalf("GET %s: %d %s, %v", path, w.Code, w.Body, err)
		}
	}
	var ids []int64
	for path := "/api/v1/notifications?state=dead&limit=2"; path != ""; {
		var page admin.Items[admin.Notification]
		get(path, &page)
		for _, n := range page.Items {
			ids = append(ids, n.ID)
		}
		path = ""
		if page.Next != "" {
			path = "/api/v1/notifications?state=dead&limit=2&cursor=" + page.Next
		}
	}
	if diff := cmp.Diff([]int64{3, 2, 1}, ids); diff != "" {
		t.Errorf("dead ones (-want +got):\n%s", diff)
	}
	var some admin.Items[admin.Notification]
	get("/api/v1/notifications?type=exception.added&state=unwanted", &some)
	if len(some.Items) != 1 || some.Items[0].ID != 5 {
		t.Errorf("unwanted: %+v", some.Items)
	}
	var one admin.Notification
	get("/api/v1/notifications/2", &one)
	if d := one.Deliveries; one.Type != "exception.added" || one.Data["reason"] != "r" || len(d) != 1 || d[0].Webhook != "slack:hooks.test:01234567" || d[0].Error != "status 410" || d[0].State != "dead" {
		t.Errorf("one: %+v", one)
	}
	for _, tc := range []struct {
		path, token string
		want        int
	}{
		{"/api/v1/notifications/2/replay", "viewer", 403},
		{"/api/v1/notifications/2/replay", "reviewer", 200},
		{"/api/v1/notifications/2/replay", "reviewer", 409}, // it is no longer dead
		{"/api/v1/notifications/4/replay", "reviewer", 409}, // queued
		{"/api/v1/notifications/9/replay", "reviewer", 404},
	} {
		if w := f.call(t, "POST", tc.path, "", tc.token); w.Code != tc.want {
			t.Errorf("POST %s as %s: %d %s, want %d", tc.path, tc.token, w.Code, w.Body, tc.want)
		}
	}
	get("/api/v1/notifications/2", &one)
	if one.State != "new" || len(one.Deliveries) != 0 {
		t.Errorf("replayed: %+v", one)
	}
	log, err := f.records.Audit(t.Context(), 0, 1)
	if err != nil || len(log) != 1 || log[0].Action != "notification.replay" || log[0].Object != "2" || log[0].Actor != "a reviewer" {
		t.Errorf("audit: %+v, %v", log, err)
	}
	if w := f.call(t, "GET", "/api/v1/notifications?state=lost", "", "viewer"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a state that is none: %d", w.Code)
	}
}
