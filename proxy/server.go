// Package proxy is the registry API that container clients pull through.
//
// It promises that no client ever holds the last bytes of a blob, and no image its
// last blob, without a verdict that passes, computed in this process from reports.
// Bytes leave by one door, the gate (gate.go); a refusal is worded and shaped in one
// place, denial.go; an error of any package becomes HTTP in one table, errors.go.
//
// It trusts its own disk and, for facts about digests, the report store that it was
// given. It trusts neither clients nor upstream: what upstream sends is checked
// against its digest, and what a client claims to be decides only how it is answered.
//
// New makes a Server; Handler is what to listen with; Shutdown ends what is in flight.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// MaxHeaderWait is the longest that a client waits for an answer's first line.
// containerd 2.3 and later leave for Docker Hub after 30 s (docs/clients.md, section 5).
const MaxHeaderWait = 20 * time.Second

// A Ledger keeps a row for each pull; *records.Records is one.
type Ledger interface {
	Record(ctx context.Context, p records.Pull, must bool) error
}

// A Memory knows when a manifest was first asked for in a repository, records.ErrNone if
// it never was; *records.Records is one.
type Memory interface {
	FirstSeen(ctx context.Context, registry, repository string, d oci.Digest) (time.Time, error)
}

// Clients say who sends a request; *clientauth.Auth is one.
type Clients interface {
	// Identify returns the name and the groups of who shows that they are somebody, and nothing for
	// nobody in particular. An error keeps them from everything.
	Identify(r *http.Request) (name string, groups []string, err error)
	// Challenge is the WWW-Authenticate for what Identify turned away. scope is empty, or
	// "repository:NAME:pull".
	Challenge(scope string, cause error) string
}

// Config has a server's parts and settings. All parts are required but Others, Clients, Ledger, Memory, HubFacts and Exceptions.
type Config struct {
	Upstream  *upstream.Client   // what is asked for where a request names no registry
	Others    []*upstream.Client // and where it names them
	Aliases   map[string]string  // further names of registries in requests: host, ns or first part of a path -> Registry
	Hosts     []string           // names of this mirror: requests for others are refused; none: any name that is no registry's
	Blobs     *cache.Blobs
	Store     cache.Store // for tags, links, memos and denials that another replica must know
	Reports   *cache.Reports
	Inspector *inspect.Inspector
	Policy    *policy.Policy
	// Exceptions are those in force that concern a subject, with a name that changes whenever they do.
	Exceptions func(policy.Subject) ([]policy.Exception, string)
	Ledger     Ledger
	Clients    Clients // nil: nobody is asked
	Memory     Memory  // without one, images were first seen when this process first saw them
	// HubFacts tells what Docker Hub says of a repository, without much delay; nil if that is not
	// known. Unless ask is set, it tells what was kept, and asks nobody.
	HubFacts func(ctx context.Context, repository string, ask bool) *policy.HubFacts

	HoldBytes      int64         // of each blob, held until its verdict
	ManifestWait   time.Duration // for a verdict, before an image manifest is answered without one
	TagTTL         time.Duration // for which a tag is believed without asking upstream
	Trickle        time.Duration // between single bytes in a long hold
	MaxInspections int           // at once
	Contact        string        // a sentence: how to ask for an exception
	RFCDenials     bool          // answer refusals by RFC alone, and not as each client respects
	RefuseIndex    RefuseIndex   // for which members an index is refused; "": for any

	Log     *slog.Logger
	Metrics prometheus.Registerer
	Now     func() time.Time
}

// A Server answers the pull side of the OCI Distribution Specification 1.1.
type Server struct {
	cfg     Config
	log     *slog.Logger
	origins *origins
	tagsBy  *cache.Tags
	links   *cache.Links
	memo    *cache.Memo
	exams   *examiner
	metrics *metrics

	flight    singleflight.Group                      // upstream look-ups of tags, manifests and blobs
	manifests *recent[oci.Digest, oci.Manifest]       // parsed, of the store
	served    *recent[clientRepository, []oci.Digest] // image manifests given out, latest last
	refusals  *recent[clientImage, chan struct{}]     // closed once a layer of it was refused to that client
	firsts    *recent[seenImage, time.Time]           // when it was first asked for, as far as this process knows

	policy atomic.Pointer[policy.Policy] // in force

	canaries   func() (map[string]canary, error) // by tag; made when first asked for
	canarySung *recent[string, time.Time]        // when a client was last refused the canary's layer in mid-stream
}

