package miner

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"strings"

	"golang.org/x/crypto/sha3"
)

// A coin is a currency whose addresses can be verified.
type coin string

// The coins.
const (
	monero   coin = "monero"
	bitcoin  coin = "bitcoin"
	ethereum coin = "ethereum" // shape alone: its checksum is optional, so it proves little
)

// A wallet is an address found in a text, with a right checksum unless it is ethereum's.
type wallet struct {
	coin    coin
	address string
	offset  int // in the text
}

// Lengths of addresses in characters: Monero's standard and integrated ones
// (https://docs.getmonero.org/public-address/), the shortest and longest of Bitcoin
// (https://en.bitcoin.it/wiki/Invoice_address, BIP-173), and Ethereum's.
const (
	moneroLen, moneroIntegratedLen = 95, 106
	bitcoinMin, bitcoinMax         = 26, 35
	segwitMin, segwitMax           = 14, 74
	ethereumLen                    = 42
)

// wallets returns the first n addresses in text. It looks at each run of letters and
// digits once, so it takes linear time, and checks only runs of a fitting length.
func wallets(text []byte, n int) []wallet {
	var out []wallet
	for i := 0; i+segwitMin <= len(text) && len(out) < n; {
		start, short := i, segwitMin
		for short > 0 && alnum(text[i+short-1]) {
			short--
		}
		if short > 0 { // what begins here is too short, as are most words
			i += short
			continue
		}
		for i += segwitMin; i < len(text) && alnum(text[i]); {
			i++
		}
		if c, ok := address(text[start:i]); ok {
			out = append(out, wallet{coin: c, address: string(text[start:i]), offset: start})
		}
	}
	return out
}

func alnum(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// address says whose address word is.
func address(word []byte) (coin, bool) {
	switch n := len(word); {
	case (n == moneroLen || n == moneroIntegratedLen) && (word[0] == '4' || word[0] == '8'):
		return monero, isMonero(string(word))
	case n >= segwitMin && n <= segwitMax && (bytes.HasPrefix(word, []byte("bc1")) || bytes.HasPrefix(word, []byte("BC1"))):
		return bitcoin, isSegwit(string(word))
	case n >= bitcoinMin && n <= bitcoinMax && (word[0] == '1' || word[0] == '3'):
		return bitcoin, isBitcoin(string(word))
	case n == ethereumLen && word[0] == '0' && word[1] == 'x':
		return ethereum, isHex(word[2:])
	}
	return "", false
}

func isHex(b []byte) bool {
	for _, c := range b {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// isMonero reports whether s is an address of Monero's main network: network byte 18,
// 19 (integrated) or 42 (subaddress), two public keys, perhaps a payment id, and the
// first four bytes of the Keccak-256 of all that. (https://docs.getmonero.org/public-address/standard-address/)
func isMonero(s string) bool {
	b, ok := moneroBase58(s)
	if !ok || len(b) < 5 {
		return false
	}
	body, sum := b[:len(b)-4], b[len(b)-4:]
	switch {
	case (body[0] == 18 || body[0] == 42) && len(body) == 65: // the byte and two keys of 32
	case body[0] == 19 && len(body) == 73: // and a payment id of 8
	default:
		return false
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(body)
	return bytes.Equal(h.Sum(nil)[:4], sum)
}

// moneroBase58 decodes Monero's base58: blocks of 11 digits for 8 bytes, the last block
// shorter; a block whose value does not fit its bytes is an error.
// (https://docs.getmonero.org/cryptography/base58/)
func moneroBase58(s string) ([]byte, bool) {
	size := [...]int{0: 0, 2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8} // bytes by digits
	var out []byte
	for len(s) > 0 {
		block := s[:min(11, len(s))]
		s = s[len(block):]
		n := size[len(block)]
		if n == 0 {
			return nil, false
		}
		var v uint64
		for i := range len(block) {
			digit := strings.IndexByte(base58, block[i])
			if digit < 0 || v > (1<<64-1-uint64(digit))/58 {
				return nil, false
			}
			v = v*58 + uint64(digit)
		}
		if n < 8 && v>>(8*n) != 0 {
			return nil, false
		}
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], v)
		out = append(out, b[8-n:]...)
	}
	return out, true
}

// isBitcoin reports whether s is a base58check address of Bitcoin's main network: a
// version byte (0 pays to a key, 5 to a script), a hash of 20 bytes and the first four
// bytes of the double SHA-256 of those. (https://en.bitcoin.it/wiki/Base58Check_encoding)
func isBitcoin(s string) bool {
	if len(s) < bitcoinMin || len(s) > bitcoinMax {
		return false
	}
	v := new(big.Int)
	zeros, leading := 0, true
	for i := range len(s) {
		digit := strings.IndexByte(base58, s[i])
		if digit < 0 {
			return false
		}
		if leading = leading && digit == 0; leading {
			zeros++
		}
		v.Mul(v, big.NewInt(58))
		v.Add(v, big.NewInt(int64(digit)))
	}
	b := append(make([]byte, zeros), v.Bytes()...)
	if len(b) != 25 || b[0] != 0 && b[0] != 5 {
		return false
	}
	first := sha256.Sum256(b[:21])
	second := sha256.Sum256(first[:])
	return bytes.Equal(second[:4], b[21:])
}

// isSegwit reports whether s is a segregated witness address of Bitcoin's main network,
// bech32 for witness version 0 (BIP-173) and bech32m for the later ones (BIP-350).
func isSegwit(s string) bool {
	const digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	lower := strings.ToLower(s)
	if s != lower && s != strings.ToUpper(s) || len(s) < segwitMin || len(s) > segwitMax || !strings.HasPrefix(lower, "bc1") {
		return false
	}
	data := make([]byte, 0, len(s))
	for i := len("bc1"); i < len(lower); i++ {
		digit := strings.IndexByte(digits, lower[i])
		if digit < 0 {
			return false
		}
		data = append(data, byte(digit))
	}
	const bech32, bech32m = 1, 0x2bc830a3 // the checksums' constants
	want := uint32(bech32m)
	if data[0] == 0 {
		want = bech32
	}
	// The human-readable part "bc" goes into the checksum as its high bits, 0, its low bits.
	if data[0] > 16 || polymod(append([]byte{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31}, data...)) != want {
		return false
	}
	program := len(data) - 1 - 6 // without version and checksum, in groups of five bits
	bits := program * 5
	size := bits / 8
	if pad := bits % 8; pad > 4 || data[program]&(1<<pad-1) != 0 {
		return false
	}
	return size >= 2 && size <= 40 && (data[0] != 0 || size == 20 || size == 32)
}

// polymod is the checksum of BIP-173.
func polymod(values []byte) uint32 {
	generator := [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	c := uint32(1)
	for _, v := range values {
		top := c >> 25
		c = c&0x1ffffff<<5 ^ uint32(v)
		for i, g := range generator {
			if top>>i&1 == 1 {
				c ^= g
			}
		}
	}
	return c
}
