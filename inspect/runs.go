package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"iter"
	"slices"
)

// A runs collects the runs of characters in a text that may be something encoded: of
// base64, in either alphabet and on one or several lines, of hex digits, or of escapes, \xHH and \NNN.
// Every text is searched and next to none has any, so what counts is how few bytes are
// looked at, and that nothing is allocated until something is found.
type runs struct {
	skip   func(b []byte, i int) int // the machine's
	found  []run
	size   int // bytes in found and open
	more   bool
	open   []byte
	escape bool  // open is of escapes
	began  int64 // where open did
	line   int
	width  int // of the line that open is at
	offset int64
	lines  int // ends of lines before offset, and
	ahead  int // in the first counted bytes behind it
	count  int
	flate  inflater
}

// A run is some text that may be encoded.
type run struct {
	text   []byte
	escape bool
	offset int64
	line   int
}

// inRun knows the characters of runs: 1 is of base64 and of hex, 2 is padding.
var inRun = func() (t [256]uint8) {
	for c := range t {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '+', c == '/', c == '-', c == '_':
			t[c] = 1
		case c == '=':
			t[c] = 2
		}
	}
	return t
}()

// reset begins on another text.
func (r *runs) reset(skip func(b []byte, i int) int) {
	*r = runs{skip: skip, open: r.open[:0], flate: r.flate}
}

// feed takes the next bytes of a text, which are its last or not.
func (r *runs) feed(b []byte, last bool) {
	for i := 0; i < len(b); {
		if len(r.open) == 0 {
			if i = r.next(b, i); i == len(b) || last && len(b)-i < minRun {
				break
			}
			if end, ok := r.isDull(b, i); ok {
				i = end
				continue
			}
			r.begin(b, i)
		}
		i = r.take(b, i)
	}
	if last {
		r.close()
		return
	}
	r.offset += int64(len(b))
	r.lines += r.ahead + bytes.Count(b[r.count:], newline)
	r.ahead, r.count = 0, 0
}

// isDull reports whether the run at b[i] surely encodes nothing, and where it ends: nearly all
// are paths and names. It must end on its line, in b.
func (r *runs) isDull(b []byte, i int) (end int, ok bool) {
	if b[i] == '\\' {
		return i, false
	}
	for end = i; end < len(b) && inRun[b[end]] != 0; {
		end++
	}
	if end == len(b) || b[end] == '\n' || b[end] == '\r' || end-i > maxWrapped {
		return i, false
	}
	for _, part := range values(b[i:end]) {
		if r.decodes(part, false) {
			return i, false
		}
	}
	return end, true
}

// values are the parts of a run that may each be something encoded, with where they begin: what is before padding, and what is
// behind an equals sign, as in NAME=VALUE.
func values(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for at := 0; len(text)-at >= minRun; {
			part := text[at:]
			next := len(part)
			for i := bytes.IndexByte(part, '='); i >= 0 && i < len(part); i++ {
				if part[i] != '=' {
					part, next = part[:i], i
					break
				}
			}
			if len(part) >= minRun && !yield(at, part) {
				return
			}
			at += next
		}
	}
}

// next returns where the next run may begin, at i or behind it.
func (r *runs) next(b []byte, i int) int {
	if i = r.skip(b, i); len(b)-i >= minRun {
		if i > 0 && b[i-1] == '\\' && isEscape(b[i-1:]) {
			i += 3 // of a single one
		}
		return i
	}
	// What is left may go on.
	k := len(b) - 1
	for k >= i && inRun[b[k]] != 0 {
		k--
	}
	if k >= 0 && b[k] == '\\' {
		if i, ok := escapes(b, i, k); ok {
			return i
		}
	}
	return k + 1
}

// skip looks at few bytes of many: of the places where a run that is long enough could
// end, from the last on.
func skip(b []byte, i int) int {
	for len(b)-i >= minRun {
		w := (*[minRun]byte)(b[i:])
		k := minRun - 1
		for k >= 0 && inRun[w[k]] != 0 {
			k--
		}
		switch {
		case k < 0:
			return i
		case w[k] == '\\': // of escapes that are enough one stands behind all else
			if i, ok := escapes(b, i, i+k); ok && areEscapes(b[i:]) {
				return i
			}
		}
		i += k + 1
	}
	return i
}

