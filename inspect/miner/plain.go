package miner

import (
	"bytes"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// A library of megabytes may hold a hint ("substratum") and nothing else of a miner. What
// follows spares the reading of its commands, which takes ten times as long.

// plain reports whether the commands of a file surely start no miner: nothing but a hint was
// found in it, it is no file that only starts things, and no word of it is an option of a
// miner, a pool's URL or a wallet.
func (c *judgement) plain() bool {
	if c.as == place.Launch || c.f.Type == inspect.Document {
		return false
	}
	for _, h := range c.seen.Hits {
		if h.Pattern != patternHint && !strings.HasPrefix(h.Pattern, patternGroup) { // words of groups start nothing
			return false
		}
	}
	text := c.seen.Content
	if hasOption(text) || hasStratum(text) {
		return false
	}
	for _, w := range wallets(text, len(text)) {
		if w.coin != ethereum {
			return false
		}
	}
	return true
}

// hasOption reports whether a word of text may be an option that reader.option knows.
func hasOption(text []byte) bool {
	const before = " \t\r\n[];|&()`>\"'\\"
	for at := 0; ; at++ {
		i := bytes.IndexByte(text[at:], '-')
		if i < 0 {
			return false
		}
		if at += i; at > 0 && strings.IndexByte(before, text[at-1]) < 0 {
			continue
		}
		word := text[at:min(len(text), at+24)]
		if i := bytes.IndexAny(word, " \t\r\n[];|&()`>\"',="); i >= 0 {
			if quote := word[i] == '"' || word[i] == '\''; quote && i+1 < len(word) && alnum(word[i+1]) {
				return true // it goes on behind the quote
			}
			word = word[:i]
		}
		if bytes.IndexByte(word, '\\') >= 0 || isOption(strings.ToLower(string(word))) {
			return true
		}
	}
}

// isOption knows the options of reader.option, those of one letter with a value behind it too.
func isOption(word string) bool {
	switch word {
	case "-o", "--url", "-pool", "--pool", "-p", "--server", "--stratum", "-zpool", "-epool", "--proxy-pool", "--pass", "--password", "-uri", "-stratum-url", "--stratum-url", "--pool-url", "--pool-address",
		"-u", "--user", "--userpass", "-wal", "--wal", "--wallet", "-zwal", "-ewal", "-w", "--username",
		"--wallet-address", "--mining-address", "--miner-address", "--reward-address", "-mining-address", "-mineraddress", "--mineraddress", "-wallet-address", "--payout-address",
		"-a", "--algo", "--algorithm", "-algo", "--coin", "-coin":
		return true
	}
	return len(word) > 2 && word[1] != '-' && strings.IndexByte("oupas", word[1]) >= 0 && strings.ContainsAny(word[2:], ":/.0123456789")
}

// hasStratum reports whether a URL of text has the scheme of a pool's.
func hasStratum(text []byte) bool {
	for at := 0; ; at += 3 {
		i := bytes.Index(text[at:], []byte("://"))
		if i < 0 {
			return false
		}
		at += i
		from := at
		for from > 0 && at-from < 24 && (alnum(text[from-1]) || text[from-1] == '+') {
			from--
		}
		scheme := strings.ToLower(string(text[from:at]))
		for _, known := range [...]string{"stratum", "ethproxy", "ethnh", "nicehash", "daemon", "ethash", "equihash", "zhash", "beamhash", "cuck", "pow", "tensority"} {
			if strings.Contains(scheme, known) {
				return true
			}
		}
	}
}
