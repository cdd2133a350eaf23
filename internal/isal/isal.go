//go:build native

package isal

/*
#cgo LDFLAGS: -lisal
#cgo noescape isal_step
#cgo nocallback isal_step
#cgo noescape isal_drain
#cgo nocallback isal_drain
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <isa-l/igzip_lib.h>

typedef struct { int ret; uint32_t took, made; } isal_result;

static void isal_begin(struct inflate_state *s) {
	isal_inflate_reset(s);
	s->crc_flag = ISAL_GZIP_NO_HDR;
}

// The state holds the caller's memory only as long as the call takes.
static isal_result isal_step(struct inflate_state *s, uint8_t *in, uint32_t nin, uint8_t *out, uint32_t nout) {
	isal_result r;
	s->next_in = in, s->avail_in = nin, s->next_out = out, s->avail_out = nout;
	r.ret = isal_inflate(s);
	r.took = nin - s->avail_in, r.made = nout - s->avail_out;
	s->next_in = NULL, s->avail_in = 0, s->next_out = NULL, s->avail_out = 0;
	return r;
}

// Of the buffer at the end of the state only what is valid matters.
static void isal_copy(struct inflate_state *to, struct inflate_state *from) {
	memcpy(to, from, offsetof(struct inflate_state, tmp_out_buffer));
	memcpy(to->tmp_out_buffer, from->tmp_out_buffer, from->tmp_out_valid);
}
static void isal_save(struct inflate_state *s) { isal_copy(s + 1, s); }
static void isal_restore(struct inflate_state *s) { isal_copy(s, s + 1); }

// What was made before an error and did not fit.
static uint32_t isal_drain(struct inflate_state *s, uint8_t *out, uint32_t nout) {
	int32_t n = s->tmp_out_valid - s->tmp_out_processed;
	if (n <= 0) return 0;
	if ((uint32_t)n > nout) n = nout;
	memcpy(out, s->tmp_out_buffer + s->tmp_out_processed, n);
	s->tmp_out_processed += n;
	return n;
}

// The bytes that were read beyond the stream's end; fewer than nine.
static uint32_t isal_beyond(struct inflate_state *s, uint8_t *out) {
	uint32_t n = s->read_in_length < 0 ? 0 : s->read_in_length / 8;
	uint64_t bits = s->read_in >> s->read_in_length % 8;
	for (uint32_t i = 0; i < n && i < 8; i++) out[i] = bits >> 8 * i;
	return n;
}

static int isal_complete(struct inflate_state *s) {
	return s->block_state == ISAL_BLOCK_FINISH || s->block_state == ISAL_BLOCK_INPUT_DONE;
}

static int isal_finished(struct inflate_state *s) {
	return s->block_state == ISAL_BLOCK_FINISH;
}
*/
import "C"

import (
	"bufio"
	"errors"
	"io"
	"runtime"
	"sort"
	"unsafe"
)

// ErrCorrupt is the error of bytes that are no deflate stream.
var ErrCorrupt = errors.New("flate: corrupt input")

// A Reader decompresses one deflate stream after the other. It is used by one goroutine.
// Its memory, 100 KiB of C's, is freed when nobody has the Reader any more.
type Reader struct {
	state *C.struct_inflate_state // two of them: the second is the first before the last step
	br    *bufio.Reader
	taken func([]byte)
	err   error // after what the state still holds
}

// NewReader returns a Reader that reads nothing before Reset.
func NewReader() *Reader {
	r := &Reader{state: (*C.struct_inflate_state)(C.calloc(2, C.sizeof_struct_inflate_state)), err: io.EOF}
	C.isal_inflate_init(r.state)
	runtime.AddCleanup(r, func(s *C.struct_inflate_state) { C.free(unsafe.Pointer(s)) }, r.state)
	return r
}

// Reset begins on the stream that br is at. What is taken of br is shown to taken, which
// does not keep it.
func (r *Reader) Reset(br *bufio.Reader, taken func([]byte)) {
	r.br, r.taken, r.err = br, taken, nil
	C.isal_begin(r.state)
}

// Read reads on. Its error is io.EOF at the stream's end, after which br is at most eight
// bytes too far (see Beyond); io.ErrUnexpectedEOF if br ends before; ErrCorrupt; or br's.
func (r *Reader) Read(p []byte) (int, error) {
	defer runtime.KeepAlive(r)
	for len(p) > 0 {
		if r.err != nil {
			if n := C.isal_drain(r.state, bytesOf(p), C.uint32_t(len(p))); n > 0 {
				return int(n), nil
			}
			return 0, r.err
		}
		in, readErr := r.br.Peek(1)
		if len(in) > 0 {
			in, _ = r.br.Peek(r.br.Buffered())
		}
		C.isal_save(r.state)
		res := r.step(in, p)
		if res.ret < 0 {
			res, r.err = r.sound(in, p), ErrCorrupt
		}
		r.taken(in[:res.took])
		if _, err := r.br.Discard(int(res.took)); err != nil {
			return 0, err // it was peeked at, so this cannot be
		}
		switch {
		case r.err != nil:
		case C.isal_finished(r.state) != 0:
			r.err = io.EOF
		case len(in) > 0 && res.took == 0 && res.made == 0:
			r.err = ErrCorrupt // it got stuck
		case len(in) == 0 && res.made == 0:
			if r.err = readErr; readErr == io.EOF {
				r.err = io.ErrUnexpectedEOF
			}
		}
		if res.made > 0 {
			return int(res.made), nil
		}
	}
	return 0, nil
}

func (r *Reader) step(in, out []byte) C.isal_result {
	return C.isal_step(r.state, bytesOf(in), C.uint32_t(len(in)), bytesOf(out), C.uint32_t(len(out)))
}

// sound does again the step that failed, with as much of in as does not fail. The library
// gives out a copy from before the beginning, which is its own memory, with the error.
func (r *Reader) sound(in, out []byte) C.isal_result {
	try := func(n int) C.isal_result {
		C.isal_restore(r.state)
		return r.step(in[:n], out)
	}
	n := sort.Search(len(in), func(n int) bool { return try(n).ret < 0 })
	if n == 0 {
		return C.isal_result{}
	}
	return try(n - 1)
}

// Ending reports whether br ends here though the stream does not seem to. What was read
// last is then the end of a stream that is cut, where decompressors differ in how many of
// the last bits they use.
func (r *Reader) Ending() bool {
	defer runtime.KeepAlive(r)
	if C.isal_complete(r.state) != 0 {
		return false
	}
	_, err := r.br.Peek(lookahead)
	return err == io.EOF
}

// lookahead is more bytes than any decompressor wants of before it takes the bits of a symbol.
const lookahead = 16

// Beyond returns the bytes that were taken though they lie behind the stream's end.
func (r *Reader) Beyond() []byte {
	defer runtime.KeepAlive(r)
	var b [8]byte
	return b[:C.isal_beyond(r.state, bytesOf(b[:]))]
}

// Sum is the CRC-32 of what was read.
func (r *Reader) Sum() uint32 {
	defer runtime.KeepAlive(r)
	return uint32(r.state.crc)
}

func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }
