// Package login keeps the command line's credentials, and gets them from an OIDC issuer.
//
// It promises that what it keeps is readable by its owner alone, and that a token is sent to the
// server that it was kept for and to no other.
package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// An Issuer is where people of a server log in, as the server says.
type Issuer struct {
	URL      string   `json:"url"`
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes"`
}

// A Session is what an issuer gave.
type Session struct {
	IDToken string    `json:"id_token"`
	Refresh string    `json:"refresh_token,omitempty"` // "": log in again
	Expires time.Time `json:"expires"`                 // when the ID token does
}

// discover asks the issuer where its endpoints are.
func (i Issuer) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p, err := oidc.NewProvider(ctx, i.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("login: ask %s: %w", i.URL, err)
	}
	return p, &oauth2.Config{ClientID: i.ClientID, Endpoint: p.Endpoint(), Scopes: i.Scopes}, nil
}

// session takes the ID token out of an answer. Whether it is good is for the server to say;
// that it is for this client is looked at here, so that a wrong set-up is found at once.
func (i Issuer) session(ctx context.Context, p *oidc.Provider, t *oauth2.Token, nonce string) (Session, error) {
	raw, ok := t.Extra("id_token").(string)
	if !ok {
		return Session{}, fmt.Errorf("login: %s gave no ID token: is the scope openid asked for?", i.URL)
	}
	got, err := p.VerifierContext(ctx, &oidc.Config{ClientID: i.ClientID}).Verify(ctx, raw)
	if err != nil {
		return Session{}, fmt.Errorf("login: the ID token: %w", err)
	}
	if nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(got.Nonce)) != 1 {
		return Session{}, errors.New("login: the ID token is for another login")
	}
	return Session{IDToken: raw, Refresh: t.RefreshToken, Expires: got.Expiry.UTC()}, nil
}

// Browse logs in by a browser on this machine: authorization code with PKCE (RFC 7636), and
// back to a port of loopback (RFC 8252, section 7.3). show is called with the address to open.
func (i Issuer) Browse(ctx context.Context, show func(url string)) (Session, error) {
	p, cfg, err := i.discover(ctx)
	if err != nil {
		return Session{}, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Session{}, fmt.Errorf("login: listen for the browser: %w", err)
	}
	cfg.RedirectURL = "http://" + l.Addr().String() + "/callback"
	verifier, state, nonce := oauth2.GenerateVerifier(), rand.Text(), rand.Text()
	back := make(chan answer, 1)
	srv := &http.Server{Handler: callback(state, back), ReadHeaderTimeout: 10 * time.Second}
	go srv.Serve(l)
	defer srv.Shutdown(context.WithoutCancel(ctx)) // the browser's page first
	show(cfg.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce)))
	select {
	case <-ctx.Done():
		return Session{}, fmt.Errorf("login: wait for the browser: %w", ctx.Err())
	case got := <-back:
		if got.err != nil {
			return Session{}, got.err
		}
		t, err := cfg.Exchange(ctx, got.code, oauth2.VerifierOption(verifier))
		if err != nil {
			return Session{}, fmt.Errorf("login: %w", err)
		}
		return i.session(ctx, p, t, nonce)
	}
}

// An answer is what the browser brings back.
type answer struct {
	code string
	err  error
}

// callback takes the first answer to the question that has state; others are nobody's.
func callback(state string, back chan<- answer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.FormValue("state")), []byte(state)) != 1 {
			http.Error(w, "This is not the login that was begun.", http.StatusBadRequest)
			return
		}
		got := answer{code: r.FormValue("code")}
		if got.code == "" {
			got.err = fmt.Errorf("login: the issuer says %.200q %.500q", r.FormValue("error"), r.FormValue("error_description"))
		}
		select {
		case back <- got:
		default: // a second time
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "That is all. You can close this page and go back to the terminal.")
	})
	return mux
}

// Device logs in by a browser on any machine (RFC 8628). show is called with the address to
// open and the code to enter there.
func (i Issuer) Device(ctx context.Context, show func(url, code string)) (Session, error) {
	p, cfg, err := i.discover(ctx)
	if err != nil {
		return Session{}, err
	}
	if cfg.Endpoint.DeviceAuthURL == "" {
		return Session{}, fmt.Errorf("login: %s knows no device flow", i.URL)
	}
	d, err := cfg.DeviceAuth(ctx)
	if err != nil {
		return Session{}, fmt.Errorf("login: %w", err)
	}
	show(d.VerificationURI, d.UserCode)
	t, err := cfg.DeviceAccessToken(ctx, d)
	if err != nil {
		return Session{}, fmt.Errorf("login: %w", err)
	}
	return i.session(ctx, p, t, "")
}

// Renew gets a new session for an old one.
func (i Issuer) Renew(ctx context.Context, old Session) (Session, error) {
	p, cfg, err := i.discover(ctx)
	if err != nil {
		return Session{}, err
	}
	t, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: old.Refresh}).Token()
	if err != nil {
		return Session{}, fmt.Errorf("login: renew: %w", err)
	}
	return i.session(ctx, p, t, "")
}
