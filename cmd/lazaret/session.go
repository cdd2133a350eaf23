package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/login"
	"github.com/lazaret/lazaret/internal/records"
)

// A session is a way to the Admin API: a server's, or this process's own over the records of
// the settings. What is done is the same code.
type session struct {
	api    *client.ClientWithResponses
	server string // its URL; "" for this process
	nobody bool   // the server is shown no token

	stored *offline // what a mirror keeps here, for this process's own API; nil of a server
}

// An access is a server and what opens it.
type access struct {
	server string
	token  string // "": nothing
}

// with runs do on the Admin API that the environment, the login or --local says.
func (d *desk) with(ctx context.Context, do func(*session) error) error {
	cfg, err := config.Load(d.t.env)
	if err != nil {
		return usage(err)
	}
	if d.local {
		return d.withRecords(ctx, cfg, do)
	}
	to, err := d.t.access(ctx, cfg)
	if errors.Is(err, login.ErrNone) {
		return d.withRecords(ctx, cfg, do)
	}
	if err != nil {
		return err
	}
	if d.author != "" && to.token != "" {
		return usage(fmt.Errorf("--author: %s knows by your token who you are", to.server))
	}
	s, err := to.session()
	if err != nil {
		return err
	}
	return do(s)
}

// access is the server that commands speak to, with its token; login.ErrNone if there is no
// server.
func (t terminal) access(ctx context.Context, cfg config.Config) (access, error) {
	to := access{strings.TrimSuffix(cfg.Server, "/"), string(cfg.Token)}
	if to.server != "" && to.token != "" {
		return to, nil
	}
	file := login.File(t.variable)
	kept, err := login.Load(file)
	switch {
	case errors.Is(err, login.ErrNone) && to.server != "":
		return to, nil
	case errors.Is(err, login.ErrNone) && to.token != "":
		return to, usage(errors.New("LAZARET_TOKEN is set: for which server? Set LAZARET_SERVER too"))
	case err != nil:
		return to, err
	}
	to.server = cmp.Or(to.server, kept.Server)
	if to.token == "" && to.server == kept.Server { // a token is for one server
		to.token, err = t.keptToken(ctx, file, kept)
	}
	return to, err
}

// keptToken is the token of a login, renewed if its time is up.
func (t terminal) keptToken(ctx context.Context, file string, c login.Credentials) (string, error) {
	if c.Session == nil || c.Issuer == nil {
		return c.Token, nil
	}
	const early = 30 * time.Second // for the way to the server
	if time.Now().Add(early).Before(c.Session.Expires) {
		return c.Session.IDToken, nil
	}
	if c.Session.Refresh == "" {
		return "", &exitCode{exitAccess, fmt.Errorf("the login at %s has ended: lazaret login --oidc %s", c.Issuer.URL, c.Server)}
	}
	fresh, err := c.Issuer.Renew(ctx, *c.Session)
	if err != nil {
		return "", &exitCode{exitAccess, fmt.Errorf("%w; log in again: lazaret login --oidc %s", err, c.Server)}
	}
	fresh.Refresh = cmp.Or(fresh.Refresh, c.Session.Refresh) // not every issuer gives a new one
	c.Session = &fresh
	if err := login.Save(file, c); err != nil {
		fmt.Fprintf(t.stderr, "lazaret: %v\n", err) // this command can go on
	}
	return fresh.IDToken, nil
}

// session makes a session with a server. What is sent goes there and nowhere else: redirects
// are not followed.
func (to access) session() (*session, error) {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
	}
	return newSession(to.server, to.token, &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

func newSession(server, token string, h *http.Client) (*session, error) {
	api, err := client.NewClientWithResponses(server, client.WithHTTPClient(h), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("User-Agent", "lazaret/"+version())
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return nil
	}))
	if err != nil {
		return nil, usage(err)
	}
	return &session{api: api, server: server, nobody: token == ""}, nil
}

// withRecords runs do on this process's own API, over the database of the settings, which must
// be there: a mirror makes it. Whoever can open that can do all, and is known by their name here.
func (d *desk) withRecords(ctx context.Context, cfg config.Config, do func(*session) error) error {
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "records.db")); cfg.DatabaseURL == "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no records: there is no records.db in LAZARET_DATA_DIR (%s), LAZARET_DATABASE_URL is not set, and nobody is logged in to a server (lazaret login)", cfg.DataDir)
	}
	if d.changes && d.user() == "" {
		return usage(errNobody)
	}
	cfg.LogLevel = max(cfg.LogLevel, slog.LevelWarn) // people read this
	log := newLogger(d.t.stderr, cfg)
	r, err := records.Open(ctx, recordsConfig(cfg, log))
	if err != nil {
		return fmt.Errorf("open records: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	stored := &offline{t: d.t, cfg: cfg, records: r}
	defer stored.close(ctx)
	handler := admin.NewAPI(admin.Config{
		Records: r, Auth: localUser(d.user()), Registry: cfg.UpstreamRegistry, Others: upstreams(cfg.Registries).others(), Issuer: issuerOf(cfg),
		Version: version(), Log: log, Policies: stored,
	})
	s, err := newSession("http://local", "", &http.Client{Transport: &inProcess{handler, "cli " + host}})
	if err == nil {
		s.server, s.nobody, s.stored = "", false, stored
		err = do(s)
	}
	return errors.Join(err, r.Close(ctx))
}

// A localUser is whoever works on this machine, by name. They may do all: they can open the
// database as well.
type localUser string

// Authenticate implements auth.Authenticator.
func (u localUser) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Name: cmp.Or(string(u), "local"), Role: auth.Admin, Via: "local"}, nil
}

// errNobody says that nobody can be put down as who changed something.
var errNobody = errors.New("who are you? Give --author, or set USER")

// inProcess carries requests to a handler in this process.
type inProcess struct {
	handler http.Handler
	from    string // as if it were an address
}

// RoundTrip implements http.RoundTripper.
func (t *inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	r := req.Clone(req.Context())
	r.RemoteAddr, r.Host, r.RequestURI = t.from, req.URL.Host, req.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}}
	t.handler.ServeHTTP(w, r)
	return w.response(req), nil
}
