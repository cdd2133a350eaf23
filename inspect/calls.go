package inspect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Some encodings look like anything else: rot13 like words, character codes like any list of numbers. They are
// undone in texts that name what undoes them, wherever in the text the data stands. The names are literals
// of the finder, so that a text without one costs nothing more.

// A call is what undoes an encoding.
type call uint16

const (
	callRot13 call = 1 << iota
	callCodes
	callChain
	callBase32
	callBase85
	callHex
	callBase64
	callPercent
	callUnicode
)

// calls has the literals that say which encodings are undone in a text, as of Pattern.Literals.
var calls = []struct {
	call     call
	literals []string
}{
	{callRot13, []string{"rot13", "rot_13", "n-za-m"}}, // the last is tr's
	{callCodes, []string{
		"fromcharcode", "fromcodepoint", "buffer.from([", "uint8array([", "bytes([", "bytearray([", "map(chr", "map{chr", "map { chr", "map {chr",
		"array_map('chr", `array_map("chr`, "join(chr(", "[char[]]", "getstring(", `pack("c*`, `pack('c*`, `pack("u*`, `pack('u*`,
	}},
	{callChain, []string{
		").chr(", ") . chr(", ")+chr(", ") + chr(", ")&chr(", ") & chr(", "+[char]", "+ [char]", ")+string.fromcharcode(", ") + string.fromcharcode(",
	}},
	{callBase32, []string{"b32decode", "base32 -d", "base32 --decode", "base32.decode"}},
	{callBase85, []string{"b85decode", "a85decode"}},
	{callHex, []string{"xxd -", "fromhex(", "unhexlify", "hex2bin", `pack("h*`, `pack('h*`}},
	{callBase64, []string{"b64decode", "base64_decode", "atob(", "frombase64string", "base64 -d", "base64 --decode", "decode_base64", "decode64(", `"base64")`, `'base64')`}},
	{callPercent, []string{"unescape(", "decodeuricomponent(", "decodeuri(", "urldecode(", "unquote(", "uri_unescape"}},
	// Letters, which nobody has to escape, with more behind them: those that are in most words, and whose digits are
	// not digits alone, which tables of characters are full of.
	{callUnicode, []string{`\u006c\u00`, `\u006e\u00`, `\u006f\u00`, `\u{6c}\u{`, `\u{6e}\u{`, `\u{6f}\u{`}},
}

// callPatterns are calls for a finder: one for each, whose ID is its place among them.
func callPatterns() (out []Pattern) {
	for i, c := range calls {
		out = append(out, Pattern{ID: string(rune(i)), Literals: c.literals, Only: Texts, Max: 1})
	}
	return out
}

// called queues what a text, which some detector reads, is decoded to by the calls that were seen in it: thousands
// of libraries name such calls. The text is what is kept of the file; cut says that this is not all. What its
// runs are decoded to has been queued, from queued on.
func (x *inspection) called(f *File, text []byte, cut bool, out *outcome, queued int) {
	var seen call
	if len(text) == 0 {
		return
	}
	for _, h := range out.hits[len(x.detectors)] {
		seen |= calls[h.Pattern[0]].call
	}
	for i := range x.queue[queued:] {
		x.queue[queued+i].calls = seen
	}
	if seen |= x.wrap.calls & callRot13; seen == 0 {
		return
	}
	d := &undoing{x: x, file: f, text: text, part: text}
	if d.more = cut; seen&callRot13 != 0 {
		d.rot13(x.wrap)
	}
	if seen&callUnicode != 0 {
		d.unicode()
	}
	for _, one := range []struct {
		call call
		undo func(*undoing)
	}{{callCodes, (*undoing).codes}, {callChain, (*undoing).chains}, {callBase32, (*undoing).base32}, {callBase85, (*undoing).base85}, {callHex, (*undoing).hex}, {callBase64 | callHex, (*undoing).pieces}, {callPercent, (*undoing).percent}} {
		if seen&one.call != 0 {
			d.each(one.undo)
		}
	}
	if d.more && d.started() {
		x.gaps.add(f.Path, fmt.Sprintf("more than %d bytes or %d pieces of encoded text in what is started", maxWrapped, maxRuns))
	}
}

// An undoing is what is decoded of one text.
type undoing struct {
	x    *inspection
	file *File
	text []byte
	part []byte // of text, that is looked at
	base int    // where that begins
	n    int    // of what was queued
	size int    // bytes of that
	at   int    // an offset, and the line that it is on, less one
	line int
	more bool
	runs runs
}

// maxCalled is how much of a text is looked at, in bytes: of longer ones the beginning and the end, unless they say what
// runs them. Those are libraries in one file, which name most calls.
const maxCalled = 16 << 10

// each has what is looked at of a text undone.
func (d *undoing) each(undo func(*undoing)) {
	if len(d.text) <= maxCalled || d.started() {
		undo(d)
		return
	}
	d.part = d.text[:maxCalled/2]
	undo(d)
	d.base = len(d.text) - maxCalled/2
	d.part = d.text[d.base:]
	undo(d)
	d.base, d.part = 0, d.text
}

// started reports whether the file says what runs it, or is a part of a config.
func (d *undoing) started() bool {
	return d.file.Type == Document || bytes.HasPrefix(d.file.Head, []byte("#!"))
}

