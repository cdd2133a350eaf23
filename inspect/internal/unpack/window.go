package unpack

// A window is the last bytes that a decoder made. It grows with them, up to size: page by
// page, so that it never holds its bytes twice, and takes no more than was made.
type window struct {
	pages [][]byte
	held  int    // bytes of pages
	size  int    // at most, in bytes
	at    int    // where the next byte goes
	full  bool   // all of what is held has been written
	total int64  // bytes made since the last reset
	grow  Memory // is asked before it grows
	err   error  // of grow
}

// A page is pageSize bytes, but for the last.
const (
	pageBits = 18
	pageSize = 1 << pageBits
)

// reset empties the window; whole pages that were allocated stay.
func (w *window) reset(size int) {
	w.size, w.at, w.full, w.total = size, 0, false, 0
	keep := min(len(w.pages), size/pageSize)
	if keep > 0 && len(w.pages[keep-1]) < pageSize {
		keep--
	}
	clear(w.pages[keep:])
	w.pages, w.held = w.pages[:keep], keep*pageSize
}

// room makes sure that there is a place for the next byte.
func (w *window) room() bool {
	switch {
	case w.at < w.held:
	case w.held < w.size:
		n := min(pageSize, w.size-w.held)
		if w.err = w.grow.take(int64(n)); w.err != nil {
			return false
		}
		w.pages = append(w.pages, make([]byte, n))
		w.held += n
	default:
		w.at, w.full = 0, true
	}
	return true
}

func (w *window) put(b byte) bool {
	if w.at == w.held && !w.room() {
		return false
	}
	w.pages[w.at>>pageBits][w.at&(pageSize-1)] = b
	w.at++
	w.total++
	return true
}

// has reports whether there is a byte at distance+1 before the next one.
func (w *window) has(distance uint32) bool {
	if w.full {
		return int64(distance) < int64(w.held)
	}
	return int64(distance) < int64(w.at)
}

// back is the byte at distance+1 before the next one; 0 if there is none.
func (w *window) back(distance uint32) byte {
	if !w.has(distance) {
		return 0
	}
	i := w.at - int(distance) - 1
	if i < 0 {
		i += w.held
	}
	return w.pages[i>>pageBits][i&(pageSize-1)]
}

func (w *window) last() byte { return w.back(0) }

// from is what one page holds from a place on.
func (w *window) from(i int) []byte { return w.pages[i>>pageBits][i&(pageSize-1):] }

// copy repeats n bytes from distance+1 back.
func (w *window) copy(distance uint32, n int) bool {
	if !w.has(distance) {
		return false
	}
	for n > 0 {
		if w.at == w.held && !w.room() {
			return false
		}
		from := w.at - int(distance) - 1
		if from < 0 {
			from += w.held
		}
		dst, src := w.from(w.at), w.from(from)
		k := min(n, len(dst), len(src))
		if from < w.at {
			k = min(k, w.at-from) // what overlaps is made as it goes
		}
		copy(dst[:k], src[:k])
		w.at += k
		w.total += int64(k)
		n -= k
	}
	return true
}

// tail copies the last n bytes, which must be in the window, to dst.
func (w *window) tail(dst []byte, n int) {
	i := w.at - n
	if i < 0 {
		i += w.held
	}
	for n > 0 {
		k := copy(dst[:n], w.from(i))
		dst, n = dst[k:], n-k
		if i += k; i == w.held {
			i = 0
		}
	}
}
