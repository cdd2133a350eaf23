// Package hubfacts asks Docker Hub's public API what it knows of a repository: whether
// it is an official image or a verified publisher's, how often it was pulled, how old it is.
//
// Facts are optional: who asks waits no longer than Config.Wait, and what is not known by
// then is just missing. They are kept for a day, here and in a store that replicas share; the
// API is asked no more often than Config.PerMinute, and not at all for as long as it says. It
// is trusted to tell the truth about its own repositories, within bounds of size and time.
//
// Sources: GET /v2/repositories/{namespace}/{repository} of
// https://docs.docker.com/reference/api/hub/latest/ (with X-RateLimit-* and X-Retry-After,
// a Unix time, on 429), and GET /v2/orgs/{name}, which that does not document, whose
// "badge" is what hub.docker.com shows beside a publisher's name.
package hubfacts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Facts are what Docker Hub says of a repository.
type Facts struct {
	Official   bool      `json:"official,omitempty"`  // one of Docker's official images
	Verified   bool      `json:"verified,omitempty"`  // a verified publisher's, or one that Docker sponsors
	Pulls      int64     `json:"pulls"`               // ever, as Hub counts
	Stars      int64     `json:"stars"`               //
	Registered time.Time `json:"registered,omitzero"` // when the repository was made
}

