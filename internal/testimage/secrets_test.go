package testimage_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/sha3"
	"golang.org/x/crypto/ssh"

	"github.com/lazaret/lazaret/internal/testimage"
)

// checkMonero decodes an address with big integers, block by block, which is another
// way than the package's own.
func checkMonero(address string) error {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	if len(address) != 95 {
		return fmt.Errorf("%d characters, not 95", len(address))
	}
	var b []byte
	for rest := address; rest != ""; {
		n := min(11, len(rest))
		v := new(big.Int)
		for _, c := range rest[:n] {
			i := strings.IndexRune(alphabet, c)
			if i < 0 {
				return fmt.Errorf("%q is not a digit", c)
			}
			v.Add(v.Mul(v, big.NewInt(58)), big.NewInt(int64(i)))
		}
		size := map[int]int{11: 8, 7: 5}[n]
		if v.BitLen() > 8*size {
			return fmt.Errorf("block %q overflows", rest[:n])
		}
		b = append(b, v.FillBytes(make([]byte, size))...)
		rest = rest[n:]
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(b[:65])
	if b[0] != 18 || !bytes.Equal(h.Sum(nil)[:4], b[65:]) {
		return fmt.Errorf("network %d, checksum %x", b[0], b[65:])
	}
	return nil
}

func TestMoneroAddress(t *testing.T) {
	// The Monero project's own, from its README: shows that the check is right.
	donations := "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
	if err := checkMonero(donations); err != nil {
		t.Fatalf("the check fails on a real address: %v", err)
	}
	if err := checkMonero(strings.Replace(donations, "AFF", "AFG", 1)); err == nil {
		t.Fatal("the check passes a wrong address")
	}
	for _, seed := range []string{"", "a", "b", "c"} {
		if a := testimage.MoneroAddress(seed); checkMonero(a) != nil || a[0] != '4' {
			t.Errorf("seed %q: %s: %v", seed, a, checkMonero(a))
		}
	}
}

// githubCheck is the six digits that belong to thirty.
func githubCheck(body string) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	v, out := crc32.ChecksumIEEE([]byte(body)), ""
	for range 6 {
		out = string(alphabet[v%62]) + out
		v /= 62
	}
	return out
}

func TestGitHubToken(t *testing.T) {
	// A revoked token that many articles on the format take for their example.
	if got := githubCheck("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"); got != "0mLq17" {
		t.Fatalf("checksum of a real token is %s", got)
	}
	shape := regexp.MustCompile(`^ghp_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$`)
	for _, seed := range []string{"", "a", "b", "c"} {
		m := shape.FindStringSubmatch(testimage.GitHubToken(seed))
		if m == nil || githubCheck(m[1]) != m[2] {
			t.Errorf("seed %q: %s", seed, testimage.GitHubToken(seed))
		}
	}
}

func TestAWSKey(t *testing.T) {
	id, secret := testimage.AWSKey("a")
	if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(id) {
		t.Errorf("id %s", id)
	}
	if !regexp.MustCompile(`^[0-9A-Za-z+/]{40}$`).MatchString(secret) {
		t.Errorf("secret %s", secret)
	}
}

func TestSSHPublicKey(t *testing.T) {
	key, comment, _, rest, err := ssh.ParseAuthorizedKey([]byte(testimage.SSHPublicKey("a", "ops@build")))
	if err != nil {
		t.Fatal(err)
	}
	if key.Type() != ssh.KeyAlgoED25519 || comment != "ops@build" || len(rest) != 0 {
		t.Errorf("type %s, comment %q, rest %q", key.Type(), comment, rest)
	}
}
