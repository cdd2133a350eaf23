package inspect

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// What is encoded in a text is decoded and inspected as the file that it lies in, however
// often it is encoded: runs of base64, forwards and backwards, of hex digits and of \x
// escapes, around text, gzip, zlib, UTF-16 or a program. Where such a run begins with none
// of these it is taken for data: keys, checksums, pictures. Text beyond the bounds below
// is left alone, which is a Gap only in what is plainly run: the parts of a config, and
// files that say which program runs them. In a text that was encoded, command lines that it
// has a shell run are inspected as a shell's.

// Bounds of what is decoded. A run of fewer characters than minRun is too short for a
// command worth hiding. Of one file no more than maxWrapped bytes are kept to be decoded,
// nor more than that is made of one of them.
const (
	minRun     = 32
	maxWrapped = 1 << 20
	maxRuns    = 256
	maxQueue   = 8 << 20 // bytes that wait to be inspected
)

// A wrapping is how what is being read was encoded in a file, and where.
type wrapping struct {
	chain  string // "base64>gzip"; "" for a file as it lies
	offset int64
	line   int
	depth  int
}

// A wrapped is something that was decoded, and is to be inspected.
type wrapped struct {
	wrapping
	file File
	data []byte
}

// A runs collects the runs of characters in a text that may be something encoded: of
// base64, in either alphabet and on one or several lines, of hex digits, or of \x escapes.
type runs struct {
	found  []run
	size   int // bytes in found and open
	more   bool
	open   []byte
	escape bool  // open is of \x escapes
	began  int64 // where open did
	line   int
	width  int // of the line that open is at
	offset int64
	lines  int // ends of lines before offset
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

// feed takes the next bytes of a text.
func (r *runs) feed(b []byte) {
	for i := 0; i < len(b); {
		if len(r.open) == 0 {
			if i = r.skip(b, i); i == len(b) {
				break
			}
			r.begin(b, i)
		}
		i = r.take(b, i)
	}
	r.offset += int64(len(b))
	r.lines += bytes.Count(b, []byte("\n"))
}

// skip returns where the next run may begin, at i or behind it. It looks at one byte of
// many: a run that is long enough cannot lie between two of them.
func (r *runs) skip(b []byte, i int) int {
	for i < len(b) {
		end := i + minRun - 1
		if end >= len(b) {
			end = len(b) - 1
		}
		k := end
		for k >= i && inRun[b[k]] != 0 {
			k--
		}
		if k < i {
			return i
		}
		if at := bytes.Index(b[i:k+1], []byte(`\x`)); at >= 0 {
			return i + at
		}
		if b[k] == '\\' && k == len(b)-1 {
			return k
		}
		i = k + 1
	}
	return i
}

func (r *runs) begin(b []byte, i int) {
	r.open, r.escape, r.width = r.open[:0], b[i] == '\\', 0
	r.began, r.line = r.offset+int64(i), 1+r.lines+bytes.Count(b[:i], []byte("\n"))
}

// take adds to the open run from b[i], and returns where it ends, if it does.
func (r *runs) take(b []byte, i int) int {
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case r.escape:
			// A backslash, an x and two digits, again and again.
			if n := len(r.open) % 4; n == 0 && c == '\\' || n == 1 && (c == 'x' || c == 'X') || n > 1 && digit(c) {
				break
			}
			r.close()
			return i + 1
		case inRun[c] != 0:
			r.width++
		case (c == '\n' || c == '\r') && r.width >= minRun:
			r.width = 0 // the text is broken into lines
			continue
		case c == '\r' || c == '\n' && len(b) > i && i > 0 && b[i-1] == '\r':
			continue
		default:
			r.close()
			return i
		}
		if r.size+len(r.open) >= maxWrapped {
			r.more = true
			continue
		}
		r.open = append(r.open, c)
	}
	return i
}

func digit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// close keeps the open run, if it is long enough and holds anything.
func (r *runs) close() {
	text := r.open
	if r.escape {
		text = text[:len(text)/4*4]
	}
	if len(text) >= minRun && len(r.found) < maxRuns {
		one := run{escape: r.escape, offset: r.began, line: r.line}
		if decodes(text, r.escape) {
			one.text = bytes.Clone(text)
			r.size += len(text)
			r.found = append(r.found, one)
		}
	} else if len(text) >= minRun && decodes(text, r.escape) {
		r.more = true
	}
	r.open = r.open[:0]
}

