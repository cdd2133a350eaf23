package admin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/lazaret/lazaret/internal/admin"
)

// A description is the API's own, by which every answer in these tests is judged.
type description struct {
	once   sync.Once
	doc    *openapi3.T
	router routers.Router
	err    error
}

// described is that of all fixtures: they have one API.
var described description

func (d *description) read(t testing.TB, api http.Handler) {
	t.Helper()
	d.once.Do(func() {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
		if d.doc, d.err = openapi3.NewLoader().LoadFromData(w.Body.Bytes()); d.err != nil {
			return
		}
		d.router, d.err = legacy.NewRouter(d.doc, openapi3.IsOpenAPI31OrLater())
	})
	if d.err != nil {
		t.Fatalf("the API's description: %v", d.err)
	}
}

// lawful holds an answer against the description.
func lawful(t testing.TB, api http.Handler, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	if !strings.HasPrefix(r.URL.Path, admin.Prefix) {
		return
	}
	described.read(t, api)
	route, params, err := described.router.FindRoute(r)
	if err != nil {
		if w.Code/100 == 2 {
			t.Errorf("%s %s is not described: %v", r.Method, r.URL, err)
		}
		return
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: w.Result().Body,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s answers %d, against its description: %v", r.Method, r.URL, w.Code, err)
	}
}

// TestDocument holds the description against OpenAPI 3.1.
func TestDocument(t *testing.T) {
	f := newFixture(t)
	described.read(t, f.api)
	if !described.doc.IsOpenAPI31OrLater() {
		t.Errorf("openapi: %s", described.doc.OpenAPI)
	}
	if err := described.doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater(), openapi3.EnableSchemaFormatValidation(), openapi3.EnableMultiError()); err != nil {
		t.Error(err)
	}
	// What it does not allow is told from what it does.
	wrong := *described.doc
	wrong.Info = nil
	if err := wrong.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err == nil {
		t.Error("a document without info is valid")
	}
}
