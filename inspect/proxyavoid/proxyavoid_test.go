package proxyavoid_test

import (
	"testing"

	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/proxyavoid"
)

func TestExamples(t *testing.T) {
	d, err := proxyavoid.New()
	if err != nil {
		t.Fatal(err)
	}
	detecttest.Rules(t, d)
}
