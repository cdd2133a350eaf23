package unpack

// The LZMA decoder, by the description in the LZMA SDK (lzma-specification.txt,
// https://www.7-zip.org/sdk.html): a range coder, and a Markov model that says what
// comes next: a byte, a match, or one of the last four distances again.

const (
	probBits  = 11
	probInit  = 1 << (probBits - 1)
	moveBits  = 5
	topValue  = 1 << 24
	minMatch  = 2
	posStates = 16
	states    = 12
)

// A rangeCoder takes bits from in. Past its end it gives zeros and notes that.
type rangeCoder struct {
	in        []byte
	at        int
	code, rng uint32
	over      bool
}

// start reads the first five bytes, the first of which is zero.
func (c *rangeCoder) start(in []byte) bool {
	c.in, c.at, c.rng, c.code, c.over = in, 0, 0xffffffff, 0, false
	if len(in) < 5 || in[0] != 0 {
		return false
	}
	for _, b := range in[1:5] {
		c.code = c.code<<8 | uint32(b)
	}
	c.at = 5
	return c.code != 0xffffffff
}

func (c *rangeCoder) normalize() {
	if c.rng < topValue {
		var b byte
		if c.at < len(c.in) {
			b = c.in[c.at]
			c.at++
		} else {
			c.over = true
		}
		c.rng <<= 8
		c.code = c.code<<8 | uint32(b)
	}
}

func (c *rangeCoder) bit(p *uint16) uint32 {
	v := uint32(*p)
	bound := c.rng >> probBits * v
	var bit uint32
	if c.code < bound {
		*p = uint16(v + (1<<probBits-v)>>moveBits)
		c.rng = bound
	} else {
		*p = uint16(v - v>>moveBits)
		c.code -= bound
		c.rng -= bound
		bit = 1
	}
	c.normalize()
	return bit
}

func (c *rangeCoder) direct(bits int) uint32 {
	var out uint32
	for range bits {
		c.rng >>= 1
		c.code -= c.rng
		t := 0 - c.code>>31 // all ones if it went below zero
		c.code += c.rng & t
		c.normalize()
		out = out<<1 + t + 1
	}
	return out
}

// tree reads a number of bits through a binary tree, the highest bit first.
func (c *rangeCoder) tree(probs []uint16, bits int) uint32 {
	m := uint32(1)
	for range bits {
		m = m<<1 | c.bit(&probs[m])
	}
	return m - 1<<bits
}

// reverse is tree with the lowest bit first.
func (c *rangeCoder) reverse(probs []uint16, bits int) uint32 {
	m, out := uint32(1), uint32(0)
	for i := range bits {
		b := c.bit(&probs[m])
		m = m<<1 | b
		out |= b << i
	}
	return out
}

// A lengthCoder is the model of the lengths of matches.
type lengthCoder struct {
	choice [2]uint16
	low    [posStates][8]uint16
	mid    [posStates][8]uint16
	high   [256]uint16
}

func (l *lengthCoder) decode(c *rangeCoder, posState uint32) uint32 {
	switch {
	case c.bit(&l.choice[0]) == 0:
		return c.tree(l.low[posState][:], 3)
	case c.bit(&l.choice[1]) == 0:
		return 8 + c.tree(l.mid[posState][:], 3)
	}
	return 16 + c.tree(l.high[:], 8)
}

// model is all that is reset at once.
type model struct {
	isMatch   [states][posStates]uint16
	isRep     [states]uint16
	isRepG0   [states]uint16
	isRepG1   [states]uint16
	isRepG2   [states]uint16
	isRep0Big [states][posStates]uint16
	posSlot   [4][64]uint16
	posSpec   [128]uint16
	align     [16]uint16
	match     lengthCoder
	rep       lengthCoder
}

// lzma is a decoder of one stream of symbols into a window.
type lzma struct {
	coder      rangeCoder
	m          model
	literal    []uint16
	lc, lp, pb uint
	state      uint32
	reps       [4]uint32
	left       uint32 // of a match that did not fit
	window     window
	marked     bool // the end mark was read
}

// properties sets lc, lp and pb from their byte; false if they are out of range.
func (d *lzma) properties(b byte) bool {
	if b >= 9*5*5 {
		return false
	}
	return d.parameters(uint(b%9), uint(b/9%5), uint(b/45))
}

func (d *lzma) parameters(lc, lp, pb uint) bool {
	if lc > 8 || lp > 4 || pb > 4 || lc+lp > 12 {
		return false
	}
	d.lc, d.lp, d.pb = lc, lp, pb
	if n := 0x300 << (lc + lp); cap(d.literal) < n {
		d.literal = make([]uint16, n)
	} else {
		d.literal = d.literal[:n]
	}
	d.reset()
	return true
}

