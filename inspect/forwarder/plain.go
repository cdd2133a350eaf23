package forwarder

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What small programs and pages say only once they are run: texts in pieces, and addresses
// in one of the ways that every language can read. A call that an encoded address is the
// argument of goes with it, whatever it is called: atob, base64_decode, Buffer.from.
var (
	joined     = regexp.MustCompile(`["'\x60]\s*(?:\+|\.\.?|<>)\s*["'\x60]`)
	pieces     = regexp.MustCompile(`\[((?:\s*["'][^"'\n]*["']\s*,?){2,})\]\s*\.\s*join\(\s*(?:""|'')\s*\)|(?:""|'')\.join\(\s*[\[(]((?:\s*["'][^"'\n]*["']\s*,?){2,})[\])]\s*\)`)
	property   = regexp.MustCompile(`([\w$)\]])\[\s*["']([A-Za-z_]\w{0,40})["']\s*\]`)
	escaped    = regexp.MustCompile(`\\(?:x([0-9a-fA-F]{2})|u00([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{2})\})`)
	inBase64   = regexp.MustCompile(calling + `["'\x60](aHR0c[A-Za-z0-9+/_=-]{8,900})["'\x60]` + called)
	inHex      = regexp.MustCompile(`(?i)` + calling + `["'\x60](68747470[0-9a-f]{8,900})["'\x60]` + called)
	inPercents = regexp.MustCompile(`(?i)` + calling + `["'\x60](%68%74%74%70[^"'\x60\s]{8,900})["'\x60]` + called)
	backwards  = regexp.MustCompile(`(?i)` + calling + `["'\x60]([^"'\x60\s]{4,900}//:s?ptth)["'\x60](?:\s*\.\s*(?:split\([^)]*\)\s*\.\s*)?reverse(?:\(\))?(?:\s*\.\s*join\([^)]*\))?|\s*\[\s*::\s*-\s*1\s*\])?` + called)
	rotated    = regexp.MustCompile(`(?i)` + calling + `["'\x60](uggcf?://[^"'\x60\s]{4,900})["'\x60]` + called)
	inNumbers  = regexp.MustCompile(`(?:` + calling + `|[\w.$]{0,60}\()?[\[(]?\s*(104\s*,\s*116\s*,\s*116\s*,\s*112\s*,[0-9\s,]{20,})[\])]*` + called)
)

// The name of a function and its bracket, and what closes it, with the way that it is told to be read.
const (
	calling = `(?:[\w.$:>-]{1,60}\(\s*b?)?`
	called  = `(?:\s*,\s*["'][a-z0-9-]{2,10}["'])?(?:\s*\)(?:\s*\.\s*(?:toString|decode|unpack1?|read|trim|strip)(?:\([^)\n]{0,20}\))?)?)?`
)

// maxPlain bounds what is put in plain words, in bytes.
const maxPlain = 32 << 10

// plain returns a text with its pieces joined and the addresses that are encoded in it
// written out; the text itself if there is nothing to be done. It is for looking at: what is
// returned need not be a program any more.
func plain(text []byte) []byte {
	if len(text) > maxPlain {
		return text
	}
	out := text
	if bytes.Contains(out, []byte(`\x`)) || bytes.Contains(out, []byte(`\u`)) {
		out = escaped.ReplaceAllFunc(out, unescaped)
	}
	if bytes.Contains(out, []byte("join")) {
		out = pieces.ReplaceAllFunc(out, func(m []byte) []byte {
			var s strings.Builder
			for _, p := range quoted.FindAllSubmatch(m, -1) {
				s.Write(p[1])
			}
			return []byte(`"` + s.String() + `"`)
		})
	}
	out = joined.ReplaceAll(out, nil)
	lower := bytes.ToLower(out)
	for _, d := range decodings {
		if !bytes.Contains(lower, []byte(d.mark)) {
			continue
		}
		out = d.form.ReplaceAllFunc(out, func(m []byte) []byte {
			g := d.form.FindSubmatch(m)
			if s := d.read(string(g[1])); strings.HasPrefix(strings.ToLower(s), "http") && !strings.ContainsAny(s, "\"'\n") {
				return []byte(`"` + s + `"`)
			}
			return m
		})
	}
	if out = joined.ReplaceAll(out, nil); bytes.IndexByte(out, '[') >= 0 {
		out = property.ReplaceAll(out, []byte("$1.$2"))
	}
	return out
}

// unescaped is the character that an escape stands for, if it is one of an address's.
func unescaped(m []byte) []byte {
	code, err := strconv.ParseUint(string(m[bytes.LastIndexAny(m, "xu{")+1:len(m)-closes(m)]), 16, 32)
	if err != nil || code < ' ' || code > '~' || code == '"' || code == '\'' {
		return m
	}
	return []byte{byte(code)}
}

// closes is 1 if an escape ends in a bracket.
func closes(m []byte) int {
	if m[len(m)-1] == '}' {
		return 1
	}
	return 0
}

var quoted = regexp.MustCompile(`["']([^"'\n]*)["']`)

// decodings are the ways that addresses are kept out of sight.
var decodings = []struct {
	form *regexp.Regexp
	mark string // what every match holds, in lower case
	read func(string) string
}{
	{inBase64, "ahr0c", func(s string) string {
		s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
		b, err := base64.RawStdEncoding.DecodeString(s)
		if err != nil {
			return ""
		}
		return string(b)
	}},
	{inHex, "68747470", func(s string) string {
		b, err := hex.DecodeString(s)
		if err != nil {
			return ""
		}
		return string(b)
	}},
	{inPercents, "%68%74%74%70", func(s string) string {
		u, err := url.PathUnescape(s)
		if err != nil {
			return ""
		}
		return u
	}},
	{backwards, "ptth", func(s string) string {
		b := []byte(s)
		slices.Reverse(b)
		return string(b)
	}},
	{rotated, "uggc", func(s string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case 'a' <= r && r <= 'z':
				return 'a' + (r-'a'+13)%26
			case 'A' <= r && r <= 'Z':
				return 'A' + (r-'A'+13)%26
			}
			return r
		}, s)
	}},
	{inNumbers, "104", func(s string) string {
		var out []byte
		for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return r < '0' || r > '9' }) {
			n, err := strconv.Atoi(w)
			if err != nil || n < ' ' || n > '~' {
				return ""
			}
			out = append(out, byte(n))
		}
		return string(out)
	}},
}
