//go:build native

package inspect

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/lazaret/lazaret/internal/isal"
)

// Bounds of what is read again in pure Go, in bytes: of compressed, and of what it made.
const (
	maxReread = 1 << 20
	maxRemade = 64 << 20
)

// A nativeGunzip reads one member of a gzip file after the other with ISA-L. Header and trailer
// are read in Go. Where ISA-L finds damage early in a member, that is read again in pure
// Go and followed to where that finds it, so that both engines tell the same bytes and
// the same error; further behind, the last few bytes before the damage may differ. What
// follows an incomplete Huffman code, which Go refuses and ISA-L does not, is read on.
type nativeGunzip struct {
	z     gzip.Reader
	fast  *isal.Reader
	br    *bufio.Reader
	taken []byte // what was read of the member behind its header
	over  bool   // and more
	made  int64
	slow  bool // z reads on
	err   error
}

// Reset reads the header of the member that br is at.
func (g *nativeGunzip) Reset(br *bufio.Reader) error {
	if g.fast == nil {
		g.fast = isal.NewReader()
	}
	g.br, g.taken, g.over, g.made, g.slow = br, g.taken[:0], false, 0, false
	if g.err = g.z.Reset(br); g.err == nil {
		g.fast.Reset(br, g.take)
	}
	return g.err
}

func (g *nativeGunzip) take(b []byte) {
	if g.over = g.over || len(g.taken)+len(b) > maxReread; !g.over {
		g.taken = append(g.taken, b...)
	}
}

func (g *nativeGunzip) Read(p []byte) (n int, err error) {
	if g.slow {
		return g.z.Read(p)
	}
	if g.err != nil {
		return 0, g.err
	}
	n, err = g.fast.Read(p)
	if n > 0 && g.rereadable() && g.fast.Ending() {
		if g.reread(); g.slow {
			return g.z.Read(p)
		}
	}
	g.made += int64(n)
	switch err {
	case nil:
	case io.EOF:
		g.err = g.trailer()
	default:
		g.err = err
		if g.rereadable() {
			g.reread()
		}
	}
	if g.slow {
		return g.z.Read(p) // n is 0
	}
	return n, g.err
}

// trailer reads what follows the deflate stream, and returns io.EOF if it fits.
func (g *nativeGunzip) trailer() error {
	var b [8]byte
	n := copy(b[:], g.fast.Beyond())
	if _, err := io.ReadFull(g.br, b[n:]); err == io.EOF {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != g.fast.Sum() || binary.LittleEndian.Uint32(b[4:]) != uint32(g.made) {
		return gzip.ErrChecksum
	}
	return io.EOF
}

// plainHeader is the header of a member that says nothing.
const plainHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

func (g *nativeGunzip) rereadable() bool { return !g.over && g.made <= maxRemade }

// reread has z read the member from its beginning, up to where it is.
func (g *nativeGunzip) reread() {
	if err := g.z.Reset(&rest{*bytes.NewBuffer(append([]byte(plainHeader), g.taken...)), g.br}); err != nil {
		return
	}
	g.z.Multistream(false)
	if n, err := io.CopyN(io.Discard, &g.z, g.made); n < g.made {
		g.err = err
		return
	}
	g.slow = true
}

// A rest is what was read and then what was not. It reads no byte ahead.
type rest struct {
	bytes.Buffer
	br *bufio.Reader
}

func (r *rest) Read(p []byte) (int, error) {
	if r.Len() > 0 {
		return r.Buffer.Read(p)
	}
	return r.br.Read(p)
}

func (r *rest) ReadByte() (byte, error) {
	if r.Len() > 0 {
		return r.Buffer.ReadByte()
	}
	return r.br.ReadByte()
}
