package unpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// The .xz format, version 1.2.1 (https://tukaani.org/xz/xz-file-format.txt): streams of
// blocks, and after them an index and a footer. Check sums are not verified: whatever a
// tool would write before it finds one wrong is given.

var (
	xzMagic  = []byte("\xfd7zXZ\x00")
	xzFooter = 12
)

// filterLZMA2 is the only filter that is undone. Those for machine code (BCJ) and delta
// are ErrUnsupported: no packager uses them for archives.
const filterLZMA2 = 0x21

// chunkSize is how many bytes are decoded at once.
const chunkSize = 64 << 10

// An XZ reads a file of .xz streams. Errors: the source's; ErrDamaged, where a tool
// would stop; ErrUnsupported, where another would go on; memory's.
type XZ struct {
	s       *source
	checks  int // bytes of the check after a block
	block   bool
	started int64 // where the block began
	d       lzma
	in      []byte // of the chunk
	plain   int    // bytes that are left of an uncompressed chunk
	packed  int    // bytes to be made of a compressed one
	fresh   bool   // a dictionary reset must come
	props   bool   // properties have been set
	out     [chunkSize]byte
	unread  []byte
	err     error
}

// NewXZ returns a reader of r. memory is asked before the dictionary grows.
func NewXZ(r io.Reader, memory Memory) *XZ {
	x := &XZ{s: newSource(r)}
	x.d.window.grow = memory
	x.checks = -1
	return x
}

func (x *XZ) Read(p []byte) (int, error) {
	for len(x.unread) == 0 {
		if x.err != nil {
			return 0, x.err
		}
		var n int
		n, x.err = x.more()
		x.unread = x.out[:n]
	}
	n := copy(p, x.unread)
	x.unread = x.unread[n:]
	return n, nil
}

// more makes the next bytes in out.
func (x *XZ) more() (int, error) {
	switch {
	case x.checks < 0:
		return 0, x.header()
	case !x.block:
		return 0, x.next()
	case x.plain > 0:
		return x.copied()
	case x.packed > 0:
		return x.decoded()
	}
	return 0, x.chunk()
}

// header reads a stream header; io.EOF when there is none.
func (x *XZ) header() error {
	b, err := x.s.full(xzFooter)
	if err != nil {
		return err
	}
	if len(b) < 4 && len(bytes.Trim(b, "\x00")) == 0 {
		return io.EOF
	}
	if bytes.Equal(b[:min(4, len(b))], []byte{0, 0, 0, 0}) { // padding between streams
		_, err = x.s.Discard(4)
		return err
	}
	if len(b) < xzFooter || !bytes.HasPrefix(b, xzMagic) || b[6] != 0 || b[7] > 15 {
		return ErrDamaged
	}
	// Sizes of the check by its id (section 2.1.1.2).
	x.checks = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[b[7]]
	_, err = x.s.Discard(xzFooter)
	return err
}

// next reads a block header, or the index and the footer.
func (x *XZ) next() error {
	b, err := x.s.full(1)
	if err != nil || len(b) == 0 {
		return damage(err)
	}
	if b[0] == 0 {
		return x.index()
	}
	x.started = x.s.at()
	size := (int(b[0]) + 1) * 4
	if b, err = x.s.full(size); err != nil || len(b) < size {
		return damage(err)
	}
	dict, err := xzDictionary(b[1 : size-4])
	if err != nil {
		return err
	}
	_, _ = x.s.Discard(size)
	x.block, x.fresh, x.props = true, true, false
	x.d.window.reset(dict)
	return nil
}