// end closes the last run.
func (r *runs) end() { r.close() }

// decodes reports whether a run's beginning, or its end if it is reversed, decodes to something.
func decodes(text []byte, escape bool) bool {
	for _, d := range decoders(escape) {
		if b := d.decode(text, 48); b != nil && telling(b) {
			return true
		}
	}
	return false
}

// A decoder undoes one encoding.
type decoder struct {
	name string
	// decode gives the first most bytes, at least, of what the text encodes; nil if it encodes nothing.
	decode func(text []byte, most int) []byte
}

func decoders(escape bool) []decoder {
	if escape {
		return []decoder{{"escapes", fromEscapes}}
	}
	return []decoder{
		{"hex", unhex},
		{"base64", unbase64},
		{"reversed base64", func(text []byte, most int) []byte {
			text = bytes.Clone(text)
			slices.Reverse(text)
			return unbase64(text, most)
		}},
	}
}

func fromEscapes(text []byte, most int) []byte {
	digits := make([]byte, 0, len(text)/2)
	for i := 0; i+4 <= len(text) && len(digits) < 2*most; i += 4 {
		digits = append(digits, text[i+2], text[i+3])
	}
	return unhex(digits, most)
}

func unhex(text []byte, most int) []byte {
	if most < len(text)/2 {
		text = text[:2*most]
	}
	out := make([]byte, len(text)/2)
	if _, err := hex.Decode(out, text[:len(out)*2]); err != nil {
		return nil
	}
	return out
}

// unbase64 decodes as lenient tools do: either alphabet, with or without padding, and what
// is left over at the end is dropped.
func unbase64(text []byte, most int) []byte {
	if at := bytes.IndexByte(text, '='); at >= 0 {
		text = text[:at] // what follows the padding is another word
	}
	if n := (most + 2) / 3 * 4; n < len(text) {
		text = text[:n]
	}
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		enc = base64.RawURLEncoding
	}
	out := make([]byte, enc.DecodedLen(len(text)))
	n, err := enc.Decode(out, text)
	if err != nil {
		return nil
	}
	return out[:n]
}

// telling reports whether b begins as something worth inspecting: a text, in bytes or in
// UTF-16, or something compressed, packed or executable.
func telling(b []byte) bool {
	switch {
	case len(b) < 8:
		return false
	case bytes.HasPrefix(b, gzipMagic), isZlib(b), bytes.HasPrefix(b, []byte("\x7fELF")), bytes.HasPrefix(b, []byte("MZ\x90")), bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return true
	}
	return printableText(b) || printableText(narrow16(b[:min(len(b), 32)]))
}

// isZlib knows the headers of RFC 1950, section 2.2, for windows of 32 KiB.
func isZlib(b []byte) bool {
	return len(b) > 2 && b[0] == 0x78 && (int(b[0])<<8|int(b[1]))%31 == 0 && b[1]&0x20 == 0
}

// printableText reports whether the first bytes are text.
func printableText(b []byte) bool {
	b = b[:min(len(b), 24)]
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0x7f {
			return false
		}
	}
	return len(b) >= 8
}

// narrow16 makes bytes of the ASCII in UTF-16 of little endian, as PowerShell takes it; nil if it is another text.
func narrow16(b []byte) []byte {
	out := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+1] != 0 {
			return nil
		}
		out = append(out, b[i])
	}
	return out
}

