package written

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/crypto/ssh"

	"github.com/lazaret/lazaret/internal/testimage"
)

// A maker makes what stands in {{ }}, the same for the same seed.
type maker struct {
	*rand.Rand
	seed string
}

func newMaker(seed string) maker {
	return maker{rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed)))), seed}
}

// expand fills in what stands in {{ }}.
func expand(seed, text string) (string, error) {
	m := newMaker(seed)
	t, err := template.New("image").Funcs(m.words()).Parse(text)
	if err != nil {
		return "", fmt.Errorf("parse: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return "", fmt.Errorf("expand: %w", err)
	}
	return b.String(), nil
}

func (m maker) words() template.FuncMap {
	return template.FuncMap{
		"word": m.word, "host": m.host, "ip": m.ip, "port": func() int { return 2000 + m.IntN(40000) },
		"xmr": func() string { return testimage.MoneroAddress(m.fresh()) }, "btc": m.bitcoin, "eth": func() string { return "0x" + m.from(hexDigits, 40) },
		"sshkey": func(comment string) string { return testimage.SSHPublicKey(m.fresh(), comment) },
		"awsid":  func() string { id, _ := testimage.AWSKey(m.seed); return id }, "awssecret": func() string { _, s := testimage.AWSKey(m.seed); return s },
		"ghp": func() string { return testimage.GitHubToken(m.fresh()) }, "rand": m.from, "hexn": func(n int) string { return m.from(hexDigits, n) },
		"alnum": func(n int) string { return m.from(alnum, n) }, "noise": func(n int) string { return escape(testimage.Noise(m.fresh(), n)) },
		"bad": func(i int) string { return listed("bad", i) }, "young": func(i int) string { return listed("young", i) }, "badip": badAddress,
		"elf": m.elf, "upx": m.upx, "unhex": func(s string) (string, error) { b, err := hex.DecodeString(s); return escape(b), err }, "rsa": m.rsaKey, "ec": m.ecKey, "pkcs8": m.pkcs8Key, "openssh": m.opensshKey,
		"b64": encode(base64.StdEncoding.EncodeToString), "b64w": encode(wrapped), "hex": encode(hex.EncodeToString), "xhex": encode(slashed), "octal": encode(octal),
		"rev": encode(reversed), "rot13": encode(rot13), "gz": filter(gzipped), "zl": filter(deflated), "zst": filter(func(b []byte) ([]byte, error) { return testimage.Compress("zstd", b) }),
		"tar": tarOf, "zip": zipOf, "nest": nest, "join": func(s ...string) string { return strings.Join(s, "") }, "nul": func() string { return escape([]byte{0}) },
	}
}

const (
	hexDigits = "0123456789abcdef"
	alnum     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

func (m maker) fresh() string { return fmt.Sprint(m.seed, m.Uint64()) }

func (m maker) from(alphabet any, n int) string {
	letters := fmt.Sprint(alphabet)
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[m.IntN(len(letters))]
	}
	return string(b)
}

func (m maker) word() string {
	var b strings.Builder
	for range 2 + m.IntN(2) {
		b.WriteByte("bdfgklmnprstvz"[m.IntN(14)])
		b.WriteByte("aeiou"[m.IntN(5)])
		if m.IntN(3) == 0 {
			b.WriteByte("lnrs"[m.IntN(4)])
		}
	}
	return b.String()
}

func (m maker) host() string {
	return m.word() + m.word() + []string{".com", ".net", ".xyz", ".info", ".ru", ".top", ".io"}[m.IntN(7)]
}

// ip returns an address of those that are in use by anybody.
func (m maker) ip() string {
	return fmt.Sprintf("%d.%d.%d.%d", []int{45, 78, 94, 141, 185, 194}[m.IntN(6)], 1+m.IntN(250), 1+m.IntN(250), 1+m.IntN(250))
}

// bitcoin returns a pay-to-public-key-hash address (https://en.bitcoin.it/wiki/Base58Check_encoding).
func (m maker) bitcoin() string {
	b := append([]byte{0}, testimage.Noise(m.fresh(), 20)...)
	first := sha256.Sum256(b)
	second := sha256.Sum256(first[:])
	v := new(big.Int).SetBytes(append(b, second[:4]...))
	var out []byte
	for digit := new(big.Int); v.Sign() > 0; {
		v.DivMod(v, big.NewInt(58), digit)
		out = append(out, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit.Int64()])
	}
	slices.Reverse(out)
	return "1" + string(out)
}

// elf returns what begins as an x86-64 executable and holds texts, as a stripped one does
// in its .rodata.
func (m maker) elf(texts ...string) string {
	b := []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00")
	b = append(b, testimage.Noise(m.fresh(), 6000+m.IntN(6000))...)
	b = append(b, 0)
	for _, t := range texts {
		b = append(append(b, unescape(t)...), 0)
	}
	return escape(append(b, testimage.Noise(m.fresh(), 3000)...))
}

