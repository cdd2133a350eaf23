package inspect

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/lazaret/lazaret/internal/oci"
)

// engineVersion is part of every SetID. It changes whenever this package's own code
// could make other reports of the same bytes.
const engineVersion = 20

// An Inspector reads blobs. It is immutable and may be used from many goroutines.
type Inspector struct {
	limits    Limits
	machine   machine
	detectors []Detector // by name
	matcher   matcher    // nil when no detector has patterns
	hashers   []Hasher   // those that know any file by its hash
	scripters []Scripter // by detector; nil of those that tell nothing
	searching uint64     // the bits of the detectors that have patterns
	set       SetID
	pool      sync.Pool // of *scratch
}

// maxDetectors is how many fit in a set of bits, with the engine's own patterns as one.
const maxDetectors = 64

// New makes an Inspector. Fields of limits that are zero have the values of
// DefaultLimits. Errors: a limit that makes no sense, a detector without a name or a
// version or with another's name, a pattern that breaks the rules of Pattern.
func New(limits Limits, detectors ...Detector) (*Inspector, error) {
	return newInspector(fastest(), limits, detectors)
}

func newInspector(m machine, limits Limits, detectors []Detector) (*Inspector, error) {
	limits, err := limits.complete()
	if err != nil {
		return nil, err
	}
	if len(detectors) >= maxDetectors {
		return nil, fmt.Errorf("inspect: %d detectors, more than %d", len(detectors), maxDetectors-1)
	}
	i := &Inspector{limits: limits, machine: m, detectors: slices.Clone(detectors)}
	slices.SortFunc(i.detectors, func(a, b Detector) int { return cmp.Compare(a.Name(), b.Name()) })
	for k, d := range i.detectors {
		switch {
		case d.Name() == "" || d.Version() == "":
			return nil, fmt.Errorf("inspect: detector %q has no name or no version", d.Name())
		case k > 0 && d.Name() == i.detectors[k-1].Name():
			return nil, fmt.Errorf("inspect: two detectors %q", d.Name())
		}
		if len(d.Patterns()) > 0 {
			i.searching |= 1 << k
		}
		scripter, _ := d.(Scripter)
		i.scripters = append(i.scripters, scripter)
	}
	i.hashers = hashers(i.detectors)
	f, err := newFinder(m, i.detectors, limits.Work)
	if err != nil {
		return nil, err
	}
	if f != nil {
		i.matcher = f
	}
	i.pool.New = func() any { return newScratch(i) }
	i.set, err = setID(limits, i.detectors)
	return i, err
}

// Set names the rule set: the first 128 bits of a hash, in hex. It does not depend on
// the order in which the detectors were given.
func (i *Inspector) Set() SetID { return i.set }

func setID(limits Limits, detectors []Detector) (SetID, error) {
	type rule struct {
		ID                 string
		Literals           []string
		Regexp             string
		Before, After, Max int
	}
	type detector struct {
		Name, Version string
		Rules         []rule
	}
	all := struct {
		Engine    int
		Limits    Limits
		Detectors []detector
	}{Engine: engineVersion, Limits: limits}
	for _, d := range detectors {
		one := detector{Name: d.Name(), Version: d.Version()}
		for _, p := range d.Patterns() {
			p = p.complete()
			one.Rules = append(one.Rules, rule{p.ID, p.Literals, expression(p.Regexp), p.Before, p.After, p.Max})
		}
		all.Detectors = append(all.Detectors, one)
	}
	b, err := json.Marshal(all) // plain data, so this cannot fail
	if err != nil {
		return "", fmt.Errorf("inspect: hash the rule set: %w", err)
	}
	sum := sha256.Sum256(b)
	return SetID(hex.EncodeToString(sum[:16])), nil
}

// Inspect reads r to its end and reports what is in it. It takes nothing from d but the
// digest, and does not verify that: whoever feeds r does, on the same bytes.
//
// An error means that r failed (other than with io.EOF) or that ctx ended, and then
// there is no report. Whatever is wrong with the bytes is a Gap. After a limit or damage
// the rest of r is read but not looked at.
func (i *Inspector) Inspect(ctx context.Context, d oci.Descriptor, r io.Reader) (Report, error) {
	s := i.pool.Get().(*scratch)
	src := &source{ctx: ctx, r: r}
	x := &inspection{
		Inspector: i, scratch: s, src: src,
		clock:  &clock{start: time.Now(), limit: i.limits.Deadline, source: src},
		report: Report{Digest: d.Digest, Set: i.set, Kind: KindOther},
	}
	x.gaps.packs = &x.nested
	x.found.limit, x.digest = i.limits.Findings, d.Digest
	s.br.Reset(src)
	x.openStreams(ctx)
	x.blob()
	x.endStreams()
	if _, err := io.Copy(io.Discard, onlyReader{s.br}); err != nil && src.err == nil {
		src.err = err
	}
	s.release()
	i.pool.Put(s)
	if src.err == nil {
		src.err = ctx.Err() // it may have stopped the work after the last byte was read
	}
	if src.err != nil {
		return Report{}, fmt.Errorf("inspect: read %s: %w", d.Digest, src.err)
	}
	x.byDigest()
	return x.finish(), nil
}

