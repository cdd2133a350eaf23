//go:build !native

package inspect

func fastest() machine { return pureGo() }
