package inspect_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
)

// hits inspects text as a file of a layer and returns what the engine hands over for patterns.
func hits(t testing.TB, text string, limits inspect.Limits, patterns ...inspect.Pattern) (inspect.Seen, inspect.Report) {
	t.Helper()
	var seen inspect.Seen
	d := fake{name: "d", version: "1", patterns: patterns, judge: func(f *inspect.File, s inspect.Seen, _ func(inspect.Finding)) {
		if f.Size < 0 {
			return // it was decoded
		}
		seen = s
		seen.Hits = slices.Clone(s.Hits)
	}}
	r := report(t, inspector(t, limits, d), archive(t, entry{name: "f", body: text}))
	return seen, r
}

// A hit is found once wherever the edges of blocks fall. The engine's blocks are 64 KiB long.
func TestBlockEdges(t *testing.T) {
	const block = 64 << 10
	pattern := inspect.Pattern{ID: "p", Literals: []string{"AbC-kEy"}, Regexp: regexp.MustCompile(`(?i)\b[0-9]{0,40}abc-key=([0-9a-f]{16})\b`), Before: 64, After: 32, Lead: 20}
	bare := inspect.Pattern{ID: "l", Literals: []string{"abc-key"}}
	text := "123456 98765abc-KEY=0123456789abcdef " // the match is [7, 36)
	for _, edge := range []int{block, 2 * block} {
		for _, at := range slices.Concat(span(edge-140, edge+140), span(edge+block/4-40, edge+block/4+10)) {
			body := bytes.Repeat([]byte("filler\n"), (edge+block)/7)
			copy(body[at:], text)
			got, _ := hits(t, string(body), inspect.Limits{}, pattern, bare)
			line := 1 + bytes.Count(body[:at], []byte{'\n'})
			lead := body[bytes.LastIndexByte(body[:at], '\n')+1 : at+7]
			want := []inspect.Hit{
				{Pattern: "p", Offset: int64(at + 7), Line: line, Groups: [][]byte{[]byte(text[7:36]), []byte("0123456789abcdef")}, Lead: lead},
				{Pattern: "l", Offset: int64(at + 12), Line: line, Groups: [][]byte{[]byte("abc-KEY")}},
			}
			if diff := cmp.Diff(want, got.Hits); diff != "" || got.Dropped > 0 {
				t.Fatalf("at %d: %d dropped, hits (-want +got):\n%s", at, got.Dropped, diff)
			}
		}
	}
}

// A hit has what is before it on its line, from the line's beginning or not at all.
func TestLead(t *testing.T) {
	t.Parallel()
	pattern := inspect.Pattern{ID: "p", Literals: []string{"key="}, Regexp: regexp.MustCompile(`key=[0-9]`), Inside: true, Lead: 8}
	for text, want := range map[string]string{
		"key=1":                 "",
		"1234567 key=1":         "1234567 ",
		"12345678 key=1":        "",
		"# a\n\t# key=1\n":      "\t# ",
		"#\nkey=1":              "",
		"1234567890\n# b key=1": "# b ",
	} {
		got, _ := hits(t, text, inspect.Limits{}, pattern)
		if len(got.Hits) != 1 || string(got.Hits[0].Lead) != want {
			t.Errorf("in %q: %+v, want one with %q before it", text, got.Hits, want)
		}
	}
}

func span(from, to int) (out []int) {
	for i := from; i < to; i += thin {
		out = append(out, i)
	}
	return out
}

