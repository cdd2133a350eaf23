package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// A keyPair is a certificate and its key in files, which whoever renews it writes anew
// while the mirror serves. It is safe for many handshakes at once.
type keyPair struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex // guards what follows
	loaded *tls.Certificate
	was    [2]stamp
}

// A stamp tells one state of a file from another.
type stamp struct {
	time time.Time
	size int64
}

// newKeyPair reads the files: one that cannot be used at the start is an error.
func newKeyPair(certFile, keyFile string, log *slog.Logger) (*keyPair, error) {
	k := &keyPair{certFile: certFile, keyFile: keyFile, log: log}
	if err := k.load(k.stamps()); err != nil {
		return nil, err
	}
	return k, nil
}

// certificate is for tls.Config.GetCertificate: the files as they are now, or, while they
// cannot be used, as they last could.
func (k *keyPair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.stamps(); now != k.was {
		if err := k.load(now); err != nil {
			k.log.Error("certificate not in force", "error", err.Error())
		} else {
			k.log.Info("certificate", "file", k.certFile)
		}
	}
	return k.loaded, nil
}

// load reads the files, which are in the state now. A pair that does not fit, as between
// two writes, is not tried again before one of them changes.
func (k *keyPair) load(now [2]stamp) error {
	k.was = now
	pair, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	k.loaded = &pair
	return nil
}

func (k *keyPair) stamps() (out [2]stamp) {
	for i, name := range []string{k.certFile, k.keyFile} {
		if info, err := os.Stat(name); err == nil {
			out[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return out
}
