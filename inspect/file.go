package inspect

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
)

// headSize is how much of a file Head has, in bytes.
const headSize = 512

// blockSize is how much of a file is searched at once, in bytes.
const blockSize = 64 << 10

// A claim is what one detector wants of the file at hand.
type claim struct {
	bit  int // the detector's index
	want Want
}

// reads reports whether the detector reads the file's content, and not only if there were hits, of which there are none.
func (c claim) reads(out *outcome) bool {
	return c.want&Content != 0 && (c.want&OnHits == 0 || len(out.hits[c.bit]) > 0)
}

// A tier is the memory for one file that is being read. Files lie in files, so there
// are several: each is of one depth.
type tier struct {
	search  search // of this blob; nil without a matcher
	window  []byte // the part of a file that is searched, with what is around it
	head    [headSize]byte
	content []byte // of a file that is wanted whole
	file    collector
	br      *bufio.Reader // of a file in which something is unpacked
	gz      unzipper
	reading reading
	runs    runs
	sink    sink
	found   func(Finding) // what the sink takes
}

// tier returns the memory of the next file.
func (x *inspection) tier() *tier {
	if x.open == len(x.levels) {
		x.levels = append(x.levels, &tier{window: make([]byte, x.reach.back+blockSize+x.reach.ahead)})
	}
	l := x.levels[x.open]
	if x.open++; l.search == nil && x.matcher != nil {
		l.search = x.matcher.search()
		if s, ok := l.search.(interface{ bound(held int) }); ok && x.open > 1 {
			s.bound(maxHeld / 4) // several are held at once
		}
	}
	return l
}

// inspectFile gives a file to the detectors that want it, and what is packed or encoded
// in it. It reads as little of r as they need. The error is r's, other than io.EOF, or
// says which limit ended the whole inspection; what was read until then has been judged.
func (x *inspection) inspectFile(f *File, r io.Reader) error {
	l := x.tier()
	defer func() { x.open-- }()
	err, n := io.EOF, 0
	if r != nil {
		n, err = readFull(r, l.head[:])
		f.Head = l.head[:n:n]
	}
	text := bytes.IndexByte(f.Head, 0) < 0
	var claims [maxDetectors]claim
	asked := claims[:0]
	var hits, content uint64
	var wants [maxDetectors]Want
	for k := 0; k < len(x.detectors); {
		k = x.ask(f, k, &wants)
	}
	for k := range x.detectors {
		want := wants[k]
		if x.wrap.chain != "" {
			want &^= Header // whoever wants no more has judged the file that it is in
		}
		if want == Nothing {
			continue
		}
		asked = append(asked, claim{k, want})
		if want&Hits != 0 {
			hits |= 1 << k
		}
		if want&Content != 0 {
			content |= 1 << k
		}
	}
	hits &= x.searching
	l.content = l.content[:0]
	w := &l.reading
	kind, from := sniff(f.Head)
	parted := !text && kind == notPacked && f.Type == Regular && f.Path != "" && !f.MachineCode() && zeroed(f.Head)
	*w = reading{inspection: x, tier: l, keep: content != 0 || parted, seen: Seen{Text: text}}
	if hits != 0 {
		w.search = l.search
		if text {
			hits |= 1 << len(x.detectors) // the calls
		}
		w.search.begin(f, hits, text)
		if text {
			w.runs = &l.runs
			w.runs.reset(x.machine.skip)
		}
	}
	if n > 0 {
		w.takers = x.streamed(f)
		if h := x.hashed(f); h != nil {
			w.takers = append(w.takers, h)
		}
	}
	switch {
	case n == 0:
	case kind != notPacked:
		err = w.unpack(f, r, err, kind, from)
	default:
		if what := foreign(f.Head); what != "" && f.Type == Regular && x.wrap.chain == "" {
			x.gaps.mild(f.Path, "unsupported: "+what)
		}
	}
	var out *outcome
	if w.reads() {
		out, err = w.read(f.Head, r, err)
	}
	for _, e := range w.takers {
		_ = e.Close() // what went wrong is said by Stream.End
	}
	if len(asked) == 0 && !parted {
		return failure(err)
	}
	x.conclude(f, l, asked, w, out)
	if w.runs != nil {
		queued := len(x.queue)
		x.note(f, w.runs)
		x.spelled(f, w.seen.Content)
		if out != nil && slices.ContainsFunc(asked, func(c claim) bool { return c.reads(out) }) {
			x.called(f, w.seen.Content, w.seen.Cut, out, queued)
		}
	}
	if kind == notPacked {
		x.zeros(f, w.seen.Content)
	}
	if err := x.unwrap(); err != nil {
		return err
	}
	return failure(err)
}

