// Package clientauth says who pulls: by a certificate that an authority of the mirror's
// administrator signed, by a password, or by a token that this package gave for one.
//
// It promises that a name is given to nobody who has not shown one of these, and that
// credentials which are wrong are an error, never nobody. It trusts the files that it is given, and the
// TLS stack that verified a certificate. It knows no repositories: what somebody may have is the
// policy's affair.
//
// Use New, then Identify for each request; Challenge for what it turns away; ServeToken where
// Config.Realm points.
package clientauth

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Errors of Identify.
var (
	ErrNoCredentials  = errors.New("clientauth: no credentials")
	ErrBadCredentials = errors.New("clientauth: these credentials are not valid, or not any more")
)

// tokenLife is for how long a token is good, as Docker Hub's are.
const tokenLife = 5 * time.Minute

// A Mode says whether clients are asked who they are.
type Mode string

// The modes.
const (
	None     Mode = "none"     // nobody is
	Optional Mode = "optional" // who says so must be who they say; others are nobody in particular
	Required Mode = "required" // all are
)

// Config is what New needs. Only Mode must be set.
type Config struct {
	Mode      Mode
	Passwords string // a file as htpasswd -B makes it (bcrypt), read again when it changes; "": none
	// Realm is the URL of the token service that challenges name, where ServeToken is to be; "": there
	// is none, and challenges ask for a password (RFC 7617).
	Realm string
	// Key makes the key that signs tokens, the same on every replica; nil: one of this process.
	Key []byte
	Log *slog.Logger     // nil: none
	Now func() time.Time // nil: time.Now
}

// An Auth says who sends a request. It may be used by many goroutines at once.
type Auth struct {
	cfg       Config
	service   string // that tokens are for
	key       []byte
	passwords *passwords // nil: none
}

