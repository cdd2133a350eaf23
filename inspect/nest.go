package inspect

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/lazaret/lazaret/inspect/internal/unpack"
)

// A packing says what is packed in a file, by its first bytes.
type packing int

const (
	notPacked packing = iota
	packedGzip
	packedZstd
	packedBzip2
	packedXZ
	packedTar
	packedZip
	packedDeb
	packedUPX
)

// sniff knows what a file is packed as, and where in head that begins.
func sniff(head []byte) (p packing, from int) {
	if len(head) < 8 {
		return notPacked, 0
	}
	switch formOf(head) {
	case gzipped:
		if head[2] == 8 { // deflate, the only method there is
			return packedGzip, 0
		}
	case zstandard:
		return packedZstd, 0
	case bzipped:
		// The magic of a block, or of the end of an empty file.
		if bytes.HasPrefix(head[4:], []byte("1AY&")) || bytes.HasPrefix(head[4:], []byte("\x17\x72\x45\x38")) {
			return packedBzip2, 0
		}
	case xzipped:
		return packedXZ, 0
	}
	if at, ok := unpack.IsZip(head); ok {
		return packedZip, at
	}
	if unpack.IsUPX(head) {
		return packedUPX, 0
	}
	if unpack.IsDeb(head) {
		return packedDeb, 0
	}
	if len(head) == tarBlock && head[0] != 0 && isTar(head) {
		return packedTar, 0
	}
	return notPacked, 0
}

// nested is what all archives in files share.
type nested struct {
	depth  int
	made   int64 // bytes that decompressors gave
	memory int64 // bytes taken at once
}

// A tape takes the bytes of a file for someone who unpacks it; on their way they are
// searched.
type tape struct {
	w    *reading
	r    io.Reader
	head []byte
	err  error // after head, of r or of the search
	copy []byte
	want int   // of copy
	n    int64 // bytes given
}

func (t *tape) Read(p []byte) (int, error) {
	n := copy(p, t.head)
	if t.head = t.head[n:]; n == 0 {
		if t.err != nil {
			return 0, t.err
		}
		n, t.err = t.r.Read(p)
		if t.w.reads() {
			if t.w.put(p[:n]); t.w.err != nil {
				t.err = t.w.err
			}
		}
	}
	t.copy = append(t.copy, p[:min(n, t.want-len(t.copy))]...)
	t.n += int64(n)
	return n, nil
}

// failed reports whether the file itself ended before its end.
func (t *tape) failed() bool { return failure(t.err) != nil }

// unpack inspects what is packed in a file, of which the head has been read; err is what
// came after that. It returns what comes after what it has read.
//
// Of damage, what a tool would have given up to there was inspected, and the file itself
// is searched as it is.
func (w *reading) unpack(f *File, r io.Reader, err error, kind packing, from int) error {
	x := w.inspection
	if x.nested.depth >= x.limits.Depth {
		x.gaps.add(f.Path, fmt.Sprintf("archives nested more than %d deep", x.limits.Depth))
		return err
	}
	if w.reads() {
		w.start(f.Head)
	}
	t := &tape{w: w, r: r, head: f.Head, err: err}
	if kind == packedZip {
		t.want = MaxContent + 1
	}
	l := w.tier
	if l.br == nil {
		l.br = bufio.NewReaderSize(nil, 32<<10)
	}
	l.br.Reset(t)
	memory := x.nested.memory
	x.nested.depth++
	for {
		before := t.n - int64(l.br.Buffered())
		_, _ = l.br.Discard(from) // it is in the head
		err := x.packed(f, l, kind, from, t)
		if kind == packedUPX && (errors.Is(err, unpack.ErrDamaged) || errors.Is(err, unpack.ErrUnsupported)) {
			x.unseen(f)
		} else {
			x.settle(f, t, err)
		}
		// What cannot be read at all is not tried again where it is.
		if t.failed() || t.n-int64(l.br.Buffered()) == before || x.clock.check() != nil {
			break
		}
		// A tool may be told to go on behind the first archive.
		head, _ := pastZeros(buffered{l.br})
		if kind, from = sniff(head); kind == notPacked || kind == packedTar {
			break
		}
	}
	x.nested.depth--
	x.nested.memory = memory
	l.br.Reset(nil)
	return t.err
}

// unseen reports a packed program that could not be unpacked.
func (x *inspection) unseen(f *File) {
	r := engineRules[0]
	found, err := x.tidy(f, Finding{Rule: r.ID, Category: r.Category, Severity: r.Severity, Confidence: r.Confidence, Evidence: r.What})
	if err != nil { // it cannot be
		x.gaps.add(f.Path, err.Error())
		return
	}
	x.found.add(found)
}