// Over generated text the engine finds what the regular expressions find over the whole.
func TestSameAsRegexp(t *testing.T) {
	patterns := []inspect.Pattern{
		{ID: "head and tail", Literals: []string{"key"}, Regexp: regexp.MustCompile(`(?i)\b[a-z]{0,5}key[ =]{1,3}([0-9]{4})\b`)},
		{ID: "alternatives", Literals: []string{"passwd", "password", "secret"}, Regexp: regexp.MustCompile(`(?:passw(?:or)?d|secret)=(\w{4,8})`)},
		{ID: "classes", Literals: []string{"xoxa-", "xoxb-", "xoxp-"}, Regexp: regexp.MustCompile(`xox[abp]-[0-9]{2,6}`)},
		{ID: "literal last", Literals: []string{"@pool"}, Regexp: regexp.MustCompile(`[a-z]{2,10}@pool`)},
		{ID: "unbounded", Literals: []string{"url:"}, Regexp: regexp.MustCompile(`url:\S+`)},
		{ID: "lines", Literals: []string{"root:"}, Regexp: regexp.MustCompile(`(?m)^root:[^\n]*$`)},
		{ID: "word edge", Literals: []string{"akia"}, Regexp: regexp.MustCompile(`\bAKIA[A-Z0-9]{6}\b`)},
		{ID: "anywhere", Literals: []string{"one", "two"}, Regexp: regexp.MustCompile(`[0-9]+(?:one|[a-z]{2}two)[0-9]+`)},
		{ID: "ways", Literals: []string{"hook"}, Regexp: regexp.MustCompile(`hook=[0-9]{3}x|ho{1,3}k[0-9]+stop`)},
		{ID: "literal within", Literals: []string{"dapi"}, Regexp: regexp.MustCompile(`\bdapi-v[0-9]:([a-f]{8})(?:\s|$)`)},
		{ID: "ſtrange", Literals: []string{"token"}, Regexp: regexp.MustCompile(`(?i:token)é?.{0,2}\B[0-9]`)},
	}
	pieces := []string{
		"key", "KEY=1234", "mykey = 9999", "keykey 0000 ", "key12345", "passwd=", "password=abcdef", "secret=xyz", "secret=wxyz",
		"xoxa-12", "xoxq-12", "xoxb-1234567", "a@pool", "miner@pool", "url:", "url:abc", "root:x", "\nroot:", "AKIAABCDEF", "xAKIAABCDEF", "AKIAABCDEFG",
		"dapi-v1:abcdefab", "DAPI-v1:abcdefab", "dapi-v2:abc", "1one2", "34abtwo5", "token9", "TOKENé 77", "hook=123x", "hook ", "hook7stop", " ", "\n", "0", "é", "\xff", "-", "\x00",
	}
	rng := rand.New(rand.NewPCG(11, 13))
	total := 0
	for range 60 / thin {
		// Matches lie far apart, so that windows and what they begin with make no difference.
		var b strings.Builder
		for range 200 + rng.IntN(300) {
			for range 1 + rng.IntN(5) {
				b.WriteString(pieces[rng.IntN(len(pieces))])
			}
			b.WriteString(strings.Repeat(". ,\n", 130+rng.IntN(20)))
		}
		text := b.String()
		for i := range patterns {
			patterns[i].Max = len(text)
		}
		got, r := hits(t, text, inspect.Limits{}, patterns...)
		if got.Dropped > 0 || len(r.Gaps) > 0 {
			t.Fatalf("%d dropped, gaps %v", got.Dropped, r.Gaps)
		}
		found := map[string][]string{}
		for _, h := range got.Hits {
			found[h.Pattern] = append(found[h.Pattern], fmt.Sprintf("%d:%q", h.Offset, h.Groups))
			total++
		}
		want := map[string][]string{}
		for _, p := range patterns {
			for _, loc := range p.Regexp.FindAllStringSubmatchIndex(text, -1) {
				var groups []string
				for k := 0; k < len(loc); k += 2 {
					groups = append(groups, text[loc[k]:loc[k+1]])
				}
				want[p.ID] = append(want[p.ID], fmt.Sprintf("%d:%q", loc[0], groups))
			}
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Fatalf("hits (-regexp +engine):\n%s", diff)
		}
	}
	if total < 1_000/thin {
		t.Errorf("only %d hits compared", total)
	}
}

