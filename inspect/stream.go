package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// bufferSize is how much is read and decompressed at once, in bytes. What a pump has of them
// stays in the second cache of a processor, and so does what texts are searched by.
const bufferSize = 64 << 10

// A form is how a blob is compressed, by its first bytes, as Docker and containerd
// decide it too. Sources: RFC 1952 section 2.3.1 (gzip; both clients ask for method 8
// as well, and what has another one is malformed here), RFC 8878 sections 3.1.1 and 3.1.2
// (zstd frames and skippable frames), and the formats' own descriptions for the rest.
type form string

const (
	plain     form = ""
	gzipped   form = "gzip"
	zstandard form = "zstd"
	bzipped   form = "bzip2"
	xzipped   form = "xz"
	lz4ed     form = "lz4"
)

func formOf(head []byte) form {
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		return gzipped
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return zstandard
	case len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte("\x2a\x4d\x18")):
		return zstandard
	case len(head) >= 4 && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9':
		return bzipped
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return xzipped
	case bytes.HasPrefix(head, []byte("\x04\x22\x4d\x18")):
		return lz4ed
	}
	return plain
}

var gzipMagic = []byte("\x1f\x8b")

// A members reader gives the bytes of all members of a gzip file, which is what
// multistream readers do, but says what is wrong with what follows the last one:
// zeros are padding (as for GNU gzip), anything else was not looked at.
type members struct {
	br    *bufio.Reader
	z     unzipper
	clock *clock
	open  bool // a member is being read
	inner bool // of a file: what follows the last member is not its concern
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if !m.open {
			if err := m.next(); err != nil {
				return 0, err
			}
		}
		n, err := m.z.Read(p)
		if err == io.EOF {
			m.open, err = false, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next opens the next member; io.EOF when there is none.
func (m *members) next() error {
	if err := m.clock.check(); err != nil { // a blob can be millions of empty members
		return err
	}
	head, err := m.br.Peek(len(gzipMagic))
	if len(head) == 0 {
		return err
	}
	if !bytes.Equal(head, gzipMagic) {
		return m.tail()
	}
	if err := m.z.Reset(m.br); err != nil {
		if err == io.EOF { // the header is cut
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	m.open = true
	return nil
}

// tail reads what follows the last member.
func (m *members) tail() error {
	if m.inner {
		return io.EOF
	}
	for {
		b, err := m.br.Peek(max(1, m.br.Buffered()))
		if len(b) == 0 {
			return err
		}
		if len(bytes.TrimLeft(b, "\x00")) > 0 {
			return stopped("bytes after the end of the gzip stream")
		}
		if _, err := m.br.Discard(len(b)); err != nil {
			return err
		}
	}
}

// A pump decompresses ahead of its reader, in a goroutine that it owns and that close
// ends, so that decompression and matching overlap. It counts what its reader took, not
// what it made, so the count does not depend on the two's timing.
type pump struct {
	filled chan piece
	empty  chan []byte
	quit   chan struct{}
	src    *source
	br     *bufio.Reader // over src; the goroutine's own until close
	limits *Limits
	clock  *clock
	name   form

	whole []byte // the piece that is being read, and
	rest  []byte // what is unread of it
	err   error  // after rest
	taken int64  // bytes
}

// A piece is some of the decompressed bytes, and the error that follows them.
type piece struct {
	b   []byte
	err error
}

// start begins to pump from dec, which reads from br.
func (p *pump) start(dec io.Reader, buffers [][]byte) {
	p.filled, p.empty, p.quit = make(chan piece, len(buffers)), make(chan []byte, len(buffers)), make(chan struct{})
	for _, b := range buffers {
		p.empty <- b
	}
	go p.run(dec)
}

// close ends the goroutine and waits for it; it may be in the middle of a read of the source.
func (p *pump) close() {
	close(p.quit)
	for range p.filled {
	}
}

func (p *pump) run(dec io.Reader) {
	defer close(p.filled)
	var made int64
	for {
		select {
		case b := <-p.empty:
			n, err := p.fill(dec, b)
			made += int64(n)
			if over := p.check(made); over != nil && (err == nil || err == io.EOF) {
				err = over
			}
			p.filled <- piece{b[:n], err} // has room for all buffers
			if err != nil {
				return
			}
		case <-p.quit:
			return
		}
	}
}

// fill reads until b is full or an error, so that the pieces do not depend on how the
// blob arrives. A decompressor that panics is as good as damage.
func (p *pump) fill(dec io.Reader, b []byte) (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = stopped(panicked("the decompressor", v))
		}
	}()
	for n < len(b) && err == nil {
		var k int
		k, err = dec.Read(b[n:])
		n += k
	}
	var why stopped
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt): // where it is depends on the decompressor
		err = errors.New("flate: corrupt input")
	case err == nil || err == io.EOF || errors.As(err, &why):
		return n, err
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return n, stopped(fmt.Sprintf("zstd window of more than %d bytes", p.limits.Window))
	}
	return n, stopped(fmt.Sprintf("malformed %s stream: %v", p.name, err))
}

// check holds the limits against what has been made.
func (p *pump) check(made int64) error {
	if made > p.limits.Bytes {
		return stopped(fmt.Sprintf("more than %d bytes uncompressed", p.limits.Bytes))
	}
	if p.name != plain && made > p.limits.RatioFrom {
		if used := p.src.n - int64(p.br.Buffered()); made/int64(p.limits.Ratio) > used {
			return stopped(fmt.Sprintf("compressed more than %d times", p.limits.Ratio))
		}
	}
	return p.clock.check()
}

// more makes rest hold something, or returns the error that ends the stream.
func (p *pump) more() error {
	for len(p.rest) == 0 {
		if p.err != nil {
			return p.err
		}
		if p.whole != nil {
			p.empty <- p.whole[:cap(p.whole)]
		}
		next := <-p.filled
		p.whole, p.rest, p.err = next.b, next.b, next.err
	}
	return nil
}

// Peek returns the next bytes without taking them: n, or what is left of the piece, or
// an error when the stream ends there. At the start of the stream a piece is shorter
// than bufferSize only if the stream is.
func (p *pump) Peek(n int) ([]byte, error) {
	if err := p.more(); err != nil {
		return nil, err
	}
	return p.rest[:min(n, len(p.rest))], nil
}

func (p *pump) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := p.more(); err != nil {
		return 0, err
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	p.taken += int64(n)
	return n, nil
}

// skip moves n bytes on without copying them. It returns how many there were.
func (p *pump) skip(n int64) (int64, error) {
	left := n
	for left > 0 {
		if err := p.more(); err != nil {
			return n - left, err
		}
		k := min(left, int64(len(p.rest)))
		p.rest = p.rest[k:]
		p.taken += k
		left -= k
	}
	return n, nil
}