// escapes returns where the escapes begin that b[k] may be the last of, not before from.
func escapes(b []byte, from, k int) (start int, ok bool) {
	if k+1 < len(b) && !leads(b[k+1]) {
		return 0, false
	}
	for k-4 >= from && isEscape(b[k-4:]) {
		k -= 4
	}
	return k, true
}

// areEscapes reports whether b begins with minRun characters of escapes, or may where it ends.
func areEscapes(b []byte) bool {
	for n := 0; n < minRun && len(b)-n >= 4; n += 4 {
		if !isEscape(b[n:]) {
			return false
		}
	}
	return true
}

// isEscape reports whether b, which has four bytes, begins with a \xHH or \NNN.
func isEscape(b []byte) bool {
	return b[0] == '\\' && leads(b[1]) && isDigitOf(b[1], b[2]) && isDigitOf(b[1], b[3])
}

// leads reports whether c may stand behind the backslash of an escape: an x, or the first of three octal digits.
func leads(c byte) bool { return c|0x20 == 'x' || '0' <= c && c <= '3' }

// isDigitOf reports whether c may be a digit of an escape with that lead.
func isDigitOf(lead, c byte) bool {
	if lead <= '3' {
		return '0' <= c && c <= '7'
	}
	return digit(c)
}

func (r *runs) begin(b []byte, i int) {
	r.open, r.escape, r.width = r.open[:0], b[i] == '\\', 0
	r.ahead, r.count = r.ahead+bytes.Count(b[r.count:i], newline), i
	r.began, r.line = r.offset+int64(i), 1+r.lines+r.ahead
}

// take adds to the open run from b[i], and returns where it ends, if it does.
func (r *runs) take(b []byte, i int) int {
	if r.escape {
		return r.takeEscapes(b, i)
	}
	for i < len(b) {
		end := i
		for end < len(b) && inRun[b[end]] != 0 {
			end++
		}
		r.keep(b[i:end])
		r.width += end - i
		if i = end; i == len(b) {
			break
		}
		switch c := b[i]; {
		case (c == '\n' || c == '\r') && r.width >= minRun:
			r.width = 0 // the text is broken into lines
		case c == '\r' || c == '\n' && i > 0 && b[i-1] == '\r':
		default:
			r.close()
			return i
		}
		i++
	}
	return i
}

// takeEscapes adds a backslash, what leads and two digits, again and again.
func (r *runs) takeEscapes(b []byte, i int) int {
	for ; i < len(b); i++ {
		c, n := b[i], len(r.open)%4
		if n == 0 && c != '\\' || n == 1 && !leads(c) || n > 1 && !isDigitOf(r.open[len(r.open)+1-n], c) {
			r.close()
			return i
		}
		if r.keep(b[i:i+1]) == 0 {
			r.close() // its end is not looked for
			return i + 1
		}
	}
	return i
}

// keep adds to the open run, as far as there is room, and returns how many bytes.
func (r *runs) keep(b []byte) int {
	if room := max(0, maxWrapped-r.size-len(r.open)); len(b) > room {
		b, r.more = b[:room], true
	}
	r.open = append(r.open, b...)
	return len(b)
}

func digit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// close keeps of the open run what is long enough and holds anything.
func (r *runs) close() {
	if r.escape {
		if text := r.open[:len(r.open)/4*4]; len(text) >= minRun && r.decodes(text, true) {
			r.found1(0, text)
		}
	} else {
		for at, text := range values(r.open) {
			if r.decodes(text, false) {
				r.found1(at, text)
			}
		}
	}
	r.open = r.open[:0]
}

// found1 keeps a text that begins at a place of the open run.
func (r *runs) found1(at int, text []byte) {
	if len(r.found) == maxRuns {
		r.more = true
		return
	}
	r.size += len(text)
	r.found = append(r.found, run{bytes.Clone(text), r.escape, r.began + int64(at), r.line})
}

// How much of a run is decoded to see whether it is worth it, in bytes of what it encodes.
const tried = 48

