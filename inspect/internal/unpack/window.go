package unpack

// A window is the last bytes that a decoder made. It grows with them, up to size.
type window struct {
	buf   []byte
	size  int    // at most, in bytes
	at    int    // where the next byte goes
	full  bool   // all of buf has been written
	total int64  // bytes made since the last reset
	grow  Memory // is asked before buf grows
	err   error  // of grow
}

// first is how much a window has at first, in bytes.
const firstWindow = 256 << 10

// reset empties the window; what was allocated stays.
func (w *window) reset(size int) {
	w.size, w.at, w.full, w.total = size, 0, false, 0
	if len(w.buf) > size {
		w.buf = w.buf[:size]
	}
}

// room makes sure that there is a place for the next byte.
func (w *window) room() bool {
	if w.at < len(w.buf) {
		return true
	}
	if len(w.buf) < w.size {
		n := min(max(4*len(w.buf), firstWindow), w.size)
		if w.err = w.grow.take(int64(n - len(w.buf))); w.err != nil {
			return false
		}
		b := make([]byte, n)
		copy(b, w.buf)
		w.buf = b
		return true
	}
	w.at, w.full = 0, true
	return true
}

func (w *window) put(b byte) bool {
	if w.at == len(w.buf) && !w.room() {
		return false
	}
	w.buf[w.at] = b
	w.at++
	w.total++
	return true
}

// has reports whether there is a byte at distance+1 before the next one.
func (w *window) has(distance uint32) bool {
	if w.full {
		return int64(distance) < int64(len(w.buf))
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
		i += len(w.buf)
	}
	return w.buf[i]
}

func (w *window) last() byte { return w.back(0) }

// copy repeats n bytes from distance+1 back.
func (w *window) copy(distance uint32, n int) bool {
	if !w.has(distance) {
		return false
	}
	for n > 0 {
		if w.at == len(w.buf) && !w.room() {
			return false
		}
		from := w.at - int(distance) - 1
		if from < 0 {
			from += len(w.buf)
		}
		k := min(n, len(w.buf)-w.at, len(w.buf)-from)
		if from < w.at {
			k = min(k, w.at-from) // what overlaps is made as it goes
		}
		copy(w.buf[w.at:w.at+k], w.buf[from:from+k])
		w.at += k
		w.total += int64(k)
		n -= k
	}
	return true
}

// tail appends the last n bytes, which must be in the window, to dst.
func (w *window) tail(dst []byte, n int) int {
	from := w.at - n
	if from >= 0 {
		return copy(dst, w.buf[from:w.at])
	}
	from += len(w.buf)
	k := copy(dst, w.buf[from:])
	return k + copy(dst[k:], w.buf[:w.at])
}
