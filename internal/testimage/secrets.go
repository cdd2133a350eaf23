package testimage

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"

	"golang.org/x/crypto/sha3"
	"golang.org/x/crypto/ssh"
)

// Noise returns n bytes that do not compress, the same for the same seed.
func Noise(seed string, n int) []byte {
	b := make([]byte, n)
	if _, err := source(seed).Read(b); err != nil {
		panic(fmt.Sprintf("testimage: ChaCha8 failed: %v", err)) // it is documented never to
	}
	return b
}

func source(seed string) *rand.ChaCha8 { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// pick returns n characters of an alphabet, the same for the same seed.
func pick(seed, alphabet string, n int) string {
	r := rand.New(source(seed))
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

const (
	base32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
)

// MoneroAddress returns a main-network address with a right checksum. Its keys are
// noise: nobody can know the private ones.
//
// An address is the network byte 18, the public spend and view keys and the first four
// bytes of the Keccak-256 of all that (https://docs.getmonero.org/public-address/standard-address/).
func MoneroAddress(seed string) string {
	b := append([]byte{18}, Noise("monero "+seed, 64)...)
	h := sha3.NewLegacyKeccak256()
	h.Write(b)
	return moneroBase58(h.Sum(b)[:69])
}

// moneroBase58 writes each block of eight bytes as eleven digits, and a shorter last
// one as so many as it needs (https://docs.getmonero.org/cryptography/base58/).
func moneroBase58(b []byte) string {
	digits := [...]int{0, 2, 3, 5, 6, 7, 9, 10, 11} // by the bytes of a block
	var out strings.Builder
	for len(b) > 0 {
		n := min(8, len(b))
		var padded [8]byte
		copy(padded[8-n:], b[:n])
		v := binary.BigEndian.Uint64(padded[:])
		block := make([]byte, digits[n])
		for i := len(block) - 1; i >= 0; i-- {
			block[i] = base58Digits[v%58]
			v /= 58
		}
		out.Write(block)
		b = b[n:]
	}
	return out.String()
}

// AWSKey returns an access key's id and secret, shaped as AWS issues them.
func AWSKey(seed string) (id, secret string) {
	id = "AKIA" + pick("aws id "+seed, base32Digits, 16)
	return id, base64.StdEncoding.EncodeToString(Noise("aws secret "+seed, 30))
}

// GitHubToken returns a personal access token, shaped as GitHub issues them: the last six
// of its digits are the CRC-32 of the thirty before
// (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
func GitHubToken(seed string) string {
	body := pick("github "+seed, base62Digits, 30)
	v := crc32.ChecksumIEEE([]byte(body))
	check := make([]byte, 6)
	for i := len(check) - 1; i >= 0; i-- {
		check[i] = base62Digits[v%62]
		v /= 62
	}
	return "ghp" + "_" + body + string(check)
}

// SSHPublicKey returns a line of authorized_keys, without its line feed.
func SSHPublicKey(seed, comment string) string {
	private := ed25519.NewKeyFromSeed(Noise("ssh "+seed, ed25519.SeedSize))
	key, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		panic(fmt.Sprintf("testimage: an Ed25519 key is not an SSH key: %v", err))
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) + " " + comment
}
