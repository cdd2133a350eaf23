package inspect

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/lazaret/lazaret/inspect/internal/unpack"
)

// What a run encodes may be compressed. Most formats say so by their first bytes. Raw deflate, which
// PHP's gzinflate, Python's zlib with -15 and Node's inflateRawSync take, has no such mark: where the
// characters of a run look like it, its beginning is inflated.

var (
	bzip2Magic = []byte("BZh")
	xzMagic    = []byte("\xfd7zXZ\x00")
	zstdMagic  = []byte("\x28\xb5\x2f\xfd")
)

// isSqueezed reports whether b begins as a compressed stream that has a magic.
func isSqueezed(b []byte) bool {
	return bytes.HasPrefix(b, gzipMagic) || isZlib(b) || isBzip2(b) || bytes.HasPrefix(b, xzMagic) || bytes.HasPrefix(b, zstdMagic) || unpack.IsLZMA(b)
}

// isBzip2 knows the beginning of a stream and of its first block.
func isBzip2(b []byte) bool {
	return len(b) > 8 && bytes.HasPrefix(b, bzip2Magic) && '1' <= b[3] && b[3] <= '9' && bytes.HasPrefix(b[4:], []byte("1AY&S"))
}

// expanded returns what b is compressed from and by what, up to maxWrapped bytes; nothing if b is damaged from the
// beginning on, "" if it is not compressed, or in a way that is not known here.
func expanded(b []byte) (by string, out []byte) {
	in := bytes.NewReader(b)
	var r io.Reader
	switch {
	case bytes.HasPrefix(b, gzipMagic):
		z, err := gzip.NewReader(in)
		if err != nil {
			return "", nil
		}
		by, r = "gzip", z
	case isZlib(b):
		if z, err := zlib.NewReader(in); err == nil {
			by, r = "zlib", z
		} else {
			by, r = "deflate", flate.NewReader(bytes.NewReader(b[2:]))
		}
	case isBzip2(b):
		by, r = "bzip2", bzip2.NewReader(in)
	case bytes.HasPrefix(b, xzMagic):
		by, r = "xz", unpack.NewXZ(in, nil) // its dictionary grows with what is made, which is bounded
	case unpack.IsLZMA(b):
		by, r = "lzma", unpack.NewLZMA(b, nil)
	case bytes.HasPrefix(b, zstdMagic):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return "", nil
		}
		defer z.Close()
		by, r = "zstd", z
	default:
		return "", nil
	}
	out, err := upTo(r)
	if len(out) == 0 && (errors.Is(err, unpack.ErrUnsupported) || errors.Is(err, zstd.ErrWindowSizeExceeded)) {
		return "", nil // whoever reads it as a file makes a gap of it
	}
	return by, out
}

// An inflater looks into raw deflate. The zero value is ready; it keeps its memory.
type inflater struct {
	in   bytes.Reader
	z    io.ReadCloser
	head [deflateHead]byte // of what a run encodes
}

// How much of what may be raw deflate is looked at: characters of a run, bytes of what they encode, and
// bytes of text that must come of these. The table of codes before a text takes up to about 80 bytes.
const (
	mixedHead   = 48
	deflateHead = 192
	minInflated = 16
	minHexed    = 96 // hex digits; check sums are shorter, but for the longest
)

// holds reports whether a run, forwards or backwards, is raw deflate of something telling.
func (f *inflater) holds(text []byte) bool {
	switch {
	case len(text) < minRun:
		return false
	case !mixed(text[:min(len(text), mixedHead)]):
		return f.hexed(text)
	}
	const chars = deflateHead / 3 * 4
	if beginsDeflate(text) && f.telling(unbase64(f.head[:0], text[:min(len(text), chars)])) {
		return true
	}
	var end [chars]byte
	n := copy(end[:], text[max(0, len(text)-chars):])
	slices.Reverse(end[:n])
	return beginsDeflate(end[:n]) && f.telling(unbase64(f.head[:0], end[:n]))
}

// hexed is holds for hex digits.
func (f *inflater) hexed(text []byte) bool {
	if len(text) < minHexed || !digit(text[0]) || !digit(text[1]) || !digit(text[2]) {
		return false
	}
	return f.telling(unhex(f.head[:0], text[:min(len(text), 2*deflateHead)]))
}

