package upstream

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/singleflight"
)

// maxLogins bounds how many repositories' tokens are remembered. A token is some KiB.
const maxLogins = 1024

// staleLogin is the age from which a login that is refused is made again: a younger one
// would be refused again, and a name that does not exist must not cost Hub two logins.
const staleLogin = time.Minute

// A login is an HTTP client that may read one repository.
type login struct {
	repository string
	client     *http.Client
	made       time.Time
	renew      time.Time // make another from here on; zero: never
}

// logins makes and remembers one login a repository. However many requests want the
// same one at once, the token service is asked once.
type logins struct {
	c      *Client
	rt     http.RoundTripper
	nobody bool               // log in without credentials
	group  singleflight.Group // by repository; "" is the challenge

	mu        sync.Mutex               // guards the rest
	challenge *transport.Challenge     // how the registry wants to be logged in to; nil: not asked yet
	byName    map[string]*list.Element // of *login
	order     *list.List               // most recently used first
}

func newLogins(c *Client, rt http.RoundTripper, nobody bool) *logins {
	return &logins{c: c, rt: rt, nobody: nobody, byName: map[string]*list.Element{}, order: list.New()}
}

// get returns a login to a repository. The making of one does not end with the request
// that started it, because others wait for it as well: its bound is HeaderTimeout.
func (l *logins) get(ctx context.Context, repository string) (*login, error) {
	if known := l.known(repository); known != nil {
		return known, nil
	}
	made := l.group.DoChan(repository, func() (any, error) {
		if known := l.known(repository); known != nil { // made while we came here
			return known, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.c.cfg.HeaderTimeout)
		defer cancel()
		fresh, err := l.make(ctx, repository)
		l.c.metrics.login(err)
		if err != nil {
			return nil, fmt.Errorf("login: %w", err)
		}
		l.put(fresh)
		return fresh, nil
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case res := <-made:
		if res.Err != nil {
			return nil, res.Err
		}
		return res.Val.(*login), nil
	}
}

// known returns the login that is remembered, unless it is time for another.
func (l *logins) known(repository string) *login {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byName[repository]
	if !ok {
		return nil
	}
	known := e.Value.(*login)
	if !known.renew.IsZero() && !l.c.cfg.Now().Before(known.renew) {
		return nil
	}
	l.order.MoveToFront(e)
	return known
}

func (l *logins) put(fresh *login) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byName[fresh.repository]; ok {
		e.Value = fresh
		l.order.MoveToFront(e)
		return
	}
	l.byName[fresh.repository] = l.order.PushFront(fresh)
	if l.order.Len() > maxLogins {
		oldest := l.order.Back()
		l.order.Remove(oldest)
		delete(l.byName, oldest.Value.(*login).repository)
	}
}

// refused forgets a login that the registry does not take, and how to log in, and
// reports whether another might do better.
func (l *logins) refused(bad *login) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c.cfg.Now().Sub(bad.made) < staleLogin {
		return false
	}
	if e, ok := l.byName[bad.repository]; ok && e.Value.(*login) == bad {
		l.order.Remove(e)
		delete(l.byName, bad.repository)
		l.challenge = nil
	}
	return true
}

// make logs in: what does the registry want (once for all repositories), who are we,
// and, if it wants that, a token for this repository.
func (l *logins) make(ctx context.Context, repository string) (*login, error) {
	challenge, err := l.howTo(ctx)
	if err != nil {
		return nil, err
	}
	auth := authn.Anonymous
	if !l.nobody {
		if auth, err = l.credentials(ctx, repository); err != nil {
			return nil, err
		}
	}
	now := l.c.cfg.Now()
	fresh := &login{repository: repository, made: now}
	token := &transport.Token{}
	if strings.EqualFold(challenge.Scheme, "bearer") {
		scope := "repository:" + repository + ":" + transport.PullScope
		token, err = transport.Exchange(ctx, l.c.reg, auth, l.rt, []string{scope}, challenge)
		if err != nil {
			return nil, err
		}
		if token.Token == "" {
			token.Token = token.AccessToken // OAuth 2's name for it
		}
		fresh.renew = now.Add(usable(token.ExpiresIn))
	}
	rt, err := transport.FromToken(l.c.reg, auth, l.rt, challenge, token)
	if err != nil {
		return nil, err
	}
	fresh.client = &http.Client{Transport: rt, CheckRedirect: checkRedirect}
	return fresh, nil
}

// usable says for how long a token is used that is valid for so many seconds. The
// specification of Docker's token authentication (distribution.github.io/distribution/spec/auth/token)
// makes 60 of none.
func usable(expiresIn int) time.Duration {
	if expiresIn <= 0 {
		expiresIn = 60
	}
	valid := time.Duration(min(expiresIn, 24*60*60)) * time.Second
	return valid - min(valid/2, 30*time.Second)
}

// howTo asks the registry for its challenge, once.
func (l *logins) howTo(ctx context.Context) (*transport.Challenge, error) {
	l.mu.Lock()
	known := l.challenge
	l.mu.Unlock()
	if known != nil {
		return known, nil
	}
	// All that wait here are logins, each with its own bound of the same length.
	v, err, _ := l.group.Do("", func() (any, error) {
		challenge, err := transport.Ping(ctx, l.c.reg, l.rt)
		if err != nil {
			return nil, err
		}
		// The ping does not know which scheme the wire spoke. This decides whether a token
		// service over plain HTTP is believed.
		challenge.Insecure = l.c.base.Scheme == "http"
		l.mu.Lock()
		l.challenge = challenge
		l.mu.Unlock()
		return challenge, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*transport.Challenge), nil
}

// hubHosts are the names of Docker Hub's API, which Docker's configuration all keeps
// under the name that go-containerregistry knows as its default.
var hubHosts = map[string]bool{"docker.io": true, "index.docker.io": true, "registry-1.docker.io": true}

// credentials finds who we are. The keychain is asked by the host that will get the
// answer, not by the name the registry goes by: a login to Docker Hub is not for another
// server that stands in for it.
func (l *logins) credentials(ctx context.Context, repository string) (authn.Authenticator, error) {
	if l.c.cfg.Username != "" {
		return &authn.Basic{Username: l.c.cfg.Username, Password: l.c.cfg.Password}, nil
	}
	target := l.c.reg.Repo(repository)
	if hubHosts[l.c.base.Host] {
		hub, err := name.NewRegistry(name.DefaultRegistry, name.StrictValidation)
		if err != nil {
			return nil, err
		}
		target = hub.Repo(repository)
	}
	auth, err := authn.Resolve(ctx, l.c.cfg.Keychain, target)
	if err != nil { // its text may quote the configuration file
		l.c.log.Debug("the keychain gave no credentials", "registry", l.c.cfg.Registry, "error", err)
		return nil, errors.New("the keychain could not be read")
	}
	return auth, nil
}
