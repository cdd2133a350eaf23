// Package ca makes an organisation's certificate authority, and certificates of it for
// the names that a mirror answers by.
//
// A certificate of it is good for a server by the names it was issued for, or for a client
// by its own, and for nothing else. The authority can vouch for any name: its key is worth what every host that
// trusts it is worth, and nobody but Issue's caller needs it. Profiles are those of RFC 5280.
package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Pair is a certificate, or a chain with the leaf first, and its key; PEM.
type Pair struct{ Cert, Key []byte }

// skew is by how much a certificate is good before it was made, since clocks differ.
const skew = time.Hour

// Init makes an authority that is good from now on. It vouches for leaves alone.
func Init(name string, now time.Time, life time.Duration) (Pair, error) {
	if strings.TrimSpace(name) == "" || life <= 0 {
		return Pair{}, errors.New("ca: an authority has a name and a life")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("ca: make a key: %w", err)
	}
	t, err := template(name, now, life)
	if err != nil {
		return Pair{}, err
	}
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return sign(t, t, key.Public(), key, key, nil)
}

// Issue makes a certificate for hosts: DNS names, "*." before one allowed, and addresses. It
// is good from now on, and never longer than the authority is. Errors: an authority that is
// none, has ended or does not fit its key; a host that is none.
func Issue(authority Pair, hosts []string, now time.Time, life time.Duration) (Pair, error) {
	if len(hosts) == 0 {
		return Pair{}, errors.New("ca: a certificate has a host")
	}
	t, err := template(hosts[0], now, life)
	if err != nil {
		return Pair{}, err
	}
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else if validHost(h) {
			t.DNSNames = append(t.DNSNames, strings.ToLower(h))
		} else {
			return Pair{}, fmt.Errorf("ca: %.100q is neither the name of a host nor an address", h)
		}
	}
	return leaf(authority, t, now, life)
}

// IssueClient makes a certificate by which a client shows its name and its groups, the common
// name and the organizational units; it is good for nothing else. Errors are Issue's.
func IssueClient(authority Pair, name string, groups []string, now time.Time, life time.Duration) (Pair, error) {
	for _, s := range append([]string{name}, groups...) {
		if strings.TrimSpace(s) == "" || len(s) > maxName {
			return Pair{}, fmt.Errorf("ca: %.100q is no name of at most %d bytes", s, maxName)
		}
	}
	t, err := template(name, now, life)
	if err != nil {
		return Pair{}, err
	}
	t.Subject.OrganizationalUnit, t.ExtKeyUsage = groups, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return leaf(authority, t, now, life)
}

// leaf signs a certificate that is no authority's.
func leaf(authority Pair, t *x509.Certificate, now time.Time, life time.Duration) (Pair, error) {
	parent, signer, err := open(authority)
	if err != nil {
		return Pair{}, err
	}
	if life <= 0 {
		return Pair{}, errors.New("ca: a certificate has a life")
	}
	if now.After(parent.NotAfter) {
		return Pair{}, fmt.Errorf("ca: the authority ended on %s", parent.NotAfter.Format(time.DateOnly))
	}
	t.NotAfter, t.KeyUsage = now.Add(min(life, parent.NotAfter.Sub(now))), x509.KeyUsageDigitalSignature
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("ca: make a key: %w", err)
	}
	return sign(t, parent, key.Public(), signer, key, authority.Cert)
}

// label is one of a host's name, RFC 1123, section 2.1.
var label = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

func validHost(h string) bool {
	labels := strings.Split(strings.TrimPrefix(h, "*."), ".")
	return len(h) <= 253 && !slices.ContainsFunc(labels, func(l string) bool { return !label.MatchString(l) })
}

// maxName is ub-common-name and ub-organizational-unit-name, RFC 5280, appendix A.1.
const maxName = 64

// template is what all certificates have.
func template(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("ca: make a serial number: %w", err)
	}
	if len(name) > maxName {
		name = name[:maxName]
	}
	return &x509.Certificate{SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-skew), NotAfter: now.Add(life)}, nil
}

// sign makes the pair of a certificate and its own key. chain follows the certificate.
func sign(t, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer, own *ecdsa.PrivateKey, chain []byte) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, public, signer)
	if err != nil {
		return Pair{}, fmt.Errorf("ca: sign: %w", err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return Pair{}, fmt.Errorf("ca: write the key: %w", err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return Pair{append(cert, chain...), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})}, nil
}

// open reads an authority.
func open(p Pair) (*x509.Certificate, crypto.Signer, error) {
	c, _ := pem.Decode(p.Cert)
	k, _ := pem.Decode(p.Key)
	if c == nil || k == nil {
		return nil, nil, errors.New("ca: the authority's files are not PEM")
	}
	cert, err := x509.ParseCertificate(c.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("ca: the authority's certificate: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(k.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("ca: the authority's key: %w", err)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, nil, errors.New("ca: the authority's key does not sign")
	}
	if public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool }); !cert.IsCA || !ok || !public.Equal(cert.PublicKey) {
		return nil, nil, errors.New("ca: that is no authority, or not its key")
	}
	return cert, key, nil
}
