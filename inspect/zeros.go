package inspect

import (
	"bytes"
	"unicode/utf8"
)

// Shells pass over NULs: a script with one within each word runs as if it had none (shell_getc
// in bash's parse.y, preadbuffer in dash's input.c), and no word of it is found. Texts
// in UTF-16, which are run elsewhere, have a NUL in each character. So a text with NULs is
// inspected twice: as it lies, where they may part what is beside each other, and without them.

// zeroHead is how much of a file tells whether it is a text with NULs, in bytes.
const zeroHead = 4 << 10

// zeroed reports whether b is the beginning of a text that has NULs: it names who runs it,
// or hardly any other byte is one that no text has.
func zeroed(b []byte) bool {
	if bytes.IndexByte(b, 0) < 0 {
		return false
	}
	if bytes.HasPrefix(b, []byte("#!")) {
		return true
	}
	b = bytes.TrimPrefix(bytes.TrimPrefix(b[:min(len(b), zeroHead)], []byte("\xff\xfe")), []byte("\xfe\xff")) // the marks of UTF-16
	texts, others := 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == 0:
		case n > 1, isPrintable(b[i]):
			texts += n
		default:
			others++
		}
		i += n
	}
	const rare = 16
	return texts*5 >= 2*len(b) && others*rare <= texts // a bit less than the half that UTF-16 has
}

// zeros queues a text without its NULs. It is what is kept of the file for a detector, or of
// a file that began with some.
func (x *inspection) zeros(f *File, text []byte) {
	if f.Type != Regular || f.Path == "" || f.MachineCode() || !zeroed(text) {
		return
	}
	x.inner(f, wrapping{chain: "NUL"}, bytes.ReplaceAll(text, []byte{0}, nil))
}
