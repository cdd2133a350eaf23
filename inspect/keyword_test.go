package inspect_test

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
)

// An expression is tried only where one of its literals stands, so what it matches must hold one: what need not
// is a way past the detector.
func TestMatchesHoldLiterals(t *testing.T) {
	t.Parallel()
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	// In these of gitleaks' a dot within a name stands for any character, and a dot is meant.
	dotted := map[string]bool{"secret/sidekiq-sensitive-url": true, "secret/slack-config-access-token": true, "secret/slack-webhook-url": true}
	dot := regexp.MustCompile(`([a-z])\.([a-z])`)
	for _, d := range detectors {
		for _, p := range d.Patterns() {
			if p.Regexp == nil {
				continue
			}
			re, id := p.Regexp, d.Name()+"/"+p.ID
			if dotted[id] {
				re = regexp.MustCompile(dot.ReplaceAllString(re.String(), `$1\.$2`))
				delete(dotted, id)
			}
			if text, ok := inspect.Evades(re, p.Literals); ok {
				t.Errorf("%s matches %q, which holds no literal", id, text)
			}
		}
	}
	for id := range dotted {
		t.Errorf("%s is no expression", id)
	}
}

func TestEvades(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expr     string
		literals []string
		evades   bool
	}{
		{`-e\s+/bin/`, []string{"-e /bin/"}, true},
		{`-e\s+/bin/`, []string{"/bin/"}, false},
		{`(?i)\b(?:curl|wget)\s`, []string{"curl", "wget"}, false},
		{`\b(?:curl|wget|fetch)\s`, []string{"curl", "wget"}, true},
		{`(?:a|b){3}`, []string{"aaa", "bbb", "aba", "bab", "aab", "abb", "baa", "bba"}, false},
		{`(?:a|b){3}`, []string{"aaa", "bbb", "aba", "bab", "aab", "abb", "baa"}, true},
		{`x[0-9]{2}(?s:.{0,300}?)key`, []string{"key"}, false},
		{`x(?:ke)?y?`, []string{"key"}, true},
		{`k[^e]y|ke+y`, []string{"key"}, true},
		{`keke(?:y|key)`, []string{"key"}, false},
	} {
		if text, ok := inspect.Evades(regexp.MustCompile(c.expr), c.literals); ok != c.evades {
			t.Errorf("%s evades %q: %v, by %q", c.expr, c.literals, ok, text)
		}
	}
}

// What a literal costs is how often honest text has it, or what it is not told from: digits are one class to the
// automaton, and so are most signs. One that is everywhere may halve the speed of all. Go's own tree is such a text.
func TestLiteralsAreRare(t *testing.T) {
	t.Parallel()
	const most = 150 // in a million bytes
	escapes := regexp.MustCompile(`^(?:\\x[0-9]{2})+$`)
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	texts := honestTexts(t, &size)
	ends := inspect.Ends(detectors, texts)
	if size < 20e6 {
		t.Fatalf("%d bytes of text", size)
	}
	for literal, n := range ends {
		if escapes.MatchString(literal) { // of which Go's tables are full, and little else is
			continue
		}
		if per := float64(n) / float64(size) * 1e6; per > most {
			t.Errorf("%q: %.0f times in a million bytes, more than %d", literal, per, most)
		}
	}
}

// honestTexts are those of Go's own tree; their bytes are counted.
func honestTexts(t *testing.T, size *int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		err := filepath.WalkDir(filepath.Join(runtime.GOROOT(), "src"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".go", ".html", ".js", ".md", ".txt", ".s", ".c"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			if *size += len(text); err == nil && !yield(text) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What the automaton looks for of literals is chosen so that it is nearly always in few states, which a processor's
// first cache holds: half of those that it would be in for all of each.
func TestPartsKeepStatesFew(t *testing.T) {
	t.Parallel()
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	parts, whole := inspect.HotStates(detectors, honestTexts(t, &size))
	t.Logf("%d states for parts, %d for whole literals", parts, whole)
	if parts*10 > whole*7 {
		t.Errorf("%d states hold 95 of 100 bytes; for whole literals %d would", parts, whole)
	}
}
