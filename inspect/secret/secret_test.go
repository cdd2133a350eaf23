package secret_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/crypto/ssh"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/secret"
	"github.com/lazaret/lazaret/internal/testimage"
)

func newDetector(t testing.TB) *secret.Detector {
	t.Helper()
	d, err := secret.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// keys are private keys of no use, made once for all tests: nothing is committed.
var keys = sync.OnceValue(func() map[string]string {
	must := func(b any, err error) any {
		if err != nil {
			panic(err)
		}
		return b
	}
	r := must(rsa.GenerateKey(crand.Reader, 2048)).(*rsa.PrivateKey)
	e := must(ecdsa.GenerateKey(elliptic.P256(), crand.Reader)).(*ecdsa.PrivateKey)
	_, ed, err := ed25519.GenerateKey(crand.Reader)
	must(ed, err)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	pkcs8 := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(e)).([]byte))
	return map[string]string{
		"{{rsa}}":       block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r)),
		"{{ec}}":        block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(e)).([]byte)),
		"{{openssh}}":   string(pem.EncodeToMemory(must(ssh.MarshalPrivateKey(ed, "")).(*pem.Block))),
		"{{encrypted}}": string(pem.EncodeToMemory(must(ssh.MarshalPrivateKeyWithPassphrase(ed, "", []byte("x"))).(*pem.Block))),
		"{{oneline}}":   strings.ReplaceAll(pkcs8, "\n", `\n`),
	}
})

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func word(n int, rnd *rand.Rand) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rnd.IntN(len(letters))]
	}
	return string(b)
}

var counted = regexp.MustCompile(`\{\{(b64|word):([0-9]+)\}\}`)

// expand puts fresh credentials in the place of an example's {{…}}.
func expand(text string, rnd *rand.Rand) string {
	for name, key := range keys() {
		text = strings.ReplaceAll(text, name, key)
	}
	id, key := testimage.AWSKey("example")
	text = strings.NewReplacer("{{akia}}", id, "{{awssecret}}", key, "{{ghp}}", testimage.GitHubToken("example"),
		"{{jks:1}}", "\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x05mykey", "{{jks:2}}", "\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x02ca",
		"{{jceks}}", "\xce\xce\xce\xce\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x03\x00\x05mykey",
		"{{basic}}", base64.StdEncoding.EncodeToString([]byte("robot:"+word(20, rnd)))).Replace(text)
	return counted.ReplaceAllStringFunc(text, func(m string) string {
		parts := counted.FindStringSubmatch(m)
		n, err := strconv.Atoi(parts[2])
		if err != nil {
			panic(err)
		}
		return word(n, rnd)
	})
}

func file(path string, content []byte) *inspect.File {
	if strings.HasPrefix(path, "config:") {
		return detecttest.Document(path, content)
	}
	return detecttest.File(path, fs.FileMode(0o644), content)
}

func TestExamples(t *testing.T) {
	d := newDetector(t)
	r, real := detecttest.New(t, d), detecttest.NewEngine(t, d)
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, rule := range secret.OwnRules(t) {
		if len(rule.Match) == 0 || len(rule.Pass) == 0 {
			t.Errorf("%s: no examples", rule.ID)
		}
		for i, e := range rule.Match {
			t.Run(fmt.Sprintf("%s/match%d", rule.ID, i), func(t *testing.T) {
				content := []byte(expand(e.Text, rnd))
				got := r.Run(t, file(e.Path, content), content)
				id, severity, confidence := rule.ID, rule.Severity, rule.Confidence
				if e.Rule != "" {
					id = e.Rule
				}
				if e.Severity != nil {
					severity = *e.Severity
				}
				if e.Confidence != nil {
					confidence = *e.Confidence
				}
				if !strings.HasPrefix(e.Path, "config:") {
					engine := real.Inspect(t, detecttest.LayerFile{Path: e.Path, Mode: 0o644, Body: content})
					if diff := cmp.Diff(got, engine, cmpopts.SortSlices(func(a, b inspect.Finding) bool { return a.Rule < b.Rule })); diff != "" {
						t.Errorf("plain - engine +\n%s", diff)
					}
				}
				for _, g := range got {
					if g.Rule == "secret/"+id {
						if g.Severity != severity || g.Confidence != confidence || g.Category != inspect.Secret {
							t.Errorf("severity %v, confidence %v: %+v", severity, confidence, g)
						}
						return
					}
				}
				t.Errorf("not found; only %+v", got)
			})
		}
		for i, e := range rule.Pass {
			t.Run(fmt.Sprintf("%s/pass%d", rule.ID, i), func(t *testing.T) {
				content := []byte(expand(e.Text, rnd))
				for _, g := range r.Run(t, file(e.Path, content), content) {
					if g.Confidence > inspect.Low {
						t.Errorf("%+v", g)
					}
				}
			})
		}
	}
}

