package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair makes a certificate with a serial number, and writes it and its key.
func writePair(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mirror"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mirror"}}, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: b}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		// Two writes in one tick of the file system's clock are told apart by nothing else.
		stamp := time.Unix(1_700_000_000+serial, 0)
		if err := os.Chtimes(name, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
}

// A certificate that is renewed is in force at the next connection; one that is broken
// leaves the last in force; at the start it is an error.
func TestCertificateIsReloaded(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, cert, key, 1)
	a := newReplica(t, "LAZARET_TLS_CERT="+cert, "LAZARET_TLS_KEY="+key)
	serial := func(want int64) {
		t.Helper()
		conn, err := tls.Dial("tcp", a.pull.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		state := conn.ConnectionState()
		if got := state.PeerCertificates[0].SerialNumber.Int64(); got != want {
			t.Errorf("serial number %d, want %d", got, want)
		}
		if state.NegotiatedProtocol != "h2" {
			t.Errorf("protocol %q", state.NegotiatedProtocol)
		}
	}
	serial(1)
	writePair(t, cert, key, 2)
	serial(2)
	if err := os.WriteFile(key, []byte("half a ke"), 0o600); err != nil {
		t.Fatal(err)
	}
	serial(2)
	writePair(t, cert, key, 3)
	serial(3)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	cfg := withFreePorts(a.cfg)
	cfg.DataDir, cfg.SpoolDir = t.TempDir(), t.TempDir()
	if _, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "read the certificate") {
		t.Errorf("without a key: %v", err)
	}
}