// upx returns what a program is after UPX: its texts are not in it.
func (m maker) upx() string {
	b := []byte("\x7fELF\x02\x01\x01\x03\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00\x01\x00\x00\x00")
	b = append(b, testimage.Noise(m.fresh(), 200)...)
	b = append(b, "UPX!\x0d\x16\x0e\x0a"...)
	b = append(b, testimage.Noise(m.fresh(), 40000)...)
	b = append(b, "\n\x00$Info: This file is packed with the UPX executable packer http://upx.sf.net $\n\x00$Id: UPX 4.02 Copyright (C) 1996-2023 the UPX Team. All Rights Reserved. $\n\x00"...)
	b = append(b, testimage.Noise(m.fresh(), 2000)...)
	return escape(append(b, "UPX!\x00\x00\x00\x00UPX!\x0d\x16\x0e\x0a"...))
}

// rsaKey makes a key of 1,024 bits, which is soon made.
func (m maker) rsaKey() (string, error) {
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{E: 65537}, Primes: []*big.Int{m.prime(), m.prime()}}
	key.N = new(big.Int).Mul(key.Primes[0], key.Primes[1])
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(key.Primes[0], one), new(big.Int).Sub(key.Primes[1], one))
	if key.D = new(big.Int).ModInverse(big.NewInt(65537), phi); key.D == nil {
		return m.rsaKey()
	}
	key.Precompute()
	return pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), nil
}

func (m maker) prime() *big.Int {
	p := new(big.Int).SetBytes(testimage.Noise(m.fresh(), 64))
	p.SetBit(p, 511, 1).SetBit(p, 510, 1).SetBit(p, 0, 1)
	for !p.ProbablyPrime(10) {
		p.Add(p, big.NewInt(2))
	}
	return p
}

func (m maker) ecKey() (string, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append([]byte{0}, testimage.Noise(m.fresh(), 31)...))
	if err != nil {
		return "", fmt.Errorf("EC key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	return pemOf("EC PRIVATE KEY", der), err
}

func (m maker) pkcs8Key() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(testimage.Noise(m.fresh(), ed25519.SeedSize)))
	return pemOf("PRIVATE KEY", der), err
}

func (m maker) opensshKey() (string, error) {
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(testimage.Noise(m.fresh(), ed25519.SeedSize)), "deploy@ci")
	if err != nil {
		return "", fmt.Errorf("OpenSSH key: %w", err)
	}
	// The eight bytes at 98 are a number, twice, by which a right password is known (PROTOCOL.key):
	// MarshalPrivateKey draws it, and this corpus is the same each time.
	copy(block.Bytes[98:106], "samesame")
	return strings.TrimSpace(string(pem.EncodeToMemory(block))), nil
}

func pemOf(kind string, der []byte) string {
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

// escape makes bytes safe to stand in a text of lines until unescape.
func escape(b []byte) string { return "\x00" + base64.StdEncoding.EncodeToString(b) + "\x00" }

func unescape(s string) string {
	parts := strings.Split(s, "\x00")
	for i := 1; i < len(parts); i += 2 {
		b, err := base64.StdEncoding.DecodeString(parts[i])
		if err != nil {
			panic(fmt.Sprintf("written: what escape wrote is damaged: %v", err))
		}
		parts[i] = string(b)
	}
	return strings.Join(parts, "")
}

func encode(f func([]byte) string) func(string) string {
	return func(s string) string { return f([]byte(unescape(s))) }
}

func filter(f func([]byte) ([]byte, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		b, err := f([]byte(unescape(s)))
		return escape(b), err
	}
}

func wrapped(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var lines []string
	for part := range slices.Chunk([]byte(s), 76) {
		lines = append(lines, string(part))
	}
	return strings.Join(lines, "\n")
}

func slashed(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, `\x%02x`, c)
	}
	return s.String()
}

func octal(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, `\%03o`, c)
	}
	return s.String()
}

func reversed(b []byte) string {
	b = slices.Clone(b)
	slices.Reverse(b)
	return string(b)
}

func rot13(b []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, string(b))
}

func compressed(b []byte, make func(io.Writer) io.WriteCloser) ([]byte, error) {
	var out bytes.Buffer
	w := make(&out)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

func gzipped(b []byte) ([]byte, error) {
	return compressed(b, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func deflated(b []byte) ([]byte, error) {
	return compressed(b, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

// nest wraps Python in n more layers of exec of zlib and base64, as in kazutod/tene.
func nest(n int, s string) (string, error) {
	for range n {
		b, err := deflated([]byte(s))
		if err != nil {
			return "", err
		}
		s = "_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'" + reversed([]byte(base64.StdEncoding.EncodeToString(b))) + "'))"
	}
	return s, nil
}

func tarOf(entries ...string) (string, error) {
	var files []testimage.File
	for i := 0; i+1 < len(entries); i += 2 {
		files = append(files, testimage.File{Path: entries[i], Body: []byte(unescape(entries[i+1])), Mode: 0o755, Type: tar.TypeReg})
	}
	b, err := testimage.Tar(files)
	return escape(b), err
}

func zipOf(entries ...string) (string, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i+1 < len(entries); i += 2 {
		f, err := w.Create(entries[i])
		if err != nil {
			return "", fmt.Errorf("zip: %w", err)
		}
		if _, err := io.WriteString(f, unescape(entries[i+1])); err != nil {
			return "", fmt.Errorf("zip: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("zip: %w", err)
	}
	return escape(out.Bytes()), nil
}
