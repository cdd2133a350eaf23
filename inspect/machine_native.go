//go:build native

package inspect

func fastest() machine {
	return machine{name: "native", gunzip: func() unzipper { return new(nativeGunzip) }, spotting: newScanning}
}
