package admin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/auth"
)

// TestRoles calls every operation of the OpenAPI document with every role, with none, and with
// credentials that are none.
func TestRoles(t *testing.T) {
	f := newFixture(t)
	doc := f.document(t)
	var documented, listed []string
	for path, methods := range doc.Paths {
		for method := range methods {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	for _, row := range admin.Table() {
		listed = append(listed, row.Method+" "+row.Path)
		t.Run(row.ID, func(t *testing.T) {
			for _, who := range []struct {
				token string
				role  auth.Role
			}{{"", 0}, {"viewer", auth.Viewer}, {"reviewer", auth.Reviewer}, {"admin", auth.Admin}, {"wrong", 0}, {"norole", 0}, {"broken", 0}} {
				w := f.call(t, row.Method, strings.NewReplacer("{id}", "999", "{digest}", "sha256:"+strings.Repeat("0", 64)).Replace(row.Path), "", who.token)
				may := who.role >= row.Least && who.role > 0 || row.Open && (who.token == "" || who.token == "norole")
				want := 0 // anything that an operation itself says
				switch {
				case who.token == "broken":
					want = http.StatusServiceUnavailable
				case may:
				case who.token == "" || who.token == "wrong":
					want = http.StatusUnauthorized
				default:
					want = http.StatusForbidden
				}
				if refused := w.Code == 401 || w.Code == 403; want != 0 && w.Code != want || want == 0 && refused {
					t.Errorf("as %q: %d %s, want %d", who.token, w.Code, w.Body, want)
				}
				if got := w.Header().Get("WWW-Authenticate"); (w.Code == 401) != strings.HasPrefix(got, "Bearer") {
					t.Errorf("as %q: %d with WWW-Authenticate %q", who.token, w.Code, got)
				}
				if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("as %q: %d is of type %q", who.token, w.Code, w.Header().Get("Content-Type"))
				}
			}
		})
	}
	slices.Sort(documented)
	slices.Sort(listed)
	if diff := cmp.Diff(listed, documented); diff != "" {
		t.Errorf("the table and the document differ: %s", diff)
	}
}

// TestLeastRoles is what the table must keep to, whatever is added to it.
func TestLeastRoles(t *testing.T) {
	for _, row := range admin.Table() {
		want := auth.Viewer
		switch {
		case row.ID == "create-request":
			if !row.Open {
				t.Errorf("%s: a developer without a token cannot ask", row.ID)
			}
			continue
		case row.ID == "get-login": // whoever is to log in
			continue
		case strings.HasPrefix(row.Path, admin.Prefix+"/tokens"):
			want = auth.Admin
		case row.ID == "get-evidence":
			want = auth.Reviewer
		case row.ID == "validate-policy": // changes nothing
		case row.Method != http.MethodGet:
			want = auth.Reviewer
		}
		if row.Open || row.Least < want {
			t.Errorf("%s may be called by a %v; the least must be %v", row.ID, row.Least, want)
		}
	}
}

// people has a token for each role.
type people struct{}

func (people) Authenticate(r *http.Request) (auth.Identity, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch token {
	case "":
		return auth.Identity{}, auth.ErrNoCredentials
	case "broken":
		return auth.Identity{}, errors.New("the secret place where tokens are is down")
	case "norole":
		return auth.Identity{Name: "nobody", Via: "token 9"}, nil
	}
	role, err := auth.ParseRole(token)
	if err != nil {
		return auth.Identity{}, auth.ErrBadCredentials
	}
	return auth.Identity{Name: "a " + token, Role: role, Via: "token 7"}, nil
}

// call sends a request as the owner of a token.
func (f *fixture) call(t *testing.T, method, path, body, token string) *httptest.ResponseRecorder {
	t.Helper()
	r := f.request(t, method, path, body, token)
	w := f.serve(r)
	lawful(t, f.api, r, w)
	return w
}

func (f *fixture) request(t *testing.T, method, path, body, token string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func (f *fixture) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, r)
	return w
}
