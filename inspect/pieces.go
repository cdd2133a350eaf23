package inspect

import (
	"bytes"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/binary"
	"iter"
	"regexp"
	"strings"
)

// How data is written in texts: as words, as quoted texts, as lists of numbers. All take linear time.

// charset is a set of characters.
type charset [256]bool

func charsOf(chars string) *charset {
	var s charset
	for _, c := range []byte(chars) {
		s[c] = true
	}
	return &s
}

const (
	capitals   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	smalls     = "abcdefghijklmnopqrstuvwxyz"
	alphabet85 = "0123456789" + capitals + smalls + "!#$%&()*+-;<=>?@^_`{|}~" // RFC 1924, section 4.2
)

var (
	isBase64 = charsOf(capitals + smalls + "0123456789+/-_")
	isList   = charsOf("0123456789abcdefABCDEFxX, \t\r\n")
	isBase32 = charsOf(capitals + "234567")
	isURL    = charsOf(capitals + smalls + "0123456789%+-._~!*:/?&=,;@#$()") // RFC 3986, section 2, without quotes
	isBase85 = charsOf(alphabet85)
)

// tokens are the places of the longest words of at least least characters of a set. Of other text few bytes are
// looked at: of where a word could end, from the last on.
func tokens(text []byte, least int, in *charset) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := 0; len(text)-i >= least; {
			k := i + least - 1
			for k >= i && in[text[k]] {
				k--
			}
			if k >= i {
				i = k + 1
				continue
			}
			end := i + least
			for end < len(text) && in[text[end]] {
				end++
			}
			if !yield(i, end) {
				return
			}
			i = end
		}
	}
}

// literals are the quoted texts on one line, with where they begin, behind the quote. Of what stands behind a
// backslash in them, the backslash is left out.
func literals(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		var none [128]int // by the quote: up to where no other is
		for i := 0; i < len(text); i++ {
			q := text[i]
			if q != '"' && q != '\'' && q != '`' || i < none[q] {
				continue
			}
			end := i + 1
			for end < len(text) && text[end] != q && text[end] != '\n' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(text) || text[end] != q {
				none[q] = end // another kind may begin within
				continue
			}
			if s := text[i+1 : end]; !yield(i+1, unquoted(s)) {
				return
			}
			i = end
		}
	}
}

// unquoted is a quoted text without its backslashes.
func unquoted(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return out
}

// isGlue reports whether b may stand between two quoted texts that are put together: an operator or a comma, or the end of a
// statement and what adds to the variable, or sets the next.
func isGlue(b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) < 2 {
		return len(b) == 0 || strings.IndexByte("+.,&\\", b[0]) >= 0
	}
	if b[len(b)-1] == '+' || b[len(b)-1] == '.' { // a = a + "…"
		b = bytes.TrimSpace(b[:len(b)-1])
		if b = bytes.TrimRight(bytes.TrimRightFunc(b, isName), " \t"); len(b) == 0 {
			return false
		}
	}
	if b[len(b)-1] != '=' {
		return false
	}
	b = bytes.TrimSpace(bytes.TrimRight(b[:len(b)-1], "+."))
	rest := bytes.TrimRightFunc(b, isName)
	return len(rest) < len(b) && len(bytes.TrimSpace(bytes.TrimSuffix(rest, []byte(";")))) == 0
}

// isName knows the characters of the names of variables.
func isName(r rune) bool { return r == '$' || r < 0x80 && isWord(byte(r)) }

// maxGlue is the longest glue, in bytes.
const maxGlue = 40

// joined are the texts of base64 or hex that are put together of several quoted ones, with where they begin.
func joined(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		var whole []byte
		at, end, n := 0, 0, 0
		for i, s := range literals(text) {
			plain := bytes.TrimRight(s, "=")
			ok := len(plain) > 0 && isAll(plain, isBase64)
			gap := text[min(end+1, i-1) : i-1]
			if !ok || n > 0 && (len(gap) > maxGlue || !isGlue(gap)) {
				if n > 1 && !yield(at, whole) {
					return
				}
				whole, n = nil, 0
			}
			if !ok {
				continue
			}
			if n == 0 {
				at = i
			}
			whole, end, n = append(whole, plain...), i+len(s), n+1
		}
		if n > 1 {
			yield(at, whole)
		}
	}
}

