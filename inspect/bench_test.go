package inspect_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/lazaret/lazaret/inspect"
)

// BenchmarkInspect reads layers through the inspector, with as many patterns as the
// secrets detector has, and, for comparison, through what every mirror that verifies
// and lists a layer would do at least: sha256, gunzip, tar walk. MB/s are of compressed input.
// LAZARET_BENCH_LAYER names a layer (.tar.gz) to be read instead of the generated ones.
func BenchmarkInspect(b *testing.B) {
	layers := map[string][]byte{}
	if name := os.Getenv("LAZARET_BENCH_LAYER"); name != "" {
		blob, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		layers["file"] = blob
	} else {
		layers["text"], layers["binary"] = generated(b, prose), generated(b, machine)
	}
	i := inspector(b, inspect.Limits{}, searcher())
	for name, blob := range layers {
		b.Run(name+"/bare", func(b *testing.B) {
			b.SetBytes(int64(len(blob)))
			for b.Loop() {
				bare(b, blob)
			}
		})
		b.Run(name+"/inspect", func(b *testing.B) {
			b.SetBytes(int64(len(blob)))
			b.ReportAllocs()
			for b.Loop() {
				hash := sha256.New()
				r, err := i.Inspect(context.Background(), descriptor(nil), io.TeeReader(bytes.NewReader(blob), hash))
				if err != nil || len(r.Gaps) > 0 {
					b.Fatal(err, r.Gaps)
				}
				b.ReportMetric(float64(r.Stats.BytesUncompressed)/float64(len(blob)), "ratio")
				b.ReportMetric(float64(len(r.Findings)), "findings")
			}
		})
	}
}

func bare(b *testing.B, blob []byte) {
	hash := sha256.New()
	z, err := gzip.NewReader(io.TeeReader(bytes.NewReader(blob), hash))
	if err != nil {
		b.Fatal(err)
	}
	for t := tar.NewReader(z); ; {
		if _, err := t.Next(); err == io.EOF {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, t); err != nil {
			b.Fatal(err)
		}
	}
}

// searcher has 250 patterns of a literal and a regular expression, as secrets have.
func searcher() inspect.Detector {
	f := fake{name: "searcher", version: "1"}
	rng := rand.New(rand.NewPCG(7, 7))
	for n := range 250 {
		var word []byte
		for range 4 + rng.IntN(6) {
			word = append(word, "abcdefghijklmnopqrstuvwxyz_-0123456789"[rng.IntN(38)])
		}
		re := regexp.MustCompile(`(?i)` + string(word) + `\s{0,5}[:=]\s{0,5}['"]?([a-z0-9]{32})`)
		f.patterns = append(f.patterns, inspect.Pattern{ID: fmt.Sprint(n), Literals: []string{string(word)}, Regexp: re})
	}
	for _, word := range []string{"key", "token", "secret", "auth"} {
		re := regexp.MustCompile(`(?i)[\w.-]{0,50}?` + word + `[\w.-]{0,20}\s{0,5}(?:=|:|=>)\s{0,5}['"]([\w.=-]{20,150})['"]`)
		f.patterns = append(f.patterns, inspect.Pattern{ID: word, Literals: []string{word}, Regexp: re})
	}
	return f
}

// generated is a layer of 60 MB in files of up to 200 kB.
func generated(b *testing.B, fill func(*rand.Rand, []byte)) []byte {
	rng := rand.New(rand.NewPCG(3, 3))
	var entries []entry
	for size, n := 0, 0; size < 60<<20; n++ {
		body := make([]byte, 1+rng.IntN(200_000))
		fill(rng, body)
		entries = append(entries, entry{name: fmt.Sprintf("opt/%d/file", n), body: string(body)})
		size += len(body)
	}
	return gz(b, archive(b, entries...))
}

// prose fills b with lines of words, of which some hundred are much more frequent.
func prose(rng *rand.Rand, b []byte) {
	for i := 0; i < len(b); {
		word := uint64(rng.IntN(1 << (1 + rng.IntN(14))))
		w := rand.New(rand.NewPCG(word, 1))
		for range 2 + w.IntN(8) {
			if i < len(b) {
				b[i] = "etaoinshrdlucmfwypvbgkjqxz"[min(w.IntN(26), w.IntN(26))]
				i++
			}
		}
		if i < len(b) {
			b[i] = "    \n.,;"[rng.IntN(8)]
			i++
		}
	}
}

// machine fills b with short runs that repeat, as instructions do, and noise.
func machine(rng *rand.Rand, b []byte) {
	for i := 0; i < len(b); {
		if rng.IntN(3) > 0 && i > 5000 {
			from, n := i-1-rng.IntN(5000), 3+rng.IntN(9)
			i += copy(b[i:min(len(b), i+n)], b[from:])
			continue
		}
		for range 1 + rng.IntN(6) {
			if i < len(b) {
				b[i] = byte(rng.Uint32())
				i++
			}
		}
	}
}