// onlyReader hides WriteTo, which would write through a buffer of io.Discard's.
type onlyReader struct{ io.Reader }

// An inspection is one call of Inspect.
type inspection struct {
	*Inspector
	*scratch
	digest  oci.Digest
	src     *source
	clock   *clock
	stream  *pump
	report  Report
	found   collector
	gaps    gaps
	scripts int   // bytes in report.Scripts
	taken   int64 // bytes of files that were searched or kept, holes included
	open    int   // the tiers in use
	entries int   // of archives, the layer's and those within
	nested  nested
	engines []engine
	wrap    wrapping  // around what is being read
	queue   []wrapped // what was decoded and is to be inspected
	waiting int       // bytes in queue
}

// A scratch is the memory of an inspection, used again by later ones.
type scratch struct {
	br      *bufio.Reader
	gz      unzipper
	buffers [][]byte // the pump's
	levels  []*tier
	reach   struct{ back, ahead int }
}

// keptLevels is how many tiers a scratch keeps for the next inspection.
const keptLevels = 2

// pumped is how many buffers a pump has: one being made, one being read, one between.
const pumped = 3

func newScratch(i *Inspector) *scratch {
	s := &scratch{br: bufio.NewReaderSize(nil, bufferSize), gz: i.machine.gunzip()}
	for range pumped {
		s.buffers = append(s.buffers, make([]byte, bufferSize))
	}
	if i.matcher != nil {
		s.reach.back, s.reach.ahead = i.matcher.reach()
	}
	return s
}

// release lets go of what belongs to the inspection that ends.
func (s *scratch) release() {
	s.br.Reset(nil)
	s.levels = s.levels[:min(keptLevels, len(s.levels))]
	for _, l := range s.levels {
		l.content, l.reading, l.search, l.sink = l.content[:0], reading{}, nil, sink{}
		l.file.reset(0)
		if l.br != nil {
			l.br.Reset(nil)
		}
	}
}

// blob inspects the blob. Nothing of it may panic; what does is a Gap, and ends it.
func (x *inspection) blob() {
	defer func() {
		if v := recover(); v != nil {
			x.gaps.add("", panicked("the inspector", v))
		}
	}()
	head, _ := x.br.Peek(headSize) // an error comes again
	if len(head) == 0 {
		return // an empty blob
	}
	x.stream = &pump{src: x.src, br: x.br, limits: &x.limits, clock: x.clock, name: formOf(head)}
	var dec io.Reader = x.br
	switch x.stream.name {
	case plain:
	case gzipped:
		dec = &members{br: x.br, z: x.gz, clock: x.clock}
	case zstandard:
		z, err := zstd.NewReader(x.br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(x.limits.Window)))
		if err != nil {
			x.gaps.add("", fmt.Sprintf("malformed zstd stream: %v", err))
			return
		}
		defer z.Close() // after the pump, which reads from it, has ended
		dec = z
	default:
		x.gaps.add("", fmt.Sprintf("unsupported compression: %s", x.stream.name))
		return
	}
	x.stream.start(dec, x.buffers)
	defer x.stream.close()
	x.body()
}

// body inspects the decompressed bytes, by what they begin with.
func (x *inspection) body() {
	head, err := x.stream.Peek(headSize)
	compressed := x.stream.name != plain
	switch {
	case err == io.EOF: // nothing was compressed
	case err != nil:
		x.gaps.add("", err.Error())
	case isTar(head):
		// JSON has no NUL, and an honest header always does.
		if looksJSON(head) && bytes.IndexByte(head, 0) < 0 {
			x.gaps.add("", "a tar archive that may be JSON too")
		}
		x.report.Kind = KindLayer
		x.layer()
	case !compressed && looksJSON(head):
		x.document()
	default:
		x.gaps.add("", "unknown format")
		x.whole(x.stream)
	}
}

// whole inspects what r gives as one file without a name.
func (x *inspection) whole(r io.Reader) {
	x.report.Stats.Files++
	if err := x.inspectFile(&File{Type: Regular, Mode: 0o644, Size: -1}, r); err != nil {
		x.gaps.add("", err.Error())
	}
}

// finish completes the report.
func (x *inspection) finish() Report {
	r := x.report
	r.Findings = x.found.sorted()
	if n := x.found.dropped; n > 0 {
		x.gaps.add("", fmt.Sprintf("%d findings left out, beyond %d", n, x.found.limit))
	}
	r.Gaps = x.gaps.list()
	r.Stats.BytesCompressed = x.src.n
	if x.stream != nil {
		r.Stats.BytesUncompressed = x.stream.taken
	}
	r.Stats.Elapsed = x.clock.elapsed()
	return r
}

// panicked words a panic for a Gap. Only the runtime's own errors are quoted: they
// hold no bytes of a file.
func panicked(who string, v any) string {
	if err, ok := v.(runtime.Error); ok {
		return who + " failed: " + strings.TrimPrefix(err.Error(), "runtime error: ")
	}
	return who + " failed"
}