func isAll(s []byte, in *charset) bool {
	for _, c := range s {
		if !in[c] {
			return false
		}
	}
	return true
}

// maxBetween is the most that stands between two numbers of a list, in bytes, and leastCodes the fewest of one.
const (
	maxBetween = 40
	leastCodes = 8
	leastList  = 3*leastCodes - 1 // characters
)

// lists are the bytes that lists of numbers stand for, decimal or hex, with where they begin. Between any
// two of them stands the same but for blanks: a comma, or ).chr( or the like.
func lists(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		var list, between []byte
		at, last, end := 0, 0, 0 // where the list begins, its last number, and the end of that
		for i := 0; i < len(text); {
			if text[i] < '0' || text[i] > '9' || i > 0 && isWord(text[i-1]) {
				i++
				continue
			}
			v, n := number(text[i:])
			gap := text[end:i]
			near := n > 0 && len(list) > 0 && len(gap) > 0 && len(gap) <= maxBetween
			if near {
				gap = bytes.Join(bytes.Fields(gap), nil)
			}
			if same := near && (len(list) == 1 || bytes.Equal(gap, between)); !same {
				if len(list) >= leastCodes && !yield(at, list) {
					return
				}
				if at = last; near { // the list may begin with the last number
					list = append([]byte(nil), list[len(list)-1])
				} else {
					at, list = i, nil
				}
			}
			if n == 0 {
				for i < len(text) && isWord(text[i]) {
					i++
				}
				end = i
				continue
			}
			list, between, last = append(list, v), gap, i
			i += n
			end = i
		}
		if len(list) >= leastCodes {
			yield(at, list)
		}
	}
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '.'
}

// number reads a number of one byte, and returns how many characters it has: 0 for another or none.
func number(s []byte) (v byte, n int) {
	value, base, i := 0, 10, 0
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		base, i = 16, 2
	}
	from := i
	for ; i < len(s) && i < from+4; i++ {
		c := strings.IndexByte("0123456789abcdef"[:base], s[i]|s[i]&0x40>>1)
		if c < 0 {
			break
		}
		value = value*base + c
	}
	if i == from || value > 255 || i < len(s) && isWord(s[i]) && !bytes.HasPrefix(s[i:], []byte(".chr")) {
		return 0, 0
	}
	return byte(value), i
}

// hexPairs are the bytes of pairs of hex digits between which blanks, colons, commas, dashes or ends of lines stand, with where they begin.
func hexPairs(text []byte) iter.Seq2[int, []byte] {
	const least, most = 8, 2 // bytes, and characters between pairs
	return func(yield func(int, []byte) bool) {
		for i := 0; i+1 < len(text); i++ {
			if !digit(text[i]) || i > 0 && isWord(text[i-1]) {
				continue
			}
			var out []byte
			at, parts, last := i, 0, i
			for gap := 0; i+1 < len(text) && gap <= most; {
				switch {
				case digit(text[i]) && digit(text[i+1]):
					out = append(out, nibble(text[i])<<4|nibble(text[i+1]))
					if gap > 0 {
						parts++
					}
					gap, i = 0, i+2
					last = i
				case strings.IndexByte(" :,-\t\r\n", text[i]) >= 0:
					gap, i = gap+1, i+1
				default:
					gap = most + 1
				}
			}
			if i = max(at, last-1); len(out) >= least && parts > 0 && !yield(at, out) {
				return
			}
		}
	}
}

// nibble is the value of a hex digit.
func nibble(c byte) byte { return c&0xf + c>>6*9 }

// dumped is a line as xxd writes it.
var dumped = regexp.MustCompile(`(?m)^[ \t]*[0-9a-fA-F]{4,8}: ?((?:[0-9a-fA-F]{2,8} ){1,16})`)