// Repositories are by their full names here: registry and all.
type clientRepository struct{ client, repository string }

type clientImage struct {
	client, repository string
	manifest           oci.Digest
}

type seenImage struct {
	repository string
	digest     oci.Digest
}

// Sizes of what a server remembers in memory.
const (
	memoSize      = 4096
	memoTTL       = 24 * time.Hour
	tagsSize      = 4096
	linksSize     = 65536
	recentSize    = 2048
	firstsSize    = 16384
	maxServedEach = 16
)

// New makes a server of its parts. A part that is missing or a setting that is out of range is an error.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Upstream == nil, cfg.Blobs == nil, cfg.Store == nil, cfg.Reports == nil,
		cfg.Inspector == nil, cfg.Policy == nil, cfg.Log == nil, cfg.Metrics == nil, cfg.Now == nil:
		return nil, errors.New("proxy: a part is missing")
	case cfg.HoldBytes < 1:
		return nil, fmt.Errorf("proxy: hold %d bytes: at least 1", cfg.HoldBytes)
	case cfg.ManifestWait < 0 || cfg.ManifestWait > MaxHeaderWait:
		return nil, fmt.Errorf("proxy: manifest wait %s: between 0 and %s", cfg.ManifestWait, MaxHeaderWait)
	case cfg.RefuseIndex != "" && cfg.RefuseIndex != RefuseIndexAny && cfg.RefuseIndex != RefuseIndexAll && cfg.RefuseIndex != RefuseIndexNever:
		return nil, fmt.Errorf("proxy: refuse an index for %q of its members: any, all or never", cfg.RefuseIndex)
	case cfg.MaxInspections < 1:
		return nil, fmt.Errorf("proxy: %d inspections at once: at least 1", cfg.MaxInspections)
	}
	if cfg.Exceptions == nil {
		cfg.Exceptions = func(policy.Subject) ([]policy.Exception, string) { return nil, "" }
	}
	s := &Server{
		cfg:       cfg,
		log:       cfg.Log,
		manifests: newRecent[oci.Digest, oci.Manifest](recentSize),
		served:    newRecent[clientRepository, []oci.Digest](recentSize),
		refusals:  newRecent[clientImage, chan struct{}](recentSize),
		firsts:    newRecent[seenImage, time.Time](firstsSize),
		canaries:  sync.OnceValues(newCanaries), canarySung: newRecent[string, time.Time](recentSize),
	}
	s.policy.Store(cfg.Policy)
	var err error
	if s.origins, err = newOrigins(cfg); err != nil {
		return nil, err
	}
	if s.tagsBy, err = cache.NewTags(cfg.Store, tagsSize); err != nil {
		return nil, fmt.Errorf("proxy: tags: %w", err)
	}
	if s.links, err = cache.NewLinks(cfg.Store, linksSize); err != nil {
		return nil, fmt.Errorf("proxy: links: %w", err)
	}
	if s.memo, err = cache.NewMemo(cfg.Store, memoSize, memoTTL); err != nil {
		return nil, fmt.Errorf("proxy: memo: %w", err)
	}
	if s.metrics, err = newMetrics(cfg.Metrics); err != nil {
		return nil, err
	}
	s.exams = newExaminer(cfg, s.metrics)
	return s, nil
}

// Handler returns the registry API.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Use puts another inspector in force: for what is asked for from now on, and not for what
// is being answered. Reports and verdicts under another rule set no longer count, so that
// an image which passed is inspected again from the store when it is next asked for. It may
// be called at any time.
func (s *Server) Use(i *inspect.Inspector) { s.exams.inspector.Store(i) }

// UsePolicy puts another policy in force: for what is asked for from now on, and not for
// what is being answered. It may be called at any time.
func (s *Server) UsePolicy(p *policy.Policy) { s.policy.Store(p) }

// InForce returns what inspects and what decides now.
func (s *Server) InForce() (*inspect.Inspector, *policy.Policy) {
	return s.exams.current(), s.policy.Load()
}

// Shutdown waits until every inspection in flight has ended, or ctx has; it then
// ends them. The listener must have been shut down before.
func (s *Server) Shutdown(ctx context.Context) error { return s.exams.shutdown(ctx) }
