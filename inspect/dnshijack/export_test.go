package dnshijack

import (
	"testing"

	"github.com/lazaret/lazaret/inspect/internal/catalog"
)

// Rules returns the rules with their examples.
func Rules(t testing.TB) []catalog.Rule {
	t.Helper()
	d, _, err := read(rulesYAML)
	if err != nil {
		t.Fatal(err)
	}
	return d.Rules
}

// Defined puts the values of nft's names into a text.
var Defined = defined