// A reading is one file on its way through search and content. Its bytes come either by
// Read, which takes them from the file for someone who unpacks it, or are read directly.
type reading struct {
	*inspection
	tier   *tier
	search search // nil if nobody wants hits
	keep   bool
	takers []io.WriteCloser // of the bytes, as they come
	runs   *runs            // nil if what is encoded in the file is not looked for
	seen   Seen
	b      block
	fresh  int // where the bytes begin that have not been kept
	err    error
	began  bool
}

// reads reports whether somebody wants more of the file than its head.
func (w *reading) reads() bool { return w.search != nil || w.keep || len(w.takers) > 0 }

// read goes through the rest of a file, of which head has been read and err is what came
// after it.
func (w *reading) read(head []byte, r io.Reader, err error) (*outcome, error) {
	w.start(head)
	for err == nil && w.err == nil {
		if w.search == nil && len(w.takers) == 0 && w.seen.Cut {
			break // nobody wants more of it
		}
		var k int
		k, err = readFull(r, w.room())
		w.took(k)
	}
	if w.err == nil {
		w.err = err
	}
	return w.end(), w.err
}

// start takes the head of the file.
func (w *reading) start(head []byte) {
	if !w.began {
		w.began = true
		w.took(copy(w.room(), head))
	}
}

// room is where the next bytes go; it is never empty.
func (w *reading) room() []byte { return w.tier.window[len(w.b.data):] }

// took takes n bytes that were put into room.
func (w *reading) took(n int) {
	w.b.data = w.tier.window[:len(w.b.data)+n]
	if len(w.b.data) == len(w.tier.window) {
		w.block(len(w.b.data)-w.reach.ahead, false)
		if w.err == nil {
			w.err = w.clock.check()
		}
		b := &w.b
		from := max(0, b.to-w.reach.back)
		b.base += int64(from)
		copy(w.tier.window, b.data[from:])
		b.data = w.tier.window[:len(b.data)-from]
		b.from, w.fresh = b.to-from, len(b.data)
	}
}

// put takes bytes that somebody else has read.
func (w *reading) put(p []byte) {
	for len(p) > 0 && w.err == nil {
		n := copy(w.room(), p)
		w.took(n)
		p = p[n:]
	}
}

// block searches up to data[to], and keeps and counts what is new. The last block ends the file.
func (w *reading) block(to int, last bool) {
	fresh := w.b.data[w.fresh:]
	if w.keep {
		w.kept(fresh)
	}
	if w.runs != nil {
		w.runs.feed(fresh, last)
	}
	for _, e := range w.takers {
		_, _ = e.Write(fresh)
	}
	w.fresh = len(w.b.data)
	if err := w.count(int64(len(fresh))); w.err == nil {
		w.err = err
	}
	if w.b.to, w.b.last = to, last; w.search != nil {
		w.search.block(w.b)
	}
}

// end searches what is left. The outcome is nil if nobody wants hits.
func (w *reading) end() *outcome {
	w.block(len(w.b.data), true)
	w.seen.Content = w.tier.content
	if w.search == nil {
		return nil
	}
	return w.search.end()
}

// kept appends to the content, up to MaxContent.
func (w *reading) kept(b []byte) {
	if room := MaxContent - len(w.tier.content); len(b) > room {
		b, w.seen.Cut = b[:room], true
	}
	w.tier.content = append(w.tier.content, b...)
}

// count counts bytes of files. Holes of sparse files are not in the stream, so the limit
// on that does not count them.
func (x *inspection) count(n int64) error {
	if x.taken += n; x.taken > x.limits.Bytes {
		return stopped(fmt.Sprintf("more than %d bytes of files", x.limits.Bytes))
	}
	return nil
}

