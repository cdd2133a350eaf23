package detecttest

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

// Rules shows a detector made of rules their examples, as Examples does.
func Rules(t *testing.T, d *rules.Detector) {
	t.Helper()
	plain, real := New(t, d), NewEngine(t, d)
	for _, r := range d.Examples() {
		if r.Silent {
			continue
		}
		if len(r.Match) == 0 || len(r.Pass) == 0 {
			t.Errorf("%s: no examples", r.ID)
		}
		for i, e := range r.Match {
			t.Run(fmt.Sprintf("%s/match%d", r.ID, i), func(t *testing.T) {
				want := r.Confidence
				if e.Confidence != nil {
					want = *e.Confidence
				}
				got := show(t, plain, real, e)
				k := slices.IndexFunc(got, func(g inspect.Finding) bool { return g.Rule == d.Name()+"/"+r.ID })
				switch {
				case k < 0:
					t.Errorf("not found in %s\n%s\nonly %+v", e.Path, e.Text, got)
				case got[k].Confidence != want:
					t.Errorf("confidence %v, want %v: %+v", got[k].Confidence, want, got[k])
				}
			})
		}
		for i, e := range r.Pass {
			t.Run(fmt.Sprintf("%s/pass%d", r.ID, i), func(t *testing.T) {
				for _, g := range show(t, plain, real, e) {
					if g.Confidence > inspect.Low {
						t.Errorf("%s: %+v", e.Path, g)
					}
				}
			})
		}
	}
}

// show runs an example, and again through the real engine if it is a regular file.
func show(t *testing.T, plain *Runner, real Engine, e rules.Example) []inspect.Finding {
	t.Helper()
	if e.Mode == 0 {
		e.Mode = 0o644
	}
	f, content := RuleFile(e)
	got := plain.Run(t, f, content)
	if f.Type == inspect.Regular {
		same := cmpopts.SortSlices(func(a, b inspect.Finding) bool { return a.Rule < b.Rule })
		if diff := cmp.Diff(got, real.Inspect(t, LayerFile{Path: f.Path, Mode: int64(e.Mode), Body: content}), same); diff != "" {
			t.Errorf("plain - engine +\n%s", diff)
		}
	}
	return got
}

// bytesOf stands for bytes in an example's text, or for none.
var bytesOf = regexp.MustCompile(`\{\{(?:hex ([0-9a-f]*))?\}\}`)

// RuleFile makes the header and the bytes of an example.
func RuleFile(e rules.Example) (*inspect.File, []byte) {
	content := []byte(bytesOf.ReplaceAllStringFunc(e.Text, func(s string) string {
		b, _ := hex.DecodeString(bytesOf.FindStringSubmatch(s)[1])
		return string(b)
	}))
	if e.ELF { // the beginning of a 64-bit executable's header; elf(5)
		content = slices.Concat([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57), content)
	}
	if strings.HasPrefix(e.Path, "config:") || strings.HasPrefix(e.Path, "manifest:") {
		return Document(e.Path, content), content
	}
	if e.Mode == 0 {
		e.Mode = 0o644
	}
	mode := fs.FileMode(e.Mode & 0o777)
	if e.Mode&0o4000 != 0 {
		mode |= fs.ModeSetuid
	}
	f := File(e.Path, mode, content)
	if e.Link != "" {
		f.Type, f.Link, f.Head, f.Size = inspect.Symlink, e.Link, nil, 0
	}
	return f, content
}
