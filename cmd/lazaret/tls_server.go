package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/clientauth"
)

// A serverTLS is what the registry API speaks TLS with. All of its files may be written
// anew while the mirror serves; what cannot be read leaves what was read last in force.
type serverTLS struct {
	main   *keyPair // for names that no other is for; nil: none
	dir    string   // of the others; "": none
	ca     string   // of clients; "": they are asked for no certificate
	policy tls.ClientAuthType
	log    *slog.Logger

	mu     sync.Mutex // guards what follows
	pairs  map[string]*keyPair
	config *tls.Config // with the authorities as they last were
	was    stamp
}

// newServerTLS reads all files: one that cannot be used at the start is an error. Without
// certificates it returns nil.
func newServerTLS(cfg config.Config, log *slog.Logger) (*tls.Config, error) {
	if !cfg.TLS() {
		return nil, nil
	}
	s := &serverTLS{dir: cfg.TLSDir, ca: cfg.TLSClientCA, log: log, pairs: map[string]*keyPair{}}
	if cfg.TLSCert != "" {
		var err error
		if s.main, err = newKeyPair(cfg.TLSCert, cfg.TLSKey, log); err != nil {
			return nil, err
		}
	}
	if err := s.list(); err != nil {
		return nil, err
	}
	if s.main == nil && len(s.pairs) == 0 {
		return nil, fmt.Errorf("read the certificates: no NAME.crt with NAME.key in %s", s.dir)
	}
	out := &tls.Config{GetCertificate: s.certificate, MinVersion: tls.VersionTLS12}
	if s.ca == "" {
		return out, nil
	}
	// Where nothing but a certificate lets anybody in, the handshake says so best.
	s.policy = tls.VerifyClientCertIfGiven
	if cfg.ClientAuth == config.ClientAuthRequired && cfg.ClientPasswords == "" {
		s.policy = tls.RequireAndVerifyClientCert
	}
	if _, err := s.forClient(nil); err != nil {
		return nil, err
	}
	out.GetConfigForClient = s.forClient
	return out, nil
}

// list takes in the pairs of the folder that are new, and forgets those that are gone.
func (s *serverTLS) list() error {
	if s.dir == "" {
		return nil
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("read the certificates: %w", err)
	}
	var errs []error
	there := map[string]bool{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".crt")
		if !ok || e.IsDir() {
			continue
		}
		key := filepath.Join(s.dir, name+".key")
		if _, err := os.Stat(key); err != nil {
			continue // an authority's, or its key is still to come
		}
		there[name] = true
		if s.pairs[name] != nil {
			continue
		}
		pair, err := newKeyPair(filepath.Join(s.dir, e.Name()), key, s.log)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Name(), err))
			continue
		}
		s.pairs[name] = pair
	}
	for name := range s.pairs {
		if !there[name] {
			delete(s.pairs, name)
		}
	}
	return errors.Join(errs...)
}

// certificate is for tls.Config.GetCertificate: the folder's that is good for the name that
// is asked for, else the main one.
func (s *serverTLS) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	if err := s.list(); err != nil {
		s.log.Error("certificate not in force", "error", err.Error())
	}
	var names []string
	for name := range s.pairs {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	pairs := make([]*keyPair, 0, len(names))
	for _, name := range names {
		pairs = append(pairs, s.pairs[name])
	}
	s.mu.Unlock()
	if hello.ServerName == "" && s.main != nil {
		return s.main.certificate(hello)
	}
	for _, pair := range pairs {
		c, err := pair.certificate(hello)
		if err == nil && hello.SupportsCertificate(c) == nil {
			return c, nil
		}
	}
	if s.main == nil {
		return nil, fmt.Errorf("no certificate for %.100q", hello.ServerName)
	}
	return s.main.certificate(hello)
}

// forClient is for tls.Config.GetConfigForClient: the authorities of clients as they are. A
// change of them is another configuration, under which no session of an older one goes on.
func (s *serverTLS) forClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var now stamp
	if info, err := os.Stat(s.ca); err == nil {
		now = stamp{info.ModTime(), info.Size()}
	}
	if s.config != nil && now == s.was {
		return s.config, nil
	}
	s.was = now
	pool := x509.NewCertPool()
	if err := addAuthorities(pool, s.ca); err != nil {
		if s.config == nil {
			return nil, err
		}
		s.log.Error("certificate authorities of clients not in force", "error", err.Error())
		return s.config, nil
	}
	s.config = &tls.Config{GetCertificate: s.certificate, MinVersion: tls.VersionTLS12, ClientAuth: s.policy, ClientCAs: pool, NextProtos: []string{"h2", "http/1.1"}}
	return s.config, nil
}

// openClients makes what says who pulls; nil if nobody is asked and nobody gets tokens.
func openClients(cfg config.Config, log *slog.Logger) (*clientauth.Auth, error) {
	if cfg.ClientAuth == config.ClientAuthNone && cfg.TokenRealm == "" {
		return nil, nil
	}
	if cfg.ClientPasswords != "" && !cfg.TLS() {
		log.Warn("clients send their passwords in the clear: the mirror has no certificate (LAZARET_TLS_CERT)")
	}
	return clientauth.New(clientauth.Config{
		Mode: clientauth.Mode(cfg.ClientAuth), Passwords: cfg.ClientPasswords, Realm: cfg.TokenRealm, Key: []byte(cfg.ReportKey), Log: log,
	})
}

// pullHandler is the registry API, and the token service where there is one.
func pullHandler(registry http.Handler, cfg config.Config, clients *clientauth.Auth) http.Handler {
	realm, err := url.Parse(cfg.TokenRealm)
	if clients == nil || cfg.TokenRealm == "" || err != nil {
		return registry
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == realm.Path {
			clients.ServeToken(w, r)
			return
		}
		registry.ServeHTTP(w, r)
	})
}