// xzDictionary reads the filters of a block header and returns the size of the dictionary.
func xzDictionary(b []byte) (int, error) {
	flags, b := b[0], b[1:]
	for _, bit := range []byte{0x40, 0x80} { // compressed and uncompressed size
		if flags&bit != 0 {
			_, n := binary.Uvarint(b)
			if n <= 0 {
				return 0, ErrDamaged
			}
			b = b[n:]
		}
	}
	if flags&3 != 0 {
		return 0, fmt.Errorf("%w: a filter of xz beside LZMA2", ErrUnsupported)
	}
	id, n := binary.Uvarint(b)
	if n <= 0 || len(b) < n+2 {
		return 0, ErrDamaged
	}
	if id != filterLZMA2 {
		return 0, fmt.Errorf("%w: filter %#x of xz", ErrUnsupported, id)
	}
	bits := b[n+1]
	if b[n] != 1 || bits > 40 {
		return 0, ErrDamaged
	}
	if bits == 40 {
		return 1<<32 - 1, nil
	}
	return (2 | int(bits)&1) << (bits/2 + 11), nil
}

// index passes over the index and the footer: they say nothing that is not known.
func (x *XZ) index() error {
	from := x.s.at()
	_, _ = x.s.Discard(1)
	count, err := binary.ReadUvarint(x.s)
	for range 2 * min(count, 1<<32) {
		if err != nil {
			break
		}
		_, err = binary.ReadUvarint(x.s)
	}
	if err != nil {
		return ErrDamaged
	}
	size := x.s.at() - from
	x.checks = -1
	return x.s.skip((4-size%4)%4 + 4 + int64(xzFooter))
}

// chunk reads the header of a chunk of LZMA2 (linux/lib/xz/xz_dec_lzma2.c describes it).
func (x *XZ) chunk() error {
	b, err := x.s.full(6)
	if err != nil || len(b) == 0 {
		return damage(err)
	}
	control := b[0]
	if control == 0 {
		_, _ = x.s.Discard(1)
		x.block = false
		size := x.s.at() - x.started
		return x.s.skip((4-size%4)%4 + int64(x.checks))
	}
	if control < 0x80 && control > 2 || len(b) < 6 && (control >= 0x80 || len(b) < 3) {
		return ErrDamaged
	}
	if control == 1 || control >= 0xe0 {
		x.d.window.reset(x.d.window.size)
		x.fresh = false
	}
	if x.fresh {
		return ErrDamaged
	}
	size := int(binary.BigEndian.Uint16(b[1:])) + 1
	if control < 0x80 {
		x.plain = size
		_, _ = x.s.Discard(3)
		return nil
	}
	return x.packedChunk(b, size)
}

// packedChunk reads a compressed chunk.
func (x *XZ) packedChunk(b []byte, size int) error {
	control, packed := b[0], int(binary.BigEndian.Uint16(b[3:]))+1
	head := 5
	switch reset := control >> 5 & 3; {
	case reset >= 2:
		if !x.d.properties(b[5]) || x.d.lc+x.d.lp > 4 {
			return ErrDamaged
		}
		x.props, head = true, 6
	case !x.props:
		return ErrDamaged
	case reset == 1:
		x.d.reset()
	}
	_, _ = x.s.Discard(head)
	x.packed = int(control&0x1f)<<16 + size
	if cap(x.in) < packed {
		x.in = make([]byte, 1<<16)
	}
	n, err := io.ReadFull(x.s, x.in[:packed])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil // what is there is decoded
	}
	x.d.left = 0
	if err == nil && !x.d.coder.start(x.in[:n]) {
		err = ErrDamaged
	}
	return err
}

// copied takes bytes of an uncompressed chunk.
func (x *XZ) copied() (int, error) {
	n, err := x.s.Read(x.out[:min(x.plain, len(x.out))])
	for _, b := range x.out[:n] {
		if !x.d.window.put(b) {
			return 0, x.d.window.err
		}
	}
	x.plain -= n
	if err == io.EOF {
		err = ErrDamaged
	}
	return n, err
}

// decoded makes bytes of a compressed chunk.
func (x *XZ) decoded() (int, error) {
	n, ok := x.d.decode(min(x.packed, len(x.out), x.d.window.size))
	x.packed -= n
	x.d.window.tail(x.out[:n], n)
	switch {
	case x.d.window.err != nil:
		return n, x.d.window.err
	case !ok || n == 0:
		return n, ErrDamaged
	}
	return n, nil
}
