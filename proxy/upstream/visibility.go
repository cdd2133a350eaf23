package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"golang.org/x/sync/singleflight"
)

// How long it is believed what a registry said to nobody in particular.
const (
	publicFor  = 10 * time.Minute // a repository that becomes private is given out for as long
	privateFor = time.Minute
	// publicAtMost is for how long a repository counts as public while its registry does not
	// answer: what was public yesterday and cannot be asked about is served from the store.
	publicAtMost = 24 * time.Hour
)

// maxSeen bounds how many repositories are remembered, twice over.
const maxSeen = 4096

// visibility remembers which repositories are public.
type visibility struct {
	group singleflight.Group // by repository

	mu       sync.Mutex // guards the rest
	now, old map[string]sight
}

type sight struct {
	public bool
	at     time.Time
}

func newVisibility() *visibility { return &visibility{now: map[string]sight{}} }

func (v *visibility) get(repository string) (sight, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s, ok := v.now[repository]; ok {
		return s, true
	}
	s, ok := v.old[repository]
	return s, ok
}

func (v *visibility) put(repository string, s sight) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.now) >= maxSeen {
		v.old, v.now = v.now, map[string]sight{}
	}
	v.now[repository] = s
}

// Readable says whether what is in a repository may be given to others. It may without
// credentials, because then the registry gives it to everybody; and if the repository is
// listed in Config.Private. Else the registry is asked, without credentials, for one tag of
// it, which Docker Hub does not count as a pull: what nobody in particular may read is
// ErrPrivate. The answer is remembered, by Config.Sights for others too, a refusal for a minute. While the registry does not
// answer, a repository that was public within a day is so still, and no other is: the error
// says why, and nothing may be given out.
func (c *Client) Readable(ctx context.Context, repository string) error {
	if _, err := c.path(repository); err != nil {
		return err
	}
	if c.listed(repository) {
		return nil
	}
	s, known := c.sight(ctx, repository)
	if age := c.cfg.Now().Sub(s.at); known && age < publicFor && s.public {
		return nil
	} else if known && age < privateFor {
		return c.private(repository)
	}
	asked := c.seen.group.DoChan(repository, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*c.cfg.HeaderTimeout)
		defer cancel()
		public, err := c.public(ctx, repository)
		if err == nil {
			c.saw(ctx, repository, sight{public, c.cfg.Now()})
		}
		return public, err
	})
	var public bool
	var err error
	select {
	case <-ctx.Done():
		err = gaveUp("visibility", repository, context.Cause(ctx))
	case r := <-asked:
		public, _ = r.Val.(bool)
		err = r.Err
	}
	switch {
	case err != nil && known && s.public && c.cfg.Now().Sub(s.at) < publicAtMost:
		c.log.Warn("not known whether a repository is public still", "registry", c.cfg.Registry, "repository", repository, "error", err.Error())
		return nil
	case err != nil:
		return err
	case !public:
		return c.private(repository)
	}
	return nil
}

// sight is what is known of a repository: by this process, and where that is nothing or long ago, by
// others. Who says what is still to come is not believed.
func (c *Client) sight(ctx context.Context, repository string) (sight, bool) {
	own, known := c.seen.get(repository)
	now := c.cfg.Now()
	if c.cfg.Sights == nil || known && now.Sub(own.at) < privateFor || known && own.public && now.Sub(own.at) < publicFor {
		return own, known
	}
	public, at, err := c.cfg.Sights.Sight(ctx, c.cfg.Registry, repository)
	if err != nil || at.After(now) || known && !at.After(own.at) {
		return own, known
	}
	others := sight{public, at}
	c.seen.put(repository, others)
	return others, true
}

// saw remembers what the registry said of a repository, for others too. That they could not be told
// matters to nobody: they ask.
func (c *Client) saw(ctx context.Context, repository string, s sight) {
	c.seen.put(repository, s)
	if c.cfg.Sights == nil {
		return
	}
	if err := c.cfg.Sights.Saw(ctx, c.cfg.Registry, repository, s.public, s.at, publicAtMost); err != nil {
		c.log.Debug("what is public was not shared", "registry", c.cfg.Registry, "repository", repository, "error", err.Error())
	}
}

func (c *Client) private(repository string) error {
	return &Error{Op: "visibility", Repository: repository, Err: ErrPrivate}
}

func (c *Client) listed(repository string) bool {
	return slices.ContainsFunc(c.cfg.Private, func(pattern string) bool {
		ok, err := path.Match(pattern, repository)
		return ok && err == nil
	})
}

// checkPatterns says which of the patterns is none.
func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return fmt.Errorf("upstream: %q is not a pattern of repositories", p)
		}
	}
	return nil
}

// public asks the registry.
func (c *Client) public(ctx context.Context, repository string) (bool, error) {
	as, err := c.logins.credentials(ctx, repository)
	if err != nil {
		return false, failure("visibility", repository, err)
	}
	if as == authn.Anonymous && c.cfg.Certificate == nil {
		return true, nil
	}
	u, err := c.path(repository, "tags", "list")
	if err != nil {
		return false, err
	}
	u.RawQuery = url.Values{"n": {"1"}}.Encode()
	r := request{op: "visibility", method: http.MethodGet, repository: repository, url: u, nobody: true}
	err = c.do(ctx, r, func(*answer) (bool, error) { return false, nil })
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrUnauthorized), errors.Is(err, ErrNotFound):
		return false, nil
	}
	return false, err
}