// ask asks the detectors from one on what they want of a file, and returns which is the next to be
// asked. One that panics wants nothing and leaves a Gap.
func (x *inspection) ask(f *File, from int, wants *[maxDetectors]Want) (next int) {
	next = from
	defer func() {
		if v := recover(); v != nil {
			x.failed(x.detectors[next], f, v)
			next++
		}
	}()
	for ; next < len(x.detectors); next++ {
		wants[next] = x.detectors[next].Wants(f)
	}
	return next
}

// judge lets a detector judge a file.
func (x *inspection) judge(d Detector, f *File, s Seen, l *tier) {
	defer x.guard(d, f)
	if l.sink = (sink{x, d, f, &l.file}); l.found == nil {
		l.found = l.sink.take // once for all files
	}
	d.Judge(f, s, l.found)
}

// A sink takes what a detector finds about a file.
type sink struct {
	x    *inspection
	d    Detector
	f    *File
	into *collector
}

// take takes a finding. One that is none is a gap.
func (s *sink) take(found Finding) {
	found, err := s.x.tidy(s.f, found)
	if err != nil {
		s.x.gaps.add(s.f.Path, fmt.Sprintf("detector %s: %v", s.d.Name(), err))
		return
	}
	s.into.add(found)
}

// runs has a detector tell what a file runs, if it does. What is decoded from it, it runs as well.
func (x *inspection) runs(d Detector, scripter Scripter, f *File, s Seen) {
	if scripter == nil {
		return
	}
	defer x.guard(d, f)
	if s.Cut && s.Text {
		x.gaps.mild(f.Path, fmt.Sprintf("a script of more than %d bytes, not read for what it starts", MaxContent))
	}
	var all []string
	size := len(f.Path)
	for _, p := range scripter.Runs(f, s) {
		p = reportPath(p)
		size += len(p)
		all = append(all, p)
	}
	if len(all) == 0 {
		return
	}
	if x.scripts += size; x.scripts > maxScripts {
		x.gaps.add("", fmt.Sprintf("more than %d bytes of what scripts start", maxScripts))
		return
	}
	x.report.Scripts = append(x.report.Scripts, Script{Path: reportPath(f.Path), Runs: all})
}

// guard makes a Gap of a detector's panic; it is to be deferred.
func (x *inspection) guard(d Detector, f *File) {
	if v := recover(); v != nil {
		x.failed(d, f, v)
	}
}

// failed makes a Gap of a detector's panic.
func (x *inspection) failed(d Detector, f *File, v any) {
	x.gaps.add(f.Path, panicked("detector "+d.Name(), v))
}

// conclude has a file judged, moves what was found in it to what was found in the blob,
// and says what of the file was not looked at.
func (x *inspection) conclude(f *File, l *tier, asked []claim, w *reading, out *outcome) {
	l.file.reset(x.limits.FileFindings)
	for _, c := range asked {
		s := Seen{Text: w.seen.Text}
		if c.want&Content != 0 {
			s.Content, s.Cut = w.seen.Content, w.seen.Cut
		}
		if c.want&Hits != 0 && out != nil {
			s.Hits, s.Dropped = out.hits[c.bit], out.dropped[c.bit]
		}
		if c.want&Header == 0 && (c.want == Hits || c.want&OnHits != 0) && len(s.Hits) == 0 && s.Dropped == 0 {
			continue
		}
		x.judge(x.detectors[c.bit], f, s, l)
		x.runs(x.detectors[c.bit], x.scripters[c.bit], f, s)
	}
	for _, found := range l.file.sorted() {
		x.found.add(found)
	}
	if n := l.file.dropped; n > 0 {
		x.gaps.add(f.Path, fmt.Sprintf("%d findings left out, beyond %d", n, l.file.limit))
	}
	if out == nil {
		return
	}
	if out.exhausted {
		x.gaps.add(f.Path, "too many candidate matches")
	}
	for k, d := range x.detectors {
		if out.broken>>k&1 != 0 {
			x.gaps.add(f.Path, "detector "+d.Name()+" failed: a check of a pattern")
		}
	}
}

// readFull fills b as far as r goes. Unlike io.ReadFull it leaves the error as it is, so
// that the end of a file is told from the end of a cut archive.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var k int
		k, err = r.Read(b[n:])
		n += k
	}
	return n, err
}

// failure is err unless that is the end.
func failure(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
