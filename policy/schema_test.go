package policy_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/lazaret/lazaret/policy"
)

// The published schema is the parser's: go run ./cmd/lazaret policy schema > docs/policy.schema.json
func TestSchemaIsPublished(t *testing.T) {
	want, err := policy.Schema()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../docs/policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/policy.schema.json is not what the parser says; it is\n%s", want)
	}
}
