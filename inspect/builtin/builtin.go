// Package builtin lists the detectors that Lazaret is built with.
package builtin

import (
	"fmt"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/backdoor"
	"github.com/lazaret/lazaret/inspect/dnshijack"
	"github.com/lazaret/lazaret/inspect/domain"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/inspect/forwarder"
	"github.com/lazaret/lazaret/inspect/hackingtool"
	"github.com/lazaret/lazaret/inspect/malware"
	"github.com/lazaret/lazaret/inspect/miner"
	"github.com/lazaret/lazaret/inspect/proxyavoid"
	"github.com/lazaret/lazaret/inspect/script"
	"github.com/lazaret/lazaret/inspect/secret"
	"github.com/lazaret/lazaret/inspect/sshkey"
)

// Detectors makes one of each detector, without feeds. An error means that rule data the
// program was built with is broken.
func Detectors() ([]inspect.Detector, error) { return New(Config{}) }

// WithFeeds makes one of each detector, with what is on feeds, which may be nil.
func WithFeeds(feeds *feed.Set) ([]inspect.Detector, error) { return New(Config{Feeds: feeds}) }

// Config is what detectors need beside their own data.
type Config struct {
	Feeds *feed.Set // may be nil
	// FingerprintKey makes the fingerprints of secrets in reports an installation's own: whoever
	// knows a report and not the key cannot test guesses of a secret by it. It is part of
	// the rule set, so replicas that share reports need the same. Without one, only what is
	// too long to be guessed has a fingerprint.
	FingerprintKey []byte
}

// New makes one of each detector.
func New(cfg Config) ([]inspect.Detector, error) {
	var out []inspect.Detector
	for _, d := range []struct {
		name string
		make func() (inspect.Detector, error)
	}{
		{"backdoor", func() (inspect.Detector, error) { return backdoor.New() }},
		{"dnshijack", func() (inspect.Detector, error) { return dnshijack.New() }},
		{"domain", func() (inspect.Detector, error) { return domain.New(cfg.Feeds) }},
		{"forwarder", func() (inspect.Detector, error) { return forwarder.New() }},
		{"hackingtool", func() (inspect.Detector, error) { return hackingtool.New() }},
		{"malware", func() (inspect.Detector, error) { return malware.New() }},
		{"miner", func() (inspect.Detector, error) { return miner.New() }},
		{"proxyavoid", func() (inspect.Detector, error) { return proxyavoid.New() }},
		{"script", func() (inspect.Detector, error) { return script.New(), nil }},
		{"secret", func() (inspect.Detector, error) { return secret.New(cfg.FingerprintKey) }},
		{"sshkey", func() (inspect.Detector, error) { return sshkey.New() }},
	} {
		one, err := d.make()
		if err != nil {
			return nil, fmt.Errorf("make the %s detector: %w", d.name, err)
		}
		out = append(out, one)
	}
	return out, nil
}
