package inspect

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// demanded makes a target of an expression, with what is derived from it.
func demanded(expression string, literals ...string) (*target, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	p := &target{Pattern: Pattern{Regexp: re, Literals: literals}.complete()}
	narrow(p)
	return p, nil
}

func TestDemand(t *testing.T) {
	for expression, want := range map[string]struct {
		literals, forms, needs []string
	}{
		`EAAA[\w-]{60}`:                        {[]string{"eaaa"}, []string{"EAAA"}, nil},
		`(?i)eaaa[\w-]{60}`:                    {[]string{"eaaa"}, nil, nil},
		`SK[0-2]{32}`:                          {[]string{"sk0", "sk1", "sk2"}, []string{"SK0", "SK1", "SK2"}, nil},
		`(?:A3T[XY]|AKIA)[A-Z]{16}`:            {[]string{"a3t", "akia"}, []string{"A3T", "AKIA"}, nil},
		`\bcurl\b.{0,99} (?:-H|--header) x\d+`: {[]string{"curl"}, []string{"curl"}, []string{" -H x", " --header x"}},
		`exec\((?:b64|hex)d|eval\(atob\(`:      {[]string{"b64d", "hexd", "atob("}, []string{"b64d", "hexd", "atob("}, []string{"exec(b64d", "exec(hexd", "eval(atob("}},
		`(?i)login.{1,9}password`:              {[]string{"login"}, nil, []string{"password"}},
		`needle\s+x`:                           {[]string{"needle"}, []string{"needle"}, nil},
		`a.b|needle`:                           {[]string{"needle"}, nil, nil},
	} {
		p, err := demanded(expression, want.literals...)
		if err != nil {
			t.Fatal(err)
		}
		var written []string
		for _, f := range p.spellings {
			written = append(written, f.text)
		}
		if diff := cmp.Diff(want.forms, written); diff != "" {
			t.Errorf("%s: forms (-want +got)\n%s", expression, diff)
		}
		var texts []string
		for _, n := range p.needs {
			texts = append(texts, n.texts...)
		}
		if diff := cmp.Diff(want.needs, texts); diff != "" {
			t.Errorf("%s: needs (-want +got)\n%s", expression, diff)
		}
	}
}

// What an expression matches lacks nothing, and has a literal as it is written in matches.
func FuzzDemand(f *testing.F) {
	for _, e := range []string{`EAAA[\w-]{3}`, `(?i)task\s+(?:ab|c)d`, `(?i)\x{e9}\x{e9}`, `x(?:ab|cd){2}|y+zz`, `(?:A3T[A-Z]|AKIA)[A-Z2-7]{2}`, `\bq(?:w.*e)?rt|(?i:k)ey`, `((?:^a.{0,3})?)(?:abc[0-9]{2,4}x)`, `A3T[A-Z]{2,}\b.`} {
		for _, text := range []string{"EAAAxyz", "\u00c9\u00e9", "TA\u017fK  CD", "xabcd yyzz", "A3TBCC", "qrt \u212aey"} {
			f.Add(e, text)
		}
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 200 {
			return
		}
		p, err := demanded(expression, "eaaa", "task", "abc", "a3t", "akia", "key", "zz")
		if err != nil {
			return
		}
		s := &finding{}
		for _, match := range p.Regexp.FindAllString(text, 10) {
			if s.lacks(p, []byte(match)) {
				t.Errorf("%q matches %q, which lacks %v", expression, match, p.needs)
			}
			found := false
			for at := range match {
				found = found || slices.ContainsFunc(p.spellings, func(f spelling) bool {
					return strings.HasPrefix(match[at:], f.text) && p.isSpelled([]byte(match), at, at+len(f.text))
				})
			}
			if p.spellings != nil && !found {
				t.Errorf("%q matches %q, without one of %v", expression, match, p.spellings)
			}
		}
	})
}
