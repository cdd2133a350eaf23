package ca_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/ca"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const year = 365 * 24 * time.Hour

func authority(t *testing.T) ca.Pair {
	t.Helper()
	p, err := ca.Init("Acme's mirror", now, 10*year)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t *testing.T, b []byte) (*x509.Certificate, []byte) {
	t.Helper()
	block, rest := pem.Decode(b)
	if block == nil {
		t.Fatal("no PEM")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c, rest
}

// A certificate is good for its hosts, as a server's, by its authority, for its time.
func TestIssue(t *testing.T) {
	root := authority(t)
	p, err := ca.Issue(root, []string{"Registry-1.Docker.IO", "*.mirror.example", "127.0.0.1", "::1"}, now, year)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(p.Cert, p.Key); err != nil {
		t.Errorf("no pair: %v", err)
	}
	leaf, rest := parse(t, p.Cert)
	if chain, _ := parse(t, rest); !chain.IsCA {
		t.Error("the authority does not follow in the chain")
	}
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(root.Cert)
	others.AppendCertsFromPEM(authority(t).Cert)
	for name, c := range map[string]struct {
		options x509.VerifyOptions
		good    bool
	}{
		"a host":            {x509.VerifyOptions{DNSName: "registry-1.docker.io"}, true},
		"below a wildcard":  {x509.VerifyOptions{DNSName: "a.mirror.example"}, true},
		"an address":        {x509.VerifyOptions{DNSName: "127.0.0.1"}, true},
		"an IPv6 address":   {x509.VerifyOptions{DNSName: "::1"}, true},
		"a slow clock":      {x509.VerifyOptions{CurrentTime: now.Add(-time.Minute)}, true},
		"another host":      {x509.VerifyOptions{DNSName: "docker.io"}, false},
		"another authority": {x509.VerifyOptions{Roots: others}, false},
		"too late":          {x509.VerifyOptions{CurrentTime: now.Add(year + time.Minute)}, false},
		"as a client's":     {x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, false},
	} {
		o := c.options
		if o.Roots == nil {
			o.Roots = roots
		}
		if o.CurrentTime.IsZero() {
			o.CurrentTime = now
		}
		if _, err := leaf.Verify(o); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A leaf vouches for nobody.
	if _, err := ca.Issue(p, []string{"a"}, now, year); err == nil {
		t.Error("a leaf issues a certificate")
	}
}

// No certificate outlives its authority.
func TestLife(t *testing.T) {
	root := authority(t)
	p, err := ca.Issue(root, []string{"a"}, now.Add(9*year), 5*year)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, _ := parse(t, p.Cert); leaf.NotAfter.After(now.Add(10 * year)) {
		t.Errorf("it ends on %s", leaf.NotAfter)
	}
	if _, err := ca.Issue(root, []string{"a"}, now.Add(11*year), year); err == nil {
		t.Error("an authority that has ended issues a certificate")
	}
}

func TestRefuses(t *testing.T) {
	root := authority(t)
	for _, host := range []string{"", "a b", "-a", "a..b", "https://a", "a/b", "*", "a.*.b", strings.Repeat("a", 64), strings.Repeat("a.", 200) + "a", "a\nb"} {
		if _, err := ca.Issue(root, []string{host}, now, year); err == nil {
			t.Errorf("%q is taken for a host", host)
		}
	}
	for name, p := range map[string]ca.Pair{
		"nothing": {}, "no key": {Cert: root.Cert, Key: root.Cert}, "another's key": {Cert: root.Cert, Key: authority(t).Key}, "no certificate": {Cert: root.Key, Key: root.Key},
	} {
		if _, err := ca.Issue(p, []string{"a"}, now, year); err == nil {
			t.Errorf("%s is taken for an authority", name)
		}
	}
	if _, err := ca.Issue(root, nil, now, year); err == nil {
		t.Error("a certificate for nobody")
	}
	if _, err := ca.Init(" ", now, year); err == nil {
		t.Error("an authority without a name")
	}
	if _, err := ca.Init("x", now, 0); err == nil {
		t.Error("an authority without a life")
	}
}
