package inspect

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A matcher finds the patterns of all detectors in the bytes of files. It is made once
// and used by many goroutines, each with searches of its own. What it looks
// for literals with is the machine's.
type matcher interface {
	// reach says how many bytes before and after the part that is searched a block must
	// hold, as far as the file has them.
	reach() (back, ahead int)
	search() search
}

// A search goes over the files of one blob. It is used by one goroutine.
type search interface {
	// begin starts on a file: want has the bits of the detectors that want hits.
	begin(f *File, want uint64, text bool)
	// block searches the next part of the file; parts follow each other without gap.
	block(b block)
	// end returns what was found. It is valid until the next begin.
	end() *outcome
}

// A block is a piece of a file: data[from:to] is to be searched, data[0] is the file's
// byte number base, and what is around the part is there to be looked at.
type block struct {
	data     []byte
	from, to int
	base     int64
	last     bool // the file ends at data[to]
}

// An outcome is what a search found in one file, by detector.
type outcome struct {
	hits      [][]Hit // in the order of their offsets
	dropped   []int
	exhausted bool   // the limits on work or memory left candidates untried
	broken    uint64 // the detectors whose Check panicked
}

// Bounds that are not worth a limit, in bytes.
const (
	maxHeld  = 4 << 20   // the groups of one file's hits
	baseWork = 16 << 20  // what any blob may give to regular expressions
	maxTails = blockSize // what a block may give to one pattern's tail; then its windows are searched untried
)

// A target is a pattern with its defaults filled in.
type target struct {
	Pattern
	detector int
	shared   bool  // has several literals, which may begin at the same place
	ways     []way // in which it can match, one at least; see narrow
}

// A finder is the matcher: a spotting of the literals of the patterns for a file, be it machine
// code or not, then Go's regular expressions, which take linear time, on windows around them.
//
// Windows of a pattern that overlap within a block are joined and searched once, for
// matches that do not overlap, from left to right. So each pattern looks at each byte
// about once, however dense the literals are. The edges of a window count as the edges
// of the text. A window never reaches back into an earlier match of its pattern.
type finder struct {
	texts     spotting // in files that are not machine code
	code      spotting // in those that are
	targets   []target
	detectors int
	before    int // the largest of all patterns, beyond the literal
	after     int
	work      int // Limits.Work
}

func (f *finder) reach() (back, ahead int) {
	return f.before + max(f.texts.longest(), f.code.longest()), f.after
}

func (f *finder) search() search {
	s := &finding{
		finder: f, most: maxHeld,
		texts: f.texts.spotter(), code: f.code.spotter(),
		states: make([]progress, len(f.targets)),
		out:    outcome{hits: make([][]Hit, f.detectors), dropped: make([]int, f.detectors)},
	}
	s.spotted = s.spot1
	return s
}

// newFinder compiles the patterns of detectors, whose bits are their indexes, and behind them those of calls. It
// returns nil when there is nothing to search for.
func newFinder(m machine, detectors []Detector, work int) (*finder, error) {
	f := &finder{detectors: len(detectors) + 1, work: work}
	var texts, code []literal
	for i, d := range asking(detectors) {
		seen := map[string]bool{}
		for _, p := range d.patterns {
			if err := p.check(); err != nil {
				return nil, fmt.Errorf("inspect: detector %s: pattern %q: %w", d.name, p.ID, err)
			}
			if seen[p.ID] {
				return nil, fmt.Errorf("inspect: detector %s: two patterns %q", d.name, p.ID)
			}
			seen[p.ID] = true
			for _, l := range p.Literals {
				literal := literal{strings.ToLower(l), len(f.targets)}
				if p.Only != Code {
					texts = append(texts, literal)
				}
				if p.Only != Texts {
					code = append(code, literal)
				}
			}
			t := target{Pattern: p.complete(), detector: i, shared: len(p.Literals) > 1}
			narrow(&t)
			f.targets = append(f.targets, t)
			if p.Regexp != nil {
				f.before, f.after = max(f.before, t.Before+t.Lead), max(f.after, t.After)
			}
		}
	}
	if len(f.targets) == 0 {
		return nil, nil
	}
	if f.texts, f.code = m.texts(texts), m.code(code); f.texts == nil || f.code == nil {
		return nil, fmt.Errorf("inspect: the patterns have too many literals (%d for texts, %d for code)", len(texts), len(code))
	}
	return f, nil
}

// An asker is who has patterns looked for.
type asker struct {
	name     string
	patterns []Pattern
}

// asking are the detectors and, if any of them has patterns, the engine itself.
func asking(detectors []Detector) (out []asker) {
	n := 0
	for _, d := range detectors {
		out = append(out, asker{d.Name(), d.Patterns()})
		n += len(d.Patterns())
	}
	if n > 0 {
		out = append(out, asker{"calls", callPatterns()})
	}
	return out
}

// The defaults of a Pattern, and the bounds of a literal, in bytes.
const (
	defaultWindow = 256
	defaultMax    = 16
	minLiteral    = 3
	maxLiteral    = 255
)

