package inspect

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
	type way struct{ Forms, Needs []string }
	for expression, want := range map[string]struct {
		literals []string
		ways     []way
	}{
		`EAAA[\w-]{60}`:                        {[]string{"eaaa"}, []way{{Forms: []string{"EAAA"}}}},
		`(?i)eaaa[\w-]{60}`:                    {[]string{"eaaa"}, []way{{}}},
		`SK[0-2]{32}`:                          {[]string{"sk0", "sk1", "sk2"}, []way{{Forms: []string{"SK0", "SK1", "SK2"}}}},
		`(?:A3T[XY]|AKIA)[A-Z]{16}`:            {[]string{"a3t", "akia"}, []way{{[]string{"A3T"}, []string{"A3TX", "A3TY"}}, {[]string{"AKIA"}, []string{"AKIA"}}}},
		`\bcurl\b.{0,99} (?:-H|--header) x\d+`: {[]string{"curl"}, []way{{[]string{"curl"}, []string{" -H x", " --header x"}}}},
		`exec\((?:b64|hex)d|eval\(atob\(`:      {[]string{"b64d", "hexd", "atob("}, []way{{[]string{"b64d", "hexd", "atob("}, []string{"exec(b64d", "exec(hexd", "eval(atob("}}}},
		`(?i)login.{1,9}password`:              {[]string{"login"}, []way{{Needs: []string{"password"}}}},
		`needle\s+x`:                           {[]string{"needle"}, []way{{Forms: []string{"needle"}}}},
		`a.b|needle`:                           {[]string{"needle"}, []way{{}, {Forms: []string{"needle"}, Needs: []string{"needle"}}}},
		`\b(?:curl\s.*--data|wget\s.*--post)`:  {[]string{"curl", "wget"}, []way{{[]string{"curl"}, []string{"--data", "curl"}}, {[]string{"wget"}, []string{"--post", "wget"}}}},
		`curl\s+(?:-d|-F)+|(x.*y|z.*)\swget`:   {[]string{"curl", "wget"}, []way{{[]string{"curl"}, []string{"curl", "-F", "-d"}}, {[]string{"wget"}, []string{"wget"}}}},
	} {
		p, err := demanded(expression, want.literals...)
		if err != nil {
			t.Fatal(err)
		}
		var got []way
		for _, w := range p.ways {
			var one way
			for _, f := range w.spellings {
				one.Forms = append(one.Forms, f.text)
			}
			for _, n := range w.needs {
				one.Needs = append(one.Needs, n.texts...)
			}
			got = append(got, one)
		}
		if diff := cmp.Diff(want.ways, got); diff != "" {
			t.Errorf("%s: ways (-want +got)\n%s", expression, diff)
		}
	}
}

func TestStretch(t *testing.T) {
	for expression, want := range map[string]int{
		`key=([0-9a-f]{32})`:                   31, // the first is a part of its own
		`key=[0-9a-f]{11}`:                     0,
		`key=(?:[0-9]{16}|[0-9]{20})`:          0,
		`key [a-z ]{40}`:                       0,
		`key[^\n]{40}`:                         0,
		`(?i)key.?[a-z]{20}x[0-9a-f]{24,}`:     23,
		`key=(?:[a-z]{12,40}\.){0,2}[a-z]{14}`: 13,
	} {
		p, err := demanded(expression, "key")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if s := p.ways[0].stretch; s != nil {
			n = s.n
		}
		if n != want {
			t.Errorf("%s: a stretch of %d bytes, not of %d", expression, n, want)
		}
	}
	var digits byteSet
	for c := byte('0'); c <= '9'; c++ {
		digits.add(c)
	}
	for n := 1; n <= 9; n++ {
		s, re := stretch{digits, n}, regexp.MustCompile(fmt.Sprintf(`[0-9]{%d}`, n))
		for k := range 1 << 12 {
			b := []byte(strings.NewReplacer("0", "x", "1", "7").Replace(strconv.FormatInt(int64(k), 2)))
			if got, want := s.in(b), re.Match(b); got != want {
				t.Fatalf("%d digits in %q: %v", n, b, got)
			}
		}
	}
}

// What an expression matches is a match in some way: it lacks nothing of that, has a literal as it is written there,
// and goes on behind one like that way's tail.
func FuzzDemand(f *testing.F) {
	for _, e := range []string{`EAAA[\w-]{3}`, `(?i)task\s+(?:ab|c)d`, `(?i)\x{e9}\x{e9}`, `x(?:ab|cd){2}|y+zz`, `(?:A3T[A-Z]|AKIA)[A-Z2-7]{2}`, `\bq(?:w.*e)?rt|(?i:k)ey`, `((?:^a.{0,3})?)(?:abc[0-9]{2,4}x)`, `A3T[A-Z]{2,}\b.`,
		`\b(?:key.*x|zz+y|(a|b.c)abc)`, `key(?:x.*|y|z.)[a-z]{12}`, `abc(x.|y.){2}key|[0-9]{14,}zz`} {
		for _, text := range []string{"EAAAxyz", "\u00c9\u00e9", "TA\u017fK  CD", "xabcd yyzz", "A3TBCC", "qrt \u212aey", "zzzy key x b-cabc", "keyyabcdefghijkl 01234567890123456zz"} {
			f.Add(e, text)
		}
	}
	literals := []string{"eaaa", "task", "abc", "a3t", "akia", "key", "zz"}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 200 {
			return
		}
		p, err := demanded(expression, literals...)
		if err != nil {
			return
		}
		s := &finding{}
		for _, loc := range p.Regexp.FindAllStringIndex(text, 10) {
			match := []byte(text[loc[0]:loc[1]])
			if !slices.ContainsFunc(p.ways, func(w way) bool {
				return !s.lacks(&w, &view{text: match}) && isPlaced(&w, literals, text, loc)
			}) {
				t.Errorf("%q matches %q, which no way allows: %+v", expression, match, p.ways)
			}
		}
	})
}

// isPlaced reports whether a way allows one of the literals in a match, should it say anything of that.
func isPlaced(w *way, literals []string, text string, loc []int) bool {
	if w.spellings == nil && w.tail == nil || strings.ContainsAny(text, "\u017f\u212a") { // with these, no literal is found
		return true
	}
	for at := loc[0]; at < loc[1]; at++ {
		for _, l := range literals {
			end := at + len(l)
			if end <= loc[1] && foldASCII(text[at:end], l) && w.isSpelled([]byte(text), at, end) && (w.tail == nil || w.tail.MatchString(text[end-1:])) {
				return true
			}
		}
	}
	return false
}

func foldASCII(a, b string) bool { return string(appendLower(nil, []byte(a))) == b }