// mixed reports whether base64 of compressed bytes may have these characters: a sixth of them at
// least are capitals, as many small letters, and some digits. Paths, names and hex digits are not so.
func mixed(text []byte) bool {
	// Most have no capital at all; of 24 characters of base64 one in 200,000 has none.
	const some = 24
	if slices.IndexFunc(text[:min(len(text), some)], func(c byte) bool { return 'A' <= c && c <= 'Z' }) < 0 {
		return false
	}
	var large, small, digits int
	for _, c := range text {
		switch {
		case c >= 'a':
			small++
		case c >= 'A':
			large++
		case c >= '0':
			digits++
		}
	}
	return 6*large >= len(text) && 6*small >= len(text) && digits > 0
}

// beginsDeflate reports whether what text begins with, in base64, may be the header of deflate.
func beginsDeflate(text []byte) bool {
	var buf [24]byte
	b, err := base64.RawStdEncoding.AppendDecode(buf[:0], text[:32])
	return err != nil || isDeflate(b) // the other alphabet
}

// isDeflate reports whether b may begin with a block of RFC 1951 that is worth inflating: one that is stored has its
// length twice, one with codes of its own has them complete (section 3.2.7).
func isDeflate(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	switch b[0] >> 1 & 3 {
	case 0:
		return b[1]^b[3] == 0xff && b[2]^b[4] == 0xff
	case 1:
		return isFixed(binary.LittleEndian.Uint32(b) >> 3)
	case 3:
		return false
	}
	if b[0]>>3 > 29 || b[1]&31 > 29 {
		return false
	}
	count := 4 + int(b[1]>>5|b[2]&1<<3)
	full := 0 // of 128ths of all codes
	for i := range count {
		at := 17 + 3*i
		n := (int(b[at/8]) | int(b[at/8+1])<<8) >> (at % 8) & 7
		if n > 0 {
			full += 128 >> n
		}
	}
	return full == 128
}

// isFixed reports whether the first codes of a block of fixed ones may stand for a text: those of eight bits, the first of
// which is the highest, are the bytes to 143 from 0x30 on, and no copy comes first (section 3.2.6).
func isFixed(codes uint32) bool {
	for i := range 3 {
		switch c := bits.Reverse8(uint8(codes)); {
		case c >= 0xc8:
			return true // a byte beyond ASCII
		case c < 0x30:
			return i > 0
		case c >= 0xc0 || !isPrintable(c-0x30):
			return false
		}
		codes >>= 8
	}
	return true
}

// telling reports whether b is the beginning of raw deflate of something telling.
func (f *inflater) telling(b []byte) bool {
	if !isDeflate(b) {
		return false
	}
	f.in.Reset(b)
	if f.z == nil {
		f.z = flate.NewReader(&f.in)
	} else if err := f.z.(flate.Resetter).Reset(&f.in, nil); err != nil {
		return false
	}
	var out [64]byte
	n, _ := io.ReadFull(f.z, out[:]) // b is cut
	return n >= minInflated && (telling(out[:n]) || isUTF8(out[:n])) && isVaried(out[:n])
}

// isVaried reports whether b has eight different bytes. What is made of anything is the same bytes again and again.
func isVaried(b []byte) bool {
	const least = 8
	var seen [4]uint64
	n := 0
	for _, c := range b {
		if seen[c>>6]>>(c&63)&1 == 0 {
			seen[c>>6] |= 1 << (c & 63)
			n++
		}
	}
	return n >= least
}

// isUTF8 reports whether b begins a text in UTF-8.
func isUTF8(b []byte) bool {
	for len(b) >= utf8.UTFMax {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError || n == 1 && !isPrintable(b[0]) {
			return false
		}
		b = b[n:]
	}
	return true
}

// inflate undoes raw deflate, up to maxWrapped bytes.
func inflate(b []byte) []byte {
	out, _ := upTo(flate.NewReader(bytes.NewReader(b))) // what came before damage counts
	return out
}

// inflated is what a run is in raw deflate, with how it is encoded.
func (f *inflater) inflated(text []byte) (chain string, out []byte) {
	for _, d := range decoders(false) {
		if b := d.decode(nil, text); f.telling(b[:min(len(b), deflateHead)]) {
			return d.name + ">deflate", inflate(b)
		}
	}
	return "", nil
}
