package miner

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// The commands of a text that is plain have nothing that a miner is known by, but its name.
func TestPlain(t *testing.T) {
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"-o", "-u", "-p", "x", "-a", "rx/0", "--url=", "pool.example.org:3333", "stratum+tcp://", "stratum2+ssl://h.org:33", "xmrig", "--algo", "-oh.org:3333",
		"--coin", "monero", "\\-o", "\"", "'", " ", " ", " ", "\n", "\\\n", ",", "=", "(", "[", "a-o", "$POOL", "substratum", "--wallet", "-", "o", "daemon+http://h.org:80", "-P",
		"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}
	rng := rand.New(rand.NewPCG(1, 9))
	plain := 0
	for range 20_000 {
		var b strings.Builder
		for range 1 + rng.IntN(9) {
			b.WriteString(words[rng.IntN(len(words))])
		}
		text := []byte(b.String())
		f := &inspect.File{Path: "x.js", Head: text}
		c := &judgement{d: d, f: f, place: place.Place{Kind: place.Script}, seen: inspect.Seen{Content: text, Hits: []inspect.Hit{{Pattern: patternHint}}}}
		if !c.plain() {
			continue
		}
		plain++
		for _, cmd := range argv.Of(f, text) {
			if s := d.command(cmd.Args); s.mines() || s.stratum != "" || len(s.words) > 1 {
				t.Fatalf("%q is plain, but has %+v", text, s)
			}
		}
	}
	if plain < 1000 {
		t.Errorf("only %d texts are plain", plain)
	}
}
