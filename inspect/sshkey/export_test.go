package sshkey

import (
	"maps"
	"slices"
	"testing"
)

// Rules returns the rules with their examples.
func Rules(t testing.TB) []rule {
	t.Helper()
	rules, err := parse(rulesYAML)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Collect(maps.Values(rules))
	slices.SortFunc(out, func(a, b rule) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// Parse reads rules and forgets them.
func Parse(b []byte) error {
	_, err := parse(b)
	return err
}
