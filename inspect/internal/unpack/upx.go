package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Programs packed by UPX: an ELF header and its program headers, then an l_info and a
// p_info of twelve bytes each, then blocks, each after a b_info of twelve bytes, until one
// of size zero (https://github.com/upx/upx/blob/v4.2.4/src/stub/src/include/linux.h). The
// blocks together are the program, but for some bytes of its headers. Filters, which only
// rewrite the targets of jumps, are left as they are: texts are the same.
const (
	upxMagic = "UPX!"
	upxInfo  = 12
	// Methods, https://github.com/upx/upx/blob/v4.2.4/src/conf.h.
	upxNRV2B = 2 // and the next two: with bits in 32, 8 and 16
	upxNRV2D = 5
	upxNRV2E = 8
	upxLZMA  = 14
)

// maxUPX bounds one block, in bytes packed or unpacked.
const maxUPX = 1 << 30

// IsUPX reports whether a file of which head is the beginning is an ELF program packed by
// UPX. The mark may have been written over, as malware does; what is behind it is then
// known by its form.
func IsUPX(head []byte) bool {
	_, ok := upxAt(head)
	return ok
}

// upxAt returns where the l_info is.
func upxAt(head []byte) (at int, ok bool) {
	if len(head) < 64 || !bytes.HasPrefix(head, []byte("\x7fELF")) {
		return 0, false
	}
	order, ok := elfOrder(head)
	if !ok {
		return 0, false
	}
	var table, size, n int
	switch head[4] {
	case 1:
		table, size, n = int(order.Uint32(head[28:])), int(order.Uint16(head[42:])), int(order.Uint16(head[44:]))
	case 2:
		table, size, n = int(min(order.Uint64(head[32:]), maxUPX)), int(order.Uint16(head[54:])), int(order.Uint16(head[56:]))
	default:
		return 0, false
	}
	at = table + size*n
	if table < 52 || n == 0 || at+3*upxInfo > len(head) {
		return 0, false
	}
	if string(head[at+4:at+8]) == upxMagic {
		return at, true
	}
	return at, upxForm(head[at:], order)
}

// elfOrder is the byte order that an ELF header names.
func elfOrder(head []byte) (binary.ByteOrder, bool) {
	switch head[5] {
	case 1:
		return binary.LittleEndian, true
	case 2:
		return binary.BigEndian, true
	}
	return nil, false
}

// upxForm knows l_info, p_info and a first b_info without their mark: a version and a format
// that there are, sizes that agree, and a method that there is.
func upxForm(b []byte, order binary.ByteOrder) bool {
	version, format := b[10], b[11]
	file, most := order.Uint32(b[16:]), order.Uint32(b[20:])
	unpacked, packed, method := order.Uint32(b[24:]), order.Uint32(b[28:]), b[32]
	return version >= 11 && version <= 14 && format >= 10 && format <= 45 &&
		file > 0 && most > 0 && unpacked > 0 && unpacked <= most && packed > 0 && packed <= unpacked && most <= file &&
		(method >= upxNRV2B && method <= upxNRV2E+2 || method == upxLZMA)
}

// A UPX reads the program that is packed in another.
type UPX struct {
	s      *source
	memory Memory
	order  binary.ByteOrder
	out    []byte // of the block at hand, not yet given
	blocks int
	held   int64 // bytes that memory was asked for
	err    error
}

// NewUPX returns a reader of r, which begins with an ELF header. It asks memory for each block, twice over.
func NewUPX(r io.Reader, memory Memory) *UPX { return &UPX{s: newSource(r), memory: memory} }

// Read gives bytes of the program. Errors: io.EOF at its end, those of the source and of
// memory, ErrDamaged, ErrUnsupported for a method that is not known.
func (u *UPX) Read(p []byte) (int, error) {
	for len(u.out) == 0 && u.err == nil {
		u.err = u.next()
	}
	if len(u.out) == 0 {
		return 0, u.err
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// next unpacks a block.
func (u *UPX) next() error {
	if u.order == nil {
		head, err := u.s.full(512)
		if err != nil {
			return err
		}
		at, ok := upxAt(head)
		if !ok {
			return ErrDamaged
		}
		u.order, _ = elfOrder(head)
		if err := u.s.skip(int64(at) + 2*upxInfo); err != nil {
			return damage(err)
		}
	}
	b, err := u.s.full(upxInfo)
	if err != nil {
		return err
	}
	if len(b) < upxInfo {
		return ErrDamaged
	}
	unpacked, packed, method := int64(u.order.Uint32(b)), int64(u.order.Uint32(b[4:])), b[8]
	if unpacked == 0 || u.blocks > 0 && packed > unpacked {
		return io.EOF // the end's sizes are zero and the mark
	}
	if packed > unpacked || packed == 0 || unpacked > maxUPX {
		return ErrDamaged
	}
	u.blocks++
	if err := u.s.skip(upxInfo); err != nil {
		return damage(err)
	}
	return u.block(int(unpacked), int(packed), method)
}

// block unpacks one block into out. Its memory is given back by whoever gave it, with that
// of the file.
func (u *UPX) block(unpacked, packed int, method byte) error {
	if more := int64(unpacked) + int64(packed) - u.held; more > 0 {
		if err := u.memory.take(more); err != nil {
			return err
		}
		u.held += more
	}
	src := make([]byte, 0, min(packed, 64<<10)) // as much as there is, not as is said
	buf := bytes.NewBuffer(src)
	if _, err := io.CopyN(buf, u.s, int64(packed)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	src = buf.Bytes()
	var whole bool
	switch {
	case packed == unpacked:
		u.out, whole = src, len(src) == unpacked
	case method >= upxNRV2B && method <= upxNRV2E+2:
		variant := (method - upxNRV2B) / 3
		n := nrv{src: src, width: [...]int{4, 1, 2}[(method-upxNRV2B)%3], most: unpacked}
		whole = n.run(variant) && len(n.out) == unpacked
		u.out = n.out
	case method == upxLZMA:
		u.out, whole = upxLZMABlock(src, unpacked)
	default:
		return fmt.Errorf("%w: method %d of UPX", ErrUnsupported, method)
	}
	if !whole {
		return ErrDamaged
	}
	return nil
}

// upxLZMABlock unpacks LZMA as UPX has it: two bytes of properties, then the bare stream
// (https://github.com/upx/upx/blob/v4.2.4/src/compress/compress_lzma.cpp).
func upxLZMABlock(src []byte, unpacked int) (out []byte, whole bool) {
	if len(src) < 2 {
		return nil, false
	}
	d := &lzma{}
	d.window.reset(unpacked)
	if !d.parameters(uint(src[1]&15), uint(src[1]>>4), uint(src[0]&7)) || !d.coder.start(src[2:]) {
		return nil, false
	}
	var part [16 << 10]byte
	for len(out) < unpacked {
		n, ok := d.decode(min(len(part), unpacked-len(out)))
		d.window.tail(part[:n], n)
		if out = append(out, part[:n]...); !ok || n == 0 {
			return out, false
		}
	}
	return out, true
}
