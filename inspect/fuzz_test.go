package inspect_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// FuzzInspect: whatever the bytes are, the inspection ends, within its limits, with the
// same report however they arrive, and nothing in it failed.
func FuzzInspect(f *testing.F) {
	layer := archive(f, entry{name: "a/b", body: "needle token=12345678\n"}, entry{name: "c", body: strings.Repeat("x", 600)})
	for _, b := range [][]byte{
		nil, layer, gz(f, layer), join(gz(f, layer[:700]), gz(f, layer[700:])), zst(f, layer, 1<<10), join(layer, layer),
		join(layer, []byte("more")), make([]byte, 1024), join(raw("g", 'g', 0), raw("L", 'L', 3), padded("abc"), raw("x", '0', 0)),
		[]byte(`{"rootfs":{"diff_ids":["` + diff1 + `"]},"config":{"Cmd":["needle"],"Labels":{"a":"b"}},"history":[{"created_by":"x"}]}`),
		[]byte(`{"schemaVersion":2,"manifests":[{"digest":"` + diff1 + `","size":1,"annotations":{"a":"needle"}}]}`),
		[]byte("BZh91AY"), []byte("needle"),
		archive(f, entry{name: "x", body: "echo " + b64("the needle in a text that is encoded") + " | base64 -d\n" + b64(string(gz(f, []byte("a needle"))))}),
		archive(f, entry{name: "x", body: escaped("a needle in escapes") + numbers("a needle in octal digits", `\%03o`, "") + "\n" + hex.EncodeToString([]byte("a needle in hex digits"))}),
		archive(f, entry{name: "x", body: b64(rawDeflated(f, script(200), 9)) + "\n" + reversed(b64(rawDeflated(f, script(300), 1))) + "\n" + b64("BZh91AY&SY\x00needle") + "\n" + b64("\xfd7zXZ\x00\x00\x04needle")}),
		archive(f, entry{name: "x", body: "unescape( \\u{65}\\u{ \\u0065\\u0076\\u0061\\u006c %6e%65%65dle%20 str_rot13 base64_decode b32decode a85decode b85decode fromCharCode xxd -r\n" + numbers("the needle and more", "%d", ", ") + "\n" + rot13d("needle") +
			pieces(b64("the needle in pieces"), 5, "' + '") + "'\n" + numbers("a needle in hex", "%02x", ":") + "\n00000000: 6e65 6564 6c65  needle\n'Wn*Y>AarPDAZ}%4WNc+1d?0gZ' ORUGKIDOMVSWI3DF\n"}),
		archive(f, entry{name: "x.zip", body: string(zipped(f, zipEntry{name: "y", body: "needle"}))}),
		archive(f, entry{name: "x.deb", body: string(ar(entry{name: "y", body: "needle"}))}),
		archive(f, entry{name: "x.tgz", body: string(gz(f, layer))}),
	} {
		f.Add(b)
	}
	limits := inspect.Limits{Bytes: 4 << 20, RatioFrom: 1 << 20, Entries: 1000, Document: 64 << 10, Tokens: 5000, Window: 1 << 20, Findings: 20, FileFindings: 5, Deadline: time.Hour}
	i := inspector(f, limits, finder(), lister())
	f.Fuzz(func(t *testing.T, b []byte) {
		r := report(t, i, b)
		for _, g := range r.Gaps {
			if strings.Contains(g.Why, "inspector failed") || strings.Contains(g.Why, "decompressor failed") || strings.Contains(g.Why, "detector") {
				t.Errorf("gap %v", g)
			}
		}
	})
}

// FuzzDecodeReport: what is decoded is encoded as something that decodes to the same.
func FuzzDecodeReport(f *testing.F) {
	b, err := inspect.EncodeReport(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	small, err := inspect.EncodeReport(inspect.Report{Digest: oci.DigestOf(nil), Set: "s", Kind: inspect.KindLayer})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	f.Add([]byte("\x01{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := inspect.DecodeReport(b)
		if err != nil {
			return
		}
		enc, err := inspect.EncodeReport(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := inspect.DecodeReport(enc)
		if err != nil {
			t.Fatal(err)
		}
		again, err := inspect.EncodeReport(back)
		if err != nil || !bytes.Equal(enc, again) {
			t.Errorf("error %v, another encoding:\n%s", err, cmp.Diff(string(enc), string(again)))
		}
	})
}