// reset sets the state to that of a new stream; the window stays.
func (d *lzma) reset() {
	fill := func(p []uint16) {
		for i := range p {
			p[i] = probInit
		}
	}
	m := &d.m
	for i := range states {
		fill(m.isMatch[i][:])
		fill(m.isRep0Big[i][:])
	}
	for _, p := range [][]uint16{m.isRep[:], m.isRepG0[:], m.isRepG1[:], m.isRepG2[:], m.posSpec[:], m.align[:], d.literal} {
		fill(p)
	}
	for i := range m.posSlot {
		fill(m.posSlot[i][:])
	}
	for _, l := range []*lengthCoder{&m.match, &m.rep} {
		fill(l.choice[:])
		fill(l.high[:])
		for i := range posStates {
			fill(l.low[i][:])
			fill(l.mid[i][:])
		}
	}
	d.state, d.reps, d.left, d.marked = 0, [4]uint32{}, 0, false
}

// decode makes up to n bytes in the window. It returns how many, and false for damage.
func (d *lzma) decode(n int) (int, bool) {
	w, made := &d.window, 0
	for made < n {
		if d.left > 0 {
			k := min(d.left, uint32(n-made))
			if !w.copy(d.reps[0], int(k)) {
				return made, false
			}
			d.left -= k
			made += int(k)
			continue
		}
		if d.coder.over || d.marked {
			return made, d.marked
		}
		posState := uint32(w.total) & (1<<d.pb - 1)
		if d.coder.bit(&d.m.isMatch[d.state][posState]) == 0 {
			if !w.put(d.literalByte()) {
				return made, false
			}
			made++
			continue
		}
		length, ok := d.matched(posState)
		if !ok {
			return made, false
		}
		d.left = length
	}
	return made, true
}

// literalByte reads a byte that is none of the earlier ones.
func (d *lzma) literalByte() byte {
	w, c := &d.window, &d.coder
	at := (uint32(w.total)&(1<<d.lp-1))<<d.lc + uint32(w.last())>>(8-d.lc)
	probs := d.literal[0x300*at : 0x300*at+0x300]
	symbol := uint32(1)
	if d.state >= 7 {
		match := uint32(w.back(d.reps[0]))
		for symbol < 0x100 {
			bit := match >> 7 & 1
			match <<= 1
			b := c.bit(&probs[(1+bit)<<8+symbol])
			symbol = symbol<<1 | b
			if b != bit {
				break
			}
		}
	}
	for symbol < 0x100 {
		symbol = symbol<<1 | c.bit(&probs[symbol])
	}
	switch {
	case d.state < 4:
		d.state = 0
	case d.state < 10:
		d.state -= 3
	default:
		d.state -= 6
	}
	return byte(symbol)
}

// matched reads a match, whose distance is then in reps[0], and returns its length; 0
// with the end mark.
func (d *lzma) matched(posState uint32) (uint32, bool) {
	c, m, s := &d.coder, &d.m, d.state
	after := func(literal, other uint32) uint32 {
		if s < 7 {
			return literal
		}
		return other
	}
	if c.bit(&m.isRep[s]) == 0 {
		length := m.match.decode(c, posState)
		d.state = after(7, 10)
		distance := d.distance(length)
		if distance == 0xffffffff {
			d.marked = true
			return 0, true
		}
		d.reps = [4]uint32{distance, d.reps[0], d.reps[1], d.reps[2]}
		return length + minMatch, d.window.has(distance)
	}
	if c.bit(&m.isRepG0[s]) == 0 {
		if c.bit(&m.isRep0Big[s][posState]) == 0 {
			d.state = after(9, 11)
			return 1, d.window.has(d.reps[0])
		}
	} else {
		r := &d.reps
		switch {
		case c.bit(&m.isRepG1[s]) == 0:
			r[0], r[1] = r[1], r[0]
		case c.bit(&m.isRepG2[s]) == 0:
			r[0], r[1], r[2] = r[2], r[0], r[1]
		default:
			r[0], r[1], r[2], r[3] = r[3], r[0], r[1], r[2]
		}
	}
	length := m.rep.decode(c, posState)
	d.state = after(8, 11)
	return length + minMatch, d.window.has(d.reps[0])
}

// distance reads how far back a match of a length is, less one.
func (d *lzma) distance(length uint32) uint32 {
	c := &d.coder
	slot := c.tree(d.m.posSlot[min(length, 3)][:], 6)
	if slot < 4 {
		return slot
	}
	bits := int(slot>>1 - 1)
	base := (2 | slot&1) << bits
	if slot < 14 {
		return base + c.reverse(d.m.posSpec[base-slot:], bits)
	}
	return base + c.direct(bits-4)<<4 + c.reverse(d.m.align[:], 4)
}
