package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// The thresholds.
const (
	minRecall   = 0.95 // in every category
	newRecall   = 0.85 // in every category of the newest authors' images, which hold what is still to be mended
	rawRecall   = 0.60 // in every category of the images that nobody has read who mended
	maxWarnings = 1.0  // per 1,000 clean files
)

// unread is the author of images that nobody has read who mended the rules.
const unread = "unread"

// floor is the recall in every category below which an author's images fail the evaluation.
func floor(author string) float64 {
	switch author {
	case "third", "fourth", "fifth":
		return newRecall
	case unread:
		return rawRecall
	}
	return minRecall
}

// A score counts the variants of a category.
type score struct {
	made, found, heldMade, heldFound int
	byAuthor                         map[string]tally // of images that are not generated
}

// A tally is how many images were made, and how many of them found.
type tally struct{ made, found int }

func (s *score) count(v variant, found bool) {
	n := 0
	if found {
		n = 1
	}
	switch {
	case v.author != "":
		if s.byAuthor == nil {
			s.byAuthor = map[string]tally{}
		}
		t := s.byAuthor[v.author]
		s.byAuthor[v.author] = tally{t.made + 1, t.found + n}
		return
	case v.held:
		s.heldMade++
		s.heldFound += n
	}
	s.made++
	s.found += n
}

// A result is what an evaluation found.
type result struct {
	scores   map[inspect.Category]*score
	matrix   map[inspect.Category]map[inspect.Category]int // made as, counted as
	misses   []string
	sources  []string // lines on the clean side
	alarms   []string // on the clean side
	files    int
	refusals int
	warnings int
}

// counts reports whether a reason counts for its category: what only warns by default
// (secrets; names, and archives that are damaged or of a strange form, of which the weaker sign does) by a
// warning, the rest by a refusal.
func counts(r policy.Reason) bool {
	switch r.Finding.Category {
	case inspect.Secret, inspect.Typosquat, inspect.Uninspectable:
		return true
	}
	return r.Action.Refuses()
}

func (r *result) malicious(ctx context.Context, e *evaluator, v variant) error {
	img, err := testimage.Build(v.spec)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", v.category, v.technique, err)
	}
	verdict, _, err := e.image(ctx, v.repository, img)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", v.category, v.technique, err)
	}
	if r.scores == nil {
		r.scores, r.matrix = map[inspect.Category]*score{}, map[inspect.Category]map[inspect.Category]int{}
	}
	if r.scores[v.category] == nil {
		r.scores[v.category], r.matrix[v.category] = &score{}, map[inspect.Category]int{}
	}
	as := map[inspect.Category]bool{}
	for _, reason := range verdict.Reasons {
		if counts(reason) {
			as[reason.Finding.Category] = true
		}
	}
	for c := range as {
		r.matrix[v.category][c]++
	}
	found := as[v.category] || v.or != "" && as[v.or]
	r.scores[v.category].count(v, found)
	if found || v.author == unread { // whoever mends is not even to know what that is called
		return nil
	}
	got := "nothing"
	if len(verdict.Found) > 0 {
		var rules []string
		for _, f := range verdict.Found {
			rules = append(rules, f.Rule+" "+f.Confidence.String())
		}
		slices.Sort(rules)
		got = strings.Join(slices.Compact(rules), ", ")
	}
	r.misses = append(r.misses, fmt.Sprintf("%s: %s, by %s: %s", v.category, v.technique, v.carrier, got))
	return nil
}

// cleanVerdict notes what was made of something honest.
func (r *result) cleanVerdict(name string, files int, v policy.Verdict) {
	r.files += files
	worst := map[string]policy.Reason{} // by rule and path: one warning each
	for _, reason := range v.Reasons {
		key := reason.Finding.Rule + " " + reason.Finding.Path
		if was, ok := worst[key]; !ok || reason.Action < was.Action {
			worst[key] = reason
		}
	}
	for _, key := range slices.Sorted(maps.Keys(worst)) {
		reason := worst[key]
		r.alarms = append(r.alarms, fmt.Sprintf("%s: %s, %s, %s: %s", name, reason.Action, reason.Finding.Rule, reason.Finding.Path, reason.Finding.Evidence))
		if reason.Action == policy.Allow {
			r.warnings++
		}
	}
	if v.Judged.Refuses() {
		r.refusals++
	}
}

// maxLines is how many images that were missed, or false alarms, are listed.
const maxLines = 60