// settle makes a gap of an error that ended the unpacking of a file. Damage is a mild one:
// what a tool would have given up to there was inspected.
func (x *inspection) settle(f *File, t *tape, err error) {
	if err == nil || t.failed() {
		return // the file's own matter
	}
	var why stopped
	if errors.As(err, &why) || errors.Is(err, unpack.ErrUnsupported) || errors.Is(err, unpack.ErrMemory) ||
		errors.Is(err, unpack.ErrDirectory) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		x.gaps.add(f.Path, err.Error())
		return
	}
	x.gaps.mild(f.Path, whyDamaged)
}

// whyDamaged does not say where: that depends on the decompressor.
const whyDamaged = "damaged: what is packed in it could not be read to its end"

// packed inspects what is packed as kind in br.
func (x *inspection) packed(f *File, l *tier, kind packing, from int, t *tape) error {
	switch kind {
	case packedTar:
		return x.tarball(f.Path, l.br, t)
	case packedDeb:
		return unpack.Ar(l.br, func(name string, size int64, r io.Reader) error {
			return x.member(f, name, size, r, t)
		})
	case packedZip:
		return x.zip(f, l.br, int64(from), t)
	}
	dec, end, err := x.decompressor(kind, l.br, l)
	if err != nil {
		return err
	}
	defer end()
	return x.stream1(f, dec, t)
}

// decompressor returns a reader of what kind compresses, metered.
func (x *inspection) decompressor(kind packing, br *bufio.Reader, l *tier) (r io.Reader, end func(), err error) {
	end = func() {}
	switch kind {
	case packedGzip:
		if l.gz == nil {
			l.gz = x.machine.gunzip()
		}
		r = &members{br: br, z: l.gz, clock: x.clock, inner: true}
	case packedZstd:
		// The window is within what archives may take: 8 MiB unless the first frame asks for more.
		window := uint64(8 << 20)
		var h zstd.Header
		if b, _ := br.Peek(zstd.HeaderMaxSize); h.Decode(b) == nil && !h.Skippable {
			window = min(max(window, h.WindowSize), uint64(x.limits.Window), uint64(x.limits.Memory))
		}
		if err := x.take(int64(window)); err != nil {
			return nil, end, err
		}
		z, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, end, err
		}
		r, end = z, z.Close
	case packedBzip2:
		if err := x.take(4 << 20); err != nil { // 900,000 words of four bytes
			return nil, end, err
		}
		r = bzip2.NewReader(br)
	case packedUPX:
		r = unpack.NewUPX(br, x.take)
	default:
		r = unpack.NewXZ(br, x.take)
	}
	return &meter{x, r}, end, nil
}

// take asks for memory of an archive; it is given back when its file ends.
func (x *inspection) take(n int64) error {
	if x.nested.memory+n > x.limits.Memory {
		return fmt.Errorf("%w: more than %d bytes", unpack.ErrMemory, x.limits.Memory)
	}
	x.nested.memory += n
	return nil
}

// A meter holds what is decompressed against the limits of the blob.
type meter struct {
	x *inspection
	r io.Reader
}

