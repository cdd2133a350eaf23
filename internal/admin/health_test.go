package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/admin"
)

func TestReady(t *testing.T) {
	up := func(context.Context) error { return nil }
	down := func(context.Context) error { return errors.New("secret detail") }
	type checks = map[string]func(context.Context) error
	tests := []struct {
		name           string
		needed, wanted checks
		status         int
		text           string
		parts          map[string]string
	}{
		{"all well", checks{"records": up}, checks{"reports": up}, 200, "ok", map[string]string{"records": "ok", "reports": "ok"}},
		{"a wanted part is down", checks{"records": up}, checks{"reports": down}, 200, "degraded", map[string]string{"records": "ok", "reports": "failed"}},
		{"a needed part is down", checks{"records": down}, checks{"reports": up}, 503, "not ready", map[string]string{"records": "failed", "reports": "ok"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h := admin.Handler(admin.Health{Needed: tt.needed, Wanted: tt.wanted, Metrics: prometheus.NewRegistry()}, http.NotFoundHandler())
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("the error's text is shown: %s", w.Body)
			}
			var got struct {
				Status string
				Parts  map[string]string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Status != tt.text {
				t.Errorf("status %q, want %q", got.Status, tt.text)
			}
			if diff := cmp.Diff(tt.parts, got.Parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHealthAndMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "lazaret_test_total", Help: "x"})
	reg.MustRegister(c)
	c.Inc()
	h := admin.Handler(admin.Health{Metrics: reg}, http.NotFoundHandler())
	for path, want := range map[string]string{"/healthz": `"ok"`, "/metrics": "lazaret_test_total 1"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("GET %s: %d %s, want 200 with %q", path, w.Code, w.Body, want)
		}
	}
}