// undump is what lines of xxd stand for, and where the first of them begins.
func undump(text []byte) (at int, out []byte) {
	at = -1
	if !bytes.Contains(text, []byte("0: ")) { // as each offset ends
		return at, nil
	}
	for _, m := range dumped.FindAllSubmatchIndex(text, maxWrapped/16) {
		if at < 0 {
			at = m[0]
		}
		out = append(out, unhex(nil, bytes.ReplaceAll(text[m[2]:m[3]], []byte(" "), nil))...)
	}
	return at, out
}

// unbase32 decodes as far as it goes, without the padding.
func unbase32(s []byte) []byte {
	enc := base32.StdEncoding.WithPadding(base32.NoPadding)
	out := make([]byte, enc.DecodedLen(len(s)))
	n, _ := enc.Decode(out, s) // a rest that is no byte is dropped
	return out[:n]
}

// unascii85 decodes what Adobe's form writes, with or without its marks.
func unascii85(s []byte) []byte {
	s = bytes.TrimSuffix(bytes.TrimPrefix(s, []byte("<~")), []byte("~>"))
	out := make([]byte, 4*len(s)+4)
	n, _, _ := ascii85.Decode(out, s, true)
	return out[:n]
}

// unbase85 decodes the alphabet of RFC 1924 in groups of four bytes, as Python does; nil if s is none.
func unbase85(s []byte) []byte {
	out := make([]byte, 0, len(s)/5*4+4)
	for len(s) > 0 {
		k := min(5, len(s))
		v := uint64(0)
		for i := range 5 {
			c := len(alphabet85) - 1 // what is missing
			if i < k {
				c = strings.IndexByte(alphabet85, s[i])
			}
			if c < 0 {
				return nil
			}
			v = v*85 + uint64(c)
		}
		if v > 1<<32-1 || k == 1 {
			return nil
		}
		out = binary.BigEndian.AppendUint32(out, uint32(v))[:len(out)+k-1]
		s = s[k:]
	}
	return out
}

// escapedWords are the words of a URL's characters in which a percent sign stands at least least times, with where they begin.
func escapedWords(text []byte, least int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for from := 0; ; {
			i := bytes.IndexByte(text[from:], '%')
			if i < 0 {
				return
			}
			at, end := from+i, from+i
			for at > from && isURL[text[at-1]] {
				at--
			}
			for end < len(text) && isURL[text[end]] {
				end++
			}
			if s := text[at:end]; bytes.Count(s, []byte("%")) >= least && !yield(at, s) {
				return
			}
			from = end
		}
	}
}

// unpercent decodes %HH.
func unpercent(s []byte) (out []byte) {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && digit(s[i+1]) && digit(s[i+2]) {
			out, i = append(out, nibble(s[i+1])<<4|nibble(s[i+2])), i+2
		} else {
			out = append(out, s[i])
		}
	}
	return out
}

// ununicode puts the ASCII that is written as \u00HH or \u{HH} in its place, and counts the letters of that.
func ununicode(s []byte) (out []byte, letters int) {
	out = make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c, n := unicodeEscape(s[i:]); n > 0 {
			out = append(out, c)
			i += n - 1
			if 'a' <= c|0x20 && c|0x20 <= 'z' {
				letters++
			}
			continue
		}
		out = append(out, s[i])
	}
	return out, letters
}

// unicodeEscape reads the escape that s begins with, and returns how long it is; 0 if there is none that may be undone.
func unicodeEscape(s []byte) (c byte, n int) {
	const wide, braced = len(`\u0065`), len(`\u{65}`)
	switch {
	case len(s) < wide || s[0] != '\\' || s[1] != 'u':
		return 0, 0
	case s[2] == '0' && s[3] == '0' && digit(s[4]) && digit(s[5]):
		c, n = nibble(s[4])<<4|nibble(s[5]), wide
	case s[2] == '{' && digit(s[3]) && digit(s[4]) && s[5] == '}':
		c, n = nibble(s[3])<<4|nibble(s[4]), braced
	}
	if !isPrintable(c) {
		return 0, 0
	}
	return c, n
}
