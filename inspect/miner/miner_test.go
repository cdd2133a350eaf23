package miner_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/miner"
	"github.com/lazaret/lazaret/internal/testimage"
)

func newDetector(t testing.TB) *miner.Detector {
	t.Helper()
	d, err := miner.New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newRunner(t testing.TB) *detecttest.Runner {
	t.Helper()
	return detecttest.New(t, newDetector(t))
}

// expand puts fresh addresses in the place of an example's {{…}}.
func expand(text string) string {
	xmr := testimage.MoneroAddress("example")
	bad := []byte(xmr)
	if bad[40]++; bad[40] > 'x' || bad[40] == 'l' || bad[40] == 'O' || bad[40] == 'I' || bad[40] == ':' || bad[40] == '[' {
		bad[40] = 'z'
	}
	r := strings.NewReplacer("{{xmr}}", xmr, "{{xmr8}}", miner.SubAddress("example"), "{{badxmr}}", string(bad),
		"{{btc}}", miner.BitcoinAddress("example"), "{{bc1}}", miner.SegwitAddress("example"))
	return r.Replace(text)
}

// file makes the header and the bytes of an example.
func file(e miner.Example) (*inspect.File, []byte) {
	path, text, elf := e.Path, e.Text, e.ELF
	content := []byte(expand(text))
	if elf {
		content = append([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"), content...)
	}
	if strings.HasPrefix(path, "config:") {
		return detecttest.Document(path, content), content
	}
	mode := fs.FileMode(0o644)
	if e.Mode != 0 {
		mode = fs.FileMode(e.Mode)
	}
	return detecttest.File(path, mode, content), content
}

func TestExamples(t *testing.T) {
	r, real := newRunner(t), detecttest.NewEngine(t, newDetector(t))
	for _, rule := range miner.Rules(t) {
		if len(rule.Match) == 0 || len(rule.Pass) == 0 {
			t.Errorf("%s: no examples", rule.ID)
		}
		for i, e := range rule.Match {
			t.Run(fmt.Sprintf("%s/match%d", rule.ID, i), func(t *testing.T) {
				f, content := file(e)
				want := rule.Confidence
				if e.Confidence != nil {
					want = *e.Confidence
				}
				got := r.Run(t, f, content)
				sameInEngine(t, real, f, content, got)
				for _, g := range got {
					if g.Rule == "miner/"+rule.ID {
						if g.Confidence != want || g.Category != inspect.Miner || g.Severity != rule.Severity {
							t.Errorf("confidence %v, want %v: %+v", g.Confidence, want, g)
						}
						return
					}
				}
				t.Errorf("not found in\n%s\nonly %+v", content, got)
			})
		}
		for i, e := range rule.Pass {
			t.Run(fmt.Sprintf("%s/pass%d", rule.ID, i), func(t *testing.T) {
				f, content := file(e)
				for _, g := range r.Run(t, f, content) {
					if g.Confidence > inspect.Low || g.Rule == "miner/mention" && rule.ID == "mention" {
						t.Errorf("%+v", g)
					}
				}
			})
		}
	}
}

// sameInEngine holds the real engine to the findings of the plain one.
func sameInEngine(t *testing.T, real detecttest.Engine, f *inspect.File, content []byte, want []inspect.Finding) {
	t.Helper()
	if f.Type == inspect.Document {
		return
	}
	got := real.Inspect(t, detecttest.LayerFile{Path: f.Path, Mode: int64(f.Mode), Body: content})
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b inspect.Finding) bool { return a.Rule < b.Rule })); diff != "" {
		t.Errorf("plain - engine +\n%s", diff)
	}
}

// The sample images hold, among noise, what this detector is for.
func TestSampleImage(t *testing.T) {
	r := newRunner(t)
	high := map[string]bool{}
	check := func(s testimage.Spec) {
		for _, l := range s.Layers {
			for _, f := range l.Files {
				for _, g := range r.Run(t, detecttest.File(f.Path, 0o755, f.Body), f.Body) {
					if g.Confidence == inspect.High {
						high[f.Path] = true
					}
				}
			}
		}
	}
	check(testimage.Clean("seed", 1<<16))
	if len(high) > 0 {
		t.Errorf("clean: %v", high)
	}
	check(testimage.Miner("seed", 1<<16))
	for _, path := range []string{"opt/.sys/config.json", "opt/.sys/start.sh", "opt/.sys/kworkerd"} {
		if !high[path] {
			t.Errorf("%s: no sure finding", path)
		}
	}
}

// A miner is known wherever the sign of it is in a large file, and by any of its names.
func TestFarIntoALargeFile(t *testing.T) {
	r := newRunner(t)
	pad := strings.Repeat("echo nothing to see\n", 2*inspect.MaxContent/20)
	content := []byte("#!/bin/sh\n" + pad + "./a -o stratum+tcp://pool.supportxmr.com:3333\n")
	got := r.Run(t, detecttest.File("opt/install", 0o755, content), content)
	if len(got) != 1 || got[0].Rule != "miner/stratum-launch" || got[0].Confidence != inspect.High || got[0].Line != 2+2*inspect.MaxContent/20 {
		t.Errorf("%+v", got)
	}
}

// A list of pools in a program, such as a scanner's own rules, is not a miner.
func TestListOfPools(t *testing.T) {
	r := newRunner(t)
	d := newDetector(t)
	var b strings.Builder
	b.WriteString("\x7fELF\x02\x01\x01\x00")
	for _, p := range d.Patterns() {
		for _, l := range p.Literals {
			b.WriteString(l + "\x00")
		}
	}
	content := []byte(b.String())
	for _, g := range r.Run(t, detecttest.File("usr/bin/scanner", 0o755, content), content) {
		if g.Confidence > inspect.Low {
			t.Errorf("%+v", g)
		}
	}
}

func TestNothingOfLinks(t *testing.T) {
	d := newDetector(t)
	for _, typ := range []inspect.FileType{inspect.Directory, inspect.Symlink, inspect.Hardlink, inspect.Special} {
		if got := d.Wants(&inspect.File{Path: "x", Type: typ}); got != inspect.Nothing {
			t.Errorf("type %d: %b", typ, got)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, rule := range miner.Rules(f) {
		for _, e := range append(rule.Match, rule.Pass...) {
			_, content := file(e)
			f.Add(e.Path, content)
		}
	}
	f.Add("x.json", []byte(`{"pools":[{"url":"a.b.net:1","user":"`))
	f.Add("x.sh", []byte("'\"\\'\"\\"))
	r := newRunner(f)
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		r.Run(t, detecttest.File(path, 0o755, content), content)
		r.Run(t, detecttest.Document(path, content), content)
	})
}

func BenchmarkJudge(b *testing.B) {
	r := newRunner(b)
	src := rand.New(rand.NewPCG(1, 2))
	words := []string{"echo", "-o", "host.net:80", "'quoted text'", "|", "\n", "if", "$X", "curl", "https://example.org/x?y=1&z=2"}
	var sb strings.Builder
	for sb.Len() < 1<<20 {
		sb.WriteString(words[src.IntN(len(words))] + " ")
	}
	content := []byte(sb.String())
	f := detecttest.File("opt/run.sh", 0o755, content)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		r.Run(b, f, content)
	}
}