func (m *meter) Read(p []byte) (int, error) {
	x, l := m.x, &m.x.limits
	if err := x.clock.check(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	x.nested.made += int64(n)
	switch made := x.nested.made; {
	case made > l.Bytes:
		return n, stopped(fmt.Sprintf("more than %d bytes uncompressed in archives", l.Bytes))
	case made > l.RatioFrom/4 && made/int64(l.Ratio) > x.stream.taken:
		return n, stopped(fmt.Sprintf("archives compressed more than %d times", l.Ratio))
	}
	return n, err
}

// stream1 inspects what one stream of compressed bytes holds: a tar archive or a file.
func (x *inspection) stream1(f *File, dec io.Reader, t *tape) error {
	br := bufio.NewReaderSize(dec, 16<<10)
	head, err := br.Peek(headSize)
	if len(head) == 0 {
		return failure(err)
	}
	if kind, _ := sniff(head); kind == packedTar {
		return x.tarball(f.Path, br, t)
	}
	if err := x.another(); err != nil {
		return err
	}
	base := path.Base(f.Path)
	base = strings.TrimSuffix(base, path.Ext(base))
	return x.inspectFile(f.within(base, -1), br)
}

// within is a file in f.
func (f *File) within(name string, size int64) *File {
	return &File{Path: f.Path + inside + cleanPath(name), Type: Regular, Mode: f.Mode & 0o777, Size: size, UID: f.UID, GID: f.GID}
}

// inside separates the path of an archive from that within it.
const inside = "!/"

// member inspects one entry of an archive that is read by a tape. What is wrong with the
// entry alone is settled here, and nil.
func (x *inspection) member(f *File, name string, size int64, r io.Reader, t *tape) error {
	if err := x.another(); err != nil {
		return err
	}
	x.report.Stats.Files++
	in := f.within(name, size)
	if strings.HasSuffix(name, "/") {
		in.Type, r = Directory, nil
	}
	err := x.inspectFile(in, r)
	var why stopped
	if t.failed() || errors.As(err, &why) {
		return err
	}
	x.settle(in, t, err)
	return nil
}

// zip inspects the entries of a zip archive by both its directories.
func (x *inspection) zip(f *File, br *bufio.Reader, base int64, t *tape) error {
	err := unpack.NewZip(br, base, x.take).Walk(func(e unpack.ZipEntry, r io.Reader) error {
		if e.Err != nil {
			x.gaps.add(f.within(e.Name, 0).Path, e.Err.Error())
			return x.another()
		}
		kind := map[uint16]packing{unpack.MethodBzip2: packedBzip2, unpack.MethodZstd: packedZstd, unpack.MethodXZ: packedXZ}[e.Method]
		if kind == notPacked {
			return x.member(f, e.Name, e.Size, &meter{x, r}, t)
		}
		memory := x.nested.memory
		dec, end, err := x.decompressor(kind, bufio.NewReader(r), &tier{})
		if err != nil {
			x.settle(f.within(e.Name, 0), t, err)
			return nil
		}
		defer end()
		err = x.member(f, e.Name, e.Size, dec, t)
		x.nested.memory = memory
		return err
	})
	if !errors.Is(err, unpack.ErrDirectory) {
		return err
	}
	if _, rest := io.Copy(io.Discard, onlyReader{br}); rest != nil || len(t.copy) > MaxContent {
		return err
	}
	return x.listed(f, t)
}

// listed inspects a small zip archive as its directory lists it, which is not how it lies.
func (x *inspection) listed(f *File, t *tape) error {
	z, err := zip.NewReader(bytes.NewReader(t.copy), int64(len(t.copy)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return unpack.ErrDirectory
	}
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			x.gaps.add(f.within(e.Name, 0).Path, err.Error())
			continue
		}
		err = x.member(f, e.Name, int64(min(e.UncompressedSize64, 1<<62)), &meter{x, r}, t)
		if r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// buffered is a file as forward. A bufio.Reader has bytes and an error at once at the end.
type buffered struct{ *bufio.Reader }

func (b buffered) Peek(n int) ([]byte, error) {
	p, err := b.Reader.Peek(n)
	if len(p) > 0 {
		err = nil
	}
	return p, err
}

func (b buffered) skip(n int64) (int64, error) {
	left := n
	for left > 0 {
		k, err := b.Discard(int(min(left, 1<<20)))
		if left -= int64(k); err != nil {
			return n - left, err
		}
	}
	return n, nil
}

// tarball inspects a tar archive in a file. Where a header is none, GNU tar looks for the
// next; what lies between is searched as it is.
func (x *inspection) tarball(path string, br *bufio.Reader, t *tape) error {
	from := buffered{br}
	w := &walk{inspection: x, prefix: path + inside, r: headerReader{from: from, limit: x.limits.Header}}
	for {
		before := w.r.taken
		err := w.archive(tar.NewReader(&w.r))
		var why stopped
		switch {
		case w.r.why != "":
			return stopped(w.r.why)
		case errors.As(err, &why) || t.failed():
			return err
		case w.r.taken == before:
			_, _ = from.skip(tarBlock)
		}
		head, err := pastZeros(from)
		if err != nil {
			return failure(err)
		}
		if isTar(head) {
			continue
		}
		if err := x.inspectFile(&File{Path: path, Type: Regular, Mode: 0o644, Size: -1}, &slack{r: from}); errors.As(err, &why) || t.failed() {
			return err
		}
	}
}

// A slack gives blocks up to one that may be a header.
type slack struct {
	r     forward
	begun bool
	block []byte
}

func (s *slack) Read(p []byte) (int, error) {
	if len(s.block) == 0 {
		b, err := s.r.Peek(tarBlock)
		if err != nil {
			return 0, err
		}
		if s.begun && b[0] != 0 && isTar(b) {
			return 0, io.EOF
		}
		s.begun, s.block = true, bytes.Clone(b)
		if _, err := s.r.skip(int64(len(b))); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.block)
	s.block = s.block[n:]
	return n, nil
}
