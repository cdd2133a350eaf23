package secret_test

import (
	"encoding/base64"
	"encoding/pem"
	"math"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect/secret"
)

func TestReadKey(t *testing.T) {
	k := keys()
	long := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + strings.Repeat("QUJD", 64) + "\n-----END"
	quoted := `"` + strings.ReplaceAll(strings.TrimSpace(k["{{rsa}}"]), "\n", "\\n\" +\n    \"") + `"`
	pgp := "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n" + base64.StdEncoding.EncodeToString(append([]byte{0x95, 1}, make([]byte, 100)...)) + "\n=abcd\n-----END"
	for name, c := range map[string]struct {
		text                string
		sane, encrypted, ok bool
	}{
		"rsa":                {k["{{rsa}}"], true, false, true},
		"ec":                 {k["{{ec}}"], true, false, true},
		"openssh":            {k["{{openssh}}"], true, false, true},
		"openssh, encrypted": {k["{{encrypted}}"], true, true, true},
		"in one line":        {k["{{oneline}}"], true, false, true},
		"in source":          {quoted[1:], true, false, true},
		"cut":                {k["{{rsa}}"][:900], true, false, true},
		"pem, encrypted":     {long, true, true, true},
		"pgp":                {pgp, true, false, true},
		"too long":           {"-----BEGIN PRIVATE KEY-----\n" + base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x10}, make([]byte, 80)...)) + "\n-----END", false, false, true},
		"no der":             {"-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("QUJD", 30) + "\n-----END", false, false, true},
		"no key":             {"-----BEGIN PRIVATE KEY-----\n...\n-----END", false, false, false},
		"no first line":      {"-----BEGIN PRIVATE KEY", false, false, false},
		"empty":              {"", false, false, false},
	} {
		_, sane, encrypted, ok := secret.ReadKey([]byte(c.text))
		if sane != c.sane || encrypted != c.encrypted || ok != c.ok {
			t.Errorf("%s: sane %v, encrypted %v, ok %v", name, sane, encrypted, ok)
		}
	}
}

func TestEntropy(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "aaaa": 0, "abab": 1, "abcd": 2, "abcdefgh": 3} {
		if got := secret.Entropy([]byte(text)); math.Abs(got-want) > 1e-9 {
			t.Errorf("%q: %g, want %g", text, got, want)
		}
	}
}

func TestBasic(t *testing.T) {
	for text, want := range map[string]bool{"u:p": true, "nopassword": false, ":p": false, "u:": false} {
		if got := secret.IsBasic([]byte(base64.StdEncoding.EncodeToString([]byte(text)))); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzReadKey(f *testing.F) {
	for _, text := range keys() {
		f.Add([]byte(text))
	}
	f.Add([]byte("-----BEGIN -----BLOCK"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, sane, _, ok := secret.ReadKey(text)
		if sane && !ok {
			t.Error("sane, but no key")
		}
		if block, _ := pem.Decode(text); block != nil && ok && len(block.Bytes) == 0 {
			t.Error("a key without bytes")
		}
	})
}
