//go:build native

package textscan

/*
#cgo noescape textscan_run
#cgo nocallback textscan_run
#cgo noescape textscan_computes
#cgo nocallback textscan_computes
#cgo noescape textscan_skip
#cgo nocallback textscan_skip
#include <stdlib.h>
#include "textscan.h"
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// An Automaton is a table of transitions: from a state by a byte to Next[state+Class[byte]],
// with the highest bit set if literals end there. It is not checked: every transition must
// lead to a state, and no two states may be the same after Longest bytes that are. It is fastest
// where a class is the low five bits of '@' to DEL, anything of ' ' to '?', and 0 of all else.
type Automaton struct {
	Next    []uint32
	Class   *[256]uint8
	Longest int // of the literals, in bytes
}

// A Mark is a place where some literal ends: after byte At of what was scanned.
type Mark struct{ At, State uint32 }

// A Scanner goes over texts with an Automaton, in one goroutine. Its memory, which is C's, is
// freed when nobody has it any more.
type Scanner struct {
	automaton Automaton
	computed  C.int // the classes are of the fast kind
	found     *C.textscan_found
}

// NewScanner returns a Scanner at the beginning of a text.
func NewScanner(a Automaton) *Scanner {
	s := &Scanner{automaton: a, computed: C.textscan_computes(classes(&a)), found: (*C.textscan_found)(C.calloc(1, C.sizeof_textscan_found))}
	runtime.AddCleanup(s, func(f *C.textscan_found) {
		C.free(unsafe.Pointer(f.marks))
		C.free(unsafe.Pointer(f))
	}, s.found)
	return s
}

// Begin goes back to the beginning, for another text.
func (s *Scanner) Begin() { s.found.state = 0 }

// Scan goes on over p, and calls each for the marks in it, in their order. It returns false
// if memory is lacking; then nothing was scanned.
func (s *Scanner) Scan(p []byte, each func(Mark)) bool {
	if len(p) == 0 {
		return true
	}
	defer runtime.KeepAlive(s)
	a, f := &s.automaton, s.found
	if C.textscan_run(f, (*C.uint32_t)(unsafe.Pointer(&a.Next[0])), classes(a), s.computed, bytesOf(p), C.uint32_t(len(p)), C.uint32_t(a.Longest)) != 0 {
		return false
	}
	all := unsafe.Slice((*Mark)(unsafe.Pointer(f.marks)), int(f.room))
	for k, n := range f.n {
		from := k * int(f.part)
		for _, m := range all[from : from+int(n)] {
			each(m)
		}
	}
	return true
}

// Skips reports whether Skip can be used on this processor.
func Skips() bool { return C.textscan_skips() != 0 }

// Skip returns where in p, from from on, the next 32 characters of base64, in either
// alphabet and with padding, or the next eight escapes \xHH or \NNN begin. If there are none it returns the last place where
// such may begin that go on behind p; less than 32 bytes are left there.
func Skip(p []byte, from int) int {
	if len(p)-from < 32 {
		return from
	}
	return int(C.textscan_skip(bytesOf(p), C.size_t(len(p)), C.size_t(from)))
}

func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }

func classes(a *Automaton) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(a.Class)) }
