// Package builtin lists the detectors that Lazaret is built with.
package builtin

import (
	"fmt"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/miner"
	"github.com/lazaret/lazaret/inspect/secret"
	"github.com/lazaret/lazaret/inspect/sshkey"
)

// Detectors makes one of each detector. An error means that rule data the program was
// built with is broken.
func Detectors() ([]inspect.Detector, error) {
	m, err := miner.New()
	if err != nil {
		return nil, fmt.Errorf("make the miner detector: %w", err)
	}
	s, err := secret.New()
	if err != nil {
		return nil, fmt.Errorf("make the secret detector: %w", err)
	}
	k, err := sshkey.New()
	if err != nil {
		return nil, fmt.Errorf("make the sshkey detector: %w", err)
	}
	return []inspect.Detector{m, s, k}, nil
}
