package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/ca"
)

// An authority issues certificates into a folder.
type authority struct {
	t    *testing.T
	root ca.Pair
	pool *x509.CertPool
	n    int64 // of writes, which a file system's clock may not tell apart
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	var err error
	if a.root, err = ca.Init("Acme", time.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a.pool.AppendCertsFromPEM(a.root.Cert)
	return a
}

func (a *authority) write(file string, b []byte) {
	a.t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		a.t.Fatal(err)
	}
	a.n++
	stamp := time.Unix(1_700_000_000+a.n, 0)
	if err := os.Chtimes(file, stamp, stamp); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes NAME.crt and NAME.key for hosts.
func (a *authority) issue(dir, name string, hosts ...string) {
	a.t.Helper()
	p, err := ca.Issue(a.root, hosts, time.Now(), time.Hour)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(filepath.Join(dir, name+".key"), p.Key)
	a.write(filepath.Join(dir, name+".crt"), p.Cert)
}

// client is a certificate of a client.
func (a *authority) client(name string, groups ...string) tls.Certificate {
	a.t.Helper()
	p, err := ca.IssueClient(a.root, name, groups, time.Now(), time.Hour)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := tls.X509KeyPair(p.Cert, p.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// Each name has its certificate, of those in the folder as it is now; what none is for has the main one.
func TestCertificateByName(t *testing.T) {
	org, dir, own := newAuthority(t), t.TempDir(), t.TempDir()
	org.issue(dir, "hub", "registry-1.docker.io", "auth.docker.io")
	org.issue(dir, "ghcr", "ghcr.io")
	org.write(filepath.Join(dir, "ca.crt"), org.root.Cert) // without a key: not ours to show
	org.issue(own, "mirror", "mirror.example.com")
	a := newReplica(t, "LAZARET_TLS_DIR="+dir, "LAZARET_TLS_CERT="+filepath.Join(own, "mirror.crt"), "LAZARET_TLS_KEY="+filepath.Join(own, "mirror.key"))
	shown := func(name string) string {
		t.Helper()
		conn, err := tls.Dial("tcp", a.pull.Addr().String(), &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if conn.ConnectionState().NegotiatedProtocol != "h2" {
			t.Error("no HTTP/2")
		}
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	for name, want := range map[string]string{
		"registry-1.docker.io": "registry-1.docker.io", "auth.docker.io": "registry-1.docker.io", "ghcr.io": "ghcr.io",
		"mirror.example.com": "mirror.example.com", "quay.io": "mirror.example.com", "": "mirror.example.com",
	} {
		if got := shown(name); got != want {
			t.Errorf("%q was shown that of %s, want %s", name, got, want)
		}
	}
	org.issue(dir, "quay", "quay.io")
	if got := shown("quay.io"); got != "quay.io" {
		t.Errorf("a new one: %s", got)
	}
	org.issue(dir, "ghcr", "ghcr.example.com", "ghcr.io")
	if got := shown("ghcr.io"); got != "ghcr.example.com" {
		t.Errorf("a renewed one: %s", got)
	}
	if err := os.Remove(filepath.Join(dir, "quay.crt")); err != nil {
		t.Fatal(err)
	}
	if got := shown("quay.io"); got != "mirror.example.com" {
		t.Errorf("one that is gone: %s", got)
	}
}

// A client's certificate lets it in where it must, by the authorities as they are now.
func TestClientCertificates(t *testing.T) {
	org, others, dir := newAuthority(t), newAuthority(t), t.TempDir()
	org.issue(dir, "mirror", "mirror.example.com", "127.0.0.1")
	authorities := filepath.Join(t.TempDir(), "clients.pem")
	org.write(authorities, org.root.Cert)
	a := newReplica(t, "LAZARET_TLS_DIR="+dir, "LAZARET_TLS_CLIENT_CA="+authorities, "LAZARET_CLIENT_AUTH=required")
	get := func(certs ...tls.Certificate) (status int, err error) {
		t.Helper()
		transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: org.pool, Certificates: certs}}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+a.pull.Addr().String()+"/v2/", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		res.Body.Close()
		return res.StatusCode, nil
	}
	ours, theirs := org.client("runner", "builders"), others.client("runner")
	if status, err := get(ours); status != http.StatusOK {
		t.Errorf("with a certificate: %d, %v", status, err)
	}
	if status, err := get(); err == nil {
		t.Errorf("without one: %d", status)
	}
	if status, err := get(theirs); err == nil {
		t.Errorf("with one of another authority: %d", status)
	}
	server, err := tls.LoadX509KeyPair(filepath.Join(dir, "mirror.crt"), filepath.Join(dir, "mirror.key"))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := get(server); err == nil {
		t.Errorf("with a server's: %d", status)
	}
	org.write(authorities, others.root.Cert)
	if status, err := get(theirs); status != http.StatusOK {
		t.Errorf("with one of the new authority: %d, %v", status, err)
	}
	if status, err := get(ours); err == nil {
		t.Errorf("with one of the old authority: %d", status)
	}
	org.write(authorities, []byte("half a certi"))
	if status, err := get(theirs); status != http.StatusOK {
		t.Errorf("while the file is broken: %d, %v", status, err)
	}
}
