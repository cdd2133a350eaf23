//go:build native

package inspect

import "github.com/lazaret/lazaret/internal/textscan"

func fastest() machine {
	m := machine{name: "native", gunzip: func() unzipper { return new(nativeGunzip) }, texts: newStriding, code: newScanning, skip: skip}
	if textscan.Skips() {
		m.skip = textscan.Skip
	}
	return m
}
