package inspect_test

import (
	"encoding/ascii85"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
)

// rot13d is s with its letters moved by thirteen.
func rot13d(s string) string {
	const plain, moved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
	b := []byte(s)
	for i, c := range b {
		if k := strings.IndexByte(plain, c); k >= 0 {
			b[i] = moved[k]
		}
	}
	return string(b)
}

// numbers are the codes of s, each in a form, with something between them.
func numbers(s, form, between string) string {
	var out []string
	for _, c := range []byte(s) {
		out = append(out, fmt.Sprintf(form, c))
	}
	return strings.Join(out, between)
}

// pieces is s cut into pieces of n characters, with something between them.
func pieces(s string, n int, between string) string {
	return strings.Join(regexp.MustCompile(fmt.Sprintf(".{1,%d}", n)).FindAllString(s, -1), between)
}

// What a text says that it decodes is decoded, wherever in it the data stands; without the call it is not.
func TestCalls(t *testing.T) {
	d := finder()
	d.wants = func(*inspect.File) inspect.Want { return inspect.Hits | inspect.Content } // as whoever reads scripts does
	i := inspector(t, inspect.Limits{}, d)
	const secret = "echo the needle | sh"
	text := script(600)
	b32 := base32.StdEncoding.EncodeToString([]byte(secret))
	a85 := make([]byte, ascii85.MaxEncodedLen(len(secret)))
	a85 = a85[:ascii85.Encode(a85, []byte(secret))]
	const b85 = "Wn*Y>AarPDAZ}%4WNc+1d?0gZ" // of secret, by Python's b85encode
	for name, c := range map[string]struct{ call, data, chain string }{
		"rot13, PHP":                   {"eval(str_rot13($x));", "$x = '" + rot13d(secret) + "';", "rot13"},
		"rot13, Python":                {"exec(codecs.decode(x, 'rot_13'))", "x = '" + rot13d(secret) + "'", "rot13"},
		"rot13, tr":                    {"| tr 'A-Za-z' 'N-ZA-Mn-za-m' | sh", "echo '" + rot13d(secret) + "'", "rot13"},
		"rot13 of base64":              {"eval(base64_decode(str_rot13($x)));", "$x = '" + rot13d(b64(secret+" # and more words")) + "';", "rot13>base64"},
		"base64 of rot13":              {"eval(str_rot13(base64_decode($x)));", "$x = '" + b64(rot13d(secret+" # and more words")) + "';", "base64>rot13"},
		"base64 of rot13 of deflate":   {"eval(gzinflate(str_rot13(base64_decode($x))));", "$x = '" + b64(rot13d(rawDeflated(t, text, 9))) + "';", "base64>rot13>deflate"},
		"rot13 of base64 of deflate":   {"eval(gzinflate(base64_decode(str_rot13($x))));", "$x = '" + rot13d(b64(rawDeflated(t, text, 9))) + "';", "rot13>base64>deflate"},
		"fromCharCode":                 {"eval(String.fromCharCode(", numbers(secret, "%d", ",") + "))", "codes"},
		"fromCharCode of a list":       {"eval(a.map(c=>String.fromCharCode(c)).join(''))", "var a = 1, b = [" + numbers(secret, "%d", ", ") + "];", "codes"},
		"fromCharCode, one by one":     {"x =", "String.fromCharCode(" + numbers(secret, "%d", ")+String.fromCharCode(") + ")", "codes"},
		"fromCharCode, hex, on lines":  {"eval(String.fromCharCode.apply(null, a))", "a=[" + numbers(secret, "0x%02X", ",\n  ") + "]", "codes"},
		"codes in a text":              {"eval(s.split(',').map(x => String.fromCharCode(x)).join(''))", "s = '" + numbers(secret, "%d", ",") + "'", "codes"},
		"codes with blanks":            {"print(''.join(map(chr, map(int, s.split()))))", "s = '" + numbers(secret, "%d", " ") + "'", "codes"},
		"chr in PHP":                   {"eval(", "chr(" + numbers(secret, "%d", ").chr(") + "));", "codes"},
		"chr in Python":                {"exec(", "chr(" + numbers(secret, "%d", ") + chr(") + "))", "codes"},
		"chr in VBScript":              {"Execute", "Chr(" + numbers(secret, "%d", ") & Chr(") + ")", "codes"},
		"chr in Perl":                  {"eval join '', map { chr } @a;", "@a = (" + numbers(secret, "%d", ", ") + ");", "codes"},
		"pack in Perl":                 {`eval pack("C*", @a)`, "@a = (" + numbers(secret, "%d", ",") + ");", "codes"},
		"pack in Ruby":                 {"eval(x.map(&:to_i)", "[" + numbers(secret, "%d", ", ") + "].pack('c*'))", "codes"},
		"array_map":                    {"eval(implode(array_map('chr', $a)));", "$a = [" + numbers(secret, "%d", ",") + "];", "codes"},
		"bytes":                        {"exec(", "bytes([" + numbers(secret, "0x%x", ", ") + "]))", "codes"},
		"char[]":                       {"iex (-join [char[]]$a)", "$a = (" + numbers(secret, "%d", ",") + ")", "codes"},
		"[char], one by one":           {"iex (", "[char]" + numbers(secret, "%d", "+[char]") + ")", "codes"},
		"Buffer.from of compressed":    {"eval(zlib.gunzipSync(b))", "b = Buffer.from([" + numbers(string(gz(t, []byte(text))), "%d", ",") + "])", "codes>gzip"},
		"Uint8Array of raw deflate":    {"f(b)", "b = new Uint8Array([" + numbers(rawDeflated(t, text, 9), "%d", ",") + "])", "codes>deflate"},
		"base32, Python":               {"exec(base64.b32decode(x))", "x = '" + b32 + "'", "base32"},
		"base32, shell":                {"| base32 -d | sh", "echo " + strings.TrimRight(b32, "="), "base32"},
		"base32 of zlib":               {"exec(zlib.decompress(base64.b32decode(x)))", "x = '" + base32.StdEncoding.EncodeToString([]byte(deflated(t, text))) + "'", "base32>zlib"},
		"base85":                       {"exec(base64.b85decode(x))", "x = b'" + b85 + "'", "base85"},
		"ascii85":                      {"exec(base64.a85decode(x))", "x = b\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(a85)) + "\"", "ascii85"},
		"ascii85 of Adobe":             {"exec(base64.a85decode(x, adobe=True))", "x = b\"<~" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(a85)) + "~>\"", "ascii85"},
		"hex with blanks":              {"exec(bytes.fromhex(x))", "x = '" + numbers(secret, "%02x", " ") + "'", "hex"},
		"hex with colons":              {"| tr -d : | xxd -r -p | sh", "echo " + numbers(secret, "%02X", ":"), "hex"},
		"hex on lines":                 {"xxd -r -p <<E | sh", pieces(numbers(secret, "%02x", ""), 16, "\n") + "\nE", "hex"},
		"a dump of xxd":                {"xxd -r <<E | sh", "00000000: 6563 686f 2074 6865 206e 6565 646c 6520  echo the needle \n00000010: 7c20 7368                                | sh\nE", "xxd"},
		"base64 in pieces, JavaScript": {"eval(atob(x))", "x = '" + pieces(b64(secret), 4, "' + '") + "'", "base64"},
		"base64 in pieces, on lines":   {"eval(atob(x))", "x = '" + pieces(b64(secret), 5, "' +\n   '") + "'", "base64"},
		"base64 in pieces, PHP":        {"eval(base64_decode($x));", "$x = \"" + pieces(b64(secret), 7, `"."`) + "\";", "base64"},
		"base64 in pieces, added":      {"exec(base64.b64decode(a))", "a = '" + pieces(b64(secret), 8, "'\na += '") + "'", "base64"},
		"base64 in pieces, as a list":  {"eval(Buffer.from(x.join(''), 'base64').toString())", "x = [\"" + pieces(b64(secret), 6, `", "`) + "\"]", "base64"},
		"base64 in pieces, Python":     {"exec(base64.b64decode(a))", "a = ('" + pieces(b64(secret), 8, "'\n     '") + "')", "base64"},
		"base64 in pieces, shell":      {"echo \"$A$B$C$D$F$G$H\" | base64 -d | sh", "A=\"" + pieces(b64(secret), 8, "\"\nB=\"") + "\"", "base64"},
		"base64, pieces each padded":   {"exec(base64.b64decode(a))", "a = '" + b64("echo t") + "' + '" + b64("he needle | sh") + "'", "base64"},
		"hex in pieces":                {"exec(bytes.fromhex(a))", "a = '" + pieces(numbers(secret, "%02x", ""), 10, "' '") + "'", "hex"},
		"percent":                      {"eval(unescape(x))", "x = '" + numbers(secret, "%%%02x", "") + "'", "percent"},
		"percent of some":              {"exec(urllib.parse.unquote(x))", "x = 'echo%20the%20n%65%65dle%20%7C%20sh'", "percent"},
		"percent of base64":            {"eval(atob(decodeURIComponent(x)))", "x = '" + strings.NewReplacer("Z", "%5A", "=", "%3D", "l", "%6c").Replace(b64(secret+" # and more words")) + "'", "percent>base64"},
		"unicode":                      {"eval(x)", "x = \"" + numbers(secret, `\u%04x`, "") + "\"", "unicode"},
		"unicode of some":              {"", "\\u0065\\u0076\\u0061l(\"\\u0065cho th\\u0065 n\\u0065\\u0065d\\u006c\\u0065 | s\\u{68}\")", "unicode"},
		"base64 in a variable, short":  {"eval $(echo $X | base64 -d)", "X=" + b64("the needle!!"), "base64"},
	} {
		for _, body := range []string{c.data + "\n" + c.call, c.call + "\n" + c.data} {
			r := report(t, i, archive(t, entry{name: "opt/x", body: "first\n" + body + "\n"}))
			if len(r.Findings) == 0 || len(r.Gaps) > 0 || !strings.Contains(r.Findings[0].Evidence, "decoded "+c.chain) {
				t.Errorf("%s, %q: gaps %v, findings %v", name, body[:min(len(body), 200)], r.Gaps, r.Findings)
			}
		}
		if strings.Contains(name, "one by one") || strings.Contains(name, "dump") || strings.HasPrefix(name, "chr in") || regexp.MustCompile(`(?i)pack|pieces|Buffer|Uint8|bytes|rot13 of|^base64 of|unicode`).MatchString(name) {
			continue // the data has the call
		}
		if r := report(t, i, archive(t, entry{name: "opt/x", body: "first\n" + c.data + "\n"})); len(r.Findings) > 0 {
			t.Errorf("%s: without the call: %v", name, r.Findings)
		}
	}
}

