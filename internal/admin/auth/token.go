package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// A token's parts: see docs/formats.md.
const (
	tokenPrefix = "lzt_"
	randomBytes = 21 // 168 bits
	sumBytes    = 4
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewToken makes an API token, and the hash by which the records know it.
func NewToken() (token, hash string) {
	b := make([]byte, randomBytes, randomBytes+sumBytes)
	_, _ = rand.Read(b) // it never fails: see crypto/rand
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	token = tokenPrefix + base32Lower.EncodeToString(b)
	return token, HashToken(token)
}

// HashToken is SHA-256 of a token, in hexadecimal. A slow hash would add nothing: nobody
// guesses 168 bits.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// IsToken reports whether s has the form of an API token, its checksum included. It says
// nothing about whether there is such a token.
func IsToken(s string) bool {
	rest, ok := strings.CutPrefix(s, tokenPrefix)
	if !ok {
		return false
	}
	b, err := base32Lower.DecodeString(rest)
	if err != nil || len(b) != randomBytes+sumBytes || len(rest) != base32Lower.EncodedLen(len(b)) { // the decoder skips line ends, and a character too many
		return false
	}
	return binary.BigEndian.Uint32(b[randomBytes:]) == crc32.ChecksumIEEE(b[:randomBytes])
}
