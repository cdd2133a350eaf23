package inspect

import "bytes"

// telling reports whether b begins as something worth inspecting: a text, in bytes or in
// UTF-16, or something compressed, packed or executable.
func telling(b []byte) bool {
	switch {
	case len(b) < 8:
		return false
	case isSqueezed(b), bytes.HasPrefix(b, []byte("\x7fELF")), bytes.HasPrefix(b, []byte("MZ\x90")), bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return true
	}
	return printableText(b) || wideText(b)
}

// isZlib knows the headers of RFC 1950, section 2.2, for windows of 32 KiB.
func isZlib(b []byte) bool {
	return len(b) > 2 && b[0] == 0x78 && (int(b[0])<<8|int(b[1]))%31 == 0 && b[1]&0x20 == 0
}

// printableText reports whether the first bytes are text.
func printableText(b []byte) bool {
	b = b[:min(len(b), 24)]
	for _, c := range b {
		if !isPrintable(c) {
			return false
		}
	}
	return len(b) >= 8
}

// wideText reports whether the first bytes are ASCII in UTF-16 of little endian.
func wideText(b []byte) bool {
	b = b[:min(len(b), 32)]
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+1] != 0 || !isPrintable(b[i]) {
			return false
		}
	}
	return len(b) >= 16
}

func isPrintable(c byte) bool { return ' ' <= c && c < 0x7f || c == '\n' || c == '\t' || c == '\r' }
