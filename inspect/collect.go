package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReportPath bounds the paths in a report, in bytes; the middle of a longer one is left out.
const maxReportPath = 1024

// maxWhy bounds Gap.Why, in bytes: an error quotes what an attacker wrote.
const maxWhy = 300

// maxGaps is the most gaps that a report lists; a last one counts the rest.
const maxGaps = 100

// A collector keeps the gravest findings, up to a limit, and counts the rest.
type collector struct {
	limit   int
	list    []Finding
	dropped int
}

func (c *collector) reset(limit int) {
	clear(c.list)
	c.list, c.limit, c.dropped = c.list[:0], limit, 0
}

func (c *collector) add(f Finding) {
	c.list = append(c.list, f)
	if len(c.list) >= 2*c.limit {
		c.prune()
	}
}

// prune drops doubles, and the least grave beyond the limit.
func (c *collector) prune() {
	slices.SortFunc(c.list, byGravity)
	c.list = slices.Compact(c.list)
	if n := len(c.list) - c.limit; n > 0 {
		c.dropped += n
		clear(c.list[c.limit:])
		c.list = c.list[:c.limit]
	}
}

// sorted returns the findings by place. It is nil when there are none.
func (c *collector) sorted() []Finding {
	if len(c.list) == 0 {
		return nil
	}
	c.prune()
	slices.SortFunc(c.list, byPlace)
	return c.list
}

func byPlace(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Line, b.Line), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Evidence, b.Evidence),
		cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(b.Severity, a.Severity))
}

func byGravity(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(b.Severity, a.Severity), byPlace(a, b))
}

// tidy completes a detector's finding. The error says what is wrong with it.
func (x *inspection) tidy(f *File, found Finding) (Finding, error) {
	found.Layer, found.CreatedBy = x.digest, ""
	found.Path = reportPath(cmp.Or(found.Path, f.Path))
	if x.wrap.chain != "" {
		found.Offset, found.Line = x.wrap.offset, x.wrap.line
		found.Evidence = "decoded " + shortChain(x.wrap.chain) + ": " + found.Evidence
	}
	found.Evidence = printable(found.Evidence, MaxEvidence)
	return found, found.check()
}

// shortChain is a chain of encodings without its middle, if that is long.
func shortChain(chain string) string {
	const most = 48
	if len(chain) <= most {
		return chain
	}
	return fmt.Sprintf("%s…(%d)…%s", chain[:most/2], 1+strings.Count(chain, ">"), chain[len(chain)-most/2:])
}

// categories are all categories.
var categories = []Category{
	Miner, Secret, Backdoor, HackingTool, ProxyAvoidance, DNSHijack, Forwarder,
	MaliciousDomain, NewDomain, DynamicDNS, Typosquat, Malware, Uninspectable,
}

// check says what makes a finding none.
func (f Finding) check() error {
	switch {
	case f.Rule == "":
		return errors.New("a finding without a rule")
	case !slices.Contains(categories, f.Category):
		return fmt.Errorf("a finding of no category (%.40q)", f.Category)
	case f.Severity < Low || f.Severity > Critical:
		return fmt.Errorf("a finding of no severity (%d)", int(f.Severity))
	case f.Confidence < Low || f.Confidence > High:
		return fmt.Errorf("a finding of no confidence (%d)", int(f.Confidence))
	case f.Offset < 0 || f.Line < 0:
		return errors.New("a finding at no place")
	case len(f.Evidence) > MaxEvidence:
		return errors.New("a finding with too much evidence")
	}
	return nil
}

// maxPacks is how many files have gaps of what is packed in them listed, besides maxGaps others.
const maxPacks = 200

// maxInner is the most gaps that are listed of what is packed in one file; one more
// counts the rest.
const maxInner = 3

// gaps are what was not looked at, each once, in the order of the walk.
type gaps struct {
	all      []Gap
	deep     int // of all, those of what is packed in a file, but for mild ones
	more     int
	mildOnes int // of all
	moreMild int
	packs    *nested           // what is being unpacked
	inner    map[pack]*surplus // those that are mild apart, so that they hide no others
	outer    []pack            // the keys of inner that have a surplus, in order
}

// A pack is what the gaps in what is packed are counted by.
type pack struct {
	path string // as packIn has it
	mild bool
}

// A surplus counts the gaps in what is packed in one file.
type surplus struct {
	count  int
	common string // what the paths of those that are not listed begin with
}

