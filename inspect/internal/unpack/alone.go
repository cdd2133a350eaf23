package unpack

import (
	"encoding/binary"
	"io"
)

// The .lzma format (lzma-file-format.txt of XZ Utils): the properties, four bytes of the size of
// the dictionary, eight of that of the plain bytes or all ones, and the stream.
const aloneHeader = 13

// IsLZMA reports whether head begins as a .lzma file of the usual properties does. The format has no magic,
// so a dictionary is held to be a power of two, as all tools make it, and the plain bytes to be less than 4 GiB.
func IsLZMA(head []byte) bool {
	if len(head) <= aloneHeader || head[0] != 0x5d || head[1] != 0 || head[aloneHeader] != 0 {
		return false
	}
	dict, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	return dict >= 1<<12 && dict&(dict-1) == 0 && (size < 1<<32 || size == 1<<64-1)
}

// An LZMA reads a .lzma file that is in memory. Errors: ErrDamaged, where a tool would stop; memory's.
type LZMA struct {
	d      lzma
	left   uint64 // of the plain bytes
	out    [4096]byte
	unread []byte
	err    error
}

// NewLZMA returns a reader of b, for which IsLZMA holds. memory is asked before the dictionary grows.
func NewLZMA(b []byte, memory Memory) *LZMA {
	l := &LZMA{}
	l.d.window.grow = memory
	if !IsLZMA(b) || !l.d.properties(b[0]) || !l.d.coder.start(b[aloneHeader:]) {
		l.err = ErrDamaged
		return l
	}
	l.left = binary.LittleEndian.Uint64(b[5:])
	l.d.window.reset(int(binary.LittleEndian.Uint32(b[1:])))
	return l
}

func (l *LZMA) Read(p []byte) (int, error) {
	for len(l.unread) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		l.more()
	}
	n := copy(p, l.unread)
	l.unread = l.unread[n:]
	return n, nil
}

// more makes the next bytes in out.
func (l *LZMA) more() {
	n, ok := l.d.decode(int(min(l.left, uint64(len(l.out)))))
	l.left -= uint64(n)
	l.d.window.tail(l.out[:n], n)
	l.unread = l.out[:n]
	switch {
	case l.d.window.err != nil:
		l.err = l.d.window.err
	case l.left == 0 || l.d.marked:
		l.err = io.EOF
	case !ok || n == 0:
		l.err = ErrDamaged
	}
}