func (p Pattern) complete() Pattern {
	p.Before, p.After, p.Max = cmp.Or(p.Before, defaultWindow), cmp.Or(p.After, defaultWindow), cmp.Or(p.Max, defaultMax)
	return p
}

// check says what is wrong with a pattern.
func (p Pattern) check() error {
	switch {
	case p.ID == "":
		return fmt.Errorf("it has no ID")
	case len(p.Literals) == 0:
		return fmt.Errorf("it has no literal")
	case p.Before < 0 || p.Before > MaxWindow || p.After < 0 || p.After > MaxWindow:
		return fmt.Errorf("its window is %d and %d bytes, not from 0 to %d", p.Before, p.After, MaxWindow)
	case p.Max < 0:
		return fmt.Errorf("its Max is negative")
	}
	for _, l := range p.Literals {
		if len(l) < minLiteral || len(l) > maxLiteral {
			return fmt.Errorf("literal %q has %d bytes, not from %d to %d", l, len(l), minLiteral, maxLiteral)
		}
		if strings.IndexFunc(l, func(r rune) bool { return r >= 0x80 }) >= 0 {
			return fmt.Errorf("literal %q is not ASCII", l)
		}
		if strings.IndexFunc(l, func(r rune) bool { return classOf(byte(r)) != signs }) < 0 {
			return fmt.Errorf("literal %q is of signs alone that are taken for each other, and so for any indentation", l)
		}
	}
	return nil
}

// A finding is one search of a finder. Its blocks are known by absolute offsets.
type finding struct {
	*finder
	file    *File
	want    uint64
	text    bool
	texts   spotter
	code    spotter
	spotter spotter                 // one of the two, by the file
	spotted func(end int, o output) // spot1
	states  []progress              // by target
	touched []int32                 // the targets whose progress is not zero
	open    []int32                 // the targets with a window, in this block
	cur     block
	counted int64  // up to where newlines are counted
	lines   int    // newlines before counted
	lower   []byte // memory for a window in lower case
	held    int    // bytes of groups kept
	most    int    // of held
	spent   int64  // bytes given to regular expressions, in all files
	seen    int64  // bytes searched, in all files
	out     outcome
}

// progress is how far one pattern is in the file. [lo, hi) is its open window.
type progress struct {
	touched bool
	idle    bool // the file is none that the pattern is for
	kept    int
	lo, hi  int64
	open    opening // of that window
	done    int64   // the end of the last match
	tails   int     // how often the tail was tried in this block
}

// bound sets the most that the groups of one file's hits may take, in bytes.
func (s *finding) bound(held int) { s.most = held }

func (s *finding) begin(f *File, want uint64, text bool) {
	for _, t := range s.touched {
		s.states[t] = progress{}
	}
	s.touched, s.open = s.touched[:0], s.open[:0]
	for i := range s.out.hits {
		clear(s.out.hits[i]) // lets go of the groups
		s.out.hits[i] = s.out.hits[i][:0]
		s.out.dropped[i] = 0
	}
	s.out.exhausted, s.out.broken = false, 0
	s.file, s.want, s.text = f, want, text
	if s.spotter = s.texts; f.MachineCode() {
		s.spotter = s.code
	}
	s.spotter.begin()
	s.counted, s.lines, s.held = 0, 0, 0
}

func (s *finding) block(b block) {
	s.cur = b
	s.seen += int64(b.to - b.from)
	if !s.spotter.spot(b, s.spotted) {
		s.out.exhausted = true
	}
	for _, t := range s.open {
		s.try(t)
	}
	s.open = s.open[:0]
	for _, t := range s.touched {
		s.states[t].tails = 0
	}
	if to := b.base + int64(b.to); s.text && !b.last && to > s.counted {
		s.lines += bytes.Count(b.data[s.counted-b.base:b.to], newline)
		s.counted = to
	}
}

