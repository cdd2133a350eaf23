package inspect

import (
	"bytes"
	"fmt"
	"io"
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

// inspectFile gives a file to the detectors that want it. It reads as little of r as
// they need. The error is r's, other than io.EOF, or says which limit ended the whole
// inspection; what was read until then has been judged.
func (x *inspection) inspectFile(f *File, r io.Reader) error {
	err, n := io.EOF, 0
	if r != nil {
		n, err = readFull(r, x.head[:])
		f.Head = x.head[:n:n]
	}
	text := bytes.IndexByte(f.Head, 0) < 0
	var claims [maxDetectors]claim
	asked := claims[:0]
	var hits, content uint64
	for k, d := range x.detectors {
		want := x.wants(d, f)
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
	if len(asked) == 0 {
		return failure(err)
	}
	seen := Seen{Text: text}
	var out *outcome
	if hits &= x.searching; hits != 0 || content != 0 {
		out, err = x.read(r, err, f.Head, hits, content != 0, &seen)
	}
	x.file.reset(x.limits.FileFindings)
	for _, c := range asked {
		s := Seen{Text: text}
		if c.want&Content != 0 {
			s.Content, s.Cut = seen.Content, seen.Cut
		}
		if c.want&Hits != 0 && out != nil {
			s.Hits, s.Dropped = out.hits[c.bit], out.dropped[c.bit]
		}
		x.judge(x.detectors[c.bit], f, s)
	}
	x.conclude(f, out)
	return failure(err)
}

// read goes through a file, of which head has been read and err is what came after it.
func (x *inspection) read(r io.Reader, err error, head []byte, hits uint64, keep bool, seen *Seen) (*outcome, error) {
	if hits != 0 {
		x.search.begin(hits, seen.Text)
	}
	x.content = x.content[:0]
	b := block{data: x.window[:copy(x.window, head)]}
	fresh := 0 // where the bytes begin that have not been kept
	for {
		if err == nil {
			var k int
			k, err = readFull(r, x.window[len(b.data):])
			b.data = x.window[:len(b.data)+k]
		}
		if keep {
			x.keep(b.data[fresh:], seen)
		}
		err = x.count(int64(len(b.data)-fresh), err)
		b.to = len(b.data)
		if err == nil {
			b.to -= x.reach.ahead
		}
		if hits != 0 {
			x.search.block(b)
		}
		if err != nil {
			break
		}
		if hits == 0 && seen.Cut {
			break // nobody wants more of it
		}
		if err = x.clock.check(); err != nil {
			break
		}
		from := max(0, b.to-x.reach.back)
		b.base += int64(from)
		copy(x.window, b.data[from:])
		b.data = x.window[:len(b.data)-from]
		b.from, fresh = b.to-from, len(b.data)
	}
	seen.Content = x.content
	if hits == 0 {
		return nil, err
	}
	return x.search.end(), err
}

// count counts bytes of files, after which err came. Holes of sparse files are not in
// the stream, so the limit on that does not count them.
func (x *inspection) count(n int64, err error) error {
	if x.taken += n; x.taken > x.limits.Bytes && failure(err) == nil {
		return stopped(fmt.Sprintf("more than %d bytes of files", x.limits.Bytes))
	}
	return err
}

// keep appends to the content, up to MaxContent.
func (x *inspection) keep(b []byte, seen *Seen) {
	if room := MaxContent - len(x.content); len(b) > room {
		b, seen.Cut = b[:room], true
	}
	x.content = append(x.content, b...)
}

// wants asks a detector; one that panics wants nothing and leaves a Gap.
func (x *inspection) wants(d Detector, f *File) (w Want) {
	defer x.guard(d, f)
	return d.Wants(f)
}

// judge lets a detector judge a file.
func (x *inspection) judge(d Detector, f *File, s Seen) {
	defer x.guard(d, f)
	d.Judge(f, s, func(found Finding) {
		found, err := x.tidy(f, found)
		if err != nil {
			x.gaps.add(f.Path, fmt.Sprintf("detector %s: %v", d.Name(), err))
			return
		}
		x.file.add(found)
	})
}

// guard makes a Gap of a detector's panic; it is to be deferred.
func (x *inspection) guard(d Detector, f *File) {
	if v := recover(); v != nil {
		x.gaps.add(f.Path, panicked("detector "+d.Name(), v))
	}
}

// conclude moves what was found in a file to what was found in the blob, and says what
// of the file was not looked at.
func (x *inspection) conclude(f *File, out *outcome) {
	for _, found := range x.file.sorted() {
		x.found.add(found)
	}
	if n := x.file.dropped; n > 0 {
		x.gaps.add(f.Path, fmt.Sprintf("%d findings left out, beyond %d", n, x.file.limit))
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
