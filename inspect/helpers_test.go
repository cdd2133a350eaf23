package inspect_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// fake is a detector whose parts a test sets. Without wants it judges every file by its hits,
// be there some or not; without judge it makes a finding of each hit.
type fake struct {
	name, version string
	patterns      []inspect.Pattern
	wants         func(*inspect.File) inspect.Want
	judge         func(*inspect.File, inspect.Seen, func(inspect.Finding))
}

func (f fake) Name() string                { return f.name }
func (f fake) Version() string             { return f.version }
func (f fake) Patterns() []inspect.Pattern { return f.patterns }

func (f fake) Wants(file *inspect.File) inspect.Want {
	if f.wants == nil {
		return inspect.Hits | inspect.Header
	}
	return f.wants(file)
}

func (f fake) Judge(file *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	if f.judge != nil {
		f.judge(file, s, found)
		return
	}
	for _, h := range s.Hits {
		found(inspect.Finding{
			Rule: "test/" + h.Pattern, Category: inspect.Miner, Severity: inspect.High, Confidence: inspect.Medium,
			Offset: h.Offset, Line: h.Line, Evidence: string(h.Groups[len(h.Groups)-1]),
		})
	}
}

// finder finds the words "needle" and "token=" with eight digits.
func finder() fake {
	return fake{name: "finder", version: "1", patterns: []inspect.Pattern{
		{ID: "needle", Literals: []string{"needle"}},
		{ID: "token", Literals: []string{"TOKEN="}, Regexp: regexp.MustCompile(`(?i)token=([0-9]{8})`)},
	}}
}

// lister makes a finding of each file, whose evidence is all that the engine says of it.
func lister() fake {
	return fake{
		name: "lister", version: "1",
		wants: func(*inspect.File) inspect.Want { return inspect.Content },
		judge: func(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
			found(inspect.Finding{
				Rule: "test/file", Category: inspect.Secret,
				Evidence: fmt.Sprintf("%d %v %d %d:%d %q %t %q", f.Type, f.Mode, f.Size, f.UID, f.GID, f.Link, s.Text, s.Content),
			})
		},
	}
}

func inspector(t testing.TB, limits inspect.Limits, detectors ...inspect.Detector) *inspect.Inspector {
	t.Helper()
	i, err := inspect.New(limits, detectors...)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func descriptor(b []byte) oci.Descriptor {
	return oci.Descriptor{Digest: oci.DigestOf(b), Size: int64(len(b))}
}

// report inspects b, holds the report against those of the same bytes in other chunks,
// and checks what holds for every report.
func report(t testing.TB, i *inspect.Inspector, b []byte) inspect.Report {
	t.Helper()
	var first inspect.Report
	for n, r := range chunked(b) {
		got, err := i.Inspect(context.Background(), descriptor(b), r)
		if err != nil {
			t.Fatal(err)
		}
		if got.Stats.BytesCompressed != int64(len(b)) {
			t.Errorf("%d of %d bytes were read", got.Stats.BytesCompressed, len(b))
		}
		got.Stats.Elapsed = 0
		if n == 0 {
			first = got
		} else if diff := cmp.Diff(first, got); diff != "" {
			t.Fatalf("another report for chunking %d (-whole +chunked):\n%s", n, diff)
		}
	}
	enc, err := inspect.EncodeReport(first)
	if err != nil {
		t.Fatal(err)
	}
	dec, err := inspect.DecodeReport(enc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, dec); diff != "" {
		t.Errorf("another report after decoding:\n%s", diff)
	}
	return first
}

// chunked gives b as a whole, in chunks of random lengths with empty reads between, and, if it is short, byte by byte.
func chunked(b []byte) []io.Reader {
	out := []io.Reader{bytes.NewReader(b), &ragged{b: b, rng: rand.New(rand.NewPCG(1, uint64(len(b))))}}
	if len(b) < 64<<10 {
		out = append(out, &ragged{b: b})
	}
	return out
}

// ragged gives b in random chunks, or in single bytes without a generator; the last come with io.EOF.
type ragged struct {
	b   []byte
	rng *rand.Rand
}

func (r *ragged) Read(p []byte) (int, error) {
	n := 1
	if r.rng != nil {
		n = r.rng.IntN(1 + r.rng.IntN(200_000))
	}
	n = copy(p[:min(n, len(p))], r.b)
	if r.b = r.b[n:]; len(r.b) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// entry is an entry of a test archive: a regular file unless header says other.
type entry struct {
	name, body string
	header     tar.Header
}

// archive is a tar archive of entries.
func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := e.header
		h.Name, h.Size = e.name, int64(len(e.body))
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gz is a gzip member of b.
func gz(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zst is a zstd frame of b with a window of at least size bytes.
func zst(t testing.TB, b []byte, size int) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(size), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

// noise is n bytes that do not compress; the same for the same seed.
func noise(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// evidence lists what was found as "path:offset:line rule evidence".
func evidence(r inspect.Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s:%d:%d %s %s", f.Path, f.Offset, f.Line, f.Rule, f.Evidence))
	}
	return out
}

// whys lists the gaps as "path: why".
func whys(r inspect.Report) []string {
	var out []string
	for _, g := range r.Gaps {
		out = append(out, g.Path+": "+g.Why)
	}
	return out
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }
