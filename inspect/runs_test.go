package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is not decoded, since its beginning tells nothing, would not tell anything.
func TestWholeIsWhatIsDecoded(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	told := map[string]int{}
	for n := range 20000 {
		plain := make([]byte, rnd.IntN(160))
		for i := range plain {
			if plain[i] = byte(' ' + rnd.IntN(95)); n%5 == 0 {
				plain[i] = byte(rnd.IntN(256))
			}
		}
		if n%7 == 0 {
			plain = append([]byte("\x1f\x8b\x08"), plain...)
		}
		var text []byte
		escape := n%4 == 3
		switch n % 4 {
		case 0:
			text = []byte(base64.StdEncoding.EncodeToString(plain))
		case 1:
			text = []byte(base64.RawURLEncoding.EncodeToString(plain))
		case 2:
			text = []byte(hex.EncodeToString(plain))
		case 3:
			for i, c := range plain {
				if n%8 == 3 && i%5 > 0 {
					text = append(text, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
				} else {
					text = append(text, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
				}
			}
		}
		if n%3 == 0 && !escape {
			slices.Reverse(text)
		}
		if len(text) > 0 && n%2 == 0 && !escape { // something else in it
			text[rnd.IntN(len(text))] = "+/-_=aZ0"[rnd.IntN(8)]
		}
		for _, d := range decoders(escape) {
			want := d.decode(nil, text)
			if !telling(want) {
				want = nil
			}
			if got := d.whole(text); !bytes.Equal(got, want) {
				t.Fatalf("%s of %q: %q, not %q", d.name, text, got, want)
			}
			if want != nil {
				told[d.name]++
			}
		}
	}
	for _, d := range append(decoders(false), decoders(true)...) {
		if told[d.name] < 100 {
			t.Errorf("only %d texts in %s", told[d.name], d.name)
		}
	}
}
