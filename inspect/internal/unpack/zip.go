package unpack

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
)

// The zip format: PKWARE's APPNOTE.TXT 6.3.10, section 4.3. A local header stands before
// the bytes of each entry, and a central directory at the end lists them again. Tools
// that stream believe the first, others the second.
const (
	zipLocal      = "PK\x03\x04"
	zipCentral    = "PK\x01\x02"
	zipEnd        = "PK\x05\x06"
	zipEnd64      = "PK\x06\x06"
	zipDescriptor = "PK\x07\x08"

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3

	zip64 = 0xffffffff // the value is in the extra field
)

// The methods whose bytes a Zip gives as they are, for its caller to decompress.
const (
	MethodBzip2 = 12
	MethodZstd  = 93
	MethodXZ    = 95

	methodStored  = 0
	methodDeflate = 8
)

// IsZip reports whether head begins a zip archive, or a script with one behind it in its
// first bytes, as Python's zipapp writes it; from is where.
func IsZip(head []byte) (from int, ok bool) {
	for _, magic := range []string{zipLocal, zipEnd, zipDescriptor + zipLocal} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return 0, true
		}
	}
	if bytes.HasPrefix(head, []byte("#!")) {
		if i := bytes.Index(head, []byte("\n"+zipLocal)); i >= 0 {
			return i + 1, true
		}
	}
	return 0, false
}

// A ZipEntry is what the local header says of an entry.
type ZipEntry struct {
	Name   string
	Size   int64  // uncompressed; -1 when that is told after it
	Method uint16 // one of the Method constants when its bytes are as they lie in the archive, else 0
	Err    error  // why its bytes are not given
}

// ErrDirectory says that the central directory lists what was not met where it says.
var ErrDirectory = fmt.Errorf("%w: the directory of the zip archive lists other entries than lie in it", ErrDamaged)

// A Zip reads an archive by its local headers and then holds the directory against
// them.
type Zip struct {
	s      *source
	memory Memory
	base   int64 // where the archive began in its file
	seen   []place
	seed   maphash.Seed
	flate  io.ReadCloser
	buf    *bufio.Reader
	wrong  error
}

// A place is what both directories must say alike of an entry.
type place struct {
	at   int64
	what uint64 // the name, the method and the compressed size
}

func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.what, b.what))
}

// what hashes an entry, by a seed that whoever made the archive cannot know.
func (z *Zip) what(name []byte, method uint16, size int64) uint64 {
	var h maphash.Hash
	h.SetSeed(z.seed)
	_, _ = h.Write(name)
	return h.Sum64() ^ uint64(method)<<48 ^ uint64(size)
}

// NewZip returns a reader of r, which begins at byte number base of its file.
func NewZip(r io.Reader, base int64, memory Memory) *Zip {
	return &Zip{s: newSource(r), base: base, memory: memory, seed: maphash.MakeSeed()}
}

// Walk gives each entry to entry, which may read as much of r as it likes. Errors: the
// source's, entry's and memory's, and at the end ErrDirectory. Bytes between the entries
// are passed over, as tools do that believe the directory; an archive that ends before
// its directory is read as far as it goes.
func (z *Zip) Walk(entry func(e ZipEntry, r io.Reader) error) error {
	for {
		b, err := z.s.full(4)
		if err != nil {
			return err
		}
		switch string(b) {
		case zipLocal:
			err = z.local(entry)
		case zipCentral:
			err = z.central()
		case zipEnd:
			err = z.end()
			if err == nil {
				return z.wrong
			}
		default:
			err = z.hunt()
		}
		if err == io.EOF {
			return z.wrong
		}
		if err != nil {
			return err
		}
	}
}

// hunt goes on to what may be the next header; io.EOF when there is none.
func (z *Zip) hunt() error {
	if _, err := z.s.Discard(1); err != nil {
		return err
	}
	for {
		b, err := z.s.full(max(4, z.s.Buffered()))
		if err != nil {
			return err
		}
		if len(b) < 4 {
			return io.EOF
		}
		for at := 0; ; at += 2 {
			i := bytes.Index(b[at:], []byte("PK"))
			if i < 0 || at+i+4 > len(b) {
				break
			}
			at += i
			if s := string(b[at : at+4]); s == zipLocal || s == zipCentral || s == zipEnd {
				_, err := z.s.Discard(at)
				return err
			}
		}
		if _, err := z.s.Discard(len(b) - 3); err != nil {
			return err
		}
	}
}

