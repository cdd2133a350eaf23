package unpack_test

import (
	"bytes"
	"io"
	"os/exec"
	"testing"

	"math/rand/v2"

	"github.com/lazaret/lazaret/inspect/internal/unpack"
)

// mixed is n bytes that compress a little, with runs and repeats at all distances.
func mixed(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 0, n)
	for len(b) < n {
		switch rng.IntN(3) {
		case 0:
			for range 1 + rng.IntN(40) {
				b = append(b, byte(rng.Uint32()))
			}
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(rng.Uint32())}, 1+rng.IntN(600))...)
		default:
			if len(b) > 0 {
				at := rng.IntN(len(b))
				b = append(b, b[at:min(len(b), at+2+rng.IntN(300))]...)
			}
		}
	}
	return b[:n]
}

// What the xz tool writes with many settings is read back, in one piece and in several streams.
func TestXZ(t *testing.T) {
	xz, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("xz is not installed")
	}
	for _, args := range [][]string{{"-0"}, {"-6"}, {"-9", "--check=none"}, {"-T2", "--block-size=65536", "--check=sha256"},
		{"--lzma2=lc=0,lp=2,pb=0,dict=4096"}, {"--lzma2=lc=4,lp=0,pb=4,dict=65536,nice=5", "--check=crc32"}} {
		for _, plain := range [][]byte{nil, []byte("a"), mixed(100), mixed(700_000), make([]byte, 3_000_000), bytes.Repeat(mixed(5000), 300)} {
			cmd := exec.Command(xz, append(args, "-c")...)
			cmd.Stdin = bytes.NewReader(plain)
			packed, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			two := append(append(bytes.Clone(packed), 0, 0, 0, 0), packed...)
			got, err := io.ReadAll(unpack.NewXZ(bytes.NewReader(two), nil))
			if err != nil || !bytes.Equal(got, append(bytes.Clone(plain), plain...)) {
				t.Errorf("xz %v of %d bytes: %d bytes, error %v", args, len(plain), len(got), err)
			}
		}
	}
}

// What the xz tool writes as .lzma is read back, up to where it is cut.
func TestLZMA(t *testing.T) {
	xz, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("xz is not installed")
	}
	for _, args := range [][]string{{"-0"}, {"-6"}, {"-9e"}} {
		for _, plain := range [][]byte{[]byte("a"), mixed(100), mixed(700_000), make([]byte, 3_000_000)} {
			cmd := exec.Command(xz, append(args, "--format=lzma", "-c")...)
			cmd.Stdin = bytes.NewReader(plain)
			packed, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if !unpack.IsLZMA(packed) {
				t.Fatalf("%x is not known", packed[:14])
			}
			if got, err := io.ReadAll(unpack.NewLZMA(packed, nil)); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("xz %v of %d bytes: %d bytes, error %v", args, len(plain), len(got), err)
			}
			if got, err := io.ReadAll(unpack.NewLZMA(packed[:len(packed)-len(packed)/3], nil)); !bytes.HasPrefix(plain, got) && len(packed) > 100 && err == nil {
				t.Errorf("xz %v of %d bytes, cut: %d bytes, error %v", args, len(plain), len(got), err)
			}
		}
	}
	for _, b := range []string{"", "]", "] is no header", "]\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00x", "]\x00\x01\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00"} {
		if unpack.IsLZMA([]byte(b)) {
			t.Errorf("%q is taken for .lzma", b)
		}
		if _, err := unpack.NewLZMA([]byte(b), nil).Read(make([]byte, 1)); err == nil {
			t.Errorf("%q is read", b)
		}
	}
}
