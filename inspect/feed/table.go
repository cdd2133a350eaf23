package feed

import (
	"cmp"
	"hash"
	"slices"
	"sort"
	"strings"
)

// A table is a sorted set of strings in one piece of memory: 4 bytes an entry beside its
// text, and 2 more with days. A map of a million names would be five times that.
type table struct {
	text string
	ends []uint32 // of each entry, in text
	days []uint16 // if not nil, a number for each
}

// maxTable is the most bytes that the texts of a table may have.
const maxTable = 1<<32 - 1

// An entry is one of a table that is being made.
type entry struct {
	text string
	days uint16
}

// makeTable sorts entries and drops those that are there twice; the last number stands.
// It reorders entries. dated says that the numbers are to be kept.
func makeTable(entries []entry, dated bool) table {
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.days, b.days)) })
	entries = slices.CompactFunc(entries, func(a, b entry) bool { return a.text == b.text })
	size := 0
	for i, e := range entries {
		if size+len(e.text) > maxTable {
			entries = entries[:i]
			break
		}
		size += len(e.text)
	}
	var b strings.Builder
	b.Grow(size)
	t := table{ends: make([]uint32, 0, len(entries))}
	if dated {
		t.days = make([]uint16, 0, len(entries))
	}
	for _, e := range entries {
		b.WriteString(e.text)
		t.ends = append(t.ends, uint32(b.Len()))
		if dated {
			t.days = append(t.days, e.days)
		}
	}
	t.text = b.String()
	return t
}

func (t *table) len() int { return len(t.ends) }

func (t *table) at(i int) string {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.text[start:t.ends[i]]
}

func (t *table) find(s string) (i int, ok bool) {
	return sort.Find(len(t.ends), func(i int) int { return strings.Compare(s, t.at(i)) })
}

// hash adds what is in the table to h.
func (t *table) hash(h hash.Hash) {
	var head [16]byte
	for i := range head[:8] {
		head[i] = byte(len(t.ends) >> (8 * i))
		head[8+i] = byte(len(t.text) >> (8 * i))
	}
	h.Write(head[:])
	var b [6]byte
	for i, end := range t.ends {
		b = [6]byte{byte(end), byte(end >> 8), byte(end >> 16), byte(end >> 24)}
		if t.days != nil {
			b[4], b[5] = byte(t.days[i]), byte(t.days[i]>>8)
		}
		h.Write(b[:])
	}
	const piece = 64 << 10
	for text := t.text; text != ""; {
		n := min(piece, len(text))
		h.Write([]byte(text[:n]))
		text = text[n:]
	}
}