func (r *result) text() string {
	var b strings.Builder
	categories := slices.SortedFunc(maps.Keys(r.scores), func(x, y inspect.Category) int { return cmp.Compare(x, y) })
	authors := r.authors()
	b.WriteString("| category | variants | recall | held out |")
	for _, a := range authors {
		fmt.Fprintf(&b, " %s author's | recall |", a)
	}
	b.WriteString(" also counted as |\n|---|--:|--:|--:|" + strings.Repeat("--:|--:|", len(authors)) + "---|\n")
	for _, c := range categories {
		s := r.scores[c]
		var also []string
		for _, other := range slices.Sorted(maps.Keys(r.matrix[c])) {
			if other != c {
				also = append(also, fmt.Sprintf("%s %d", other, r.matrix[c][other]))
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %d of %d |", c, s.made, percent(s.found, s.made), s.heldFound, s.heldMade)
		for _, a := range authors {
			t := s.byAuthor[a]
			fmt.Fprintf(&b, " %d | %s |", t.made, percent(t.found, t.made))
		}
		b.WriteString(" " + strings.Join(also, ", ") + " |\n")
	}
	if len(r.sources) > 0 {
		fmt.Fprintf(&b, "\nClean: %d files; %d refusals; %d warnings (%.2f per 1,000 files).\n\n", r.files, r.refusals, r.warnings, 1000*float64(r.warnings)/float64(max(1, r.files)))
		for _, s := range r.sources {
			b.WriteString("- " + s + "\n")
		}
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"Missed", r.misses}, {"False alarms", r.alarms}} {
		if len(list.lines) > 0 {
			b.WriteString("\n" + list.title + ":\n\n")
			for i, l := range list.lines {
				if i == maxLines {
					fmt.Fprintf(&b, "- and %d more\n", len(list.lines)-maxLines)
					break
				}
				b.WriteString("- " + l + "\n")
			}
		}
	}
	return b.String()
}

// authors returns who has written images, sorted.
func (r *result) authors() []string {
	seen := map[string]bool{}
	for _, s := range r.scores {
		for a := range s.byAuthor {
			seen[a] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// thresholds returns errBelow, with all that is missed.
func (r *result) thresholds() error {
	var errs []error
	for c, s := range r.scores {
		if float64(s.found) < minRecall*float64(s.made) {
			errs = append(errs, fmt.Errorf("%w: recall of %s is %d of %d", errBelow, c, s.found, s.made))
		}
		for author, t := range s.byAuthor {
			if float64(t.found) < floor(author)*float64(t.made) {
				errs = append(errs, fmt.Errorf("%w: recall of %s by the %s author is %d of %d", errBelow, c, author, t.found, t.made))
			}
		}
	}
	if r.refusals > 0 {
		errs = append(errs, fmt.Errorf("%w: %d refusals of clean software", errBelow, r.refusals))
	}
	if float64(r.warnings) >= maxWarnings*float64(r.files)/1000 && r.warnings > 0 {
		errs = append(errs, fmt.Errorf("%w: %d warnings in %d clean files", errBelow, r.warnings, r.files))
	}
	return errors.Join(errs...)
}

// document is docs/detection.md.
func document(text string) string {
	return `# Detection, measured

Written by ` + "`make detection`" + `. CI runs the same evaluation, which fails below recall 95 % in any category (85 % of the third,
fourth and fifth author's images), on any refusal of clean software, or on a warning per 1,000 clean files.

The malicious side is generated (` + "`internal/eval`" + `): what an image does times how it is delivered. A third of
it has another seed, so other words, hosts and paths ("held out"). An image counts as recalled when its
verdict refuses it for a finding of its own category; secrets and imitated names, which warn by default,
when the verdict mentions one, and so what could not be read. The same people wrote generator and rules, though not the one from the
other: recall in the wild is lower.

The images of the other authors (` + "`internal/eval/written`" + `) were written by people who had read neither the rules nor what was written before, from
published reports and daily use: whole images in texts, each as it is and in another packing. Before anything was mended for them, they
were recalled as follows, which says more of other people's images than the figures below; what was missed was mended by technique, so
these are not unseen any more. Half of the fourth author's images were kept from those who mended ("unread"): what they are recalled by
now is the best estimate there is for images that nobody here has. CI holds it above 60 % in every category.

| category | second author's, unseen | third author's, unseen | fourth author's, unseen | fifth author's, unseen | the unread half, after all others were mended |
|---|--:|--:|--:|--:|--:|
| backdoor | 57 % | 59 % | 86 % | 79 % | 93 % |
| dns-hijack | 65 % | 52 % | 84 % | 80 % | 91 % |
| dynamic-dns | 66 % | 71 % | 83 % | 100 % | 89 % |
| forwarder | 80 % | 83 % | 78 % | 67 % | 100 % |
| hacking-tool | 80 % | 54 % | 77 % | 91 % | 80 % |
| malicious-domain | 63 % | 93 % | 100 % | - | 100 % |
| malware | 46 % | 38 % | 48 % | 67 % | 63 % |
| miner | 97 % | 81 % | 92 % | 100 % | 92 % |
| new-domain | 53 % | 68 % | 79 % | 92 % | 71 % |
| proxy-avoidance | 82 % | 57 % | 79 % | 88 % | 93 % |
| secret | 78 % | 88 % | 100 % | - | 100 % |
| typosquat | 89 % | 97 % | - | - | - |
| uninspectable | 66 % | - | - | - | - |

The unread half of hacking tools was recalled by 60 % at first, of malware by 46 %, of miners by 83 %, of backdoors by 90 %; of the others, where a
half is some ten images, it was about the same. Those who mended after the fifth author saw names of images that were missed, which this evaluation told
then, and read none; where the half gained since (forwarder 89 %, hacking-tool 73, proxy-avoidance 79, dynamic-dns 78 before) that may have helped.

Of the third author's 109 honest images, chosen to look like trouble, 8 were refused at first, of the fourth's 90 three: rules of a product that
watches for attacks, a list of referrers to refuse, and a company's Squid that lets listed hosts through alone, which the third author had too. None of
the fourth's is refused now. Of the third's two are left out: another Squid, and a scanner's rules with a page in PHP as their example.

Not seen: an image that is benign by itself and abused from outside; where a template leads that is filled in from the
environment; libraries that one's own program embeds.

The clean side is real software, each package as a layer, under the default policy.

` + text
}
