package inspect

import (
	"bytes"
	"cmp"
	flags "flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A bad line panics. That a text is counted says that its parts are, which are no rarer, but for rounding.
func TestNgramsAgree(t *testing.T) {
	t.Parallel()
	all := gramRates()
	if len(all) < 10_000 {
		t.Fatalf("%d texts", len(all))
	}
	sum := 0.0
	for text, rate := range all {
		if text>>20 == 1 {
			sum += rate
		}
		if rate < fewestGrams/1e6 {
			t.Errorf("%x: %g", text, rate)
		}
		if text>>20 > 1 {
			if begin := all[text.begin()]; begin < rate-2e-6 {
				t.Errorf("%x: %g, but what it begins with %g", text, rate, begin)
			}
		}
	}
	if sum < 0.999 || sum > 1.001 {
		t.Errorf("the classes are %g of all bytes", sum)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"the", "return", "stratum+tcp://", "xqzjkvwq", "    ", "\x00\xff", "x"} {
		got := rates(inClasses(text), nil)
		if len(got) != len(text) || !slices.IsSortedFunc(got, func(a, b float64) int { return cmp.Compare(b, a) }) {
			t.Errorf("%q: %g", text, got)
		}
		if upper := rates(inClasses("THE"), nil); text == "the" && !slices.Equal(got, upper) {
			t.Errorf("%q: %g, in capitals %g", text, got, upper)
		}
		if got[len(got)-1] <= 0 {
			t.Errorf("%q: %g, so it costs nothing", text, got)
		}
	}
	common, rare := rates(inClasses("function"), nil), rates(inClasses("xmrig.co"), nil)
	if common[7] < 10*rare[7] {
		t.Errorf("function %g, xmrig.co %g", common[7], rare[7])
	}
}

// Classes are few, and each has a name of its own.
func TestClassesHaveNames(t *testing.T) {
	t.Parallel()
	if len(classNames) != classes {
		t.Fatalf("%d names", len(classNames))
	}
	for c := range 256 {
		if k := classOf(byte(c)); k >= classes {
			t.Errorf("%q is of class %d", byte(c), k)
		}
	}
	for i, name := range []byte(classNames) {
		if name == '~' {
			continue // of what no text shows
		}
		if k := classOf(name); int(k) != i {
			t.Errorf("%q names class %d, but is of %d", name, i, k)
		}
	}
}

var ngramDirs = flags.String("ngrams", "", "folders of honest files with commas between, of which ngrams.txt is written anew")

// TestWriteNgrams writes ngrams.txt, if folders are given: packages of npm and of Debian (internal/corpus), unpacked. Each
// folder counts as much as another.
func TestWriteNgrams(t *testing.T) {
	if *ngramDirs == "" {
		t.Skip("no folders")
	}
	rates := map[string]float64{}
	dirs := strings.Split(*ngramDirs, ",")
	for _, dir := range dirs {
		counts, size, err := countGrams(dir)
		if err != nil || size == 0 {
			t.Fatalf("%s: %d bytes of text: %v", dir, size, err)
		}
		for text, n := range counts {
			rates[text] += float64(n) / float64(size) / float64(len(dirs))
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "; How often texts of up to %d classes of bytes occur in a million bytes of honest text, if %d times\n", longestGram, fewestGrams)
	fmt.Fprintf(&out, "; at least. Letters are of either case; 0 is a digit, # a blank or sign, / a colon too, ~ any other byte.\n")
	fmt.Fprintf(&out, "; Made by TestWriteNgrams from unpacked packages of npm and of Debian (internal/corpus).\n")
	texts := slices.Collect(maps.Keys(rates))
	slices.SortFunc(texts, func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) })
	for _, text := range texts {
		if r := rates[text] * 1e6; r >= fewestGrams {
			fmt.Fprintf(&out, "%s %.0f\n", text, r)
		}
	}
	if err := os.WriteFile("ngrams.txt", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// mostOfFile is how much of a file is read, in bytes: bundles are not to outweigh all else.
const mostOfFile = 256 << 10

// countGrams counts the texts in a folder, and its bytes.
func countGrams(dir string) (counts map[string]int, size int, err error) {
	var tables [longestGram + 1][]int
	for n := range tables {
		tables[n] = make([]int, 1<<(5*n))
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(b[:min(len(b), 512)], 0) >= 0 {
			return err
		}
		b = b[:min(len(b), mostOfFile)]
		size += len(b)
		h := 0
		for i, c := range b {
			h = (h<<5 | int(classOf(c))) & (len(tables[longestGram]) - 1)
			for n := 1; n <= min(i+1, longestGram); n++ {
				tables[n][h&(len(tables[n])-1)]++
			}
		}
		return nil
	})
	counts = map[string]int{}
	for n, table := range tables[1:] {
		for k, times := range table {
			if times == 0 {
				continue
			}
			text := make([]byte, n+1)
			for i := range text {
				text[n-i] = classNames[k>>(5*i)&31]
			}
			counts[string(text)] = times
		}
	}
	return counts, size, err
}
