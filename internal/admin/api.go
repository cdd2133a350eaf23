package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/evidence"
	"github.com/lazaret/lazaret/internal/records"
)

// Prefix is where the API lives. A change that breaks those who use it gets another one.
const Prefix = "/api/v1"

// Config is what NewAPI needs. Records, Auth and Registry must be set; what needs a part
// that is nil answers 503.
type Config struct {
	Records  *records.Records
	Auth     auth.Authenticator
	Registry string           // whose images they are, as records have it: docker.io
	Issuer   *Issuer          // whose ID tokens Auth takes; nil: nobody's
	Others   []string         // further registries of the mirror
	Version  string           // of the program
	Log      *slog.Logger     // nil: none
	Now      func() time.Time // nil: time.Now

	Blobs    evidence.Blobs // what is stored, for evidence
	Limits   inspect.Limits // of reading it
	Facts    Facts
	Policies Policies
	Rules    func(ctx context.Context) (RuleSet, error)
	Feeds    func() []Feed
	Status   func(ctx context.Context) Status
}

// An api is what the operations share.
type api struct {
	cfg     Config
	log     *slog.Logger
	now     func() time.Time
	huma    huma.API
	least   map[string]auth.Role // by operation ID
	bound   map[string]bool      // those that have a handler
	asks    *limiter             // of those who need not say who they are
	trial   chan struct{}        // holds one token while a policy is tried
	readers chan struct{}        // holds one token for each who looks at evidence
}

// NewAPI returns the Admin API: everything below Prefix, and its description, OpenAPI 3.1,
// at /openapi.json. It panics on a Config without its parts and on an operation without a
// role or a handler: those are errors in the program.
func NewAPI(cfg Config) http.Handler {
	mux, _ := newAPI(cfg)
	return mux
}

func newAPI(cfg Config) (http.Handler, *api) {
	if cfg.Records == nil || cfg.Auth == nil || cfg.Registry == "" {
		panic("admin: an API without records, authentication or the name of a registry")
	}
	a := &api{cfg: cfg, log: cfg.Log, now: cfg.Now, least: map[string]auth.Role{}, bound: map[string]bool{}, trial: make(chan struct{}, 1), readers: make(chan struct{}, maxReaders)}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.asks = newLimiter(a.now)
	mux := http.NewServeMux()
	a.huma = humago.New(mux, description(cfg.Version))
	a.huma.UseMiddleware(a.admit)
	for _, o := range operations() {
		if o.least == 0 {
			panic("admin: no role is declared for " + o.id)
		}
		a.least[o.id] = o.least
	}
	a.bind()
	for id := range a.least {
		if !a.bound[id] {
			panic("admin: no handler for " + id)
		}
	}
	text, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		panic(fmt.Sprintf("admin: describe the API: %v", err))
	}
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // a client that is gone needs no error
	})
	mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "there is no such resource; /openapi.json lists what there is")
	})
	return harden(mux), a
}

// bind joins each operation to its handler.
func (a *api) bind() {
	a.bindExceptions()
	a.bindQuarantine()
	a.bindRequests()
	a.bindPulls()
	a.bindNotifications()
	a.bindImages()
	a.bindPolicy()
	a.bindStatus()
	a.bindAudit()
	a.bindTokens()
}

// description is the head of the OpenAPI document, and what huma is to do. It neither serves
// pages that load scripts from elsewhere nor adds links to schemas to each answer.
func description(version string) huma.Config {
	object := huma.DefaultConfig("Lazaret Admin API", version)
	object.OpenAPIPath, object.DocsPath, object.SchemasPath = "", "", ""
	object.CreateHooks = nil
	object.RejectUnknownQueryParameters = true
	object.Info.Description = "What is refused, who may have it anyway, who pulled what, and who decided that. Errors are application/problem+json (RFC 9457). " +
		"Lists are pages: `next` of one is the `cursor` of the one after it."
	object.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "An API token, or an ID token of the OpenID provider."},
	}
	return object
}

// harden keeps browsers from making anything of the answers, and pages of other origins from
// sending what changes something.
func harden(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "this comes from a page of another origin")
	}))
	next = protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// problem writes an error of RFC 9457 where huma has no part in the answer.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}) // a client that is gone needs no error
}

// register binds an operation of the table to its handler. The error that a handler returns
// becomes an answer by one table.
func register[I, O any](a *api, id string, handler func(context.Context, *I) (*O, error)) {
	for _, o := range operations() {
		if o.id != id {
			continue
		}
		if a.bound[id] {
			panic("admin: two handlers for " + id)
		}
		a.bound[id] = true
		huma.Register(a.huma, o.describe(), func(ctx context.Context, in *I) (*O, error) {
			callerOf(ctx).bodyRead()
			out, err := handler(ctx, in)
			if err != nil {
				return nil, a.failed(ctx, id, err)
			}
			return out, nil
		})
		return
	}
	panic("admin: no operation " + id)
}

// The key of the caller in a request's context: huma hands nothing else from a middleware to
// a handler.
type callerKey struct{}

// A caller is who sends a request, and from where.
type caller struct {
	auth.Identity        // zero of somebody who did not say
	from          string // address
	w             http.ResponseWriter
}

// bodyRead takes back the deadline by which huma reads the body: net/http would end the
// request at it, however long its answer takes to find.
func (c caller) bodyRead() {
	if c.w != nil {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{}) // a program that calls the handler itself has none
	}
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// actor is the caller as the audit log has it.
func (c caller) actor() records.Actor {
	origin := c.from
	if c.Via != "" && c.Via != "local" {
		origin += ", " + c.Via
	}
	return records.Actor{Name: c.Name, Origin: origin}
}

func actorOf(ctx context.Context) records.Actor { return callerOf(ctx).actor() }

// origin is an address without its port. What has none stays as it is: a program that calls
// the handler itself says there where it runs.
func origin(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}
