package inspect_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
)

func TestDamage(t *testing.T) {
	layer := archive(t, entry{name: "one", body: "needle"}, entry{name: "noise", body: string(noise(600_000, 1))})
	zipped := gz(t, layer)
	flipped := func(b []byte, at int) []byte {
		b = slices.Clone(b)
		b[at] ^= 0xff
		return b
	}
	found := []string{"one:0:1 test/needle needle"}
	for _, c := range []struct {
		name  string
		blob  []byte
		found []string
		gaps  []string
	}{
		{"gzip cut in its header", zipped[:7], nil, []string{": malformed gzip stream: unexpected EOF"}},
		{"gzip cut in its data", zipped[:400_000], found, []string{": malformed gzip stream: unexpected EOF"}},
		{"gzip cut in its trailer", zipped[:len(zipped)-3], found, []string{": malformed gzip stream: unexpected EOF"}},
		{"gzip with a wrong checksum", flipped(zipped, len(zipped)-6), found, []string{": malformed gzip stream: gzip: invalid checksum"}},
		{"gzip with a wrong size", flipped(zipped, len(zipped)-2), found, []string{": malformed gzip stream: gzip: invalid checksum"}},
		{"gzip of another method", flipped(zipped, 2), nil, []string{": malformed gzip stream: gzip: invalid header"}},
		{"a second member of gzip that is none", join(zipped, []byte("\x1f\x8b\xff")), found, []string{": malformed gzip stream: unexpected EOF"}},
		{"zstd cut", zst(t, layer, 1<<20)[:400_000], found, []string{": malformed zstd stream: unexpected EOF"}},
		{"zstd with a reserved block", []byte("\x28\xb5\x2f\xfd\x00\x58\xff\xff\xff"), nil, []string{": malformed zstd stream: invalid input: reserved block type encountered"}},
		{"zstd with a window of 32 MiB", join([]byte("\x28\xb5\x2f\xfd\x00\x78\x01\x30\x00"), layer[:1536]), found, []string{": malformed tar archive: unexpected EOF, after entry 2 (noise)"}},
		{"zstd with a window of 64 MiB", join([]byte("\x28\xb5\x2f\xfd\x00\x80\x01\x30\x00"), layer[:1536]), nil, []string{": zstd window of more than 33554432 bytes"}},
		{"a skippable frame alone", []byte("\x50\x2a\x4d\x18\x00\x00\x00\x00"), nil, nil},
		{"a skippable frame, cut", []byte("\x50\x2a\x4d\x18\xff\xff\xff\xff"), nil, []string{": malformed zstd stream: unexpected EOF"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, inspector(t, inspect.Limits{}, finder()), c.blob)
			if diff := cmp.Diff(c.found, evidence(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.gaps, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	var entries []entry
	for n := range 20 {
		entries = append(entries, entry{name: fmt.Sprintf("f%02d", n), body: "needle"})
	}
	many := archive(t, entries...)
	zeros := gz(t, archive(t, entry{name: "a", body: "needle"}, entry{name: "zeros", body: strings.Repeat("\x00", 4<<20)}, entry{name: "b", body: "needle"}))
	long := archive(t, entry{name: strings.Repeat("d/", 300) + "f", body: "needle"})
	pax := join(archive(t, entry{name: "a", body: "needle"})[:1024], archive(t, entry{name: "b", body: "needle", header: tar.Header{PAXRecords: map[string]string{"A.b": strings.Repeat("x", 300<<10)}}}))
	var chain []byte // long names, each in place of the one before
	for range 200 {
		chain = append(chain, join(raw("././@LongLink", 'L', 3000), padded(strings.Repeat("n", 3000)))...)
	}
	var all []string
	for n := range 20 {
		all = append(all, fmt.Sprintf("f%02d:0:1 test/needle needle", n))
	}
	for _, c := range []struct {
		name   string
		blob   []byte
		limits inspect.Limits
		found  []string
		gaps   []string
	}{
		{"within", many, inspect.Limits{Entries: 20}, all, nil},
		{"entries", many, inspect.Limits{Entries: 3}, all[:3], []string{": more than 3 entries"}},
		{"bytes", many, inspect.Limits{Bytes: 20_000}, all, []string{": more than 20000 bytes uncompressed"}},
		{"exactly as many bytes", many, inspect.Limits{Bytes: int64(len(many))}, all, nil},
		{"a file beyond the bytes", zeros, inspect.Limits{Bytes: 3 << 20}, []string{"a:0:1 test/needle needle"}, []string{"zeros: 4194304 bytes, 1048582 more than are inspected of one blob", ": more than 3145728 bytes uncompressed"}},
		{"ratio", zeros, inspect.Limits{RatioFrom: 1 << 20, Ratio: 100}, []string{"a:0:1 test/needle needle"}, []string{": compressed more than 100 times"}},
		{"ratio of a small layer", zeros, inspect.Limits{RatioFrom: 8 << 20, Ratio: 100}, []string{"a:0:1 test/needle needle", "b:0:1 test/needle needle"}, nil},
		{"path", long, inspect.Limits{Path: 500}, []string{strings.Repeat("d/", 300) + "f:0:1 test/needle needle"}, []string{strings.Repeat("d/", 300) + "f: a path of 601 bytes, more than 500"}},
		{"a header of many bytes", pax, inspect.Limits{}, []string{"a:0:1 test/needle needle"}, []string{": tar headers of more than 262144 bytes for one entry"}},
		{"a header of many bytes that are allowed", pax, inspect.Limits{Header: 512 << 10}, []string{"a:0:1 test/needle needle", "b:0:1 test/needle needle"}, nil},
		{"many headers", join(chain, many), inspect.Limits{}, nil, []string{": tar headers of more than 262144 bytes for one entry"}},
		{"findings", many, inspect.Limits{Findings: 3}, []string{all[0], all[1], all[2]}, []string{": 17 findings left out, beyond 3"}},
		{"findings of a file", archive(t, entry{name: "f", body: "needle needle needle"}), inspect.Limits{FileFindings: 2}, []string{"f:0:1 test/needle needle", "f:7:1 test/needle needle"}, []string{"f: 1 findings left out, beyond 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, inspector(t, c.limits, finder()), c.blob)
			if diff := cmp.Diff(c.found, evidence(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.gaps, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// repeated gives head and then part, n times.
type repeated struct {
	head, part []byte
	n          int
	rest       []byte
}

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.head != nil {
			r.rest, r.head = r.head, nil
		} else if r.n--; r.n < 0 {
			return 0, io.EOF
		} else {
			r.rest = r.part
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Bombs end at a limit, and are read to their end.
func TestBombs(t *testing.T) {
	huge := make([]byte, 512)
	copy(huge, "huge")
	copy(huge[100:], "0000644\x000000000\x000000000\x00")
	huge[124] = 0x80 // base 256
	binary.BigEndian.PutUint64(huge[128:], 10<<30)
	huge[156] = '0'
	copy(huge[257:], "ustar\x0000")
	zeros := make([]byte, 1<<20)
	for _, c := range []struct {
		name   string
		r      *repeated
		limits inspect.Limits
		gap    string
	}{
		{"10 GiB of zeros in gzip", &repeated{head: gz(t, sum(huge)), part: gz(t, zeros), n: 10 << 10}, inspect.Limits{RatioFrom: 1 << 30 / thin}, "compressed more than 250 times"},
		{"10 GiB of zeros in zstd", &repeated{head: zst(t, sum(huge), 1<<20), part: zst(t, zeros, 1<<20), n: 10 << 10}, inspect.Limits{RatioFrom: 1 << 30 / thin}, "compressed more than 250 times"},
		{"empty members of gzip", &repeated{part: gz(t, nil), n: 100_000}, inspect.Limits{}, ""},
		{"empty entries in gzip", &repeated{part: gz(t, bytes.Repeat(raw("f", '0', 0), 1<<10)), n: 1 << 10}, inspect.Limits{Entries: 200_000 / thin}, fmt.Sprintf("more than %d entries", 200_000/thin)},
		{"empty entries, plain", &repeated{part: bytes.Repeat(raw("g", '0', 0), 1<<10), n: 1 << 10}, inspect.Limits{Entries: 200_000 / thin}, fmt.Sprintf("more than %d entries", 200_000/thin)},
	} {
		t.Run(c.name, func(t *testing.T) {
			size := int64(len(c.r.head) + c.r.n*len(c.r.part))
			r, err := inspector(t, c.limits, finder()).Inspect(t.Context(), descriptor(nil), c.r)
			if err != nil {
				t.Fatal(err)
			}
			if r.Stats.BytesCompressed != size {
				t.Errorf("%d of %d bytes were read", r.Stats.BytesCompressed, size)
			}
			var want []string
			if c.gap != "" {
				want = []string{": " + c.gap}
			}
			if diff := cmp.Diff(want, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// A detector that panics, or reports nonsense, leaves a gap in its name and does not
// stop the others.
func TestFaultyDetectors(t *testing.T) {
	var none []int
	faults := []fake{
		{name: "a", version: "1", wants: func(*inspect.File) inspect.Want { panic("secret") }},
		{name: "b", version: "1", judge: func(*inspect.File, inspect.Seen, func(inspect.Finding)) { _ = none[7] }},
		{name: "c", version: "1", patterns: []inspect.Pattern{{ID: "p", Literals: []string{"needle"}, Check: func([][]byte) bool { panic(errors.New("secret")) }}}},
		{name: "d", version: "1", judge: func(_ *inspect.File, _ inspect.Seen, found func(inspect.Finding)) {
			found(inspect.Finding{Rule: "r", Category: "other"})
		}},
		{name: "e", version: "1", judge: func(_ *inspect.File, _ inspect.Seen, found func(inspect.Finding)) {
			found(inspect.Finding{Category: inspect.Miner})
		}},
		{name: "f", version: "1", judge: func(_ *inspect.File, _ inspect.Seen, found func(inspect.Finding)) {
			found(inspect.Finding{Rule: "r", Category: inspect.Miner, Confidence: inspect.Critical})
		}},
	}
	detectors := []inspect.Detector{finder()}
	for _, f := range faults {
		detectors = append(detectors, f)
	}
	r := report(t, inspector(t, inspect.Limits{}, detectors...), archive(t, entry{name: "x", body: "needle"}))
	want := []string{
		"x: detector a failed",
		"x: detector b failed: index out of range [7] with length 0",
		`x: detector d: a finding of no category ("other")`,
		"x: detector e: a finding without a rule",
		"x: detector f: a finding of no confidence (3)",
		"x: detector c failed: a check of a pattern",
	}
	if diff := cmp.Diff(want, whys(r)); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"x:0:1 test/needle needle"}, evidence(r)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// What comes from a file cannot act on who reads the report, and is bounded.
func TestHostileText(t *testing.T) {
	d := fake{name: "d", version: "1", judge: func(f *inspect.File, _ inspect.Seen, found func(inspect.Finding)) {
		found(inspect.Finding{Rule: "r", Category: inspect.Secret, Layer: "x", CreatedBy: "x", Evidence: "\x1b[31m\u202e\xff" + strings.Repeat("é", 200)})
	}}
	name := "a\x1b[2J\n" + strings.Repeat("\xfe/", 1500) + "end"
	r := report(t, inspector(t, inspect.Limits{}, d), archive(t, entry{name: name, body: "x", header: tar.Header{Format: tar.FormatGNU}}))
	if len(r.Findings) != 1 {
		t.Fatalf("findings %v", r.Findings)
	}
	f := r.Findings[0]
	if !strings.HasPrefix(f.Evidence, `\x1b[31m\u{202e}\xffééé`) || !strings.HasSuffix(f.Evidence, "é…") || len(f.Evidence) > inspect.MaxEvidence {
		t.Errorf("evidence %d bytes, %q", len(f.Evidence), f.Evidence)
	}
	if !strings.HasPrefix(f.Path, `a\x1b[2J\x0a\xfe/\xfe/`) || !strings.HasSuffix(f.Path, `\xfe/end`) || !strings.Contains(f.Path, "…") || len(f.Path) > 1024 {
		t.Errorf("path %d bytes, %q", len(f.Path), f.Path)
	}
	if f.Layer != r.Digest || f.CreatedBy != "" {
		t.Errorf("layer %s, created by %q", f.Layer, f.CreatedBy)
	}
}

// Many gaps are counted, not listed.
func TestManyGaps(t *testing.T) {
	d := fake{name: "d", version: "1", judge: func(*inspect.File, inspect.Seen, func(inspect.Finding)) { panic("no") }}
	var entries []entry
	for n := range 150 {
		entries = append(entries, entry{name: fmt.Sprint(n)})
	}
	r := report(t, inspector(t, inspect.Limits{}, d), archive(t, entries...))
	if len(r.Gaps) != 101 || r.Gaps[100] != (inspect.Gap{Why: "50 more gaps"}) {
		t.Errorf("%d gaps, the last %v", len(r.Gaps), r.Gaps[len(r.Gaps)-1])
	}
}

// failing gives b and then an error.
type failing struct {
	b   []byte
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.b) == 0 {
		return 0, f.err
	}
	n := copy(p, f.b)
	f.b = f.b[n:]
	return n, nil
}

// A reader that fails gives no report, whatever has been seen and wherever it fails.
func TestReaderFails(t *testing.T) {
	failure := errors.New("the disk is gone")
	layer := archive(t, entry{name: "noise", body: string(noise(600_000, 1))})
	broken := join(layer[:512], bytes.Repeat([]byte("x"), 600_000))
	i := inspector(t, inspect.Limits{}, finder())
	for _, blob := range [][]byte{layer, gz(t, layer), zst(t, layer, 1<<20), broken, []byte(`{"a":`), []byte("BZh9"), []byte("other")} {
		for _, n := range []int{0, 1, 3, 100, 512, 300_000, len(blob) - 1, len(blob)} {
			_, err := i.Inspect(t.Context(), descriptor(blob), &failing{blob[:max(0, min(n, len(blob)))], failure})
			if !errors.Is(err, failure) {
				t.Errorf("%.8q cut at %d: error %v", blob, n, err)
			}
		}
	}
	if _, err := i.Inspect(t.Context(), descriptor(nil), &failing{nil, nil}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v of a reader without progress", err)
	}
}

func TestCanceled(t *testing.T) {
	blob := gz(t, archive(t, entry{name: "noise", body: string(noise(600_000, 1))}))
	i := inspector(t, inspect.Limits{}, finder())
	for _, n := range []int{0, 1, 400_000, len(blob)} {
		ctx, cancel := context.WithCancel(t.Context())
		end := readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF })
		if n == 0 {
			cancel()
		}
		r := io.MultiReader(bytes.NewReader(blob[:n]), end, bytes.NewReader(blob[n:]))
		if _, err := i.Inspect(ctx, descriptor(blob), r); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v when canceled after %d bytes", err, n)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// The deadline is on work: a slow download is not the blob's fault.
func TestDeadline(t *testing.T) {
	blob := gz(t, archive(t, entry{name: "a", body: "needle"}, entry{name: "b", body: "needle"}, entry{name: "c", body: "needle"}))
	slow := finder()
	slow.name = "slow"
	slow.judge = func(*inspect.File, inspect.Seen, func(inspect.Finding)) { time.Sleep(time.Minute) }
	synctest.Test(t, func(t *testing.T) {
		i := inspector(t, inspect.Limits{Deadline: 90 * time.Second}, finder(), slow)
		r, err := i.Inspect(t.Context(), descriptor(blob), bytes.NewReader(blob))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{": not inspected within 1m30s"}, whys(r)); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a:0:1 test/needle needle", "b:0:1 test/needle needle"}, evidence(r)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		if r.Stats.BytesCompressed != int64(len(blob)) || r.Stats.Elapsed != 2*time.Minute {
			t.Errorf("stats %+v", r.Stats)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		i := inspector(t, inspect.Limits{Deadline: 90 * time.Second}, finder())
		wait := readerFunc(func([]byte) (int, error) { time.Sleep(time.Hour); return 0, io.EOF })
		r, err := i.Inspect(t.Context(), descriptor(blob), io.MultiReader(bytes.NewReader(blob[:20]), wait, bytes.NewReader(blob[20:])))
		if err != nil || len(r.Gaps) > 0 || len(r.Findings) != 3 || r.Stats.Elapsed != time.Hour {
			t.Errorf("error %v, report %+v", err, r)
		}
	})
}