// unwrapped decodes a run by every encoding that gives something.
func (r run) unwrapped() []wrapped {
	var out []wrapped
	for _, d := range decoders(r.escape) {
		b := d.decode(r.text, maxWrapped)
		if !telling(b) {
			continue
		}
		w := wrapped{wrapping: wrapping{chain: d.name, offset: r.offset, line: r.line}, data: b}
		switch {
		case bytes.HasPrefix(b, gzipMagic):
			if z, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
				w.chain, w.data = w.chain+">gzip", upTo(z)
			}
		case isZlib(b):
			if z, err := zlib.NewReader(bytes.NewReader(b)); err == nil {
				w.chain, w.data = w.chain+">zlib", upTo(z)
			} else {
				w.chain, w.data = w.chain+">deflate", upTo(flate.NewReader(bytes.NewReader(b[2:])))
			}
		case !printableText(b):
			if t := narrow16(b); t != nil {
				w.chain, w.data = w.chain+">utf-16", t
			}
		}
		if len(w.data) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// upTo reads what can be read, up to maxWrapped.
func upTo(r io.Reader) []byte {
	var b bytes.Buffer
	_, _ = io.Copy(&b, io.LimitReader(r, maxWrapped)) // what came before damage counts
	return b.Bytes()
}

// note queues what a file's runs decode to.
func (x *inspection) note(f *File, r *runs) {
	r.end()
	if r.more && (f.Type == Document || bytes.HasPrefix(f.Head, []byte("#!"))) {
		x.gaps.add(f.Path, fmt.Sprintf("more than %d bytes or %d runs of encoded text in what is started", maxWrapped, maxRuns))
	}
	for _, one := range r.found {
		for _, w := range one.unwrapped() {
			w.depth = x.wrap.depth + 1
			if x.wrap.chain != "" {
				w.chain, w.offset, w.line = x.wrap.chain+">"+w.chain, x.wrap.offset, x.wrap.line
			}
			if w.depth > x.limits.Decode {
				x.gaps.add(f.Path, fmt.Sprintf("encoded more than %d times", x.limits.Decode))
				return
			}
			w.file = *f
			w.file.Size, w.file.Head = -1, nil
			// What a script decodes is a script: it keeps the line that says what runs it.
			if head, _, ok := bytes.Cut(f.Head, []byte("\n")); ok && bytes.HasPrefix(head, []byte("#!")) && printableText(w.data) && !bytes.HasPrefix(w.data, []byte("#!")) {
				w.data = slices.Concat(head, []byte("\n"), w.data)
			}
			if !x.enqueue(w) {
				return
			}
		}
	}
}

// enqueue queues what was decoded; false if there is too much of it.
func (x *inspection) enqueue(w wrapped) bool {
	if x.waiting += len(w.data); x.waiting > maxQueue {
		x.waiting -= len(w.data)
		x.gaps.add(w.file.Path, fmt.Sprintf("more than %d bytes of encoded text at once", maxQueue))
		return false
	}
	x.queue = append(x.queue, w)
	return true
}

// shellCalls are how programs of interpreted languages have a shell run something.
var shellCalls = regexp.MustCompile(`(?:os\.system|os\.popen|shell_exec|passthru|\bsystem|\bexecSync|child_process\.exec|subprocess\.(?:run|call|Popen|check_output|check_call|getoutput))\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')`)

// shellNames are what every match of shellCalls holds one of.
var shellNames = [][]byte{[]byte("system("), []byte("system ("), []byte("os.system"), []byte("os.popen"), []byte("shell_exec"), []byte("passthru"), []byte("execSync"), []byte("child_process.exec"), []byte("subprocess.")}

// shells queues the command lines that a decoded text has a shell run.
func (x *inspection) shells(f *File, text []byte) {
	text = text[:min(len(text), 64<<10)]
	if !slices.ContainsFunc(shellNames, func(name []byte) bool { return bytes.Contains(text, name) }) {
		return
	}
	for _, m := range shellCalls.FindAllSubmatch(text, 16) {
		line := quoted.Replace(string(m[1]) + string(m[2]))
		if len(line) < minRun/2 {
			continue
		}
		w := wrapped{wrapping: x.wrap, file: *f, data: []byte("#!/bin/sh\n" + line + "\n")}
		w.chain, w.file.Size, w.file.Head = w.chain+">shell", -1, nil
		if !x.enqueue(w) {
			return
		}
	}
}

// quoted undoes the escapes of a quoted text that a command line may have.
var quoted = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\n`, "\n", `\t`, "\t", `\\`, `\`)

// unwrap inspects what was decoded, and what is decoded of that. At most one file's worth
// is held at once at each depth.
func (x *inspection) unwrap() error {
	if x.wrap.depth > 0 {
		return nil // the call above goes on with it
	}
	defer func() { x.wrap, x.queue, x.waiting = wrapping{}, nil, 0 }()
	for len(x.queue) > 0 {
		w := x.queue[len(x.queue)-1]
		x.queue[len(x.queue)-1] = wrapped{}
		x.queue = x.queue[:len(x.queue)-1]
		x.wrap, x.waiting = w.wrapping, x.waiting-len(w.data)
		if !strings.HasSuffix(w.chain, ">shell") {
			x.shells(&w.file, w.data)
		}
		if err := x.clock.check(); err != nil {
			return err
		}
		if err := x.inspectFile(&w.file, bytes.NewReader(w.data)); err != nil {
			return err
		}
	}
	return nil
}
