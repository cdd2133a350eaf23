package cache

import (
	"crypto/hmac"
	"crypto/sha256"
)

// A seal is the key by which what is kept in a store that others may write is told from what they
// wrote: an HMAC-SHA256, 32 bytes, stands before it. Without a key nothing is sealed.
type seal []byte

// close returns b sealed as what it is about; "" if b says so itself.
func (s seal) close(about string, b []byte) []byte {
	if len(s) == 0 {
		return b
	}
	return append(s.mac(about, b), b...)
}

// open returns what was sealed; not ok if it was not, or as something else.
func (s seal) open(about string, b []byte) (_ []byte, ok bool) {
	if len(s) == 0 {
		return b, true
	}
	if len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], s.mac(about, b[sha256.Size:])) {
		return nil, false
	}
	return b[sha256.Size:], true
}

func (s seal) mac(about string, b []byte) []byte {
	m := hmac.New(sha256.New, s)
	if about != "" {
		m.Write([]byte(about))
		m.Write([]byte{0})
	}
	m.Write(b)
	return m.Sum(nil)
}
