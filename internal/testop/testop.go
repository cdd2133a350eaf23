// Package testop runs an OpenID provider for tests: zitadel/oidc's, which is certified, over a
// storage in memory. It stands for an organisation's own. Whoever comes to its login page is
// logged in already, as the user that the test chose.
package testop

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// A User is somebody with an account.
type User struct {
	Subject  string
	Email    string
	Verified bool
	Groups   []string
}

// Config is what Start needs.
type Config struct {
	ClientID string
	Addr     string        // where it listens; a free port of loopback if empty
	Lifetime time.Duration // of its tokens; 5 minutes if zero
}

// A Provider is running.
type Provider struct {
	URL string // the issuer

	cfg    Config
	server *http.Server

	mu      sync.Mutex // guards the rest
	user    User
	keys    []key // the last one signs
	logins  map[string]*login
	codes   map[string]string // to IDs of logins
	devices map[string]*op.DeviceAuthorizationState
	renewal map[string]*grant
	asked   map[string]int
}

// Start starts one.
func Start(cfg Config) (*Provider, error) {
	if cfg.Lifetime == 0 {
		cfg.Lifetime = 5 * time.Minute
	}
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("testop: %w", err)
	}
	p := &Provider{
		URL: "http://" + l.Addr().String(), cfg: cfg, asked: map[string]int{},
		logins: map[string]*login{}, codes: map[string]string{}, devices: map[string]*op.DeviceAuthorizationState{}, renewal: map[string]*grant{},
	}
	p.Rotate()
	handler, err := p.handler()
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("testop: %w", err)
	}
	p.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go p.server.Serve(l)
	return p, nil
}

func (p *Provider) handler() (http.Handler, error) {
	cfg := &op.Config{
		CodeMethodS256: true, GrantTypeRefreshToken: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{Lifetime: time.Minute, PollInterval: time.Second, UserFormPath: "/device", UserCode: op.UserCodeBase20},
	}
	if _, err := rand.Read(cfg.CryptoKey[:]); err != nil {
		return nil, err
	}
	provider, err := op.NewProvider(cfg, &storage{p}, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	back := op.AuthCallbackURL(provider)
	mux.Handle("GET /login", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		p.mu.Lock()
		if l := p.logins[id]; l != nil {
			l.user, l.done, l.at = p.user.Subject, true, time.Now()
		}
		p.mu.Unlock()
		http.Redirect(w, r, back(r.Context(), id), http.StatusFound)
	}))
	mux.HandleFunc("GET /device", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		d := p.devices["user "+r.FormValue("user_code")]
		if d == nil {
			http.Error(w, "no such code", http.StatusNotFound)
			return
		}
		d.Subject, d.Done, d.AuthTime = p.user.Subject, true, time.Now()
	})
	mux.Handle("/", provider)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		p.mu.Unlock()
		mux.ServeHTTP(w, r)
	}), nil
}

// Close ends it.
func (p *Provider) Close() error { return p.server.Close() }

// Login makes u whoever comes to the login page from now on.
func (p *Provider) Login(u User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.user = u
}

// Asked is how often its keys were asked for.
func (p *Provider) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked["/keys"]
}

// Rotate makes a new key and signs with it from now on. Tokens by the key before stay good.
func (p *Provider) Rotate() {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // it does not fail
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, key{fmt.Sprintf("key%d", len(p.keys)+1), private})
}

// Withdraw takes all keys back but the last.
func (p *Provider) Withdraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = p.keys[len(p.keys)-1:]
}

// Sign signs claims by the provider's key, whatever they say: what a test wants to see refused.
func (p *Provider) Sign(claims map[string]any) (string, error) {
	k := p.signing()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}}, nil)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

func (p *Provider) signing() key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[len(p.keys)-1]
}

// A Browser follows redirects, as a person's would.
func (p *Provider) Browser(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("testop: %s: status %d", url, res.StatusCode)
	}
	return nil
}