// header reads a header of size bytes and the n fields that follow it, whose lengths are
// in it from at on. io.EOF when the archive ends in it.
func (z *Zip) header(size, at, n int) ([]byte, []byte, error) {
	h, err := z.s.full(size)
	if err != nil {
		return nil, nil, err
	}
	if len(h) < size {
		return nil, nil, io.EOF
	}
	h = bytes.Clone(h)
	_, _ = z.s.Discard(size)
	length := 0
	for i := range n {
		length += int(binary.LittleEndian.Uint16(h[at+2*i:]))
	}
	tail := make([]byte, length)
	if _, err := io.ReadFull(z.s, tail); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		return nil, nil, err
	}
	return h, tail, nil
}

// local reads a local header, gives the entry and goes behind it.
func (z *Zip) local(entry func(ZipEntry, io.Reader) error) error {
	at := z.s.at()
	h, tail, err := z.header(30, 26, 2)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	flags, method := le.Uint16(h[6:]), le.Uint16(h[8:])
	packed, size := int64(le.Uint32(h[18:])), int64(le.Uint32(h[22:]))
	name, extra := string(tail[:le.Uint16(h[26:])]), tail[le.Uint16(h[26:]):]
	if big := zip64Field(extra); size == zip64 || packed == zip64 {
		size, big = wide(size, big)
		packed, _ = wide(packed, big)
	}
	later := flags&flagDescriptor != 0 && packed == 0
	e := ZipEntry{Name: name, Size: size}
	if later {
		e.Size = -1
	}
	count := func(packed int64) error { return z.keep(place{at, z.what(tail[:len(name)], method, packed)}) }
	if later && (flags&flagEncrypted != 0 || method != methodStored && method != methodDeflate) {
		// Where it ends is not known without decrypting it.
		e.Err = unsupported(flags, method)
		z.wrong = ErrDirectory
		return entry(e, bytes.NewReader(nil))
	}
	if !later {
		body := &io.LimitedReader{R: z.s, N: packed}
		r := z.opened(&e, flags, method, body)
		if err := entry(e, r); err != nil {
			return err
		}
		if err := z.s.skip(body.N); err != nil {
			return err
		}
		return count(packed)
	}
	return z.streamed(e, method, entry, count)
}

// opened is the reader of an entry whose compressed size is known.
func (z *Zip) opened(e *ZipEntry, flags, method uint16, body io.Reader) io.Reader {
	if flags&flagEncrypted != 0 {
		e.Err = unsupported(flags, method)
		return bytes.NewReader(nil)
	}
	switch method {
	case methodStored:
		return body
	case methodDeflate:
		if z.buf == nil {
			z.buf = bufio.NewReaderSize(nil, 4<<10)
		}
		z.buf.Reset(body)
		return z.inflate(z.buf)
	case MethodBzip2, MethodZstd, MethodXZ:
		e.Method = method
		return body
	}
	e.Err = unsupported(flags, method)
	return bytes.NewReader(nil)
}

func unsupported(flags, method uint16) error {
	if flags&flagEncrypted != 0 {
		return fmt.Errorf("%w: encrypted", ErrUnsupported)
	}
	return fmt.Errorf("%w: method %d of zip", ErrUnsupported, method)
}

func (z *Zip) inflate(r io.Reader) io.Reader {
	if z.flate == nil {
		z.flate = flate.NewReader(r)
	} else {
		_ = z.flate.(flate.Resetter).Reset(r, nil) // fails for a dictionary only
	}
	return z.flate
}

// streamed gives an entry whose sizes come after it.
func (z *Zip) streamed(e ZipEntry, method uint16, entry func(ZipEntry, io.Reader) error, count func(int64) error) error {
	from := z.s.at()
	var r io.Reader
	if method == methodDeflate {
		r = z.inflate(z.s.Reader)
	} else {
		r = &described{z: z, hash: crc32.NewIEEE()}
	}
	made := &counter{r: r}
	if err := entry(e, made); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, made); err != nil {
		var corrupt flate.CorruptInputError
		if !errors.As(err, &corrupt) && err != io.ErrUnexpectedEOF {
			return err
		}
	}
	packed := z.s.at() - from
	b, err := z.s.full(24)
	if err != nil {
		return err
	}
	if n := descriptor(b, packed, made.n); n > 0 {
		_, _ = z.s.Discard(n)
	}
	return count(packed)
}

