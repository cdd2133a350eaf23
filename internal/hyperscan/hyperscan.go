//go:build native

package hyperscan

/*
#cgo LDFLAGS: -lhs
#cgo noescape literals_scan
#cgo nocallback literals_scan
#include <stdlib.h>
#include <stdint.h>
#include <hs/hs.h>

typedef struct { uint32_t id, end; } literals_match;
typedef struct { literals_match *all; uint32_t n, room, from; } literals_found;

static int literals_keep(unsigned id, unsigned long long start, unsigned long long end, unsigned flags, void *context) {
	literals_found *f = context;
	if (end <= f->from) return 0;
	if (f->n == f->room) {
		uint32_t room = f->room ? 2 * f->room : 256;
		literals_match *all = realloc(f->all, room * sizeof *all);
		if (!all) return 1; // ends the scan
		f->all = all, f->room = room;
	}
	f->all[f->n++] = (literals_match){id, end};
	return 0;
}

static int literals_scan(hs_database_t *db, hs_scratch_t *scratch, literals_found *f, char *data, uint32_t n, uint32_t from) {
	f->n = 0, f->from = from;
	return hs_scan(db, data, n, 0, scratch, literals_keep, f);
}

static int literals_compile(char **texts, unsigned *flags, unsigned *ids, size_t *lengths, unsigned n, hs_database_t **db) {
	hs_compile_error_t *why = NULL;
	int ret = hs_compile_lit_multi((const char *const *)texts, flags, ids, lengths, n, HS_MODE_BLOCK, NULL, db, &why);
	if (why) hs_free_compile_error(why);
	return ret;
}

static void literals_free(literals_found *f) { free(f->all); free(f); }
*/
import "C"

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"unsafe"
)

// Literals are texts that are looked for, all at once and without regard to ASCII case.
// They are immutable and may be used from many goroutines.
type Literals struct {
	texts []string
	db    *C.hs_database_t
}

// A Match is a literal, by its index, and where it ends.
type Match struct{ Literal, End uint32 }

// Compile prepares the search for texts, none of them empty. It is an error if this
// processor lacks what Hyperscan needs.
func Compile(texts []string) (*Literals, error) {
	n := len(texts)
	var pin runtime.Pinner
	defer pin.Unpin()
	pointers, flags := make([]*C.char, n), make([]C.uint, n)
	ids, lengths := make([]C.uint, n), make([]C.size_t, n)
	for i, text := range texts {
		b := append([]byte(text), 0)
		pin.Pin(&b[0])
		pointers[i], lengths[i] = (*C.char)(unsafe.Pointer(&b[0])), C.size_t(len(text))
		flags[i], ids[i] = C.HS_FLAG_CASELESS, C.uint(i)
	}
	l := &Literals{texts: slices.Clone(texts)}
	if ret := C.literals_compile(unsafe.SliceData(pointers), unsafe.SliceData(flags), unsafe.SliceData(ids), unsafe.SliceData(lengths), C.uint(n), &l.db); ret != C.HS_SUCCESS {
		return nil, fmt.Errorf("hyperscan: compile %d literals: error %d", n, int(ret))
	}
	runtime.AddCleanup(l, func(db *C.hs_database_t) { C.hs_free_database(db) }, l.db)
	return l, nil
}

// A Scanner searches for Literals, in one goroutine. Its memory, which is C's, is freed
// when nobody has it any more.
type Scanner struct {
	literals *Literals
	memory   memory
	matches  []Match
}

type memory struct {
	scratch *C.hs_scratch_t
	found   *C.literals_found
}

// Scanner returns a new one.
func (l *Literals) Scanner() (*Scanner, error) {
	s := &Scanner{literals: l, memory: memory{found: (*C.literals_found)(C.calloc(1, C.sizeof_literals_found))}}
	if ret := C.hs_alloc_scratch(l.db, &s.memory.scratch); ret != C.HS_SUCCESS {
		C.literals_free(s.memory.found)
		return nil, fmt.Errorf("hyperscan: memory to scan with: error %d", int(ret))
	}
	runtime.AddCleanup(s, func(m memory) {
		C.hs_free_scratch(m.scratch)
		C.literals_free(m.found)
	}, s.memory)
	return s, nil
}

// Scan returns what ends in data behind byte number from, in the order of the ends; where
// several end, the longest first, then in the order of the literals. It is valid until
// the next call. The error, of memory, means that not all was found.
func (s *Scanner) Scan(data []byte, from int) ([]Match, error) {
	if len(data) == 0 {
		return nil, nil
	}
	defer runtime.KeepAlive(s)
	f := s.memory.found
	if ret := C.literals_scan(s.literals.db, s.memory.scratch, f, (*C.char)(unsafe.Pointer(&data[0])), C.uint32_t(len(data)), C.uint32_t(from)); ret != C.HS_SUCCESS {
		return nil, fmt.Errorf("hyperscan: scan: error %d", int(ret))
	}
	s.matches = s.matches[:0]
	for _, m := range unsafe.Slice(f.all, f.n) {
		s.matches = append(s.matches, Match{uint32(m.id), uint32(m.end)})
	}
	less := func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(len(s.literals.texts[b.Literal]), len(s.literals.texts[a.Literal])), cmp.Compare(a.Literal, b.Literal))
	}
	if !slices.IsSortedFunc(s.matches, less) {
		slices.SortFunc(s.matches, less)
	}
	return s.matches, nil
}
