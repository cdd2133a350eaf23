package unpack_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lazaret/lazaret/inspect/internal/unpack"
)

// compressor is a program around UCL, which UPX compresses with: the variant and the bits
// of a word as its argument, from its input to its output.
const compressor = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucl/ucl.h>
int main(int argc, char **argv) {
	static unsigned char in[1 << 22], out[1 << 23];
	ucl_uint n = fread(in, 1, sizeof in, stdin), m = 0;
	if (argc < 2 || ucl_init() != UCL_E_OK) return 1;
	struct ucl_compress_config_t conf;
	memset(&conf, 0xff, sizeof conf);
	conf.bb_endian = 0;
	conf.bb_size = atoi(argv[1] + 1);
	int r = argv[1][0] == 'b' ? ucl_nrv2b_99_compress(in, n, out, &m, NULL, 9, &conf, NULL)
		: argv[1][0] == 'd' ? ucl_nrv2d_99_compress(in, n, out, &m, NULL, 9, &conf, NULL)
		: ucl_nrv2e_99_compress(in, n, out, &m, NULL, 9, &conf, NULL);
	if (r != UCL_E_OK) return 2;
	return fwrite(out, 1, m, stdout) != m;
}`

// ucl builds the compressor and returns what runs it.
func ucl(t *testing.T) func(variant string, b []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	src, bin := filepath.Join(dir, "x.c"), filepath.Join(dir, "x")
	if err := os.WriteFile(src, []byte(compressor), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-o", bin, src, "-lucl").CombinedOutput(); err != nil {
		t.Fatalf("build with gcc and Debian's libucl-dev: %v\n%s", err, out)
	}
	return func(variant string, b []byte) []byte {
		t.Helper()
		cmd := exec.Command(bin, variant)
		cmd.Stdin = bytes.NewReader(b)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// lzma compresses as UPX does: two bytes of properties, and the bare stream.
func lzma(t *testing.T, b []byte) []byte {
	t.Helper()
	cmd := exec.Command("xz", "--format=raw", "--lzma1=lc=3,lp=0,pb=2,dict=4MiB", "--stdout")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{3<<3 | 2, 3}, out...)
}

// A block is one part of a packed program.
type block struct {
	method       byte
	plain, bytes []byte
}

// upx is a program packed by UPX, with a mark of four bytes.
func upx(mark string, blocks ...block) []byte {
	le := binary.LittleEndian
	b := make([]byte, 64+56)
	copy(b, "\x7fELF\x02\x01\x01")
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], 1)
	size, most := 0, 0
	for _, k := range blocks {
		size, most = size+len(k.plain), max(most, len(k.plain))
	}
	b = append(le.AppendUint32(b, 0xabcdef), mark...)
	b = append(b, 0, 1, 13, 22) // lsize, version, format: linux/elf64.amd
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), uint32(size)), uint32(most))
	for _, k := range blocks {
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(k.plain))), uint32(len(k.bytes)))
		b = append(append(b, k.method, 0, 0, 0), k.bytes...)
	}
	b = append(append(b, 0, 0, 0, 0), mark...)
	b = append(b, 0, 0, 0, 0)
	return append(b, bytes.Repeat([]byte("stub"), 200)...)
}

// program is bytes like those of a program: runs, texts, noise and jumps back to all of them.
func program(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := []byte("\x7fELF look-alike")
	for len(b) < n {
		switch rng.IntN(5) {
		case 0:
			b = append(b, bytes.Repeat([]byte{byte(rng.Uint32())}, rng.IntN(3000))...)
		case 1:
			b = fmt.Appendf(b, "stratum+tcp://pool%d.example:%d\x00", rng.IntN(50), rng.IntN(9000))
		case 2:
			for range rng.IntN(300) {
				b = append(b, byte(rng.Uint32()))
			}
		default:
			from := rng.IntN(len(b))
			b = append(b, b[from:min(len(b), from+rng.IntN(5000))]...)
		}
	}
	return b[:n]
}

// What UCL and LZMA compress comes back as it was, whatever the method and the mark.
func TestUPX(t *testing.T) {
	pack := ucl(t)
	for seed, n := range []int{1, 100, 5_000, 300_000, 3_000_000} {
		p := program(n, uint64(seed))
		for name, k := range map[string]block{
			"NRV2B": {2, p, pack("b32", p)}, "NRV2D": {5, p, pack("d32", p)}, "NRV2E": {8, p, pack("e32", p)},
			"NRV2B, 8": {3, p, pack("b8", p)}, "NRV2D, 8": {6, p, pack("d8", p)}, "NRV2E, 8": {9, p, pack("e8", p)},
			"NRV2B, 16": {4, p, pack("b16", p)}, "NRV2D, 16": {7, p, pack("d16", p)}, "NRV2E, 16": {10, p, pack("e16", p)}, "LZMA": {14, p, lzma(t, p)}, "stored": {8, p, p},
		} {
			if len(k.bytes) > len(k.plain) {
				continue // UPX stores it then
			}
			for _, mark := range []string{"UPX!", "\x00\x01xy"} {
				file := upx(mark, k, block{8, []byte("second"), []byte("second")})
				if n == 1 && mark != "UPX!" {
					continue // of a first block that small, the form says nothing
				}
				if !unpack.IsUPX(file[:min(512, len(file))]) {
					t.Errorf("%s of %d bytes, mark %q: not known", name, n, mark)
					continue
				}
				got, err := io.ReadAll(unpack.NewUPX(bytes.NewReader(file), nil))
				if err != nil || !bytes.Equal(got, append(bytes.Clone(p), "second"...)) {
					t.Errorf("%s of %d bytes, mark %q: %d bytes, %v", name, n, mark, len(got), err)
				}
			}
		}
	}
}

// Damage ends it with an error, and memory is asked for before it is taken.
func TestUPXDamage(t *testing.T) {
	pack := ucl(t)
	p := program(100_000, 9)
	good := upx("UPX!", block{8, p, pack("e32", p)})
	for name, file := range map[string][]byte{
		"cut":              good[:2000],
		"cut in its infos": good[:150],
		"another method":   upx("UPX!", block{99, p, p[:50]}),
		"no end mark":      upx("UPX!", block{8, p, bytes.Repeat([]byte{0}, 50)}),
		"too short":        upx("UPX!", block{8, p, pack("e32", p[:1000])}),
		"too long":         upx("UPX!", block{8, p[:1000], pack("e32", p[:1100])[:900]}),
		"grows":            upx("UPX!", block{8, p[:10], p[:20]}),
		"no LZMA":          upx("UPX!", block{14, p, []byte("\xff\xff\xff\xff")}),
	} {
		if _, err := io.ReadAll(unpack.NewUPX(bytes.NewReader(file), nil)); !errors.Is(err, unpack.ErrDamaged) && !errors.Is(err, unpack.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := errors.New("refused")
	if _, err := io.ReadAll(unpack.NewUPX(bytes.NewReader(good), func(int64) error { return refused })); !errors.Is(err, refused) {
		t.Errorf("without memory: %v", err)
	}
	for name, head := range map[string][]byte{"no ELF": []byte("UPX!"), "an empty one": nil, "an honest program": append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 505)...)} {
		if unpack.IsUPX(head) {
			t.Errorf("%s is taken for UPX", name)
		}
	}
}

// FuzzUPX: whatever the bytes are, it ends, and makes no more than it asked memory for.
func FuzzUPX(f *testing.F) {
	p := []byte("some text, some text, some text, some text")
	f.Add(upx("UPX!", block{8, p, p}))
	f.Add(upx("UPX!", block{2, p, p[:20]}))
	f.Add(upx("UPX!", block{5, p, p[:20]}))
	f.Add(upx("UPX!", block{14, p, append([]byte{26, 3, 0}, p[:20]...)}))
	f.Add(upx("\x01\x02\x03\x04", block{10, p, p[:30]}, block{9, p, p[:30]}))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = unpack.IsUPX(b)
		n, _ := io.Copy(io.Discard, io.LimitReader(unpack.NewUPX(bytes.NewReader(b), bounded(t)), 2*most))
		if n > 2*most {
			t.Errorf("%d bytes", n)
		}
	})
}
