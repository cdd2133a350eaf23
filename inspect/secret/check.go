package secret

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strings"
)

// The checks that rules of our own may name.
const (
	checkKey   = "private-key"
	checkBasic = "basic"
	checkStore = "keystore"
)

// isKeystore reports whether head begins a store of Java whose first entry is a private
// or a secret key: JKS and JCEKS have a number, a version, a count and then the tag of an
// entry, which is 1 or 3 for a key and 2 for a certificate
// (sun.security.provider.JavaKeyStore, com.sun.crypto.provider.JceKeyStore).
func isKeystore(head []byte) bool {
	if len(head) < 16 || !bytes.HasPrefix(head, []byte("\xfe\xed\xfe\xed")) && !bytes.HasPrefix(head, []byte("\xce\xce\xce\xce")) {
		return false
	}
	return bytes.Equal(head[12:16], []byte("\x00\x00\x00\x01")) || bytes.Equal(head[12:16], []byte("\x00\x00\x00\x03"))
}

// isBasic reports whether b is base64 of a user, a colon and a password (RFC 7617).
func isBasic(b []byte) bool {
	text, err := base64.StdEncoding.DecodeString(string(b))
	if err != nil {
		return false
	}
	user, password, ok := strings.Cut(string(text), ":")
	return ok && user != "" && password != ""
}

// gitHubChecksum reports whether the last six of a GitHub or npm token's 36 digits are
// the CRC-32 of the thirty before, in base 62
// (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
// Tokens of other lengths have none.
func gitHubChecksum(token string) (right, has bool) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	_, digits, ok := strings.Cut(token, "_")
	if !ok || len(digits) != 36 {
		return false, false
	}
	var sum uint64
	for _, c := range []byte(digits[30:]) {
		i := strings.IndexByte(alphabet, c)
		if i < 0 {
			return false, true
		}
		sum = sum*62 + uint64(i)
	}
	return sum == uint64(crc32.ChecksumIEEE([]byte(digits[:30]))), true
}

// A privateKey is what was read of the text of a private key.
type privateKey struct {
	kind      string // "RSA PRIVATE KEY", as in its first line
	size      int    // of its decoded bytes; of what is there if it is cut
	encrypted bool
	sane      bool // the bytes are what the kind says
}

func (k privateKey) String() string {
	s := fmt.Sprintf("%s, %d bytes", strings.ToLower(k.kind), k.size)
	if k.encrypted {
		s += ", encrypted"
	}
	if !k.sane {
		s += ", not whole"
	}
	return s
}

// readKey reads a private key in PEM (RFC 7468), in OpenSSH's form of it, or in OpenPGP's
// armor (RFC 9580, section 6), from a text that begins with its first line and may go on
// past its end or be cut. The lines may be parts of a string literal: joined by \n, quoted.
// ok is false when nothing in it looks like base64.
func readKey(text []byte) (k privateKey, ok bool) {
	first, rest, found := bytes.Cut(bytes.TrimPrefix(text, []byte("-----BEGIN ")), []byte("-----"))
	if !found {
		return k, false
	}
	k.kind = string(first)
	body, _, whole := bytes.Cut(rest, []byte("-----"))
	body = unquote(body)
	k.encrypted = strings.HasPrefix(k.kind, "ENCRYPTED ") || bytes.Contains(body, []byte("ENCRYPTED"))
	raw := decode(body)
	k.size = len(raw)
	if k.size < 24 {
		return k, false
	}
	k.sane = sane(k, raw, whole)
	if k.kind == "OPENSSH PRIVATE KEY" && k.sane {
		k.encrypted = !bytes.HasPrefix(raw[len(openSSHMagic):], []byte("\x00\x00\x00\x04none"))
	}
	return k, true
}

// openSSHMagic begins OpenSSH's private keys; the name of a cipher follows (PROTOCOL.key of OpenSSH).
const openSSHMagic = "openssh-key-v1\x00"

// sane reports whether raw is a key of its kind: DER of a sequence that ends where it
// says, OpenSSH's or OpenPGP's first bytes, or ciphertext. Of a key that is cut, the end
// is not looked at.
func sane(k privateKey, raw []byte, whole bool) bool {
	switch {
	case k.kind == "OPENSSH PRIVATE KEY":
		return bytes.HasPrefix(raw, []byte(openSSHMagic))
	case strings.HasSuffix(k.kind, "BLOCK"):
		// A secret key packet: tag 5 in either form (RFC 9580, section 4.2).
		return raw[0]&0xc0 == 0xc0 && raw[0]&0x3f == 5 || raw[0]&0xc0 == 0x80 && raw[0]>>2&0x0f == 5
	case k.encrypted && !strings.HasPrefix(k.kind, "ENCRYPTED "):
		return len(raw)%8 == 0 || !whole // blocks of 3DES or AES
	}
	header, length, ok := derSequence(raw)
	if !ok {
		return false
	}
	return !whole || len(raw) >= header+length && len(raw) <= header+length+16
}

// derSequence reads the header of a SEQUENCE in DER: its own length and that of what it holds.
func derSequence(b []byte) (header, length int, ok bool) {
	if len(b) < 4 || b[0] != 0x30 {
		return 0, 0, false
	}
	switch {
	case b[1] < 0x80:
		return 2, int(b[1]), true
	case b[1] == 0x81:
		return 3, int(b[2]), true
	case b[1] == 0x82:
		return 4, int(b[2])<<8 | int(b[3]), true
	}
	return 0, 0, false
}

// unquote undoes what a string literal does to lines: \n for a line feed, quotes and
// plus signs around each.
func unquote(body []byte) []byte {
	body = bytes.ReplaceAll(body, []byte(`\r`), nil)
	body = bytes.ReplaceAll(body, []byte(`\n`), []byte("\n"))
	return bytes.ReplaceAll(body, []byte(`\`), nil)
}

// decode reads the base64 of body, which may have headers as in "Proc-Type: 4,ENCRYPTED"
// before it and whose lines may be quoted. It returns the bytes up to what is no base64.
func decode(body []byte) []byte {
	var digits []byte
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		line = unwrap(line)
		if len(line) == 0 || bytes.IndexByte(line, ':') >= 0 {
			continue
		}
		if line[0] == '=' && len(line) == 5 { // OpenPGP's checksum
			break
		}
		for _, c := range line {
			if !isBase64(c) {
				line = nil
				break
			}
		}
		if line == nil {
			break
		}
		digits = append(digits, line...)
	}
	digits = bytes.TrimRight(digits, "=")
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	raw, err := base64.RawStdEncoding.DecodeString(string(digits))
	if err != nil {
		return nil
	}
	return raw
}

// unwrap takes the quotes of a string literal off a line, and what joins it to the next.
// A plus sign is also a digit of base64, so only one outside of quotes goes.
func unwrap(line []byte) []byte {
	const quotes, space = "\"'`", " \t\r,;"
	line = bytes.Trim(line, space)
	if inner := bytes.TrimRight(bytes.TrimSuffix(line, []byte("+")), space); len(inner) > 0 && strings.IndexByte(quotes, inner[len(inner)-1]) >= 0 {
		line = inner
	}
	if inner := bytes.TrimLeft(bytes.TrimPrefix(line, []byte("+")), space); len(inner) > 0 && strings.IndexByte(quotes, inner[0]) >= 0 {
		line = inner
	}
	return bytes.Trim(line, quotes)
}

func isBase64(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '+' || c == '/' || c == '='
}