// put takes what stands at a place of the part and is decoded to b, if b is telling. It returns false when no more is taken.
func (d *undoing) put(at int, chain string, b []byte) bool {
	switch {
	case telling(b):
		if by, z := expanded(b); by != "" {
			chain, b = chain+">"+by, z
		}
	case d.runs.flate.telling(b[:min(len(b), deflateHead)]):
		chain, b = chain+">deflate", inflate(b)
	default:
		return true
	}
	return d.queue(d.base+at, chain, b)
}

// queue takes what is a text for sure.
func (d *undoing) queue(at int, chain string, b []byte) bool {
	if d.n == maxRuns || d.size+len(b) > maxWrapped {
		d.more = true
		return false
	}
	d.n, d.size = d.n+1, d.size+len(b)
	if at < d.at {
		d.at, d.line = 0, 0
	}
	d.line += bytes.Count(d.text[d.at:at], newline)
	d.at = at
	return d.x.inner(d.file, wrapping{chain: chain, offset: int64(at), line: 1 + d.line}, b)
}

// rot13 takes the text as rot13 of another: what is, becomes plain where it stands, and the rest says nothing.
// What base64 in it encodes may be rot13 too, of a text or of something compressed.
func (d *undoing) rot13(in wrapping) {
	if strings.HasSuffix(in.chain, rot13Chain) {
		return // it would be what it was
	}
	line, rest := []byte(nil), d.text
	if i := bytes.IndexByte(d.text, '\n'); i >= 0 && bytes.HasPrefix(d.text, []byte("#!")) {
		line, rest = d.text[:i], d.text[i:]
	}
	if !d.queue(0, rot13Chain, slices.Concat(line, rot13(rest))) {
		return
	}
	for at, end := range tokens(d.text, minRun, isBase64) {
		if b := rot13(unbase64(nil, d.text[at:end])); !printableText(b) && !d.put(at, "base64>"+rot13Chain, b) {
			return // a text in base64 is taken by the one who reads that
		}
	}
}

const rot13Chain = "rot13"

// rot13 returns b with its letters moved by half of the alphabet.
func rot13(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'm':
			b[i] += 13
		case 'n' <= c|0x20 && c|0x20 <= 'z':
			b[i] -= 13
		}
	}
	return b
}

// unicode takes the text with the ASCII that is escaped in it as itself: names and words may be escaped in part.
func (d *undoing) unicode() {
	const least = 8 // letters
	if b, letters := ununicode(d.text); letters >= least {
		d.queue(0, "unicode", b)
	}
}

// percent decodes words with bytes as URLs have them.
func (d *undoing) percent() {
	const least = 4 // such bytes
	for at, s := range escapedWords(d.part, least) {
		if b := unpercent(s); !d.put(at, "percent", b) {
			return
		}
	}
}

// base32 decodes the words of RFC 4648, section 6.
func (d *undoing) base32() {
	const least = 16
	for at, end := range tokens(d.part, least, isBase32) {
		if !d.put(at, "base32", unbase32(d.part[at:end])) {
			return
		}
	}
}

// base85 decodes quoted texts as either of Python's functions does, and words as b85decode.
func (d *undoing) base85() {
	const least = 10
	for at, s := range literals(d.part) {
		if len(s) >= least && (!d.put(at, "base85", unbase85(s)) || !d.put(at, "ascii85", unascii85(s))) {
			return
		}
	}
	for at, end := range tokens(d.part, least, isBase85) {
		if at > 0 && (d.part[at-1] == '\'' || d.part[at-1] == '"') {
			continue
		}
		if !d.put(at, "base85", unbase85(d.part[at:end])) {
			return
		}
	}
}

// hex decodes pairs of digits with something between them, and dumps of xxd.
func (d *undoing) hex() {
	if at, b := undump(d.part); len(b) > 0 && !d.put(at, "xxd", b) {
		return
	}
	for at, b := range hexPairs(d.part) {
		if !d.put(at, "hex", b) {
			return
		}
	}
}

// codes decodes lists of numbers between which a comma or a blank stands. They are looked for in all of a text, most
// of which is passed over.
func (d *undoing) codes() {
	for at, end := range tokens(d.part, leastList, isList) {
		for i, b := range lists(d.part[at:end]) {
			if !d.put(at+i, "codes", b) {
				return
			}
		}
	}
}

// chains decodes numbers each of which is made a character.
func (d *undoing) chains() {
	for at, b := range lists(d.part) {
		if !d.put(at, "codes", b) {
			return
		}
	}
}

// pieces decodes base64 and hex that is cut into several texts which are put together, and words that are too
// short to be decoded elsewhere, those in the beginning.
func (d *undoing) pieces() {
	const least = 12
	for at, end := range tokens(d.part[:min(len(d.part), maxCalled)], least, isBase64) {
		if end-at < minRun && d.alone(at, end) && !d.decode(at, d.part[at:end]) {
			return
		}
	}
	for at, s := range joined(d.part) {
		if len(s) >= least && !d.decode(at, s) {
			return
		}
	}
}

// alone reports whether a word is one between quotes or blanks, or a value, and no name in code.
func (d *undoing) alone(at, end int) bool {
	return (at == 0 || strings.IndexByte("\"'`= \t\n", d.part[at-1]) >= 0) && (end == len(d.part) || strings.IndexByte("\"'`= \t\r\n|;", d.part[end]) >= 0)
}

// decode decodes a text by every encoding of runs that gives something.
func (d *undoing) decode(at int, s []byte) bool {
	if !d.runs.decodes(s, false) {
		return true
	}
	return !slices.ContainsFunc(decoders(false), func(one decoder) bool { return !d.put(at, one.name, one.decode(nil, s)) })
}
