package unpack

// An nrv unpacks NRV2B, NRV2D and NRV2E, the compressions of UCL, which UPX uses. The format is that of
// UCL's decompressors (n2b_d.c, n2d_d.c, n2e_d.c of ucl 1.03, https://www.oberhumer.com/opensource/ucl/):
// bits come from words of width bytes among the bytes, the highest first.
type nrv struct {
	src   []byte
	width int // bytes of a word of bits: 4, little-endian; 1; 2, little-endian
	most  int // bytes of out
	out   []byte

	at   int
	word uint32
	left int // bits of word
	bad  bool
}

// The variants.
const (
	variant2B = iota
	variant2D
	variant2E
)

// far is from which distance on a match is one byte longer.
var far = [...]uint32{variant2B: 0xd00, variant2D: 0x500, variant2E: 0x500}

func (n *nrv) bit() uint32 {
	if n.left == 0 {
		if n.at+n.width > len(n.src) {
			n.bad = true
			return 1 // which ends every loop
		}
		n.word = 0
		for i := range n.width {
			n.word |= uint32(n.src[n.at+i]) << (8 * i)
		}
		n.at, n.left = n.at+n.width, 8*n.width
	}
	n.left--
	return n.word >> n.left & 1
}

func (n *nrv) byte() uint32 {
	if n.at >= len(n.src) {
		n.bad = true
		return 0
	}
	n.at++
	return uint32(n.src[n.at-1])
}

// run unpacks until the mark of the end; false if there is none, or something is damaged.
// What was made until then is in out.
func (n *nrv) run(variant byte) bool {
	last := uint32(1)
	for !n.bad {
		for n.bit() == 1 {
			b := n.byte()
			if n.bad || len(n.out) >= n.most {
				return false
			}
			n.out = append(n.out, byte(b))
		}
		offset, odd, end := n.offset(variant, &last)
		if n.bad || end {
			return end && !n.bad
		}
		length := n.length(variant, odd)
		if offset > far[variant] {
			length++
		}
		if !n.copy(offset, length+1) {
			return false
		}
	}
	return false
}

// offset reads how far back a match is. odd is the first bit of its length, where that is
// part of the offset.
func (n *nrv) offset(variant byte, last *uint32) (offset, odd uint32, end bool) {
	m := uint32(1)
	for !n.bad {
		m = m*2 + n.bit()
		if n.bit() == 1 {
			break
		}
		if variant != variant2B {
			m = (m-1)*2 + n.bit()
		}
		if m > 1<<26 {
			n.bad = true
		}
	}
	if m == 2 {
		if variant != variant2B {
			odd = n.bit()
		}
		return *last, odd, false
	}
	m = (m-3)<<8 + n.byte()
	if m == 0xffffffff {
		return 0, 0, true
	}
	if variant != variant2B {
		odd = ^m & 1
		m >>= 1
	}
	*last = m + 1
	return m + 1, odd, false
}

// length reads the length of a match, less one.
func (n *nrv) length(variant byte, odd uint32) uint32 {
	if variant == variant2E {
		switch {
		case odd == 1:
			return 1 + n.bit()
		case n.bit() == 1:
			return 3 + n.bit()
		}
		return n.long() + 3
	}
	var m uint32
	if variant == variant2B {
		m = n.bit()
	} else {
		m = odd
	}
	if m = m*2 + n.bit(); m == 0 {
		return n.long() + 2
	}
	return m
}

// long reads a length that has no short code.
func (n *nrv) long() uint32 {
	m := uint32(1)
	for {
		m = m*2 + n.bit()
		if n.bit() == 1 || n.bad {
			return m
		}
		if m > 1<<30 {
			n.bad = true
			return m
		}
	}
}

// copy repeats bytes of out.
func (n *nrv) copy(offset, length uint32) bool {
	from := len(n.out) - int(offset)
	if n.bad || from < 0 || offset == 0 || int64(len(n.out))+int64(length) > int64(n.most) {
		return false
	}
	for range length {
		n.out = append(n.out, n.out[from])
		from++
	}
	return true
}
