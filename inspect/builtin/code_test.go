package builtin_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/inspect/internal/rules"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
)

// everywhere has a detector's patterns looked for in all files.
type everywhere struct{ inspect.Detector }

func (e everywhere) Patterns() (out []inspect.Pattern) {
	for _, p := range e.Detector.Patterns() {
		p.Only, p.For = 0, nil
		out = append(out, p)
	}
	return out
}

// Patterns that are not looked for in some files would say nothing there: with them, the same
// is found in texts and programs that hold all that the rules' examples do.
func TestOnlySaysNothingElsewhere(t *testing.T) {
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	var files []testimage.File
	literals := map[inspect.Only]int{}
	for _, d := range detectors {
		for _, p := range d.Patterns() {
			literals[p.Only] += len(p.Literals)
		}
		if d, ok := d.(interface{ Examples() []rules.Rule }); ok {
			for _, r := range d.Examples() {
				for i, e := range slices.Concat(r.Match, r.Pass) {
					for _, head := range []string{"\x7fELF\x02\x01\x01\x00\n", "", "\x00\n"} {
						files = append(files, testimage.File{Path: fmt.Sprintf("%s-%s-%d/%x/%s", r.Category, r.ID, i, head, e.Path), Mode: 0o755, Body: []byte(head + e.Text + "\n")})
					}
				}
			}
		}
	}
	if literals[inspect.Texts] < 500 || literals[inspect.Code] < 100 || len(files) < 1000 {
		t.Fatalf("%v literals, %d files", literals, len(files))
	}
	layer, err := testimage.Tar(files)
	if err != nil {
		t.Fatal(err)
	}
	found := func(detectors []inspect.Detector) []inspect.Finding {
		i, err := inspect.New(inspect.Limits{Findings: 1 << 16}, detectors...)
		if err != nil {
			t.Fatal(err)
		}
		r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(layer), Size: int64(len(layer))}, bytes.NewReader(layer))
		if err != nil {
			t.Fatal(err)
		}
		return r.Findings
	}
	got := found(detectors)
	for i := range detectors {
		detectors[i] = everywhere{detectors[i]}
	}
	if diff := cmp.Diff(found(detectors), got); diff != "" || len(got) == 0 {
		t.Errorf("%d findings (-with all patterns +without)\n%s", len(got), diff)
	}
}
