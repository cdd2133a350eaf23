// Package tig stands in for the one of nerdctl's helpers for tests.
package tig

// T is what nerdctl's pkg/testutil calls of a test.
type T interface {
	Helper()
	Fail()
	FailNow()
	Log(args ...any)
	TempDir() string
}