func (g *gaps) add(path, why string) { g.note(Gap{Path: path, Why: why}) }

func (g *gaps) mild(path, why string) { g.note(Gap{Path: path, Why: why, Mild: true}) }

func (g *gaps) note(one Gap) {
	one.Path, one.Why, one.Inside = reportPath(one.Path), printable(one.Why, maxWhy), g.packs != nil && g.packs.depth > 0
	switch {
	case slices.Contains(g.all, one):
	case one.Inside && g.beyond(one):
	case one.Mild && g.mildOnes >= maxPacks:
		g.moreMild++
	case one.Mild:
		g.all = append(g.all, one)
		g.mildOnes++
	case !one.Inside && len(g.all)-g.deep-g.mildOnes >= maxGaps, one.Inside && g.deep >= maxInner*maxPacks:
		g.more++
	default:
		if g.all = append(g.all, one); one.Inside {
			g.deep++
		}
	}
}

// beyond counts a gap in what is packed in a file, and reports whether it is one too many
// to be listed.
func (g *gaps) beyond(one Gap) bool {
	path, outer := one.Path, pack{packIn(one), one.Mild}
	if g.inner == nil {
		g.inner = map[pack]*surplus{}
	}
	s := g.inner[outer]
	switch {
	case s == nil && len(g.inner) >= maxPacks: // it is counted among the rest
		return false
	case s == nil:
		s = &surplus{}
		g.inner[outer] = s
	}
	if s.count++; s.count <= maxInner {
		return false
	}
	if s.count == maxInner+1 {
		s.common, g.outer = path, append(g.outer, outer)
	}
	for !below(path, s.common) {
		s.common = strings.TrimSuffix(s.common[:max(0, strings.LastIndexByte(s.common, '/'))], inside[:1])
	}
	return true
}

// below reports whether a path is another, or lies in that folder or archive. All lie in "".
func below(path, folder string) bool {
	rest, ok := strings.CutPrefix(path, folder)
	return ok && (folder == "" || rest == "" || rest[0] == '/' || strings.HasPrefix(rest, inside))
}

// packIn is the archive that a gap is counted by: the outermost, or the one in that. Mild
// ones are counted by the outermost: a corpus of broken archives in an archive is one thing.
func packIn(one Gap) string {
	outer, rest, _ := strings.Cut(one.Path, inside)
	if inner, _, ok := strings.Cut(rest, inside); ok && !one.Mild {
		return outer + inside + inner
	}
	return outer
}

func (g *gaps) list() []Gap {
	out := g.all
	for _, outer := range g.outer {
		s := g.inner[outer]
		out = append(out, Gap{Path: s.common, Why: strconv.Itoa(s.count-maxInner) + " more gaps in what is packed in it", Inside: true, Mild: outer.mild})
	}
	if g.more > 0 {
		out = append(out, Gap{Why: strconv.Itoa(g.more) + " more gaps"})
	}
	if g.moreMild > 0 { // and that is not mild: who would hide one that the image starts would make many
		out = append(out, Gap{Why: strconv.Itoa(g.moreMild) + " more mild gaps"})
	}
	return out
}

// reportPath is a path as a report shows it.
func reportPath(path string) string {
	if len(path) <= maxReportPath/4 {
		return printable(path, maxReportPath) // an escape takes at most four times the bytes
	}
	const half = maxReportPath/2 - len(ellipsis)
	out := printable(path, 4*len(path))
	if len(out) <= maxReportPath {
		return out
	}
	tail := out[len(out)-half:]
	for len(tail) > 0 && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	return cut(out, half+len(ellipsis)) + tail
}

const ellipsis = "…"

// printable writes what could act on a terminal or is not UTF-8 as \xNN or \u{NNNN},
// and cuts the result to size bytes.
func printable(s string, size int) string {
	clean := true
	for _, r := range s {
		if clean = unicode.IsPrint(r) && r != utf8.RuneError; !clean {
			break
		}
	}
	if clean {
		return cut(s, size)
	}
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() <= size; {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x80 && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return cut(b.String(), size)
}

// cut shortens s to size bytes, the last of which are an ellipsis, without splitting a character.
func cut(s string, size int) string {
	if len(s) <= size {
		return s
	}
	n := size - len(ellipsis)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + ellipsis
}
