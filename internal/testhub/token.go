package testhub

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// service is the name that Docker Hub's tokens are for.
const service = "registry.docker.io"

// A grant is what a token allows: to pull some repositories, until it expires.
type grant struct {
	repos   []string
	expires time.Time
}

// ExpireTokens makes every token that was issued so far invalid.
func (h *Hub) ExpireTokens() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.tokens)
}

// authorized says whether a request may be answered. Nobody may push, delete, or list
// the catalog.
func (h *Hub) authorized(r *http.Request, t target) bool {
	g, ok := h.grantOf(r)
	if !ok {
		return false
	}
	if t.kind == "" {
		return true
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	return reads && t.kind != "other" && slices.Contains(g.repos, t.repo)
}

func (h *Hub) grantOf(r *http.Request) (grant, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return grant{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	g, ok := h.tokens[token]
	return g, ok && h.cfg.Now().Before(g.expires)
}

// challenge answers 401 and says where to get which token (RFC 6750 section 3, and
// distribution.github.io/distribution/spec/auth/token).
func (h *Hub) challenge(w http.ResponseWriter, r *http.Request, t target) {
	h.mu.Lock()
	h.refused++
	h.mu.Unlock()
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	c := fmt.Sprintf(`Bearer realm="%s://%s/token",service="%s"`, scheme, r.Host, service)
	action := "pull"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		action = "pull,push"
	}
	var detail any
	if t.repo != "" {
		c += fmt.Sprintf(`,scope="repository:%s:%s"`, t.repo, action)
		detail = []map[string]string{{"Type": "repository", "Class": "", "Name": t.repo, "Action": action}}
	}
	if r.Header.Get("Authorization") != "" {
		reason := "invalid_token"
		if _, ok := h.grantOf(r); ok {
			reason = "insufficient_scope"
		}
		c += fmt.Sprintf(`,error="%s"`, reason)
	}
	w.Header().Set("WWW-Authenticate", c)
	writeError(w, http.StatusUnauthorized, "", detail)
}

// serveToken issues a token for those of the wanted repositories that the client may
// pull; like Docker Hub, one that allows nothing rather than none.
func (h *Hub) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		writeError(w, http.StatusMethodNotAllowed, "", nil)
		return
	}
	username, password, claimed := r.BasicAuth()
	known := claimed && h.cfg.Username != "" && same(username, h.cfg.Username) && same(password, h.cfg.Password)
	if claimed && !known || !claimed && h.cfg.NoAnonymous {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"details":"incorrect username or password"}` + "\n")) // the client is gone
		return
	}
	var repos []string
	for _, scopes := range r.URL.Query()["scope"] {
		for scope := range strings.FieldsSeq(scopes) {
			repo, ok := pullScope(scope)
			private := slices.ContainsFunc(h.cfg.Private, func(p string) bool { return canonical(p) == repo })
			if ok && (known || !private) && h.exists(r, repo) {
				repos = append(repos, repo)
			}
		}
	}
	token, now := rand.Text(), h.cfg.Now()
	h.mu.Lock()
	for old, g := range h.tokens { // keeps the table small
		if !now.Before(g.expires) {
			delete(h.tokens, old)
		}
	}
	h.tokens[token] = grant{repos, now.Add(h.cfg.TokenLife)}
	h.mu.Unlock()
	body, err := json.Marshal(map[string]any{
		"token": token, "access_token": token,
		"expires_in": int(h.cfg.TokenLife / time.Second), "issued_at": now.UTC().Format(time.RFC3339),
	})
	if err != nil {
		writeError(w, http.StatusInternalServerError, "", nil)
		return
	}
	writeBody(w, r, "application/json", body)
}

// pullScope reads "repository:NAME:ACTIONS" and reports whether pull is among the actions.
func pullScope(scope string) (repo string, ok bool) {
	rest, ok := strings.CutPrefix(scope, "repository:")
	i := strings.LastIndex(rest, ":")
	if !ok || i < 0 {
		return "", false
	}
	return rest[:i], slices.Contains(strings.Split(rest[i+1:], ","), "pull")
}

// exists says whether a repository has been pushed to, by this hub or by another that
// had the same Dir.
func (h *Hub) exists(r *http.Request, repo string) bool {
	h.mu.Lock()
	pushed := h.repos[repo]
	h.mu.Unlock()
	return pushed || h.internal(r.Context(), http.MethodGet, "/v2/"+repo+"/tags/list", nil, nil).status == http.StatusOK
}

func canonical(repo string) string {
	if name, err := oci.ParseRepository(repo); err == nil {
		return name
	}
	return repo
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
