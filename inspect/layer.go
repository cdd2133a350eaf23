package inspect

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// tarBlock is the size of a tar header, and what file contents are padded to.
const tarBlock = 512

// isTar reports whether b begins with what archive/tar takes as a header: a block with a
// right checksum (POSIX.1-2017 pax, "ustar Interchange Format"; old writers summed
// signed bytes), or zeros, which end an archive.
func isTar(b []byte) bool {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return true
	}
	if len(b) < tarBlock {
		return false
	}
	want, ok := octal(b[148:156])
	if !ok {
		return false
	}
	var unsigned, signed int64
	for i, c := range b[:tarBlock] {
		if 148 <= i && i < 156 {
			c = ' ' // the checksum itself counts as blanks
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

// octal reads a number as archive/tar does: blanks and NULs around it are ignored.
func octal(b []byte) (n int64, ok bool) {
	b = bytes.Trim(b, " \x00")
	b, _, _ = bytes.Cut(b, []byte{0})
	for _, c := range b {
		if c < '0' || c > '7' {
			return 0, false
		}
		n = n<<3 | int64(c-'0')
	}
	return n, true
}

// layer walks the tar archive in the stream, and the ones that follow it: clients stop
// at the first end-of-archive, tar with --ignore-zeros does not.
func (x *inspection) layer() {
	w := &walk{inspection: x, r: headerReader{from: x.stream, limit: x.limits.Header}}
	for {
		if err := w.archive(tar.NewReader(&w.r)); err != nil {
			x.gaps.add("", cmp.Or(w.r.why, w.word(err)))
			return
		}
		head, err := pastZeros(x.stream)
		switch {
		case err == io.EOF:
			return
		case err != nil:
			x.gaps.add("", err.Error())
			return
		case !isTar(head):
			x.gaps.add("", "bytes after the end of the archive")
			x.whole(x.stream)
			return
		}
	}
}

// pastZeros goes on to the first block of the stream that is not all zeros and returns
// it; it is shorter when the stream ends in it. An archive is a multiple of tarBlock
// long, and so are the pump's pieces, so no block lies in two of them.
func pastZeros(r forward) ([]byte, error) {
	for {
		b, err := r.Peek(tarBlock)
		if err != nil || len(bytes.TrimLeft(b, "\x00")) > 0 {
			return b, err
		}
		if _, err := r.skip(int64(len(b))); err != nil {
			return nil, err
		}
	}
}

// A walk is the walk through a layer.
type walk struct {
	*inspection
	r      headerReader
	prefix string // of the paths: the archive's own, if it is a file
	met    int    // entries
	last   string // path of the last entry
	file   File
}

// archive walks one archive to its end.
func (w *walk) archive(t *tar.Reader) error {
	for {
		w.r.begin()
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // that one comes with a header
			return err
		}
		w.r.end()
		if err := w.another(); err != nil {
			return err
		}
		w.met++
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue // records for other entries, which archive/tar and Docker ignore
		}
		if err := w.entry(h, t); err != nil {
			return err
		}
	}
}

// another counts an entry of any archive.
func (x *inspection) another() error {
	if x.entries++; x.entries > x.limits.Entries {
		return stopped(fmt.Sprintf("more than %d entries", x.limits.Entries))
	}
	return x.clock.check()
}

// entry inspects one entry.
func (w *walk) entry(h *tar.Header, t *tar.Reader) error {
	f := &w.file
	*f = File{
		Path: w.prefix + cleanPath(h.Name), Type: typeOf(h.Typeflag), Mode: modeOf(h.Mode), Size: h.Size,
		UID: h.Uid, GID: h.Gid, Link: h.Linkname,
	}
	w.last = f.Path
	w.report.Stats.Files++
	if n := len(f.Path) - len(w.prefix); n > w.limits.Path {
		w.gaps.add(f.Path, fmt.Sprintf("a path of %d bytes, more than %d", n, w.limits.Path))
	}
	var r io.Reader
	if f.Type == Regular {
		r = t
		if left := w.limits.Bytes - w.taken; f.Size > left {
			w.gaps.add(f.Path, fmt.Sprintf("%d bytes, %d more than are inspected of one blob", f.Size, f.Size-left))
			r = nil
		}
	} else {
		f.Size = 0
	}
	return w.inspectFile(f, r)
}

// word says why the walk ended.
func (w *walk) word(err error) string {
	var why stopped
	switch {
	case errors.As(err, &why):
		return err.Error()
	case w.met == 0:
		return fmt.Sprintf("malformed tar archive: %v", err)
	}
	return fmt.Sprintf("malformed tar archive: %v, after entry %d (%.200s)", err, w.met, w.last)
}

// forward is what an archive is read from: the layer's stream or a file.
type forward interface {
	io.Reader
	Peek(n int) ([]byte, error) // fewer at the end; an error only with none
	skip(n int64) (int64, error)
}

// A headerReader gives the stream to archive/tar and bounds what that reads between
// begin and end, where it looks for a header. What is left of the file before does not
// count: archive/tar skips that by Seek.
type headerReader struct {
	from  forward
	taken int64
	limit int64
	left  int64
	on    bool
	why   string // set when the limit was met
}

func (r *headerReader) begin() { r.on, r.left = true, r.limit+2*tarBlock } // the padding and the header block itself
func (r *headerReader) end()   { r.on = false }

func (r *headerReader) Read(b []byte) (int, error) {
	if r.on && int64(len(b)) > r.left {
		if b = b[:r.left]; len(b) == 0 {
			r.why = fmt.Sprintf("tar headers of more than %d bytes for one entry", r.limit)
			return 0, stopped(r.why)
		}
	}
	n, err := r.from.Read(b)
	r.taken += int64(n)
	if r.on {
		r.left -= int64(n)
	}
	return n, err
}

// Seek goes forward from where it is; archive/tar asks for nothing else.
func (r *headerReader) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return -1, errors.ErrUnsupported
	}
	if _, err := r.from.skip(offset); failure(err) != nil {
		return -1, err
	}
	r.taken += offset
	return r.taken, nil
}

// cleanPath is a path within the image's root, whatever the archive says: Docker
// extracts "/etc/passwd" and "./etc/passwd" to the same place, and refuses what leaves it.
func cleanPath(name string) string {
	return cmp.Or(path.Clean("/" + name)[1:], ".")
}

// typeOf maps a tar type flag. What archive/tar gives no bytes of is not Regular, and
// what it does not know is.
func typeOf(flag byte) FileType {
	switch flag {
	case tar.TypeDir:
		return Directory
	case tar.TypeSymlink:
		return Symlink
	case tar.TypeLink:
		return Hardlink
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return Special
	}
	return Regular
}

// modeOf maps the mode bits of POSIX (sys/stat.h).
func modeOf(bits int64) fs.FileMode {
	mode := fs.FileMode(bits) & fs.ModePerm
	for _, m := range []struct {
		bit  int64
		mode fs.FileMode
	}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}} {
		if bits&m.bit != 0 {
			mode |= m.mode
		}
	}
	return mode
}