func (s *finding) end() *outcome {
	for _, hits := range s.out.hits {
		slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	s.cur, s.file = block{}, nil
	return &s.out
}

// spot1 takes a literal that ends at data[end] of the current block.
func (s *finding) spot1(end int, o output) {
	if s.want>>s.targets[o.pattern].detector&1 != 0 {
		at := s.cur.base + int64(end)
		s.literal(o.pattern, at-int64(len(o.text)), at)
	}
}

// literal takes note of a literal of a pattern at [start, end).
func (s *finding) literal(t int32, start, end int64) {
	p, st := &s.targets[t], &s.states[t]
	if !st.touched {
		st.touched = true
		s.touched = append(s.touched, t)
		st.idle = p.For != nil && !p.For(s.file)
	}
	if st.idle {
		return
	}
	if st.kept >= p.Max || s.held > s.most {
		s.out.dropped[p.detector]++
		return
	}
	if p.Regexp == nil {
		s.alone(t, start, end)
		return
	}
	lo, hi := max(start-int64(p.Before), st.done, s.cur.base), min(end+int64(p.After), s.cur.base+int64(len(s.cur.data)))
	open := s.opens(p, st, start, end, lo, hi)
	if open == 0 {
		return
	}
	switch {
	case st.hi == 0:
		s.open = append(s.open, t)
		st.lo, st.hi, st.open = lo, hi, open
	case lo <= st.hi: // literals come in the order of their ends, so lo may go back a little
		st.lo, st.hi, st.open = min(st.lo, lo), max(st.hi, hi), st.open|open
	default:
		s.search1(t)
		st.lo, st.hi, st.open = max(lo, st.done), hi, open
	}
}

// alone keeps a literal that is itself the hit.
func (s *finding) alone(t int32, start, end int64) {
	p, st := &s.targets[t], &s.states[t]
	if p.shared && slices.ContainsFunc(s.out.hits[p.detector], func(h Hit) bool { return h.Offset == start && h.Pattern == p.ID }) {
		return
	}
	if p.Check != nil && !s.accepts(p, nil) {
		return
	}
	at := int(start - s.cur.base)
	s.keep(p, st, start, s.cur.data[at:at+int(end-start)], nil)
}

// try searches the open window of a pattern and closes it.
func (s *finding) try(t int32) {
	s.search1(t)
	s.states[t].lo, s.states[t].hi = 0, 0
}

// search1 searches the open window of a pattern.
func (s *finding) search1(t int32) {
	p, st := &s.targets[t], &s.states[t]
	if st.lo >= st.hi {
		return
	}
	if st.kept >= p.Max {
		s.out.dropped[p.detector]++
		return
	}
	if s.spent += st.hi - st.lo; s.spent > baseWork+int64(s.work)*s.seen {
		s.out.exhausted = true
		s.out.dropped[p.detector]++
		return
	}
	window := s.cur.data[st.lo-s.cur.base : st.hi-s.cur.base]
	if s.hopeless(p, st.open, window) {
		return
	}
	for _, loc := range p.Regexp.FindAllSubmatchIndex(window, -1) {
		if loc[0] == loc[1] {
			continue
		}
		st.done = st.lo + int64(loc[1])
		if st.kept >= p.Max {
			s.out.dropped[p.detector]++
			continue
		}
		if p.Check != nil && !s.accepts(p, groups(window, loc)) {
			continue
		}
		s.keep(p, st, st.lo+int64(loc[0]), window[loc[0]:loc[1]], loc)
	}
}

// groups are the parts of b that loc points at; nil for a group that took no part.
func groups(b []byte, loc []int) [][]byte {
	out := make([][]byte, len(loc)/2)
	for i := range out {
		if from, to := loc[2*i], loc[2*i+1]; from >= 0 {
			out[i] = b[from:to:to]
		}
	}
	return out
}

// accepts asks the pattern's Check. One that panics refuses, and is remembered.
func (s *finding) accepts(p *target, g [][]byte) (ok bool) {
	defer func() {
		if recover() != nil {
			s.out.broken |= 1 << p.detector
		}
	}()
	return p.Check(g)
}

// keep adds a hit. loc has the places of the groups, relative to the same start as its
// first element; nil means that the match is all.
func (s *finding) keep(p *target, st *progress, offset int64, match []byte, loc []int) {
	lead := s.lead(p, int(offset-s.cur.base))
	s.held += len(match) + len(lead) + 24*max(1, len(loc)/2)
	if s.held > s.most {
		s.out.exhausted = true
		s.out.dropped[p.detector]++
		return
	}
	st.kept++
	own := bytes.Clone(match)
	g := [][]byte{own}
	if loc != nil {
		shifted := make([]int, len(loc))
		for i, at := range loc {
			shifted[i] = max(at-loc[0], -1)
			if at < 0 {
				shifted[i] = -1
			}
		}
		g = groups(own, shifted)
	}
	s.out.hits[p.detector] = append(s.out.hits[p.detector], Hit{Pattern: p.ID, Offset: offset, Line: s.line(offset), Groups: g, Lead: lead})
}

// lead is what is before data[at] on its line, if that is no longer than the pattern asks for.
func (s *finding) lead(p *target, at int) []byte {
	if p.Lead == 0 {
		return nil
	}
	from := max(0, at-p.Lead-1)
	i := bytes.LastIndexByte(s.cur.data[from:at], '\n')
	if i < 0 && s.cur.base+int64(at) > int64(p.Lead) {
		return nil
	}
	return bytes.Clone(s.cur.data[from+i+1 : at])
}

// line is the line of an offset in the current block, from 1; 0 in what is no text.
func (s *finding) line(offset int64) int {
	switch b := s.cur; {
	case !s.text:
		return 0
	case offset >= s.counted:
		return 1 + s.lines + bytes.Count(b.data[s.counted-b.base:offset-b.base], newline)
	default:
		return 1 + s.lines - bytes.Count(b.data[offset-b.base:s.counted-b.base], newline)
	}
}

var newline = []byte{'\n'}

// expression is what a SetID has of a pattern's regular expression.
func expression(re *regexp.Regexp) string {
	if re == nil {
		return ""
	}
	return re.String()
}