// New makes an Auth. A file of passwords that cannot be used is an error.
func New(cfg Config) (*Auth, error) {
	switch cfg.Mode {
	case None, Optional, Required:
	default:
		return nil, fmt.Errorf("clientauth: no mode %.40q", cfg.Mode)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &Auth{cfg: cfg, key: make([]byte, 32)}
	if cfg.Realm != "" {
		u, err := url.Parse(cfg.Realm)
		if err != nil || u.Host == "" {
			return nil, errors.New("clientauth: the realm is no URL")
		}
		a.service = u.Hostname()
	}
	if len(cfg.Key) > 0 {
		var err error
		if a.key, err = hkdf.Key(sha256.New, cfg.Key, nil, "lazaret client tokens", 32); err != nil {
			return nil, fmt.Errorf("clientauth: make a key: %w", err)
		}
	} else if _, err := rand.Read(a.key); err != nil {
		return nil, fmt.Errorf("clientauth: make a key: %w", err)
	}
	if cfg.Passwords != "" {
		var err error
		if a.passwords, err = openPasswords(cfg.Passwords, cfg.Log); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Identify says who sends a request, "" for nobody in particular, and which groups they are
// of: a certificate's are its organizational units. An Authorization header goes before a certificate.
// ErrNoCredentials if they must say, ErrBadCredentials if what they say is not so.
func (a *Auth) Identify(r *http.Request) (name string, groups []string, err error) {
	if a.cfg.Mode == None {
		return "", nil, nil
	}
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", nil, ErrBadCredentials
	}
	if len(headers) == 0 {
		if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
			return ofCertificate(r.TLS.VerifiedChains[0][0])
		}
		if a.cfg.Mode == Required || a.cfg.Realm != "" { // where there are tokens, nobody in particular has one too
			return "", nil, ErrNoCredentials
		}
		return "", nil, nil
	}
	if scheme, token, _ := strings.Cut(headers[0], " "); strings.EqualFold(scheme, "bearer") && a.cfg.Realm != "" {
		return a.ofToken(strings.TrimSpace(token))
	}
	user, password, ok := r.BasicAuth()
	if !ok || a.passwords == nil || !a.passwords.match(r.Context(), user, password) {
		return "", nil, ErrBadCredentials
	}
	return user, nil, nil
}

// ofCertificate reads a certificate that was verified.
func ofCertificate(c *x509.Certificate) (name string, groups []string, err error) {
	name = c.Subject.CommonName
	if name == "" && len(c.DNSNames) > 0 {
		name = c.DNSNames[0]
	}
	if name == "" && len(c.URIs) > 0 {
		name = c.URIs[0].String()
	}
	if !valid(name) {
		return "", nil, fmt.Errorf("%w: the certificate has no name that can be used", ErrBadCredentials)
	}
	return name, c.Subject.OrganizationalUnit, nil
}

// maxName bounds a name, in bytes: it goes into records and logs.
const maxName = 255

func valid(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Challenge is the WWW-Authenticate of a 401, for what Identify turned away: Basic, or the
// token service's (RFC 6750, section 3; distribution.github.io/distribution/spec/auth/token).
// scope is what a token is asked for, "repository:library/nginx:pull"; it may be empty.
func (a *Auth) Challenge(scope string, cause error) string {
	if a.cfg.Realm == "" {
		return `Basic realm="Lazaret", charset="UTF-8"`
	}
	c := fmt.Sprintf(`Bearer realm=%q,service=%q`, a.cfg.Realm, a.service)
	if scope != "" {
		c += fmt.Sprintf(`,scope=%q`, scope)
	}
	if errors.Is(cause, ErrBadCredentials) {
		c += `,error="invalid_token"`
	}
	return c
}

// claims are what a token says beside what all tokens say.
type claims struct {
	jwt.Claims
	Groups []string `json:"groups,omitempty"`
}

// ServeToken gives a token to whoever shows a certificate or a password, and, unless all
// must, to anybody. It says who they are; which repositories are asked for does not matter.
func (a *Auth) ServeToken(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet { // OAuth 2's way, after which clients fall back to GET
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name, groups, err := a.forToken(r)
	if err != nil {
		a.cfg.Log.Warn("no token", "client", r.RemoteAddr, "error", err.Error())
		w.Header().Set("WWW-Authenticate", `Basic realm="Lazaret", charset="UTF-8"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"details": "a name and a password of this mirror are needed, or those given are not valid"})
		return
	}
	token, err := a.token(name, groups)
	if err != nil {
		a.cfg.Log.Error("no token", "error", err.Error())
		writeJSON(w, http.StatusInternalServerError, map[string]string{"details": "internal error"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"token": token, "access_token": token, "expires_in": int(tokenLife / time.Second), "issued_at": a.cfg.Now().UTC().Format(time.RFC3339),
	})
}

// forToken is Identify where a token is asked for, which cannot need one.
func (a *Auth) forToken(r *http.Request) (string, []string, error) {
	if a.cfg.Mode == Optional && r.Header.Get("Authorization") == "" && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) {
		return "", nil, nil
	}
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") && a.cfg.Mode != None {
		return "", nil, ErrBadCredentials // no token prolongs itself
	}
	return a.Identify(r)
}

func (a *Auth) token(name string, groups []string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: a.key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("clientauth: sign: %w", err)
	}
	now := a.cfg.Now()
	token, err := jwt.Signed(signer).Claims(claims{
		Claims: jwt.Claims{
			Issuer: "lazaret", Audience: jwt.Audience{a.service}, Subject: name,
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
		},
		Groups: groups,
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("clientauth: sign: %w", err)
	}
	return token, nil
}

// ofToken reads a token.
func (a *Auth) ofToken(raw string) (string, []string, error) {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return "", nil, ErrBadCredentials
	}
	var c claims
	if err := token.Claims(a.key, &c); err != nil {
		return "", nil, ErrBadCredentials
	}
	if err := c.ValidateWithLeeway(jwt.Expected{Issuer: "lazaret", AnyAudience: jwt.Audience{a.service}, Time: a.cfg.Now()}, 0); err != nil {
		return "", nil, ErrBadCredentials
	}
	if c.Expiry == nil || c.Subject == "" && a.cfg.Mode == Required {
		return "", nil, ErrBadCredentials
	}
	return c.Subject, c.Groups, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone
}
