package name_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/name"
)

func list(t testing.TB) *name.List {
	t.Helper()
	l, err := name.Default()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What an administrator would want to know of a name, and how surely.
func TestCheck(t *testing.T) {
	l := list(t)
	for repository, want := range map[string]string{
		// one slip from an official image
		"library/ngnix":             "name/misspelt high ngnix looks like nginx (transposed letters)",
		"nginx-official/ngnix":      "name/misspelt high ngnix looks like nginx (transposed letters)",
		"someone/ubunut":            "name/misspelt high ubunut looks like ubuntu (transposed letters)",
		"someone/ndoe":              "name/misspelt high ndoe looks like node (transposed letters)",
		"someone/ubntu":             "name/misspelt high ubntu looks like ubuntu (a letter left out)",
		"someone/postgre":           "name/misspelt high postgre looks like postgres (a letter left out)",
		"someone/nginxx":            "name/misspelt high nginxx looks like nginx (a doubled letter)",
		"someone/nodde":             "name/misspelt high nodde looks like node (a doubled letter)",
		"someone/wordpresss":        "name/misspelt high wordpresss looks like wordpress (a doubled letter)",
		"someone/mong0":             "name/misspelt high mong0 looks like mongo (a letter replaced by one that looks alike)",
		"someone/a1pine":            "name/misspelt high a1pine looks like alpine (a letter replaced by one that looks alike)",
		"someone/aipine":            "name/misspelt high aipine looks like alpine (a letter replaced by one that looks alike)",
		"someone/n0de":              "name/misspelt high n0de looks like node (a letter replaced by one that looks alike)",
		"someone/rnysql":            "name/misspelt high rnysql looks like mysql (a letter replaced by one that looks alike)",
		"someone/pythom":            "name/misspelt medium pythom looks like python (a letter replaced by one that is easily hit or heard for it)",
		"someone/tedis":             "name/misspelt medium tedis looks like redis (a letter replaced by one that is easily hit or heard for it)",
		"someone/traefic":           "name/misspelt medium traefic looks like traefik (a letter replaced by one that is easily hit or heard for it)",
		"someone/debiean":           "name/misspelt medium debiean looks like debian (a letter put in)",
		"someone/pythan":            "name/misspelt low pythan looks like python (another letter)",
		"someone/red-is":            "name/misspelt medium red-is looks like redis (other separators)",
		"someone/node_js":           "name/misspelt medium node_js looks like node (other separators)",
		"someone/mongo-express":     "name/official-elsewhere low someone/mongo-express has the name of the official image mongo-express",
		"someone/mongo_express":     "name/misspelt medium mongo_express looks like mongo-express (other separators)",
		"someone/ngnix-proxy":       "name/misspelt medium ngnix looks like nginx (transposed letters)",
		"registry/deep/path/ubunut": "name/misspelt high ubunut looks like ubuntu (transposed letters)",
		// a namespace that imitates a publisher
		"bitnaml/redis":       "name/misspelt medium the namespace bitnaml looks like bitnami (a letter replaced by one that looks alike)",
		"hashlcorp/terraform": "name/misspelt medium the namespace hashlcorp looks like hashicorp (a letter replaced by one that looks alike)",
		"grafanna/grafana":    "name/misspelt medium the namespace grafanna looks like grafana (a doubled letter)",
		// an official name elsewhere
		"vibersastra/ubuntu":   "name/official-elsewhere low vibersastra/ubuntu has the name of the official image ubuntu",
		"c43602f9cc95/openjdk": "name/official-elsewhere low c43602f9cc95/openjdk has the name of the official image openjdk",
		// nothing to say
		"library/nginx":       "",
		"nginx":               "",
		"bitnami/redis":       "",
		"arm64v8/ubuntu":      "",
		"someone/nodejs":      "",
		"someone/nodes":       "",
		"someone/postgresql":  "",
		"someone/my-app":      "",
		"someone/nginx-proxy": "",
		"someone/python3":     "",
		"someone/ubuntu22":    "",
		"someone/pearl":       "",
		"someone/trust":       "",
		"someone/host":        "",
		"someone/fault":       "",
		"someone/link":        "",
		"someone/rocketchat":  "",
		"":                    "",
		"/":                   "",
		"a/":                  "",
	} {
		got := ""
		for _, f := range l.Check(repository) {
			if got != "" {
				t.Errorf("%s: more than one finding", repository)
			}
			if f.Category != inspect.Typosquat {
				t.Errorf("%s: category %s", repository, f.Category)
			}
			got = f.Rule + " " + f.Confidence.String() + " " + f.Evidence
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", repository, got, want)
		}
	}
}

// Of popular and honest repositories nothing above low is said, and of known publishers nothing.
func TestHonestNames(t *testing.T) {
	l := list(t)
	f, err := os.Open("testdata/honest.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		repository := scanner.Text()
		if repository == "" || repository[0] == '#' {
			continue
		}
		if seen[repository] {
			t.Errorf("%s is there twice", repository)
		}
		seen[repository] = true
		for _, g := range l.Check(repository) {
			if g.Confidence > inspect.Low {
				t.Errorf("%s: %s %s", repository, g.Confidence, g.Evidence)
			}
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 300 {
		t.Errorf("%d names", len(seen))
	}
}

func TestParse(t *testing.T) {
	for text, ok := range map[string]bool{
		"official: [a]":                  true,
		"official: [a]\naliases: {b: a}": true,
		"":                               false,
		"official: []":                   false,
		"official: [a]\nunknown: 1":      false,
		"official: [a]\naliases: {b: c}": false,
		"official: {":                    false,
		"#" + strings.Repeat("x", 5<<20): false,
	} {
		if _, err := name.Parse(strings.NewReader(text)); (err == nil) != ok {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestVersionFollowsTheList(t *testing.T) {
	versions := map[string]bool{}
	for _, text := range []string{"official: [a]", "official: [b]", "official: [b]"} {
		l, err := name.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		versions[l.Version()] = true
	}
	if diff := cmp.Diff(2, len(versions)); diff != "" {
		t.Errorf("versions: %v", versions)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"library/ngnix", "a/b/c", "rn/rn", "-/_", "nginx", "ng-inx", strings.Repeat("\n", 2000) + "y/nginx", strings.Repeat("x", 300) + "/nginx"} {
		f.Add(s)
	}
	l := list(f)
	f.Fuzz(func(t *testing.T, repository string) {
		for _, g := range l.Check(repository) {
			if len(g.Evidence) > inspect.MaxEvidence || !strings.Contains(g.Evidence, l.Imitates(repository)) {
				t.Errorf("%q: %q, imitates %q", repository, g.Evidence, l.Imitates(repository))
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	l := list(b)
	for b.Loop() {
		l.Check("nginx-official/ngnix-proxy-manager")
	}
}

// An administrator's names count beside those that are built in, and a mistake in them is told by its line.
func TestWith(t *testing.T) {
	l, err := name.With(strings.NewReader("official: [ourbase]\npublishers: [acme-corp]\nhonest: [ngnixx]\naliases: {our: ourbase}\n"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := name.Default()
	if err != nil {
		t.Fatal(err)
	}
	if l.Version() == plain.Version() {
		t.Error("other names have the same version")
	}
	for repository, want := range map[string]string{
		"mallory/uorbase": "ourbase", "mallory/ourbase": "ourbase", "acme-corp/ngnix": "", "mallory/ngnixx": "",
		"mallory/ngnix": "nginx", "mallory/redis": "redis", "library/nginx": "", "acmecorp/nginx": "nginx", "mallory/own-thing": "", "bitnmi/redis": "bitnami",
	} {
		if got := l.Imitates(repository); got != want {
			t.Errorf("%s imitates %q, want %q", repository, got, want)
		}
		if found := l.Check(repository); (len(found) > 0) != (want != "") || want != "" && !strings.Contains(found[0].Evidence, want) {
			t.Errorf("%s: %+v", repository, found)
		}
	}
	for text, line := range map[string]string{
		"official:\n  - good\n  - Not A Name\n": "line 3", "officials: [a]\n": "line 1", "honest: [a/b]\n": "line 1", "aliases: {x: nosuchname}\n": "nosuchname", "publishers:\n  a: b\n": "line 2",
	} {
		if _, err := name.With(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("%q: %v, want %s", text, err, line)
		}
	}
	if _, err := name.With(strings.NewReader("")); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}

// Of what known publishers have, whatever it is called, nothing is said at all.
func TestPublishers(t *testing.T) {
	l := list(t)
	for _, repository := range []string{
		"bitnami/redis", "bitnami/node", "arm64v8/ubuntu", "arm32v7/alpine", "cimg/node", "cimg/postgres", "circleci/golang", "linuxserver/mariadb", "linuxserver/nextcloud",
		"apache/spark", "apache/flink", "apache/kafka", "jenkins/jenkins", "grafana/grafana", "hashicorp/vault", "hashicorp/consul", "nginx/nginx", "redis/redis-stack",
		"percona/percona-server", "confluentinc/cp-zookeeper", "calico/node", "odoo/odoo", "rocketchat/rocket.chat", "serversideup/php", "ubuntu/nginx", "ubuntu/redis", "google/golang", "amazon/aws-cli", "nvidia/cuda", "docker/compose",
	} {
		if found := l.Check(repository); len(found) > 0 {
			t.Errorf("%s: %+v", repository, found)
		}
	}
}