// A Store keeps facts for all replicas; cache.Store is one.
type Store interface {
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

// Config has what a Client needs. All is required.
type Config struct {
	API       string // URL without a path: https://hub.docker.com
	Agent     string // User-Agent
	Client    *http.Client
	Store     Store
	Wait      time.Duration // that who asks waits at most
	PerMinute int           // requests
	Log       *slog.Logger
	Now       func() time.Time
}

// How long facts hold, that Hub knows none, and that it could not be asked.
const (
	goodFor    = 24 * time.Hour
	storedFor  = time.Hour // of what the store had: how old that is, only the store knows
	unknownFor = time.Hour
	failedFor  = 5 * time.Minute
)

// Bounds of one question, and of what is kept in memory.
const (
	timeout  = 10 * time.Second
	maxBody  = 1 << 20
	maxKnown = 10_000
)

// A Client asks, and remembers. It may be used from many goroutines.
type Client struct {
	cfg Config
	api *url.URL

	ctx    context.Context // of all questions; ended by Close
	stop   context.CancelFunc
	asking sync.WaitGroup

	mu      sync.Mutex // guards what follows
	known   map[string]entry
	running map[string]chan struct{} // closed when a question has been answered
	paused  time.Time                // until then nothing is asked
	minute  time.Time                // of asked
	asked   int                      // requests in that minute
}

type entry struct {
	facts *Facts // nil: none
	until time.Time
}

// New checks the configuration. It asks nothing.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.API)
	switch {
	case err != nil:
		return nil, fmt.Errorf("hubfacts: the API's URL: %w", err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, fmt.Errorf("hubfacts: %q is not the URL of an API", cfg.API)
	case cfg.Client == nil || cfg.Store == nil || cfg.Log == nil || cfg.Now == nil || cfg.PerMinute < 1:
		return nil, errors.New("hubfacts: a part is missing")
	}
	c := &Client{cfg: cfg, api: u, known: map[string]entry{}, running: map[string]chan struct{}{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// Close ends the questions that are open. Facts must not be called any more.
func (c *Client) Close() {
	c.stop()
	c.asking.Wait()
}

// Known returns what was kept of a repository, however old, and asks nobody; nil if nothing was.
func (c *Client) Known(ctx context.Context, repository string) *Facts {
	c.mu.Lock()
	e := c.known[repository]
	c.mu.Unlock()
	if e.facts != nil {
		return e.facts
	}
	return c.stored(ctx, repository)
}

// stored returns what the store has of a repository; nil if that is nothing, or it is down.
func (c *Client) stored(ctx context.Context, repository string) *Facts {
	got, err := c.cfg.Store.Get(ctx, storeKey(repository))
	if err != nil || got[0] == nil {
		return nil
	}
	var f Facts
	if json.Unmarshal(got[0], &f) != nil {
		return nil
	}
	return &f
}

func storeKey(repository string) string { return "hubfacts:" + repository }

// Facts returns what is known of a repository, such as library/nginx, asking Hub if need
// be; nil if nothing is, or not soon enough.
func (c *Client) Facts(ctx context.Context, repository string) *Facts {
	if strings.Count(repository, "/") != 1 {
		return nil // Hub has no others
	}
	c.mu.Lock()
	e, ok := c.known[repository]
	if ok && c.cfg.Now().Before(e.until) {
		c.mu.Unlock()
		return e.facts
	}
	answered := c.running[repository]
	if answered == nil {
		answered = make(chan struct{})
		c.running[repository] = answered
		c.asking.Go(func() { c.learn(repository, answered) })
	}
	c.mu.Unlock()
	wait := time.NewTimer(c.cfg.Wait)
	defer wait.Stop()
	select {
	case <-answered:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.known[repository].facts
	case <-wait.C:
	case <-ctx.Done():
	}
	return e.facts // old ones are better than none
}

// learn finds out about a repository, whoever waits for it.
func (c *Client) learn(repository string, answered chan struct{}) {
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	facts, good, err := c.find(ctx, repository)
	if err != nil && !errors.Is(err, errPaused) { // of which the answer that led to it was told
		c.cfg.Log.Warn("Docker Hub's API does not tell", "repository", repository, "error", err.Error())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && facts == nil {
		facts = c.known[repository].facts
	}
	if len(c.known) >= maxKnown {
		clear(c.known) // the store has them
	}
	c.known[repository] = entry{facts, c.cfg.Now().Add(good)}
	delete(c.running, repository)
	close(answered)
}

// find looks in the store, then asks. good is how long the answer holds.
func (c *Client) find(ctx context.Context, repository string) (facts *Facts, good time.Duration, err error) {
	if f := c.stored(ctx, repository); f != nil {
		return f, storedFor, nil
	}
	facts, err = c.ask(ctx, repository)
	switch {
	case err != nil:
		return nil, failedFor, err
	case facts == nil:
		return nil, unknownFor, nil
	}
	b, err := json.Marshal(facts)
	if err == nil {
		err = c.cfg.Store.Set(ctx, storeKey(repository), b, goodFor)
	}
	return facts, goodFor, err
}

// ask asks the API; nil if it knows of no such repository.
func (c *Client) ask(ctx context.Context, repository string) (*Facts, error) {
	namespace, _, _ := strings.Cut(repository, "/")
	var r struct {
		Pulls      int64     `json:"pull_count"`
		Stars      int64     `json:"star_count"`
		Registered time.Time `json:"date_registered"`
	}
	if found, err := c.get(ctx, "/v2/repositories/"+repository+"/", &r); err != nil || !found {
		return nil, err
	}
	f := &Facts{Pulls: max(r.Pulls, 0), Stars: max(r.Stars, 0), Registered: r.Registered}
	if f.Official = namespace == "library"; f.Official {
		return f, nil
	}
	var org struct {
		Badge string `json:"badge"`
	}
	// A namespace that is no organisation is a person's, who has no badge.
	if _, err := c.get(ctx, "/v2/orgs/"+namespace+"/", &org); err != nil {
		return nil, err
	}
	f.Verified = org.Badge == "verified_publisher" || org.Badge == "open_source"
	return f, nil
}

// errPaused says that the API is not to be asked now.
var errPaused = errors.New("not now: its limit, or ours")

// get decodes an answer; it reports whether there is what was asked for.
func (c *Client) get(ctx context.Context, path string, into any) (found bool, err error) {
	if !c.may() {
		return false, errPaused
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api.JoinPath(path).String(), nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("User-Agent", c.cfg.Agent)
	req.Header.Set("Accept", "application/json")
	res, err := c.cfg.Client.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return false, nil
	case http.StatusTooManyRequests:
		c.pause(res.Header)
		return false, fmt.Errorf("GET %s: %s", path, res.Status)
	default:
		return false, fmt.Errorf("GET %s: %s", path, res.Status)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return false, fmt.Errorf("GET %s: %w", path, err)
	}
	if len(b) > maxBody {
		return false, fmt.Errorf("GET %s: an answer of more than %d bytes", path, maxBody)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return false, fmt.Errorf("GET %s: %w", path, err)
	}
	return true, nil
}

// may counts a request, if it may be made now.
func (c *Client) may() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	if now.Before(c.paused) {
		return false
	}
	if m := now.Truncate(time.Minute); !m.Equal(c.minute) {
		c.minute, c.asked = m, 0
	}
	if c.asked >= c.cfg.PerMinute {
		return false
	}
	c.asked++
	return true
}

// maxPause bounds how long an answer can keep the API from being asked.
const maxPause = time.Hour

// pause takes in how long the API wants to be left alone: X-Retry-After is a Unix time,
// Retry-After (RFC 9110, section 10.2.3) seconds.
func (c *Client) pause(h http.Header) {
	now := c.cfg.Now()
	until := now.Add(time.Minute)
	if at, err := strconv.ParseInt(h.Get("X-Retry-After"), 10, 64); err == nil {
		until = time.Unix(at, 0)
	} else if s, err := strconv.ParseInt(h.Get("Retry-After"), 10, 32); err == nil {
		until = now.Add(time.Duration(s) * time.Second)
	}
	if latest := now.Add(maxPause); until.After(latest) {
		until = latest
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = until
}
