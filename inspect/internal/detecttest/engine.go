package detecttest

import (
	"archive/tar"
	"bytes"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// A LayerFile is a file of a layer for Inspect.
type LayerFile struct {
	Path string
	Mode int64
	Body []byte
}

// An Engine is the real one, for layers that tests make.
type Engine struct{ i *inspect.Inspector }

// NewEngine makes the engine for some detectors.
func NewEngine(t testing.TB, detectors ...inspect.Detector) Engine {
	t.Helper()
	i, err := inspect.New(inspect.Limits{}, detectors...)
	if err != nil {
		t.Fatal(err)
	}
	return Engine{i}
}

// Inspect returns what is found in a layer of files, and fails the test on an error or a gap.
func (e Engine) Inspect(t testing.TB, files ...LayerFile) []inspect.Finding {
	t.Helper()
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, f := range files {
		h := tar.Header{Name: f.Path, Mode: f.Mode, Size: int64(len(f.Body)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.Body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := e.i.Inspect(t.Context(), oci.Descriptor{Size: int64(layer.Len())}, &layer)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range report.Gaps {
		t.Errorf("gap: %+v", g)
	}
	return report.Findings
}