// descriptor returns how long the data descriptor at b is, if it is one of an entry of
// these sizes: a signature, which may be missing, a checksum, and two sizes of 4 or 8 bytes.
func descriptor(b []byte, packed, size int64) int {
	le := binary.LittleEndian
	for _, signed := range []int{4, 0} {
		if signed > 0 && !bytes.HasPrefix(b, []byte(zipDescriptor)) {
			continue
		}
		if rest := b[min(signed+4, len(b)):]; len(rest) >= 16 && int64(le.Uint64(rest)) == packed && int64(le.Uint64(rest[8:])) == size {
			return signed + 20
		} else if len(rest) >= 8 && le.Uint32(rest) == uint32(packed) && le.Uint32(rest[4:]) == uint32(size) {
			return signed + 12
		}
	}
	return 0
}

// described gives the bytes of a stored entry up to its data descriptor.
type described struct {
	z    *Zip
	n    int64
	hash interface {
		io.Writer
		Sum32() uint32
	}
	done bool
}

func (d *described) Read(p []byte) (int, error) {
	if d.done || len(p) == 0 {
		return 0, io.EOF
	}
	b, err := d.z.s.full(max(24, d.z.s.Buffered()))
	if err != nil {
		return 0, err
	}
	n := bytes.Index(b, []byte(zipDescriptor))
	switch {
	case len(b) == 0:
		d.done = true
		return 0, io.EOF
	case n == 0:
		if len(b) >= 8 && descriptor(b, d.n, d.n) > 0 && binary.LittleEndian.Uint32(b[4:]) == d.hash.Sum32() {
			d.done = true
			return 0, io.EOF
		}
		n = 1
	case n < 0:
		n = max(1, len(b)-len(zipDescriptor)+1)
	}
	n = copy(p, b[:n])
	_, _ = d.hash.Write(p[:n]) // a hash takes all
	d.n += int64(n)
	_, err = d.z.s.Discard(n)
	return n, err
}

// keep remembers where an entry was met. Each takes 16 bytes.
func (z *Zip) keep(p place) error {
	if len(z.seen) == cap(z.seen) {
		if err := z.memory.take(16 * int64(max(64, cap(z.seen)))); err != nil {
			return err
		}
		z.seen = slices.Grow(z.seen, max(64, cap(z.seen)))
	}
	z.seen = append(z.seen, p)
	return nil
}

// central reads an entry of the directory. Offsets count from the start of the file or,
// where the archive was put behind something else, of the archive.
func (z *Zip) central() error {
	h, tail, err := z.header(46, 28, 3)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	method := le.Uint16(h[10:])
	packed, size, at := int64(le.Uint32(h[20:])), int64(le.Uint32(h[24:])), int64(le.Uint32(h[42:]))
	name := int(le.Uint16(h[28:]))
	big := zip64Field(tail[name : name+int(le.Uint16(h[30:]))])
	_, big = wide(size, big)
	packed, big = wide(packed, big)
	at, _ = wide(at, big)
	for _, from := range []int64{0, z.base} {
		// Entries are met in the order of their places.
		if _, ok := slices.BinarySearchFunc(z.seen, place{at - from, z.what(tail[:name], method, packed)}, place.compare); ok {
			return nil
		}
	}
	if z.wrong == nil {
		z.wrong = ErrDirectory
	}
	return nil
}

// end reads the end of the directory.
func (z *Zip) end() error {
	_, _, err := z.header(22, 20, 1)
	return err
}

// zip64Field returns the values of the extra field for large sizes (section 4.5.3).
func zip64Field(extra []byte) []byte {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			return nil
		}
		if id == 1 {
			return extra[:size]
		}
		extra = extra[size:]
	}
	return nil
}

// wide is v, or the next value of the extra field if v says so, and what is left of that.
func wide(v int64, extra []byte) (int64, []byte) {
	if v != zip64 || len(extra) < 8 {
		return v, extra
	}
	return int64(binary.LittleEndian.Uint64(extra) &^ (1 << 63)), extra[8:]
}
