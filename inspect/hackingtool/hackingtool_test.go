package hackingtool_test

import (
	"testing"

	"github.com/lazaret/lazaret/inspect/hackingtool"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
)

func TestExamples(t *testing.T) {
	d, err := hackingtool.New()
	if err != nil {
		t.Fatal(err)
	}
	detecttest.Rules(t, d)
}
