//go:build native

package textscan

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

// guarded returns memory of size bytes that ends, or begins, where reading ends the process.
func guarded(t *testing.T, size int, end bool) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	room := (size + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, page+room+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(all) })
	for _, guard := range [][]byte{all[:page], all[page+room:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	if end {
		return all[page+room-size : page+room : page+room]
	}
	return all[page : page+size : page+size]
}

// automaton is in a state for each two classes that come last. Literals end in one in ten.
func automaton(rng *rand.Rand, class *[256]uint8) Automaton {
	a := Automaton{Next: make([]uint32, 32*32*32), Class: class, Longest: 2}
	var ends [32 * 32]uint32
	for i := range ends {
		if rng.IntN(10) == 0 {
			ends[i] = 1 << 31
		}
	}
	for last := range uint32(32 * 32) {
		for c := range uint32(32) {
			to := last%32*32 + c
			a.Next[last*32+c] = to*32 | ends[to]
		}
	}
	return a
}

// Scan tells what a plain walk through the table does, however a text is cut, and reads nothing beside it.
func TestScan(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var computed, other [256]uint8
	for c := range other {
		other[c] = uint8(rng.IntN(32))
		switch {
		case '@' <= c && c < 0x80:
			computed[c] = uint8(c & 31)
		case ' ' <= c && c < '@':
			computed[c] = uint8(rng.IntN(32))
		}
	}
	for name, class := range map[string]*[256]uint8{"computed": &computed, "other": &other} {
		t.Run(name, func(t *testing.T) {
			a := automaton(rng, class)
			s := NewScanner(a)
			marks := 0
			for n := range 3000 {
				a.Longest = 2 + rng.IntN(90)
				s.automaton.Longest = a.Longest
				text := guarded(t, 1+rng.IntN(5000), n%2 == 0)
				for i := range text {
					if text[i] = byte(rng.IntN(256)); n%3 == 0 {
						text[i] = byte(' ' + rng.IntN(95))
					}
				}
				want := plain(a, text)
				var got []Mark
				s.Begin()
				for from := 0; from < len(text); {
					to := from + 1 + rng.IntN(len(text)-from)
					if !s.Scan(text[from:to], func(m Mark) { got = append(got, Mark{m.At + uint32(from), m.State}) }) {
						t.Fatal("no memory")
					}
					from = to
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d bytes: %d marks, not %d", len(text), len(got), len(want))
				}
				marks += len(want)
			}
			if marks < 100_000 {
				t.Errorf("only %d marks", marks)
			}
		})
	}
}

func plain(a Automaton, text []byte) (out []Mark) {
	state := uint32(0)
	for i, c := range text {
		if state = a.Next[state+uint32(a.Class[c])]; state>>31 != 0 {
			state &^= 1 << 31
			out = append(out, Mark{uint32(i), state})
		}
	}
	return out
}

// Skip reads nothing beside a text, and finds the first run; that it finds what package inspect does
// without it is tested there.
func TestSkip(t *testing.T) {
	if !Skips() {
		t.Skip("this processor has no AVX2")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	found := 0
	for n := range 5000 {
		text := guarded(t, 1+rng.IntN(600), n%2 == 0)
		for i := range text {
			text[i] = " \n.(aZ09+/\\x1"[rng.IntN(13)]
		}
		if at := rng.IntN(len(text)); n%3 > 0 {
			run := "aGVsbG8gd29ybGQsIHRoaXMgaXMgbXkgdGV4dA"
			switch n % 6 {
			case 2:
				run = `\150\145\154\154\157\040\167\157\162\154`
			case 5:
				run = `\x68\x65\x6c\x6c\x6f\x20\x77\x6f\x72`
			}
			copy(text[at:], run)
		}
		from := rng.IntN(len(text))
		got, want := Skip(text, from), first(text, from)
		if want >= 0 {
			found++
		}
		if want >= 0 && got != want || want < 0 && len(text)-got >= 32 || got < from {
			t.Fatalf("%q from %d: %d, not %d", text, from, got, want)
		}
	}
	if found < 1000 {
		t.Errorf("only %d runs", found)
	}
}

// first returns where 32 characters of a run, or eight escapes, begin from from on; -1 if nowhere.
func first(b []byte, from int) int {
	for i := from; i+32 <= len(b); i++ {
		if !slices.ContainsFunc(b[i:i+32], func(c byte) bool {
			low := c | 0x20
			return (low < 'a' || low > 'z') && (c < '0' || c > '9') && !slices.Contains([]byte("+/-_="), c)
		}) || escapes(b[i:i+32]) {
			return i
		}
	}
	return -1
}

func escapes(b []byte) bool {
	for i, c := range b {
		low, octal := c|0x20, '0' <= b[i/4*4+1] && b[i/4*4+1] <= '3'
		digit := '0' <= c && c <= '9' || 'a' <= low && low <= 'f'
		if octal {
			digit = '0' <= c && c <= '7'
		}
		if !(i%4 == 0 && c == '\\' || i%4 == 1 && (octal || low == 'x') || i%4 > 1 && digit) {
			return false
		}
	}
	return true
}
