package miner

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/sha3"
)

// An Example is a file of rules.yaml.
type Example = example

// Rules returns the rules with their examples.
func Rules(t testing.TB) []rule {
	t.Helper()
	d, err := parse(rulesYAML)
	if err != nil {
		t.Fatal(err)
	}
	return d.Rules
}

// What tests need of the addresses' checks.
var (
	IsMonero  = isMonero
	IsBitcoin = isBitcoin
	IsSegwit  = isSegwit
	Parse     = func(b []byte) error { _, err := parse(b); return err }
	Wallets   = func(b []byte) int { return len(wallets(b, 100)) }
)

// MoneroOf returns the address of a network byte and the bytes after it.
func MoneroOf(network byte, body []byte) string {
	b := append([]byte{network}, body...)
	h := sha3.NewLegacyKeccak256()
	h.Write(b)
	b = append(b, h.Sum(nil)[:4]...)
	digits := [...]int{0, 2, 3, 5, 6, 7, 9, 10, 11}
	var out strings.Builder
	for len(b) > 0 {
		n := min(8, len(b))
		v := new(big.Int).SetBytes(b[:n])
		block := make([]byte, digits[n])
		for i := len(block) - 1; i >= 0; i-- {
			m := new(big.Int)
			v.DivMod(v, big.NewInt(58), m)
			block[i] = base58[m.Int64()]
		}
		out.Write(block)
		b = b[n:]
	}
	return out.String()
}

// SubAddress returns a Monero subaddress of no known keys.
func SubAddress(seed string) string {
	one, two := sha256.Sum256([]byte("1"+seed)), sha256.Sum256([]byte("2"+seed))
	return MoneroOf(42, append(one[:], two[:]...))
}

// BitcoinAddress returns a base58check address of no known key.
func BitcoinAddress(seed string) string {
	hash := sha256.Sum256([]byte(seed))
	b := append([]byte{0}, hash[:20]...)
	one := sha256.Sum256(b)
	two := sha256.Sum256(one[:])
	v := new(big.Int).SetBytes(append(b, two[:4]...))
	var out []byte
	for v.Sign() > 0 {
		m := new(big.Int)
		v.DivMod(v, big.NewInt(58), m)
		out = append([]byte{base58[m.Int64()]}, out...)
	}
	return "1" + string(out)
}

// SegwitAddress returns a bech32 address of no known key.
func SegwitAddress(seed string) string {
	hash := sha256.Sum256([]byte(seed))
	data := []byte{0}
	for i := 0; i < 32; i++ { // 20 bytes in groups of five bits
		word := binary.BigEndian.Uint16([]byte{hash[i*5/8], append(hash[:20:20], 0)[i*5/8+1]})
		data = append(data, byte(word>>(11-i*5%8))&31)
	}
	sum := polymod(append(append([]byte{3, 3, 0, 2, 3}, data...), 0, 0, 0, 0, 0, 0)) ^ 1
	for i := range 6 {
		data = append(data, byte(sum>>(5*(5-i)))&31)
	}
	var out strings.Builder
	out.WriteString("bc1")
	for _, d := range data {
		out.WriteByte("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[d])
	}
	return out.String()
}
