package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/records"
)

// people know two tokens, by their roles.
type people struct{}

func (people) Authenticate(r *http.Request) (auth.Identity, error) {
	switch r.Header.Get("Authorization") {
	case "":
		return auth.Identity{}, auth.ErrNoCredentials
	case "Bearer reviewer":
		return auth.Identity{Name: "rita", Role: auth.Reviewer, Via: "token 1"}, nil
	case "Bearer viewer":
		return auth.Identity{Name: "victor", Role: auth.Viewer, Via: "token 2"}, nil
	}
	return auth.Identity{}, auth.ErrBadCredentials
}

// serve runs an API over HTTP with some refusals on record.
func serve(t *testing.T, refusals int) string {
	t.Helper()
	r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	for n := range refusals {
		d := fmt.Sprintf("sha256:%064x", n)
		err := r.Record(t.Context(), records.Pull{
			At: time.Now().Add(time.Duration(n-refusals) * time.Minute), RequestID: fmt.Sprint("R", n), Client: "192.0.2.9", Registry: "docker.io", Repository: "acme/app",
			Reference: "1", Digest: d, Image: d, Kind: "manifest", Verdict: "quarantine", Status: 403,
		}, true)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(admin.NewAPI(admin.Config{Records: r, Auth: people{}, Registry: "docker.io", Version: "1"}))
	t.Cleanup(s.Close)
	return s.URL
}

func as(t *testing.T, url, token string) *client.ClientWithResponses {
	t.Helper()
	c, err := client.NewClientWithResponses(url, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The generated client asks, approves, lists and is refused.
func TestClient(t *testing.T) {
	url := serve(t, 3)
	ctx := t.Context()
	rita, victor := as(t, url, "reviewer"), as(t, url, "viewer")

	asked, err := as(t, url, "").CreateRequestWithResponse(ctx, &client.CreateRequestParams{}, client.NewRequest{RequestID: "R1", Why: "the build", Asker: "dev"})
	if err != nil || asked.JSON201 == nil || asked.JSON201.State != client.RequestStateOpen {
		t.Fatalf("ask: %v, %s", err, asked.Body)
	}
	approved, err := rita.ApproveRequestWithResponse(ctx, asked.JSON201.ID, client.Approval{Word: "fine", For: "2d"})
	if err != nil || approved.JSON200 == nil || approved.JSON200.State != client.RequestStateApproved {
		t.Fatalf("approve: %v, %s", err, approved.Body)
	}
	e, err := victor.GetExceptionWithResponse(ctx, approved.JSON200.Exception)
	if err != nil || e.JSON200 == nil {
		t.Fatalf("get: %v, %s", err, e.Body)
	}
	if want := (client.Scope{Repository: "acme/app", Digest: asked.JSON201.Digest}); e.JSON200.Scope != want || e.JSON200.Author != "rita" || e.JSON200.Expires.Before(time.Now()) {
		t.Errorf("exception: %+v", e.JSON200)
	}
	for range 2 {
		made, err := rita.CreateExceptionWithResponse(ctx, &client.CreateExceptionParams{IdempotencyKey: "k"}, client.NewException{Image: "acme/app:1", Reason: "ours", Expires: time.Now().Add(time.Hour).Truncate(time.Hour).Add(time.Hour)})
		if err != nil || made.JSON201 == nil || made.JSON201.ID != 2 || made.JSON201.Scope.Tag != "" || made.Headers201.Location != "/api/v1/exceptions/2" {
			t.Fatalf("add: %v, %s", err, made.Body)
		}
	}
	refused, err := victor.RevokeExceptionWithResponse(ctx, 2)
	if err != nil || refused.StatusCode() != http.StatusForbidden || refused.ApplicationProblemJSONDefault == nil || refused.ApplicationProblemJSONDefault.Detail == "" {
		t.Errorf("a viewer revokes: %v, %d %s", err, refused.StatusCode(), refused.Body)
	}
	whole, err := victor.VerifyAuditWithResponse(ctx, &client.VerifyAuditParams{})
	if err != nil || whole.JSON200 == nil || !whole.JSON200.Whole || whole.JSON200.ID != 3 {
		t.Errorf("verify: %v, %s", err, whole.Body)
	}
}

// Lists are followed by their cursors.
func TestClientPages(t *testing.T) {
	c := as(t, serve(t, 7), "viewer")
	var got []string
	params := client.ListQuarantineParams{Limit: 3, State: client.ListQuarantineParamsStateWaiting}
	for {
		page, err := c.ListQuarantineWithResponse(t.Context(), &params)
		if err != nil || page.JSON200 == nil {
			t.Fatalf("%v, %s", err, page.Body)
		}
		for _, x := range page.JSON200.Items {
			got = append(got, x.RequestID)
		}
		if params.Cursor = page.JSON200.Next; params.Cursor == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"R6", "R5", "R4", "R3", "R2", "R1", "R0"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
