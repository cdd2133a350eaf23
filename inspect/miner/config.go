package miner

import (
	"bytes"
	"encoding/json"
	"strings"
)

// settings is what a miner's configuration file says.
type settings struct {
	signals
	markers int // how many of the keys that only miners have
	pools   int // entries with an address and a user
}

// sure reports whether the settings can only be a miner's.
func (s settings) sure() bool {
	return s.pools > 0 && (s.markers >= 2 || s.stratum != "" || s.pool != "" || s.verified())
}

// isMarker knows the keys of the configuration files of XMRig and xmr-stak
// (https://xmrig.com/docs/miner/config) and of cgminer.
func isMarker(key string) bool {
	switch key {
	case "donate-level", "donate-over-proxy", "randomx", "rig-id", "rig_id", "rigid", "autosave", "huge-pages", "huge-pages-jit", "max-threads-hint",
		"print-time", "hw-aes", "use_nicehash", "nicehash", "pool_weight", "cpu_threads_conf", "gpu_threads_conf", "intensity", "cn/0", "rx/0":
		return true
	}
	return false
}

// maxDepth bounds how deep a document is followed. XMRig's is 3 deep.
const maxDepth = 16

// readSettings reads a configuration in JSON, or in what miners take for JSON: with
// comments, with commas too many, and without the outermost braces. ok is false when
// text is none of that.
func (r reader) readSettings(text []byte) (s settings, ok bool) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if len(text) == 0 || text[0] != '{' && text[0] != '"' && text[0] != '/' && text[0] != '[' {
		return s, false
	}
	if !bytes.Contains(text, []byte("url")) && !bytes.Contains(text, []byte("pool")) {
		return s, false
	}
	strict := relax(text)
	if strict[0] == '"' {
		strict = append(append([]byte{'{'}, bytes.TrimRight(strict, ", \t\r\n")...), '}')
	}
	var doc any
	if json.Unmarshal(strict, &doc) != nil {
		return s, false
	}
	r.walk(doc, &s, maxDepth)
	return s, true
}

// walk gathers what is a miner's in a document, wherever it is.
func (r reader) walk(v any, s *settings, depth int) {
	if depth == 0 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			r.walk(e, s, depth-1)
		}
	case map[string]any:
		r.object(v, s)
		for key, e := range v {
			if isMarker(strings.ToLower(key)) {
				s.markers++
			}
			r.walk(e, s, depth-1)
		}
	}
}

// object looks at one object as an entry of a list of pools.
func (r reader) object(o map[string]any, s *settings) {
	var entry signals
	var user string
	for key, v := range o {
		value, ok := v.(string)
		if !ok {
			continue
		}
		switch strings.ToLower(key) {
		case "url", "pool", "pool_address", "host", "server", "address":
			r.endpointOf(&entry, value)
			r.word(&entry, value)
			if a, ok := parseHostPort(value); ok && entry.endpoint == "" && !strings.HasPrefix(a.scheme, "http") {
				entry.endpoint = a.host + ":" + a.port // any name will do: a miner's other keys decide
			} else if !ok && r.data.isPool(value) {
				entry.pool = value
			}
		case "user", "username", "wallet", "wallet_address", "login":
			user = value
			r.word(&entry, value)
		case "algo":
			if r.data.isAlgorithm(value) {
				entry.say("algorithm " + value)
			}
		case "coin", "currency":
			if r.data.isCoin(value) {
				entry.say("coin " + value)
			}
		}
	}
	if entry.stratum == "" && entry.pool == "" && entry.endpoint == "" || user == "" {
		return
	}
	s.pools++
	s.markers += len(entry.words)
	s.merge(entry)
}

// relax turns JSON with comments and needless commas into JSON. It takes linear time
// and leaves what is in strings alone.
func relax(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			end := stringEnd(text, i)
			out = append(out, text[i:end]...)
			i = end - 1
		case bytes.HasPrefix(text[i:], []byte("//")) || c == '#':
			n := bytes.IndexByte(text[i:], '\n')
			if n < 0 {
				n = len(text) - i
			}
			i += n - 1
		case bytes.HasPrefix(text[i:], []byte("/*")):
			n := bytes.Index(text[i+2:], []byte("*/"))
			if n < 0 {
				return append(out, ' ')
			}
			i += 2 + n + 1
		case c == ']' || c == '}':
			out = append(bytes.TrimRight(out, ", \t\r\n"), c)
		default:
			out = append(out, c)
		}
	}
	return append(out, ' ')
}

// stringEnd returns where the string that begins at text[start] ends.
func stringEnd(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
