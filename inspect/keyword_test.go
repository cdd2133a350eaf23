package inspect_test

import (
	"regexp"
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