// decodes reports whether a run's beginning, or its end if it is reversed, decodes to something.
func (r *runs) decodes(text []byte, escape bool) bool {
	var buf [2 * tried]byte
	head := func(n int) []byte { return text[:min(n, len(text))] }
	if escape {
		return telling(fromEscapes(buf[:0], head(4*tried)))
	}
	if digit(text[0]) && digit(text[1]) && telling(unhex(buf[:0], head(2*tried))) || hopeful([4]byte(text)) && telling(unbase64(buf[:0], head(tried/3*4))) {
		return true
	}
	if last := [4]byte(text[len(text)-4:]); hopeful([4]byte{last[3], last[2], last[1], last[0]}) {
		var end [tried / 3 * 4]byte
		n := copy(end[:], text[max(0, len(text)-len(end)):])
		slices.Reverse(end[:n])
		if telling(unbase64(buf[:0], end[:n])) {
			return true
		}
	}
	return r.flate.holds(text)
}

// hopeful reports whether what begins with four characters of base64 may be telling. Most
// runs are paths, and told by these.
func hopeful(text [4]byte) bool {
	var b [3]byte
	for _, c := range text {
		v := sextet[c]
		b[0], b[1], b[2] = b[0]<<6|b[1]>>2, b[1]<<6|b[2]>>2, b[2]<<6|v
	}
	switch [2]byte(b[:]) {
	case [2]byte(gzipMagic), [2]byte(xzMagic), [2]byte(zstdMagic), [2]byte{0x7f, 'E'}, [2]byte{'M', 'Z'}, [2]byte{'P', 'K'}:
		return true
	}
	return isZlib(b[:]) || isPrintable(b[0]) && (b[1] == 0 || isPrintable(b[1]) && isPrintable(b[2]))
}

// sextet has what characters of base64 stand for, in either alphabet.
var sextet = func() (t [256]byte) {
	for i := range byte(64) {
		t["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i]] = i
	}
	t['-'], t['_'] = t['+'], t['/']
	return t
}()

// A decoder undoes one encoding.
type decoder struct {
	name string
	unit int // of how many characters one byte is made, rounded up
	// first is what of a text is decoded first, up to n characters.
	first func(text []byte, n int) []byte
	// decode returns what the text encodes, in the memory of dst if that is enough; nil if it encodes nothing.
	decode func(dst, text []byte) []byte
}

func decoders(escape bool) []decoder {
	head := func(text []byte, n int) []byte { return text[:min(n, len(text))] }
	if escape {
		return []decoder{{"escapes", 4, head, fromEscapes}}
	}
	return []decoder{
		{"hex", 2, head, unhex},
		{"base64", 2, head, unbase64},
		{"reversed base64", 2, func(text []byte, n int) []byte { return text[max(0, len(text)-n):] }, func(dst, text []byte) []byte {
			text = bytes.Clone(text)
			slices.Reverse(text)
			return unbase64(dst, text)
		}},
	}
}

// whole decodes a text, if that may be telling. Its beginning is tried first, which for most is enough: they
// are of one encoding.
func (d decoder) whole(text []byte) []byte {
	var buf [2 * tried]byte
	if !telling(d.decode(buf[:0], d.first(text, d.unit*tried))) {
		return nil
	}
	if b := d.decode(nil, text); telling(b) {
		return b
	}
	return nil
}

func fromEscapes(dst, text []byte) []byte {
	out := slices.Grow(dst[:0], len(text)/4)
	for i := 0; i+4 <= len(text); i += 4 {
		if a, b, c := text[i+1], nibble(text[i+2]), nibble(text[i+3]); a <= '3' {
			out = append(out, (a-'0')<<6|b<<3|c)
		} else {
			out = append(out, b<<4|c)
		}
	}
	return out
}

// unhex may be given the same memory twice.
func unhex(dst, text []byte) []byte {
	n := len(text) / 2
	out := slices.Grow(dst[:0], n)[:n]
	if _, err := hex.Decode(out, text[:2*n]); err != nil {
		return nil
	}
	return out
}

// unbase64 decodes as lenient tools do: either alphabet, with or without padding, and what
// is left over at the end is dropped.
func unbase64(dst, text []byte) []byte {
	if at := bytes.IndexByte(text, '='); at >= 0 {
		text = text[:at] // what follows the padding is another word
	}
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	enc := base64.RawStdEncoding
	if bytes.IndexByte(text, '-') >= 0 || bytes.IndexByte(text, '_') >= 0 {
		enc = base64.RawURLEncoding
	}
	n := enc.DecodedLen(len(text))
	out := slices.Grow(dst[:0], n)[:n]
	n, err := enc.Decode(out, text)
	if err != nil {
		return nil
	}
	return out[:n]
}
