package sshkey_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/sshkey"
	"github.com/lazaret/lazaret/internal/testimage"
)

func newDetector(t testing.TB) *sshkey.Detector {
	t.Helper()
	d, err := sshkey.New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// public writes a key as authorized_keys has it, without a comment.
func public(key crypto.PublicKey) string {
	k, err := ssh.NewPublicKey(key)
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

// keys makes a replacer of the examples' {{…}} by fresh keys, once for all tests.
var keys = sync.OnceValue(func() *strings.Replacer {
	r, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return strings.NewReplacer("{{rsa}}", public(r.Public()), "{{p256}}", public(e.Public()),
		"{{key}}", strings.TrimSpace(testimage.SSHPublicKey("example", "")))
})

func TestExamples(t *testing.T) {
	d := newDetector(t)
	r, real := detecttest.New(t, d), detecttest.NewEngine(t, d)
	for _, rule := range sshkey.Rules(t) {
		if len(rule.Match) == 0 || len(rule.Pass) == 0 {
			t.Errorf("%s: no examples", rule.ID)
		}
		run := func(path, text, link string) []inspect.Finding {
			content := []byte(keys().Replace(text))
			f := detecttest.File(path, 0o755, content)
			switch {
			case strings.HasPrefix(path, "config:"):
				f = detecttest.Document(path, content)
			case link != "":
				f = &inspect.File{Path: path, Type: inspect.Symlink, Link: link}
			}
			got := r.Run(t, f, content)
			if f.Type == inspect.Regular {
				engine := real.Inspect(t, detecttest.LayerFile{Path: path, Mode: 0o755, Body: content})
				if diff := cmp.Diff(got, engine); diff != "" {
					t.Errorf("plain - engine +\n%s", diff)
				}
			}
			return got
		}
		for i, e := range rule.Match {
			t.Run(fmt.Sprintf("%s/match%d", rule.ID, i), func(t *testing.T) {
				got := run(e.Path, e.Text, e.Link)
				want := rule.Confidence
				if e.Confidence != nil {
					want = *e.Confidence
				}
				if len(got) != 1 || got[0].Rule != "sshkey/"+rule.ID || got[0].Confidence != want || got[0].Category != inspect.Backdoor {
					t.Errorf("%+v, want one of confidence %v", got, want)
				}
			})
		}
		for i, e := range rule.Pass {
			t.Run(fmt.Sprintf("%s/pass%d", rule.ID, i), func(t *testing.T) {
				for _, g := range run(e.Path, e.Text, e.Link) {
					if g.Confidence > inspect.Low {
						t.Errorf("%+v", g)
					}
				}
			})
		}
	}
}

// The evidence says which key it is, and does not hold the key.
func TestEvidence(t *testing.T) {
	line := testimage.SSHPublicKey("evidence", strings.Repeat("long", 30)+"\x1b[31m")
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("# two lines\ncommand=\"id\" " + line + "\n")
	got := detecttest.New(t, newDetector(t)).Run(t, detecttest.File("root/.ssh/authorized_keys", 0o600, content), content)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	g := got[0]
	if g.Line != 2 || g.Offset != 12 || !strings.Contains(g.Evidence, ssh.FingerprintSHA256(key)) || !strings.Contains(g.Evidence, "restricted") ||
		strings.Contains(g.Evidence, strings.Fields(line)[1][20:40]) {
		t.Errorf("%+v", g)
	}
}

func TestManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		b.WriteString(testimage.SSHPublicKey(fmt.Sprint(i), "x") + "\n")
	}
	content := []byte(b.String())
	got := detecttest.New(t, newDetector(t)).Run(t, detecttest.File("root/.ssh/authorized_keys", 0o600, content), content)
	if len(got) != 16 {
		t.Errorf("%d findings", len(got))
	}
}

func TestSampleImage(t *testing.T) {
	r := detecttest.New(t, newDetector(t))
	count := func(s testimage.Spec) (high int) {
		for _, l := range s.Layers {
			for _, f := range l.Files {
				for _, g := range r.Run(t, detecttest.File(f.Path, 0o600, f.Body), f.Body) {
					if g.Confidence == inspect.High {
						high++
					}
				}
			}
		}
		return high
	}
	if n := count(testimage.Clean("seed", 1<<12)); n != 0 {
		t.Errorf("clean: %d sure findings", n)
	}
	if n := count(testimage.PlantedKey("seed", 1<<12)); n != 1 {
		t.Errorf("planted key: %d sure findings", n)
	}
}

func TestRulesThatAreNotWhole(t *testing.T) {
	for _, text := range []string{"", "rules: []", "unknown: 1", "rules: [{id: authorized-key, severity: none}]"} {
		if sshkey.Parse([]byte(text)) == nil {
			t.Errorf("%q is taken for rules", text)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, rule := range sshkey.Rules(f) {
		for _, e := range append(rule.Match, rule.Pass...) {
			f.Add(e.Path, e.Link, []byte(keys().Replace(e.Text)))
		}
	}
	r := detecttest.New(f, newDetector(f))
	f.Fuzz(func(t *testing.T, path, link string, content []byte) {
		for _, p := range []string{path, "root/.ssh/authorized_keys", "etc/ssh/sshd_config"} {
			r.Run(t, detecttest.File(p, 0o755, content), content)
			r.Run(t, detecttest.Document(p, content), content)
			r.Run(t, &inspect.File{Path: p, Type: inspect.Symlink, Link: link}, nil)
		}
	})
}
