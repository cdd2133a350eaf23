//go:build native

package inspect_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/internal/testimage"
)

// pair is both machines with the same detectors.
type pair struct{ native, pure *inspect.Inspector }

func both(t *testing.T, limits inspect.Limits, detectors ...inspect.Detector) pair {
	t.Helper()
	if len(detectors) == 0 {
		var err error
		if detectors, err = builtin.Detectors(); err != nil {
			t.Fatal(err)
		}
	}
	pure, err := inspect.NewPure(limits, detectors...)
	if err != nil {
		t.Fatal(err)
	}
	return pair{inspector(t, limits, detectors...), pure}
}

// agree inspects b with both and holds the reports equal, all of them but the time.
func (p pair) agree(t *testing.T, name string, b []byte, but ...cmp.Option) inspect.Report {
	t.Helper()
	var reports [2]inspect.Report
	for k, i := range []*inspect.Inspector{p.pure, p.native} {
		r, err := i.Inspect(t.Context(), descriptor(b), bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		r.Stats.Elapsed = 0
		reports[k] = r
	}
	if diff := cmp.Diff(reports[0], reports[1], but...); diff != "" {
		t.Errorf("%s: other reports (-pure Go +native):\n%s", name, diff)
	}
	return reports[0]
}

func TestMachinesAgreeOnSamples(t *testing.T) {
	p, found := both(t, inspect.Limits{}), 0
	for name, spec := range map[string]testimage.Spec{
		"clean": testimage.Clean("s", 3<<20), "miner": testimage.Miner("s", 3<<20),
		"planted key": testimage.PlantedKey("s", 1<<16), "leaked secret": testimage.LeakedSecret("s", 1<<16),
	} {
		img, err := testimage.Build(spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range img.Blobs {
			found += len(p.agree(t, name, b).Findings)
		}
	}
	if found == 0 {
		t.Error("nothing was found")
	}
}

// examples are the detectors' own, those that match and those that pass.
func examples(t *testing.T) []entry {
	t.Helper()
	names, err := filepath.Glob("*/rules.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	var out []entry
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		type example struct{ Path, Text string }
		var all struct {
			Rules []struct{ Match, Pass []example }
		}
		if err := yaml.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
		out = append(out, entry{name: "whole/" + name, body: string(b)})
		for _, r := range all.Rules {
			for _, e := range append(r.Match, r.Pass...) {
				if e.Path != "" && !strings.HasPrefix(e.Path, "config:") {
					out = append(out, entry{name: strings.TrimPrefix(e.Path, "/"), body: e.Text})
				}
			}
		}
	}
	return out
}

func TestMachinesAgreeOnExamples(t *testing.T) {
	p, found := both(t, inspect.Limits{}), 0
	for some := range slices.Chunk(examples(t), 50) {
		var all []entry
		for n, e := range some {
			far := strings.Repeat("x = 1\n", 10_900+n) // the example lies across the end of a block, more or less
			all = append(all, e, entry{name: "far/" + e.name, body: far + e.body + "\n" + far})
		}
		found += len(p.agree(t, some[0].name, gz(t, archive(t, all...))).Findings)
	}
	if found < 200 {
		t.Errorf("only %d findings", found)
	}
}

// Every literal of every detector, in noise of the characters that literals are made of.
func TestMachinesAgreeOnLiterals(t *testing.T) {
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	var literals []string
	for _, d := range detectors {
		for _, p := range d.Patterns() {
			literals = append(literals, p.Literals...)
		}
	}
	p, rng := both(t, inspect.Limits{}), rand.New(rand.NewPCG(1, 2))
	const alphabet = "abcdefghijklmnopqrstuvwxyz.:-_=/ \n\"'0123456789"
	for len(literals) > 0 {
		some := literals[:min(8, len(literals))]
		literals = literals[len(some):]
		body := make([]byte, 200_000)
		for i := range body {
			body[i] = alphabet[rng.IntN(len(alphabet))]
		}
		for range 40 {
			l := some[rng.IntN(len(some))]
			if rng.IntN(2) == 0 {
				l = strings.ToUpper(l)
			}
			copy(body[rng.IntN(len(body)):], l)
		}
		p.agree(t, some[0], archive(t, entry{name: "etc/x.conf", body: string(body)}))
		body[3] = 0
		p.agree(t, some[0]+", in a program", archive(t, entry{name: "usr/bin/x", body: string(body)}))
	}
}

func TestMachinesAgreeOnFilesOfThisMachine(t *testing.T) {
	p := both(t, inspect.Limits{})
	for _, dir := range []string{"/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/share/perl5", "/etc", "/usr/include", filepath.Join("..", "inspect")} {
		var entries []entry
		size := 0
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || size > 24<<20 {
				return nil // what cannot be read is not compared
			}
			if b, err := os.ReadFile(name); err == nil && len(b) < 8<<20 {
				size += len(b)
				entries = append(entries, entry{name: strings.TrimPrefix(strings.TrimPrefix(name, "../"), "/"), body: string(b)})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) > 0 {
			p.agree(t, dir, gz(t, archive(t, entries...)))
		}
	}
}

func TestMachinesAgreeOnDamage(t *testing.T) {
	p := both(t, inspect.Limits{}, finder(), lister())
	var text strings.Builder
	for n := range 9000 {
		fmt.Fprintf(&text, "line %d of needle, token=%08d\n", n, n*n)
	}
	whole := archive(t, entry{name: "text", body: text.String()}, entry{name: "noise", body: string(noise(30_000, 1))}, entry{name: "end", body: "needle"})
	zipped := gz(t, whole)
	rng := rand.New(rand.NewPCG(3, 4))
	nearly := cmpopts.IgnoreFields(inspect.Stats{}, "BytesUncompressed") // a copy across the end of a piece may be longer by some bytes
	for n := range 150 {
		p.agree(t, "cut", zipped[:rng.IntN(len(zipped))])
		b := bytes.Clone(zipped)
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		p.agree(t, fmt.Sprintf("flipped %d", n), b, nearly)
	}
	half := len(whole) / 2
	for name, b := range map[string][]byte{
		"two members":                   join(gz(t, whole[:half]), gz(t, whole[half:])),
		"empty members":                 join(gz(t, nil), gz(t, whole[:half]), gz(t, nil), gz(t, nil), gz(t, whole[half:]), gz(t, nil)),
		"zeros behind":                  join(zipped, make([]byte, 700_000)),
		"bytes behind":                  join(zipped, []byte("more")),
		"zeros and bytes behind":        join(zipped, make([]byte, 3000), []byte("x")),
		"a second member that is none":  join(zipped, []byte("\x1f\x8b\xff")),
		"a second member that is wrong": join(gz(t, whole[:half]), []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x07\x07\x07")),
		"nothing":                       []byte("\x1f\x8b"),
		"stored":                        join([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), []byte("\x01\x02\x00\xfd\xffhi"), []byte("\xac\x2a\x93\xd8\x02\x00\x00\x00")),
		"packed in a file":              archive(t, entry{name: "a.gz", body: string(zipped)}, entry{name: "b.gz", body: string(zipped[:len(zipped)/3])}),
	} {
		p.agree(t, name, b)
	}
}

// Far behind its beginning a damaged member is not read again. All files before it are the same all the same.
func TestMachinesAgreeOnLateDamage(t *testing.T) {
	p := both(t, inspect.Limits{}, finder())
	var entries []entry
	for n := range 60 {
		entries = append(entries, entry{name: fmt.Sprintf("f%02d", n), body: strings.Repeat("needle and more\n", n) + string(noise(100_000, uint64(n))) + strings.Repeat("needle ", 9)})
	}
	zipped := gz(t, archive(t, entries...))
	last := cmpopts.IgnoreFields(inspect.Stats{}, "BytesUncompressed")
	for _, at := range []int{2_000_000, 3_000_000, 5_000_003} {
		r := p.agree(t, "cut", zipped[:at], last)
		if len(r.Gaps) == 0 || len(r.Findings) == 0 {
			t.Errorf("cut at %d: %d gaps, %d findings", at, len(r.Gaps), len(r.Findings))
		}
		b := bytes.Clone(zipped)
		copy(b[at:], bytes.Repeat([]byte{0xff}, 5000))
		if r := p.agree(t, "overwritten", b, last); len(r.Gaps) == 0 {
			t.Errorf("overwritten at %d: no gap", at)
		}
	}
}

func TestMachinesAgreeOnBombs(t *testing.T) {
	p := both(t, inspect.Limits{Bytes: 8 << 20, Ratio: 50, RatioFrom: 1 << 20}, finder())
	for name, size := range map[string]int{"ratio": 4 << 20, "bytes": 32 << 20} {
		p.agree(t, name, gz(t, archive(t, entry{name: "a", body: "needle"}, entry{name: "zeros", body: strings.Repeat("\x00", size)}, entry{name: "b", body: "needle"})))
	}
}
