package unpack_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/lazaret/lazaret/inspect/internal/unpack"
)

// most is the memory that a fuzzed archive may ask for, and the bytes that are read of it.
const most = 4 << 20

func bounded(t *testing.T) unpack.Memory {
	left := int64(most)
	return func(n int64) error {
		if n < 0 {
			t.Fatalf("asked for %d bytes", n)
		}
		if left -= n; left < 0 {
			return errors.New("too much")
		}
		return nil
	}
}

// FuzzZip: whatever the bytes are, the walk ends, and no entry is read past its size.
func FuzzZip(f *testing.F) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		e, err := w.CreateHeader(&zip.FileHeader{Name: "a/b", Method: method})
		if err != nil {
			f.Fatal(err)
		}
		if _, err := io.WriteString(e, "some text, some text, some text"); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		entries := 0
		_ = unpack.NewZip(bytes.NewReader(b), 0, bounded(t)).Walk(func(e unpack.ZipEntry, r io.Reader) error {
			if entries++; entries > 1000 {
				return io.ErrShortBuffer
			}
			if e.Err == nil {
				_, _ = io.CopyN(io.Discard, r, most)
			}
			return nil
		})
	})
}

// FuzzXZ: whatever the bytes are, the reader ends, with an error or at the end of the archive.
func FuzzXZ(f *testing.F) {
	f.Add([]byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x00\x00\x00\x00\x1c\xdf\x44\x21\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = io.CopyN(io.Discard, unpack.NewXZ(bytes.NewReader(b), bounded(t)), most)
	})
}

// FuzzLZMA: whatever the bytes are, the reader ends.
func FuzzLZMA(f *testing.F) {
	f.Add([]byte("]\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x30\xbf\xff\xfb\xff\xff\xc0\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = io.CopyN(io.Discard, unpack.NewLZMA(b, bounded(t)), most)
	})
}

// FuzzAr: whatever the bytes are, the walk ends, and no member is longer than it says.
func FuzzAr(f *testing.F) {
	f.Add([]byte("!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = unpack.Ar(bytes.NewReader(b), func(_ string, size int64, r io.Reader) error {
			n, err := io.Copy(io.Discard, r)
			if n > size {
				t.Errorf("%d bytes of a member of %d", n, size)
			}
			return err
		})
	})
}