func TestHits(t *testing.T) {
	check := func(want string) func([][]byte) bool {
		return func(groups [][]byte) bool { return groups != nil && string(groups[1]) == want }
	}
	re := regexp.MustCompile(`id=(\d+)(x)?`)
	for _, c := range []struct {
		name    string
		text    string
		pattern inspect.Pattern
		want    []string
		dropped int
	}{
		{"none", "nothing here", inspect.Pattern{ID: "p", Literals: []string{"abc"}}, nil, 0},
		{"any case", "abc ABC aBc", inspect.Pattern{ID: "p", Literals: []string{"AbC"}}, []string{`0:1:["abc"]`, `4:1:["ABC"]`, `8:1:["aBc"]`}, 0},
		{"literals within literals", "xabcdefx", inspect.Pattern{ID: "p", Literals: []string{"abcdef", "abc", "bcd", "abcdefgh"}}, []string{`1:1:["abc"]`, `2:1:["bcd"]`}, 0},
		{"overlaps", "aaaaa", inspect.Pattern{ID: "p", Literals: []string{"aaa"}}, []string{`0:1:["aaa"]`, `1:1:["aaa"]`, `2:1:["aaa"]`}, 0},
		{"more than Max", "abc abc abc", inspect.Pattern{ID: "p", Literals: []string{"abc"}, Max: 2}, []string{`0:1:["abc"]`, `4:1:["abc"]`}, 1},
		{"a group that took no part", "id=1 id=2x", inspect.Pattern{ID: "p", Literals: []string{"id="}, Regexp: re}, []string{`0:1:["id=1" "1" ""]`, `5:1:["id=2x" "2" "x"]`}, 0},
		{"checked", "id=1 id=2 id=3", inspect.Pattern{ID: "p", Literals: []string{"id="}, Regexp: re, Check: check("2")}, []string{`5:1:["id=2" "2" ""]`}, 0},
		{"a check without groups", "abc", inspect.Pattern{ID: "p", Literals: []string{"abc"}, Check: check("2")}, nil, 0},
		{"lines", "\nid=1\n\nid=2", inspect.Pattern{ID: "p", Literals: []string{"id="}, Regexp: re}, []string{`1:2:["id=1" "1" ""]`, `7:4:["id=2" "2" ""]`}, 0},
		{"no lines in binary", "\x00\nid=1", inspect.Pattern{ID: "p", Literals: []string{"id="}, Regexp: re}, []string{`2:0:["id=1" "1" ""]`}, 0},
		{"longer than the window", "id=" + strings.Repeat("1", 20), inspect.Pattern{ID: "p", Literals: []string{"id="}, Regexp: re, After: 4}, []string{`0:1:["id=1111" "1111" ""]`}, 0},
		{"further than the window", "id=" + strings.Repeat(" ", 20) + "1", inspect.Pattern{ID: "p", Literals: []string{"id="}, Regexp: regexp.MustCompile(`id= *\d`), After: 4}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen, _ := hits(t, c.text, inspect.Limits{}, c.pattern)
			var got []string
			for _, h := range seen.Hits {
				got = append(got, fmt.Sprintf("%d:%d:%q", h.Offset, h.Line, h.Groups))
			}
			if diff := cmp.Diff(c.want, got); diff != "" || seen.Dropped != c.dropped {
				t.Errorf("%d dropped, want %d; hits (-want +got):\n%s", seen.Dropped, c.dropped, diff)
			}
		})
	}
}

