package testhub

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// FactsPath is below which the hub answers as hub.docker.com's API does: the base of
// that is URL() + FactsPath.
const FactsPath = "/hub"

// Facts are what the hub's API says of a repository.
type Facts struct {
	Pulls, Stars int64
	Registered   time.Time
	Badge        string // of the organisation that its namespace is: verified_publisher, open_source; "" for a person's
}

// SetFacts makes a repository known to the hub's API. One that was only pushed is not.
func (h *Hub) SetFacts(repository string, f Facts) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.facts == nil {
		h.facts = map[string]Facts{}
	}
	h.facts[repository] = f
}

// serveFacts answers GET /v2/repositories/{namespace}/{repository}/ and /v2/orgs/{name}/,
// with those fields of the real answers that somebody could use.
func (h *Hub) serveFacts(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, FactsPath+"/v2/"), "/"), "/")
	h.mu.Lock()
	defer h.mu.Unlock()
	var answer any
	switch {
	case len(parts) == 3 && parts[0] == "repositories":
		if f, ok := h.facts[parts[1]+"/"+parts[2]]; ok {
			answer = map[string]any{
				"user": parts[1], "namespace": parts[1], "name": parts[2], "repository_type": "image", "status": 1, "is_private": false,
				"pull_count": f.Pulls, "star_count": f.Stars, "date_registered": f.Registered, "last_updated": f.Registered,
			}
		}
	case len(parts) == 2 && parts[0] == "orgs":
		for name, f := range h.facts {
			if strings.HasPrefix(name, parts[1]+"/") && f.Badge != "" {
				answer = map[string]any{"orgname": parts[1], "type": "Organization", "badge": f.Badge}
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if answer == nil {
		w.WriteHeader(http.StatusNotFound)
		answer = map[string]any{"message": "object not found", "errinfo": map[string]any{}}
	}
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}