// paths gives a file for each of gitleaks' rules that is for some files only.
var paths = map[string]string{
	"freemius-secret-key": "srv/a.php", "hashicorp-tf-password": "srv/a.tf", "kubernetes-secret-yaml": "srv/a.yaml", "nuget-config-password": "srv/nuget.config",
}

// Every rule of gitleaks finds what its own expression describes, through literals and
// windows, in the middle of a larger file; and its literals are in every match.
func TestGitleaksRules(t *testing.T) {
	d := newDetector(t)
	r := detecttest.New(t, d)
	filler := strings.Repeat("listen = 0.0.0.0:8080\n", 30)
	for _, rule := range secret.GitleaksRules(t, d) {
		if rule.Re == nil {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			path := "srv/app.conf"
			if rule.Path != nil {
				if path = paths[rule.ID]; !rule.Path.MatchString(path) {
					t.Fatalf("no file for %s", rule.Path)
				}
			}
			content, spans := samplesOf(t, rule, filler)
			found := make([]bool, len(spans))
			for _, g := range r.Run(t, detecttest.File(path, 0o644, content), content) {
				for i, s := range spans {
					if g.Offset >= s.from && g.Offset < s.to && (g.Rule != "secret/generic-api-key" || rule.ID == "generic-api-key") {
						found[i] = true
					}
				}
			}
			n := 0
			for _, f := range found {
				if f {
					n++
				}
			}
			need := 3
			if _, constant := rule.Re.LiteralPrefix(); constant {
				need = 1 // the same secret is reported once
			}
			if n < need {
				t.Errorf("found %d of %d, such as %q", n, len(spans), content[spans[0].from:spans[0].to])
			}
		})
	}
}

// A span is where a sample is in a file.
type span struct{ from, to int64 }

// samplesOf makes a file of samples of a rule, twelve if it can, with filler between
// them, and holds each to the rule's literals.
func samplesOf(t *testing.T, rule secret.RuleOf, filler string) (content []byte, spans []span) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 7))
	content = []byte(filler)
	for i := 0; i < 100 && len(spans) < 12; i++ {
		text := sample(t, rule.Re.String(), rnd)
		if !rule.Re.MatchString(filler + " " + text + "\n") {
			continue // a boundary that the sample lacks
		}
		if rule.Streamed && !holdsOne(rule.Re, text, rule.Literals) {
			t.Fatalf("no literal of %q in a match", rule.Literals)
		}
		from := int64(len(content))
		content = append(content, " "+text+"\n"...)
		spans = append(spans, span{from, int64(len(content))})
		content = append(content, filler...)
	}
	if len(spans) < 5 {
		t.Fatalf("only %d samples", len(spans))
	}
	return content, spans
}

// holdsOne reports whether what re matches in text holds one of the literals.
func holdsOne(re *regexp.Regexp, text string, literals []string) bool {
	match := re.FindString(" " + text + "\n")
	if match == "" {
		return true // a boundary that the sample lacks
	}
	for _, l := range literals {
		if strings.Contains(strings.ToLower(match), strings.ToLower(l)) {
			return true
		}
	}
	return false
}

