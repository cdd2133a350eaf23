package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
)

// Runs shorter than minRun are too common to be decoded wherever they are. Where a line
// says itself that what stands in it is decoded, as in echo dG9yCg== | base64 -d | sh, they
// are: a command may be three letters long. Longer ones are decoded as all runs are.
var (
	spelledBase64 = regexp.MustCompile(`(?:\b(?:echo|printf)\b[^|\n]{0,24}?['" ]([A-Za-z0-9+/]{3,30}={0,2})['"]?\s*\|\s*(?:openssl\s+)?base64\s+-|b64decode\(\s*b?["']([A-Za-z0-9+/]{3,30}={0,2})["']|atob\(\s*["']([A-Za-z0-9+/]{3,30}={0,2})["']|base64_decode\(\s*["']([A-Za-z0-9+/]{3,30}={0,2})["']|base64\s+(?:-d|-D|--decode)\s*<<<\s*["']?([A-Za-z0-9+/]{3,30}={0,2}))`)
	spelledHex    = regexp.MustCompile(`(?:fromhex\(\s*["']((?:[0-9a-fA-F]{2}){2,15})["']|\b(?:echo|printf)\b[^|\n]{0,24}?['" ]((?:[0-9a-fA-F]{2}){2,15})['"]?\s*\|\s*xxd\s+-\w*r)`)
	decoderWords  = [][]byte{[]byte("base64"), []byte("b64decode("), []byte("atob("), []byte("fromhex("), []byte("xxd ")}
)

// maxSpelled bounds the text that is looked at, in bytes, and what is decoded of it.
const (
	maxSpelledText = 64 << 10
	maxSpelled     = 16
)

// spelled queues what a text says that it decodes. The text is what is kept of the file for
// a detector: those that read scripts ask for it.
func (x *inspection) spelled(f *File, text []byte) {
	if f.Type != Document && !bytes.HasPrefix(f.Head, []byte("#!")) || len(text) > maxSpelledText ||
		!slices.ContainsFunc(decoderWords, func(s []byte) bool { return bytes.Contains(text, s) }) {
		return
	}
	for _, m := range spelledBase64.FindAllSubmatchIndex(text, maxSpelled) {
		b, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight(group(text, m), "=")))
		x.spell(f, text, m[0], "base64", b, err)
	}
	for _, m := range spelledHex.FindAllSubmatchIndex(text, maxSpelled) {
		b, err := hex.DecodeString(string(group(text, m)))
		x.spell(f, text, m[0], "hex", b, err)
	}
}

// group is the group of a match that took part.
func group(text []byte, m []int) []byte {
	for i := 2; i+1 < len(m); i += 2 {
		if m[i] >= 0 {
			return text[m[i]:m[i+1]]
		}
	}
	return nil
}

// spell queues what was decoded at an offset, if it is a text.
func (x *inspection) spell(f *File, text []byte, at int, chain string, b []byte, err error) {
	if err == nil && isPlain(b) {
		x.inner(f, wrapping{chain: chain, offset: int64(at), line: 1 + bytes.Count(text[:at], newline)}, b)
	}
}

// under is what was decoded, below the line that says what runs the script it was found in.
func under(head, b []byte) []byte {
	line, _, ok := bytes.Cut(head, []byte("\n"))
	if !ok || !bytes.HasPrefix(line, []byte("#!")) || !isPlain(b) || bytes.HasPrefix(b, []byte("#!")) {
		return b
	}
	return slices.Concat(line, newline, b)
}

// isPlain reports whether b begins as a text does, however short it is.
func isPlain(b []byte) bool {
	for _, c := range b[:min(len(b), 24)] {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0
}