// Of a long text both ends are read; all of it if it says what runs it, and what is too much of that is a gap.
func TestCallsInLongTexts(t *testing.T) {
	d := finder()
	d.wants = func(*inspect.File) inspect.Want { return inspect.Hits | inspect.Content }
	i := inspector(t, inspect.Limits{}, d)
	data := "eval(String.fromCharCode(" + numbers("the needle is here", "%d", ",") + "))\n"
	filler := strings.Repeat("some() + words; of(code)\n", 4000)
	for _, c := range []struct {
		body string
		want int
	}{{data + filler, 1}, {filler + data, 1}, {filler + data + filler, 0}, {"#!/usr/bin/env node\n" + filler + data + filler, 1}} {
		r := report(t, i, archive(t, entry{name: "x.js", body: c.body}))
		if len(r.Findings) != c.want || len(r.Gaps) > 0 {
			t.Errorf("%.20q… of %d bytes: gaps %v, findings %v", c.body, len(c.body), r.Gaps, r.Findings)
		}
		if want := 1 + strings.Count(c.body[:strings.Index(c.body, data)], "\n"); len(r.Findings) == 1 && r.Findings[0].Line != want {
			t.Errorf("%.20q…: line %d, not %d", c.body, r.Findings[0].Line, want)
		}
	}
	longer := numbers(string(noise(40, 1)), "%d", ",") + ";\n" + data + strings.Repeat(filler, 1+inspect.MaxContent/len(filler))
	if r := report(t, i, archive(t, entry{name: "x.js", body: longer})); len(r.Findings) != 1 || len(r.Gaps) > 0 {
		t.Errorf("more than is kept: gaps %v, findings %v", r.Gaps, r.Findings)
	}
	many := "#!/bin/sh\n" + strings.Repeat(data, 300)
	if r := report(t, i, archive(t, entry{name: "x", body: many})); len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Why, "pieces of encoded text") {
		t.Errorf("many: gaps %v", r.Gaps)
	}
}