// The place of a credential decides how sure its finding is.
func TestPlaces(t *testing.T) {
	r := detecttest.New(t, newDetector(t))
	token := testimage.GitHubToken("place")
	for path, want := range map[string]string{
		"srv/.env":                             "high",
		"srv/app.py":                           "high",
		"srv/main.go":                          "high",
		"root/.bash_history":                   "high",
		"config:env":                           "high",
		"config:history":                       "high",
		"srv/notes.txt":                        "medium",
		"srv/README.md":                        "low",
		"usr/share/doc/git/howto":              "low",
		"srv/app_test.go":                      "low",
		"srv/tests/fixtures/a.json":            "low",
		"srv/.env.example":                     "low",
		"usr/lib/python3/dist-packages/x/y.py": "low",
		"app/node_modules/x/index.js":          "",
		"usr/lib/python3.11/test/keys.py":      "",
		"srv/logo.png":                         "",
	} {
		content := []byte("GITHUB_TOKEN=" + token + "\n")
		got := ""
		for _, g := range r.Run(t, file(path, content), content) {
			if g.Rule == "secret/github-pat" {
				got = g.Confidence.String()
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// A wrong checksum makes a token less sure; a name with a value beside it never is.
func TestChecksums(t *testing.T) {
	r := detecttest.New(t, newDetector(t))
	token := []byte(testimage.GitHubToken("sum"))
	token[10] ^= 1
	content := []byte("TOKEN: " + string(token) + "\n")
	got := r.Run(t, detecttest.File("srv/a.yaml", 0o644, content), content)
	if len(got) != 1 || got[0].Confidence != inspect.Medium {
		t.Errorf("%+v", got)
	}
	// In machine code a right one is no chance, and a wrong one is.
	for text, want := range map[string]inspect.Level{testimage.GitHubToken("sum"): inspect.Medium, string(token): inspect.Low} {
		content := []byte("\x7fELF\x02\x01\x01\x00" + text + "\x00")
		got := r.Run(t, detecttest.File("usr/bin/a", 0o755, content), content)
		if len(got) != 1 || got[0].Confidence != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	if right, has := secret.GitHubChecksum("github_pat_x"); right || has {
		t.Error("a checksum where there is none")
	}
}

// No finding holds more of a secret than its first four characters.
func TestEvidenceIsRedacted(t *testing.T) {
	r := detecttest.New(t, newDetector(t))
	id, key := testimage.AWSKey("redact")
	rnd := rand.New(rand.NewPCG(3, 3))
	password := word(30, rnd)
	content := []byte(expand("aws_access_key_id="+id+"\naws_secret_access_key="+key+"\nDB_PASSWORD="+password+"\n{{rsa}}", rnd))
	got := r.Run(t, detecttest.File("srv/.env", 0o600, content), content)
	if len(got) < 4 {
		t.Errorf("%d findings: %+v", len(got), got)
	}
	for _, g := range got {
		for _, s := range []string{id, key, password, strings.Split(keys()["{{rsa}}"], "\n")[3]} {
			for i := 0; i+5 <= len(s); i++ {
				if strings.Contains(g.Evidence, s[i:i+5]) && !strings.Contains(g.Evidence, "…") {
					t.Fatalf("%s shows a secret: %s", g.Rule, g.Evidence)
				}
				if i > 0 && strings.Contains(g.Evidence, s[i:i+5]) {
					t.Fatalf("%s shows a secret: %s", g.Rule, g.Evidence)
				}
			}
		}
	}
}

func TestSampleImages(t *testing.T) {
	r := detecttest.New(t, newDetector(t))
	rules := func(s testimage.Spec) map[string]bool {
		out := map[string]bool{}
		for _, l := range s.Layers {
			for _, f := range l.Files {
				for _, g := range r.Run(t, detecttest.File(f.Path, 0o600, f.Body), f.Body) {
					if g.Confidence > inspect.Low {
						out[g.Rule] = true
					}
				}
			}
		}
		return out
	}
	if got := rules(testimage.Clean("seed", 1<<16)); len(got) > 0 {
		t.Errorf("clean: %v", got)
	}
	want := map[string]bool{"secret/aws-access-token": true, "secret/aws-secret-key": true, "secret/github-pat": true}
	if diff := cmp.Diff(want, rules(testimage.LeakedSecret("seed", 1<<16))); diff != "" {
		t.Errorf("leaked: (-want +got)\n%s", diff)
	}
}

func TestStores(t *testing.T) {
	r := detecttest.New(t, newDetector(t))
	for head, want := range map[string]int{"\x30\x82\x09\x39\x02\x01\x03": 1, "-----BEGIN": 0, "": 0} {
		got := r.Run(t, detecttest.File("srv/site.pfx", 0o600, []byte(head)), []byte(head))
		if len(got) != want {
			t.Errorf("%q: %+v", head, got)
		}
	}
}

func TestRulesThatAreNotWhole(t *testing.T) {
	for _, text := range []string{"", "rules: []", "unknown: 1", "rules: [{severity: none}]"} {
		if secret.ParseData([]byte(text)) == nil {
			t.Errorf("%q is taken for rules", text)
		}
	}
	for _, text := range []string{"", "rules = 1", "[[rules"} {
		if secret.ParseGitleaks(text) == nil {
			t.Errorf("%q is taken for gitleaks' rules", text)
		}
	}
}

func FuzzJudge(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, rule := range secret.OwnRules(f) {
		for _, e := range append(rule.Match, rule.Pass...) {
			f.Add(e.Path, []byte(expand(e.Text, rnd)))
		}
	}
	r := detecttest.New(f, newDetector(f))
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		r.Run(t, detecttest.File(path, 0o644, content), content)
		r.Run(t, detecttest.Document(path, content), content)
	})
}

// The rules that are asked by the ending of a name are those that are for it.
func TestRulesByEnding(t *testing.T) {
	d := newDetector(t)
	hits := 0
	check := func(name string) {
		got, want := secret.NamedFor(d, name)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", name, diff)
		}
		hits += len(want)
	}
	files := secret.NamedFiles(d)
	for _, f := range files {
		for _, name := range []string{f, strings.Trim(f, "*"), strings.Trim(f, "*."), strings.ReplaceAll(f, "*", "x"), strings.ReplaceAll(f, "*", "x.y"), strings.ReplaceAll(f, "*", "")} {
			for _, before := range []string{"", "/", "x", "x/", "x.", "x/.", ".env.", "a/.env.", "x*"} {
				for _, after := range []string{"", ".", "x", ".x", "/x", "*", ".*"} {
					check(before + name + after)
					check(strings.ToUpper(before + name + after))
				}
			}
		}
		for _, g := range files {
			check(strings.Trim(f, "*") + strings.Trim(g, "*"))
			check(strings.Trim(f, "*") + "/" + strings.Trim(g, "*"))
		}
	}
	for _, r := range secret.OwnRules(t) {
		for _, e := range append(r.Match, r.Pass...) {
			check(e.Path)
		}
	}
	if hits < 1000 {
		t.Errorf("only %d rules for these names", hits)
	}
}

// The folders below which there are no secrets are told without the expressions that have them, and the same.
func TestAllowedFolders(t *testing.T) {
	d := newDetector(t)
	allowed := 0
	names := []string{"node_modules", "bower_components", "x", "", "\n", "a\nb", "node_modules.js", "xnode_modules", "package.json", ".git", "yarn.lock"}
	for i := range len(names) * len(names) * len(names) {
		parts := []string{names[i%len(names)], names[i/len(names)%len(names)], names[i/len(names)/len(names)]}
		got, want := secret.AllowedPath(d, strings.Join(parts, "/"))
		if got != want {
			t.Errorf("%q: %t, want %t", parts, got, want)
		}
		if got {
			allowed++
		}
	}
	if allowed < 100 {
		t.Errorf("only %d are allowed", allowed)
	}
}
