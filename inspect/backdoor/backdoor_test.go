package backdoor_test

import (
	"io/fs"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/backdoor"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

func newDetector(t testing.TB) *rules.Detector {
	t.Helper()
	d, err := backdoor.New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExamples(t *testing.T) {
	detecttest.Rules(t, newDetector(t))
}

// A program that runs as somebody else than root opens less.
func TestSetuidOfAnotherUser(t *testing.T) {
	f := detecttest.File("usr/bin/bash", 0o755|fs.ModeSetuid, []byte("\x7fELF"))
	f.UID = 1000
	for _, g := range detecttest.New(t, newDetector(t)).Run(t, f, f.Head) {
		if g.Confidence > inspect.Low {
			t.Errorf("%+v", g)
		}
	}
}

func FuzzJudge(f *testing.F) {
	d := newDetector(f)
	for _, r := range d.Examples() {
		for _, e := range append(r.Match, r.Pass...) {
			f.Add(e.Path, []byte(e.Text))
		}
	}
	run := detecttest.New(f, d)
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		for _, p := range []string{path, "etc/passwd", "etc/shadow", "etc/pam.d/sshd", "etc/sudoers", "etc/ld.so.preload"} {
			run.Run(t, detecttest.File(p, 0o755, content), content)
		}
		run.Run(t, detecttest.Document("config:cmd", content), content)
	})
}