// However dense literals are, the work is bounded, and what was left untried is a gap.
func TestDenseLiterals(t *testing.T) {
	var patterns []inspect.Pattern
	for n := range 200 {
		patterns = append(patterns, inspect.Pattern{
			ID: fmt.Sprint(n), Literals: []string{"abc"}, Regexp: regexp.MustCompile(`[^a-z]abc`), // which nothing tells sooner
			Before: inspect.MaxWindow, After: inspect.MaxWindow,
		})
	}
	body := strings.Repeat("abc", 50_000)
	seen, r := hits(t, body, inspect.Limits{Work: 1}, patterns[:100]...)
	if len(r.Gaps) > 0 || seen.Dropped > 0 {
		t.Errorf("what 100 patterns do is within the budget, but %d dropped, gaps %v", seen.Dropped, r.Gaps)
	}
	seen, r = hits(t, body, inspect.Limits{Work: 1}, patterns...)
	if diff := cmp.Diff([]string{"f: too many candidate matches"}, whys(r)); diff != "" || seen.Dropped == 0 {
		t.Errorf("%d dropped; gaps (-want +got):\n%s", seen.Dropped, diff)
	}
}

// Only the detectors that want hits of a file get them.
func TestWants(t *testing.T) {
	pattern := []inspect.Pattern{{ID: "p", Literals: []string{"needle"}}}
	var calls []string
	d := func(name string, want inspect.Want) fake {
		return fake{
			name: name, version: "1", patterns: pattern,
			wants: func(*inspect.File) inspect.Want { return want },
			judge: func(f *inspect.File, s inspect.Seen, _ func(inspect.Finding)) {
				calls = append(calls, fmt.Sprintf("%s %s %d hits, %d of content, cut %t, head %d", name, f.Path, len(s.Hits), len(s.Content), s.Cut, len(f.Head)))
			},
		}
	}
	i := inspector(t, inspect.Limits{}, d("both", inspect.Hits|inspect.Content), d("content", inspect.Content), d("header", inspect.Header), d("hits", inspect.Hits), d("nothing", inspect.Nothing))
	big := strings.Repeat("x", inspect.MaxContent) + "needle"
	if _, err := i.Inspect(t.Context(), descriptor(nil), bytes.NewReader(archive(t, entry{name: "small", body: "needle"}, entry{name: "big", body: big}))); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"both small 1 hits, 6 of content, cut false, head 6",
		"content small 0 hits, 6 of content, cut false, head 6",
		"header small 0 hits, 0 of content, cut false, head 6",
		"hits small 1 hits, 0 of content, cut false, head 6",
		"both big 1 hits, 1048576 of content, cut true, head 512",
		"content big 0 hits, 1048576 of content, cut true, head 512",
		"header big 0 hits, 0 of content, cut false, head 512",
		"hits big 1 hits, 0 of content, cut false, head 512",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("judged (-want +got):\n%s", diff)
	}
}

// A pattern is looked for where it is for: in machine code, in all else, or everywhere.
func TestOnly(t *testing.T) {
	t.Parallel()
	patterns := []inspect.Pattern{
		{ID: "texts", Literals: []string{"needle"}, Only: inspect.Texts},
		{ID: "code", Literals: []string{"a needle"}, Only: inspect.Code},
		{ID: "all", Literals: []string{"needle", "eedl"}, Regexp: regexp.MustCompile(`needle`), Inside: true},
	}
	for head, code := range map[string]bool{
		"": false, "\x00\x01\x02\x03": false, "\x7fEL": false, "#!/bin/sh\n\x7fELF\x02\x01\n": false,
		"\x7fELF\x02\x01\x01\x00": true, "MZ\x90\x00\x03": true, "\xcf\xfa\xed\xfe\x07": true, "\x00asm\x01": true,
	} {
		want := []string{"all", "texts"}
		if code {
			want = []string{"all", "code"}
		}
		for _, behind := range []int{0, 200_000} {
			text := head + strings.Repeat(" ", behind) + "a needle"
			seen, _ := hits(t, text, inspect.Limits{}, patterns...)
			var got []string
			for _, h := range seen.Hits {
				got = append(got, h.Pattern)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q and %d bytes: (-want +got)\n%s", head, behind, diff)
			}
			alone, _ := hits(t, text, inspect.Limits{}, patterns[0]) // nothing is looked for in code
			if (len(alone.Hits) == 0) != code {
				t.Errorf("%q and %d bytes: %+v", head, behind, alone.Hits)
			}
		}
	}
}
