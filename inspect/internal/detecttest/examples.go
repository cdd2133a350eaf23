package detecttest

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
)

// ExampleFile makes the header and the bytes of an example.
func ExampleFile(e catalog.Example) (*inspect.File, []byte) {
	content := []byte(e.Text)
	if strings.HasPrefix(e.Path, "config:") {
		return Document(e.Path, content), content
	}
	mode := fs.FileMode(0o644)
	if e.Mode != 0 {
		mode = fs.FileMode(e.Mode)
	}
	return File(e.Path, mode, content), content
}

// Examples shows a detector the examples of its rules: those that match must give the
// rule at the confidence they say, those that pass nothing above low. Files in layers are
// shown to the real engine as well, which must find the same.
func Examples(t *testing.T, d inspect.Detector, rules []catalog.Rule) {
	t.Helper()
	plain, real := New(t, d), NewEngine(t, d)
	run := func(t *testing.T, e catalog.Example) []inspect.Finding {
		f, content := ExampleFile(e)
		got := plain.Run(t, f, content)
		if f.Type == inspect.Regular {
			same := cmpopts.SortSlices(func(a, b inspect.Finding) bool { return a.Rule < b.Rule })
			if diff := cmp.Diff(got, real.Inspect(t, LayerFile{Path: f.Path, Mode: int64(f.Mode), Body: content}), same); diff != "" {
				t.Errorf("plain - engine +\n%s", diff)
			}
		}
		return got
	}
	for _, rule := range rules {
		if len(rule.Match) == 0 || len(rule.Pass) == 0 {
			t.Errorf("%s: no examples", rule.ID)
		}
		for i, e := range rule.Match {
			t.Run(fmt.Sprintf("%s/match%d", rule.ID, i), func(t *testing.T) {
				want := rule.Confidence
				if e.Confidence != nil {
					want = *e.Confidence
				}
				got := run(t, e)
				for _, g := range got {
					if g.Rule == d.Name()+"/"+rule.ID {
						if g.Confidence != want {
							t.Errorf("confidence %v, want %v: %+v", g.Confidence, want, g)
						}
						return
					}
				}
				t.Errorf("not found in %s\n%s\nonly %+v", e.Path, e.Text, got)
			})
		}
		for i, e := range rule.Pass {
			t.Run(fmt.Sprintf("%s/pass%d", rule.ID, i), func(t *testing.T) {
				for _, g := range run(t, e) {
					if g.Confidence > inspect.Low {
						t.Errorf("%+v", g)
					}
				}
			})
		}
	}
}
