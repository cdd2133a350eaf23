package miner_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect/miner"
	"github.com/lazaret/lazaret/internal/testimage"
)

func TestMonero(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 72)
	good := testimage.MoneroAddress("a")
	for name, c := range map[string]struct {
		address string
		want    bool
	}{
		"standard":          {good, true},
		"subaddress":        {miner.MoneroOf(42, key[:64]), true},
		"integrated":        {miner.MoneroOf(19, key), true},
		"test network":      {miner.MoneroOf(53, key[:64]), false},
		"integrated, short": {miner.MoneroOf(19, key[:64]), false},
		"standard, long":    {miner.MoneroOf(18, key), false},
		"one digit changed": {good[:50] + next(good[50]) + good[51:], false},
		"one digit less":    {good[:94], false},
		"block too large":   {"4zzzzzzzzzz" + good[11:], false},
		"not base58":        {good[:50] + "0" + good[51:], false},
		"empty":             {"", false},
	} {
		if got := miner.IsMonero(c.address); got != c.want {
			t.Errorf("%s: %v: %s", name, got, c.address)
		}
	}
}

// next returns another digit of base58 than c.
func next(c byte) string {
	if c == '7' {
		return "8"
	}
	return "7"
}

// The addresses are those that the BIPs give as examples.
func TestBitcoin(t *testing.T) {
	for address, want := range map[string]bool{
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2": true,  // https://en.bitcoin.it/wiki/Invoice_address
		"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy": true,  // same page
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3": false, // another last digit
		"1111111111111111111114oLvT2":        true,  // the hash of zeros
		"11111111111111111111111111":         false,
		"":                                   false,
	} {
		if got := miner.IsBitcoin(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	for address, want := range map[string]bool{
		"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4":                                 true, // BIP-173
		"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y": true, // BIP-350
		"BC1SW50QGDZ25J":                       true, // BIP-350
		"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs": true, // BIP-350
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": true,  // BIP-350
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd": false, // BIP-350: bech32 for version 1
		"BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL": false, // BIP-350: bech32 for version 16
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh":                     false, // BIP-350: bech32m for version 0
		"bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4": false, // BIP-350: a character
		"BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R": false, // BIP-350: version 17
		"bc1pw5dgrnzv": false, // BIP-350: 1 byte
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav": false, // BIP-350: 41 bytes
		"BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P":                                         false, // BIP-173: 16 bytes in version 0
		"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf":             false, // BIP-350: more than four bits over
		"bc1gmk9yu": false,
		"bc1":       false,
	} {
		if got := miner.IsSegwit(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestAddressesOfThisTest(t *testing.T) {
	for _, seed := range []string{"a", "b", "c", "d"} {
		if !miner.IsMonero(miner.SubAddress(seed)) || !miner.IsBitcoin(miner.BitcoinAddress(seed)) || !miner.IsSegwit(miner.SegwitAddress(seed)) {
			t.Errorf("%s: an address is wrong", seed)
		}
	}
}

func TestWalletsInText(t *testing.T) {
	xmr, btc := testimage.MoneroAddress("t"), miner.BitcoinAddress("t")
	for text, want := range map[string]int{
		"XMR:" + xmr + ".worker+50000@h:1": 1,
		xmr + xmr:                          0,
		"x" + xmr:                          0,
		"'" + btc + "'," + xmr:             2,
		strings.Repeat(btc+" ", 200):       100,
		strings.Repeat("4", 95):            0,
		"":                                 0,
	} {
		if got := miner.Wallets([]byte(text)); got != want {
			t.Errorf("%.40q: %d, want %d", text, got, want)
		}
	}
}

// Whatever it is given, a check answers, and no other string of the same digits passes
// by chance: a change of one character is always found.
func FuzzAddresses(f *testing.F) {
	f.Add(testimage.MoneroAddress("f"), uint(3))
	f.Add(miner.BitcoinAddress("f"), uint(9))
	f.Add(miner.SegwitAddress("f"), uint(20))
	f.Add("bc1", uint(0))
	f.Fuzz(func(t *testing.T, s string, at uint) {
		_ = miner.Wallets([]byte(s))
		for name, check := range map[string]func(string) bool{"monero": miner.IsMonero, "bitcoin": miner.IsBitcoin, "segwit": miner.IsSegwit} {
			if !check(s) {
				continue
			}
			i := int(at % uint(len(s)))
			other := s[:i] + next(s[i]) + s[i+1:]
			if strings.EqualFold(s, other) {
				continue
			}
			if check(other) {
				t.Errorf("%s: %q and %q both pass", name, s, other)
			}
		}
	})
}

func TestRulesThatAreNotWhole(t *testing.T) {
	for _, text := range []string{"", "pools: [a]", "unknown: 1", "pools: {", "rules: [{id: config, severity: none}]"} {
		if miner.Parse([]byte(text)) == nil {
			t.Errorf("%q is taken for rules", text)
		}
	}
}
