// Package admin answers those who look after the mirror, on a listener of its own: the Admin
// API, health, readiness and metrics.
//
// It promises that no operation of the API is done for somebody without the role that the
// table (operations.go) asks for, that each change leaves a row in the audit log, and that
// no answer holds a secret but that which makes a token. It takes who asks from an
// Authenticator, from the Authorization header alone, and trusts nothing else in a request:
// bodies are bounded, and what it does not know is refused. Health, readiness, metrics and the API's
// description have no authentication: whoever can connect may read them.
package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout bounds each check of /readyz.
const readyTimeout = 2 * time.Second

// Health has what the endpoints without authentication speak of.
type Health struct {
	// Needed has a check of each part that pulls cannot do without, by the part's name;
	// a nil error is ready.
	Needed map[string]func(context.Context) error
	// Wanted has those whose loss slows pulls and stops none. A mirror that is slow keeps
	// its clients; one that is taken out of service sends them to Docker Hub.
	Wanted  map[string]func(context.Context) error
	Metrics prometheus.Gatherer
}

// Handler returns the API, and beside it:
//
//	GET /healthz   200 while the process lives
//	GET /readyz    200 if every needed part is ready, else 503;
//	               {"status":"ok" | "degraded" | "not ready", "parts":{"reports":"ok" | "failed", …}}
//	GET /metrics   Prometheus' text format
func Handler(cfg Health, api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(Prefix+"/", api)
	mux.Handle("GET /openapi.json", api)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, map[string]any{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, cfg) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{}))
	return mux
}

// Ready says how the parts are: "ok", "degraded" if a wanted one is not ready, "not ready" if
// a needed one is not; and "ok" or "failed" of each.
func (h Health) Ready(ctx context.Context) (text string, parts map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	text, parts = "ok", map[string]string{}
	failed := func(checks map[string]func(context.Context) error) (any bool) {
		for name, check := range checks {
			parts[name] = "ok"
			if err := check(ctx); err != nil {
				parts[name], any = "failed", true
			}
		}
		return any
	}
	if failed(h.Wanted) {
		text = "degraded"
	}
	if failed(h.Needed) {
		text = "not ready"
	}
	return text, parts
}

func ready(w http.ResponseWriter, r *http.Request, cfg Health) {
	text, parts := cfg.Ready(r.Context())
	status := http.StatusOK
	if text == "not ready" {
		status = http.StatusServiceUnavailable
	}
	write(w, status, map[string]any{"status": text, "parts": parts})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no error
}
